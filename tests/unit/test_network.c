/* Are networks read, counted, permuted, checked and written as docs/networks.md says? */
#define _XOPEN_SOURCE 700 /* realpath */
#include <math.h>

#include "../network_folder.h"
#include "io/safetensors.h"
#include "model/network_load.h"
#include "model/network_save.h"
#include "model/network_shape.h"

static const char capsnet[] = "name: capsnet\nclasses: 10\ninput: {h: 28, w: 28, c: 1}\nlayers:\n"
	"  - {name: conv1, kind: conv2d, channels: 256, kernel: 9, relu: true}\n"
	"  - {name: primarycaps, kind: primarycaps, types: 32, dim: 8, kernel: 9, stride: 2}\n"
	"  - {name: classcaps, kind: classcaps, channels: 10, dim: 16}\n";

/* Small enough to permute by hand: 3x4x2 -> conv 2x2 -> 2x3x3 -> caps 1x1: 2 types of 2 -> 2 x 3,
 * and an fc that hangs on the map. */
static const char small[] = "name: small\nclasses: 2\ninput: {h: 3, w: 4, c: 2}\nlayers:\n"
	"  - {name: a, kind: conv2d, channels: 3, kernel: 2, relu: true}\n"
	"  - {name: f, kind: fc, channels: 2, input: a}\n"
	"  - {name: p, kind: primarycaps, types: 2, dim: 2, kernel: 1, input: a}\n"
	"  - {name: g, kind: fc, channels: 1, input: p}\n"
	"  - {name: c, kind: classcaps, channels: 2, dim: 3, input: p}\n";

/* Messages begin with the temporary folder, which is not known beforehand. */
static void load_fails(enum cas_network_parts parts, const char *file, const char *message)
{
	struct cas_network net;
	struct cas_err err = {""};
	char whole[1300];
	assert_int_equal(cas_network_load(&net, folder, parts, &err), CAS_INPUT);
	snprintf(whole, sizeof whole, "%s/%s%s", folder, file, message);
	assert_string_equal(err.text, whole);
	assert_int_equal(net.layers, 0);
	assert_null(net.release);
}

static void load_net(struct cas_network *net, enum cas_network_parts parts)
{
	struct cas_err err = {""};
	if (cas_network_load(net, folder, parts, &err))
		fail_msg("%s", err.text);
}

static void capsnet_has_the_published_counts(void **state)
{
	(void)state;
	struct cas_network net;
	write_yaml(capsnet);
	load_net(&net, CAS_NETWORK_SHAPES);
	assert_int_equal(net.layers, 3);
	assert_int_equal(net.layer[0].parameters, 20992);
	assert_int_equal(net.layer[1].parameters, 5308672);
	assert_int_equal(net.layer[2].parameters, 1474560);
	assert_int_equal(net.parameters, 20992 + 5308672 + 1474560);
	assert_int_equal(net.layer[0].macs, 8294400);
	assert_int_equal(net.layer[1].macs, 191102976);
	struct cas_layer_macs macs = cas_layer_macs_of(&net.layer[2]);
	assert_int_equal(macs.main, 1474560);
	assert_int_equal(macs.sum, 184320);
	assert_int_equal(macs.update, 184320);
	assert_int_equal(net.layer[2].macs, 1474560 + 5 * 184320);
	assert_int_equal(net.macs, 8294400 + 191102976 + 1474560 + 5 * 184320);
	assert_int_equal(net.layer[0].out.h, 20);
	assert_int_equal(net.layer[1].out.h, 6);
	assert_int_equal(net.layer[1].out.caps, 1152);
	assert_int_equal(net.layer[1].out.dim, 8);
	assert_int_equal(net.layer[2].out.caps, 10);
	assert_int_equal(net.layer[2].out.c, 160);
	assert_int_equal(net.layer[2].iters, 3);
	assert_null(net.layer[0].wf);
	assert_true(net.float_accuracy < 0);
	cas_network_clear(&net);
	assert_int_equal(net.layers, 0);
}

