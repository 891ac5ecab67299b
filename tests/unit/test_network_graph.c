/* Are networks that are graphs (DeepCaps and its family) read, counted, folded, checked and written as
 * docs/networks.md says? */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include <math.h>

#include "../network_folder.h"
#include "io/safetensors.h"
#include "model/network_load.h"
#include "model/network_save.h"
#include "model/network_shape.h"

static void load_net(struct cas_network *net, const char *path, enum cas_network_parts parts)
{
	struct cas_err err = {""};
	if (cas_network_load(net, path, parts, &err))
		fail_msg("%s", err.text);
}

static const struct cas_layer *layer_of(const struct cas_network *net, const char *name)
{
	for (int i = 0; i < net->layers; i++)
		if (!strcmp(net->layer[i].name, name))
			return &net->layer[i];
	fail_msg("no layer %s", name);
	return NULL;
}

/* FIGURES: 13,359,680 parameters in the released code, of which 512 of the batch normalisation and
 * 256 + 320 routing biases are not there here. */
static void deepcaps_has_the_counts_of_its_definition(void **state)
{
	(void)state;
	struct cas_network net;
	load_net(&net, "models/deepcaps.yaml", CAS_NETWORK_SHAPES);
	assert_int_equal(net.parameters, 13359680 - 512 - 256 - 320);
	const struct cas_layer *skip = layer_of(&net, "b4skip");
	struct cas_layer_macs macs = cas_layer_macs_of(skip);
	assert_int_equal(skip->parameters, 3 * 3 * 8 * 32 * 8);
	assert_int_equal(skip->routing.positions, 16);
	assert_int_equal(skip->routing.caps, 32);
	assert_int_equal(macs.main, 16 * 32 * 9 * 8 * 256);
	assert_int_equal(macs.sum, 16 * 32 * 256);
	assert_int_equal(macs.update, macs.sum);
	assert_int_equal(layer_of(&net, "b1add")->out.h, 32);
	assert_int_equal(layer_of(&net, "b1add")->out.caps, 32 * 32 * 32);
	assert_int_equal(layer_of(&net, "concat")->out.caps, 2048 + 512);
	assert_int_equal(layer_of(&net, "classcaps")->routing.caps, 2560);
	assert_int_equal(net.resize, 1);
	cas_network_clear(&net);
}

static const char every_kind[] = "name: graph\nformat: int8\nclasses: 2\ninput: {h: 6, w: 4, c: 1, resize: "
	"bilinear}\nlayers:\n"
	"  - {name: a, kind: conv2d, channels: 4, kernel: 1, bias: false, relu: true, weight_scale: 1, "
	"result: {scale: 0.5}}\n"
	"  - {name: m, kind: pool, op: max, kernel: 2, stride: 2, result: {scale: 0.5}}\n"
	"  - {name: v, kind: pool, op: average, kernel: [1, 2], result: {scale: 0.25}}\n"
	"  - {name: p, kind: convcaps2d, types: 2, dim: 2, kernel: 3, padding: 1, weight_scale: 1, "
	"pre_scale: 1, result: {scale: 0.0078125}}\n"
	"  - {name: q, kind: convcaps3d, types: 2, dim: 2, kernel: 3, padding: 1, iterations: 2, "
	"weight_scale: 1, votes_scale: 1, pre_scale: 1, logit_scale: 1, result: {scale: 0.0078125}}\n"
	"  - {name: s, kind: add, inputs: [q, p], result: {sign: s8, scale: 0.0157}}\n"
	"  - {name: t, kind: concat, inputs: [s, p], result: {scale: 0.02}}\n"
	"  - {name: c, kind: classcaps, channels: 2, dim: 3, weight_scale: 1, votes_scale: 1, pre_scale: 1, "
	"logit_scale: 1, result: {scale: 0.0078125}}\n";

