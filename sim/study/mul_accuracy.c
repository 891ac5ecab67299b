#include "study/mul_accuracy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/network_load.h"
#include "study/mul_fingerprint.h"
#include "study/mul_mapping.h"

/* What stays the same over all runs. */
struct sweep {
	struct cas_run_config config;
	struct cas_network net;
	struct cas_dataset set;
	struct cas_mul_library lib;
	const struct cas_mul_accuracy_request *request;
	const struct cas_progress *progress;
	struct cas_progress within; /* of one run, which reports images of the whole sweep */
	size_t runs, runs_done;
	uint8_t wanted[CAS_MUL_LIBRARY_MAX][CAS_MAPPINGS]; /* by row of the table */
};

/* The bar of one run becomes that of the sweep, so that the time left is the sweep's. */
static void report_progress(void *ctx, const char *stage, size_t done, size_t total)
{
	struct sweep *s = ctx;

	(void)stage;
	if (s->progress && s->progress->fn)
		s->progress->fn(s->progress->ctx, "mul accuracy", s->runs_done * total + done,
			s->runs * total);
}

/* Whatever the groups say of the squash unit: its multiplier is the one that is swept. */
static void set_squash(struct cas_string_map *map, const char *name)
{
	int i = 0;

	while (i < map->count && strcmp(map->entry[i].key, "squash"))
		i++;
	if (i == CAS_MAP_ENTRIES)
		return; /* that many groups no network has: refused when they are looked at */
	if (i == map->count)
		snprintf(map->entry[map->count++].key, sizeof map->entry[i].key, "squash");
	snprintf(map->entry[i].value, sizeof map->entry[i].value, "%s", name);
}

static cas_status run_one(struct sweep *s, const char *name, int mapping, int *correct,
	struct cas_err *err)
{
	struct cas_eval_multipliers multipliers = {0};
	struct cas_eval_accuracy accuracy = {0};
	struct cas_program program = {0};
	cas_status status;

	s->config.accel.numerics.mapping = (enum cas_mapping)mapping;
	snprintf(s->config.multiplier, sizeof s->config.multiplier, "%s", name);
	if (s->request->squash)
		set_squash(&s->config.multiplier_groups, name);
	status = cas_eval_load_multipliers(&s->config, &s->net, &multipliers, err);
	if (!status)
		status = cas_program_lower(&program, &s->net, &s->config.accel, err);
	if (!status)
		status = cas_eval_accuracy(&s->config, &s->net, &multipliers, &program, &s->set, &s->within,
			&accuracy, err);
	if (!status)
		*correct = accuracy.correct8;
	cas_eval_accuracy_clear(&accuracy);
	cas_program_clear(&program);
	cas_eval_multipliers_clear(&multipliers);
	return status;
}

/* The row of a multiplier, made if there is none: its index. */
static cas_status row_of(struct cas_mul_accuracy *table, const struct cas_mul_entry *entry, int *index,
	struct cas_err *err)
{
	struct cas_mul_accuracy_row fresh = {.power_mw = entry->power_mw};

	memcpy(fresh.name, entry->name, sizeof fresh.name);
	snprintf(fresh.table, sizeof fresh.table, "%.16s", entry->sha256);
	for (int m = 0; m < CAS_MAPPINGS; m++)
		fresh.correct[m] = -1;
	for (*index = 0; *index < table->count; ++*index) {
		struct cas_mul_accuracy_row *row = &table->row[*index];

		if (strcmp(row->name, fresh.name))
			continue;
		if (strcmp(row->table, fresh.table))
			return cas_err_set(err, CAS_INPUT, "the results so far of %s are of another table (%s, now %s)",
				fresh.name, row->table, fresh.table);
		row->power_mw = fresh.power_mw;
		return CAS_OK;
	}
	if (table->count == CAS_MUL_LIBRARY_MAX)
		return cas_err_set(err, CAS_INPUT, "more than %d multipliers in one table", CAS_MUL_LIBRARY_MAX);
	table->row[table->count++] = fresh;
	return CAS_OK;
}

/* A multiplier is wanted in those mappings asked for that its table fits. */
static void want(struct sweep *s, int row, const struct cas_mul_entry *entry)
{
	for (int m = 0; m < CAS_MAPPINGS; m++)
		s->wanted[row][m] = s->request->mapping[m] && cas_mul_mapping_fits((enum cas_mapping)m, entry->is_signed);
}

/* Runs still to be made. */
static cas_status count_runs(struct sweep *s, const struct cas_mul_accuracy *table, struct cas_err *err)
{
	int wanted = 0;

	for (int i = 0; i < table->count; i++)
		for (int m = 0; m < CAS_MAPPINGS; m++) {
			wanted |= s->wanted[i][m];
			s->runs += s->wanted[i][m] && table->row[i].correct[m] < 0;
		}
	return wanted ? CAS_OK : cas_err_set(err, CAS_INPUT, "none of these multipliers fits a mapping asked for: "
		"signed ones run in the mapping signed, all others in the other three");
}

/* Rows of what is asked for. */
static cas_status choose(struct sweep *s, struct cas_mul_accuracy *table, struct cas_err *err)
{
	const char *at = s->request->names;
	const struct cas_mul_entry *entry;

	for (int i = 0; (at && *at) || (!at && i < s->lib.count); i++) {
		char name[CAS_MUL8U_NAME];
		cas_status status;
		int row;

		if (at) {
			size_t length = strcspn(at, ",");

			snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name), at);
			status = cas_mul_library_find(&s->lib, name, &entry, err);
			if (status)
				return status;
			at += length + (at[length] == ',');
		} else {
			entry = &s->lib.entries[i];
			if (!s->request->all && strncmp(entry->source, "EvoApprox8B", 11))
				continue;
		}
		status = row_of(table, entry, &row, err);
		if (status)
			return status;
		want(s, row, entry);
	}
	return count_runs(s, table, err);
}