static void strides_and_padding_give_floor_shapes(void **state)
{
	(void)state;
	static const struct {
		int n, k, stride, pad, out; /* 0: does not fit */
	} cases[] = {{5, 3, 1, 0, 3}, {5, 3, 2, 0, 2}, {6, 3, 2, 0, 2}, {6, 3, 2, 1, 3}, {1, 3, 1, 1, 1},
		{2, 5, 1, 1, 0}, {3, 5, 1, 1, 1}, {4, 1, 5, 0, 1}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		static struct cas_network net;
		struct cas_err err;
		memset(&net, 0, sizeof net);
		net.input = (struct cas_shape){.h = cases[i].n, .w = 7, .c = 2};
		net.layers = 1;
		net.layer[0] = (struct cas_layer){.name = "x", .kind = CAS_CONV2D, .input = -1,
			.k_h = cases[i].k, .k_w = 7, .stride = cases[i].stride, .pad = cases[i].pad, .channels = 1};
		int w = 2 * cases[i].pad / cases[i].stride + 1;
		net.classes = cases[i].out * w;
		cas_status st = cas_network_shape(&net, &err);
		assert_int_equal(st, cases[i].out ? CAS_OK : CAS_INPUT);
		if (!st) {
			assert_int_equal(net.layer[0].out.h, cases[i].out);
			assert_int_equal(net.layer[0].out.w, w);
			assert_int_equal(net.macs, cases[i].out * w * cases[i].k * 7 * 2);
			assert_int_equal(net.parameters, cases[i].k * 7 * 2 + 1);
		}
	}
}

