#include "model/network_text.h"

#include <stdio.h>
#include <string.h>

/* An output capsule's element as every layer gives it: Q0.7 (docs/numerics.md). */
#define CAPSULE_SCALE 0x1p-7

static const char *const formats[] = {"float32", "int8", NULL};
static const char *const orders[] = {"by_format", "type_y_x", "y_x_type", NULL};
static const char *const signs[] = {"u8", "s8", NULL};
static const char *const signed_alone[] = {"s8", NULL};
static const char *const resizes[] = {"none", "bilinear", NULL};
static const char *const pool_ops[] = {"max", "average", NULL};

/* Conv2DCaps of DeepCaps: primary capsules without bias under their own name. */
#define CONVCAPS2D "convcaps2d"

/* A layer as the file words it. */
struct layer_text {
	struct cas_layer layer;
	char kind[16];
	char input[CAS_NAME_BYTES]; /* a layer's name, "input", or empty: the layer before */
	const struct cas_yaml_node *inputs; /* two of these; NULL where a layer has one */
	int bias, batchnorm;
	int only_sign;              /* index into signed_alone */
};

#define NET(member) offsetof(struct cas_network_text, member), \
	sizeof ((struct cas_network_text *)0)->member
#define TEXT(member) offsetof(struct layer_text, member), \
	sizeof ((struct layer_text *)0)->member
#define LAYER(member) offsetof(struct layer_text, layer.member), \
	sizeof ((struct layer_text *)0)->layer.member

static const struct cas_key network_keys[] = {
	{"name", CAS_KEY_STRING, NET(net.name), 0, 0, "", NULL, NULL, "the network's name"},
	{"format", CAS_KEY_CHOICE, NET(net.quantized), 0, 0, "", "float32", formats, "type of the weights"},
	{"weights", CAS_KEY_STRING, NET(weights), 0, 0, "", "weights.safetensors", NULL, "weights file"},
	{"capsule_order", CAS_KEY_CHOICE, NET(order), 0, 0, "", "by_format", orders, "order of capsules"},
	{"classes", CAS_KEY_INT, NET(net.classes), 1, CAS_MAX_CHANNELS, "classes", NULL, NULL, "classes"},
	{"float_accuracy", CAS_KEY_DOUBLE, NET(net.float_accuracy), -1, 1, "", "-1", NULL,
		"accuracy, or -1: not known"},
	{"provenance", CAS_KEY_STRING, NET(net.provenance), 0, 0, "", "", NULL, "where it comes from"},
	{"calibration.images", CAS_KEY_INT, NET(net.calibration.images), 0, 1000000, "images", "0", NULL,
		"of the bias calibration that the file carries"},
	{"calibration.mapping", CAS_KEY_STRING, NET(net.calibration.mapping), 0, 0, "", "", NULL, "its mapping"},
	{"calibration.multipliers", CAS_KEY_STRING, NET(net.calibration.multipliers), 0, 0, "", "", NULL,
		"its multipliers"},
	{"input.h", CAS_KEY_INT, NET(net.input.h), 1, CAS_MAX_SIDE, "rows", NULL, NULL, "height"},
	{"input.w", CAS_KEY_INT, NET(net.input.w), 1, CAS_MAX_SIDE, "columns", NULL, NULL, "width"},
	{"input.c", CAS_KEY_INT, NET(net.input.c), 1, CAS_MAX_CHANNELS, "channels", NULL, NULL, "channels"},
	{"input.resize", CAS_KEY_CHOICE, NET(net.resize), 0, 0, "", "none", resizes, "of other images"},
	{"input.sign", CAS_KEY_CHOICE, NET(net.input_format.sign), 0, 0, "", "u8", signs, "codes"},
	{"input.scale", CAS_KEY_DOUBLE, NET(net.input_format.scale), 1e-30, 1e30, "",
		"0.00392156862745098", NULL, "real = code * scale; 1/255"},
	{"layers", CAS_KEY_LIST, NET(layers), 0, 0, "", NULL, NULL, "layers in order"},
};

#define SCALE(path, member) \
	{path, CAS_KEY_DOUBLE, LAYER(member), 0, 1e30, "", "0", NULL, "real = code * scale"}
