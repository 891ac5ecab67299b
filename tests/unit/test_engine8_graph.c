/* Do the layers of DeepCaps's family (convcaps2d, convcaps3d, add, concat, pool) give the same words on
 * every path, and the words of docs/numerics.md on cases worked by hand? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arith/fixed.h"
#include "base/rng.h"
#include "engine/engine8.h"

enum { SIDE = 7, LAYERS = 8 };

struct fixture {
	struct cas_network net;
	int8_t *w[LAYERS];
	int32_t *b[LAYERS];
	uint16_t exact[65536], noisy[65536];
	uint8_t pixels[SIDE * SIDE * 2];
};

static int between(struct cas_rng *rng, int lo, int hi)
{
	return lo + (int)cas_rng_below(rng, (uint64_t)(hi - lo + 1));
}

static void give_weights(struct fixture *f, struct cas_rng *rng, int index)
{
	struct cas_layer *l = &f->net.layer[index];
	size_t biases = cas_layer_has_bias(l) ? (size_t)l->out.c : 0, count = (size_t)l->parameters - biases;

	if (!cas_layer_has_weights(l))
		return;
	l->weight_scale = 0.02;
	l->w8 = f->w[index] = malloc(count);
	for (size_t i = 0; i < count; i++)
		f->w[index][i] = (int8_t)(between(rng, 0, 9) ? between(rng, -20, 20) : between(rng, -127, 127));
	if (biases)
		l->b32 = f->b[index] = malloc(biases * sizeof(int32_t));
	for (size_t i = 0; i < biases; i++)
		f->b[index][i] = between(rng, -3000, 3000);
}

static struct cas_layer capsules(const char *name, enum cas_layer_kind kind, int input, int types, int dim)
{
	struct cas_layer l = {.kind = kind, .input = input, .no_bias = 1, .k_h = 3, .k_w = 3, .pad = 1,
		.stride = 1, .types = types, .dim = dim, .channels = types, .iters = 3, .pre = {CAS_S8, 0.03},
		.votes = {CAS_S8, 0.02}, .logit_scale = 0x1p-7, .result = {CAS_S8, 0x1p-7}};

	memcpy(l.name, name, strlen(name) + 1);
	return l;
}

/* conv, pool, block (L1, ConvCaps3D skip, L2, add), concat of the block with its beginning, classcaps */
static void setup(struct fixture *f, uint64_t seed)
{
	struct cas_rng rng = cas_rng_init(seed, 0);
	struct cas_layer *l = f->net.layer;
	struct cas_err err;
	int types = between(&rng, 1, 5), dim = between(&rng, 1, 6);

	memset(f, 0, sizeof *f);
	f->net.quantized = 1;
	f->net.layers = LAYERS;
	f->net.classes = between(&rng, 2, 5);
	f->net.input = (struct cas_shape){.h = SIDE, .w = SIDE, .c = 2};
	f->net.input_format = (struct cas_format){CAS_U8, 1 / 255.0};
	l[0] = (struct cas_layer){.name = "conv", .kind = CAS_CONV2D, .input = -1, .relu = between(&rng, 0, 1),
		.no_bias = between(&rng, 0, 1), .k_h = 2, .k_w = 3, .stride = 1, .pad = 1,
		.channels = between(&rng, 1, 9)};
	l[0].result = (struct cas_format){l[0].relu ? CAS_U8 : CAS_S8, 0.02};
	l[1] = (struct cas_layer){.name = "pool", .kind = CAS_POOL, .input = 0, .k_h = between(&rng, 1, 3),
		.k_w = 2, .stride = 2, .pad = 0, .pool = between(&rng, 0, 1) ? CAS_POOL_MAX : CAS_POOL_AVERAGE,
		.result = l[0].result};
	l[2] = capsules("l1", CAS_PRIMARYCAPS, 1, types, dim);
	l[2].stride = between(&rng, 1, 2);
	l[3] = capsules("skip", CAS_CONVCAPS3D, 2, types, dim);
	l[3].k_w = between(&rng, 0, 1) ? 3 : 1;
	l[3].k_h = l[3].k_w;
	l[3].pad = l[3].k_w / 2;
	l[4] = capsules("l2", CAS_PRIMARYCAPS, 2, types, dim);
	l[5] = (struct cas_layer){.name = "add", .kind = CAS_ADD, .input = 4, .input2 = 3,
		.result = {CAS_S8, 0.011}};
	l[6] = (struct cas_layer){.name = "concat", .kind = CAS_CONCAT, .input = 5, .input2 = 2,
		.result = {CAS_S8, 0.0101}};
	l[7] = capsules("class", CAS_CLASSCAPS, 6, f->net.classes, between(&rng, 1, 9));
	assert_int_equal(cas_network_shape(&f->net, &err), CAS_OK);
	for (int i = 0; i < LAYERS; i++)
		give_weights(f, &rng, i);
	for (int i = 0; i < 65536; i++) {
		f->exact[i] = (uint16_t)((i >> 8) * (i & 255));
		f->noisy[i] = (uint16_t)((f->exact[i] & ~15) + between(&rng, 0, 15));
	}
	for (size_t i = 0; i < sizeof f->pixels; i++)
		f->pixels[i] = (uint8_t)(between(&rng, 0, 2) ? between(&rng, 0, 255) : 0);
}

