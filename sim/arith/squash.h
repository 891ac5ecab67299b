/* Integer squash: v = |s|^2 / (1 + |s|^2) * s / |s|   (Sabour et al. 2017, eq. 1).
 * docs/numerics.md section 7. */
#ifndef CAS_ARITH_SQUASH_H
#define CAS_ARITH_SQUASH_H

#include <stdint.h>

#include "base/status.h"

enum {
	CAS_SQUASH_ENTRIES = 1024,
	CAS_CAPSULE_DIM_MAX = 256, /* keeps four times the sum of squares below 2^26 */
};

/* One layer's coefficients: v = round_half_away(q * coef[r] / 2^shift), r = root >> index_shift,
 * root = isqrt(4 * sum of q^2), q the codes of s. */
struct cas_squash {
	uint16_t coef[CAS_SQUASH_ENTRIES];
	int shift;       /* 0 .. 30 */
	int index_shift; /* 0 for dim <= 16 */
};

/* s_scale: real size of one code of s; the result is Q0.7 (scale 1/128).
 * Errors: CAS_INPUT if dim is outside 1..256 or s_scale outside 2^-30..2^10. */
cas_status cas_squash_make(struct cas_squash *squash, double s_scale, int dim, struct cas_err *err);

/* `dim` codes s (-127..127) to v (-127..127).  `square[m]` is the product of the magnitude m
 * (0..127) with itself, already shifted back to units of q^2 by `square_shift` on the sum: exact, or
 * from an approximate multiplier (group `squash`).  In place is allowed. */
void cas_squash_apply(const struct cas_squash *squash, const int32_t square[128], int square_shift,
	const int8_t *s, int dim, int8_t *v);

#endif