static void every_kind_is_written_and_read_back(void **state)
{
	(void)state;
	static const enum cas_layer_kind kinds[] = {CAS_CONV2D, CAS_POOL, CAS_POOL, CAS_PRIMARYCAPS,
		CAS_CONVCAPS3D, CAS_ADD, CAS_CONCAT, CAS_CLASSCAPS};
	struct cas_network a, b;
	struct cas_buf buf;
	write_yaml(every_kind);
	load_net(&a, folder, CAS_NETWORK_SHAPES);
	for (int i = 0; i < a.layers; i++)
		assert_int_equal(a.layer[i].kind, kinds[i]);
	assert_int_equal(a.layer[0].parameters, 4);
	assert_int_equal(a.layer[1].out.w, 2);
	assert_int_equal(a.layer[2].out.w, 1);
	assert_int_equal(a.layer[5].input, 4);
	assert_int_equal(a.layer[5].input2, 3);
	assert_int_equal(a.layer[5].result.sign, CAS_S8);
	assert_int_equal(a.layer[6].out.caps, 12);
	cas_buf_init(&buf, 100000);
	cas_network_write(&a, "weights.safetensors", &buf);
	write_yaml(buf.data);
	cas_buf_clear(&buf);
	load_net(&b, folder, CAS_NETWORK_SHAPES);
	a.release = b.release = NULL;
	assert_memory_equal(&a, &b, sizeof a);
}

