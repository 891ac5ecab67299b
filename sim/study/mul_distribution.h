/* Distribution of the error of one multiplication and of sums of several, as ReD-CaNe samples it
 * (section III.B, Fig. 6): sums of 9 and 81 stand for the kernels 3x3 and 9x9. */
#ifndef CAS_STUDY_MUL_DISTRIBUTION_H
#define CAS_STUDY_MUL_DISTRIBUTION_H

#include <stdint.h>

#include "arith/mul8u.h"
#include "base/status.h"

#define CAS_MUL_DISTRIBUTION_SAMPLES 100000 /* as in the paper */
#define CAS_MUL_GAUSSIAN_DISTANCE 0.05      /* bound of the test below */

/* Error = approximate - exact, in units of the product, summed over `terms` multiplications.
 * std is that of the sample as a whole (divided by n); skew and kurtosis are the third and fourth
 * standardised moments, kurtosis less 3 (0 for a Gaussian); both 0 where std is 0.
 * ks: Kolmogorov-Smirnov distance, the largest gap between the sample's distribution function and
 * that of the Gaussian with the same mean and std; 1 where std is 0. */
struct cas_mul_distribution {
	int terms;
	uint64_t samples;
	double mean, std, skew, kurtosis;
	double min, max;
	double ks;
	int gaussian_like;
};

/* Draw `samples` sums of `terms` errors into errors[samples] (caller's memory), |sum| < 2^31.
 * Operand pairs are independent, from `histogram` (counts by (a << 8) | b, summing to at least 1)
 * or, if NULL, uniform.  A pure function of its arguments; terms 1..16384, samples >= 1.
 * Errors: CAS_INPUT for an empty histogram; CAS_ENV without memory. */
cas_status cas_mul_error_sample(const struct cas_mul8u *mul, const uint64_t *histogram, int terms,
	uint64_t seed, uint64_t samples, int32_t *errors, struct cas_err *err);

/* Moments, fit and test of errors[samples], which is sorted in place.
 * gaussian_like: ks <= CAS_MUL_GAUSSIAN_DISTANCE, i.e. no probability read off the fitted Gaussian
 * ("the error exceeds x") is wrong by more than 5 percentage points.
 * Deviation: the paper states no test; a significance test would reject every multiplier at 10^5
 * samples, because errors are integers in a bounded range.  docs/multipliers.md lists what other
 * bounds would give. */
void cas_mul_distribution_fit(int32_t *errors, uint64_t samples, int terms,
	struct cas_mul_distribution *out);

/* Both in one: sample with CAS_MUL_DISTRIBUTION_SAMPLES, then fit. */
cas_status cas_mul_distribution_run(const struct cas_mul8u *mul, const uint64_t *histogram,
	int terms, uint64_t seed, struct cas_mul_distribution *out, struct cas_err *err);

#endif
