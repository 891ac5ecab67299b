#include "study/mul_distribution.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"

/* Four pairs from each 64-bit draw. */
static void sample_uniform(const struct cas_mul8u *mul, int terms, struct cas_rng *rng,
	uint64_t samples, int32_t *errors)
{
	uint64_t bits = 0, i;
	int left = 0, k;

	for (i = 0; i < samples; i++) {
		errors[i] = 0;
		for (k = 0; k < terms; k++) {
			if (left == 0) {
				bits = cas_rng_u64(rng);
				left = 4;
			}
			errors[i] += cas_mul8u_error_at(mul, (uint32_t)(bits & 0xffff));
			bits >>= 16;
			left--;
		}
	}
}

/* Smallest index whose cumulative count exceeds `rank`. */
static uint32_t find_pair(const uint64_t *cumulative, uint64_t rank)
{
	uint32_t low = 0, high = CAS_MUL8U_PAIRS - 1;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (cumulative[middle] > rank)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static cas_status sample_histogram(const struct cas_mul8u *mul, const uint64_t *histogram,
	int terms, struct cas_rng *rng, uint64_t samples, int32_t *errors, struct cas_err *err)
{
	uint64_t *cumulative, total = 0, i;
	void *memory;
	int k;
	cas_status status = cas_mem_new(&memory, CAS_MUL8U_PAIRS, sizeof(*cumulative), err);

	if (status)
		return status;
	cumulative = memory;
	for (i = 0; i < CAS_MUL8U_PAIRS; i++) {
		total += histogram[i];
		cumulative[i] = total;
	}
	if (total == 0)
		status = cas_err_set(err, CAS_INPUT, "operand histogram: no pair was counted");
	for (i = 0; !status && i < samples; i++) {
		errors[i] = 0;
		for (k = 0; k < terms; k++)
			errors[i] += cas_mul8u_error_at(mul, find_pair(cumulative, cas_rng_below(rng, total)));
	}
	free(memory);
	return status;
}

cas_status cas_mul_error_sample(const struct cas_mul8u *mul, const uint64_t *histogram, int terms,
	uint64_t seed, uint64_t samples, int32_t *errors, struct cas_err *err)
{
	struct cas_rng rng = cas_rng_init(seed, (uint64_t)terms);

	assert(terms >= 1 && terms <= 16384 && samples >= 1);
	if (histogram)
		return sample_histogram(mul, histogram, terms, &rng, samples, errors, err);
	sample_uniform(mul, terms, &rng, samples, errors);
	return CAS_OK;
}

static int ascending(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static void fit_moments(const int32_t *errors, uint64_t samples, struct cas_mul_distribution *out)
{
	double n = (double)samples, sum = 0, second = 0, third = 0, fourth = 0;
	uint64_t i;

	for (i = 0; i < samples; i++)
		sum += errors[i];
	out->mean = sum / n;
	for (i = 0; i < samples; i++) {
		double d = errors[i] - out->mean;

		second += d * d;
		third += d * d * d;
		fourth += d * d * d * d;
	}
	out->std = sqrt(second / n);
	if (out->std > 0) {
		out->skew = third / n / pow(out->std, 3);
		out->kurtosis = fourth / n / pow(out->std, 4) - 3;
	}
}

/* The gap is widest just before or just after a step of the sample's distribution function. */
static double fit_distance(const int32_t *errors, uint64_t samples, double mean, double std)
{
	double widest = 0;
	uint64_t i, next;

	if (std <= 0)
		return 1;
	for (i = 0; i < samples; i = next) {
		double below = (double)i / (double)samples, above, gaussian;

		for (next = i + 1; next < samples && errors[next] == errors[i]; next++)
			continue;
		above = (double)next / (double)samples;
		gaussian = 0.5 * erfc((mean - errors[i]) / (std * sqrt(2.0)));
		widest = fmax(widest, fmax(fabs(gaussian - below), fabs(above - gaussian)));
	}
	return widest;
}

void cas_mul_distribution_fit(int32_t *errors, uint64_t samples, int terms,
	struct cas_mul_distribution *out)
{
	*out = (struct cas_mul_distribution){.terms = terms, .samples = samples};
	qsort(errors, samples, sizeof(*errors), ascending);
	out->min = errors[0];
	out->max = errors[samples - 1];
	fit_moments(errors, samples, out);
	out->ks = fit_distance(errors, samples, out->mean, out->std);
	out->gaussian_like = out->ks <= CAS_MUL_GAUSSIAN_DISTANCE;
}

cas_status cas_mul_distribution_run(const struct cas_mul8u *mul, const uint64_t *histogram,
	int terms, uint64_t seed, struct cas_mul_distribution *out, struct cas_err *err)
{
	void *memory;
	cas_status status = cas_mem_new(&memory, CAS_MUL_DISTRIBUTION_SAMPLES, sizeof(int32_t), err);

	if (status)
		return status;
	status = cas_mul_error_sample(mul, histogram, terms, seed, CAS_MUL_DISTRIBUTION_SAMPLES, memory,
		err);
	if (!status)
		cas_mul_distribution_fit(memory, CAS_MUL_DISTRIBUTION_SAMPLES, terms, out);
	free(memory);
	return status;
}
