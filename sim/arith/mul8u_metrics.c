#include "arith/mul8u_metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double PRODUCT_RANGE = 65535.0;

static void add_pair(struct cas_mul_metrics *m, const struct cas_mul8u *mul, uint32_t i)
{
	uint32_t mirror = (i & 255) << 8 | i >> 8;
	int32_t exact = cas_mul8u_wanted_at(mul, i), error = cas_mul8u_error_at(mul, i);
	uint32_t size = (uint32_t)(error < 0 ? -error : error);

	m->abs_sum += size;
	m->square_sum += (uint64_t)size * size;
	m->error_sum += error;
	m->wrong_pairs += error != 0;
	m->wce = size > m->wce ? size : m->wce;
	m->min_error = error < m->min_error ? error : m->min_error;
	m->max_error = error > m->max_error ? error : m->max_error;
	m->symmetric &= mul->product[i] == mul->product[mirror];
	if (exact == 0) {
		m->zero_exact &= error == 0;
	} else {
		double relative = (double)size / abs(exact);

		m->mre += relative;
		m->wcre = relative > m->wcre ? relative : m->wcre;
	}
}

void cas_mul_metrics_compute(const struct cas_mul8u *mul, struct cas_mul_metrics *out)
{
	uint32_t i;

	/* Every exact product of a zero operand is 0, so 0 is the neutral start of min and max. */
	*out = (struct cas_mul_metrics){.zero_exact = 1, .symmetric = 1,
		.min_error = cas_mul8u_error_at(mul, 0), .max_error = cas_mul8u_error_at(mul, 0)};
	for (i = 0; i < CAS_MUL8U_PAIRS; i++)
		add_pair(out, mul, i);
	out->mae = (double)out->abs_sum / CAS_MUL8U_PAIRS;
	out->mse = (double)out->square_sum / CAS_MUL8U_PAIRS;
	out->ep = (double)out->wrong_pairs / CAS_MUL8U_PAIRS;
	out->mre /= 255.0 * 255.0;
}

static void scale_noise(struct cas_mul_noise *noise)
{
	/* 0 - x rather than -x: a mean of zero must not print as -0. */
	noise->na = 0.0 - noise->mean / PRODUCT_RANGE;
	noise->nm = noise->std / PRODUCT_RANGE;
}

void cas_mul_profile_uniform(const struct cas_mul8u *mul, struct cas_mul_noise *out)
{
	struct cas_mul_metrics m;
	uint64_t size;

	cas_mul_metrics_compute(mul, &m);
	size = (uint64_t)(m.error_sum < 0 ? -m.error_sum : m.error_sum);
	*out = (struct cas_mul_noise){.pairs = CAS_MUL8U_PAIRS};
	out->mean = (double)m.error_sum / CAS_MUL8U_PAIRS;
	/* n sum(e^2) - (sum e)^2 is exact: both terms stay below 2^64. */
	out->std = sqrt((double)(CAS_MUL8U_PAIRS * m.square_sum - size * size)) / CAS_MUL8U_PAIRS;
	scale_noise(out);
}

void cas_mul_profile_histogram(const struct cas_mul8u *mul,
	const uint64_t histogram[CAS_MUL8U_PAIRS], struct cas_mul_noise *out)
{
	double sum = 0, squares = 0;
	uint32_t i;

	*out = (struct cas_mul_noise){0};
	for (i = 0; i < CAS_MUL8U_PAIRS; i++) {
		out->pairs += (double)histogram[i];
		sum += (double)histogram[i] * cas_mul8u_error_at(mul, i);
	}
	if (out->pairs <= 0)
		return;
	out->mean = sum / out->pairs;
	/* A second pass: the difference of two large sums would lose the small deviations. */
	for (i = 0; i < CAS_MUL8U_PAIRS; i++) {
		double deviation = cas_mul8u_error_at(mul, i) - out->mean;

		squares += (double)histogram[i] * deviation * deviation;
	}
	out->std = sqrt(squares / out->pairs);
	scale_noise(out);
}
