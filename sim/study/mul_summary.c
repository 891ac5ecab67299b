#include "study/mul_summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char *const KEY_NAMES[CAS_MUL_KEYS] = {"name", "power", "area", "delay", "mae", "wce",
	"wcre", "ep", "mre", "mse", "nm"};

const char *cas_mul_key_name(enum cas_mul_key key)
{
	return KEY_NAMES[key];
}

cas_status cas_mul_key_parse(const char *option, const char *text, enum cas_mul_key first,
	enum cas_mul_key *out, struct cas_err *err)
{
	char names[120] = "";
	int key, length = 0;

	for (key = (int)first; key < CAS_MUL_KEYS; key++) {
		if (strcmp(text, KEY_NAMES[key]) == 0) {
			*out = (enum cas_mul_key)key;
			return CAS_OK;
		}
		length += snprintf(names + length, sizeof(names) - (size_t)length, "%s%s", length ? ", " : "",
			KEY_NAMES[key]);
	}
	return cas_err_set(err, CAS_INPUT, "--%s: '%.40s' is none of %s", option, text, names);
}

double cas_mul_summary_value(const struct cas_mul_summary *row, enum cas_mul_key key)
{
	switch (key) {
	case CAS_MUL_BY_POWER: return row->entry->power_mw;
	case CAS_MUL_BY_AREA: return row->entry->area_um2;
	case CAS_MUL_BY_DELAY: return row->entry->delay_ns;
	case CAS_MUL_BY_MAE: return row->metrics.mae;
	case CAS_MUL_BY_WCE: return row->metrics.wce;
	case CAS_MUL_BY_WCRE: return row->metrics.wcre;
	case CAS_MUL_BY_EP: return row->metrics.ep;
	case CAS_MUL_BY_MRE: return row->metrics.mre;
	case CAS_MUL_BY_MSE: return row->metrics.mse;
	case CAS_MUL_BY_NM: return row->noise.nm;
	default: return 0;
	}
}

static void mark_front(struct cas_mul_summary *rows, int count, enum cas_mul_key metric)
{
	int i, j;

	for (i = 0; i < count; i++) {
		double power = rows[i].entry->power_mw, error = cas_mul_summary_value(&rows[i], metric);

		rows[i].pareto = power >= 0;
		for (j = 0; j < count && rows[i].pareto; j++) {
			double p = rows[j].entry->power_mw, e = cas_mul_summary_value(&rows[j], metric);

			if (rows[j].entry->is_signed == rows[i].entry->is_signed && p >= 0 && p <= power && e <= error && (p < power || e < error))
				rows[i].pareto = 0;
		}
	}
}

cas_status cas_mul_summarise(const struct cas_mul_library *lib, enum cas_mul_key metric,
	struct cas_mul_summary **out, struct cas_err *err)
{
	struct cas_mul_summary *rows;
	void *memory, *table;
	int i;
	cas_status status = cas_mem_new(&memory, (size_t)lib->count, sizeof(*rows), err);

	*out = NULL;
	if (status)
		return status;
	rows = memory;
	status = cas_mem_new(&table, 1, sizeof(struct cas_mul8u), err);
	for (i = 0; !status && i < lib->count; i++) {
		rows[i].entry = &lib->entries[i];
		status = cas_mul_library_load(lib, rows[i].entry, table, err);
		if (!status) {
			cas_mul_metrics_compute(table, &rows[i].metrics);
			cas_mul_profile_uniform(table, &rows[i].noise);
		}
	}
	free(table);
	if (status) {
		free(rows);
		return status;
	}
	mark_front(rows, lib->count, metric);
	*out = rows;
	return CAS_OK;
}

static int row_before(const struct cas_mul_summary *a, const struct cas_mul_summary *b,
	enum cas_mul_key key)
{
	double x = cas_mul_summary_value(a, key), y = cas_mul_summary_value(b, key);

	if ((x < 0) != (y < 0))
		return y < 0;
	if (x < y || y < x)
		return x < y;
	return strcmp(a->entry->name, b->entry->name) < 0;
}

/* Insertion: the library is small, and qsort has no room for the key. */
void cas_mul_summary_sort(struct cas_mul_summary *rows, int count, enum cas_mul_key key)
{
	int i, j;

	for (i = 1; i < count; i++) {
		struct cas_mul_summary row = rows[i];

		for (j = i; j > 0 && row_before(&row, &rows[j - 1], key); j--)
			rows[j] = rows[j - 1];
		rows[j] = row;
	}
}
