/* A capsule network or plain CNN: layers, shapes, weights, scales.
 *
 * Shapes use one vocabulary: h w c (height, width, channels of a map, stored NHWC), k (kernel side),
 * caps (number of capsules), dim (elements of a capsule).  Capsule i of a primary-capsule layer is
 * i = (y * w + x) * types + type, so an NHWC map [h][w][types * dim] *is* the array [caps][dim].
 *
 * Layers are nodes of a graph in topological order: `input` names the producer.  A new kind of layer
 * is a new enum value, its parameters in `struct cas_layer`, its row in network_shape.c, its step
 * descriptors in program.c and its arithmetic in engine/.
 */
#ifndef CAS_MODEL_NETWORK_H
#define CAS_MODEL_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
	CAS_MAX_LAYERS = 128,
	CAS_NAME_BYTES = 48,
	CAS_MAX_SIDE = 4096,     /* height or width of a map */
	CAS_MAX_CHANNELS = 65536,
	CAS_MAX_ITERS = 16,
	CAS_CALIBRATED = 4,      /* operation groups that a bias calibration corrects */
};

enum cas_layer_kind {
	CAS_CONV2D,      /* convolution, optional ReLU */
	CAS_PRIMARYCAPS, /* convolution, capsules along channels, squash; also Conv2DCaps of DeepCaps */
	CAS_CLASSCAPS,   /* fully connected capsules with dynamic routing */
	CAS_FC,          /* fully connected, optional ReLU */
	CAS_CONVCAPS3D,  /* ConvCaps3D of DeepCaps: convolutional votes, routing at each position */
	CAS_ADD,         /* sum of two maps, optional ReLU */
	CAS_CONCAT,      /* capsules of one layer, then those of another */
	CAS_POOL,        /* maximum or average over a window */
	CAS_LAYER_KINDS
};

enum cas_pool_op { CAS_POOL_MAX, CAS_POOL_AVERAGE };

/* A map of h x w x c, or (caps > 0) an array of capsules; then h * w * c == caps * dim. */
struct cas_shape {
	int h, w, c;
	int caps, dim;
};

enum cas_signedness { CAS_U8, CAS_S8 }; /* codes 0..255, or -127..127 */

/* What one 8-bit tensor's codes mean: real = code * scale. */
struct cas_format {
	enum cas_signedness sign;
	double scale;
};

/* Dynamic routing of a layer: at each position, `caps` lower capsules of `dim_in` elements vote for
 * `classes` capsules of `dim`.  classcaps: one position; convcaps3d: caps and classes are types. */
struct cas_routing_shape {
	int positions, caps, dim_in, classes, dim;
};

struct cas_layer {
	char name[CAS_NAME_BYTES];
	enum cas_layer_kind kind;
	int input; /* index of the producing layer, -1 for the network's input */
	int input2; /* add, concat: the second operand's producer */
	int relu;
	/* conv2d, primarycaps, convcaps3d, pool */
	int k_h, k_w, stride, pad; /* the same padding on all four sides */
	int no_bias;   /* conv2d, primarycaps: 1 without; classcaps and convcaps3d never have one */
	int batchnorm; /* of a float32 file, until loading folds it: 1 the convolution has no bias of its
	                * own, 2 it has */
	/* primarycaps, convcaps3d */
	int types;
	/* primarycaps, classcaps, convcaps3d: elements of an output capsule */
	int dim;
	/* conv2d: output channels; classcaps, fc: outputs (classes) */
	int channels;
	/* classcaps, convcaps3d */
	int iters;
	enum cas_pool_op pool;

	/* derived by cas_network_shape */
	struct cas_shape in, out;
	struct cas_routing_shape routing; /* classcaps, convcaps3d; else 0 */
	uint64_t macs;           /* by definition; docs/networks.md */
	uint64_t parameters;     /* weights and biases */