#define COMMON \
	{"name", CAS_KEY_STRING, LAYER(name), 0, 0, "", NULL, NULL, "the layer's name"}, \
	{"kind", CAS_KEY_STRING, TEXT(kind), 0, 0, "", NULL, NULL, "the layer's kind"}
#define ONE_INPUT \
	{"input", CAS_KEY_STRING, TEXT(input), 0, 0, "", "", NULL, "the producing layer"}
#define TWO_INPUTS \
	{"inputs", CAS_KEY_LIST, TEXT(inputs), 0, 0, "", NULL, NULL, "the producing layers"}
#define WEIGHTED \
	COMMON, ONE_INPUT, SCALE("weight_scale", weight_scale)
#define COUNT(path, member) \
	{path, CAS_KEY_INT, LAYER(member), 1, CAS_MAX_CHANNELS, "", NULL, NULL, path}
#define KERNEL \
	{"kernel", CAS_KEY_PAIR, offsetof(struct layer_text, layer.k_h), 2 * sizeof(int), 1, \
		CAS_MAX_SIDE, "", NULL, NULL, "kernel"}, \
	{"stride", CAS_KEY_INT, LAYER(stride), 1, CAS_MAX_SIDE, "", "1", NULL, "stride"}, \
	{"padding", CAS_KEY_INT, LAYER(pad), 0, CAS_MAX_SIDE, "", "0", NULL, "zeros on all four sides"}
#define BIAS(preset) \
	{"bias", CAS_KEY_BOOL, TEXT(bias), 0, 0, "", preset, NULL, "one for each output channel"}, \
	{"batchnorm", CAS_KEY_BOOL, TEXT(batchnorm), 0, 0, "", "false", NULL, "float32: to be folded"}
#define ROUTING \
	{"iterations", CAS_KEY_INT, LAYER(iters), 1, CAS_MAX_ITERS, "iterations", "3", NULL, "routing"}, \
	SCALE("votes_scale", votes.scale), SCALE("pre_scale", pre.scale), \
	SCALE("logit_scale", logit_scale)
#define RELU \
	{"relu", CAS_KEY_BOOL, LAYER(relu), 0, 0, "", "false", NULL, "ReLU at its output"}
#define RESULT \
	{"result.sign", CAS_KEY_CHOICE, LAYER(result.sign), 0, 0, "", "u8", signs, "codes"}, \
	SCALE("result.scale", result.scale)
#define SIGNED_RESULT \
	{"result.sign", CAS_KEY_CHOICE, TEXT(only_sign), 0, 0, "", "s8", signed_alone, "codes"}, \
	SCALE("result.scale", result.scale)

static const struct cas_key conv2d_keys[] = {WEIGHTED, COUNT("channels", channels), KERNEL,
	BIAS("true"), RELU, RESULT};
static const struct cas_key primarycaps_keys[] = {WEIGHTED, COUNT("types", types), COUNT("dim", dim),
	KERNEL, BIAS("true"), SCALE("pre_scale", pre.scale), SIGNED_RESULT};
static const struct cas_key convcaps2d_keys[] = {WEIGHTED, COUNT("types", types), COUNT("dim", dim),
	KERNEL, BIAS("false"), SCALE("pre_scale", pre.scale), SIGNED_RESULT};
static const struct cas_key classcaps_keys[] = {WEIGHTED, COUNT("channels", channels),
	COUNT("dim", dim), ROUTING, SIGNED_RESULT};
static const struct cas_key fc_keys[] = {WEIGHTED, COUNT("channels", channels), RELU, RESULT};
static const struct cas_key convcaps3d_keys[] = {WEIGHTED, COUNT("types", types), COUNT("dim", dim),
	KERNEL, ROUTING, SIGNED_RESULT};
static const struct cas_key add_keys[] = {COMMON, TWO_INPUTS, RELU, RESULT};
static const struct cas_key concat_keys[] = {COMMON, TWO_INPUTS, SIGNED_RESULT};
static const struct cas_key pool_keys[] = {COMMON, ONE_INPUT, KERNEL,
	{"op", CAS_KEY_CHOICE, LAYER(pool), 0, 0, "", NULL, pool_ops, "what a window gives"}, RESULT};

