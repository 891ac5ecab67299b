/* Does the 8-bit engine compute sums of any length, in 64 bits where 32 do not hold them, and does it take
 * the slow order only where a width can really cut? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arith/fixed.h"
#include "base/rng.h"
#include "engine/engine8_internal.h"

enum { OUTPUTS = 5 };

/* One fully connected layer on a map [h][w][c]. */
struct fixture {
	struct cas_network net;
	int terms;
	uint8_t *pixels;
	int8_t *w; /* [terms][OUTPUTS] */
	int32_t bias[OUTPUTS];
	uint16_t exact[65536], wrong[65536];
	struct cas_tables tables;
	struct cas_engine8_options options;
};

static struct fixture *setup(int h, int w, int c, int acc_bits)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct cas_err err;

	assert_non_null(f);
	f->terms = h * w * c;
	f->pixels = malloc((size_t)f->terms);
	f->w = malloc((size_t)f->terms * OUTPUTS);
	assert_non_null(f->pixels);
	assert_non_null(f->w);
	for (int i = 0; i < 65536; i++) {
		f->exact[i] = (uint16_t)((i >> 8) * (i & 255));
		f->wrong[i] = (uint16_t)(f->exact[i] & ~63);
	}
	for (int n = 0; n < OUTPUTS; n++)
		f->bias[n] = 1000 * (n - 2);
	f->net = (struct cas_network){.quantized = 1, .layers = 1, .classes = OUTPUTS,
		.input = {.h = h, .w = w, .c = c}, .input_format = {CAS_U8, 1}};
	f->net.layer[0] = (struct cas_layer){.name = "fc", .kind = CAS_FC, .input = -1, .channels = OUTPUTS, .w8 = f->w,
		.b32 = f->bias, .weight_scale = 1, .result = {CAS_S8, 0x1p25}};
	f->tables.table[0][CAS_GROUP_LAYER] = f->exact;
	f->options = (struct cas_engine8_options){.rows = 16, .numerics = {.mapping = CAS_SIGN_MAGNITUDE_ALIGNED,
		.psum_bits = 25, .acc_bits = acc_bits}};
	assert_int_equal(cas_network_shape(&f->net, &err), CAS_OK);
	return f;
}

static void teardown(struct fixture *f)
{
	free(f->pixels);
	free(f->w);
	free(f);
}

/* Output 0 of the largest weights, 1 of the least, the others of any up to `reach`. */
static void fill(struct fixture *f, int reach, int pixel)
{
	struct cas_rng rng = cas_rng_init((uint64_t)reach, 0);

	for (int k = 0; k < f->terms; k++) {
		f->pixels[k] = (uint8_t)(pixel < 0 ? (int)cas_rng_below(&rng, 256) : pixel);
		for (int n = 0; n < OUTPUTS; n++)
			f->w[k * OUTPUTS + n] = (int8_t)(n == 0 ? reach : n == 1 ? -reach :
				(int)cas_rng_below(&rng, (uint64_t)(2 * reach + 1)) - reach);
	}
}

/* P + b 2^e in 64 bits by the definition with exact products, scaled. */
static int expected(const struct fixture *f, int n)
{
	struct cas_requant rq = {.lo = -127, .hi = 127};
	struct cas_err err;
	int64_t sum = f->bias[n];

	for (int k = 0; k < f->terms; k++)
		sum += f->pixels[k] * f->w[k * OUTPUTS + n];
	assert_int_equal(cas_requant_make(&rq, 1 / f->net.layer[0].result.scale, 0, &err), CAS_OK);
	return cas_requant_apply(&rq, sum);
}

struct outcome {
	int exposed, in_order;
};

/* Runs the layer, calibrated on its one image if asked for. */
static struct outcome run_and_compare(const struct fixture *f, int calibrate)
{
	struct outcome out;
	struct cas_engine8 *engine;
	struct cas_worker8 *worker;
	struct cas_err err;

	assert_int_equal(cas_engine8_plan(&engine, &f->net, &f->tables, &f->options, &err), CAS_OK);
	if (calibrate)
		assert_int_equal(cas_engine8_calibrate_bias(engine, f->pixels, 1, 1, NULL, &err), CAS_OK);
	assert_int_equal(cas_worker8_new(&worker, engine, &err), CAS_OK);
	cas_engine8_run(engine, worker, f->pixels, NULL);
	for (int n = 0; n < OUTPUTS; n++)
		assert_int_equal((int8_t)cas_worker8_result(worker, 0)[n], expected(f, n));
	assert_int_equal(cas_worker8_overflows(worker, 0), 0);
	out.exposed = cas_engine8_is_exposed(engine, 0);
	out.in_order = engine->layer[0].group[CAS_GROUP_LAYER].ordered != NULL;
	cas_worker8_free(worker);
	cas_engine8_free(engine);
	return out;
}