	/* 8-bit meaning; all zero in a float network */
	double weight_scale;
	struct cas_format pre;   /* primarycaps: before squash; routing: the weighted sum s */
	struct cas_format votes; /* routing */
	double logit_scale;      /* routing: real size of one logit step */
	struct cas_format result; /* the layer's output */

	/* Native layouts, owned by the network; NULL where the layer has none or the other type is held.
	 * conv2d, primarycaps: [k_h][k_w][c_in][c_out];  fc: [in][out];
	 * classcaps: [caps_in][dim_in][classes][dim];  convcaps3d: [k_h][k_w][dim_in][types][dim].
	 * Bias: [c_out]; NULL where the layer has none. */
	const int32_t *calibration[CAS_CALIBRATED]; /* q of the groups layer, votes, sum, update (in the order
	                     * of enum cas_group), in units of P; NULL: none stored */
	const int8_t *w8;   /* codes -127..127, real = code * weight_scale */
	const int32_t *b32; /* real = code * weight_scale * (input scale) */
	float *wf, *bf;
};

/* A bias calibration that the file carries, and what it was measured with (docs/networks.md). */
struct cas_calibration {
	int images;             /* training images; 0: none is carried */
	char mapping[32];       /* numerics.mapping, swap_operands and zero_gating: "aligned swap_operands" */
	char multipliers[256];  /* as --multiplier takes them: "NGR,votes=1JFF" */
};

struct cas_network {
	char name[64];
	struct cas_shape input;      /* h, w, c */
	int resize;                  /* 1: images of another size are resized to it (docs/networks.md) */
	struct cas_format input_format; /* of the pixel codes, in a float network too */
	int layers;
	struct cas_layer layer[CAS_MAX_LAYERS];
	int classes;
	int quantized;               /* 1: w8, b32 and scales; 0: wf, bf */
	struct cas_calibration calibration;
	double float_accuracy;       /* of the float32 network it was made from, 0..1; < 0 unknown */
	char provenance[512];        /* free text from network.yaml, may be empty */
	uint64_t parameters, macs;   /* totals over layers */
	void *owned;                 /* weight storage (see model/network_load.h) */
	void (*release)(struct cas_network *net);
};

/* Fill in `in`, `out`, `macs` and `parameters` of every layer and the totals.
 * Errors: CAS_INPUT, naming the layer, its kind and both shapes. */
cas_status cas_network_shape(struct cas_network *net, struct cas_err *err);

/* Output of layer `index`, or the network's input for -1. */
const struct cas_shape *cas_network_shape_of(const struct cas_network *net, int index);
const struct cas_format *cas_network_format_of(const struct cas_network *net, int index);

/* "conv2d", "primarycaps", ...; -1 from the second if the word is none of them ("convcaps2d" is the
 * word of network.yaml for primarycaps without bias). */
const char *cas_layer_kind_name(enum cas_layer_kind kind);
const char *cas_layer_kind_words(void); /* "conv2d, primarycaps, ...", all of them, for messages */
int cas_layer_kind_parse(const char *word);

/* What a kind does, so that no caller lists kinds. */
int cas_layer_has_weights(const struct cas_layer *layer);
int cas_layer_convolves(const struct cas_layer *layer); /* conv2d, primarycaps: k_h k_w c_in terms */
int cas_layer_squashes(const struct cas_layer *layer);  /* primarycaps, classcaps, convcaps3d */
int cas_layer_routes(const struct cas_layer *layer);    /* classcaps, convcaps3d */
int cas_layer_has_bias(const struct cas_layer *layer);
/* Channels that a bias calibration of a group corrects: 0 where the layer has no such group. */
int cas_layer_calibrated(const struct cas_layer *layer, int group);
const char *cas_calibration_tensor(int group); /* "calibration", "votes_calibration", ... */
int cas_layer_inputs(const struct cas_layer *layer);    /* 2 for add and concat, else 1 */
int cas_layer_input(const struct cas_layer *layer, int operand); /* input or input2 */

void cas_network_clear(struct cas_network *net);

#endif
