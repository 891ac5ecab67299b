#include "model/network_load.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "io/safetensors.h"
#include "model/network_text.h"

enum { TENSOR_NAME_BYTES = CAS_NAME_BYTES + 24, BN_PARTS = 4 };

/* A batch normalisation's tensors, as PyTorch names them: gain, shift, mean, variance. */
static const char *const bn_part[BN_PARTS] = {"bn.weight", "bn.bias", "bn.running_mean",
	"bn.running_var"};

struct weights {
	const struct cas_safetensors *file;
	const char *path;
	const struct cas_network_text *text;
	struct cas_err *err;
	int batchnorm[CAS_MAX_LAYERS]; /* cas_layer.batchnorm as the file has it: loading clears it */
};

/* dims sizes of one tensor, outermost first. */
struct dims {
	int count;
	uint64_t size[4];
};

static struct dims dims_of(int count, int a, int b, int c, int d)
{
	return (struct dims){count, {(uint64_t)a, (uint64_t)b, (uint64_t)c, (uint64_t)d}};
}

/* A fresh copy of a tensor of known type and shape.  The size is compared before memory is taken, so
 * that a lying network.yaml cannot ask for what the file does not hold. */
static cas_status fetch(const struct weights *w, const char *layer, const char *part,
	enum cas_dtype dtype, struct dims dims, void **out)
{
	char name[TENSOR_NAME_BYTES];
	uint64_t elements = 1;
	*out = NULL;
	snprintf(name, sizeof name, "%s.%s", layer, part);
	for (int i = 0; i < dims.count; i++)
		elements *= dims.size[i];
	const struct cas_st_tensor *tensor = cas_safetensors_find(w->file, name);
	if (tensor && tensor->dtype == dtype && tensor->elements == elements) {
		cas_status st = cas_mem_new(out, (size_t)elements, cas_dtype_bytes(dtype), w->err);
		if (st)
			return st;
	} else {
		elements = 0; /* the call below cannot succeed; it words the message */
	}
	cas_status st = cas_safetensors_fetch(w->file, name, dtype, dims.count, dims.size, *out, w->err);
	if (st) {
		free(*out);
		*out = NULL;
	}
	return st;
}

static cas_status check_finite(const struct weights *w, const char *layer, const char *part,
	const float *value, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!isfinite(value[i]))
			return cas_err_set(w->err, CAS_INPUT, "%s: tensor \"%s.%s\": element %zu is %f, expected "
				"finite numbers", w->path, layer, part, i, (double)value[i]);
	return CAS_OK;
}

static cas_status check_codes(const struct weights *w, const char *layer, const int8_t *code,
	size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (code[i] == INT8_MIN)
			return cas_err_set(w->err, CAS_INPUT, "%s: tensor \"%s.weight\": element %zu is -128, "
				"expected -127..127", w->path, layer, i);
	return CAS_OK;
}

/* Input channels of one kernel: ConvCaps3D shares one among all types of capsules. */
static int conv_channels(const struct cas_layer *layer)
{
	return layer->kind == CAS_CONVCAPS3D ? layer->in.dim : layer->in.c;
}

/* [c_out][c_in][k_h][k_w] to [k_h][k_w][c_in][c_out] */
static void permute_conv(const struct cas_layer *layer, const float *from, float *to)
{
	size_t o_n = (size_t)layer->out.c, i_n = (size_t)conv_channels(layer);
	size_t area = (size_t)layer->k_h * (size_t)layer->k_w;
	for (size_t k = 0; k < area; k++)
		for (size_t i = 0; i < i_n; i++)
			for (size_t o = 0; o < o_n; o++)
				to[(k * i_n + i) * o_n + o] = from[(o * i_n + i) * area + k];
}

/* Where native capsule `i` of a primary-capsule shape stands in the file's order. */
static size_t capsule_in_file(const struct cas_shape *shape, enum cas_capsule_order order, size_t i)
{
	size_t area = (size_t)shape->h * (size_t)shape->w, types = (size_t)shape->caps / area;
	if (order == CAS_ORDER_Y_X_TYPE)
		return i;
	return i % types * area + i / types;
}

/* Where element `i` of the native flattened input stands in the file's: a map's is c, h, w. */
static size_t element_in_file(const struct cas_shape *shape, enum cas_capsule_order order, size_t i)
{
	if (shape->caps > 0) {
		size_t dim = (size_t)shape->dim;
		return capsule_in_file(shape, order, i / dim) * dim + i % dim;
	}
	size_t area = (size_t)shape->h * (size_t)shape->w, c = (size_t)shape->c;
	return i % c * area + i / c;
}

/* [out][in] to [in][out] */
static void permute_fc(const struct cas_layer *layer, enum cas_capsule_order order, const float *from,
	float *to)
{
	size_t in = (size_t)layer->in.h * (size_t)layer->in.w * (size_t)layer->in.c;
	size_t out = (size_t)layer->channels;
	for (size_t i = 0; i < in; i++) {
		size_t column = element_in_file(&layer->in, order, i);
		for (size_t o = 0; o < out; o++)
			to[i * out + o] = from[o * in + column];
	}
}

