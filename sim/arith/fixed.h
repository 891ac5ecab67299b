/* Fixed-point arithmetic shared by every engine; docs/numerics.md sections 4 to 6.
 *
 * Everything here is exact integer arithmetic at run time.  The constants (multipliers, shifts,
 * coefficients) are derived from scales with IEEE double +, -, *, / only, so that they are the same
 * on every machine.
 */
#ifndef CAS_ARITH_FIXED_H
#define CAS_ARITH_FIXED_H

#include <stdint.h>

#include "base/status.h"

/* Scaling of an accumulator to a code: round_half_away(acc * mult / 2^shift), then clamped. */
struct cas_requant {
	uint32_t mult; /* 2^15 .. 2^16 - 1 */
	int shift;     /* 0 .. 62 */
	int lo, hi;    /* clamp, inclusive */
};

/* Nearest such pair for `ratio` = accumulator scale / result scale; with power_of_two, mult is 2^15
 * and the ratio is rounded to the nearest power of two (in the logarithm).  lo and hi are kept.
 * Errors: CAS_INPUT if ratio is not in 2^-40 .. 2^14. */
cas_status cas_requant_make(struct cas_requant *rq, double ratio, int power_of_two,
	struct cas_err *err);

/* Inline because it is the innermost loop of every step.  |acc| < 2^46. */
static inline int cas_requant_apply(const struct cas_requant *rq, int64_t acc)
{
	uint64_t magnitude = (uint64_t)(acc < 0 ? -acc : acc) * rq->mult;
	int64_t code;

	if (rq->shift)
		magnitude = (magnitude + (UINT64_C(1) << (rq->shift - 1))) >> rq->shift;
	code = acc < 0 ? -(int64_t)magnitude : (int64_t)magnitude;
	return code < rq->lo ? rq->lo : code > rq->hi ? rq->hi : (int)code;
}

/* Scaling of one or two codes to a common result (docs/numerics.md section 6): sum of code[k] * mult[k],
 * divided by 2^shift, half away from zero, clamped. */
struct cas_rescale {
	int32_t mult[2]; /* 0 .. 2^16 - 1, the larger at least 2^15 */
	int shift;       /* 1 .. 30 */
	int lo, hi;      /* clamp, inclusive */
};

/* The multipliers for ratio[k] = scale of operand k / scale of the result; 0 for an operand that is
 * not there.  lo and hi are kept.
 * Errors: CAS_INPUT if the larger ratio is not in 2^-15 .. 2^14. */
cas_status cas_rescale_make(struct cas_rescale *rs, const double ratio[2], struct cas_err *err);

/* Inline and in 32 bits, so that compilers vectorise it: |a|, |b| <= 255 and mult < 2^16, so that the
 * sum stays below 2^25; behind a shift of more than 26 nothing is left of it. */
static inline int cas_rescale_apply(const struct cas_rescale *rs, int a, int b)
{
	int32_t sum = a * rs->mult[0] + b * rs->mult[1], magnitude = sum < 0 ? -sum : sum, code;

	magnitude = rs->shift > 26 ? 0 : (magnitude + (1 << (rs->shift - 1))) >> rs->shift;
	code = sum < 0 ? -magnitude : magnitude;
	return code < rs->lo ? rs->lo : code > rs->hi ? rs->hi : code;
}

/* x 2^e, halves away from zero; -8 <= e <= 8, |x| < 2^46. */
static inline int64_t cas_scale_half_away(int64_t x, int e)
{
	int64_t half = e < 0 ? INT64_C(1) << (-e - 1) : 0;

	if (e >= 0)
		return x * (INT64_C(1) << e);
	return x < 0 ? -((-x + half) >> -e) : (x + half) >> -e;
}

/* floor(sqrt(x)), by digit recurrence as the hardware does it. */
uint32_t cas_isqrt(uint32_t x);

/* `x` as a two's complement number of `bits` bits (wrapped). 2 <= bits <= 63. */
static inline int64_t cas_wrap(int64_t x, int bits)
{
	return (int64_t)((uint64_t)x << (64 - bits)) >> (64 - bits);
}

/* e^x for -64 <= x <= 0 in double, with +, -, *, / only: the same bits on every machine.
 * Relative error below 5.2e-13 (docs/numerics.md section 8). */
double cas_exp(double x);

#endif