static void what_does_not_fit_is_named(void **state)
{
	(void)state;
	static const char head[] = "name: n\nclasses: 2\ninput: {h: 4, w: 4, c: 1}\n"
		"capsule_order: y_x_type\nlayers:\n  - {name: a, kind: conv2d, channels: 4, kernel: 1}\n"
		"  - {name: p, kind: convcaps2d, types: 2, dim: 2, kernel: 1}\n";
	static const struct {
		const char *layers, *message;
	} cases[] = {
		{"  - {name: s, kind: add, inputs: [a, p]}\n", ": layer s (add): a is a map of 4x4x4, p is a map "
			"of 4x4x4, 32 capsules of 2, expected equal shapes"},
		{"  - {name: t, kind: concat, inputs: [a, p]}\n", ": layer t (concat): a is a map of 4x4x4, p is a "
			"map of 4x4x4, 32 capsules of 2, expected capsules of equal size"},
		{"  - {name: q, kind: convcaps3d, types: 2, dim: 2, kernel: 1, input: a}\n",
			": layer q (convcaps3d): a is a map of 4x4x4, expected capsules"},
		{"  - {name: m, kind: pool, op: max, kernel: 2}\n",
			": layer m (pool): p is 32 capsules of 2, expected a map without capsules"},
		{"  - {name: m, kind: pool, op: max, kernel: 2, padding: 2, input: a}\n",
			": layer m (pool): a padding of 2, expected less than the kernel of 2x2"},
		{"  - {name: s, kind: add, inputs: [a]}\n",
			":8:34: layers[2].inputs: expected the names of two layers"},
		{"  - {name: s, kind: add, inputs: [a, x]}\n",
			":8:38: layers[2].inputs: no earlier layer is named \"x\""},
		{"  - {name: s, kind: add, input: a}\n", ":8:26: layers[2].input: unknown key; did you mean "
			"layers[2].inputs?"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[1000], whole[1300];
		struct cas_network net;
		struct cas_err err = {""};
		snprintf(text, sizeof text, "%s%s", head, cases[i].layers);
		write_yaml(text);
		assert_int_equal(cas_network_load(&net, folder, CAS_NETWORK_SHAPES, &err), CAS_INPUT);
		snprintf(whole, sizeof whole, "%s/network.yaml%s", folder, cases[i].message);
		assert_string_equal(err.text, whole);
	}
}

static void concat_needs_native_capsule_order(void **state)
{
	(void)state;
	struct cas_network net;
	struct cas_err err = {""};
	char whole[400];
	write_yaml("name: n\nclasses: 4\ninput: {h: 1, w: 1, c: 1}\nlayers:\n"
		"  - {name: p, kind: convcaps2d, types: 2, dim: 2, kernel: 1}\n"
		"  - {name: t, kind: concat, inputs: [p, p]}\n");
	assert_int_equal(cas_network_load(&net, folder, CAS_NETWORK_SHAPES, &err), CAS_INPUT);
	snprintf(whole, sizeof whole, "%s/network.yaml: capsule_order: expected y_x_type for a network with "
		"concat (layer t): its capsules have no positions", folder);
	assert_string_equal(err.text, whole);
}

static struct cas_st_tensor tensor(const char *name, const void *data, int dims, uint64_t a, uint64_t b,
	uint64_t c, uint64_t d)
{
	return (struct cas_st_tensor){.name = name, .dtype = CAS_DT_F32, .dims = dims,
		.shape = {a, b, c, d}, .data = data};
}

static void write_tensors(const struct cas_st_tensor *t, size_t count)
{
	char path[300];
	struct cas_err err = {""};
	if (cas_safetensors_write(in_folder(path, "weights.safetensors"), t, count, NULL, 0, &err))
		fail_msg("%s", err.text);
}

/* One input, two output channels: the normalised output of any x is wf x + bf. */
static void batch_normalisation_is_folded(void **state)
{
	(void)state;
	static const float w[] = {2, -3}, gain[] = {0.5F, 1.5F}, shift[] = {0.25F, -1}, mean[] = {1, 2},
		variance[] = {4, 0.25F}, bias[] = {10, 20};
	static const char *const texts[] = {"bias: false", "bias: true"};
	for (int with = 0; with < 2; with++) {
		struct cas_network net;
		char text[400];
		struct cas_st_tensor t[] = {tensor("a.weight", w, 4, 2, 1, 1, 1), tensor("a.bn.weight", gain, 1, 2,
			0, 0, 0), tensor("a.bn.bias", shift, 1, 2, 0, 0, 0), tensor("a.bn.running_mean", mean, 1, 2, 0,
			0, 0), tensor("a.bn.running_var", variance, 1, 2, 0, 0, 0), tensor("a.bias", bias, 1, 2, 0, 0,
			0)};
		snprintf(text, sizeof text, "name: n\nclasses: 2\ninput: {h: 1, w: 1, c: 1}\nlayers:\n"
			"  - {name: a, kind: conv2d, channels: 2, kernel: 1, batchnorm: true, %s}\n", texts[with]);
		write_yaml(text);
		write_tensors(t, 5 + (size_t)with);
		load_net(&net, folder, CAS_NETWORK_WEIGHTS);
		assert_int_equal(net.parameters, 4);
		assert_int_equal(net.layer[0].batchnorm, 0);
		for (int c = 0; c < 2; c++)
			for (int x = -2; x < 3; x++) {
				double before = (double)w[c] * x + (with ? (double)bias[c] : 0.0);
				double y = (before - (double)mean[c]) / sqrt((double)variance[c] + 1e-5) *
					(double)gain[c] + (double)shift[c];
				double got = (double)net.layer[0].wf[c] * x + (double)net.layer[0].bf[c];
				assert_true(fabs(got - y) < 1e-4);
			}
		cas_network_clear(&net);
	}
}

static void a_normalisation_without_its_tensors_is_refused(void **state)
{
	(void)state;
	static const float w[] = {2, -3};
	struct cas_network net;
	struct cas_err err = {""};
	char whole[500];
	struct cas_st_tensor t[] = {tensor("a.weight", w, 4, 2, 1, 1, 1)};
	write_tensors(t, 1);
	assert_int_equal(cas_network_load(&net, folder, CAS_NETWORK_WEIGHTS, &err), CAS_INPUT);
	snprintf(whole, sizeof whole, "%s/weights.safetensors: no tensor \"a.bias\"", folder);
	assert_memory_equal(err.text, whole, strlen(whole));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deepcaps_has_the_counts_of_its_definition),
		cmocka_unit_test(every_kind_is_written_and_read_back),
		cmocka_unit_test(what_does_not_fit_is_named),
		cmocka_unit_test(concat_needs_native_capsule_order),
		cmocka_unit_test(batch_normalisation_is_folded),
		cmocka_unit_test(a_normalisation_without_its_tensors_is_refused),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