static void teardown(struct fixture *f)
{
	for (int i = 0; i < LAYERS; i++) {
		free(f->w[i]);
		free(f->b[i]);
	}
}

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

static struct cas_engine8 *plan(const struct fixture *f, const uint16_t *table,
	const struct cas_engine8_options *options)
{
	struct cas_tables tables;
	struct cas_engine8 *engine;
	struct cas_err err;

	for (int l = 0; l < CAS_MAX_LAYERS; l++)
		for (int g = 0; g < CAS_GROUPS; g++)
			tables.table[l][g] = table;
	assert_int_equal(cas_engine8_plan(&engine, &f->net, &tables, options, &err), CAS_OK);
	return engine;
}

static struct record infer(const struct fixture *f, const uint16_t *table,
	const struct cas_engine8_options *options, int calibrate, uint64_t *overflows)
{
	struct record r = {0};
	struct cas_tap tap = {record, &r};
	struct cas_engine8 *engine = plan(f, table, options);
	struct cas_worker8 *worker;
	struct cas_err err;

	if (calibrate)
		assert_int_equal(cas_engine8_calibrate_bias(engine, f->pixels, 1, 1, NULL, &err), CAS_OK);
	assert_int_equal(cas_worker8_new(&worker, engine, &err), CAS_OK);
	cas_engine8_run(engine, worker, f->pixels, &tap);
	*overflows = 0;
	for (int l = 0; l < LAYERS; l++)
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

static void fast_and_reference_agree_word_for_word(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 24; seed++) {
		struct fixture f;
		struct cas_engine8_options options = options_for((enum cas_mapping)(seed % 3), seed);
		uint64_t overflows;

		setup(&f, seed);
		struct record fast = infer(&f, f.noisy, &options, seed % 4 == 0, &overflows);
		options.reference_only = 1;
		struct record slow = infer(&f, f.noisy, &options, seed % 4 == 0, &overflows);
		assert_int_equal(fast.size, slow.size);
		assert_memory_equal(fast.data, slow.data, fast.size);
		free(fast.data);
		free(slow.data);
		teardown(&f);
	}
}

static void exact_products_make_the_mappings_agree(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct fixture f;
		struct record r[3];
		uint64_t overflows;

		setup(&f, seed);
		for (int m = 0; m < 3; m++) {
			struct cas_engine8_options options = options_for((enum cas_mapping)m, seed);

			r[m] = infer(&f, f.exact, &options, 0, &overflows);
		}
		for (int m = 1; m < 3; m++) {
			assert_int_equal(r[0].size, r[m].size);
			assert_memory_equal(r[0].data, r[m].data, r[0].size);
		}
		for (int m = 0; m < 3; m++)
			free(r[m].data);
		teardown(&f);
	}
}

