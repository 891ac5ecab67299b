/* Do generated multipliers equal another formulation of their definition, on all 65,536 pairs? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arith/mul8u_generate.h"
#include "arith/mul8u_metrics.h"

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct cas_mul8u));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* Compare with a formula; says where. */
static void expect(const struct cas_mul8u *mul, uint32_t (*formula)(uint32_t, uint32_t, int, int),
	int p, int q)
{
	uint32_t a, b;

	for (a = 0; a < 256; a++)
		for (b = 0; b < 256; b++) {
			uint32_t got = mul->product[a << 8 | b], want = formula(a, b, p, q);

			if (got != want)
				fail_msg("%u x %u (%d, %d): got %u, want %u", a, b, p, q, got, want);
		}
}

static uint32_t by_addition(uint32_t a, uint32_t b, int p, int q)
{
	uint32_t sum = 0;

	(void)p;
	(void)q;
	while (b--)
		sum += a;
	return sum;
}

static void exact_equals_repeated_addition(void **state)
{
	cas_mul8u_make_exact(*state);
	expect(*state, by_addition, 0, 0);
}

/* Whole rows at once: a shifted, low columns masked off. */
static uint32_t broken_by_rows(uint32_t a, uint32_t b, int columns, int rows)
{
	uint32_t mask = ~0u << columns, sum = 0;
	int j;

	for (j = rows; j < 8; j++)
		if (b & 1u << j)
			sum += a << j & mask;
	return sum;
}

static void broken_arrays_equal_masked_rows(void **state)
{
	int columns, rows;

	for (columns = 0; columns <= 15; columns++)
		for (rows = 0; rows <= 8; rows++) {
			cas_mul8u_make_broken_array(*state, columns, rows);
			expect(*state, broken_by_rows, columns, rows);
		}
}

static void truncation_loses_exactly_the_omitted_columns(void **state)
{
	struct cas_mul_metrics m;
	int k;

	/* The worst case has all of the sum of (q + 1) 2^q, q < k, = (k - 1) 2^k + 1 for k <= 8. */
	for (k = 1; k <= 8; k++) {
		cas_mul8u_make_broken_array(*state, k, 0);
		cas_mul_metrics_compute(*state, &m);
		assert_int_equal(m.wce, (k - 1) * (1 << k) + 1);
		assert_int_equal(m.max_error, 0);
		assert_true(m.symmetric && m.zero_exact);
		/* Each omitted bit is 1 for a quarter of the pairs. */
		assert_int_equal(m.abs_sum, (uint64_t)m.wce * CAS_MUL8U_PAIRS / 4);
	}
}

/* Logarithms as fixed-point numbers with 7 fraction bits. */
static uint32_t mitchell_by_logarithms(uint32_t a, uint32_t b, int p, int q)
{
	uint32_t operand[2] = {a, b}, sum = 0;
	int i;

	(void)p;
	(void)q;
	if (a == 0 || b == 0)
		return 0;
	for (i = 0; i < 2; i++) {
		uint32_t k = 7;

		while (operand[i] < 128) {
			operand[i] *= 2;
			k--;
		}
		sum += k * 128 + operand[i] - 128;
	}
	return (uint32_t)(((uint64_t)(128 + sum % 128) << (sum / 128)) / 128);
}

static void mitchell_equals_the_sum_of_fixed_point_logarithms(void **state)
{
	struct cas_mul_metrics m;

	cas_mul8u_make_mitchell(*state);
	expect(*state, mitchell_by_logarithms, 0, 0);
	cas_mul_metrics_compute(*state, &m);
	assert_true(m.max_error == 0 && m.symmetric && m.zero_exact);
	assert_true(m.wcre <= 1.0 / 9 && m.wcre > 0.11); /* Mitchell's bound: 11.1 percent */
	assert_true(m.mre > 0.037 && m.mre < 0.039);     /* and mean: 3.8 percent */
}

static uint32_t drum_by_division(uint32_t a, uint32_t b, int bits, int q)
{
	uint32_t operand[2] = {a, b}, weight[2] = {1, 1};
	int i;

	(void)q;
	for (i = 0; i < 2; i++) {
		while (operand[i] >= 1u << bits) {
			operand[i] /= 2;
			weight[i] *= 2;
		}
		if (weight[i] > 1 && operand[i] % 2 == 0)
			operand[i]++;
	}
	return operand[0] * operand[1] * weight[0] * weight[1];
}

static void drum_equals_halving_until_it_fits(void **state)
{
	int bits;

	for (bits = 2; bits <= 8; bits++) {
		cas_mul8u_make_drum(*state, bits);
		expect(*state, drum_by_division, bits, 0);
	}
	expect(*state, by_addition, 0, 0);
}

