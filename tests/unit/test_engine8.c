/* Does the 8-bit engine give the same words on every path, and are the mappings what section 3 says?
 * Random small networks; the fast kernels, the scalar reference and the mappings are compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/engine8.h"

struct fixture {
	struct cas_network net;
	int8_t *w[3];
	int32_t *b[2];
	uint16_t exact[65536], noisy[65536];
	uint8_t pixels[12 * 12];
};

static int between(struct cas_rng *rng, int lo, int hi)
{
	return lo + (int)cas_rng_below(rng, (uint64_t)(hi - lo + 1));
}

static int8_t *codes(struct cas_rng *rng, size_t count)
{
	int8_t *w = malloc(count);

	for (size_t i = 0; i < count; i++)
		w[i] = (int8_t)(between(rng, 0, 9) ? between(rng, -20, 20) : between(rng, -127, 127));
	return w;
}

/* conv (random kernel, stride, padding) -> primary capsules -> class capsules */
static void make_layers(struct fixture *f, struct cas_rng *rng)
{
	struct cas_layer *l = f->net.layer;

	memset(f, 0, sizeof *f);
	f->net.quantized = 1;
	f->net.layers = 3;
	f->net.classes = between(rng, 2, 11);
	f->net.input = (struct cas_shape){.h = 12, .w = 12, .c = 1};
	f->net.input_format = (struct cas_format){CAS_U8, 1 / 255.0};
	l[0] = (struct cas_layer){.name = "conv", .kind = CAS_CONV2D, .input = -1, .relu = between(rng, 0, 1),
		.k_h = between(rng, 1, 4), .k_w = between(rng, 1, 4), .stride = between(rng, 1, 2),
		.pad = between(rng, 0, 2), .channels = between(rng, 1, 9), .weight_scale = 0.01};
	l[0].result = (struct cas_format){l[0].relu ? CAS_U8 : CAS_S8, 0.02};
	l[1] = (struct cas_layer){.name = "primary", .kind = CAS_PRIMARYCAPS, .input = 0,
		.k_h = 3, .k_w = 3, .stride = between(rng, 1, 2), .pad = between(rng, 0, 1),
		.types = between(rng, 1, 3), .dim = between(rng, 1, 8), .weight_scale = 0.01,
		.pre = {CAS_S8, 0.03}, .result = {CAS_S8, 0x1p-7}};
	l[2] = (struct cas_layer){.name = "class", .kind = CAS_CLASSCAPS, .input = 1, .channels = f->net.classes,
		.dim = between(rng, 1, 17), .iters = between(rng, 1, 4), .weight_scale = 0.02,
		.votes = {CAS_S8, 0.02}, .pre = {CAS_S8, 0.03}, .logit_scale = 0x1p-7, .result = {CAS_S8, 0x1p-7}};
}

static void fill_layers(struct fixture *f, struct cas_rng *rng)
{
	struct cas_layer *l = f->net.layer;
	struct cas_err err;
	size_t count[3];

	assert_int_equal(cas_network_shape(&f->net, &err), CAS_OK);
	for (int i = 0; i < 3; i++) {
		int channels = i == 1 ? l[1].types * l[1].dim : i == 0 ? l[0].channels : 0;

		count[i] = (size_t)l[i].parameters - (size_t)channels;
		l[i].w8 = f->w[i] = codes(rng, count[i]);
		if (i < 2) {
			f->b[i] = malloc((size_t)channels * sizeof(int32_t));
			for (int n = 0; n < channels; n++)
				f->b[i][n] = between(rng, -3000, 3000);
			l[i].b32 = f->b[i];
		}
	}
	for (int i = 0; i < 65536; i++) {
		f->exact[i] = (uint16_t)((i >> 8) * (i & 255));
		f->noisy[i] = (uint16_t)((f->exact[i] & ~15) + between(rng, 0, 15));
	}
	for (size_t i = 0; i < sizeof f->pixels; i++)
		f->pixels[i] = (uint8_t)(between(rng, 0, 2) ? between(rng, 0, 255) : 0);
}

static void setup(struct fixture *f, uint64_t seed)
{
	struct cas_rng rng = cas_rng_init(seed, 0);

	make_layers(f, &rng);
	fill_layers(f, &rng);
}

static void teardown(struct fixture *f)
{
	for (int i = 0; i < 3; i++)
		free(f->w[i]);
	free(f->b[0]);
	free(f->b[1]);
}

/* Every tapped 8-bit tensor of one inference, in order. */
struct record {
	uint8_t *data;
	size_t size;
};

static void record(void *ctx, const struct cas_tap_event *event)
{
	struct record *r = ctx;

	if (event->tensor == CAS_TAP_SUMS)
		return;
	r->data = realloc(r->data, r->size + event->count);
	memcpy(r->data + r->size, event->data, event->count);
	r->size += event->count;
}