static void faults_in_the_yaml_name_the_place(void **state)
{
	(void)state;
	static const char head[] = "name: n\nclasses: 2\ninput: {h: 8, w: 8, c: 1}\nlayers:\n";
	static const struct {
		const char *layers, *message;
	} cases[] = {
		{"  - {name: a, kind: conv3d}\n",
			":5:21: layers[0].kind: \"conv3d\" is none of conv2d, primarycaps, "
			"convcaps2d, convcaps3d, classcaps, fc, add, concat, pool"},
		{"  - {name: a}\n",
			":5:5: layers[0].kind: missing, expected one of conv2d, primarycaps, "
			"convcaps2d, convcaps3d, classcaps, fc, add, concat, pool"},
		{"  - conv2d\n", ":5:5: layers[0]: not a mapping, expected a layer"},
		{"  []\n", ":5:3: layers: 0 of them, expected 1..128"},
		{"  - {name: a, kind: fc, channels: 2, kernal: 3}\n", ":5:38: layers[0].kernal: unknown key"},
		{"  - {name: a, kind: conv2d, channels: 2, kernal: 3}\n",
			":5:42: layers[0].kernal: unknown key; did you mean layers[0].kernel?"},
		{"  - {name: a, kind: fc}\n",
			":5:5: layers[0].channels: missing, expected an integer in 1..65536"},
		{"  - {name: a b, kind: fc, channels: 2}\n",
			":5:5: layers[0].name: \"a b\" is not a word of letters, digits, _ and -"},
		{"  - {name: votes, kind: fc, channels: 2}\n", ":5:5: layers[0].name: \"votes\" is reserved"},
		{"  - {name: a, kind: fc, channels: 2}\n  - {name: a, kind: fc, channels: 2}\n",
			":6:5: layers[1].name: \"a\" is already layers[0]"},
		{"  - {name: a, kind: fc, channels: 2, input: b}\n",
			":5:5: layers[0].input: no earlier layer is named \"b\""},
		{"  - {name: a, kind: fc, channels: 2, weight_scale: 1}\n",
			":5:5: layers[0].weight_scale: given, but only format int8 has scales"},
		{"  - {name: a, kind: conv2d, channels: 2, kernel: 9}\n", ": layer a (conv2d): a kernel of 9x9 "
			"with padding 0 does not fit the network's input, which is a map of 8x8x1"},
		{"  - {name: a, kind: conv2d, channels: 2, kernel: 4}\n"
			"  - {name: b, kind: classcaps, channels: 2, dim: 2}\n",
			": layer b (classcaps): a is a map of 5x5x2, expected capsules"},
		{"  - {name: a, kind: fc, channels: 3}\n", ": layer a (fc): the last layer gives a map of "
			"1x1x3, expected one capsule or value for each of 2 classes"},
		{"  - {name: a, kind: primarycaps, types: 2, dim: 2, kernel: 8}\n"
			"  - {name: b, kind: classcaps, channels: 3, dim: 2}\n", ": layer b (classcaps): the last "
			"layer gives 3 capsules of 2, expected one capsule or value for each of 2 classes"},
		{"  - {name: a, kind: conv2d, channels: 2, kernel: 1, padding: 4096}\n", ": layer a (conv2d): an "
			"output of 8200x8200, expected at most 4096x4096"},
		{"  - {name: a, kind: primarycaps, types: 300, dim: 300, kernel: 1}\n",
			": layer a (primarycaps): expected 1..65536 output channels"},
		{"  - {name: a, kind: primarycaps, types: 2, dim: 257, kernel: 1}\n",
			": layer a (primarycaps): capsules of 257 elements, expected 1..256"},
		{"  - {name: a, kind: primarycaps, types: 2, dim: 256, kernel: 1}\n"
			"  - {name: b, kind: classcaps, channels: 257, dim: 2}\n",
			": layer b (classcaps): routes to 257 capsules, expected 1..256"},
		{"  - {name: a, kind: conv2d, channels: 65536, kernel: 1, padding: 2000}\n",
			": layer a (conv2d): 4008x4008x65536 outputs of 1 terms and 131072 weights, expected at most "
			"2^31 outputs and terms and 2^32 weights"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[1000];
		snprintf(text, sizeof text, "%s%s", head, cases[i].layers);
		write_yaml(text);
		load_fails(CAS_NETWORK_SHAPES, "network.yaml", cases[i].message);
	}
}

static void int8_needs_its_scales(void **state)
{
	(void)state;
	static const char head[] = "name: n\nformat: int8\nclasses: 2\ninput: {h: 2, w: 2, c: 1}\n";
	static const struct {
		const char *rest, *message;
	} cases[] = {
		{"layers: [{name: a, kind: fc, channels: 2, result: {scale: 1}}]\n",
			":5:10: layers[0].weight_scale: missing, format int8 expects a scale above 0"},
		{"layers: [{name: a, kind: fc, channels: 2, weight_scale: 1}]\n",
			":5:10: layers[0].result.scale: missing, format int8 expects a scale above 0"},
		{"layers: [{name: a, kind: fc, channels: 2, weight_scale: 1, result: {scale: 1}}]\n",
			":5:10: layers[0].result.sign: u8, expected s8 for a layer without ReLU"},
		{"layers: [{name: a, kind: primarycaps, kernel: 2, types: 2, dim: 1, weight_scale: 1, "
			"result: {scale: 1}}]\n",
			":5:10: layers[0].pre_scale: missing, format int8 expects a scale above 0"},
		{"layers: [{name: a, kind: primarycaps, kernel: 2, types: 2, dim: 1, weight_scale: 1, "
			"pre_scale: 1, result: {scale: 1}}]\n",
			":5:10: layers[0].result.scale: 1, expected 0.0078125: capsules are Q0.7"},
		{"capsule_order: type_y_x\nlayers: [{name: a, kind: fc, channels: 2, weight_scale: 1, relu: "
			"true, result: {scale: 1}}]\n",
			": capsule_order: type_y_x, expected y_x_type for format int8"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[1000];
		snprintf(text, sizeof text, "%s%s", head, cases[i].rest);
		write_yaml(text);
		load_fails(CAS_NETWORK_SHAPES, "network.yaml", cases[i].message);
	}
}

/* ---- weights -------------------------------------------------------------------------- */

enum { SMALL_TENSORS = 9 };

static struct cas_st_tensor tensor(const char *name, enum cas_dtype dtype, const void *data, int dims,
	uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	return (struct cas_st_tensor){.name = name, .dtype = dtype, .dims = dims, .shape = {a, b, c, d},
		.data = data};
}

/* Every value names its own indices in the file's order, so that a permutation shows. */
static void small_tensors(struct cas_st_tensor t[SMALL_TENSORS], float ramp[200])
{
	for (int i = 0; i < 200; i++)
		ramp[i] = (float)i;
	t[0] = tensor("a.weight", CAS_DT_F32, ramp, 4, 3, 2, 2, 2);
	t[1] = tensor("a.bias", CAS_DT_F32, ramp, 1, 3, 0, 0, 0);
	t[2] = tensor("f.weight", CAS_DT_F32, ramp, 2, 2, 18, 0, 0);
	t[3] = tensor("f.bias", CAS_DT_F32, ramp, 1, 2, 0, 0, 0);
	t[4] = tensor("p.weight", CAS_DT_F32, ramp, 4, 4, 3, 1, 1);
	t[5] = tensor("p.bias", CAS_DT_F32, ramp, 1, 4, 0, 0, 0);
	t[6] = tensor("g.weight", CAS_DT_F32, ramp, 2, 1, 24, 0, 0);
	t[7] = tensor("g.bias", CAS_DT_F32, ramp, 1, 1, 0, 0, 0);
	t[8] = tensor("c.weight", CAS_DT_F32, ramp, 4, 12, 2, 3, 2);
}

static void write_tensors(const struct cas_st_tensor *t, size_t count)
{
	char path[300];
	struct cas_err err;
	if (cas_safetensors_write(in_folder(path, "weights.safetensors"), t, count, NULL, 0, &err))
		fail_msg("%s", err.text);
}

static void float_weights_are_permuted_into_native_layouts(void **state)
{
	(void)state;
	struct cas_st_tensor t[SMALL_TENSORS];
	struct cas_network net;
	float ramp[200];
	for (int order = 0; order < 2; order++) {
		char text[1000];
		small_tensors(t, ramp);
		snprintf(text, sizeof text, "capsule_order: %s\n%s", order ? "y_x_type" : "type_y_x", small);
		write_yaml(text);
		write_tensors(t, SMALL_TENSORS);
		load_net(&net, CAS_NETWORK_WEIGHTS);
		for (int o = 0; o < 3; o++) /* conv: file [o][i][y][x], native [y][x][i][o] */
			for (int i = 0; i < 2; i++)
				for (int y = 0; y < 2; y++)
					for (int x = 0; x < 2; x++)
						assert_true(net.layer[0].wf[((y * 2 + x) * 2 + i) * 3 + o] ==
							(float)(((o * 2 + i) * 2 + y) * 2 + x));
		for (int o = 0; o < 2; o++) /* fc on a map: file [o][c][y][x], native [y][x][c][o] */
			for (int c = 0; c < 3; c++)
				for (int y = 0; y < 2; y++)
					for (int x = 0; x < 3; x++)
						assert_true(net.layer[1].wf[((y * 3 + x) * 3 + c) * 2 + o] ==
							(float)(o * 18 + (c * 2 + y) * 3 + x));
		for (int type = 0; type < 2; type++) /* capsules of 2x3 positions */
			for (int y = 0; y < 2; y++)
				for (int x = 0; x < 3; x++) {
					int native = (y * 3 + x) * 2 + type;
					int file = order ? native : (type * 2 + y) * 3 + x;
					for (int k = 0; k < 2; k++) {
						assert_true(net.layer[3].wf[native * 2 + k] == (float)(file * 2 + k));
						for (int jd = 0; jd < 6; jd++)
							assert_true(net.layer[4].wf[(native * 2 + k) * 6 + jd] ==
								(float)((file * 6 + jd) * 2 + k));
					}
				}
		assert_true(net.layer[2].bf[3] == 3.0f);
		assert_null(net.layer[4].bf);
		cas_network_clear(&net);
	}
}

static void weights_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	struct cas_st_tensor t[SMALL_TENSORS + 1];
	float ramp[200];
	write_yaml(small);

	small_tensors(t, ramp);
	write_tensors(t, 8);
	load_fails(CAS_NETWORK_WEIGHTS, "weights.safetensors",
		": no tensor \"c.weight\", expected F32 [12,2,3,2]");

	small_tensors(t, ramp);
	t[8].shape[1] = 3;
	t[8].shape[2] = 2;
	write_tensors(t, SMALL_TENSORS);
	load_fails(CAS_NETWORK_WEIGHTS, "weights.safetensors",
		": tensor \"c.weight\" is F32 [12,3,2,2], expected F32 [12,2,3,2]");

	small_tensors(t, ramp);
	t[1].shape[0] = 4;
	write_tensors(t, SMALL_TENSORS);
	load_fails(CAS_NETWORK_WEIGHTS, "weights.safetensors",
		": tensor \"a.bias\" is F32 [4], expected F32 [3]");

	small_tensors(t, ramp);
	t[0].dtype = CAS_DT_I32;
	write_tensors(t, SMALL_TENSORS);
	load_fails(CAS_NETWORK_WEIGHTS, "weights.safetensors",
		": tensor \"a.weight\" is I32 [3,2,2,2], expected F32 [3,2,2,2]");

	small_tensors(t, ramp);
	t[9] = tensor("decoder.weight", CAS_DT_F32, ramp, 1, 3, 0, 0, 0);
	write_tensors(t, SMALL_TENSORS + 1);
	load_fails(CAS_NETWORK_WEIGHTS, "weights.safetensors",
		": tensor \"decoder.weight\" belongs to no layer, expected LAYER.weight and LAYER.bias alone");

	small_tensors(t, ramp);
	ramp[17] = NAN;
	write_tensors(t, SMALL_TENSORS);
	load_fails(CAS_NETWORK_WEIGHTS, "weights.safetensors",
		": tensor \"a.weight\": element 17 is nan, expected finite numbers");

	char path[300];
	remove(in_folder(path, "weights.safetensors"));
	load_fails(CAS_NETWORK_WEIGHTS, "weights.safetensors", ": cannot open: No such file or directory");
}

static const char small8[] = "name: small8\nformat: int8\nfloat_accuracy: 0.25\n"
	"provenance: \"a: test\"\nclasses: 2\ninput: {h: 3, w: 4, c: 2}\nlayers:\n"
	"  - {name: a, kind: conv2d, channels: 3, kernel: [2, 3], padding: 1, relu: true, "
	"weight_scale: 0.1, result: {scale: 0.3333333333333333}}\n"
	"  - {name: p, kind: primarycaps, types: 2, dim: 2, kernel: 1, input: a, weight_scale: 0.7, "
	"pre_scale: 0.2, result: {sign: s8, scale: 0.0078125}}\n"
	"  - {name: f, kind: fc, channels: 2, input: input, weight_scale: 1e-3, "
	"result: {sign: s8, scale: 3}}\n"
	"  - {name: c, kind: classcaps, channels: 2, dim: 3, iterations: 2, input: p, "
	"weight_scale: 0.011, pre_scale: 0.01, votes_scale: 0.03, logit_scale: 0.0078125, "
	"result: {scale: 0.0078125}}\n";

static size_t small8_tensors(struct cas_st_tensor t[8], int8_t codes[1000], int32_t bias[8])
{
	for (int i = 0; i < 1000; i++)
		codes[i] = (int8_t)(i % 255 - 127);
	for (int i = 0; i < 8; i++)
		bias[i] = i * 1000003 - 5;
	t[0] = tensor("a.weight", CAS_DT_I8, codes, 4, 2, 3, 2, 3);
	t[1] = tensor("p.weight", CAS_DT_I8, codes, 4, 1, 1, 3, 4);
	t[2] = tensor("f.weight", CAS_DT_I8, codes, 2, 24, 2, 0, 0);
	t[3] = tensor("c.weight", CAS_DT_I8, codes, 4, 32, 2, 2, 3);
	t[4] = tensor("a.bias", CAS_DT_I32, bias, 1, 3, 0, 0, 0);
	t[5] = tensor("p.bias", CAS_DT_I32, bias, 1, 4, 0, 0, 0);
	t[6] = tensor("f.bias", CAS_DT_I32, bias, 1, 2, 0, 0, 0);
	return 7;
}

static void an_8_bit_network_is_written_and_read_back(void **state)
{
	(void)state;
	struct cas_st_tensor t[8];
	struct cas_network a, b;
	int8_t codes[1000];
	int32_t bias[8];
	struct cas_buf buf;
	write_yaml(small8);
	write_tensors(t, small8_tensors(t, codes, bias));
	load_net(&a, CAS_NETWORK_WEIGHTS);
	assert_int_equal(a.quantized, 1);
	assert_true(a.input_format.scale == 1.0 / 255);
	assert_int_equal(a.layer[0].result.sign, CAS_U8);
	assert_int_equal(a.layer[1].pre.sign, CAS_S8);
	assert_int_equal(a.layer[3].votes.sign, CAS_S8);
	assert_memory_equal(a.layer[0].w8, codes, 36);
	assert_memory_equal(a.layer[3].w8, codes, a.layer[3].parameters);
	assert_memory_equal(a.layer[1].b32, bias, 16);
	assert_null(a.layer[3].b32);

	cas_buf_init(&buf, 100000);
	cas_network_write(&a, "weights.safetensors", &buf);
	write_yaml(buf.data);
	cas_buf_clear(&buf);
	load_net(&b, CAS_NETWORK_WEIGHTS);
	for (int i = 0; i < a.layers; i++) {
		assert_int_equal(b.layer[i].b32 != NULL, a.layer[i].b32 != NULL);
		/* Pointers differ; the contents must not. */
		size_t biases = b.layer[i].b32 ? (size_t)b.layer[i].out.c : 0;
		assert_memory_equal(a.layer[i].w8, b.layer[i].w8, a.layer[i].parameters - biases);
		if (biases)
			assert_memory_equal(a.layer[i].b32, b.layer[i].b32, biases * sizeof(int32_t));
		free((void *)b.layer[i].w8);
		free((void *)b.layer[i].b32);
		b.layer[i].w8 = a.layer[i].w8;
		b.layer[i].b32 = a.layer[i].b32;
	}
	assert_memory_equal(&a, &b, sizeof a);
	cas_network_clear(&a);
}

static void the_code_minus_128_is_refused(void **state)
{
	(void)state;
	struct cas_st_tensor t[8];
	int8_t codes[1000];
	int32_t bias[8];
	write_yaml(small8);
	size_t count = small8_tensors(t, codes, bias);
	codes[35] = -128;
	write_tensors(t, count);
	load_fails(CAS_NETWORK_WEIGHTS, "weights.safetensors",
		": tensor \"a.weight\": element 35 is -128, expected -127..127");
}

static void a_third_party_checkpoint_loads(void **state)
{
	(void)state;
	const char *data = getenv("CAPSACC_DATA");
	char from[600], text[6000];
	snprintf(from, sizeof from, "%s/../weights/capsnet_mnist_float.safetensors",
		data ? data : "../shared/data");
	if (access(from, R_OK)) {
		print_message("skipped: no %s\n", from);
		skip();
	}
	char *yaml;
	size_t size_bytes;
	struct cas_err err;
	struct cas_network net;
	assert_int_equal(cas_file_read("models/capsnet-float.yaml", 10000, &yaml, &size_bytes, &err),
		CAS_OK);
	char *name = strstr(yaml, "weights: weights.safetensors");
	assert_non_null(name);
	char *absolute = realpath(from, NULL);
	snprintf(text, sizeof text, "%.*sweights: %s%s", (int)(name - yaml), yaml, absolute,
		strchr(name, '\n'));
	free(absolute);
	free(yaml);
	write_yaml(text);
	load_net(&net, CAS_NETWORK_WEIGHTS);
	assert_int_equal(net.parameters, 6804224);
	/* native [k_h][k_w][c_in][c_out] element (3, 5, 200, 17) of primarycaps against the file */
	struct cas_safetensors *file;
	assert_int_equal(cas_safetensors_open(from, &file, &err), CAS_OK);
	float want, got = net.layer[1].wf[((3 * 9 + 5) * 256 + 200) * 256 + 17];
	memcpy(&want, (const char *)cas_safetensors_find(file, "primarycaps.weight")->data +
		4 * (((17 * 256 + 200) * 9 + 3) * 9 + 5), 4);
	assert_true(want == got);
	/* capsule of type 7 at y 2, x 4; class 6, element 11, from element 5 */
	got = net.layer[2].wf[(((2 * 6 + 4) * 32 + 7) * 8 + 5) * 160 + 6 * 16 + 11];
	memcpy(&want, (const char *)cas_safetensors_find(file, "classcaps.weight")->data +
		4 * ((((7 * 6 + 2) * 6 + 4) * 160 + 6 * 16 + 11) * 8 + 5), 4);
	assert_true(want == got);
	cas_safetensors_close(file);
	cas_network_clear(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capsnet_has_the_published_counts),
		cmocka_unit_test(strides_and_padding_give_floor_shapes),
		cmocka_unit_test(faults_in_the_yaml_name_the_place),
		cmocka_unit_test(int8_needs_its_scales),
		cmocka_unit_test(float_weights_are_permuted_into_native_layouts),
		cmocka_unit_test(weights_that_do_not_fit_are_refused),
		cmocka_unit_test(an_8_bit_network_is_written_and_read_back),
		cmocka_unit_test(the_code_minus_128_is_refused),
		cmocka_unit_test(a_third_party_checkpoint_loads),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
