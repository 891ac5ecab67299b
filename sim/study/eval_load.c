/* What an evaluation reads: multipliers by operation group, images. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/dataset_load.h"
#include "model/digits.h"
#include "study/eval.h"

static const char *const routing_groups[CAS_GROUPS] = {
	[CAS_GROUP_VOTES] = "votes", [CAS_GROUP_SUM] = "sum", [CAS_GROUP_UPDATE] = "update",
	[CAS_GROUP_SQUASH] = "squash",
};

/* The multiplier that is the yardstick of power and area, and the squash unit's unless named otherwise:
 * that unit stands beside the array and has multipliers of its own. */
#define EXACT "1JFF"

/* 1 if the layer multiplies in this group. */
static int has_group(const struct cas_layer *layer, int group)
{
	if (group == CAS_GROUP_LAYER)
		return layer->kind != CAS_CLASSCAPS;
	if (group == CAS_GROUP_SQUASH)
		return layer->kind == CAS_PRIMARYCAPS || layer->kind == CAS_CLASSCAPS;
	return layer->kind == CAS_CLASSCAPS;
}

static cas_status check_groups(const struct cas_run_config *config, const struct cas_network *net,
	struct cas_err *err)
{
	const struct cas_string_map *map = &config->multiplier_groups;

	for (int i = 0; i < map->count; i++) {
		int known = 0;

		for (int l = 0; l < net->layers; l++)
			for (int g = 0; g < CAS_GROUPS; g++)
				known |= has_group(&net->layer[l], g) &&
					!strcmp(map->entry[i].key, g ? routing_groups[g] : net->layer[l].name);
		if (!known)
			return cas_err_set(err, CAS_INPUT,
				"multipliers.groups.%s: network %s has no such operation group; expected a convolution's or fully connected layer's name, votes, sum, update or squash",
				map->entry[i].key, net->name);
	}
	return CAS_OK;
}

/* Index of the multiplier `name`, loaded if it is new. */
static cas_status find_or_load(const struct cas_mul_library *lib, const char *name,
	struct cas_eval_multipliers *out, int *index, struct cas_err *err)
{
	const struct cas_mul_entry *entry;
	cas_status status = cas_mul_library_find(lib, name, &entry, err);

	if (status)
		return status;
	for (*index = 0; *index < out->count; ++*index)
		if (!strcmp(out->entry[*index].name, entry->name))
			return CAS_OK;
	if (out->count == CAS_EVAL_MULTIPLIERS)
		return cas_err_set(err, CAS_INPUT, "multipliers.groups: more than %d different multipliers",
			CAS_EVAL_MULTIPLIERS);
	status = cas_mem_new((void **)&out->mul[out->count], 1, sizeof *out->mul[0], err);
	if (status)
		return status;
	out->entry[out->count] = *entry;
	out->power_unknown += entry->power_mw < 0;
	return cas_mul_library_load(lib, entry, out->mul[out->count++], err);
}

static cas_status choose(const struct cas_run_config *config, const struct cas_network *net,
	const struct cas_mul_library *lib, struct cas_eval_multipliers *out, struct cas_err *err)
{
	cas_status status = CAS_OK;

	for (int l = 0; l < net->layers; l++)
		for (int g = 0; g < CAS_GROUPS && !status; g++) {
			const char *name;
			int index = -1;

			if (has_group(&net->layer[l], g)) {
				name = cas_string_map_get(&config->multiplier_groups,
					g ? routing_groups[g] : net->layer[l].name);
				if (!name)
					name = g == CAS_GROUP_SQUASH ? EXACT : config->multiplier;
				status = find_or_load(lib, name, out, &index, err);
			}
			out->used[l][g] = (int8_t)index;
		}
	return status;
}

cas_status cas_eval_load_multipliers(const struct cas_run_config *config,
	const struct cas_network *net, struct cas_eval_multipliers *out, struct cas_err *err)
{
	struct cas_mul_library lib = {0};
	const struct cas_mul_entry *exact;
	cas_status status = check_groups(config, net, err);

	if (!status)
		status = cas_mul_library_open_folder(config->multiplier_library, &lib, err);
	if (!status)
		status = cas_mul_library_find(&lib, EXACT, &exact, err);
	if (!status) {
		out->exact_power_mw = exact->power_mw;
		out->exact_area_um2 = exact->area_um2;
		status = choose(config, net, &lib, out, err);
	}
	cas_mul_library_close(&lib);
	return status;
}

void cas_eval_tables(const struct cas_eval_multipliers *multipliers, struct cas_tables *out)
{
	for (int l = 0; l < CAS_MAX_LAYERS; l++)
		for (int g = 0; g < CAS_GROUPS; g++) {
			int index = multipliers->used[l][g];

			out->table[l][g] = multipliers->count && index >= 0 ? multipliers->mul[index]->product : NULL;
		}
}

static cas_status load_digits(const struct cas_run_config *config, int calibration, int count,
	struct cas_dataset *out, int *all, struct cas_err *err)
{
	int train = calibration || config->data_split == CAS_USE_TRAIN;

	*all = train ? CAS_DIGITS_TRAIN_IMAGES : CAS_DIGITS_TEST_IMAGES;
	return cas_digits_make(train ? CAS_DIGITS_TRAIN_SEED : config->data_seed, 0, count ? count : *all, out,
		err);
}

cas_status cas_eval_load_data(const struct cas_run_config *config, int calibration, int count,
	struct cas_dataset *out, int *all, struct cas_err *err)
{
	static const enum cas_dataset_kind kind[CAS_USE_SETS] = {
		[CAS_USE_MNIST] = CAS_DATA_MNIST, [CAS_USE_FASHION] = CAS_DATA_FASHION,
		[CAS_USE_CIFAR10] = CAS_DATA_CIFAR10,
	};
	struct cas_dataset_source source = {
		.kind = kind[config->data_set],
		.split = calibration || config->data_split == CAS_USE_TRAIN ? CAS_SPLIT_TRAIN : CAS_SPLIT_TEST,
		.folder = config->data_path,
		.root = getenv("CAPSACC_DATA"),
	};
	cas_status status;

	if (config->data_set == CAS_USE_DIGITS)
		return load_digits(config, calibration, count, out, all, err);
	status = cas_dataset_load(&source, 0, 0, out, err);
	if (status)
		return status;
	*all = out->images;
	if (count > out->images) {
		cas_dataset_clear(out);
		return cas_err_set(err, CAS_INPUT, "run.images: %d asked for, but data set %s has %d", count,
			cas_dataset_kind_name(source.kind), *all);
	}
	out->images = count ? count : out->images;
	return CAS_OK;
}
