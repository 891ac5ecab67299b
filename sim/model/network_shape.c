#include "model/network_shape.h"

#include <limits.h>
#include <stdio.h>

#include "arith/softmax.h"
#include "arith/squash.h"

/* More weights in one layer than this are a slip, and products below stay within 64 bits. */
#define MAX_LAYER_PARAMETERS ((uint64_t)1 << 32)

enum { SHAPE_BYTES = 64, MAP_BYTES = 96 };

struct cas_layer_macs cas_layer_macs_of(const struct cas_layer *layer)
{
	const struct cas_shape *in = &layer->in, *out = &layer->out;
	uint64_t out_size = (uint64_t)out->h * (uint64_t)out->w * (uint64_t)out->c;
	uint64_t area = (uint64_t)layer->k_h * (uint64_t)layer->k_w;
	struct cas_layer_macs macs = {0};
	if (!cas_layer_has_weights(layer))
		return macs;
	if (cas_layer_routes(layer))
		macs.sum = macs.update = (uint64_t)layer->routing.caps * out_size;
	if (layer->kind == CAS_CONVCAPS3D)
		macs.main = macs.sum * area * (uint64_t)layer->routing.dim_in;
	else if (cas_layer_convolves(layer))
		macs.main = out_size * area * (uint64_t)in->c;
	else /* classcaps: caps_in dim_in x classes dim */
		macs.main = (uint64_t)in->h * (uint64_t)in->w * (uint64_t)in->c * out_size;
	return macs;
}

int cas_layer_has_group(const struct cas_layer *layer, enum cas_group group)
{
	if (group == CAS_GROUP_LAYER)
		return cas_layer_has_weights(layer) && !cas_layer_routes(layer);
	return group == CAS_GROUP_SQUASH ? cas_layer_squashes(layer) : cas_layer_routes(layer);
}

static const char *shape_text(const struct cas_shape *shape, char text[SHAPE_BYTES])
{
	if (shape->caps > 0)
		snprintf(text, SHAPE_BYTES, "%d capsules of %d", shape->caps, shape->dim);
	else
		snprintf(text, SHAPE_BYTES, "a map of %dx%dx%d", shape->h, shape->w, shape->c);
	return text;
}

/* Both faces of a shape, where either may be what does not fit. */
static const char *map_text(const struct cas_shape *shape, char text[MAP_BYTES])
{
	if (shape->caps > 0)
		snprintf(text, MAP_BYTES, "a map of %dx%dx%d, %d capsules of %d", shape->h, shape->w, shape->c,
			shape->caps, shape->dim);
	else
		snprintf(text, MAP_BYTES, "a map of %dx%dx%d", shape->h, shape->w, shape->c);
	return text;
}

static cas_status complain(const struct cas_layer *layer, struct cas_err *err, const char *what)
{
	return cas_err_set(err, CAS_INPUT, "layer %s (%s): %s", layer->name, cas_layer_kind_name(layer->kind), what);
}

static const char *name_of(const struct cas_network *net, int layer)
{
	return layer < 0 ? "the network's input" : net->layer[layer].name;
}

static const char *producer(const struct cas_network *net, const struct cas_layer *layer)
{
	return name_of(net, layer->input);
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
	int channels = layer->kind == CAS_CONV2D ? layer->channels : layer->kind == CAS_POOL ? in->c :
		layer->types * layer->dim;
	int h = conv_side(in->h, layer->k_h, layer->stride, layer->pad);
	int w = conv_side(in->w, layer->k_w, layer->stride, layer->pad);
	if (h < 1 || w < 1)
		return cas_err_set(err, CAS_INPUT, "layer %s (%s): a kernel of %dx%d with padding %d does not "
			"fit %s, which is %s", layer->name, cas_layer_kind_name(layer->kind), layer->k_h, layer->k_w,
			layer->pad, producer(net, layer), shape_text(in, from));
	if (h > CAS_MAX_SIDE || w > CAS_MAX_SIDE)
		return cas_err_set(err, CAS_INPUT, "layer %s (%s): an output of %dx%d, expected at most %dx%d",
			layer->name, cas_layer_kind_name(layer->kind), h, w, CAS_MAX_SIDE, CAS_MAX_SIDE);
	layer->out = (struct cas_shape){.h = h, .w = w, .c = channels};
	if ((layer->kind == CAS_PRIMARYCAPS || layer->kind == CAS_CONVCAPS3D) &&
	    (int64_t)h * w * channels <= INT_MAX) {
		layer->out.caps = h * w * layer->types;
		layer->out.dim = layer->dim;
	}
	return CAS_OK;
}

