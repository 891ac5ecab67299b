/* The scalar reference of a sum of products, with the hardware's order and widths:
 * docs/numerics.md sections 3 to 5.  Slow and plain; every fast kernel must equal it. */
#ifndef CAS_ENGINE_REFERENCE_H
#define CAS_ENGINE_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "arith/product.h"

enum { CAS_MAX_TERMS = 1 << 24 }; /* of a sum, this number excluded: P stays far below 2^48 */

struct cas_widths {
	int rows;      /* R: terms of one pass through the array, 1..256 */
	int psum_bits; /* 2..40 */
	int acc_bits;  /* 2..48 */
	int saturate;  /* else wrap */
};

/* Operand bytes of one sum: `groups` groups of `len` terms; term t of group g is
 * a[g * a_group + t * a_step], w[g * w_group + t * w_step]. */
struct cas_terms {
	const uint8_t *a, *w;
	size_t a_step, w_step, a_group, w_group;
	int groups, len;
};

/* P of docs/numerics.md section 4: corrections of `affine` included.  *overflows grows by the number
 * of additions that a width cut. */
int64_t cas_reference_sum(const struct cas_product *product, const struct cas_widths *widths,
	const struct cas_terms *terms, uint64_t *overflows);

#endif
