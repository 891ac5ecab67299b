/* Are the operand pairs that a tap counts those of the sums?  The histogram is checked through the
 * sums themselves: sum over pairs of count * product must equal the total of the signed products. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "engine/engine8.h"

static int8_t weights[4096];
static uint16_t exact[65536];

static void fill(struct cas_network *net)
{
	struct cas_rng rng = cas_rng_init(7, 0);
	struct cas_layer *l = net->layer;
	struct cas_err err;

	*net = (struct cas_network){.quantized = 1, .layers = 3, .classes = 3,
		.input = {.h = 6, .w = 6, .c = 1}, .input_format = {CAS_U8, 1 / 255.0}};
	l[0] = (struct cas_layer){.name = "conv", .kind = CAS_CONV2D, .input = -1, .relu = 1, .k_h = 3, .k_w = 3,
		.stride = 1, .pad = 1, .channels = 4, .weight_scale = 0.01, .result = {CAS_U8, 0.02}};
	l[1] = (struct cas_layer){.name = "primary", .kind = CAS_PRIMARYCAPS, .input = 0, .k_h = 3, .k_w = 3,
		.stride = 2, .types = 2, .dim = 4, .weight_scale = 0.01, .pre = {CAS_S8, 0.03},
		.result = {CAS_S8, 0x1p-7}};
	l[2] = (struct cas_layer){.name = "class", .kind = CAS_CLASSCAPS, .input = 1, .channels = 3, .dim = 5,
		.iters = 3, .weight_scale = 0.02, .votes = {CAS_S8, 0.02}, .pre = {CAS_S8, 0.03},
		.logit_scale = 0x1p-7, .result = {CAS_S8, 0x1p-7}};
	for (size_t i = 0; i < sizeof weights; i++)
		weights[i] = (int8_t)((int)cas_rng_below(&rng, 255) - 127);
	for (int i = 0; i < 65536; i++)
		exact[i] = (uint16_t)((i >> 8) * (i & 255));
	for (int i = 0; i < 3; i++)
		l[i].w8 = weights;
	assert_int_equal(cas_network_shape(net, &err), CAS_OK);
}

static void counted_pairs_are_as_many_as_the_products(void **state)
{
	static const struct { int layer; enum cas_group group; uint64_t pairs; } expect[] = {
		{0, CAS_GROUP_LAYER, 36 * 9 * 4}, {1, CAS_GROUP_LAYER, 4 * 36 * 8},
		{2, CAS_GROUP_VOTES, 8 * 4 * 15}, {2, CAS_GROUP_SUM, 3 * 8 * 15},
		{2, CAS_GROUP_UPDATE, 2 * 8 * 15}, {2, CAS_GROUP_SQUASH, 3 * 15},
		{1, CAS_GROUP_SQUASH, 32}, {0, CAS_GROUP_VOTES, 0},
	};
	struct cas_network net;
	struct cas_engine8_options options = {.rows = 16, .numerics = {.psum_bits = 25, .acc_bits = 32}};
	struct cas_tables tables;
	struct cas_engine8 *engine;
	struct cas_worker8 *worker;
	struct cas_err err;
	uint8_t pixels[36];

	(void)state;
	fill(&net);
	for (int i = 0; i < 36; i++)
		pixels[i] = (uint8_t)(i * 7);
	for (int l = 0; l < CAS_MAX_LAYERS; l++)
		for (int g = 0; g < CAS_GROUPS; g++)
			tables.table[l][g] = exact;
	for (int mapping = 0; mapping < CAS_MAPPINGS; mapping++) {
		options.numerics.mapping = (enum cas_mapping)mapping;
		assert_int_equal(cas_engine8_plan(&engine, &net, &tables, &options, &err), CAS_OK);
		assert_int_equal(cas_worker8_new(&worker, engine, &err), CAS_OK);
		for (size_t i = 0; i < sizeof expect / sizeof expect[0]; i++) {
			uint64_t *histogram = calloc(65536, sizeof *histogram), pairs = 0;

			cas_engine8_count_operands(engine, worker, pixels, expect[i].layer, expect[i].group, histogram);
			for (int p = 0; p < 65536; p++)
				pairs += histogram[p];
			assert_int_equal(pairs, expect[i].pairs);
			free(histogram);
		}
		cas_worker8_free(worker);
		cas_engine8_free(engine);
	}
}

static void counted_pairs_of_a_convolution_give_the_sum_of_its_products(void **state)
{
	struct cas_network net;
	struct cas_engine8_options options = {.rows = 16,
		.numerics = {.mapping = CAS_AFFINE, .psum_bits = 25, .acc_bits = 32}};
	struct cas_tables tables;
	struct cas_engine8 *engine;
	struct cas_worker8 *worker;
	struct cas_err err;
	uint64_t *histogram = calloc(65536, sizeof *histogram);
	uint8_t pixels[36];
	int64_t got = 0, want = 0;

	(void)state;
	fill(&net);
	for (int i = 0; i < 36; i++)
		pixels[i] = (uint8_t)(255 - i * 5);
	for (int l = 0; l < CAS_MAX_LAYERS; l++)
		for (int g = 0; g < CAS_GROUPS; g++)
			tables.table[l][g] = exact;
	assert_int_equal(cas_engine8_plan(&engine, &net, &tables, &options, &err), CAS_OK);
	assert_int_equal(cas_worker8_new(&worker, engine, &err), CAS_OK);
	cas_engine8_count_operands(engine, worker, pixels, 0, CAS_GROUP_LAYER, histogram);
	for (int p = 0; p < 65536; p++)
		got += (int64_t)histogram[p] * (p >> 8) * ((p & 255) - 128);
	for (int y = 0; y < 6; y++)
		for (int x = 0; x < 6; x++)
			for (int ky = -1; ky < 2; ky++)
				for (int kx = -1; kx < 2; kx++)
					for (int n = 0; n < 4; n++)
						if (y + ky >= 0 && y + ky < 6 && x + kx >= 0 && x + kx < 6)
							want += pixels[(y + ky) * 6 + x + kx] *
								weights[((ky + 1) * 3 + kx + 1) * 4 + n];
	assert_int_equal(got, want);
	free(histogram);
	cas_worker8_free(worker);
	cas_engine8_free(engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counted_pairs_are_as_many_as_the_products),
		cmocka_unit_test(counted_pairs_of_a_convolution_give_the_sum_of_its_products),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