static struct record infer(const struct fixture *f, const uint16_t *table,
	const struct cas_engine8_options *options, uint64_t *overflows)
{
	struct record r = {0};
	struct cas_tap tap = {record, &r};
	struct cas_tables tables;
	struct cas_engine8 *engine;
	struct cas_worker8 *worker;
	struct cas_err err;

	for (int l = 0; l < CAS_MAX_LAYERS; l++)
		for (int g = 0; g < CAS_GROUPS; g++)
			tables.table[l][g] = table;
	assert_int_equal(cas_engine8_plan(&engine, &f->net, &tables, options, &err), CAS_OK);
	assert_int_equal(cas_worker8_new(&worker, engine, &err), CAS_OK);
	cas_engine8_run(engine, worker, f->pixels, &tap);
	*overflows = 0;
	for (int l = 0; l < 3; l++)
		*overflows += cas_worker8_overflows(worker, l);
	cas_worker8_free(worker);
	cas_engine8_free(engine);
	return r;
}

static struct cas_engine8_options options_for(enum cas_mapping mapping, uint64_t seed)
{
	struct cas_rng rng = cas_rng_init(seed, 1);

	return (struct cas_engine8_options){.rows = between(&rng, 1, 40),
		.numerics = {.mapping = mapping, .psum_bits = 25, .acc_bits = 32,
			.swap_operands = between(&rng, 0, 1), .zero_gating = between(&rng, 0, 1)}};
}

static void same(const struct record *a, const struct record *b)
{
	assert_int_equal(a->size, b->size);
	for (size_t i = 0; i < a->size; i++)
		if (a->data[i] != b->data[i])
			fail_msg("byte %zu of %zu: got %d, want %d", i, a->size, a->data[i], b->data[i]);
}

static void the_kernels_equal_the_scalar_reference(void **state)
{
	struct fixture f;
	size_t compared = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct cas_engine8_options options = options_for((enum cas_mapping)(seed % CAS_MAPPINGS), seed);
		struct record fast, slow;
		uint64_t overflows;

		setup(&f, seed);
		fast = infer(&f, f.noisy, &options, &overflows);
		options.reference_only = 1;
		slow = infer(&f, f.noisy, &options, &overflows);
		same(&fast, &slow);
		assert_int_equal(overflows, 0);
		compared += fast.size;
		free(fast.data);
		free(slow.data);
		teardown(&f);
	}
	assert_true(compared > 10000);
}

static void exact_products_give_the_same_words_in_every_unsigned_mapping(void **state)
{
	struct fixture f;

	(void)state;
	for (uint64_t seed = 100; seed < 140; seed++) {
		struct record r[CAS_SIGNED];
		uint64_t overflows;

		setup(&f, seed);
		for (int m = 0; m < CAS_SIGNED; m++) {
			struct cas_engine8_options options = options_for((enum cas_mapping)m, seed);

			r[m] = infer(&f, f.exact, &options, &overflows);
			same(&r[m], &r[0]);
		}
		for (int m = 0; m < CAS_SIGNED; m++)
			free(r[m].data);
		teardown(&f);
	}
}

/* One fully connected layer; the sum by hand, an odd and a negative bias, L rounded once more. */
static void a_signed_multiplier_sees_unsigned_codes_halved(void **state)
{
	static const uint8_t pixels[4] = {0, 3, 254, 255};
	static const int8_t w[8] = {5, -7, 9, 127, -11, 2, -127, 1}; /* [4][2] */
	static const int32_t bias[2] = {-7, 9};
	struct cas_engine8_options options = {.rows = 16,
		.numerics = {.mapping = CAS_SIGNED, .psum_bits = 25, .acc_bits = 32}};
	struct cas_network net = {.quantized = 1, .layers = 1, .classes = 2, .input = {.h = 2, .w = 2, .c = 1},
		.input_format = {CAS_U8, 1}};
	struct cas_tables tables = {0};
	struct cas_engine8 *engine;
	struct cas_worker8 *worker;
	struct cas_err err;
	uint16_t *exact = malloc(65536 * sizeof *exact);

	(void)state;
	assert_non_null(exact);
	for (int i = 0; i < 65536; i++)
		exact[i] = (uint16_t)((int8_t)(i >> 8) * (int8_t)i);
	net.layer[0] = (struct cas_layer){.name = "fc", .kind = CAS_FC, .input = -1, .channels = 2, .w8 = w,
		.b32 = bias, .weight_scale = 1, .result = {CAS_S8, 128}};
	tables.table[0][CAS_GROUP_LAYER] = exact;
	assert_int_equal(cas_network_shape(&net, &err), CAS_OK);
	assert_int_equal(cas_engine8_plan(&engine, &net, &tables, &options, &err), CAS_OK);
	assert_int_equal(cas_worker8_new(&worker, engine, &err), CAS_OK);
	cas_engine8_run(engine, worker, pixels, NULL);
	/* x = 0, 2, 127, 127: 18 - 1397 - 16129 - 4 = -17512, 254 + 254 + 127 + 5 = 640; times 2 / 128 */
	assert_int_equal((int8_t)cas_worker8_result(worker, 0)[0], -127);
	assert_int_equal((int8_t)cas_worker8_result(worker, 0)[1], 10);
	cas_worker8_free(worker);
	cas_engine8_free(engine);
	free(exact);
}

