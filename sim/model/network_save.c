#include "model/network_save.h"

#include "io/yaml.h"

static void put_scale(struct cas_buf *buf, const char *key, double scale)
{
	cas_buf_printf(buf, "    %s: %.17g\n", key, scale);
}

static void put_kernel(const struct cas_layer *layer, struct cas_buf *buf)
{
	cas_buf_printf(buf, layer->k_h == layer->k_w ? "    kernel: %d\n" : "    kernel: [%d, %d]\n",
		layer->k_h, layer->k_w);
	cas_buf_printf(buf, "    stride: %d\n    padding: %d\n", layer->stride, layer->pad);
}

static void put_scales(const struct cas_layer *layer, struct cas_buf *buf)
{
	if (cas_layer_has_weights(layer))
		put_scale(buf, "weight_scale", layer->weight_scale);
	if (cas_layer_routes(layer))
		put_scale(buf, "votes_scale", layer->votes.scale);
	if (cas_layer_squashes(layer))
		put_scale(buf, "pre_scale", layer->pre.scale);
	if (cas_layer_routes(layer))
		put_scale(buf, "logit_scale", layer->logit_scale);
	cas_buf_printf(buf, "    result: {sign: %s, scale: %.17g}\n",
		layer->result.sign == CAS_S8 ? "s8" : "u8", layer->result.scale);
}

static void put_inputs(const struct cas_network *net, const struct cas_layer *layer,
	struct cas_buf *buf)
{
	int operands = cas_layer_inputs(layer);
	cas_buf_printf(buf, operands == 2 ? "    inputs: [" : "    input: ");
	for (int k = 0; k < operands; k++) {
		int input = cas_layer_input(layer, k);
		cas_buf_printf(buf, k ? ", " : "");
		cas_yaml_quote(buf, input < 0 ? "input" : net->layer[input].name);
	}
	cas_buf_printf(buf, operands == 2 ? "]\n" : "\n");
}

static void put_sizes(const struct cas_layer *layer, struct cas_buf *buf)
{
	int typed = layer->kind == CAS_PRIMARYCAPS || layer->kind == CAS_CONVCAPS3D;
	if (layer->kind == CAS_POOL)
		cas_buf_printf(buf, "    op: %s\n", layer->pool == CAS_POOL_MAX ? "max" : "average");
	if (typed)
		cas_buf_printf(buf, "    types: %d\n", layer->types);
	else if (cas_layer_has_weights(layer))
		cas_buf_printf(buf, "    channels: %d\n", layer->channels);
	if (cas_layer_squashes(layer))
		cas_buf_printf(buf, "    dim: %d\n", layer->dim);
	if (typed || layer->kind == CAS_CONV2D || layer->kind == CAS_POOL)
		put_kernel(layer, buf);
}

/* convcaps2d, the word for primary capsules without bias, says so already. */
static void put_layer(const struct cas_network *net, const struct cas_layer *layer,
	struct cas_buf *buf)
{
	int convcaps2d = layer->kind == CAS_PRIMARYCAPS && layer->no_bias;
	cas_buf_printf(buf, "  - name: ");
	cas_yaml_quote(buf, layer->name);
	cas_buf_printf(buf, "\n    kind: %s\n", convcaps2d ? "convcaps2d" : cas_layer_kind_name(layer->kind));
	put_inputs(net, layer, buf);
	put_sizes(layer, buf);
	if (layer->kind == CAS_CONV2D && layer->no_bias)
		cas_buf_printf(buf, "    bias: false\n");
	if (layer->kind == CAS_CONV2D || layer->kind == CAS_FC || layer->kind == CAS_ADD)
		cas_buf_printf(buf, "    relu: %s\n", layer->relu ? "true" : "false");
	if (cas_layer_routes(layer))
		cas_buf_printf(buf, "    iterations: %d\n", layer->iters);
	if (net->quantized)
		put_scales(layer, buf);
}

void cas_network_write(const struct cas_network *net, const char *weights_file, struct cas_buf *buf)
{
	cas_buf_printf(buf, "name: ");
	cas_yaml_quote(buf, net->name);
	cas_buf_printf(buf, "\nformat: %s\nweights: ", net->quantized ? "int8" : "float32");
	cas_yaml_quote(buf, weights_file);
	cas_buf_printf(buf, "\ncapsule_order: y_x_type\nclasses: %d\n", net->classes);
	if (net->float_accuracy >= 0)
		cas_buf_printf(buf, "float_accuracy: %.17g\n", net->float_accuracy);
	cas_buf_printf(buf, "provenance: ");
	cas_yaml_quote(buf, net->provenance);
	if (net->calibration.images) {
		cas_buf_printf(buf, "\ncalibration:\n  images: %d\n  mapping: ", net->calibration.images);
		cas_yaml_quote(buf, net->calibration.mapping);
		cas_buf_printf(buf, "\n  multipliers: ");
		cas_yaml_quote(buf, net->calibration.multipliers);
	}
	cas_buf_printf(buf, "\ninput:\n  h: %d\n  w: %d\n  c: %d\n", net->input.h, net->input.w,
		net->input.c);
	if (net->resize)
		cas_buf_printf(buf, "  resize: bilinear\n");
	if (net->quantized)
		cas_buf_printf(buf, "  sign: %s\n  scale: %.17g\n",
			net->input_format.sign == CAS_S8 ? "s8" : "u8", net->input_format.scale);
	cas_buf_printf(buf, "layers:\n");
	for (int i = 0; i < net->layers; i++)
		put_layer(net, &net->layer[i], buf);
}