static void narrow_widths_are_counted_in_shared_votes(void **state)
{
	(void)state;
	struct fixture f;
	struct cas_engine8_options options = options_for(CAS_SIGN_MAGNITUDE, 3);
	uint64_t overflows;

	setup(&f, 3);
	options.numerics.psum_bits = 9;
	free(infer(&f, f.exact, &options, 0, &overflows).data);
	assert_true(overflows > 0);
	teardown(&f);
}

/* Operand pairs of the shared votes: every vote's terms meet every output once. */
static void operands_of_shared_votes_are_all_counted(void **state)
{
	(void)state;
	struct fixture f;
	struct cas_engine8_options options = options_for(CAS_SIGN_MAGNITUDE, 5);
	uint64_t histogram[65536] = {0}, total = 0;
	struct cas_worker8 *worker;
	struct cas_err err;

	setup(&f, 5);
	struct cas_engine8 *engine = plan(&f, f.exact, &options);
	const struct cas_layer *skip = &f.net.layer[3];
	assert_int_equal(cas_worker8_new(&worker, engine, &err), CAS_OK);
	cas_engine8_count_operands(engine, worker, f.pixels, 3, CAS_GROUP_VOTES, histogram);
	for (int i = 0; i < 65536; i++)
		total += histogram[i];
	assert_int_equal(total, skip->macs - 5 * (uint64_t)skip->routing.caps * (uint64_t)skip->out.h *
		(uint64_t)skip->out.w * (uint64_t)skip->out.c);
	memset(histogram, 0, sizeof histogram);
	total = 0;
	cas_engine8_count_operands(engine, worker, f.pixels, 3, CAS_GROUP_UPDATE, histogram);
	for (int i = 0; i < 65536; i++)
		total += histogram[i];
	assert_int_equal(total, 2 * (uint64_t)skip->routing.caps * (uint64_t)skip->out.h *
		(uint64_t)skip->out.w * (uint64_t)skip->out.c);
	cas_worker8_free(worker);
	cas_engine8_free(engine);
	teardown(&f);
}

static void a_sum_is_rounded_once_half_away(void **state)
{
	(void)state;
	struct cas_rescale rs = {.lo = -127, .hi = 127};
	struct cas_err err = {""};
	/* 1/2 and 1/4: t = 16, m = 2^15 and 2^14; 1 + 1 -> 0.75, 1 + 0 -> 0.5 (up), -1 + 0 -> -0.5 (down) */
	assert_int_equal(cas_rescale_make(&rs, (const double[]){0.5, 0.25}, &err), CAS_OK);
	assert_int_equal(rs.mult[0], 1 << 15);
	assert_int_equal(rs.mult[1], 1 << 14);
	assert_int_equal(rs.shift, 16);
	assert_int_equal(cas_rescale_apply(&rs, 1, 1), 1);
	assert_int_equal(cas_rescale_apply(&rs, 1, 0), 1);
	assert_int_equal(cas_rescale_apply(&rs, -1, 0), -1);
	assert_int_equal(cas_rescale_apply(&rs, 0, 1), 0);
	assert_int_equal(cas_rescale_apply(&rs, -127, -127), -95);
	/* the identity, and a clamp */
	assert_int_equal(cas_rescale_make(&rs, (const double[]){1, 0}, &err), CAS_OK);
	for (int a = -127; a <= 127; a++)
		assert_int_equal(cas_rescale_apply(&rs, a, 55), a);
	assert_int_equal(cas_rescale_make(&rs, (const double[]){3, 3}, &err), CAS_OK);
	assert_int_equal(cas_rescale_apply(&rs, 100, 100), 127);
	assert_int_equal(cas_rescale_apply(&rs, -100, -100), -127);
	/* just below a power of two rounds up to it */
	assert_int_equal(cas_rescale_make(&rs, (const double[]){1 - 1e-9, 0.5}, &err), CAS_OK);
	assert_int_equal(rs.mult[0], 1 << 15);
	assert_int_equal(rs.shift, 15);
	assert_int_equal(cas_rescale_make(&rs, (const double[]){0x1p-16, 0}, &err), CAS_INPUT);
	assert_string_equal(err.text, "a rescaling ratio of 1.52588e-05 is outside 2^-15..2^14: check the scales");
}

