/* Are errors sampled and fitted as described?  Distributions are known in closed form. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arith/mul8u_metrics.h"
#include "base/rng.h"
#include "study/mul_distribution.h"

/* cmocka's assert_float_equal compares as float. */
#define assert_near(got, want, tolerance) assert_true(fabs((got) - (want)) <= (tolerance))

enum { SAMPLES = 100000 };

struct fixture {
	struct cas_mul8u mul;
	int32_t errors[SAMPLES], again[SAMPLES];
	uint64_t histogram[CAS_MUL8U_PAIRS];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	uint32_t i;

	*state = f;
	for (i = 0; f && i < CAS_MUL8U_PAIRS; i++)
		f->mul.product[i] = (uint16_t)(cas_mul8u_exact_at(i) & 0xffe0u);
	return f ? 0 : -1;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void moments_of_a_small_sample_are_those_worked_out_by_hand(void **state)
{
	int32_t errors[] = {3, -1, -1, -1};
	struct cas_mul_distribution d;

	(void)state;
	cas_mul_distribution_fit(errors, 4, 1, &d);
	assert_true(d.mean == 0 && d.min == -1 && d.max == 3);
	assert_near(d.std, sqrt(3.0), 1e-15);
	assert_near(d.skew, 2 / sqrt(3.0), 1e-14);       /* 24/4 / 3^1.5 */
	assert_near(d.kurtosis, 21.0 / 9 - 3, 1e-14);    /* 84/4 / 9 - 3 */
	/* Just after the step at -1: 0.75 of the sample, Phi(-1/sqrt 3) = 0.281851... */
	assert_near(d.ks, 0.75 - 0.5 * erfc(1 / sqrt(6.0)), 1e-15);
	assert_false(d.gaussian_like);
}

static void an_error_that_never_varies_is_not_gaussian(void **state)
{
	int32_t errors[] = {5, 5, 5};
	struct cas_mul_distribution d;

	(void)state;
	cas_mul_distribution_fit(errors, 3, 1, &d);
	assert_true(d.mean == 5 && d.std == 0 && d.skew == 0 && d.kurtosis == 0 && d.ks == 1);
	assert_false(d.gaussian_like);
}

static void normal_numbers_pass_and_two_sided_ones_fail_the_test(void **state)
{
	struct fixture *f = *state;
	struct cas_rng rng = cas_rng_init(1, 2);
	struct cas_mul_distribution d;
	int i;

	for (i = 0; i < SAMPLES; i++)
		f->errors[i] = (int32_t)lrint(1000 * cas_rng_normal(&rng));
	cas_mul_distribution_fit(f->errors, SAMPLES, 1, &d);
	assert_near(d.std, 1000, 10);
	assert_near(d.skew, 0, 0.05);
	assert_near(d.kurtosis, 0, 0.1);
	assert_true(d.ks < 0.005 && d.gaussian_like);
	for (i = 0; i < SAMPLES; i++)
		f->errors[i] = i % 2 ? 1000 : -1000;
	cas_mul_distribution_fit(f->errors, SAMPLES, 1, &d);
	assert_near(d.ks, 0.5 - 0.5 * erfc(1 / sqrt(2.0)), 1e-12);
	assert_false(d.gaussian_like);
}

static void sums_have_the_mean_and_deviation_that_theory_demands(void **state)
{
	static const int terms[] = {1, 9, 81};
	struct fixture *f = *state;
	struct cas_mul_noise noise;
	size_t i;

	cas_mul_profile_uniform(&f->mul, &noise);
	for (i = 0; i < 3; i++) {
		struct cas_mul_distribution d;
		struct cas_err err = {""};
		double mean = noise.mean * terms[i], std = noise.std * sqrt(terms[i]);

		assert_int_equal(cas_mul_distribution_run(&f->mul, NULL, terms[i], 7, &d, &err), CAS_OK);
		assert_int_equal(d.samples, SAMPLES);
		/* Five standard errors of each. */
		assert_near(d.mean, mean, 5 * std / sqrt(SAMPLES));
		assert_near(d.std, std, 5 * std / sqrt(2.0 * SAMPLES));
	}
}

static void a_seed_gives_one_sample_and_another_seed_another(void **state)
{
	struct fixture *f = *state;
	struct cas_err err = {""};

	cas_mul_error_sample(&f->mul, NULL, 9, 7, SAMPLES, f->errors, &err);
	cas_mul_error_sample(&f->mul, NULL, 9, 7, SAMPLES, f->again, &err);
	assert_memory_equal(f->errors, f->again, sizeof(f->errors));
	cas_mul_error_sample(&f->mul, NULL, 9, 8, SAMPLES, f->again, &err);
	assert_memory_not_equal(f->errors, f->again, sizeof(f->errors));
}

static void a_histogram_decides_which_pairs_are_drawn(void **state)
{
	struct fixture *f = *state;
	struct cas_mul_distribution d;
	struct cas_mul_noise noise;
	struct cas_err err = {""};

	memset(f->histogram, 0, sizeof(f->histogram));
	assert_int_equal(cas_mul_distribution_run(&f->mul, f->histogram, 1, 1, &d, &err), CAS_INPUT);
	assert_string_equal(err.text, "operand histogram: no pair was counted");
	f->histogram[cas_mul8u_index(255, 255)] = 3; /* 65025 & 0xffe0: error -1 */
	assert_int_equal(cas_mul_distribution_run(&f->mul, f->histogram, 9, 1, &d, &err), CAS_OK);
	assert_true(d.min == -9 && d.max == -9);
	f->histogram[cas_mul8u_index(1, 31)] = 1; /* error -31 */
	assert_int_equal(cas_mul_distribution_run(&f->mul, f->histogram, 1, 1, &d, &err), CAS_OK);
	cas_mul_profile_histogram(&f->mul, f->histogram, &noise);
	assert_true(d.min == -31 && d.max == -1);
	assert_near(d.mean, noise.mean, 5 * noise.std / sqrt(SAMPLES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_of_a_small_sample_are_those_worked_out_by_hand),
		cmocka_unit_test(an_error_that_never_varies_is_not_gaussian),
		cmocka_unit_test(normal_numbers_pass_and_two_sided_ones_fail_the_test),
		cmocka_unit_test(sums_have_the_mean_and_deviation_that_theory_demands),
		cmocka_unit_test(a_seed_gives_one_sample_and_another_seed_another),
		cmocka_unit_test(a_histogram_decides_which_pairs_are_drawn),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
