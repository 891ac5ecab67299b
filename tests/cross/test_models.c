/* Do the shipped networks do what their documentation says?  Whole evaluations on few images; the figures
 * for all 10,000 are in docs/validation.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "study/eval.h"

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static cas_status evaluate(const char *file, const char *const *overrides, size_t count,
	struct cas_eval *eval, struct cas_err *err)
{
	struct cas_run_config *config = malloc(sizeof *config);
	char home[512];
	cas_status status;

	assert_non_null(getcwd(home, sizeof home));
	status = cas_run_config_load(file, overrides, count, home, config, err);
	if (!status)
		status = cas_eval_run(config, NULL, eval, err);
	free(config);
	return status;
}

static struct cas_eval *run(const char *file, const char *const *overrides, size_t count)
{
	struct cas_eval *eval = calloc(1, sizeof *eval);
	struct cas_err err;

	if (evaluate(file, overrides, count, eval, &err))
		fail_msg("%s", err.text);
	return eval;
}

static void discard(struct cas_eval *eval)
{
	cas_eval_clear(eval);
	free(eval);
}

static void capsnet_digits_is_as_accurate_in_8_bits_as_in_float(void **state)
{
	const char *set[] = {"run.images=2000"};
	struct cas_eval *e = run("configs/run/digits.yaml", set, 1);

	(void)state;
	assert_int_equal(e->accuracy.images, 2000);
	assert_true(e->accuracy.correctf >= 1970);
	assert_in_range(e->accuracy.correct8, e->accuracy.correctf - 8, 2000);
	for (int l = 0; l < e->net.layers; l++)
		assert_int_equal(e->accuracy.overflows[l], 0);
	discard(e);
}

static void mapping_and_threads_do_not_change_an_exact_answer(void **state)
{
	static const char *const mapping[] = {"sign_magnitude", "sign_magnitude_aligned", "affine"};
	char key[64];
	const char *set[] = {"run.images=300", "run.float_reference=false", "run.threads=1", key};
	struct cas_eval *first = NULL;

	(void)state;
	for (int m = 0; m < 3; m++) {
		struct cas_eval *e;

		snprintf(key, sizeof key, "numerics.mapping=%s", mapping[m]);
		set[2] = m ? "run.threads=2" : "run.threads=1";
		e = run("configs/run/digits.yaml", set, 4);
		if (first)
			assert_memory_equal(e->accuracy.answer8, first->accuracy.answer8, 300 * sizeof(int16_t));
		if (first)
			discard(e);
		else
			first = e;
	}
	discard(first);
}

static void an_approximate_multiplier_changes_energy_and_not_cycles(void **state)
{
	const char *exact_set[] = {"run.images=100", "run.float_reference=false"};
	const char *ngr_set[] = {"run.images=100", "run.float_reference=false", "multipliers.default=NGR"};
	struct cas_eval *exact = run("configs/run/digits.yaml", exact_set, 2);
	struct cas_eval *ngr = run("configs/run/digits.yaml", ngr_set, 3);
	double ratio = ngr->cost.total.energy.component_pj[CAS_E_MULTIPLIERS] /
		exact->cost.total.energy.component_pj[CAS_E_MULTIPLIERS];

	(void)state;
	assert_int_equal(exact->cost.total.cycles, ngr->cost.total.cycles);
	assert_true(ratio > 0.5 && ratio < 0.9); /* NGR's power is 0.276 of 0.391 mW */
	discard(exact);
	discard(ngr);
}

