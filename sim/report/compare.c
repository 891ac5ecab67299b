#include "report/compare.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/outfile.h"
#include "report/answers.h"
#include "report/bars.h"
#include "report/facts.h"
#include "report/page.h"
#include "report/report.h"
#include "report/table.h"

struct cas_compare_result {
	char *name;   /* as the user wrote it; owned */
	cJSON *report; /* owned */
	struct cas_answers answers;
};

enum { REPORT_MAX_BYTES = 64 << 20, INDENT = 2, PATH_MOST = 4096 };

enum kind { TEXT, COUNT, REAL, SHARE, PROBABILITY, GROUPS };

struct column {
	const char *heading; /* for people */
	const char *csv;     /* for programs: the key's path, which also finds the value */
	enum kind kind;
};

/* SHARE is printed in percent. */
static const struct column columns[] = {
	{"name", "name", TEXT}, {"network", "network.name", TEXT}, {"parameters", "network.parameters", COUNT},
	{"MACs", "network.macs", COUNT}, {"data set", "dataset.name", TEXT},
	{"split", "dataset.split", TEXT}, {"seed", "dataset.seed", COUNT}, {"images", "accuracy.images", COUNT},
	{"rows", "array.rows", COUNT}, {"cols", "array.cols", COUNT}, {"MHz", "timing.clock_mhz", REAL},
	{"technology", "energy.technology", TEXT}, {"mapping", "mapping", TEXT},
	{"iterations set", "numerics.routing_iterations", COUNT},
	{"multipliers", "multipliers", GROUPS}, {"right %", "accuracy.top1", SHARE},
	{"from", "accuracy.low95", SHARE}, {"to", "accuracy.high95", SHARE},
	{"float32 %", "accuracy.float.top1", SHARE}, {"p", "accuracy.float.p_value", PROBABILITY},
	{"cycles", "timing.cycles", COUNT}, {"ms", "timing.latency_ms", REAL},
	{"util %", "timing.utilization", SHARE}, {"µJ", "energy.total_uj", REAL},
	{"static µJ", "energy.static_uj", REAL}, {"DRAM read B", "memory.dram_read_bytes", COUNT},
	{"activations B", "memory.peak_activation_bytes", COUNT},
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* The value behind "a.b.c", or NULL. */
static const cJSON *find(const cJSON *at, const char *path)
{
	while (at && *path) {
		char key[64];
		size_t length = strcspn(path, ".");

		snprintf(key, sizeof key, "%.*s", (int)length, path);
		at = cJSON_GetObjectItemCaseSensitive(at, key);
		path += length + (path[length] == '.');
	}
	return at;
}

/* "NGR", or "NGR but for squash (1JFF)": the most frequent one first. */
static void put_groups(const cJSON *groups, char out[CAS_CELL_BYTES])
{
	const cJSON *group, *other;
	const char *main = NULL;
	int most = 0, others = 0;
	size_t used;

	cJSON_ArrayForEach(group, groups) {
		int same = 0;

		if (!cJSON_IsString(group))
			continue;
		cJSON_ArrayForEach(other, groups)
			same += cJSON_IsString(other) && !strcmp(other->valuestring, group->valuestring);
		if (same > most) {
			most = same;
			main = group->valuestring;
		}
	}
	snprintf(out, CAS_CELL_BYTES, "%s", main ? main : "");
	cJSON_ArrayForEach(group, groups) {
		used = strlen(out);
		if (main && cJSON_IsString(group) && strcmp(group->valuestring, main))
			snprintf(out + used, CAS_CELL_BYTES - used, "%s %s (%s)", others++ ? "," : " but for",
				group->string, group->valuestring);
	}
}

static void put_cell(const struct cas_compare_result *result, const struct column *column, int full,
	char out[CAS_CELL_BYTES])
{
	const cJSON *value = find(result->report, column->csv);
	char number[CAS_NUMBER_BYTES];

	out[0] = 0;
	if (column->kind == GROUPS && cJSON_IsObject(value))
		put_groups(value, out);
	else if (column->kind == TEXT && cJSON_IsString(value))
		snprintf(out, CAS_CELL_BYTES, "%s", value->valuestring);
	else if (column->kind == TEXT || !cJSON_IsNumber(value))
		return;
	else if (full)
		snprintf(out, CAS_CELL_BYTES, "%.17g", value->valuedouble);
	else if (column->kind == COUNT)
		snprintf(out, CAS_CELL_BYTES, "%s", cas_text_count(number, (uint64_t)value->valuedouble));
	else if (column->kind == SHARE)
		snprintf(out, CAS_CELL_BYTES, "%.2f", 100 * value->valuedouble);
	else if (column->kind == PROBABILITY)
		snprintf(out, CAS_CELL_BYTES, "%.2g", value->valuedouble);
	else
		snprintf(out, CAS_CELL_BYTES, "%s", cas_text_real(number, value->valuedouble));
}

/* A report has images and cycles, and no count is negative or beyond all sense. */
static cas_status check_numbers(const char *file, const cJSON *report, struct cas_err *err)
{
	static const char *const needed[] = {"accuracy.images", "timing.cycles"};

	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
		if (!cJSON_IsNumber(find(report, needed[i])))
			return cas_err_set(err, CAS_INPUT, "%s: %s: missing, or no number", file, needed[i]);
	for (int k = 0; k < COLUMNS; k++) {
		const cJSON *value = find(report, columns[k].csv);

		if (columns[k].kind == COUNT && cJSON_IsNumber(value) &&
		    !(value->valuedouble >= 0 && value->valuedouble < 1e19))
			return cas_err_set(err, CAS_INPUT, "%s: %s: %g, expected a count of 0 or more", file, columns[k].csv,
				value->valuedouble);
	}
	return CAS_OK;
}

static cas_status read_one(const char *path, struct cas_compare_result *out, struct cas_err *err)
{
	char file[PATH_MOST];
	struct stat info;
	int folder = stat(path, &info) || S_ISDIR(info.st_mode);
	size_t size, length = strlen(path);
	char *text = NULL;
	const cJSON *schema;
	cas_status status;

	if (snprintf(file, sizeof file, "%s%s", path, folder ? "/report.json" : "") >= PATH_MOST)
		return cas_err_set(err, CAS_INPUT, "%.60s...: a path of more than %d bytes", path, PATH_MOST - 1);
	status = cas_mem_new((void **)&out->name, length + 1, 1, err);
	if (!status)
		status = cas_file_read(file, REPORT_MAX_BYTES, &text, &size, err);
	if (status)
		return status;
	memcpy(out->name, path, length);
	while (length > 1 && out->name[length - 1] == '/')
		out->name[--length] = 0;
	out->report = cJSON_ParseWithLength(text, size);
	free(text);
	schema = find(out->report, "schema");
	if (!out->report)
		return cas_err_set(err, CAS_INPUT, "%s: is no JSON", file);
	if (!cJSON_IsString(schema) || strcmp(schema->valuestring, "capsacc-report/1"))
		return cas_err_set(err, CAS_INPUT, "%s: schema: expected \"capsacc-report/1\", which capsacc-sim run "
			"writes", file);
	status = check_numbers(file, out->report, err);
	return status || !folder ? status : cas_answers_read(out->name, &out->answers, err);
}

cas_status cas_compare_read(const char *const path[], int count, struct cas_compare *out,
	struct cas_err *err)
{
	cas_status status;

	*out = (struct cas_compare){0};
	if (count > CAS_COMPARE_MOST)
		return cas_err_set(err, CAS_INPUT, "%d results, expected at most %d", count, CAS_COMPARE_MOST);
	status = cas_mem_new((void **)&out->result, (size_t)count, sizeof *out->result, err);
	for (int i = 0; i < count && !status; i++, out->count++)
		status = read_one(path[i], &out->result[i], err);
	if (status)
		cas_compare_clear(out);
	return status;
}

void cas_compare_clear(struct cas_compare *compare)
{
	for (int i = 0; i < compare->count; i++) {
		free(compare->result[i].name);
		cJSON_Delete(compare->result[i].report);
		cas_answers_clear(&compare->result[i].answers);
	}
	free(compare->result);
	*compare = (struct cas_compare){0};
}

static int same_in_all(const struct cas_compare *c, const struct column *column)
{
	char first[CAS_CELL_BYTES], cell[CAS_CELL_BYTES];

	put_cell(&c->result[0], column, 1, first);
	for (int i = 1; i < c->count; i++) {
		put_cell(&c->result[i], column, 1, cell);
		if (strcmp(first, cell))
			return 0;
	}
	return 1;
}

/* What all results have in common, one line a key: heading and value. */
static void build_common(const struct cas_compare *c, struct cas_table *table)
{
	char cell[CAS_CELL_BYTES];

	cas_table_init(table, "ll");
	cas_table_add(table, "%s", c->count > 1 ? "the same in all" : "result");
	cas_table_add(table, "%s", c->count > 1 ? "" : c->result[0].name);
	for (int k = 0; k < COLUMNS; k++) {
		put_cell(&c->result[0], &columns[k], 0, cell);
		if (cell[0] && same_in_all(c, &columns[k])) {
			cas_table_add(table, "%s", columns[k].heading);
			cas_table_add(table, "%s", cell);
		}
	}
}

/* One row a result.  `align` has room for COLUMNS + 2 and outlives the table. */
static void build_rows(const struct cas_compare *c, int full, char align[COLUMNS + 2],
	struct cas_table *table)
{
	char cell[CAS_CELL_BYTES];
	int shown[COLUMNS], used = 0;

	align[used++] = 'l';
	for (int k = 0; k < COLUMNS; k++) {
		shown[k] = full || !same_in_all(c, &columns[k]);
		if (shown[k])
			align[used++] = columns[k].kind == TEXT || columns[k].kind == GROUPS ? 'l' : 'r';
	}
	align[used] = 0;
	cas_table_init(table, align);
	cas_table_add(table, "result");
	for (int k = 0; k < COLUMNS; k++)
		if (shown[k])
			cas_table_add(table, "%s", full ? columns[k].csv : columns[k].heading);
	for (int i = 0; i < c->count; i++) {
		cas_table_add(table, "%s", c->result[i].name);
		for (int k = 0; k < COLUMNS; k++) {
			put_cell(&c->result[i], &columns[k], full, cell);
			if (shown[k])
				cas_table_add(table, "%s", cell);
		}
	}
}

/* Each result against the first, image by image; 0 rows if none can be paired with it. */
static int build_pairs(const struct cas_compare *c, struct cas_table *table)
{
	static const char *const heading[] = {"images right", "only in the first", "only here", "p"};
	int pairs = 0;

	cas_table_init(table, "lrrr");
	for (size_t i = 0; i < sizeof heading / sizeof heading[0]; i++)
		cas_table_add(table, "%s", heading[i]);
	for (int i = 1; i < c->count; i++) {
		int first, here;

		if (!cas_answers_pair(&c->result[0].answers, &c->result[i].answers, &first, &here))
			continue;
		cas_table_add(table, "%s", c->result[i].name);
		cas_table_add(table, "%d", first);
		cas_table_add(table, "%d", here);
		cas_table_add(table, "%.2g", cas_report_mcnemar(first, here));
		pairs++;
	}
	return pairs;
}

static const char pairs_legend[] = "Results that answered the same images as the first one did; p: McNemar's "
	"exact test of the two, two-sided.";

static const char legend[] = "from, to: 95 % interval of the accuracy.  p: of McNemar's exact test of the "
	"8-bit against the float32 answers.  Cycles, ms, util, µJ and bytes are those of one inference; ms "
	"assumes the clock.";

/* The number behind "a.b.c", 0 where there is none. */
static double number(const struct cas_compare_result *result, const char *path)
{
	const cJSON *value = find(result->report, path);

	return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

/* The legend as one paragraph, with the multipliers that count as exact ones because nobody states their
 * power or area. */
static void put_legend(const struct cas_compare *c, int html, struct cas_buf *out)
{
	const char *before = "  µJ counts multipliers whose power or area is not stated as exact ones: ";
	struct cas_buf text;

	cas_buf_init(&text, CAS_REPORT_MAX_BYTES);
	cas_buf_printf(&text, "%s", legend);
	for (int i = 0; i < c->count; i++) {
		double most = fmax(number(&c->result[i], "multipliers_without_power"),
			number(&c->result[i], "multipliers_without_area"));

		if (most > 0)
			cas_buf_printf(&text, "%s%.0f in %s", before, most, c->result[i].name);
		before = most > 0 ? ", " : before;
	}
	if (text.data && html)
		cas_html_escape(out, text.data);
	else if (text.data)
		cas_text_wrap(out, 0, INDENT, text.data);
	out->failed |= text.failed;
	cas_buf_clear(&text);
}

void cas_compare_text(const struct cas_compare *compare, struct cas_buf *out)
{
	char align[COLUMNS + 2];
	struct cas_table table;

	build_common(compare, &table);
	cas_table_text(&table, 0, out);
	cas_table_clear(&table);
	if (compare->count > 1) {
		build_rows(compare, 0, align, &table);
		cas_buf_printf(out, "\n");
		cas_table_text(&table, 0, out);
		cas_table_clear(&table);
	}
	cas_buf_printf(out, "\n");
	put_legend(compare, 0, out);
	if (build_pairs(compare, &table)) {
		cas_buf_printf(out, "\n");
		cas_table_text(&table, 0, out);
		cas_text_wrap(out, 0, INDENT, pairs_legend);
	}
	cas_table_clear(&table);
}

void cas_compare_csv(const struct cas_compare *compare, struct cas_buf *out)
{
	char align[COLUMNS + 2];
	struct cas_table table;

	build_rows(compare, 1, align, &table);
	cas_table_csv(&table, out);
	cas_table_clear(&table);
}

static void put_bars(const struct cas_compare *c, const char *path, const char *title, struct cas_buf *out)
{
	const struct column *column = columns;
	char cell[CAS_CELL_BYTES];
	double largest = 0;

	while (strcmp(column->csv, path))
		column++;
	for (int i = 0; i < c->count; i++)
		largest = fmax(largest, number(&c->result[i], path));
	cas_buf_printf(out, "<h2>%s</h2>\n", title);
	cas_bars_open(out, c->count, title);
	for (int i = 0; i < c->count; i++) {
		put_cell(&c->result[i], column, 0, cell);
		cas_bars_put(out, i, c->result[i].name, number(&c->result[i], path), largest, cell);
	}
	cas_buf_printf(out, "</svg>\n");
}

void cas_compare_html(const struct cas_compare *compare, struct cas_buf *out)
{
	char align[COLUMNS + 2];
	struct cas_table table;

	cas_page_open(out, "Results side by side");
	build_common(compare, &table);
	cas_table_html(&table, out);
	cas_table_clear(&table);
	if (compare->count > 1) {
		build_rows(compare, 0, align, &table);
		cas_table_html(&table, out);
		cas_table_clear(&table);
	}
	cas_buf_printf(out, "<p>");
	put_legend(compare, 1, out);
	cas_buf_printf(out, "</p>\n");
	if (build_pairs(compare, &table)) {
		cas_table_html(&table, out);
		cas_buf_printf(out, "<p>%s</p>\n", pairs_legend);
	}
	cas_table_clear(&table);
	put_bars(compare, "accuracy.top1", "Images answered right, %", out);
	put_bars(compare, "timing.cycles", "Cycles of one inference", out);
	put_bars(compare, "energy.total_uj", "Energy of one inference, µJ", out);
	cas_page_close(out);
}
