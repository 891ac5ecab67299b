#include "model/network.h"

#include <string.h>

#include "model/network_shape.h"

static const char *const kinds[CAS_LAYER_KINDS] = {"conv2d", "primarycaps", "classcaps", "fc",
	"convcaps3d", "add", "concat", "pool"};

const char *cas_layer_kind_name(enum cas_layer_kind kind)
{
	return kinds[kind];
}

const char *cas_layer_kind_words(void)
{
	return "conv2d, primarycaps, convcaps2d, convcaps3d, classcaps, fc, add, concat, pool";
}

int cas_layer_kind_parse(const char *word)
{
	for (int i = 0; i < CAS_LAYER_KINDS; i++)
		if (!strcmp(kinds[i], word))
			return i;
	return -1;
}

int cas_layer_convolves(const struct cas_layer *layer)
{
	return layer->kind == CAS_CONV2D || layer->kind == CAS_PRIMARYCAPS;
}

int cas_layer_routes(const struct cas_layer *layer)
{
	return layer->kind == CAS_CLASSCAPS || layer->kind == CAS_CONVCAPS3D;
}

int cas_layer_squashes(const struct cas_layer *layer)
{
	return layer->kind == CAS_PRIMARYCAPS || cas_layer_routes(layer);
}

int cas_layer_has_weights(const struct cas_layer *layer)
{
	return cas_layer_convolves(layer) || cas_layer_routes(layer) || layer->kind == CAS_FC;
}

int cas_layer_has_bias(const struct cas_layer *layer)
{
	return cas_layer_has_weights(layer) && !cas_layer_routes(layer) && !layer->no_bias;
}

int cas_layer_calibrated(const struct cas_layer *layer, int group)
{
	if (!cas_layer_has_group(layer, (enum cas_group)group))
		return 0;
	if (group == CAS_GROUP_UPDATE)
		return layer->routing.classes;
	return group == CAS_GROUP_LAYER ? layer->out.c : layer->routing.classes * layer->routing.dim;
}

const char *cas_calibration_tensor(int group)
{
	static const char *const names[CAS_CALIBRATED] = {[CAS_GROUP_LAYER] = "calibration",
		[CAS_GROUP_VOTES] = "votes_calibration", [CAS_GROUP_SUM] = "sum_calibration",
		[CAS_GROUP_UPDATE] = "update_calibration"};

	return names[group];
}

int cas_layer_inputs(const struct cas_layer *layer)
{
	return layer->kind == CAS_ADD || layer->kind == CAS_CONCAT ? 2 : 1;
}

int cas_layer_input(const struct cas_layer *layer, int operand)
{
	return operand ? layer->input2 : layer->input;
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