static cas_status check_routing(const struct cas_network *net, const struct cas_layer *layer,
	struct cas_err *err)
{
	char from[SHAPE_BYTES];
	if (layer->in.caps == 0)
		return cas_err_set(err, CAS_INPUT, "layer %s (%s): %s is %s, expected capsules", layer->name,
			cas_layer_kind_name(layer->kind), producer(net, layer), shape_text(&layer->in, from));
	if (layer->iters < 1 || layer->iters > CAS_MAX_ITERS)
		return cas_err_set(err, CAS_INPUT, "layer %s (%s): %d iterations, expected 1..%d",
			layer->name, cas_layer_kind_name(layer->kind), layer->iters, CAS_MAX_ITERS);
	return CAS_OK;
}

static cas_status shape_classcaps(const struct cas_network *net, struct cas_layer *layer,
	struct cas_err *err)
{
	cas_status st = check_routing(net, layer, err);
	layer->out = (struct cas_shape){.h = 1, .w = 1, .c = layer->channels * layer->dim,
		.caps = layer->channels, .dim = layer->dim};
	layer->routing = (struct cas_routing_shape){1, layer->in.caps, layer->in.dim, layer->channels,
		layer->dim};
	return st;
}

static cas_status shape_convcaps3d(const struct cas_network *net, struct cas_layer *layer,
	struct cas_err *err)
{
	cas_status st = check_routing(net, layer, err);
	if (!st)
		st = shape_conv(net, layer, err);
	if (st)
		return st;
	layer->routing = (struct cas_routing_shape){layer->out.h * layer->out.w,
		layer->in.c / layer->in.dim, layer->in.dim, layer->types, layer->dim};
	return CAS_OK;
}

static int same_shape(const struct cas_shape *a, const struct cas_shape *b)
{
	return a->h == b->h && a->w == b->w && a->c == b->c && a->caps == b->caps && a->dim == b->dim;
}

/* add: equal maps; concat: capsules of equal size. */
static cas_status shape_pair(const struct cas_network *net, struct cas_layer *layer,
	struct cas_err *err)
{
	const struct cas_shape *a = &layer->in, *b = cas_network_shape_of(net, layer->input2);
	char text_a[MAP_BYTES], text_b[MAP_BYTES];
	int concat = layer->kind == CAS_CONCAT;
	int fits = concat ? a->caps && b->caps && a->dim == b->dim : same_shape(a, b);
	if (!fits)
		return cas_err_set(err, CAS_INPUT, "layer %s (%s): %s is %s, %s is %s, expected %s", layer->name,
			cas_layer_kind_name(layer->kind), producer(net, layer), map_text(a, text_a),
			name_of(net, layer->input2), map_text(b, text_b),
			concat ? "capsules of equal size" : "equal shapes");
	layer->out = *a;
	if (concat && (int64_t)a->caps + b->caps <= INT_MAX / a->dim)
		layer->out = (struct cas_shape){.h = 1, .w = 1, .c = (a->caps + b->caps) * a->dim,
			.caps = a->caps + b->caps, .dim = a->dim};
	return CAS_OK;
}

/* A window must meet the map, or its maximum would be of nothing. */
static cas_status shape_pool(const struct cas_network *net, struct cas_layer *layer,
	struct cas_err *err)
{
	char from[SHAPE_BYTES];
	if (layer->in.caps)
		return cas_err_set(err, CAS_INPUT, "layer %s (pool): %s is %s, expected a map without capsules",
			layer->name, producer(net, layer), shape_text(&layer->in, from));
	if (layer->pad >= layer->k_h || layer->pad >= layer->k_w)
		return cas_err_set(err, CAS_INPUT, "layer %s (pool): a padding of %d, expected less than the "
			"kernel of %dx%d", layer->name, layer->pad, layer->k_h, layer->k_w);
	return shape_conv(net, layer, err);
}

static int positive_and_small(const struct cas_layer *layer)
{
	int typed = layer->kind == CAS_PRIMARYCAPS || layer->kind == CAS_CONVCAPS3D;
	int outputs = typed ? layer->types : layer->channels;
	int dim = cas_layer_squashes(layer) ? layer->dim : 1;
	return outputs >= 1 && dim >= 1 && outputs <= CAS_MAX_CHANNELS && dim <= CAS_MAX_CHANNELS &&
		(int64_t)outputs * dim <= CAS_MAX_CHANNELS;
}

