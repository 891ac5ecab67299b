#include "cli/mul_accuracy_table.h"

#include <math.h>
#include <stdio.h>

#include "cli/cmd_mul.h"
#include "report/facts.h"

/* 1 if any multiplier was run in the mapping. */
static int has_mapping(const struct cas_mul_accuracy *table, int mapping)
{
	for (int i = 0; i < table->count; i++)
		if (table->row[i].correct[mapping] >= 0)
			return 1;
	return 0;
}

/* "0.276", or nothing where it is unknown. */
static const char *power_text(char out[16], double power_mw)
{
	snprintf(out, 16, "%.4g", power_mw);
	return power_mw >= 0 ? out : "";
}

static double percent(int correct, int images)
{
	return 100.0 * correct / images;
}

/* How far a 95 % interval in the table reaches from its figure at most, in percentage points. */
static double furthest(const struct cas_mul_accuracy *table)
{
	double most = 0;

	for (int i = 0; i < table->count; i++)
		for (int m = 0; m < CAS_MAPPINGS; m++) {
			int correct = table->row[i].correct[m];
			double share = (double)correct / table->images;
			struct cas_interval interval;

			if (correct < 0)
				continue;
			interval = cas_report_interval(correct, table->images);
			most = fmax(most, fmax(share - interval.low, interval.high - share));
		}
	return 100 * most;
}

/* "*  99.53   (99.37-99.65)" */
static void put_share(int correct, int images, int on_front, struct cas_buf *buf)
{
	struct cas_interval interval = cas_report_interval(correct, images);
	char text[48];

	snprintf(text, sizeof text, "(%.2f-%.2f)", 100 * interval.low, 100 * interval.high);
	cas_buf_printf(buf, " %c %6.2f %15s", on_front ? '*' : ' ', percent(correct, images), text);
}

void cas_mul_accuracy_text(const struct cas_mul_accuracy *table, struct cas_buf *buf)
{
	char power[16];

	cas_buf_printf(buf, "%s, %s, %d images: right answers in percent, 95 %% interval (Wilson) behind it\n",
		table->network, table->dataset, table->images);
	cas_buf_printf(buf, "%-10s %9s", "name", "power mW");
	for (int m = 0; m < CAS_MAPPINGS; m++)
		if (has_mapping(table, m))
			cas_buf_printf(buf, " %24s", cas_mapping_name((enum cas_mapping)m));
	cas_buf_printf(buf, "\n");
	for (int i = 0; i < table->count; i++) {
		const struct cas_mul_accuracy_row *row = &table->row[i];

		cas_buf_printf(buf, "%-10s %9s", row->name, power_text(power, row->power_mw));
		for (int m = 0; m < CAS_MAPPINGS; m++)
			if (has_mapping(table, m) && row->correct[m] < 0)
				cas_buf_printf(buf, " %24s", "-");
			else if (has_mapping(table, m))
				put_share(row->correct[m], table->images, cas_mul_accuracy_on_front(table, i, m), buf);
		cas_buf_printf(buf, "\n");
	}
	cas_buf_printf(buf, "* no other has, in that mapping, at most its power and at least its accuracy, and one of "
		"them better\n");
}

void cas_mul_accuracy_markdown(const struct cas_mul_accuracy *table, struct cas_buf *buf)
{
	char power[16];

	cas_buf_printf(buf, "| mul8u | power, mW |");
	for (int m = 0; m < CAS_MAPPINGS; m++)
		if (has_mapping(table, m))
			cas_buf_printf(buf, " %s |", cas_mapping_name((enum cas_mapping)m));
	cas_buf_printf(buf, "\n|---|---|");
	for (int m = 0; m < CAS_MAPPINGS; m++)
		if (has_mapping(table, m))
			cas_buf_printf(buf, "---|");
	cas_buf_printf(buf, "\n");
	for (int i = 0; i < table->count; i++) {
		const struct cas_mul_accuracy_row *row = &table->row[i];

		cas_buf_printf(buf, "| %s | %s |", row->name, power_text(power, row->power_mw));
		for (int m = 0; m < CAS_MAPPINGS; m++) {
			const char *mark = cas_mul_accuracy_on_front(table, i, m) ? "**" : "";

			if (has_mapping(table, m) && row->correct[m] < 0)
				cas_buf_printf(buf, " |");
			else if (has_mapping(table, m))
				cas_buf_printf(buf, " %s%.2f%s |", mark, percent(row->correct[m], table->images), mark);
		}
		cas_buf_printf(buf, "\n");
	}
	cas_buf_printf(buf, "\n%s, %s, %d images: right answers in percent; 95 %% intervals (Wilson) reach at most %.2f "
		"from their figure. Bold: the front of power against accuracy.\n", table->network, table->dataset,
		table->images, furthest(table));
}

cas_status cas_mul_accuracy_json(const struct cas_mul_accuracy *table, struct cas_err *err)
{
	cJSON *root = cJSON_CreateObject(), *list, *object;

	cJSON_AddStringToObject(root, "network", table->network);
	cJSON_AddStringToObject(root, "dataset", table->dataset);
	cJSON_AddNumberToObject(root, "images", table->images);
	cJSON_AddStringToObject(root, "settings", table->settings);
	list = cJSON_AddArrayToObject(root, "multipliers");
	for (int i = 0; i < table->count; i++) {
		const struct cas_mul_accuracy_row *row = &table->row[i];
		cJSON *mappings;

		object = cJSON_CreateObject();
		cJSON_AddStringToObject(object, "name", row->name);
		if (row->power_mw >= 0)
			cJSON_AddNumberToObject(object, "power_mw", row->power_mw);
		else
			cJSON_AddNullToObject(object, "power_mw");
		mappings = cJSON_AddObjectToObject(object, "mappings");
		cJSON_AddItemToArray(list, object);
		for (int m = 0; m < CAS_MAPPINGS; m++) {
			struct cas_interval interval;

			if (row->correct[m] < 0)
				continue;
			interval = cas_report_interval(row->correct[m], table->images);
			object = cJSON_AddObjectToObject(mappings, cas_mapping_name((enum cas_mapping)m));
			cJSON_AddNumberToObject(object, "correct", row->correct[m]);
			cJSON_AddNumberToObject(object, "accuracy", (double)row->correct[m] / table->images);
			cJSON_AddNumberToObject(object, "standard_error",
				cas_mul_accuracy_error(row->correct[m], table->images));
			cJSON_AddNumberToObject(object, "low95", interval.low);
			cJSON_AddNumberToObject(object, "high95", interval.high);
			cJSON_AddBoolToObject(object, "pareto", cas_mul_accuracy_on_front(table, i, m));
		}
	}
	return cas_mul_json_print(root, err);
}
