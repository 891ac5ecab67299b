/* Library overview, operand mappings, and the energy of ReD-CaNe's Fig. 4 and 5. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "study/mul_energy.h"
#include "study/mul_mapping.h"
#include "study/mul_summary.h"

#define assert_near(got, want, tolerance) assert_true(fabs((got) - (want)) <= (tolerance))

static int setup(void **state)
{
	struct cas_mul_library *lib = calloc(1, sizeof(*lib));
	struct cas_err err = {""};

	*state = lib;
	return (int)cas_mul_library_open(".", lib, &err);
}

static int teardown(void **state)
{
	cas_mul_library_close(*state);
	free(*state);
	return 0;
}

static void rows_sort_by_any_column_and_unknown_values_come_last(void **state)
{
	struct cas_mul_library *lib = *state;
	struct cas_mul_summary *rows;
	struct cas_err err = {""};
	int key, i;

	assert_int_equal(cas_mul_summarise(lib, CAS_MUL_BY_MAE, &rows, &err), CAS_OK);
	for (key = 0; key < CAS_MUL_KEYS; key++) {
		cas_mul_summary_sort(rows, lib->count, (enum cas_mul_key)key);
		for (i = 1; i < lib->count; i++) {
			double before = cas_mul_summary_value(&rows[i - 1], (enum cas_mul_key)key);
			double after = cas_mul_summary_value(&rows[i], (enum cas_mul_key)key);

			assert_true(after < 0 || (before >= 0 && before <= after));
			if (key == CAS_MUL_BY_NAME)
				assert_true(strcmp(rows[i - 1].entry->name, rows[i].entry->name) < 0);
		}
	}
	free(rows);
}

static void the_front_holds_what_nothing_beats_and_only_that(void **state)
{
	struct cas_mul_library *lib = *state;
	struct cas_mul_summary *rows;
	struct cas_err err = {""};
	double best = 1e300, last_power = -1;
	int i, j, on = 0;

	assert_int_equal(cas_mul_summarise(lib, CAS_MUL_BY_MSE, &rows, &err), CAS_OK);
	cas_mul_summary_sort(rows, lib->count, CAS_MUL_BY_POWER);
	/* Walking up in power, a row is on the front where the error falls below all before it; of rows
	 * with equal power only the best can be. */
	for (i = 0; i < lib->count && rows[i].entry->power_mw >= 0; i = j) {
		double least = 1e300;

		for (j = i; j < lib->count && rows[j].entry->power_mw == rows[i].entry->power_mw; j++)
			least = fmin(least, rows[j].metrics.mse);
		for (int k = i; k < j; k++) {
			int want = rows[k].metrics.mse == least && least < best;

			assert_int_equal(rows[k].pareto, want);
			on += want;
		}
		best = fmin(best, least);
		assert_true(rows[i].entry->power_mw > last_power);
		last_power = rows[i].entry->power_mw;
	}
	assert_true(on > 5 && on < lib->count);
	for (; i < lib->count; i++)
		assert_false(rows[i].pareto);
	free(rows);
}

static void an_unknown_column_is_answered_with_the_known_ones(void **state)
{
	enum cas_mul_key key;
	struct cas_err err = {""};

	(void)state;
	assert_int_equal(cas_mul_key_parse("sort", "wcre", CAS_MUL_BY_NAME, &key, &err), CAS_OK);
	assert_int_equal(key, CAS_MUL_BY_WCRE);
	assert_string_equal(cas_mul_key_name(key), "wcre");
	assert_int_equal(cas_mul_key_parse("sort", "speed", CAS_MUL_BY_NAME, &key, &err), CAS_INPUT);
	assert_string_equal(err.text, "--sort: 'speed' is none of name, power, area, delay, "
		"mae, wce, wcre, ep, mre, mse, nm");
}

