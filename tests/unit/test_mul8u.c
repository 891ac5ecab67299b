/* Are tables transformed, measured and compared with claims correctly?  Small tables have metrics
 * that can be worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arith/mul8u_claims.h"
#include "arith/mul8u_metrics.h"

/* cmocka's assert_float_equal compares as float. */
#define assert_near(got, want, tolerance) assert_true(fabs((got) - (want)) <= (tolerance))

static struct cas_mul8u *table(void)
{
	struct cas_mul8u *mul = calloc(1, sizeof(*mul));
	uint32_t i;

	assert_non_null(mul);
	for (i = 0; i < CAS_MUL8U_PAIRS; i++)
		mul->product[i] = (uint16_t)cas_mul8u_exact_at(i);
	return mul;
}

static void the_index_is_first_operand_high(void **state)
{
	(void)state;
	assert_int_equal(cas_mul8u_index(0x12, 0x34), 0x1234);
	assert_int_equal(cas_mul8u_exact_at(0xff02), 510);
}

static void raw_bytes_are_little_endian_and_round_trip(void **state)
{
	struct cas_mul8u *mul = table(), *back = table();
	uint8_t *bytes = malloc(CAS_MUL8U_BYTES);

	(void)state;
	mul->product[0x0102] = 0xabcd;
	cas_mul8u_to_bytes(mul, bytes);
	assert_int_equal(bytes[2 * 0x0102], 0xcd);
	assert_int_equal(bytes[2 * 0x0102 + 1], 0xab);
	memset(back->product, 0, sizeof(back->product));
	cas_mul8u_from_bytes(back, bytes);
	assert_memory_equal(back->product, mul->product, sizeof(mul->product));
	free(bytes);
	free(back);
	free(mul);
}

static void swapping_reads_the_table_with_operands_exchanged(void **state)
{
	struct cas_mul8u *mul = table(), *to = table();

	(void)state;
	mul->product[cas_mul8u_index(3, 200)] = 7;
	cas_mul8u_transform(mul, 1, 0, to);
	assert_int_equal(to->product[cas_mul8u_index(200, 3)], 7);
	assert_int_equal(to->product[cas_mul8u_index(3, 200)], 600);
	free(to);
	free(mul);
}

static void zero_gating_clears_both_edges_and_nothing_else(void **state)
{
	struct cas_mul8u *mul = table(), *to = table();
	int i;

	(void)state;
	for (i = 0; i < 256; i++)
		mul->product[cas_mul8u_index(0, (uint8_t)i)] = mul->product[i << 8] = 9;
	mul->product[cas_mul8u_index(1, 1)] = 9;
	cas_mul8u_transform(mul, 0, 1, to);
	for (i = 0; i < 256; i++) {
		assert_int_equal(to->product[cas_mul8u_index(0, (uint8_t)i)], 0);
		assert_int_equal(to->product[i << 8], 0);
	}
	assert_int_equal(to->product[cas_mul8u_index(1, 1)], 9);
	assert_int_equal(to->product[cas_mul8u_index(255, 255)], 65025);
	free(to);
	free(mul);
}

static void the_exact_table_has_no_error_and_rank_zero(void **state)
{
	struct cas_mul8u *mul = table();
	struct cas_mul_metrics m;
	struct cas_mul_noise noise;

	(void)state;
	cas_mul_metrics_compute(mul, &m);
	assert_int_equal(m.abs_sum + m.square_sum + m.wrong_pairs + m.wce, 0);
	assert_true(m.mae == 0 && m.mre == 0 && m.wcre == 0 && m.ep == 0 && m.mse == 0);
	assert_true(m.zero_exact && m.symmetric);
	cas_mul_profile_uniform(mul, &noise);
	assert_true(noise.mean == 0 && noise.std == 0 && noise.na == 0 && noise.nm == 0);
	assert_int_equal(cas_mul_error_rank(mul), 0);
	free(mul);
}

static void two_wrong_products_give_the_metrics_worked_out_by_hand(void **state)
{
	struct cas_mul8u *mul = table();
	struct cas_mul_metrics m;

	(void)state;
	mul->product[cas_mul8u_index(2, 5)] = 6;   /* e = -4, relative 0.4 */
	mul->product[cas_mul8u_index(10, 10)] = 112; /* e = 12, relative 0.12 */
	cas_mul_metrics_compute(mul, &m);
	assert_int_equal(m.abs_sum, 16);
	assert_int_equal(m.error_sum, 8);
	assert_int_equal(m.square_sum, 160);
	assert_int_equal(m.min_error, -4);
	assert_int_equal(m.max_error, 12);
	assert_int_equal(m.wce, 12);
	assert_true(m.mae == 16.0 / 65536 && m.mse == 160.0 / 65536 && m.ep == 2.0 / 65536);
	assert_true(m.wcre == 0.4);
	assert_near(m.mre, 0.52 / 65025, 1e-15);
	assert_true(m.zero_exact);
	assert_false(m.symmetric);
	assert_int_equal(cas_mul_error_rank(mul), 2);
	free(mul);
}

static void an_error_at_a_zero_operand_counts_but_not_as_relative_error(void **state)
{
	struct cas_mul8u *mul = table();
	struct cas_mul_metrics m;

	(void)state;
	mul->product[cas_mul8u_index(0, 7)] = 65535;
	cas_mul_metrics_compute(mul, &m);
	assert_int_equal(m.wce, 65535);
	assert_true(m.mre == 0 && m.wcre == 0);
	assert_false(m.zero_exact);
	free(mul);
}

