/* What an evaluation reads: multipliers by operation group, images. */
#define _XOPEN_SOURCE 700 /* realpath */

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "model/dataset_load.h"
#include "model/digits.h"
#include "model/network_shape.h"
#include "study/eval.h"
#include "study/mul_mapping.h"

static const char *const routing_groups[CAS_GROUPS] = {
	[CAS_GROUP_VOTES] = "votes", [CAS_GROUP_SUM] = "sum", [CAS_GROUP_UPDATE] = "update",
	[CAS_GROUP_SQUASH] = "squash",
};

#define EXACT_SIGNED "EXACTS"

/* Of the yardstick's power and area; the ratios of the library's largest figures stay finite. */
#define LEAST_FIGURE 1e-9

/* Name the key before the message, and its place; `group`: NULL for multipliers.default. */
static void name_key(const struct cas_run_config *config, const char *group, struct cas_err *err)
{
	const struct cas_string_map *map = &config->multiplier_groups;
	const struct cas_place *at = &config->multiplier_at;

	for (int i = 0; group && i < map->count; i++)
		if (!strcmp(map->entry[i].key, group))
			at = &map->entry[i].at;
	cas_err_prepend(err, "multipliers.%s%s", group ? "groups." : "default", group ? group : "");
	if (at->line)
		cas_err_prepend(err, "%s:%d:%d", config->file, at->line, at->column);
}

static cas_status check_groups(const struct cas_run_config *config, const struct cas_network *net,
	struct cas_err *err)
{
	const struct cas_string_map *map = &config->multiplier_groups;
	cas_status status = CAS_OK;

	for (int i = 0; i < map->count && !status; i++) {
		int known = 0;

		for (int l = 0; l < net->layers; l++)
			for (int g = 0; g < CAS_GROUPS; g++)
				known |= cas_layer_has_group(&net->layer[l], (enum cas_group)g) &&
					!strcmp(map->entry[i].key, g ? routing_groups[g] : net->layer[l].name);
		if (known)
			continue;
		status = cas_err_set(err, CAS_INPUT, "network %s has no such operation group; expected a convolution's "
			"or fully connected layer's name, votes, sum, update or squash", net->name);
		name_key(config, map->entry[i].key, err);
	}
	return status;
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
	return cas_mul_library_load(lib, entry, out->mul[out->count++], err);
}

/* A table that the mapping cannot use is refused.  The squash unit squares magnitudes, which `signed` leaves
 * to multipliers of either kind. */
static cas_status check_fit(const struct cas_run_config *config, int squash, const struct cas_mul_entry *entry,
	struct cas_err *err)
{
	enum cas_mapping mapping = config->accel.numerics.mapping;
	int wants_signed = mapping == CAS_SIGNED;

	if (cas_mul_mapping_fits(mapping, entry->is_signed) || (squash && wants_signed))
		return CAS_OK;
	return cas_err_set(err, CAS_INPUT, "numerics.mapping: %s needs %s multipliers; %s is %s (exact: %s)",
		cas_mapping_name(mapping), wants_signed ? "signed" : "unsigned", entry->name,
		entry->is_signed ? "signed" : "unsigned", wants_signed ? EXACT_SIGNED : CAS_MUL_EXACT);
}