#define TABLE(keys) {keys, sizeof keys / sizeof keys[0]}
static const struct cas_schema network_schema = TABLE(network_keys);
static const struct cas_schema convcaps2d_schema = TABLE(convcaps2d_keys);
static const struct cas_schema layer_schema[CAS_LAYER_KINDS] = {TABLE(conv2d_keys),
	TABLE(primarycaps_keys), TABLE(classcaps_keys), TABLE(fc_keys), TABLE(convcaps3d_keys),
	TABLE(add_keys), TABLE(concat_keys), TABLE(pool_keys)};

/* Place of one layer for messages. */
struct place {
	const struct cas_yaml *doc;
	const struct cas_yaml_node *node;
	char prefix[32]; /* "layers[3]" */
};

/* The kind decides which table reads the rest, so it is looked at first. */
static cas_status read_kind(const struct place *at, enum cas_layer_kind *kind,
	const struct cas_schema **schema, struct cas_err *err)
{
	char shown[CAS_SHOWN_BYTES];
	const struct cas_yaml_node *node = cas_yaml_get(at->node, "kind");
	if (at->node->kind != CAS_YAML_MAP)
		return cas_yaml_complain(at->doc, at->node, err, "%s: not a mapping, expected a layer",
			at->prefix);
	if (!node)
		return cas_yaml_complain(at->doc, at->node, err, "%s.kind: missing, expected one of %s",
			at->prefix, cas_layer_kind_words());
	int alias = node->text && !strcmp(node->text, CONVCAPS2D);
	int word = !node->text ? -1 : alias ? CAS_PRIMARYCAPS : cas_layer_kind_parse(node->text);
	if (word < 0)
		return cas_yaml_complain(at->doc, node, err, "%s.kind: \"%s\" is none of %s", at->prefix,
			node->text ? cas_yaml_shown(shown, node->text) : "(a list)", cas_layer_kind_words());
	*kind = (enum cas_layer_kind)word;
	*schema = alias ? &convcaps2d_schema : &layer_schema[word];
	return CAS_OK;
}

/* Names go into reports, file names and operation groups, so they are plain words. */
static cas_status check_name(const struct cas_network *net, const struct place *at,
	const char *name, struct cas_err *err)
{
	static const char *const taken[] = {"input", "votes", "sum", "update", "squash"};
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	char shown[CAS_SHOWN_BYTES];
	cas_yaml_shown(shown, name);
	if (!name[0] || name[strspn(name, letters)])
		return cas_yaml_complain(at->doc, at->node, err, "%s.name: \"%s\" is not a word of letters, "
			"digits, _ and -", at->prefix, shown);
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
		if (!strcmp(name, taken[i]))
			return cas_yaml_complain(at->doc, at->node, err, "%s.name: \"%s\" is reserved", at->prefix,
				shown);
	for (int i = 0; i < net->layers; i++)
		if (!strcmp(name, net->layer[i].name))
			return cas_yaml_complain(at->doc, at->node, err, "%s.name: \"%s\" is already layers[%d]",
				at->prefix, shown, i);
	return CAS_OK;
}

static cas_status find_layer(const struct cas_network *net, const struct place *at,
	const struct cas_yaml_node *node, const char *key, const char *name, int *layer, struct cas_err *err)
{
	char shown[CAS_SHOWN_BYTES];
	*layer = -1;
	if (!strcmp(name, "input"))
		return CAS_OK;
	for (int i = 0; i < net->layers; i++)
		if (!strcmp(name, net->layer[i].name)) {
			*layer = i;
			return CAS_OK;
		}
	return cas_yaml_complain(at->doc, node, err, "%s.%s: no earlier layer is named \"%s\"",
		at->prefix, key, cas_yaml_shown(shown, name));
}

static cas_status find_inputs(const struct cas_network *net, const struct place *at,
	struct layer_text *text, struct cas_err *err)
{
	const struct cas_yaml_node *both = text->inputs;
	text->layer.input = net->layers - 1;
	if (text->input[0])
		return find_layer(net, at, at->node, "input", text->input, &text->layer.input, err);
	if (!both)
		return CAS_OK;
	if (both->count != 2 || !both->value[0].text || !both->value[1].text)
		return cas_yaml_complain(at->doc, both, err, "%s.inputs: expected the names of two layers",
			at->prefix);
	cas_status st = find_layer(net, at, &both->value[0], "inputs", both->value[0].text,
		&text->layer.input, err);
	return st ? st : find_layer(net, at, &both->value[1], "inputs", both->value[1].text,
		&text->layer.input2, err);
}

