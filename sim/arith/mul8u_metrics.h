/* Error metrics of a multiplier table over all 65,536 operand pairs, and the noise parameters of
 * ReD-CaNe over any distribution of operands.  Definitions in prose: docs/multipliers.md.
 */
#ifndef CAS_ARITH_MUL8U_METRICS_H
#define CAS_ARITH_MUL8U_METRICS_H

#include "arith/mul8u.h"
#include "base/status.h"

/* Of unsigned and signed tables alike (relative errors by |exact|).  With e = approximate - exact.  Sums are exact integers; mae, ep and mse are exact quotients by
 * 65,536; only wcre and mre are rounded.  ep, wcre and mre are fractions, not percent.
 * Edge case: wcre and mre take the 65,025 pairs with both operands non-zero, because a relative
 * error of an exact product of zero is not defined.
 * Source: definitions of the EvoApprox8B library (Mrazek et al., DATE 2017). */
struct cas_mul_metrics {
	uint64_t abs_sum;    /* sum of |e| */
	uint64_t square_sum; /* sum of e^2 */
	int64_t error_sum;   /* sum of e */
	int32_t min_error, max_error;
	uint32_t wrong_pairs;
	uint32_t wce;        /* largest |e| */
	double mae;          /* mean |e|, in units of the product */
	double wcre;         /* largest |e| / |exact| */
	double ep;           /* share of the pairs with e != 0 */
	double mre;          /* mean |e| / |exact| */
	double mse;          /* mean e^2 */
	int zero_exact;      /* 0 whenever an operand is 0 */
	int symmetric;       /* T[a][b] == T[b][a] for all pairs */
};

void cas_mul_metrics_compute(const struct cas_mul8u *mul, struct cas_mul_metrics *out);

/* Noise that a multiplier adds to a product: ReD-CaNe section III.B with R = 65,535, the range of
 * the 16-bit product, of signed tables too.  Standard deviations are those of the whole distribution (divided by n).
 * Sign: `mean` is approximate - exact, as eq. 2 has it, and is what eq. 3 adds; `na` has the sign
 * of the paper's Table IV, which prints exact - approximate: na = -mean / 65,535. */
struct cas_mul_noise {
	double pairs; /* operand pairs counted */
	double mean, std;
	double na, nm;
};

/* All operand pairs once ("modeled" in the paper). */
void cas_mul_profile_uniform(const struct cas_mul8u *mul, struct cas_mul_noise *out);

/* histogram[(a << 8) | b] counts how often the pair is multiplied ("real" in the paper).  An empty
 * histogram gives all zeros. */
void cas_mul_profile_histogram(const struct cas_mul8u *mul,
	const uint64_t histogram[CAS_MUL8U_PAIRS], struct cas_mul_noise *out);

/* Rank, 0..256, of the 256x256 matrix of errors.  A low rank r means that the
 * error is a sum of r products f(a) g(b).  Computed over GF(2^31 - 1): never above the rank over
 * the rationals, and below it only if the prime happens to divide the minors. */
int cas_mul_error_rank(const struct cas_mul8u *mul);

#endif
