#include "model/network_text.h"

#include <stdio.h>
#include <string.h>

/* An output capsule's element as every layer gives it: Q0.7 (docs/numerics.md). */
#define CAPSULE_SCALE 0x1p-7

static const char *const formats[] = {"float32", "int8", NULL};
static const char *const orders[] = {"by_format", "type_y_x", "y_x_type", NULL};
static const char *const signs[] = {"u8", "s8", NULL};
static const char *const kinds[] = {"conv2d", "primarycaps", "classcaps", "fc", NULL};
static const char *const capsule_signs[] = {"s8", NULL};

/* A layer as the file words it. */
struct layer_text {
	struct cas_layer layer;
	char input[CAS_NAME_BYTES]; /* a layer's name, "input", or empty: the layer before */
	int capsule_sign;           /* index into capsule_signs */
};

#define NET(member) offsetof(struct cas_network_text, member), \
	sizeof ((struct cas_network_text *)0)->member
#define LAYER(member) offsetof(struct layer_text, layer.member), \
	sizeof ((struct layer_text *)0)->layer.member

static const struct cas_key network_keys[] = {
	{"name", CAS_KEY_STRING, NET(net.name), 0, 0, "", NULL, NULL, "the network's name"},
	{"format", CAS_KEY_CHOICE, NET(net.quantized), 0, 0, "", "float32", formats, "type of the weights"},
	{"weights", CAS_KEY_STRING, NET(weights), 0, 0, "", "weights.safetensors", NULL, "weights file"},
	{"capsule_order", CAS_KEY_CHOICE, NET(order), 0, 0, "", "by_format", orders, "order of capsules"},
	{"classes", CAS_KEY_INT, NET(net.classes), 1, CAS_MAX_CHANNELS, "classes", NULL, NULL, "classes"},
	{"float_accuracy", CAS_KEY_DOUBLE, NET(net.float_accuracy), -1, 1, "", "-1", NULL, "accuracy"},
	{"provenance", CAS_KEY_STRING, NET(net.provenance), 0, 0, "", "", NULL, "where it comes from"},
	{"input.h", CAS_KEY_INT, NET(net.input.h), 1, CAS_MAX_SIDE, "rows", NULL, NULL, "height"},
	{"input.w", CAS_KEY_INT, NET(net.input.w), 1, CAS_MAX_SIDE, "columns", NULL, NULL, "width"},
	{"input.c", CAS_KEY_INT, NET(net.input.c), 1, CAS_MAX_CHANNELS, "channels", NULL, NULL, "channels"},
	{"input.sign", CAS_KEY_CHOICE, NET(net.input_format.sign), 0, 0, "", "u8", signs, "codes"},
	{"input.scale", CAS_KEY_DOUBLE, NET(net.input_format.scale), 1e-30, 1e30, "",
		"0.00392156862745098", NULL, "real = code * scale; 1/255"},
	{"layers", CAS_KEY_LIST, NET(layers), 0, 0, "", NULL, NULL, "layers in order"},
};

#define SCALE(path, member) \
	{path, CAS_KEY_DOUBLE, LAYER(member), 0, 1e30, "", "0", NULL, "real = code * scale"}
#define COMMON \
	{"name", CAS_KEY_STRING, LAYER(name), 0, 0, "", NULL, NULL, "the layer's name"}, \
	{"kind", CAS_KEY_CHOICE, LAYER(kind), 0, 0, "", NULL, kinds, "the layer's kind"}, \
	{"input", CAS_KEY_STRING, offsetof(struct layer_text, input), CAS_NAME_BYTES, 0, 0, "", "", NULL, \
		"the producing layer"}, \
	SCALE("weight_scale", weight_scale)
#define COUNT(path, member) \
	{path, CAS_KEY_INT, LAYER(member), 1, CAS_MAX_CHANNELS, "", NULL, NULL, path}
#define KERNEL \
	{"kernel", CAS_KEY_PAIR, offsetof(struct layer_text, layer.k_h), 2 * sizeof(int), 1, \
		CAS_MAX_SIDE, "", NULL, NULL, "kernel"}, \
	{"stride", CAS_KEY_INT, LAYER(stride), 1, CAS_MAX_SIDE, "", "1", NULL, "stride"}, \
	{"padding", CAS_KEY_INT, LAYER(pad), 0, CAS_MAX_SIDE, "", "0", NULL, "zeros on all four sides"}
#define MAP_RESULT \
	{"relu", CAS_KEY_BOOL, LAYER(relu), 0, 0, "", "false", NULL, "ReLU at its output"}, \
	{"result.sign", CAS_KEY_CHOICE, LAYER(result.sign), 0, 0, "", "u8", signs, "codes"}, \
	SCALE("result.scale", result.scale)
#define CAPSULE_RESULT \
	{"result.sign", CAS_KEY_CHOICE, offsetof(struct layer_text, capsule_sign), sizeof(int), 0, 0, "", \
		"s8", capsule_signs, "codes"}, \
	SCALE("result.scale", result.scale)

static const struct cas_key conv2d_keys[] = {COMMON, COUNT("channels", channels), KERNEL, MAP_RESULT};
static const struct cas_key primarycaps_keys[] = {COMMON, COUNT("types", types), COUNT("dim", dim),
	KERNEL, SCALE("pre_scale", pre.scale), CAPSULE_RESULT};