static void narrow_widths_overflow_and_are_counted(void **state)
{
	struct fixture f;
	uint64_t wrapped, saturated, wide;
	int differ = 0;

	(void)state;
	for (uint64_t seed = 200; seed < 210; seed++) {
		struct cas_engine8_options options = options_for(CAS_SIGN_MAGNITUDE, seed);
		struct record w, s, ok;

		setup(&f, seed);
		ok = infer(&f, f.exact, &options, &wide);
		options.numerics.acc_bits = 13;
		w = infer(&f, f.exact, &options, &wrapped);
		options.numerics.overflow = CAS_SATURATE;
		s = infer(&f, f.exact, &options, &saturated);
		assert_int_equal(wide, 0);
		assert_true(wrapped > 0 && saturated > 0);
		differ += memcmp(w.data, ok.data, ok.size) != 0 && memcmp(w.data, s.data, ok.size) != 0;
		free(w.data);
		free(s.data);
		free(ok.data);
		teardown(&f);
	}
	assert_true(differ > 5);
}

/* Every group, mapping and kind of cut: the words and the counts of the scalar reference. */
static void cut_sums_are_those_of_the_scalar_reference(void **state)
{
	struct fixture f;
	uint64_t total = 0;

	(void)state;
	for (uint64_t seed = 300; seed < 380; seed++) {
		struct cas_engine8_options options = options_for((enum cas_mapping)(seed % CAS_MAPPINGS), seed);
		struct cas_rng rng = cas_rng_init(seed, 2);
		struct record fast, slow;
		uint64_t cut, want;

		setup(&f, seed);
		options.numerics.psum_bits = between(&rng, 10, 25);
		options.numerics.acc_bits = between(&rng, 12, 24);
		options.numerics.overflow = between(&rng, 0, 1) ? CAS_SATURATE : CAS_WRAP;
		memset(options.patches, between(&rng, 0, 1), sizeof options.patches);
		fast = infer(&f, f.noisy, &options, &cut);
		options.reference_only = 1;
		slow = infer(&f, f.noisy, &options, &want);
		same(&fast, &slow);
		assert_int_equal(cut, want);
		total += cut;
		free(fast.data);
		free(slow.data);
		teardown(&f);
	}
	assert_true(total > 10000);
}

/* 34,560 capsules: a sum of so many coefficients times votes can leave 32 bits. */
static void routing_of_very_many_capsules_equals_the_reference(void **state)
{
	struct cas_engine8_options options = {.rows = 16,
		.numerics = {.mapping = CAS_SIGN_MAGNITUDE_ALIGNED, .psum_bits = 25, .acc_bits = 40}};
	struct cas_rng rng = cas_rng_init(400, 0);
	struct fixture f;
	struct record fast, slow;
	uint64_t cut;

	(void)state;
	make_layers(&f, &rng);
	for (int i = 0; i < 2; i++) {
		f.net.layer[i].k_h = f.net.layer[i].k_w = f.net.layer[i].stride = 1;
		f.net.layer[i].pad = 0;
	}
	f.net.layer[1].types = 240;
	f.net.layer[1].dim = 1;
	f.net.layer[2].channels = f.net.classes = 2;
	f.net.layer[2].dim = 3;
	f.net.layer[2].iters = 2;
	f.net.layer[2].pre.scale = 20;
	fill_layers(&f, &rng);
	fast = infer(&f, f.noisy, &options, &cut);
	options.reference_only = 1;
	slow = infer(&f, f.noisy, &options, &cut);
	assert_int_equal(f.net.layer[2].in.caps, 34560);
	same(&fast, &slow);
	assert_int_equal(cut, 0);
	free(fast.data);
	free(slow.data);
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernels_equal_the_scalar_reference),
		cmocka_unit_test(exact_products_give_the_same_words_in_every_unsigned_mapping),
		cmocka_unit_test(a_signed_multiplier_sees_unsigned_codes_halved),
		cmocka_unit_test(narrow_widths_overflow_and_are_counted),
		cmocka_unit_test(cut_sums_are_those_of_the_scalar_reference),
		cmocka_unit_test(routing_of_very_many_capsules_equals_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