static cas_status choose(const struct cas_run_config *config, const struct cas_network *net,
	const struct cas_mul_library *lib, struct cas_eval_multipliers *out, struct cas_err *err)
{
	cas_status status = CAS_OK;

	for (int l = 0; l < net->layers; l++)
		for (int g = 0; g < CAS_GROUPS && !status; g++) {
			const char *group = g ? routing_groups[g] : net->layer[l].name, *name;
			int index = -1;

			if (cas_layer_has_group(&net->layer[l], (enum cas_group)g)) {
				name = cas_string_map_get(&config->multiplier_groups, group);
				group = name ? group : NULL;
				if (!name)
					name = g == CAS_GROUP_SQUASH ? CAS_MUL_EXACT : config->multiplier;
				status = find_or_load(lib, name, out, &index, err);
				if (!status)
					status = check_fit(config, g == CAS_GROUP_SQUASH, &out->entry[index], err);
				if (status == CAS_INPUT)
					name_key(config, group, err);
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
		status = cas_mul_library_find(&lib, CAS_MUL_EXACT, &exact, err);
	if (!status && (exact->power_mw < LEAST_FIGURE || exact->area_um2 < LEAST_FIGURE))
		status = cas_err_set(err, CAS_INPUT, "%s: " CAS_MUL_EXACT " has power %g mW and area %g um2, expected "
			"both above 0: the others' are taken relative to them", lib.folder, exact->power_mw,
			exact->area_um2);
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

static cas_status too_many(int count, const char *set, int train, int all, struct cas_err *err)
{
	return cas_err_set(err, CAS_INPUT, "%s: %d images asked for, but the %s set has %d", set, count,
		train ? "training" : "test", all);
}

static cas_status load_digits(const struct cas_run_config *config, int calibration, int count,
	const volatile sig_atomic_t *stop, struct cas_dataset *out, int *all, struct cas_err *err)
{
	int train = calibration || config->data_split == CAS_USE_TRAIN;

	*all = train ? CAS_DIGITS_TRAIN_IMAGES : CAS_DIGITS_TEST_IMAGES;
	if (count > *all)
		return too_many(count, "digits", train, *all, err);
	return cas_digits_make(train ? CAS_DIGITS_TRAIN_SEED : config->data_seed, 0, count ? count : *all,
		config->threads ? config->threads : cas_threads_available(), stop, out, err);
}

static struct cas_dataset_source source_of(const struct cas_run_config *config, int calibration)
{
	static const enum cas_dataset_kind kind[CAS_USE_SETS] = {
		[CAS_USE_MNIST] = CAS_DATA_MNIST, [CAS_USE_FASHION] = CAS_DATA_FASHION,
		[CAS_USE_CIFAR10] = CAS_DATA_CIFAR10, [CAS_USE_SVHN] = CAS_DATA_SVHN,
	};

	return (struct cas_dataset_source){
		.kind = kind[config->data_set],
		.split = calibration || config->data_split == CAS_USE_TRAIN ? CAS_SPLIT_TRAIN : CAS_SPLIT_TEST,
		.folder = config->data_path,
		.root = getenv("CAPSACC_DATA"),
	};
}

cas_status cas_eval_find_data(struct cas_run_config *config, struct cas_err *err)
{
	struct cas_dataset_source source = source_of(config, 0);
	char folder[PATH_MAX], real[PATH_MAX];
	cas_status status;

	if (config->data_set == CAS_USE_DIGITS || config->data_path[0])
		return CAS_OK;
	status = cas_dataset_find(&source, folder, sizeof folder, err);
	if (status)
		return status;
	if (!realpath(folder, real) || strlen(real) >= sizeof config->data_path)
		return cas_err_set(err, CAS_INPUT, "data.path: %.200s: not a path that can be used", folder);
	memcpy(config->data_path, real, strlen(real) + 1);
	return CAS_OK;
}

cas_status cas_eval_load_data(const struct cas_run_config *config, int calibration, int count,
	const volatile sig_atomic_t *stop, struct cas_dataset *out, int *all, struct cas_err *err)
{
	struct cas_dataset_source source = source_of(config, calibration);
	cas_status status;

	if (config->data_set == CAS_USE_DIGITS)
		return load_digits(config, calibration, count, stop, out, all, err);
	status = cas_dataset_load(&source, 0, 0, out, err);
	if (status)
		return status;
	*all = out->images;
	if (count > out->images) {
		cas_dataset_clear(out);
		return too_many(count, cas_dataset_kind_name(source.kind), source.split == CAS_SPLIT_TRAIN, *all, err);
	}
	out->images = count ? count : out->images;
	return CAS_OK;
}
