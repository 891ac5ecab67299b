/* Which class does an inference answer?  docs/numerics.md section 2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/engine8.h"
#include "engine/enginef.h"

/* A 1x1 convolution with weight 1: the map is the input, and every pixel is a class. */
static void a_map_of_classes_is_searched_whole(void **state)
{
	static const int8_t one = 127;
	static const uint8_t pixels[4] = {1, 2, 9, 9};
	struct cas_network net = {.quantized = 1, .layers = 1, .classes = 4, .input = {.h = 4, .w = 1, .c = 1},
		.input_format = {CAS_U8, 1.0}};
	struct cas_engine8_options options = {.rows = 4, .numerics = {.psum_bits = 25, .acc_bits = 32}};
	struct cas_tables tables;
	struct cas_engine8 *engine8;
	struct cas_worker8 *worker8;
	struct cas_enginef *enginef;
	struct cas_workerf *workerf;
	struct cas_err err;
	uint16_t exact[65536];

	(void)state;
	for (int i = 0; i < 65536; i++)
		exact[i] = (uint16_t)((i >> 8) * (i & 255));
	net.layer[0] = (struct cas_layer){.name = "map", .kind = CAS_CONV2D, .input = -1, .relu = 1, .k_h = 1,
		.k_w = 1, .stride = 1, .channels = 1, .weight_scale = 1 / 127.0, .result = {CAS_U8, 1.0}, .w8 = &one};
	tables.table[0][CAS_GROUP_LAYER] = exact;
	assert_int_equal(cas_network_shape(&net, &err), CAS_OK);
	assert_int_equal(cas_engine8_plan(&engine8, &net, &tables, &options, &err), CAS_OK);
	assert_int_equal(cas_worker8_new(&worker8, engine8, &err), CAS_OK);
	assert_int_equal(cas_enginef_plan(&enginef, &net, 0, &err), CAS_OK);
	assert_int_equal(cas_workerf_new(&workerf, enginef, &err), CAS_OK);
	assert_int_equal(cas_engine8_run(engine8, worker8, pixels, NULL), 2); /* the lower index of a tie */
	assert_int_equal(cas_enginef_run(enginef, workerf, pixels, NULL), 2);
	cas_workerf_free(workerf);
	cas_enginef_free(enginef);
	cas_worker8_free(worker8);
	cas_engine8_free(engine8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_of_classes_is_searched_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