static void each_mapping_shows_its_part_of_the_table(void **state)
{
	static const struct {
		enum cas_mapping mapping;
		int is_signed;
		uint64_t total;
		int a_top, b_top, a_one, b_one; /* largest operands; whether 1 occurs as an operand */
	} cases[] = {
		{CAS_SIGN_MAGNITUDE, 1, 255 * 255, 127, 127, 1, 1},
		{CAS_SIGN_MAGNITUDE, 0, 256 * 255, 255, 127, 1, 1},
		{CAS_SIGN_MAGNITUDE_ALIGNED, 1, 255 * 255, 254, 254, 0, 0},
		{CAS_SIGN_MAGNITUDE_ALIGNED, 0, 256 * 255, 255, 254, 1, 0},
		{CAS_AFFINE, 1, 256 * 256, 255, 255, 1, 1},
		{CAS_SIGNED, 1, 255 * 255, 255, 255, 1, 1}, /* bytes: 255 is -1 */
		{CAS_SIGNED, 0, 256 * 255, 127, 255, 1, 1},
	};
	uint64_t *h = calloc(CAS_MUL8U_PAIRS, sizeof(*h));
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t total = 0;
		uint32_t k, a_top = 0, b_top = 0;
		int a_one = 0, b_one = 0;

		cas_mul_mapping_histogram(cases[i].mapping, cases[i].is_signed, h);
		for (k = 0; k < CAS_MUL8U_PAIRS; k++) {
			total += h[k];
			if (h[k] == 0)
				continue;
			a_top = k >> 8 > a_top ? k >> 8 : a_top;
			b_top = (k & 255) > b_top ? k & 255 : b_top;
			a_one |= k >> 8 == 1;
			b_one |= (k & 255) == 1;
		}
		assert_int_equal(total, cases[i].total);
		assert_int_equal(a_top, cases[i].a_top);
		assert_int_equal(b_top, cases[i].b_top);
		assert_int_equal(a_one, cases[i].a_one);
		assert_int_equal(b_one, cases[i].b_one);
	}
	free(h);
}

/* Shares and savings as the paper prints them or, where it follows another rule, as they follow from
 * the same figures. */
static void energy_of_deepcaps_follows_from_table_1_and_the_library(void **state)
{
	struct cas_mul_energy e;
	struct cas_err err = {""};

	assert_int_equal(cas_mul_energy_compute(*state, "NGR", "5LT", &e, &err), CAS_OK);
	assert_near(e.operation_mj[CAS_PAPER_MULTIPLY] / e.total_mj, CAS_PAPER_SHARE_MULTIPLY, 0.005);
	assert_near(e.operation_mj[CAS_PAPER_ADD] / e.total_mj, CAS_PAPER_SHARE_ADD, 0.005);
	assert_near(e.saved_xm[CAS_ENERGY_BY_POWER], CAS_PAPER_SAVED_XM, 0.0005);
	assert_near(e.saved_xa[CAS_ENERGY_BY_POWER], 0.012, 0.0005);
	assert_near(e.saved_xm[CAS_ENERGY_BY_POWER_DELAY], 0.312, 0.0005);
	assert_near(e.saved_xa[CAS_ENERGY_BY_POWER_DELAY], 0.020, 0.0005);
	assert_int_equal(cas_mul_energy_compute(*state, "1JFF", "add8u_0FP", &e, &err), CAS_OK);
	assert_true(e.saved_xam[CAS_ENERGY_BY_POWER] == 0 && e.saved_xam[CAS_ENERGY_BY_POWER_DELAY] == 0);
}

static void energy_of_an_unknown_component_is_refused(void **state)
{
	struct cas_mul_energy e;
	struct cas_err err = {""};

	assert_int_equal(cas_mul_energy_compute(*state, "NGR", "5LX", &e, &err), CAS_INPUT);
	assert_string_equal(err.text, "./mul8u_lib/add8u.csv: no adder '5LX' in it");
	assert_int_equal(cas_mul_energy_compute(*state, "NGS", "5LT", &e, &err), CAS_INPUT);
	assert_string_equal(err.text, "multiplier 'NGS' is unknown, the nearest name is NGR");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_sort_by_any_column_and_unknown_values_come_last),
		cmocka_unit_test(the_front_holds_what_nothing_beats_and_only_that),
		cmocka_unit_test(an_unknown_column_is_answered_with_the_known_ones),
		cmocka_unit_test(each_mapping_shows_its_part_of_the_table),
		cmocka_unit_test(energy_of_deepcaps_follows_from_table_1_and_the_library),
		cmocka_unit_test(energy_of_an_unknown_component_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
