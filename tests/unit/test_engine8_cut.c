/* Does the 8-bit engine give the words of docs/numerics.md sections 3 to 6 where a width cuts the sums of
 * `affine`?  Its corrections are not cut, so P leaves 32 bits where the uncut P would not.  Compared with an
 * executor of its own in 64 bits, since the engine's scalar reference shares the engine's plan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "engine/engine8.h"

enum { OUTPUTS = 5 };

struct fixture {
	struct cas_network net;
	uint8_t *pixels;
	int8_t *w;
	int32_t bias[OUTPUTS];
	uint16_t table[65536];
	struct cas_tables tables;
	struct cas_engine8_options options;
	int pixel_count, w_count;
};

/* The default widths; products are exact. */
static struct fixture *setup(int h, int w, int c, int w_count)
{
	struct fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->pixel_count = h * w * c;
	f->w_count = w_count;
	f->pixels = malloc((size_t)f->pixel_count);
	f->w = malloc((size_t)w_count);
	assert_non_null(f->pixels);
	assert_non_null(f->w);
	for (int i = 0; i < 65536; i++)
		f->table[i] = (uint16_t)((i >> 8) * (i & 255));
	for (int l = 0; l < 2; l++)
		for (int g = 0; g < CAS_GROUPS; g++)
			f->tables.table[l][g] = f->table;
	f->net = (struct cas_network){.quantized = 1, .input = {.h = h, .w = w, .c = c}, .input_format = {CAS_U8, 1}};
	f->options = (struct cas_engine8_options){.rows = 16, .numerics = {.mapping = CAS_AFFINE, .psum_bits = 25,
		.acc_bits = 32}};
	return f;
}

static void teardown(struct fixture *f)
{
	free(f->pixels);
	free(f->w);
	free(f);
}

static void start(const struct fixture *f, struct cas_engine8 **engine, struct cas_worker8 **worker, int calibrate)
{
	struct cas_err err;

	assert_int_equal(cas_engine8_plan(engine, &f->net, &f->tables, &f->options, &err), CAS_OK);
	if (calibrate)
		assert_int_equal(cas_engine8_calibrate_bias(*engine, f->pixels, 1, 1, NULL, &err), CAS_OK);
	assert_int_equal(cas_worker8_new(worker, *engine, &err), CAS_OK);
}

/* N of section 5. */
static int64_t cut(int64_t x, int bits, int saturate, uint64_t *events)
{
	int64_t half = INT64_C(1) << (bits - 1), rest = (x + half) % (2 * half);

	if (x >= -half && x < half)
		return x;
	++*events;
	if (saturate)
		return x < 0 ? -half : half - 1;
	return (rest < 0 ? rest + 2 * half : rest) - half;
}

/* P of one run of k terms: first operands a, second ones every `step` of w. */
static int64_t affine_sum(const struct cas_engine8_options *o, const uint8_t *a, int a_signed, const int8_t *w,
	int step, int k, uint64_t *events)
{
	int z_a = a_signed ? 128 : 0, saturate = o->numerics.overflow == CAS_SATURATE;
	int64_t acc = 0, psum = 0, first = 0, second = 0;

	for (int i = 0; i < k; i++) {
		int x = (a_signed ? (int8_t)a[i] : a[i]) + z_a, y = w[i * step] + 128;

		psum = cut(psum + x * y, o->numerics.psum_bits, saturate, events);
		first += x;
		second += 128 - y;
		if ((i + 1) % o->rows && i + 1 < k)
			continue;
		acc = cut(acc + psum, o->numerics.acc_bits, saturate, events);
		psum = 0;
	}
	return acc - 128 * first + z_a * second;
}

/* Section 6 for a ratio of 2^-shift. */
static int scaled(int64_t sum, int shift)
{
	int64_t code = ((sum < 0 ? -sum : sum) + (INT64_C(1) << (shift - 1))) >> shift;

	code = code > 127 ? 127 : code;
	return (int)(sum < 0 ? -code : code);
}