/* Against rationals: every pair of codes, scales drawn over the whole range. */
static void a_rescaled_sum_is_the_nearest_code(void **state)
{
	(void)state;
	struct cas_rng rng = cas_rng_init(7, 0);
	for (int i = 0; i < 60; i++) {
		struct cas_rescale rs = {.lo = -127, .hi = 127};
		struct cas_err err;
		double ratio[2] = {(double)between(&rng, 1, 4000) / between(&rng, 1, 4000),
			(double)between(&rng, 1, 4000) / between(&rng, 1, 4000)};
		assert_int_equal(cas_rescale_make(&rs, ratio, &err), CAS_OK);
		for (int a = -127; a <= 127; a += 3)
			for (int b = -127; b <= 255; b++) {
				double whole = a * ratio[0] + b * ratio[1];
				int code = cas_rescale_apply(&rs, a, b);
				double off = whole - code, top = ratio[0] > ratio[1] ? ratio[0] : ratio[1];
				if (code > -127 && code < 127) /* two multipliers, each half a step of 2^-15 top off */
					assert_true(off < 0.5 + 382 * top * 0x1p-16 && off > -0.5 - 382 * top * 0x1p-16);
				else
					assert_true(code < 0 ? whole < -126 : whole > 126);
			}
	}
}

/* 3x3 map, window 2, stride 2, padding 1: corners see one code, edges two, the middle four. */
static void pooling_treats_padding_as_nothing_or_zero(void **state)
{
	(void)state;
	static const uint8_t map[] = {9, 8, 7, 6, 5, 4, 3, 2, 250};
	static const uint8_t top[] = {9, 8, 6, 250}, mean[] = {2, 4, 2, 65}; /* 9/4, 15/4, 9/4, 261/4 */
	for (int op = 0; op < 2; op++) {
		struct cas_network net = {.quantized = 1, .layers = 1, .classes = 4, .input = {.h = 3, .w = 3, .c = 1},
			.input_format = {CAS_U8, 1}};
		struct cas_engine8_options options = {.rows = 4, .numerics = {.psum_bits = 25, .acc_bits = 32}};
		struct cas_tables tables = {0};
		struct cas_engine8 *engine;
		struct cas_worker8 *worker;
		struct cas_err err;

		net.layer[0] = (struct cas_layer){.name = "pool", .kind = CAS_POOL, .input = -1, .k_h = 2, .k_w = 2,
			.stride = 2, .pad = 1, .pool = op ? CAS_POOL_AVERAGE : CAS_POOL_MAX, .result = {CAS_U8, 1}};
		assert_int_equal(cas_network_shape(&net, &err), CAS_OK);
		assert_int_equal(cas_engine8_plan(&engine, &net, &tables, &options, &err), CAS_OK);
		assert_int_equal(cas_worker8_new(&worker, engine, &err), CAS_OK);
		cas_engine8_run(engine, worker, map, NULL);
		assert_memory_equal(cas_worker8_result(worker, 0), op ? mean : top, 4);
		cas_worker8_free(worker);
		cas_engine8_free(engine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fast_and_reference_agree_word_for_word),
		cmocka_unit_test(exact_products_make_the_mappings_agree),
		cmocka_unit_test(narrow_widths_are_counted_in_shared_votes),
		cmocka_unit_test(operands_of_shared_votes_are_all_counted),
		cmocka_unit_test(a_sum_is_rounded_once_half_away),
		cmocka_unit_test(a_rescaled_sum_is_the_nearest_code),
		cmocka_unit_test(pooling_treats_padding_as_nothing_or_zero),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
