#include "model/network_shape.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[CAS_LAYER_KINDS] = {"conv2d", "primarycaps", "classcaps", "fc"};

/* More weights in one layer than this are a slip, and products below stay within 64 bits. */
#define MAX_LAYER_PARAMETERS ((uint64_t)1 << 32)

enum { SHAPE_BYTES = 64 };

const char *cas_layer_kind_name(enum cas_layer_kind kind)
{
	return kinds[kind];
}

int cas_layer_kind_parse(const char *word)
{
	for (int i = 0; i < CAS_LAYER_KINDS; i++)
		if (!strcmp(kinds[i], word))
			return i;
	return -1;
}

const struct cas_shape *cas_network_shape_of(const struct cas_network *net, int index)
{
	return index < 0 ? &net->input : &net->layer[index].out;
}

const struct cas_format *cas_network_format_of(const struct cas_network *net, int index)
{
	return index < 0 ? &net->input_format : &net->layer[index].result;
}

void cas_network_clear(struct cas_network *net)
{
	if (net->release)
		net->release(net);
	memset(net, 0, sizeof *net);
}

struct cas_layer_macs cas_layer_macs_of(const struct cas_layer *layer)
{
	const struct cas_shape *in = &layer->in, *out = &layer->out;
	uint64_t in_size = (uint64_t)in->h * (uint64_t)in->w * (uint64_t)in->c;
	uint64_t out_size = (uint64_t)out->h * (uint64_t)out->w * (uint64_t)out->c;
	struct cas_layer_macs macs = {0};
	switch (layer->kind) {
	case CAS_CONV2D:
	case CAS_PRIMARYCAPS:
		macs.main = out_size * (uint64_t)layer->k_h * (uint64_t)layer->k_w * (uint64_t)in->c;
		break;
	case CAS_CLASSCAPS:
		macs.main = in_size * out_size; /* caps_in dim_in x classes dim */
		macs.sum = macs.update = (uint64_t)in->caps * out_size;
		break;
	default:
		macs.main = in_size * out_size;
	}
	return macs;
}

static const char *shape_text(const struct cas_shape *shape, char text[SHAPE_BYTES])
{
	if (shape->caps > 0)
		snprintf(text, SHAPE_BYTES, "%d capsules of %d", shape->caps, shape->dim);
	else
		snprintf(text, SHAPE_BYTES, "a map of %dx%dx%d", shape->h, shape->w, shape->c);
	return text;
}

static cas_status complain(const struct cas_layer *layer, struct cas_err *err, const char *what)
{
	return cas_err_set(err, CAS_INPUT, "layer %s (%s): %s", layer->name, kinds[layer->kind], what);
}

static const char *producer(const struct cas_network *net, const struct cas_layer *layer)
{
	return layer->input < 0 ? "the network's input" : net->layer[layer->input].name;
}

/* floor((n + 2 pad - k) / stride) + 1, or 0 if the kernel does not fit. */
static int conv_side(int n, int k, int stride, int pad)
{
	return n + 2 * pad < k ? 0 : (n + 2 * pad - k) / stride + 1;
}

static cas_status shape_conv(const struct cas_network *net, struct cas_layer *layer,
	struct cas_err *err)
{
	const struct cas_shape *in = &layer->in;
	char from[SHAPE_BYTES];
	if (layer->k_h < 1 || layer->k_w < 1 || layer->stride < 1 || layer->pad < 0 ||
	    layer->k_h > CAS_MAX_SIDE || layer->k_w > CAS_MAX_SIDE || layer->pad > CAS_MAX_SIDE)
		return complain(layer, err, "kernel and stride must be at least 1 and padding at least 0");
	int channels = layer->kind == CAS_CONV2D ? layer->channels : layer->types * layer->dim;
	int h = conv_side(in->h, layer->k_h, layer->stride, layer->pad);
	int w = conv_side(in->w, layer->k_w, layer->stride, layer->pad);
	if (h < 1 || w < 1)
		return cas_err_set(err, CAS_INPUT, "layer %s (%s): a kernel of %dx%d with padding %d does not "
			"fit %s, which is %s", layer->name, kinds[layer->kind], layer->k_h, layer->k_w,
			layer->pad, producer(net, layer), shape_text(in, from));
	if (h > CAS_MAX_SIDE || w > CAS_MAX_SIDE)
		return cas_err_set(err, CAS_INPUT, "layer %s (%s): an output of %dx%d, expected at most %dx%d",
			layer->name, kinds[layer->kind], h, w, CAS_MAX_SIDE, CAS_MAX_SIDE);
	layer->out = (struct cas_shape){.h = h, .w = w, .c = channels};
	if (layer->kind == CAS_PRIMARYCAPS && (int64_t)h * w * channels <= INT_MAX) {
		layer->out.caps = h * w * layer->types;
		layer->out.dim = layer->dim;
	}
	return CAS_OK;
}

static cas_status shape_classcaps(const struct cas_network *net, struct cas_layer *layer,
	struct cas_err *err)
{
	char from[SHAPE_BYTES];
	if (layer->in.caps == 0)
		return cas_err_set(err, CAS_INPUT, "layer %s (classcaps): %s is %s, expected capsules",
			layer->name, producer(net, layer), shape_text(&layer->in, from));
	if (layer->iters < 1 || layer->iters > CAS_MAX_ITERS)
		return cas_err_set(err, CAS_INPUT, "layer %s (classcaps): %d iterations, expected 1..%d",
			layer->name, layer->iters, CAS_MAX_ITERS);
	layer->out = (struct cas_shape){.h = 1, .w = 1, .c = layer->channels * layer->dim,
		.caps = layer->channels, .dim = layer->dim};
	return CAS_OK;
}