static int leaves_32_bits(int64_t sum)
{
	return sum > INT32_MAX || sum < INT32_MIN;
}

static struct fixture *setup_fc(void)
{
	struct fixture *f = setup(256, 256, 3, 256 * 256 * 3 * OUTPUTS);
	struct cas_err err;

	f->net.layers = 1;
	f->net.classes = OUTPUTS;
	f->net.layer[0] = (struct cas_layer){.name = "fc", .kind = CAS_FC, .input = -1, .channels = OUTPUTS, .w8 = f->w,
		.b32 = f->bias, .weight_scale = 1, .result = {CAS_S8, 0x1p26}};
	for (int n = 0; n < OUTPUTS; n++)
		f->bias[n] = 10000000 * (n - 2);
	assert_int_equal(cas_network_shape(&f->net, &err), CAS_OK);
	return f;
}

/* Pixels about `pixel`; output 0 of the largest weights, 1 of the least, the others of any. */
static void fill_fc(struct fixture *f, int reach, int pixel)
{
	struct cas_rng rng = cas_rng_init((uint64_t)(reach + pixel), 0);

	for (int k = 0; k < f->pixel_count; k++) {
		f->pixels[k] = (uint8_t)(pixel - 20 + (int)cas_rng_below(&rng, 41));
		for (int n = 0; n < OUTPUTS; n++)
			f->w[k * OUTPUTS + n] = (int8_t)(n == 0 ? reach : n == 1 ? -reach :
				(int)cas_rng_below(&rng, (uint64_t)(2 * reach + 1)) - reach);
	}
}

/* Returns how many sums needed more than 32 bits. */
static int compare_fc(const struct fixture *f, int calibrate)
{
	struct cas_engine8 *engine;
	struct cas_worker8 *worker;
	uint64_t events = 0;
	int beyond = 0;

	start(f, &engine, &worker, calibrate);
	cas_engine8_run(engine, worker, f->pixels, NULL);
	for (int n = 0; n < OUTPUTS; n++) {
		int64_t exact = 0, sum = affine_sum(&f->options, f->pixels, f->net.input_format.sign == CAS_S8, f->w + n,
			OUTPUTS, f->pixel_count, &events);

		for (int k = 0; k < f->pixel_count; k++)
			exact += (f->net.input_format.sign == CAS_S8 ? (int8_t)f->pixels[k] : f->pixels[k]) * f->w[k * OUTPUTS + n];
		/* calibrated on this one image, P + q is P_exact */
		assert_int_equal((int8_t)cas_worker8_result(worker, 0)[n], scaled((calibrate ? exact : sum) + f->bias[n], 26));
		assert_true(!leaves_32_bits(exact));
		beyond += leaves_32_bits(sum);
	}
	assert_int_equal(cas_worker8_overflows(worker, 0), events);
	assert_int_equal(cas_engine8_is_exposed(engine, 0), events > 0);
	cas_worker8_free(worker);
	cas_engine8_free(engine);
	return beyond;
}

static void cut_sums_are_scaled_from_all_their_bits(void **state)
{
	static const struct { int psum, acc; enum cas_overflow overflow; } widths[] = {{25, 32, CAS_WRAP},
		{25, 32, CAS_SATURATE}, {16, 48, CAS_WRAP}, {16, 48, CAS_SATURATE}, {18, 34, CAS_WRAP}, {12, 20, CAS_SATURATE},
		{25, 48, CAS_WRAP}};
	struct fixture *f = setup_fc();
	int beyond = 0;

	(void)state;
	for (int i = 0; i < (int)(sizeof widths / sizeof widths[0]) * 8; i++) {
		f->options.numerics.psum_bits = widths[i / 8].psum;
		f->options.numerics.acc_bits = widths[i / 8].acc;
		f->options.numerics.overflow = widths[i / 8].overflow;
		f->options.reference_only = i & 1;
		f->net.input_format.sign = i & 2 ? CAS_S8 : CAS_U8;
		fill_fc(f, 10, i & 2 ? 100 : 200);
		beyond += compare_fc(f, (i & 4) != 0);
	}
	assert_true(beyond > 100);
	teardown(f);
}

