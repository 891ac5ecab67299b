#include "cli/network_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/outfile.h"
#include "io/safetensors.h"
#include "io/schema.h"
#include "model/network_save.h"

#define WEIGHTS "weights.safetensors"
#define MAX_YAML_BYTES ((size_t)1 << 20)

enum { TENSOR_NAME_BYTES = CAS_NAME_BYTES + 24, TENSORS = (2 + CAS_CALIBRATED) * CAS_MAX_LAYERS };

struct tensors {
	size_t count;
	struct cas_st_tensor tensor[TENSORS];
	char name[TENSORS][TENSOR_NAME_BYTES];
};

static void add(struct tensors *list, const struct cas_layer *layer, const char *part,
	enum cas_dtype dtype, const void *data, int dims, const int shape[])
{
	struct cas_st_tensor *tensor = &list->tensor[list->count];

	snprintf(list->name[list->count], TENSOR_NAME_BYTES, "%s.%s", layer->name, part);
	*tensor = (struct cas_st_tensor){.name = list->name[list->count], .dtype = dtype, .dims = dims,
		.data = data};
	for (int i = 0; i < dims; i++)
		tensor->shape[i] = (uint64_t)shape[i];
	list->count++;
}

/* The native layouts of model/network.h. */
static void add_layer(struct tensors *list, const struct cas_layer *layer)
{
	const struct cas_shape *in = &layer->in, *out = &layer->out;
	const int fc[] = {in->h * in->w * in->c, out->c};
	const int capsules[] = {in->caps, in->dim, layer->channels, layer->dim};
	const int conv[] = {layer->k_h, layer->k_w, layer->kind == CAS_CONVCAPS3D ? in->dim : in->c, out->c};

	if (!cas_layer_has_weights(layer))
		return;
	if (layer->kind == CAS_FC)
		add(list, layer, "weight", CAS_DT_I8, layer->w8, 2, fc);
	else
		add(list, layer, "weight", CAS_DT_I8, layer->w8, 4,
			layer->kind == CAS_CLASSCAPS ? capsules : conv);
	if (layer->b32)
		add(list, layer, "bias", CAS_DT_I32, layer->b32, 1, &out->c);
	for (int g = 0; g < CAS_CALIBRATED; g++) {
		const int channels = cas_layer_calibrated(layer, g);

		if (layer->calibration[g])
			add(list, layer, cas_calibration_tensor(g), CAS_DT_I32, layer->calibration[g], 1, &channels);
	}
}

static cas_status write_weights(const struct cas_network *net, const char *folder, struct cas_err *err)
{
	char path[CAS_PATH_BYTES + 32];
	struct tensors *list;
	cas_status status = cas_mem_new((void **)&list, 1, sizeof *list, err);

	if (status)
		return status;
	for (int l = 0; l < net->layers; l++)
		add_layer(list, &net->layer[l]);
	snprintf(path, sizeof path, "%s/" WEIGHTS, folder);
	status = cas_safetensors_write(path, list->tensor, list->count, NULL, 0, err);
	free(list);
	return status;
}

cas_status cas_network_files_write(const struct cas_network *net, const char *folder,
	struct cas_err *err)
{
	char path[CAS_PATH_BYTES + 32];
	struct cas_buf text;
	cas_status status = cas_mkdirs(folder, err);

	if (status)
		return status;
	cas_buf_init(&text, MAX_YAML_BYTES);
	cas_network_write(net, WEIGHTS, &text);
	status = cas_buf_check(&text, err);
	if (!status)
		status = write_weights(net, folder, err);
	snprintf(path, sizeof path, "%s/network.yaml", folder);
	if (!status)
		status = cas_outfile_write(path, text.data, text.size_bytes, err);
	cas_buf_clear(&text);
	if (status)
		rmdir(folder); /* only an empty one goes */
	return status;
}