static int positive_and_small(const struct cas_layer *layer)
{
	int outputs = layer->kind == CAS_PRIMARYCAPS ? layer->types : layer->channels;
	int dim = layer->kind == CAS_PRIMARYCAPS || layer->kind == CAS_CLASSCAPS ? layer->dim : 1;
	return outputs >= 1 && dim >= 1 && outputs <= CAS_MAX_CHANNELS && dim <= CAS_MAX_CHANNELS &&
		(int64_t)outputs * dim <= CAS_MAX_CHANNELS;
}

/* Products of the shapes may be huge; 128 bits would do, doubles find it just as well. */
static cas_status check_sizes(struct cas_layer *layer, struct cas_err *err)
{
	const struct cas_shape *in = &layer->in, *out = &layer->out;
	int conv = layer->kind == CAS_CONV2D || layer->kind == CAS_PRIMARYCAPS;
	double terms = conv ? (double)layer->k_h * layer->k_w * in->c : (double)in->h * in->w * in->c;
	double weights = terms * out->c + out->c;
	if ((double)out->h * out->w * out->c > INT_MAX || weights > (double)MAX_LAYER_PARAMETERS ||
	    terms > INT_MAX)
		return cas_err_set(err, CAS_INPUT, "layer %s (%s): %dx%dx%d outputs of %.0f terms and %.0f "
			"weights, expected at most 2^31 outputs and terms and 2^32 weights", layer->name,
			kinds[layer->kind], out->h, out->w, out->c, terms, weights);
	layer->parameters = (uint64_t)weights;
	if (layer->kind == CAS_CLASSCAPS)
		layer->parameters -= (uint64_t)out->c; /* no bias */
	return CAS_OK;
}

static cas_status shape_layer(const struct cas_network *net, int index, struct cas_layer *layer,
	struct cas_err *err)
{
	cas_status st = CAS_OK;
	if (layer->input < -1 || layer->input >= index)
		return complain(layer, err, "its input must be an earlier layer");
	layer->in = *cas_network_shape_of(net, layer->input);
	if (!positive_and_small(layer))
		return cas_err_set(err, CAS_INPUT, "layer %s (%s): expected 1..%d output channels", layer->name,
			kinds[layer->kind], CAS_MAX_CHANNELS);
	if (layer->kind == CAS_CLASSCAPS)
		st = shape_classcaps(net, layer, err);
	else if (layer->kind == CAS_FC)
		layer->out = (struct cas_shape){.h = 1, .w = 1, .c = layer->channels};
	else
		st = shape_conv(net, layer, err);
	if (!st)
		st = check_sizes(layer, err);
	if (st)
		return st;
	struct cas_layer_macs macs = cas_layer_macs_of(layer);
	layer->macs = macs.main;
	if (layer->kind == CAS_CLASSCAPS)
		layer->macs += (uint64_t)layer->iters * macs.sum + (uint64_t)(layer->iters - 1) * macs.update;
	return CAS_OK;
}

static cas_status check_input(const struct cas_network *net, struct cas_err *err)
{
	const struct cas_shape *in = &net->input;
	if (in->h < 1 || in->w < 1 || in->c < 1 || in->h > CAS_MAX_SIDE || in->w > CAS_MAX_SIDE ||
	    in->c > CAS_MAX_CHANNELS || (int64_t)in->h * in->w * in->c > INT_MAX)
		return cas_err_set(err, CAS_INPUT, "input of %dx%dx%d, expected 1..%d a side and 1..%d channels",
			in->h, in->w, in->c, CAS_MAX_SIDE, CAS_MAX_CHANNELS);
	if (net->layers < 1 || net->layers > CAS_MAX_LAYERS)
		return cas_err_set(err, CAS_INPUT, "%d layers, expected 1..%d", net->layers, CAS_MAX_LAYERS);
	return CAS_OK;
}

static cas_status check_classes(const struct cas_network *net, struct cas_err *err)
{
	const struct cas_layer *last = &net->layer[net->layers - 1];
	const struct cas_shape *out = &last->out;
	char text[SHAPE_BYTES];
	int64_t outputs = out->caps > 0 ? out->caps : (int64_t)out->h * out->w * out->c;
	if (outputs != net->classes)
		return cas_err_set(err, CAS_INPUT, "layer %s (%s): the last layer gives %s, expected one "
			"capsule or value for each of %d classes", last->name, kinds[last->kind],
			shape_text(out, text), net->classes);
	return CAS_OK;
}

cas_status cas_network_shape(struct cas_network *net, struct cas_err *err)
{
	cas_status st = check_input(net, err);
	net->parameters = net->macs = 0;
	for (int i = 0; i < net->layers && !st; i++) {
		st = shape_layer(net, i, &net->layer[i], err);
		net->parameters += net->layer[i].parameters;
		net->macs += net->layer[i].macs;
	}
	return st ? st : check_classes(net, err);
}