static cas_status run_all(struct sweep *s, struct cas_mul_accuracy *table, struct cas_err *err)
{
	cas_status status = choose(s, table, err);

	s->within = (struct cas_progress){.fn = report_progress, .ctx = s,
		.stop = s->progress ? s->progress->stop : NULL};
	for (int i = 0; i < table->count && !status; i++)
		for (int m = 0; m < CAS_MAPPINGS && !status; m++) {
			if (!s->wanted[i][m] || table->row[i].correct[m] >= 0)
				continue;
			status = run_one(s, table->row[i].name, m, &table->row[i].correct[m], err);
			s->runs_done++;
			if (!status && s->request->done)
				status = s->request->done(s->request->ctx, table, err);
		}
	return status;
}

/* Names go into a CSV. */
static void without_commas(char *name)
{
	for (; *name; name++)
		if (*name == ',' || *name == '\n')
			*name = ' ';
}

static cas_status fingerprint(const struct sweep *s, char out[CAS_MUL_SETTINGS], struct cas_err *err)
{
	const int images = s->config.bias_calibration_images;
	struct cas_dataset calibration = {0};
	cas_status status = CAS_OK;
	int all;

	if (images)
		status = cas_eval_load_data(&s->config, 1, images, s->progress ? s->progress->stop : NULL, &calibration,
			&all, err);
	if (!status)
		status = cas_mul_fingerprint(&s->config, &s->net, &s->set, images ? &calibration : NULL, &s->lib,
			s->request->squash, out, err);
	cas_dataset_clear(&calibration);
	return status;
}

/* Name a new table; hold an old one to what is run now. */
static cas_status identify(const struct sweep *s, struct cas_mul_accuracy *table, struct cas_err *err)
{
	char settings[CAS_MUL_SETTINGS];
	cas_status status = fingerprint(s, settings, err);

	if (status)
		return status;
	if (!table->count) {
		table->images = s->set.images;
		memcpy(table->network, s->net.name, sizeof table->network);
		memcpy(table->dataset, s->set.name, sizeof table->dataset);
		memcpy(table->settings, settings, sizeof settings);
		return CAS_OK;
	}
	if (strcmp(table->network, s->net.name) || strcmp(table->dataset, s->set.name))
		return cas_err_set(err, CAS_INPUT, "the results so far are of %s on %s, not of %s on %s",
			table->network, table->dataset, s->net.name, s->set.name);
	if (table->images != s->set.images)
		return cas_err_set(err, CAS_INPUT, "the results so far are of %d images, not of %d",
			table->images, s->set.images);
	if (strcmp(table->settings, settings))
		return cas_err_set(err, CAS_INPUT,
			"the results so far were made with other settings or weights (%s, now %s)", table->settings,
			settings);
	return CAS_OK;
}

cas_status cas_mul_accuracy_run(const struct cas_run_config *config,
	const struct cas_mul_accuracy_request *request, const struct cas_progress *progress,
	struct cas_mul_accuracy *table, struct cas_err *err)
{
	struct sweep *s;
	cas_status status = cas_mem_new((void **)&s, 1, sizeof *s, err);
	int all;

	if (status)
		return status;
	s->config = *config;
	s->config.compare_uncalibrated = s->config.stored_calibration = 0; /* one carried is for one multiplier */
	s->config.float_reference = 0;
	s->request = request;
	s->progress = progress;
	status = cas_network_load(&s->net, config->network_path, CAS_NETWORK_WEIGHTS, err);
	if (!status)
		status = cas_eval_load_data(config, 0, config->images, progress ? progress->stop : NULL, &s->set, &all,
			err);
	if (!status)
		status = cas_eval_fit_data(&s->net, &s->set, err);
	if (!status)
		status = cas_mul_library_open_folder(config->multiplier_library, &s->lib, err);
	without_commas(s->net.name);
	if (!status) {
		without_commas(s->set.name);
		status = identify(s, table, err);
	}
	if (!status)
		status = run_all(s, table, err);
	cas_mul_library_close(&s->lib);
	cas_dataset_clear(&s->set);
	cas_network_clear(&s->net);
	free(s);
	return status;
}

static int row_before(const struct cas_mul_accuracy_row *a, const struct cas_mul_accuracy_row *b)
{
	if ((a->power_mw < 0) != (b->power_mw < 0))
		return b->power_mw < 0;
	if (a->power_mw < b->power_mw || b->power_mw < a->power_mw)
		return a->power_mw < b->power_mw;
	return strcmp(a->name, b->name) < 0;
}

void cas_mul_accuracy_sort(struct cas_mul_accuracy *table)
{
	for (int i = 1, j; i < table->count; i++) {
		struct cas_mul_accuracy_row row = table->row[i];

		for (j = i; j > 0 && row_before(&row, &table->row[j - 1]); j--)
			table->row[j] = table->row[j - 1];
		table->row[j] = row;
	}
}

int cas_mul_accuracy_on_front(const struct cas_mul_accuracy *table, int row, int mapping)
{
	double power = table->row[row].power_mw;
	int correct = table->row[row].correct[mapping];

	if (power < 0 || correct < 0)
		return 0;
	for (int i = 0; i < table->count; i++) {
		double p = table->row[i].power_mw;
		int c = table->row[i].correct[mapping];

		if (p >= 0 && c >= 0 && p <= power && c >= correct && (p < power || c > correct))
			return 0;
	}
	return 1;
}

double cas_mul_accuracy_error(int correct, int images)
{
	double p = images > 0 ? (double)correct / images : 0;

	return images > 0 ? sqrt(p * (1 - p) / images) : 0;
}