/* 1JFF in every group, by name, must be the same as by default. */
static void a_group_map_reaches_every_group(void **state)
{
	const char *set[] = {"run.images=60", "run.float_reference=false", "multipliers.groups.conv1=NGR",
		"multipliers.groups.votes=QKX", "multipliers.groups.sum=DM1"};
	const char *bad[] = {"run.images=60", "multipliers.groups.conv9=NGR"};
	struct cas_eval *e = run("configs/run/digits.yaml", set, 5), failed = {0};
	struct cas_err err;

	(void)state;
	assert_int_equal(e->multipliers.count, 4);
	/* 1JFF, NGR, QKX and DM1 in each PE: the library's areas. */
	assert_true(e->multipliers.pe_area_um2 > 709.6 && e->multipliers.pe_area_um2 < 4 * 709.6);
	assert_string_equal(e->multipliers.entry[e->multipliers.used[1][CAS_GROUP_SQUASH]].name, "1JFF");
	assert_string_equal(e->multipliers.entry[e->multipliers.used[0][CAS_GROUP_LAYER]].name, "NGR");
	assert_string_equal(e->multipliers.entry[e->multipliers.used[2][CAS_GROUP_VOTES]].name, "QKX");
	assert_string_equal(e->multipliers.entry[e->multipliers.used[2][CAS_GROUP_UPDATE]].name, "1JFF");
	discard(e);
	assert_int_equal(evaluate("configs/run/digits.yaml", bad, 2, &failed, &err), CAS_INPUT);
	assert_non_null(strstr(err.text, "multipliers.groups.conv9: network capsnet-digits has no such operation "
		"group; expected a convolution's or fully connected layer's name, votes, sum, update or squash"));
	cas_eval_clear(&failed);
}

/* An evaluation on a published data set; skips the test where that is not here. */
static struct cas_eval *published(const char *file, const char *what, const char *const set[], size_t count)
{
	struct cas_eval *e = calloc(1, sizeof *e);
	struct cas_err err;
	cas_status status;

	if (!getenv("CAPSACC_DATA") && !access("../shared/data", R_OK))
		setenv("CAPSACC_DATA", "../shared/data", 1);
	status = evaluate(file, set, count, e, &err);
	if (status == CAS_INPUT && strstr(err.text, "not found")) {
		discard(e);
		print_message("skipped: %s is not here: set CAPSACC_DATA\n", what);
		skip();
	}
	if (status)
		fail_msg("%s", err.text);
	return e;
}

/* The 8-bit network with exact products, on all 10,000 test images, is at most `points` percentage points
 * worse than the float32 network that it was made from; the float engine agrees on the first 200. */
static void as_good_as_float(const char *file, const char *what, double points)
{
	static const char *const all[] = {"run.images=0", "run.float_reference=false"}, *const few[] = {"run.images=200"};
	struct cas_eval *e = published(file, what, few, 1);
	double lost;

	assert_true(abs(e->accuracy.correctf - e->accuracy.correct8) <= 2 && e->accuracy.agree >= 197);
	discard(e);
	if (SANITIZED) {
		print_message("%s: the 10,000 images are not run under sanitizers\n", what);
		return;
	}
	e = published(file, what, all, 2);
	lost = e->net.float_accuracy - (double)e->accuracy.correct8 / e->accuracy.images;
	print_message("%s: %d of %d right in 8 bits, %.2f points below float32\n", what, e->accuracy.correct8,
		e->accuracy.images, 100 * lost);
	assert_int_equal(e->accuracy.images, 10000);
	assert_true(e->net.float_accuracy > 0.85 && 100 * lost <= points);
	discard(e);
}

static void capsnet_mnist_loses_less_than_a_tenth_of_a_point(void **state)
{
	(void)state;
	as_good_as_float("configs/run/mnist.yaml", "MNIST", 0.1);
}

static void capsnet_fashion_loses_less_than_four_tenths(void **state)
{
	(void)state;
	as_good_as_float("configs/run/fashion.yaml", "Fashion-MNIST", 0.4);
}

static void deepcaps_loses_less_than_half_a_point(void **state)
{
	(void)state;
	as_good_as_float("configs/run/deepcaps.yaml", "Fashion-MNIST", 0.5);
}

static void all_cnn_c_loses_less_than_half_a_point(void **state)
{
	(void)state;
	as_good_as_float("configs/run/allcnn.yaml", "CIFAR-10", 0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capsnet_digits_is_as_accurate_in_8_bits_as_in_float),
		cmocka_unit_test(mapping_and_threads_do_not_change_an_exact_answer),
		cmocka_unit_test(an_approximate_multiplier_changes_energy_and_not_cycles),
		cmocka_unit_test(a_group_map_reaches_every_group),
		cmocka_unit_test(capsnet_mnist_loses_less_than_a_tenth_of_a_point),
		cmocka_unit_test(capsnet_fashion_loses_less_than_four_tenths),
		cmocka_unit_test(deepcaps_loses_less_than_half_a_point),
		cmocka_unit_test(all_cnn_c_loses_less_than_half_a_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
