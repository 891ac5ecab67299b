/* Networks built by hand for tests of the program and of the cost model: shapes only, no weights.
 * (Shapes are worked out here, not by cas_network_shape, so that the tests do not lean on it.)
 */
#ifndef TESTS_COST_NETWORKS_H
#define TESTS_COST_NETWORKS_H

#include <stdio.h>
#include <string.h>

#include "model/accelerator.h"
#include "model/network.h"

static inline struct cas_layer *add_layer(struct cas_network *net, const char *name,
	enum cas_layer_kind kind)
{
	struct cas_layer *l = &net->layer[net->layers];

	memset(l, 0, sizeof *l);
	snprintf(l->name, sizeof l->name, "%s", name);
	l->kind = kind;
	l->input = net->layers - 1;
	l->in = net->layers ? net->layer[net->layers - 1].out : net->input;
	net->layers++;
	return l;
}

static inline void add_conv(struct cas_network *net, const char *name, int k_h, int k_w, int stride,
	int pad, int channels)
{
	struct cas_layer *l = add_layer(net, name, CAS_CONV2D);

	l->k_h = k_h;
	l->k_w = k_w;
	l->stride = stride;
	l->pad = pad;
	l->channels = channels;
	l->relu = 1;
	l->out = (struct cas_shape){(l->in.h + 2 * pad - k_h) / stride + 1,
		(l->in.w + 2 * pad - k_w) / stride + 1, channels, 0, 0};
}

static inline void add_primary(struct cas_network *net, const char *name, int k, int stride, int types,
	int dim)
{
	struct cas_layer *l;

	add_conv(net, name, k, k, stride, 0, types * dim);
	l = &net->layer[net->layers - 1];
	l->kind = CAS_PRIMARYCAPS;
	l->relu = 0;
	l->channels = 0;
	l->types = types;
	l->dim = dim;
	l->out.caps = l->out.h * l->out.w * types;
	l->out.dim = dim;
}

static inline void add_class(struct cas_network *net, const char *name, int classes, int dim, int iters)
{
	struct cas_layer *l = add_layer(net, name, CAS_CLASSCAPS);

	l->channels = classes;
	l->dim = dim;
	l->iters = iters;
	l->out = (struct cas_shape){1, 1, classes * dim, classes, dim};
	l->routing = (struct cas_routing_shape){1, l->in.caps, l->in.dim, classes, dim};
}

static inline void add_pool(struct cas_network *net, const char *name, int k)
{
	struct cas_layer *l = add_layer(net, name, CAS_POOL);

	l->k_h = l->k_w = l->stride = k;
	l->out = (struct cas_shape){l->in.h / k, l->in.w / k, l->in.c, 0, 0};
}

/* A block like DeepCaps's last on the capsules of the last layer: what a 3x3 convolution makes of them,
 * plus what ConvCaps3D makes of them, and the two of them beside the beginning. */
static inline void add_block(struct cas_network *net)
{
	int begin = net->layers - 1, dim = net->layer[begin].dim, types = net->layer[begin].types;
	struct cas_shape map = net->layer[begin].out;

	for (int i = 0; i < 2; i++) {
		struct cas_layer *l = add_layer(net, i ? "S" : "L", i ? CAS_CONVCAPS3D : CAS_PRIMARYCAPS);

		l->input = begin;
		l->in = l->out = map;
		l->k_h = l->k_w = 3;
		l->stride = l->pad = l->no_bias = 1;
		l->types = types;
		l->dim = dim;
		l->iters = 2;
		if (i)
			l->routing = (struct cas_routing_shape){map.h * map.w, types, dim, types, dim};
	}
	add_layer(net, "Add", CAS_ADD)->input2 = begin + 1;
	net->layer[net->layers - 1].out = map;
	add_layer(net, "Cat", CAS_CONCAT)->input2 = begin;
	net->layer[net->layers - 1].out = (struct cas_shape){1, 1, 2 * map.caps * dim, 2 * map.caps, dim};
}

static inline void add_fc(struct cas_network *net, const char *name, int outputs)
{
	struct cas_layer *l = add_layer(net, name, CAS_FC);

	l->channels = outputs;
	l->out = (struct cas_shape){1, 1, outputs, 0, 0};
}

static inline void start_network(struct cas_network *net, int h, int w, int c)
{
	memset(net, 0, sizeof *net);
	net->input = (struct cas_shape){h, w, c, 0, 0};
}

/* Sabour et al. 2017. */
static inline void capsnet(struct cas_network *net)
{
	start_network(net, 28, 28, 1);
	add_conv(net, "Conv1", 9, 9, 1, 0, 256);
	add_primary(net, "PrimaryCaps", 9, 2, 32, 8);
	add_class(net, "ClassCaps", 10, 16, 3);
}

/* The default accelerator; DRAM a word a cycle. */
static inline struct cas_accel accelerator(int rows, int cols)
{
	return (struct cas_accel){
		.rows = rows, .cols = cols, .clock_mhz = 1000.0 / 3, .accumulator_depth = 512,
		.buffers = {.data_bytes = 256 << 10, .weight_bytes = 64 << 10, .votes_bytes = 256 << 10,
			.logits_bytes = 16 << 10, .coupling_bytes = 16 << 10, .v_bytes = 4 << 10},
		.dram_beat_bytes = cols < 16 ? cols : 16, .dram_cycles_per_beat = 1,
		.dram_latency_cycles = 32, .squash_lanes = 4, .skip_first_softmax = 1,
		.input_as_patches = 1, .allow_spills = 1,
		.numerics = {.psum_bits = 25, .acc_bits = 32},
	};
}

#endif
