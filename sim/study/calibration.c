#include "study/calibration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/threads.h"

/* Append to a fixed text; 0 if it does not fit. */
static int append(char *text, size_t room, const char *a, const char *b)
{
	size_t used = strlen(text);
	int length = snprintf(text + used, room - used, "%s%s", a, b);

	return length >= 0 && (size_t)length < room - used;
}

cas_status cas_calibration_describe(const struct cas_run_config *config, struct cas_calibration *out,
	struct cas_err *err)
{
	const struct cas_numerics *n = &config->accel.numerics;
	const struct cas_string_map *map = &config->multiplier_groups;
	char *text = out->multipliers, group[CAS_MAP_KEY_BYTES + 4];
	int fits;

	*out = (struct cas_calibration){.images = 0};
	snprintf(out->mapping, sizeof out->mapping, "%s%s%s", cas_mapping_name(n->mapping),
		n->swap_operands ? " swap" : "", n->zero_gating ? " gate" : "");
	fits = append(text, sizeof out->multipliers, config->multiplier, "");
	for (int i = 0; i < map->count && fits; i++) {
		snprintf(group, sizeof group, ",%s=", map->entry[i].key);
		fits = append(text, sizeof out->multipliers, group, map->entry[i].value);
	}
	if (!fits)
		return cas_err_set(err, CAS_INPUT, "the multipliers' names take more than %zu bytes, which a stored "
			"calibration has room for", sizeof out->multipliers - 1);
	return CAS_OK;
}

cas_status cas_calibration_check(const struct cas_run_config *config, const struct cas_network *net,
	struct cas_err *err)
{
	const struct cas_calibration *has = &net->calibration;
	struct cas_calibration is;
	cas_status status;

	if (!has->images || !config->stored_calibration)
		return CAS_OK;
	if (config->bias_calibration_images)
		return cas_err_set(err, CAS_INPUT, "network %s carries a bias calibration: expected "
			"numerics.bias_calibration: 0 or numerics.stored_calibration: false", net->name);
	status = cas_calibration_describe(config, &is, err);
	if (!status && (strcmp(is.mapping, has->mapping) || strcmp(is.multipliers, has->multipliers)))
		status = cas_err_set(err, CAS_INPUT, "network %s carries a bias calibration for multipliers %s, mapping "
			"%s, but the run has %s, %s: expected the same, or numerics.stored_calibration: false", net->name,
			has->multipliers, has->mapping, is.multipliers, is.mapping);
	return status;
}

static cas_status measure(const struct cas_run_config *config, const struct cas_tables *tables,
	const struct cas_dataset *set, struct cas_network *net, const struct cas_progress *progress,
	struct cas_err *err)
{
	struct cas_engine8_options options = {.numerics = config->accel.numerics, .rows = config->accel.rows,
		.isa = config->isa};
	struct cas_program program;
	struct cas_engine8 *engine = NULL;
	cas_status status = cas_program_lower(&program, net, &config->accel, err);

	if (status)
		return status;
	cas_eval_mark_patches(&program, options.patches);
	cas_program_clear(&program);
	status = cas_engine8_plan(&engine, net, tables, &options, err);
	if (!status)
		status = cas_engine8_calibrate_bias(engine, set->pixels, set->images,
			config->threads ? config->threads : cas_threads_available(), progress ? progress->stop : NULL, err);
	if (!status)
		status = cas_engine8_store_calibration(engine, net, err);
	cas_engine8_free(engine);
	return status;
}

cas_status cas_calibration_store(const struct cas_run_config *config, int images, struct cas_network *net,
	const struct cas_progress *progress, struct cas_err *err)
{
	struct cas_eval_multipliers *multipliers = NULL;
	struct cas_dataset set = {0};
	struct cas_tables tables;
	int all;
	cas_status status = cas_mem_new((void **)&multipliers, 1, sizeof *multipliers, err);

	if (!status)
		status = cas_eval_load_multipliers(config, net, multipliers, err);
	if (!status)
		status = cas_eval_load_data(config, 1, images, progress ? progress->stop : NULL, &set, &all, err);
	if (!status)
		status = cas_eval_fit_data(net, &set, err);
	if (!status) {
		cas_eval_tables(multipliers, &tables);
		status = measure(config, &tables, &set, net, progress, err);
	}
	if (!status)
		status = cas_calibration_describe(config, &net->calibration, err);
	net->calibration.images = status ? 0 : images;
	cas_dataset_clear(&set);
	if (multipliers)
		cas_eval_multipliers_clear(multipliers);
	free(multipliers);
	return status;
}
