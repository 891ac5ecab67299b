#include "study/mul_accuracy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/network_load.h"

/* What stays the same over all runs. */
struct sweep {
	struct cas_run_config config;
	struct cas_network net;
	struct cas_dataset set;
	const struct cas_progress *progress;
};

static cas_status run_one(struct sweep *s, const char *name, int mapping, int *correct,
	struct cas_err *err)
{
	struct cas_eval_multipliers multipliers = {0};
	struct cas_eval_accuracy accuracy = {0};
	struct cas_program program = {0};
	cas_status status;

	s->config.accel.numerics.mapping = (enum cas_mapping)mapping;
	snprintf(s->config.multiplier, sizeof s->config.multiplier, "%s", name);
	status = cas_eval_load_multipliers(&s->config, &s->net, &multipliers, err);
	if (!status)
		status = cas_program_lower(&program, &s->net, &s->config.accel, err);
	if (!status)
		status = cas_eval_accuracy(&s->config, &s->net, &multipliers, &program, &s->set, s->progress,
			&accuracy, err);
	*correct = accuracy.correct8;
	free(accuracy.answer8);
	free(accuracy.answerf);
	cas_program_clear(&program);
	for (int i = 0; i < multipliers.count; i++)
		free(multipliers.mul[i]);
	return status;
}

static cas_status run_all(struct sweep *s, const struct cas_mul_library *lib,
	const int mappings[CAS_MAPPINGS], const char *only, struct cas_mul_accuracy *out,
	struct cas_err *err)
{
	cas_status status = CAS_OK;

	for (int i = 0; i < lib->count && !status; i++) {
		struct cas_mul_accuracy_row *row = &out->row[out->count];

		if (only && strcmp(only, lib->entries[i].name))
			continue;
		row->entry = lib->entries[i];
		for (int m = 0; m < CAS_MAPPINGS && !status; m++) {
			row->correct[m] = -1;
			if (mappings[m])
				status = run_one(s, row->entry.name, m, &row->correct[m], err);
		}
		out->count++;
	}
	return status;
}

cas_status cas_mul_accuracy_run(const struct cas_run_config *config, const int mappings[CAS_MAPPINGS],
	const char *only, const struct cas_progress *progress, struct cas_mul_accuracy *out,
	struct cas_err *err)
{
	struct sweep s = {.config = *config, .progress = progress};
	struct cas_mul_library lib = {0};
	const struct cas_mul_entry *entry = NULL;
	cas_status status;
	int all;

	*out = (struct cas_mul_accuracy){0};
	s.config.float_reference = 0;
	status = cas_network_load(&s.net, config->network_path, CAS_NETWORK_WEIGHTS, err);
	if (!status)
		status = cas_eval_load_data(config, 0, config->images, &s.set, &all, err);
	if (!status)
		status = cas_mul_library_open_folder(config->multiplier_library, &lib, err);
	if (!status && only)
		status = cas_mul_library_find(&lib, only, &entry, err);
	if (!status)
		status = cas_mem_new((void **)&out->row, (size_t)lib.count, sizeof *out->row, err);
	if (!status) {
		out->images = s.set.images;
		memcpy(out->network, s.net.name, sizeof out->network);
		memcpy(out->dataset, s.set.name, sizeof out->dataset);
		status = run_all(&s, &lib, mappings, entry ? entry->name : NULL, out, err);
	}
	cas_mul_library_close(&lib);
	cas_dataset_clear(&s.set);
	cas_network_clear(&s.net);
	return status;
}

void cas_mul_accuracy_clear(struct cas_mul_accuracy *out)
{
	free(out->row);
	*out = (struct cas_mul_accuracy){0};
}