/* [caps_in][classes][dim][dim_in] to [caps_in][dim_in][classes][dim] */
static void permute_classcaps(const struct cas_layer *layer, enum cas_capsule_order order,
	const float *from, float *to)
{
	size_t dim_in = (size_t)layer->in.dim, n = (size_t)layer->out.c;
	for (size_t i = 0; i < (size_t)layer->in.caps; i++) {
		const float *capsule = from + capsule_in_file(&layer->in, order, i) * n * dim_in;
		for (size_t k = 0; k < dim_in; k++)
			for (size_t j = 0; j < n; j++)
				to[(i * dim_in + k) * n + j] = capsule[j * dim_in + k];
	}
}

static struct dims weight_dims(const struct cas_layer *layer, int native)
{
	const struct cas_shape *in = &layer->in, *out = &layer->out;
	int flat = in->h * in->w * in->c;
	if (layer->kind == CAS_FC)
		return native ? dims_of(2, flat, out->c, 0, 0) : dims_of(2, out->c, flat, 0, 0);
	if (layer->kind == CAS_CLASSCAPS)
		return native ? dims_of(4, in->caps, in->dim, layer->channels, layer->dim) :
			dims_of(4, in->caps, layer->channels, layer->dim, in->dim);
	int c_in = conv_channels(layer);
	return native ? dims_of(4, layer->k_h, layer->k_w, c_in, out->c) :
		dims_of(4, out->c, c_in, layer->k_h, layer->k_w);
}

static size_t weight_count(const struct cas_layer *layer)
{
	return (size_t)layer->parameters - (cas_layer_has_bias(layer) ? (size_t)layer->out.c : 0);
}

/* One finite float for each output channel. */
static cas_status fetch_channels(const struct weights *w, const struct cas_layer *layer, const char *part,
	float **out)
{
	void *data;
	cas_status st = fetch(w, layer->name, part, CAS_DT_F32, dims_of(1, layer->out.c, 0, 0, 0), &data);
	*out = data;
	return st ? st : check_finite(w, layer->name, part, data, (size_t)layer->out.c);
}

/* y = (x - mean) gain / sqrt(variance + epsilon) + shift on the convolution's output x, worked into its
 * weights and bias (Jacob et al. 2018, section 3.2); epsilon is PyTorch's default. */
static cas_status fold_channels(const struct weights *w, struct cas_layer *layer, float *const part[4])
{
	const double epsilon = 1e-5;
	size_t n = (size_t)layer->out.c, terms = weight_count(layer) / n;
	void *bias = NULL;
	cas_status st = layer->bf ? CAS_OK : cas_mem_new(&bias, n, sizeof(float), w->err);
	if (!layer->bf)
		layer->bf = bias;
	for (size_t c = 0; c < n && !st; c++) {
		double factor = part[0][c] / sqrt((double)part[3][c] + epsilon);
		if (!(part[3][c] >= 0) || !isfinite(factor))
			return cas_err_set(w->err, CAS_INPUT, "%s: tensor \"%s.bn.running_var\": element %zu is %g, "
				"expected at least 0", w->path, layer->name, c, (double)part[3][c]);
		for (size_t k = 0; k < terms; k++)
			layer->wf[k * n + c] = (float)(layer->wf[k * n + c] * factor);
		layer->bf[c] = (float)((layer->bf[c] - (double)part[2][c]) * factor + part[1][c]);
	}
	return st;
}

static cas_status fold_batchnorm(const struct weights *w, struct cas_layer *layer)
{
	float *part[BN_PARTS] = {NULL};
	cas_status st = CAS_OK;
	for (int i = 0; i < BN_PARTS && !st; i++)
		st = fetch_channels(w, layer, bn_part[i], &part[i]);
	if (!st)
		st = fold_channels(w, layer, part);
	for (int i = 0; i < BN_PARTS; i++)
		free(part[i]);
	if (!st)
		layer->batchnorm = 0;
	return st;
}

static cas_status load_float(const struct weights *w, struct cas_layer *layer)
{
	void *file_order, *native;
	size_t count = weight_count(layer);
	cas_status st = fetch(w, layer->name, "weight", CAS_DT_F32, weight_dims(layer, 0), &file_order);
	if (st)
		return st;
	st = check_finite(w, layer->name, "weight", file_order, count);
	if (!st)
		st = cas_mem_new(&native, count, sizeof(float), w->err);
	if (!st) {
		layer->wf = native;
		if (layer->kind == CAS_FC)
			permute_fc(layer, w->text->order, file_order, native);
		else if (layer->kind == CAS_CLASSCAPS)
			permute_classcaps(layer, w->text->order, file_order, native);
		else
			permute_conv(layer, file_order, native);
	}
	free(file_order);
	if (!st && cas_layer_has_bias(layer) && layer->batchnorm != 1)
		st = fetch_channels(w, layer, "bias", &layer->bf);
	return st || !layer->batchnorm ? st : fold_batchnorm(w, layer);
}