static void drum_is_almost_free_of_bias(void **state)
{
	struct cas_mul_noise noise, truncated;

	cas_mul8u_make_drum(*state, 4);
	cas_mul_profile_uniform(*state, &noise);
	cas_mul8u_make_broken_array(*state, 8, 0);
	cas_mul_profile_uniform(*state, &truncated);
	/* Setting the lowest kept bit adds its half in the mean, what was cut takes nearly that away. */
	assert_true(noise.mean > 0 && noise.mean < 0.2 * noise.std);
	assert_true(-truncated.mean > truncated.std);
}

/* Rows of the signed product: a shifted, its low bits floored away, the last row subtracted. */
static uint32_t signed_by_rows(uint32_t a, uint32_t b, int columns, int q)
{
	int32_t x = (int8_t)a, sum = 0;
	int j;

	(void)q;
	for (j = 0; j < 8; j++) {
		int32_t cut = columns > j ? 1 << (columns - j) : 1;
		int32_t low = ((x % cut) + cut) % cut, row = (b >> j & 1) ? (x - low) * (1 << j) : 0;

		sum += j == 7 ? -row : row;
	}
	return (uint16_t)sum;
}

static void signed_truncation_equals_floored_rows(void **state)
{
	struct cas_mul8u *mul = *state;
	int columns;

	for (columns = 0; columns <= 7; columns++) {
		struct cas_mul_metrics m;

		cas_mul8s_make_truncated(mul, columns);
		expect(mul, signed_by_rows, columns, 0);
		cas_mul_metrics_compute(mul, &m);
		assert_int_equal(m.max_error, 0);
		assert_int_equal(m.min_error, columns ? -((columns - 1) * (1 << columns) + 1) : 0);
		assert_true(m.zero_exact);
	}
	assert_int_equal(mul->is_signed, 1);
	cas_mul8s_make_truncated(mul, 0);
	assert_int_equal((int16_t)mul->product[0x80 << 8 | 0x7f], -128 * 127);
	mul->is_signed = 0;
}

static void names_say_what_is_made(void **state)
{
	static const struct {
		const char *name;
		uint16_t at_201_99;
	} cases[] = {
		{"EXACT", 19899}, {"TRUNC4", 19888}, {"BAM4-1", 19696}, {"DRUM4", 21632},
		{"EXACTS", (uint16_t)(-55 * 99)}, {"TRUNCS4", (uint16_t)(-55 * 99 - 11)},
	};
	struct cas_mul8u *mul = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cas_err err = {""};

		assert_int_equal(cas_mul8u_generate(mul, cases[i].name, &err), CAS_OK);
		assert_string_equal(mul->name, cases[i].name);
		assert_int_equal(mul->is_signed, strchr(cases[i].name, 'S') != NULL);
		if (mul->product[cas_mul8u_index(201, 99)] != cases[i].at_201_99)
			fail_msg("%s: %d", cases[i].name, mul->product[cas_mul8u_index(201, 99)]);
	}
}

static void other_names_are_refused(void **state)
{
	static const char *const names[] = {"", "exact", "TRUNC", "TRUNC0", "TRUNC16", "TRUNC04",
		"TRUNC4x", "DRUM1", "DRUM8", "TRUNCS", "TRUNCS0", "TRUNCS8", "BAM4", "BAM16-1", "BAM4-8", "BAM4-1-1", "TRUNC-4"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct cas_err err = {""};
		char want[200];

		assert_int_equal(cas_mul8u_generate(*state, names[i], &err), CAS_INPUT);
		snprintf(want, sizeof(want), "'%s' cannot be generated, expected EXACT, TRUNC1 to TRUNC15, "
			"BAM<1-15>-<1-7>, MITCHELL, or DRUM2 to DRUM7; signed: EXACTS, TRUNCS1 to TRUNCS7", names[i]);
		assert_string_equal(err.text, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_equals_repeated_addition),
		cmocka_unit_test(broken_arrays_equal_masked_rows),
		cmocka_unit_test(truncation_loses_exactly_the_omitted_columns),
		cmocka_unit_test(mitchell_equals_the_sum_of_fixed_point_logarithms),
		cmocka_unit_test(drum_equals_halving_until_it_fits),
		cmocka_unit_test(drum_is_almost_free_of_bias),
		cmocka_unit_test(signed_truncation_equals_floored_rows),
		cmocka_unit_test(names_say_what_is_made),
		cmocka_unit_test(other_names_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
