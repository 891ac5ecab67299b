/* Are scales and codes those of docs/numerics.md section 11?  Ranges are found a second time, from all values at
 * once, as that section says. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "engine/enginef.h"
#include "study/quantize.h"

enum { LAYERS = 3, IMAGES = 4, SIDE = 8, MOST = 1 << 20 };

struct fixture {
	struct cas_network net;
	float *w[LAYERS], *b[LAYERS];
	uint8_t pixels[IMAGES][SIDE * SIDE];
};

static float *random_floats(struct cas_rng *rng, size_t count, double spread)
{
	float *x = malloc(count * sizeof *x);

	for (size_t i = 0; i < count; i++)
		x[i] = (float)(spread * cas_rng_normal(rng));
	return x;
}

static struct fixture *make(int iters, double votes)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct cas_layer *l = f->net.layer;
	struct cas_rng rng = cas_rng_init(8, 0);
	struct cas_err err;

	f->net.input = (struct cas_shape){SIDE, SIDE, 1, 0, 0};
	f->net.input_format = (struct cas_format){CAS_U8, 1.0 / 255};
	f->net.classes = 3;
	f->net.layers = LAYERS;
	f->net.float_accuracy = -1;
	l[0] = (struct cas_layer){.name = "conv", .kind = CAS_CONV2D, .input = -1, .k_h = 3, .k_w = 3, .stride = 1,
		.relu = 1, .channels = 5};
	l[1] = (struct cas_layer){.name = "primary", .kind = CAS_PRIMARYCAPS, .k_h = 3, .k_w = 3, .stride = 2,
		.types = 2, .dim = 4};
	l[2] = (struct cas_layer){.name = "class", .kind = CAS_CLASSCAPS, .input = 1, .channels = 3, .dim = 5, .iters = iters};
	assert_int_equal(cas_network_shape(&f->net, &err), CAS_OK);
	for (int i = 0; i < LAYERS; i++) {
		size_t biases = i < 2 ? (size_t)l[i].out.c : 0;

		l[i].wf = f->w[i] = random_floats(&rng, (size_t)l[i].parameters - biases, i == 2 ? votes : 0.3);
		l[i].bf = f->b[i] = biases ? random_floats(&rng, biases, 0.1) : NULL;
	}
	for (size_t i = 0; i < sizeof f->pixels; i++)
		f->pixels[i / (SIDE * SIDE)][i % (SIDE * SIDE)] = (uint8_t)cas_rng_below(&rng, 256);
	return f;
}

static void discard(struct fixture *f)
{
	for (int i = 0; i < LAYERS; i++) {
		free(f->w[i]);
		free(f->b[i]);
	}
	free(f);
}

/* All values of a tensor of a layer, over images and iterations. */
struct values {
	int layer;
	enum cas_tap_tensor tensor;
	float *x;
	size_t count;
};

static void gather(void *ctx, const struct cas_tap_event *event)
{
	struct values *v = ctx;

	if (event->layer != v->layer || event->tensor != v->tensor)
		return;
	assert_true(v->count + event->count <= MOST);
	memcpy(v->x + v->count, event->data, event->count * sizeof *v->x);
	v->count += event->count;
}

static float range_of(const struct fixture *f, int layer, enum cas_tap_tensor tensor, double percentile)
{
	struct values v = {layer, tensor, malloc(MOST * sizeof(float)), 0};
	struct cas_tap tap = {gather, &v};
	struct cas_enginef *engine;
	struct cas_workerf *worker;
	struct cas_err err;
	size_t bins[4096] = {0}, below = 0;
	float m = 0;
	int b = 0;

	assert_int_equal(cas_enginef_plan(&engine, &f->net, 0, &err), CAS_OK);
	assert_int_equal(cas_workerf_new(&worker, engine, &err), CAS_OK);
	for (int i = 0; i < IMAGES; i++)
		cas_enginef_run(engine, worker, f->pixels[i], &tap);
	for (size_t i = 0; i < v.count; i++)
		m = fmaxf(m, fabsf(v.x[i]));
	for (size_t i = 0; i < v.count; i++) {
		float at = fabsf(v.x[i]) / m * 4096;

		bins[at < 4096 ? (int)at : 4095]++;
	}
	assert_true(v.count > 20);
	while (b < 4095 && (double)(below + bins[b]) < percentile / 100 * (double)v.count)
		below += bins[b++];
	cas_workerf_free(worker);
	cas_enginef_free(engine);
	free(v.x);
	return percentile < 100 ? m * (float)(b + 1) / 4096 : m;
}