static cas_status check_scale(const struct place *at, int quantized, const char *key, double scale,
	struct cas_err *err)
{
	if (quantized && !(scale > 0))
		return cas_yaml_complain(at->doc, at->node, err, "%s.%s: missing, format int8 expects a scale "
			"above 0", at->prefix, key);
	if (!quantized && scale != 0)
		return cas_yaml_complain(at->doc, at->node, err, "%s.%s: given, but only format int8 has scales",
			at->prefix, key);
	return CAS_OK;
}

static cas_status check_scales(const struct place *at, int quantized, const struct cas_layer *layer,
	struct cas_err *err)
{
	cas_status st = check_scale(at, quantized, "result.scale", layer->result.scale, err);
	if (!st && cas_layer_has_weights(layer))
		st = check_scale(at, quantized, "weight_scale", layer->weight_scale, err);
	if (!st && cas_layer_squashes(layer))
		st = check_scale(at, quantized, "pre_scale", layer->pre.scale, err);
	if (!st && cas_layer_routes(layer))
		st = check_scale(at, quantized, "votes_scale", layer->votes.scale, err);
	if (!st && cas_layer_routes(layer))
		st = check_scale(at, quantized, "logit_scale", layer->logit_scale, err);
	if (st || !quantized)
		return st;
	if (cas_layer_squashes(layer) && layer->result.scale != CAPSULE_SCALE)
		return cas_yaml_complain(at->doc, at->node, err, "%s.result.scale: %g, expected %g: capsules "
			"are Q0.7", at->prefix, layer->result.scale, CAPSULE_SCALE);
	int may_be_u8 = layer->relu || cas_layer_squashes(layer) || layer->kind == CAS_CONCAT ||
		layer->kind == CAS_POOL;
	if (!may_be_u8 && layer->result.sign == CAS_U8)
		return cas_yaml_complain(at->doc, at->node, err, "%s.result.sign: u8, expected s8 for a layer "
			"without ReLU", at->prefix);
	return CAS_OK;
}

/* A pooled map keeps its codes' sign, its maximum their scale too. */
static cas_status check_pool(const struct cas_network *net, const struct place *at,
	const struct cas_layer *layer, struct cas_err *err)
{
	const struct cas_format *in = cas_network_format_of(net, layer->input);
	if (!net->quantized || layer->kind != CAS_POOL)
		return CAS_OK;
	if (layer->result.sign != in->sign)
		return cas_yaml_complain(at->doc, at->node, err, "%s.result.sign: %s, expected its input's %s",
			at->prefix, signs[layer->result.sign], signs[in->sign]);
	if (layer->pool == CAS_POOL_MAX && layer->result.scale != in->scale)
		return cas_yaml_complain(at->doc, at->node, err, "%s.result.scale: %.17g, expected its input's "
			"%.17g: a maximum keeps it", at->prefix, layer->result.scale, in->scale);
	return CAS_OK;
}

static cas_status set_bias(const struct place *at, int quantized, struct layer_text *text,
	struct cas_err *err)
{
	struct cas_layer *layer = &text->layer;
	if (!cas_layer_convolves(layer))
		return CAS_OK;
	if (quantized && text->batchnorm)
		return cas_yaml_complain(at->doc, at->node, err, "%s.batchnorm: true, but format int8 has it "
			"folded into weights and bias", at->prefix);
	layer->batchnorm = text->batchnorm ? 1 + text->bias : 0;
	layer->no_bias = !text->bias && !text->batchnorm;
	return CAS_OK;
}

/* Signs that no file may choose. */
static void set_signs(int quantized, struct layer_text *text)
{
	struct cas_layer *layer = &text->layer;
	if (!quantized) {
		layer->result.sign = CAS_U8;
	} else if (layer->kind == CAS_CONCAT) {
		layer->result.sign = CAS_S8;
	} else if (cas_layer_squashes(layer)) {
		layer->result.sign = layer->pre.sign = CAS_S8;
		layer->votes.sign = cas_layer_routes(layer) ? CAS_S8 : CAS_U8;
	}
}

