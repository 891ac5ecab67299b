/* How far sums of products can go when the second operands, the weights, are known and the first are
 * any codes: whether a width of the hardware, or 32 bits, can matter at all (docs/numerics.md
 * section 5).  Each output has its own weights, so this is far below terms x largest product.
 */
#ifndef CAS_ENGINE_BOUNDS_H
#define CAS_ENGINE_BOUNDS_H

#include "engine/reference.h"

struct cas_bounds {
	int64_t psum_lo, psum_hi; /* of all partial sums on their way through the array */
	int64_t acc_lo, acc_hi;   /* of all accumulators, if no partial sum is cut */
	int64_t value;            /* largest sum of |value|: of P, and of any part of it in any order */
};

/* By weight: the least and the largest product, and the largest |value|. */
struct cas_reach {
	int32_t lo[256], hi[256], value[256];
};

void cas_reach_init(struct cas_reach *reach, const struct cas_product *product);

/* Widen `bounds` (all 0 at first) by the sums of `groups` runs of `len` terms, w [groups len][n]. */
void cas_bounds_add(struct cas_bounds *bounds, const struct cas_reach *reach, int rows, const uint8_t *w,
	int groups, int len, int n);

/* The same for k terms whose operands may both be anything. */
void cas_bounds_any(struct cas_bounds *bounds, const struct cas_product *product, int rows, int k);

/* 1 if the width `bits` holds lo .. hi. */
int cas_bounds_fit(int64_t lo, int64_t hi, int bits);

#endif