/* What the squash and softmax units bear. */
static cas_status check_units(const struct cas_layer *layer, struct cas_err *err)
{
	int routed = layer->kind == CAS_CLASSCAPS ? layer->channels : layer->types;

	if (cas_layer_squashes(layer) && layer->dim > CAS_CAPSULE_DIM_MAX)
		return cas_err_set(err, CAS_INPUT, "layer %s (%s): capsules of %d elements, expected 1..%d", layer->name,
			cas_layer_kind_name(layer->kind), layer->dim, CAS_CAPSULE_DIM_MAX);
	if (cas_layer_routes(layer) && routed > CAS_SOFTMAX_MAX)
		return cas_err_set(err, CAS_INPUT, "layer %s (%s): routes to %d capsules, expected 1..%d", layer->name,
			cas_layer_kind_name(layer->kind), routed, CAS_SOFTMAX_MAX);
	return CAS_OK;
}

/* Terms of one output: of a vote, where a layer routes. */
static double terms_of(const struct cas_layer *layer)
{
	const struct cas_shape *in = &layer->in;
	double area = (double)layer->k_h * layer->k_w;
	if (cas_layer_convolves(layer))
		return area * in->c;
	if (layer->kind == CAS_CONVCAPS3D)
		return area * in->dim;
	return cas_layer_has_weights(layer) ? (double)in->h * in->w * in->c : 0;
}

/* Products of the shapes may be huge; 128 bits would do, doubles find it just as well. */
static cas_status check_sizes(struct cas_layer *layer, struct cas_err *err)
{
	const struct cas_shape *out = &layer->out;
	double terms = terms_of(layer), weights = terms * out->c + (cas_layer_has_bias(layer) ? out->c : 0);
	double votes = (double)layer->routing.positions * layer->routing.caps * layer->routing.classes *
		layer->routing.dim;
	if ((double)out->h * out->w * out->c > INT_MAX || weights > (double)MAX_LAYER_PARAMETERS ||
	    terms > INT_MAX || votes > INT_MAX)
		return cas_err_set(err, CAS_INPUT, "layer %s (%s): %dx%dx%d outputs of %.0f terms and %.0f "
			"weights, expected at most 2^31 outputs and terms and 2^32 weights", layer->name,
			cas_layer_kind_name(layer->kind), out->h, out->w, out->c, terms, weights);
	layer->parameters = (uint64_t)weights;
	return CAS_OK;
}

static cas_status shape_kind(const struct cas_network *net, struct cas_layer *layer,
	struct cas_err *err)
{
	switch (layer->kind) {
	case CAS_CLASSCAPS:
		return shape_classcaps(net, layer, err);
	case CAS_CONVCAPS3D:
		return shape_convcaps3d(net, layer, err);
	case CAS_ADD:
	case CAS_CONCAT:
		return shape_pair(net, layer, err);
	case CAS_POOL:
		return shape_pool(net, layer, err);
	case CAS_FC:
		layer->out = (struct cas_shape){.h = 1, .w = 1, .c = layer->channels};
		return CAS_OK;
	default:
		return shape_conv(net, layer, err);
	}
}

static cas_status shape_layer(const struct cas_network *net, int index, struct cas_layer *layer,
	struct cas_err *err)
{
	for (int k = 0; k < cas_layer_inputs(layer); k++)
		if (cas_layer_input(layer, k) < -1 || cas_layer_input(layer, k) >= index)
			return complain(layer, err, "its input must be an earlier layer");
	layer->in = *cas_network_shape_of(net, layer->input);
	if (cas_layer_has_weights(layer) && !positive_and_small(layer))
		return cas_err_set(err, CAS_INPUT, "layer %s (%s): expected 1..%d output channels", layer->name,
			cas_layer_kind_name(layer->kind), CAS_MAX_CHANNELS);
	cas_status st = check_units(layer, err);
	if (!st)
		st = shape_kind(net, layer, err);
	if (!st)
		st = check_sizes(layer, err);
	if (st)
		return st;
	struct cas_layer_macs macs = cas_layer_macs_of(layer);
	layer->macs = macs.main;
	if (cas_layer_routes(layer))
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
			"capsule or value for each of %d classes", last->name, cas_layer_kind_name(last->kind),
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