/* 33,800 capsules and one class, so that every coupling is 255. */
enum { CAPS = 130 * 130 * 2, ELEMENTS = 3 };

static struct fixture *setup_capsules(void)
{
	struct fixture *f = setup(130, 130, 1, CAPS * 2 * ELEMENTS);
	struct cas_layer *l = f->net.layer;
	struct cas_err err;

	f->net.layers = 2;
	f->net.classes = 1;
	l[0] = (struct cas_layer){.name = "primary", .kind = CAS_PRIMARYCAPS, .input = -1, .k_h = 1, .k_w = 1, .stride = 1,
		.types = 2, .dim = 2, .weight_scale = 1, .w8 = f->w, .b32 = f->bias, .pre = {CAS_S8, 1}, .result = {CAS_S8, 0x1p-7}};
	l[1] = (struct cas_layer){.name = "class", .kind = CAS_CLASSCAPS, .input = 0, .channels = 1, .dim = ELEMENTS,
		.iters = 1, .weight_scale = 1, .w8 = f->w, .votes = {CAS_S8, 0x1p-17}, .pre = {CAS_S8, 1},
		.logit_scale = 0x1p-7, .result = {CAS_S8, 0x1p-7}};
	assert_int_equal(cas_network_shape(&f->net, &err), CAS_OK);
	memset(f->pixels, 255, (size_t)f->pixel_count);
	for (int i = 0; i < f->w_count; i++) /* capsules of equal sign; votes of 127, -127, and both */
		f->w[i] = (int8_t)(i < 4 || i % ELEMENTS == 0 || i % 7 == 2 ? 127 : -127);
	return f;
}

/* What taps show of the class capsules. */
struct seen {
	int8_t votes[CAPS * ELEMENTS], pre[ELEMENTS];
	uint8_t coupling[CAPS];
};

static void see(void *ctx, const struct cas_tap_event *event)
{
	struct seen *seen = ctx;

	if (event->layer == 1 && event->tensor == CAS_TAP_VOTES)
		memcpy(seen->votes, event->data, sizeof seen->votes);
	else if (event->layer == 1 && event->tensor == CAS_TAP_COUPLING)
		memcpy(seen->coupling, event->data, sizeof seen->coupling);
	else if (event->layer == 1 && event->tensor == CAS_TAP_PRE)
		memcpy(seen->pre, event->data, sizeof seen->pre);
}

static void cut_sums_of_a_routing_are_scaled_from_all_their_bits(void **state)
{
	struct fixture *f = setup_capsules();
	struct seen *seen = malloc(sizeof *seen);
	struct cas_engine8 *engine;
	struct cas_worker8 *worker;
	uint64_t events = 0;
	int beyond = 0;

	(void)state;
	assert_non_null(seen);
	start(f, &engine, &worker, 0);
	cas_engine8_run(engine, worker, f->pixels, &(struct cas_tap){see, seen});
	for (int d = 0; d < ELEMENTS; d++) {
		int64_t sum = affine_sum(&f->options, seen->coupling, 0, seen->votes + d, ELEMENTS, CAPS, &events);

		assert_int_equal(seen->pre[d], scaled(sum, 25));
		beyond += leaves_32_bits(sum);
	}
	assert_int_equal(beyond, 1);
	assert_int_equal(cas_worker8_overflows(worker, 1), events);
	cas_worker8_free(worker);
	cas_engine8_free(engine);
	free(seen);
	teardown(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_sums_are_scaled_from_all_their_bits),
		cmocka_unit_test(cut_sums_of_a_routing_are_scaled_from_all_their_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