static void the_uniform_profile_is_the_histogram_profile_of_ones(void **state)
{
	struct cas_mul8u *mul = table();
	uint64_t *histogram = calloc(CAS_MUL8U_PAIRS, sizeof(*histogram));
	struct cas_mul_noise uniform, counted;
	uint32_t i;

	(void)state;
	for (i = 0; i < CAS_MUL8U_PAIRS; i++) {
		mul->product[i] &= 0xfff0;
		histogram[i] = 3;
	}
	cas_mul_profile_uniform(mul, &uniform);
	cas_mul_profile_histogram(mul, histogram, &counted);
	assert_true(uniform.mean < 0 && uniform.na > 0);
	assert_near(counted.pairs, 3.0 * 65536, 0);
	assert_near(counted.mean, uniform.mean, 1e-12);
	assert_near(counted.std, uniform.std, 1e-12);
	free(histogram);
	free(mul);
}

static void a_histogram_weighs_pairs_by_their_counts(void **state)
{
	struct cas_mul8u *mul = table();
	uint64_t *histogram = calloc(CAS_MUL8U_PAIRS, sizeof(*histogram));
	struct cas_mul_noise noise;

	(void)state;
	cas_mul_profile_histogram(mul, histogram, &noise);
	assert_true(noise.pairs == 0 && noise.mean == 0 && noise.nm == 0);
	mul->product[cas_mul8u_index(2, 5)] = 14; /* e = 4 */
	histogram[cas_mul8u_index(2, 5)] = 1;
	histogram[cas_mul8u_index(1, 1)] = 3;
	cas_mul_profile_histogram(mul, histogram, &noise);
	assert_true(noise.pairs == 4 && noise.mean == 1.0);
	assert_near(noise.std, 1.7320508075688772, 1e-15); /* sqrt((9 + 3) / 4) */
	assert_near(noise.na, -1.0 / 65535, 1e-18);
	assert_near(noise.nm, 1.7320508075688772 / 65535, 1e-18);
	free(histogram);
	free(mul);
}

static void claims_hold_up_to_half_a_unit_of_the_last_printed_digit(void **state)
{
	static const struct {
		const char *text;
		double mse;
		cas_status want;
		const char *message;
	} cases[] = {
		{"12", 12.5, CAS_OK, ""},
		{"12", 12.51, CAS_MISMATCH, "mse: 12 is claimed, the table gives 12.51"},
		{"12.0", 12.06, CAS_MISMATCH, "mse: 12.0 is claimed, the table gives 12.06"},
		{"1.2e2", 124.9, CAS_OK, ""},
		{"1.2e2", 125.1, CAS_MISMATCH, "mse: 1.2e2 is claimed, the table gives 125.1"},
		{"5e-1", 0.54, CAS_OK, ""},
		{"", 77, CAS_OK, ""},
		{"-1", 1, CAS_INPUT, "mse: '-1' is not a decimal number"},
		{"1e", 1, CAS_INPUT, "mse: '1e' is not a decimal number"},
		{"nan", 1, CAS_INPUT, "mse: 'nan' is not a decimal number"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cas_mul_claims claims = {0};
		struct cas_mul_metrics metrics = {.mse = cases[i].mse};
		struct cas_err err = {""};

		strncpy(claims.mse, cases[i].text, sizeof(claims.mse) - 1);
		assert_int_equal(cas_mul_claims_check(&claims, &metrics, &err), cases[i].want);
		assert_string_equal(err.text, cases[i].message);
	}
}

static void each_claimed_figure_is_compared(void **state)
{
	struct cas_mul_metrics m = {.mae = 655.36, .wce = 6554, .mse = 3, .wcre = 0.5, .ep = 0.25,
		.mre = 0.125};
	static const char *const keys[] = {"mae", "wce", "mse", "mae_pct", "wce_pct", "wcre_pct",
		"ep_pct", "mre_pct"};
	struct cas_mul_claims right = {"655.36", "6554", "3", "1.0", "10.0", "50", "25.0", "12.50"};
	size_t i;

	(void)state;
	assert_int_equal(cas_mul_claims_check(&right, &m, &(struct cas_err){""}), CAS_OK);
	for (i = 0; i < 8; i++) {
		struct cas_mul_claims wrong = right;
		struct cas_err err = {""};

		((char *)&wrong)[16 * i] = '9';
		assert_int_equal(cas_mul_claims_check(&wrong, &m, &err), CAS_MISMATCH);
		assert_memory_equal(err.text, keys[i], strlen(keys[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_index_is_first_operand_high),
		cmocka_unit_test(raw_bytes_are_little_endian_and_round_trip),
		cmocka_unit_test(swapping_reads_the_table_with_operands_exchanged),
		cmocka_unit_test(zero_gating_clears_both_edges_and_nothing_else),
		cmocka_unit_test(the_exact_table_has_no_error_and_rank_zero),
		cmocka_unit_test(two_wrong_products_give_the_metrics_worked_out_by_hand),
		cmocka_unit_test(an_error_at_a_zero_operand_counts_but_not_as_relative_error),
		cmocka_unit_test(the_uniform_profile_is_the_histogram_profile_of_ones),
		cmocka_unit_test(a_histogram_weighs_pairs_by_their_counts),
		cmocka_unit_test(claims_hold_up_to_half_a_unit_of_the_last_printed_digit),
		cmocka_unit_test(each_claimed_figure_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