static int ascending(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static double half_away(double x)
{
	return x < 0 ? -floor(0.5 - x) : floor(0.5 + x);
}

/* Codes and scale of a layer's weights and biases. */
static void check_weights(const struct fixture *f, const struct cas_network *out, int layer, double percentile)
{
	const struct cas_layer *from = &f->net.layer[layer], *to = &out->layer[layer];
	size_t biases = from->bf ? (size_t)from->out.c : 0, count = (size_t)from->parameters - biases;
	double in = cas_network_format_of(out, from->input)->scale, scale;
	float *sorted = malloc(count * sizeof *sorted);

	for (size_t i = 0; i < count; i++)
		sorted[i] = fabsf(from->wf[i]);
	qsort(sorted, count, sizeof *sorted, ascending);
	scale = sorted[(size_t)ceil(percentile / 100 * (double)count) - 1] / 127.0;
	assert_true(to->weight_scale == scale);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(to->w8[i], (int)fmax(-127, fmin(127, half_away(from->wf[i] / scale))));
	for (size_t i = 0; i < biases; i++)
		assert_int_equal(to->b32[i], (int)half_away(from->bf[i] / (in * scale)));
	free(sorted);
}

static void check(double weights, double results, double pre)
{
	struct fixture *f = make(3, 0.4);
	struct cas_quantize_options options = {.weight_percentile = weights, .result_percentile = results,
		.pre_percentile = pre, .threads = 2};
	struct cas_network out;
	struct cas_err err;

	assert_int_equal(cas_quantize(&out, &f->net, f->pixels[0], IMAGES, &options, &err), CAS_OK);
	assert_int_equal(out.layer[0].result.sign, CAS_U8);
	assert_true(out.layer[0].result.scale == range_of(f, 0, CAS_TAP_RESULT, results) / 255.0);
	assert_true(out.layer[1].pre.scale == range_of(f, 1, CAS_TAP_PRE, pre) / 127.0);
	assert_true(out.layer[1].result.scale == 1.0 / 128 && out.layer[2].result.scale == 1.0 / 128);
	assert_true(out.layer[2].votes.scale == range_of(f, 2, CAS_TAP_VOTES, results) / 127.0);
	assert_true(out.layer[2].pre.scale == range_of(f, 2, CAS_TAP_PRE, results) / 127.0);
	assert_true(out.layer[2].logit_scale == range_of(f, 2, CAS_TAP_LOGITS, results) / 127.0);
	for (int i = 0; i < LAYERS; i++)
		check_weights(f, &out, i, weights);
	cas_network_clear(&out);
	discard(f);
}

static void scales_are_ranges_over_codes(void **state)
{
	(void)state;
	check(100, 100, 100);
}

static void percentiles_cut_the_ranges_that_they_are_for(void **state)
{
	(void)state;
	check(100, 100, 99.99);
	check(97, 95, 90);
	check(60, 50.5, 75);
}

/* Barely trained networks have next to no logits, others have large ones; the table of exponentials has limits. */
static void logit_scales_stay_in_the_table_s_range(void **state)
{
	static const double votes[] = {1e-5, 60};
	const double want[] = {0x1p-20, 1};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct fixture *f = make(3, votes[i]);
		struct cas_quantize_options options = cas_quantize_options_default();
		struct cas_network out;
		struct cas_err err;

		if (cas_quantize(&out, &f->net, f->pixels[0], IMAGES, &options, &err))
			fail_msg("%s", err.text);
		assert_true(out.layer[2].logit_scale == want[i]);
		cas_network_clear(&out);
		discard(f);
	}
}

static void one_iteration_has_no_logits(void **state)
{
	struct fixture *f = make(1, 0.4);
	struct cas_quantize_options options = cas_quantize_options_default();
	struct cas_network out;
	struct cas_err err;

	(void)state;
	assert_int_equal(cas_quantize(&out, &f->net, f->pixels[0], IMAGES, &options, &err), CAS_OK);
	assert_true(out.layer[2].logit_scale == 1.0 / 128);
	cas_network_clear(&out);
	discard(f);
}

static void a_tensor_of_zeros_has_no_scale(void **state)
{
	struct fixture *f = make(3, 0.4);
	struct cas_quantize_options options = cas_quantize_options_default();
	struct cas_network out;
	struct cas_err err;

	(void)state;
	for (int i = 0; i < 5; i++)
		f->b[0][i] = -1000;
	assert_int_equal(cas_quantize(&out, &f->net, f->pixels[0], IMAGES, &options, &err), CAS_INPUT);
	assert_string_equal(err.text, "layer conv: its results were all zero or not finite on the calibration images, so "
		"they have no scale");
	discard(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scales_are_ranges_over_codes),
		cmocka_unit_test(percentiles_cut_the_ranges_that_they_are_for),
		cmocka_unit_test(logit_scales_stay_in_the_table_s_range),
		cmocka_unit_test(one_iteration_has_no_logits),
		cmocka_unit_test(a_tensor_of_zeros_has_no_scale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
