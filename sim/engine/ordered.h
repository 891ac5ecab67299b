/* Sums of products in the hardware's order and widths, as engine/reference.h, but many sums side by
 * side and without the terms that add nothing: the way of a layer whose sums a width may cut
 * (docs/numerics.md section 5).  Same words and same counts of overflows as the reference.
 */
#ifndef CAS_ENGINE_ORDERED_H
#define CAS_ENGINE_ORDERED_H

#include "engine/reference.h"

struct cas_ordered {
	const struct cas_product *product;
	struct cas_widths widths;
	int plain;         /* one sum after the other by cas_reference_sum, as tests want it */
	int psum_free;     /* no partial sum can leave its width: only the accumulators are watched */
	uint8_t idle[256]; /* bytes of first operands whose products are all 0: N(x + 0) is x, and no event */
};

/* product must outlive `out`. */
void cas_ordered_init(struct cas_ordered *out, const struct cas_product *product,
	const struct cas_widths *widths, int psum_free);

/* acc[i] = P of section 4, i = 0 .. sums - 1, of the terms `terms` with w + i in place of w:
 * neighbours share the first operands (a row of a matrix product, one class of the routing's sum).
 * *overflows grows by the number of additions that a width cut.  Fewer than 2^24 terms a
 * sum. */
void cas_ordered_sums(const struct cas_ordered *o, const struct cas_terms *terms, int sums, int64_t *acc,
	uint64_t *overflows);

/* acc[i] = P of a[i * len ..] and w[i % cycle * len ..], i = 0 .. sums - 1: the routing's update. */
void cas_ordered_pairs(const struct cas_ordered *o, const uint8_t *a, const uint8_t *w, int sums, int cycle,
	int len, int64_t *acc, uint64_t *overflows);

#endif
