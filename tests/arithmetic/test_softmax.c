/* How far is the integer softmax from the real one, and do the couplings of a capsule sum to 256?
 *
 * With p the real coupling and J classes: the exponentials are off by at most 1/2 of 255, the largest
 * is exact, so 256 e / s is off by at most 256/255 (1/2 + p (J - 1) / 2); rounding adds 1/2, and
 * the cut of 256 to 255 adds 1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>

#include <cmocka.h>

#include "arith/fixed.h"
#include "arith/softmax.h"
#include "base/rng.h"

struct worst {
	double error;      /* codes, any J */
	double error_ten;  /* codes, J <= 10 */
	double share;      /* of the bound */
	int sum_off[2];    /* |sum - 256|: J <= 10, any J */
	uint64_t checked;
};

static double bound(double p, int classes)
{
	return 256.0 / 255 * (0.5 + p * (classes - 1) / 2) + 0.5 + (256 * p > 254.5);
}

static void check_sum(struct worst *worst, const uint8_t *coupling, int classes)
{
	int sum = 0, at_top = 0;
	for (int j = 0; j < classes; j++) {
		sum += coupling[j];
		at_top += coupling[j] == 255;
	}
	/* half a code for each, and 1 for the cut */
	if (2 * abs(sum - 256) > classes + 2 * at_top)
		fail_msg("%d couplings sum to %d", classes, sum);
	worst->sum_off[1] = abs(sum - 256) > worst->sum_off[1] ? abs(sum - 256) : worst->sum_off[1];
	if (classes <= 10 && abs(sum - 256) > worst->sum_off[0])
		worst->sum_off[0] = abs(sum - 256);
}

static void check(struct worst *worst, const struct cas_softmax *softmax, double scale,
	const int8_t *logits, int classes)
{
	uint8_t coupling[256];
	double total = 0;
	int top = -128;
	cas_softmax_apply(softmax, logits, classes, coupling);
	for (int j = 0; j < classes; j++)
		top = logits[j] > top ? logits[j] : top;
	for (int j = 0; j < classes; j++)
		total += exp((logits[j] - top) * scale);
	for (int j = 0; j < classes; j++) {
		double p = exp((logits[j] - top) * scale) / total, error = fabs(coupling[j] - 256 * p);
		if (!(error <= bound(p, classes) + 1e-9))
			fail_msg("%d classes, scale %g, logit %d: got %d, want %.3f within %.3f", classes, scale,
				logits[j], coupling[j], 256 * p, bound(p, classes));
		worst->share = fmax(worst->share, error / bound(p, classes));
		worst->error = fmax(worst->error, error);
		if (classes <= 10)
			worst->error_ten = fmax(worst->error_ten, error);
		worst->checked++;
	}
	check_sum(worst, coupling, classes);
}

/* One logit on top and the others at distance d: all distances, so that the table's worst roundings
 * are met by all classes but one. */
static void check_steps(struct worst *worst, const struct cas_softmax *softmax, double scale, int classes)
{
	int8_t logits[256];
	for (int d = 0; d <= 254; d++) {
		for (int j = 0; j < classes; j++)
			logits[j] = (int8_t)(j == classes / 2 ? 127 : 127 - d);
		check(worst, softmax, scale, logits, classes);
	}
}

static void couplings_are_within_their_bound_for_1_to_256_classes(void **state)
{
	static const double scales[] = {0x1p-20, 0.001, 0x1p-7, 0.02, 0.05, 0.1, 0.3, 1};
	struct cas_rng rng = cas_rng_init(7, 0);
	struct worst worst = {0};
	(void)state;
	for (size_t s = 0; s < sizeof scales / sizeof scales[0]; s++) {
		struct cas_softmax softmax;
		struct cas_err err;
		int8_t logits[256];
		assert_int_equal(cas_softmax_make(&softmax, scales[s], &err), CAS_OK);
		for (int classes = 1; classes <= 256; classes++) {
			if (classes <= 16 || classes % 40 == 16)
				check_steps(&worst, &softmax, scales[s], classes);
			for (int n = 0; n < 30; n++) {
				uint64_t spread = 1 + cas_rng_below(&rng, 127);
				for (int j = 0; j < classes; j++)
					logits[j] = (int8_t)((int)cas_rng_below(&rng, 2 * spread + 1) - (int)spread);
				check(&worst, &softmax, scales[s], logits, classes);
			}
		}
	}
	print_message("# note: largest error %.2f codes for J <= 10, %.2f for J <= 256; at most %.2f of the "
		"bound; sums 256 +- %d for J <= 10, +- %d for J <= 256; %llu couplings\n", worst.error_ten,
		worst.error, worst.share, worst.sum_off[0], worst.sum_off[1],
		(unsigned long long)worst.checked);
	assert_true(worst.checked > 1000000);
	assert_true(worst.share > 0.5); /* the bound says something */
}

static void the_table_is_the_rounded_exponential(void **state)
{
	struct cas_rng rng = cas_rng_init(8, 0);
	(void)state;
	for (int n = 0; n < 2000; n++) {
		double scale = exp2(-20 * cas_rng_unit(&rng));
		struct cas_softmax softmax;
		struct cas_err err;
		assert_int_equal(cas_softmax_make(&softmax, scale, &err), CAS_OK);
		assert_int_equal(softmax.exp[0], 255);
		for (int d = 0; d < 256; d++)
			if (!(fabs(softmax.exp[d] - 255 * exp(-d * scale)) <= 0.5 + 1e-9))
				fail_msg("E[%d] of scale %.17g: got %d, want %.6f", d, scale, softmax.exp[d],
					255 * exp(-d * scale));
	}
}

static void equal_logits_share_alike_and_are_what_a_skipped_softmax_uses(void **state)
{
	struct cas_softmax softmax;
	struct cas_err err;
	int8_t logits[256];
	uint8_t coupling[256];
	(void)state;
	assert_int_equal(cas_softmax_make(&softmax, 0.05, &err), CAS_OK);
	for (int classes = 1; classes <= 256; classes++) {
		/* the nearest code to 256 / J, halves up, by section 8 */
		int want = classes == 1 ? 255 : (256 * 255 + 255 * classes / 2) / (255 * classes);
		for (int logit = -127; logit <= 127; logit += 127) {
			for (int j = 0; j < classes; j++)
				logits[j] = (int8_t)logit;
			cas_softmax_apply(&softmax, logits, classes, coupling);
			for (int j = 0; j < classes; j++)
				assert_int_equal(coupling[j], want);
		}
		assert_int_equal(cas_softmax_uniform(classes), want);
	}
	assert_int_equal(cas_softmax_uniform(10), 26);
}

static void logit_scales_out_of_range_are_refused(void **state)
{
	struct cas_softmax softmax;
	struct cas_err err;
	(void)state;
	assert_int_equal(cas_softmax_make(&softmax, 1.5, &err), CAS_INPUT);
	assert_string_equal(err.text, "a logit scale of 1.5 is outside 2^-20..1");
	assert_int_equal(cas_softmax_make(&softmax, 0, &err), CAS_INPUT);
	assert_string_equal(err.text, "a logit scale of 0 is outside 2^-20..1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(couplings_are_within_their_bound_for_1_to_256_classes),
		cmocka_unit_test(the_table_is_the_rounded_exponential),
		cmocka_unit_test(equal_logits_share_alike_and_are_what_a_skipped_softmax_uses),
		cmocka_unit_test(logit_scales_out_of_range_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