static cas_status read_layer(struct cas_network *net, const struct place *at, struct cas_err *err)
{
	struct layer_text text = {0};
	const struct cas_schema *schema = NULL;
	cas_status st = read_kind(at, &text.layer.kind, &schema, err);
	if (!st)
		st = cas_schema_load_node(schema, at->doc, at->node, at->prefix, NULL, &text, err);
	if (!st)
		st = check_name(net, at, text.layer.name, err);
	if (!st)
		st = find_inputs(net, at, &text, err);
	if (!st)
		st = set_bias(at, net->quantized, &text, err);
	if (!st)
		st = check_scales(at, net->quantized, &text.layer, err);
	if (st)
		return st;
	set_signs(net->quantized, &text);
	st = check_pool(net, at, &text.layer, err);
	net->layer[net->layers++] = text.layer;
	return st;
}

static cas_status read_layers(struct cas_network_text *out, const struct cas_yaml *doc,
	struct cas_err *err)
{
	cas_status st = CAS_OK;
	if (out->layers->count < 1 || out->layers->count > CAS_MAX_LAYERS)
		return cas_yaml_complain(doc, out->layers, err, "layers: %zu of them, expected 1..%d",
			out->layers->count, CAS_MAX_LAYERS);
	for (size_t i = 0; i < out->layers->count && !st; i++) {
		struct place at = {.doc = doc, .node = &out->layers->value[i]};
		snprintf(at.prefix, sizeof at.prefix, "layers[%zu]", i);
		st = read_layer(&out->net, &at, err);
	}
	return st;
}

static cas_status check_whole(struct cas_network_text *out, const struct cas_yaml *doc,
	struct cas_err *err)
{
	struct cas_network *net = &out->net;
	if (net->float_accuracy < 0 && net->float_accuracy > -1)
		return cas_err_set(err, CAS_INPUT, "%s: float_accuracy: %g, expected 0..1, or -1 where it is not known",
			doc->name, net->float_accuracy);
	if (!net->quantized && net->calibration.images)
		return cas_err_set(err, CAS_INPUT, "%s: calibration.images: %d, but only format int8 carries a "
			"calibration", doc->name, net->calibration.images);
	if (net->quantized && out->order == CAS_ORDER_TYPE_Y_X)
		return cas_err_set(err, CAS_INPUT, "%s: capsule_order: type_y_x, expected y_x_type for format "
			"int8", doc->name);
	for (int i = 0; i < net->layers && !net->quantized && out->order != CAS_ORDER_Y_X_TYPE; i++)
		if (net->layer[i].kind == CAS_CONCAT)
			return cas_err_set(err, CAS_INPUT, "%s: capsule_order: expected y_x_type for a network with "
				"concat (layer %s): its capsules have no positions", doc->name, net->layer[i].name);
	if (out->order == CAS_ORDER_BY_FORMAT)
		out->order = net->quantized ? CAS_ORDER_Y_X_TYPE : CAS_ORDER_TYPE_Y_X;
	cas_status st = cas_network_shape(net, err);
	if (st)
		cas_err_prepend(err, "%s", doc->name);
	return st;
}

/* The weights belong to the YAML file, so they are looked for in its folder and nowhere else. */
static cas_status place_weights(struct cas_network_text *out, const char *path, struct cas_err *err)
{
	char name[CAS_PATH_BYTES];
	const char *slash = strrchr(path, '/');
	if (out->weights[0] == '/' || !slash)
		return CAS_OK;
	memcpy(name, out->weights, sizeof name);
	int length = snprintf(out->weights, CAS_PATH_BYTES, "%.*s/%s", (int)(slash - path), path, name);
	if (length >= CAS_PATH_BYTES)
		return cas_err_set(err, CAS_INPUT, "%.60s...: weights: a path of %d bytes, expected at most %d",
			path, length, CAS_PATH_BYTES - 1);
	return CAS_OK;
}

cas_status cas_network_text_parse(struct cas_network_text *out, const struct cas_yaml *doc,
	struct cas_err *err)
{
	memset(out, 0, sizeof *out);
	cas_status st = cas_schema_load(&network_schema, doc, NULL, 0, NULL, out, err);
	if (!st)
		st = place_weights(out, doc->name, err);
	if (!st)
		st = read_layers(out, doc, err);
	if (!st)
		st = check_whole(out, doc, err);
	out->layers = NULL; /* the document is the caller's */
	return st;
}