static const struct cas_key classcaps_keys[] = {COMMON, COUNT("channels", channels), COUNT("dim", dim),
	{"iterations", CAS_KEY_INT, LAYER(iters), 1, CAS_MAX_ITERS, "iterations", "3", NULL, "routing"},
	SCALE("votes_scale", votes.scale), SCALE("pre_scale", pre.scale),
	SCALE("logit_scale", logit_scale), CAPSULE_RESULT};
static const struct cas_key fc_keys[] = {COMMON, COUNT("channels", channels), MAP_RESULT};

#define TABLE(keys) {keys, sizeof keys / sizeof keys[0]}
static const struct cas_schema network_schema = TABLE(network_keys);
static const struct cas_schema layer_schema[CAS_LAYER_KINDS] = {TABLE(conv2d_keys),
	TABLE(primarycaps_keys), TABLE(classcaps_keys), TABLE(fc_keys)};

/* Place of one layer for messages. */
struct place {
	const struct cas_yaml *doc;
	const struct cas_yaml_node *node;
	char prefix[32]; /* "layers[3]" */
};

/* The kind decides which table reads the rest, so it is looked at first. */
static cas_status read_kind(const struct place *at, enum cas_layer_kind *kind, struct cas_err *err)
{
	char shown[CAS_SHOWN_BYTES];
	const struct cas_yaml_node *node = cas_yaml_get(at->node, "kind");
	if (at->node->kind != CAS_YAML_MAP)
		return cas_yaml_complain(at->doc, at->node, err, "%s: not a mapping, expected a layer",
			at->prefix);
	if (!node)
		return cas_yaml_complain(at->doc, at->node, err, "%s.kind: missing, expected one of "
			"conv2d, primarycaps, classcaps, fc", at->prefix);
	int word = node->text ? cas_layer_kind_parse(node->text) : -1;
	if (word < 0)
		return cas_yaml_complain(at->doc, node, err, "%s.kind: \"%s\" is none of conv2d, primarycaps, "
			"classcaps, fc", at->prefix, node->text ? cas_yaml_shown(shown, node->text) : "(a list)");
	*kind = (enum cas_layer_kind)word;
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

static cas_status find_input(const struct cas_network *net, const struct place *at,
	struct layer_text *text, struct cas_err *err)
{
	char shown[CAS_SHOWN_BYTES];
	text->layer.input = net->layers - 1;
	if (!text->input[0])
		return CAS_OK;
	text->layer.input = -1;
	if (!strcmp(text->input, "input"))
		return CAS_OK;
	for (int i = 0; i < net->layers; i++)
		if (!strcmp(text->input, net->layer[i].name)) {
			text->layer.input = i;
			return CAS_OK;
		}
	return cas_yaml_complain(at->doc, at->node, err, "%s.input: no earlier layer is named \"%s\"",
		at->prefix, cas_yaml_shown(shown, text->input));
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
	int caps = layer->kind == CAS_PRIMARYCAPS || layer->kind == CAS_CLASSCAPS;
	cas_status st = check_scale(at, quantized, "weight_scale", layer->weight_scale, err);
	if (!st)
		st = check_scale(at, quantized, "result.scale", layer->result.scale, err);
	if (!st && caps)
		st = check_scale(at, quantized, "pre_scale", layer->pre.scale, err);
	if (!st && layer->kind == CAS_CLASSCAPS)
		st = check_scale(at, quantized, "votes_scale", layer->votes.scale, err);
	if (!st && layer->kind == CAS_CLASSCAPS)
		st = check_scale(at, quantized, "logit_scale", layer->logit_scale, err);
	if (st || !quantized)
		return st;
	if (caps && layer->result.scale != CAPSULE_SCALE)
		return cas_yaml_complain(at->doc, at->node, err, "%s.result.scale: %g, expected %g: capsules "
			"are Q0.7", at->prefix, layer->result.scale, CAPSULE_SCALE);
	if (!caps && !layer->relu && layer->result.sign == CAS_U8)
		return cas_yaml_complain(at->doc, at->node, err, "%s.result.sign: u8, expected s8 for a layer "
			"without ReLU", at->prefix);
	return CAS_OK;
}

/* Signs that no file may choose. */
static void set_signs(int quantized, struct layer_text *text)
{
	struct cas_layer *layer = &text->layer;
	int caps = layer->kind == CAS_PRIMARYCAPS || layer->kind == CAS_CLASSCAPS;
	if (!quantized) {
		layer->result.sign = CAS_U8;
	} else if (caps) {
		layer->result.sign = layer->pre.sign = CAS_S8;
		layer->votes.sign = layer->kind == CAS_CLASSCAPS ? CAS_S8 : CAS_U8;
	}
}

static cas_status read_layer(struct cas_network *net, const struct place *at, struct cas_err *err)
{
	struct layer_text text = {0};
	enum cas_layer_kind kind = CAS_CONV2D;
	cas_status st = read_kind(at, &kind, err);
	if (!st)
		st = cas_schema_load_node(&layer_schema[kind], at->doc, at->node, at->prefix, NULL, &text, err);
	if (!st)
		st = check_name(net, at, text.layer.name, err);
	if (!st)
		st = find_input(net, at, &text, err);
	if (!st)
		st = check_scales(at, net->quantized, &text.layer, err);
	if (st)
		return st;
	set_signs(net->quantized, &text);
	net->layer[net->layers++] = text.layer;
	return CAS_OK;
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
	if (net->quantized && out->order == CAS_ORDER_TYPE_Y_X)
		return cas_err_set(err, CAS_INPUT, "%s: capsule_order: type_y_x, expected y_x_type for format "
			"int8", doc->name);
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
