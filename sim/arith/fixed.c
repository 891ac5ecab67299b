#include "arith/fixed.h"

#include <math.h>

#define SQRT_HALF 0.70710678118654752440

cas_status cas_requant_make(struct cas_requant *rq, double ratio, int power_of_two,
	struct cas_err *err)
{
	double fraction, mult;
	int exponent;

	if (!(ratio >= 0x1p-40 && ratio <= 0x1p14))
		return cas_err_set(err, CAS_INPUT,
			"a requantisation ratio of %g is outside 2^-40..2^14: check the scales", ratio);
	fraction = frexp(ratio, &exponent); /* ratio = fraction * 2^exponent, fraction in [1/2, 1) */
	if (power_of_two) {
		rq->mult = 1u << 15;
		rq->shift = 15 - (fraction < SQRT_HALF ? exponent - 1 : exponent);
		return CAS_OK;
	}
	mult = floor(fraction * 0x1p16 + 0.5);
	if (mult >= 0x1p16) { /* rounded up to the next power of two */
		mult = 0x1p15;
		exponent++;
	}
	rq->mult = (uint32_t)mult;
	rq->shift = 16 - exponent;
	return CAS_OK;
}

cas_status cas_rescale_make(struct cas_rescale *rs, const double ratio[2], struct cas_err *err)
{
	double top = fmax(ratio[0], ratio[1]);
	int exponent;

	if (!(top >= 0x1p-15 && top <= 0x1p14))
		return cas_err_set(err, CAS_INPUT, "a rescaling ratio of %g is outside 2^-15..2^14: check the scales",
			top);
	frexp(top, &exponent);
	rs->shift = 16 - exponent;
	if (floor(ldexp(top, rs->shift) + 0.5) >= 0x1p16) /* rounded up to the next power of two */
		rs->shift--;
	for (int k = 0; k < 2; k++)
		rs->mult[k] = (int32_t)floor(ldexp(ratio[k], rs->shift) + 0.5);
	return CAS_OK;
}

uint32_t cas_isqrt(uint32_t x)
{
	uint32_t root = 0, bit = 1u << 30;

	for (; bit; bit >>= 2) {
		uint32_t trial = root + bit;

		root >>= 1;
		if (x >= trial) {
			x -= trial;
			root += bit;
		}
	}
	return root;
}

double cas_exp(double x)
{
	double y = x / 64, term = 1, sum = 1;

	/* Taylor series on |y| <= 1, then six squarings: e^x = (e^(x/64))^64. */
	for (int i = 1; i <= 20; i++) {
		term = term * y / i;
		sum += term;
	}
	for (int i = 0; i < 6; i++)
		sum *= sum;
	return sum;
}