/* The corrections of the layer's groups, where the network carries a calibration. */
static cas_status load_calibration(const struct weights *w, struct cas_layer *layer)
{
	cas_status st = CAS_OK;
	for (int g = 0; g < CAS_CALIBRATED && !st; g++) {
		int channels = cas_layer_calibrated(layer, g);
		void *data = NULL;
		if (channels)
			st = fetch(w, layer->name, cas_calibration_tensor(g), CAS_DT_I32,
				dims_of(1, channels, 0, 0, 0), &data);
		layer->calibration[g] = data;
	}
	return st;
}

static cas_status load_codes(const struct weights *w, struct cas_layer *layer)
{
	void *data;
	cas_status st = fetch(w, layer->name, "weight", CAS_DT_I8, weight_dims(layer, 1), &data);
	layer->w8 = data;
	if (!st)
		st = check_codes(w, layer->name, data, weight_count(layer));
	if (!st && cas_layer_has_bias(layer)) {
		st = fetch(w, layer->name, "bias", CAS_DT_I32, dims_of(1, layer->out.c, 0, 0, 0), &data);
		layer->b32 = data;
	}
	return st || !w->text->net.calibration.images ? st : load_calibration(w, layer);
}

/* Whether the layer has a tensor of this name in the file. */
static int belongs(const struct cas_layer *layer, int batchnorm, int calibrated, const char *part)
{
	for (int g = 0; calibrated && g < CAS_CALIBRATED; g++)
		if (cas_layer_calibrated(layer, g) && !strcmp(part, cas_calibration_tensor(g)))
			return 1;
	for (int i = 0; batchnorm && i < BN_PARTS; i++)
		if (!strcmp(part, bn_part[i]))
			return 1;
	return cas_layer_has_weights(layer) && (!strcmp(part, "weight") ||
		(!strcmp(part, "bias") && cas_layer_has_bias(layer) && batchnorm != 1));
}

/* A tensor that nobody reads means that file and network.yaml are not of one network. */
static cas_status check_unused(const struct weights *w)
{
	const struct cas_network *net = &w->text->net;
	for (size_t t = 0; t < cas_safetensors_count(w->file); t++) {
		const char *name = cas_safetensors_at(w->file, t)->name;
		int known = 0;
		for (int i = 0; i < net->layers && !known; i++) {
			const struct cas_layer *layer = &net->layer[i];
			size_t length = strlen(layer->name);
			known = !strncmp(name, layer->name, length) && name[length] == '.' &&
				belongs(layer, w->batchnorm[i], net->calibration.images, name + length + 1);
		}
		if (!known)
			return cas_err_set(w->err, CAS_INPUT, "%s: tensor \"%.200s\" belongs to no layer, expected "
				"LAYER.weight and LAYER.bias alone", w->path, name);
	}
	return CAS_OK;
}

static void release(struct cas_network *net)
{
	for (int i = 0; i < net->layers; i++) {
		struct cas_layer *layer = &net->layer[i];
		free((void *)layer->w8);
		free((void *)layer->b32);
		for (int g = 0; g < CAS_CALIBRATED; g++)
			free((void *)layer->calibration[g]);
		free(layer->wf);
		free(layer->bf);
	}
}

static cas_status load_weights(struct cas_network_text *text, struct cas_err *err)
{
	struct cas_safetensors *file;
	cas_status st = cas_safetensors_open(text->weights, &file, err);
	if (st)
		return st;
	struct weights w = {.file = file, .path = text->weights, .text = text, .err = err};
	for (int i = 0; i < text->net.layers && !st; i++) {
		w.batchnorm[i] = text->net.layer[i].batchnorm;
		if (!cas_layer_has_weights(&text->net.layer[i]))
			continue;
		st = text->net.quantized ? load_codes(&w, &text->net.layer[i]) :
			load_float(&w, &text->net.layer[i]);
	}
	if (!st)
		st = check_unused(&w);
	cas_safetensors_close(file);
	return st;
}

cas_status cas_network_load(struct cas_network *out, const char *path,
	enum cas_network_parts parts, struct cas_err *err)
{
	char file[CAS_PATH_BYTES + 16];
	struct stat info;
	void *memory;
	memset(out, 0, sizeof *out);
	if (strlen(path) >= CAS_PATH_BYTES)
		return cas_err_set(err, CAS_INPUT, "%.60s...: a path of %zu bytes, expected at most %d", path,
			strlen(path), CAS_PATH_BYTES - 1);
	int folder = !stat(path, &info) && S_ISDIR(info.st_mode);
	snprintf(file, sizeof file, "%s%s", path, folder ? "/network.yaml" : "");
	/* Some 50 KB: too much for the stack of a thread. */
	cas_status st = cas_mem_new(&memory, 1, sizeof(struct cas_network_text), err);
	if (st)
		return st;
	struct cas_network_text *text = memory;
	struct cas_yaml *doc = NULL;
	st = cas_yaml_read(&doc, file, err);
	if (!st)
		st = cas_network_text_parse(text, doc, err);
	cas_yaml_free(doc);
	if (!st && parts == CAS_NETWORK_WEIGHTS)
		st = load_weights(text, err);
	if (st) {
		release(&text->net);
	} else {
		*out = text->net;
		out->release = release;
	}
	free(memory);
	return st;
}
