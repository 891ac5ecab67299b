/* Does the float engine give what PyTorch gives for the same files?
 *
 * tests/golden/data/float_* are float32 networks in PyTorch's layouts; every tensor was computed by
 * PyTorch in float64, rounded to float32 (6e-8) and stored in the program's order
 * (make_golden_float.py).  Tolerance: 1e-5 of the tensor's largest value.  A sum of K float32 terms is
 * off by about sqrt(K) 2^-24 of its largest partial sum, here K <= 54, and at most ten operations follow
 * each other in these networks, so errors stay below 10 x 8 x 6e-8 = 5e-6; a capsule out of order, a
 * transposed kernel or a missing iteration is off by 1e-2 and more.  Run from the repository root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/enginef.h"
#include "io/safetensors.h"
#include "model/network_load.h"

#define FOLDER "tests/golden/data/"
#define TOLERANCE 1e-5

static const char *const tensor_names[CAS_TAP_TENSORS] = {"sums", "pre", "result", "votes",
	"coupling", "v", "logits"};

struct comparison {
	const char *name;
	const struct cas_network *net;
	struct cas_safetensors *file;
	size_t image;
	uint64_t values;
	double worst; /* relative to the tensor's largest value */
	int wrong;
};

static const struct cas_st_tensor *find(const struct comparison *c, const char *name,
	enum cas_dtype dtype)
{
	const struct cas_st_tensor *tensor = cas_safetensors_find(c->file, name);
	if (!tensor)
		fail_msg("%s: no tensor \"%s\"", c->name, name);
	assert_int_equal(tensor->dtype, dtype);
	return tensor;
}

/* Expected tensors are [image][iteration][element]. */
static void compare(void *ctx, const struct cas_tap_event *event)
{
	struct comparison *c = ctx;
	char name[CAS_NAME_BYTES + 16];
	snprintf(name, sizeof name, "%s.%s", c->net->layer[event->layer].name, tensor_names[event->tensor]);
	const struct cas_st_tensor *want = find(c, name, CAS_DT_F32);
	assert_int_equal(want->dims, 3);
	int one = event->tensor == CAS_TAP_SUMS || event->tensor == CAS_TAP_VOTES || event->tensor == CAS_TAP_RESULT;
	const struct cas_layer *layer = &c->net->layer[event->layer];
	size_t places = one || !cas_layer_routes(layer) ? 1 : (size_t)layer->routing.positions;
	assert_int_equal(want->shape[2], places * event->count);
	assert_true(event->iter >= 0 && (uint64_t)event->iter < want->shape[1]);
	const float *got = event->data;
	size_t step = c->image * (size_t)want->shape[1] + (size_t)event->iter, wrong = 0, first = 0;
	const char *from = (const char *)want->data +
		(step * places + (size_t)event->position) * event->count * sizeof(float);
	double most = 0;
	float value;
	for (size_t i = 0; i < event->count; i++) {
		memcpy(&value, from + i * sizeof value, sizeof value);
		most = fmax(most, fabs((double)value));
	}
	assert_true(most > 0);
	for (size_t i = 0; i < event->count; i++) {
		memcpy(&value, from + i * sizeof value, sizeof value);
		double off = fabs((double)got[i] - value) / most;
		c->worst = fmax(c->worst, off);
		if (!(off <= TOLERANCE) && !wrong++)
			first = i;
	}
	if (wrong) {
		memcpy(&value, from + first * sizeof value, sizeof value);
		print_error("%s image %zu: %s, iteration %d, element %zu of %zu: got %.9g, want %.9g; %zu differ\n",
			c->name, c->image, name, event->iter, first, event->count, (double)got[first], (double)value, wrong);
		c->wrong = 1;
	}
	c->values += event->count;
}

/* Values that must have been compared: all of the file's. */
static uint64_t values_expected(const struct comparison *c)
{
	uint64_t values = 0;
	for (size_t t = 0; t < cas_safetensors_count(c->file); t++)
		if (cas_safetensors_at(c->file, t)->dtype == CAS_DT_F32)
			values += cas_safetensors_at(c->file, t)->elements;
	return values;
}

static void run_images(struct comparison *c)
{
	const struct cas_st_tensor *pixels = find(c, "pixels", CAS_DT_U8);
	size_t images = (size_t)pixels->shape[0], bytes = (size_t)pixels->elements / images;
	struct cas_tap tap = {compare, c};
	struct cas_enginef *engine;
	struct cas_workerf *worker;
	struct cas_err err;
	if (cas_enginef_plan(&engine, c->net, 0, &err) || cas_workerf_new(&worker, engine, &err))
		fail_msg("%s", err.text);
	for (c->image = 0; c->image < images; c->image++) {
		int32_t want;
		memcpy(&want, (const char *)find(c, "answers", CAS_DT_I32)->data + c->image * sizeof want,
			sizeof want);
		const uint8_t *image = (const uint8_t *)pixels->data + c->image * bytes;
		assert_int_equal(cas_enginef_run(engine, worker, image, &tap), want);
	}
	cas_workerf_free(worker);
	cas_enginef_free(engine);
}

static void check_network(const char *name)
{
	struct cas_network net;
	struct comparison c = {.name = name, .net = &net};
	struct cas_err err;
	char path[128];
	snprintf(path, sizeof path, FOLDER "%s", name);
	if (cas_network_load(&net, path, CAS_NETWORK_WEIGHTS, &err))
		fail_msg("%s", err.text);
	snprintf(path, sizeof path, FOLDER "%s/expected.safetensors", name);
	if (cas_safetensors_open(path, &c.file, &err))
		fail_msg("%s", err.text);
	run_images(&c);
	run_images(&c); /* a second run sees used memory */
	print_message("# note: %s: %llu values compared, largest error %.2g\n", name,
		(unsigned long long)c.values, c.worst);
	assert_false(c.wrong);
	assert_true(c.values > 0);
	assert_int_equal(c.values, 2 * values_expected(&c));
	cas_safetensors_close(c.file);
	cas_network_clear(&net);
}

static void capsules_in_pytorch_s_order_are_permuted(void **state)
{
	(void)state;
	check_network("float_type_y_x");
}

static void capsules_in_native_order_are_left_alone(void **state)
{
	(void)state;
	check_network("float_y_x_type");
}

static void a_plain_network_equals_pytorch(void **state)
{
	(void)state;
	check_network("float_plain");
}

static void a_fully_connected_layer_reads_capsules_in_the_file_s_order(void **state)
{
	(void)state;
	check_network("float_capsule_fc");
}

static void deepcaps_s_layers_equal_pytorch(void **state)
{
	(void)state;
	check_network("float_block");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capsules_in_pytorch_s_order_are_permuted),
		cmocka_unit_test(capsules_in_native_order_are_left_alone),
		cmocka_unit_test(a_plain_network_equals_pytorch),
		cmocka_unit_test(a_fully_connected_layer_reads_capsules_in_the_file_s_order),
		cmocka_unit_test(deepcaps_s_layers_equal_pytorch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