/* 1 if a width can cut, which is also why the sums are added in order. */
static int is_exposed(const struct fixture *f)
{
	struct outcome out = run_and_compare(f, 0);

	assert_int_equal(out.exposed, out.in_order);
	return out.exposed;
}

static void a_layer_of_25088_inputs_runs_on_the_fast_kernels(void **state)
{
	struct fixture *f = setup(7, 7, 512, 48);

	(void)state;
	for (int pixel = -1; pixel < 256; pixel += 256) {
		fill(f, 127, pixel);
		assert_int_equal(is_exposed(f), 0);
	}
	fill(f, 127, 255); /* an accumulator that such weights can overflow, with small codes that do not */
	f->options.numerics.acc_bits = 31;
	memset(f->pixels, 1, (size_t)f->terms);
	assert_int_equal(is_exposed(f), 1);
	f->options.numerics.acc_bits = 32;
	assert_int_equal(is_exposed(f), 0);
	teardown(f);
}

static void known_weights_decide_what_a_width_holds(void **state)
{
	struct fixture *f = setup(7, 7, 512, 28);

	(void)state;
	fill(f, 10, 255); /* 25088 x 255 x 20 = 128 million; with weights of 127 it would be 1626 million */
	assert_int_equal(is_exposed(f), 0);
	f->options.numerics.acc_bits = 27;
	memset(f->pixels, 100, (size_t)f->terms);
	assert_int_equal(is_exposed(f), 1);
	teardown(f);
}

static void sums_beyond_32_bits_are_those_of_the_definition(void **state)
{
	struct fixture *f = setup(100, 70, 10, 48);

	(void)state;
	for (int reference = 0; reference < 2; reference++)
		for (int pixel = -1; pixel < 256; pixel += 256) {
			f->options.reference_only = reference;
			f->net.layer[0].result.scale = 0x1p25;
			fill(f, 127, pixel); /* 70000 x 255 x 254 = 4534 million */
			assert_true(run_and_compare(f, 0).in_order);
			assert_true(pixel < 0 || expected(f, 0) == 68); /* 2^31 would be 32 */
			fill(f, 20, pixel); /* 714 million */
			assert_int_equal(run_and_compare(f, 0).in_order, reference);
		}
	teardown(f);
}

/* One position and one image: with its calibration, P + q is P_exact. */
static void a_calibration_measures_sums_beyond_32_bits(void **state)
{
	struct fixture *f = setup(100, 70, 10, 48);

	(void)state;
	for (int reach = 20; reach < 128; reach += 107) {
		fill(f, reach, 255);
		f->tables.table[0][CAS_GROUP_LAYER] = f->wrong;
		f->net.layer[0].result.scale = reach == 20 ? 0x1p22 : 0x1p25;
		(void)run_and_compare(f, 1);
		memset(f->wrong, 0, sizeof f->wrong); /* P fits, P_exact does not */
		(void)run_and_compare(f, 1);
	}
	teardown(f);
}

static void long_sums_that_no_width_can_cut_are_not_exposed(void **state)
{
	struct fixture *f = setup(100, 70, 10, 48);
	struct outcome out;

	(void)state;
	fill(f, 127, 255);
	out = run_and_compare(f, 0);
	assert_true(out.in_order && !out.exposed);
	f->options.reference_only = 1;
	assert_false(run_and_compare(f, 0).exposed);
	f->options.numerics.acc_bits = 33; /* 70000 x 255 x 254 > 2^32 */
	memset(f->pixels, 1, (size_t)f->terms);
	assert_true(run_and_compare(f, 0).exposed);
	teardown(f);
}

static void a_sum_of_2_to_the_24_products_is_refused(void **state)
{
	struct fixture *f = setup(1, 1, 1, 48);
	struct cas_engine8 *engine;
	struct cas_err err;

	(void)state;
	f->net.input = (struct cas_shape){.h = 4096, .w = 4096, .c = 1};
	assert_int_equal(cas_network_shape(&f->net, &err), CAS_OK);
	assert_int_equal(cas_engine8_plan(&engine, &f->net, &f->tables, &f->options, &err), CAS_INPUT);
	assert_string_equal(err.text, "layer fc: sums of 16777216 products; the engine adds up to 16777215: "
		"make the layer's input or kernel smaller");
	teardown(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_layer_of_25088_inputs_runs_on_the_fast_kernels),
		cmocka_unit_test(known_weights_decide_what_a_width_holds),
		cmocka_unit_test(sums_beyond_32_bits_are_those_of_the_definition),
		cmocka_unit_test(a_calibration_measures_sums_beyond_32_bits),
		cmocka_unit_test(long_sums_that_no_width_can_cut_are_not_exposed),
		cmocka_unit_test(a_sum_of_2_to_the_24_products_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
