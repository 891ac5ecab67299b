/* The accuracy table as CSV: written after every run of a sweep, and read when it goes on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/outfile.h"
#include "study/mul_accuracy.h"

enum { FILE_BYTES = 4 << 20, FIELDS = 11 };

#define HEADING \
	"network,dataset,images,settings,multiplier,table,power_mw,mapping,correct,accuracy,standard_error"

void cas_mul_accuracy_csv(const struct cas_mul_accuracy *table, struct cas_buf *buf)
{
	cas_buf_printf(buf, HEADING "\n");
	for (int i = 0; i < table->count; i++)
		for (int m = 0; m < CAS_MAPPINGS; m++) {
			const struct cas_mul_accuracy_row *row = &table->row[i];

			if (row->correct[m] < 0)
				continue;
			cas_buf_printf(buf, "%s,%s,%d,%s,%s,%s,", table->network, table->dataset, table->images,
				table->settings, row->name, row->table);
			if (row->power_mw >= 0)
				cas_buf_printf(buf, "%.10g", row->power_mw);
			cas_buf_printf(buf, ",%s,%d,%.6f,%.6f\n", cas_mapping_name((enum cas_mapping)m),
				row->correct[m], (double)row->correct[m] / table->images,
				cas_mul_accuracy_error(row->correct[m], table->images));
		}
}

/* Cut `line` at its commas; returns the number of fields. */
static int split(char *line, char *field[FIELDS])
{
	int count = 0;

	for (;;) {
		char *comma = strchr(line, ',');

		if (count < FIELDS)
			field[count] = line;
		count++;
		if (!comma)
			return count;
		*comma = 0;
		line = comma + 1;
	}
}

/* A whole number 0..most, or -1. */
static int parse_count(const char *text, int most)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	return *text < '0' || *text > '9' || *end || errno || value > most ? -1 : (int)value;
}

/* Power as written: empty is unknown. */
static int parse_power(const char *text, double *out)
{
	char *end;

	*out = -1;
	if (!*text)
		return 1;
	*out = strtod(text, &end);
	return !*end && *out >= 0 && *out < 1e9;
}

static int parse_mapping(const char *text)
{
	for (int m = 0; m < CAS_MAPPINGS; m++)
		if (!strcmp(text, cas_mapping_name((enum cas_mapping)m)))
			return m;
	return -1;
}

static int copy(char *out, size_t room, const char *text)
{
	size_t length = strlen(text);

	if (!length || length >= room)
		return 0;
	memcpy(out, text, length + 1);
	return 1;
}

/* The first line names the run that all others must be of. */
static const char *take_run(char *const field[FIELDS], struct cas_mul_accuracy *table)
{
	if (!table->count) {
		table->images = parse_count(field[2], 10000000);
		if (table->images < 1 || !copy(table->network, sizeof table->network, field[0]) ||
		    !copy(table->dataset, sizeof table->dataset, field[1]) ||
		    !copy(table->settings, sizeof table->settings, field[3]))
			return "no network, data set, number of images and settings";
		return NULL;
	}
	return strcmp(table->network, field[0]) || strcmp(table->dataset, field[1]) ||
		table->images != parse_count(field[2], 10000000) || strcmp(table->settings, field[3]) ?
		"of another network, data set, number of images or other settings than the lines above" : NULL;
}

/* What is wrong with a line, or NULL. */
static const char *take_line(char *line, struct cas_mul_accuracy *table)
{
	struct cas_mul_accuracy_row *row = NULL, fresh = {0};
	char *field[FIELDS];
	const char *wrong = split(line, field) == FIELDS ? take_run(field, table) : "not 11 fields";
	int mapping, correct;

	if (wrong)
		return wrong;
	if (!copy(fresh.name, sizeof fresh.name, field[4]) || !copy(fresh.table, sizeof fresh.table, field[5]) ||
	    !parse_power(field[6], &fresh.power_mw))
		return "no multiplier, table and power";
	mapping = parse_mapping(field[7]);
	if (mapping < 0)
		return "no such mapping";
	correct = parse_count(field[8], table->images);
	if (correct < 0)
		return "not as many right answers as there can be";
	for (int i = 0; i < table->count && !row; i++)
		if (!strcmp(table->row[i].name, fresh.name))
			row = &table->row[i];
	if (!row && table->count == CAS_MUL_LIBRARY_MAX)
		return "too many multipliers";
	if (!row) {
		row = &table->row[table->count++];
		for (int m = 0; m < CAS_MAPPINGS; m++)
			fresh.correct[m] = -1;
		*row = fresh;
	}
	if (strcmp(row->table, fresh.table))
		return "of another table than a line above of this multiplier";
	if (row->correct[mapping] >= 0)
		return "a multiplier and mapping that an earlier line has";
	row->correct[mapping] = correct;
	return NULL;
}

cas_status cas_mul_accuracy_read(const char *path, struct cas_mul_accuracy *table,
	struct cas_err *err)
{
	char *text, *line, *end;
	size_t size_bytes;
	int number = 1;
	cas_status status = cas_file_read(path, FILE_BYTES, &text, &size_bytes, err);

	memset(table, 0, sizeof *table);
	if (status)
		return status;
	if (strncmp(text, HEADING "\n", sizeof HEADING))
		status = cas_err_set(err, CAS_INPUT, "%s:1: not a table of accuracies, which begins with %s",
			path, HEADING);
	for (line = text + sizeof HEADING; !status && *line; line = end + 1) {
		const char *wrong;

		number++;
		end = strchr(line, '\n');
		if (end)
			*end = 0;
		wrong = end ? take_line(line, table) : "the line is cut off";
		if (wrong)
			status = cas_err_set(err, CAS_INPUT, "%s:%d: %s", path, number, wrong);
	}
	free(text);
	return status;
}
