/* mul list, mul show */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_mul.h"

static void add_cost(cJSON *object, const char *key, double value)
{
	if (value >= 0)
		cJSON_AddNumberToObject(object, key, value);
	else
		cJSON_AddNullToObject(object, key);
}

void cas_mul_json_row(cJSON *object, const struct cas_mul_summary *row)
{
	const struct cas_mul_metrics *m = &row->metrics;

	cJSON_AddStringToObject(object, "name", row->entry->name);
	cJSON_AddBoolToObject(object, "signed", row->entry->is_signed);
	add_cost(object, "power_mw", row->entry->power_mw);
	add_cost(object, "area_um2", row->entry->area_um2);
	add_cost(object, "delay_ns", row->entry->delay_ns);
	cJSON_AddNumberToObject(object, "mae", m->mae);
	cJSON_AddNumberToObject(object, "wce", m->wce);
	cJSON_AddNumberToObject(object, "wcre", m->wcre);
	cJSON_AddNumberToObject(object, "ep", m->ep);
	cJSON_AddNumberToObject(object, "mre", m->mre);
	cJSON_AddNumberToObject(object, "mse", m->mse);
	cJSON_AddNumberToObject(object, "na_uniform", row->noise.na);
	cJSON_AddNumberToObject(object, "nm_uniform", row->noise.nm);
	cJSON_AddNumberToObject(object, "mean_error", row->noise.mean);
	cJSON_AddNumberToObject(object, "min_error", m->min_error);
	cJSON_AddNumberToObject(object, "max_error", m->max_error);
	cJSON_AddBoolToObject(object, "zero_exact", m->zero_exact);
	cJSON_AddBoolToObject(object, "symmetric", m->symmetric);
}

cas_status cas_mul_json_print(cJSON *root, struct cas_err *err)
{
	char *text = root ? cJSON_Print(root) : NULL;

	cJSON_Delete(root);
	if (!text)
		return cas_err_set(err, CAS_ENV, "out of memory");
	puts(text);
	free(text);
	return CAS_OK;
}

/* "0.276", or nothing where it is unknown. */
static const char *cost_text(char out[16], double value)
{
	snprintf(out, 16, "%.4g", value);
	return value >= 0 ? out : "";
}

static void print_csv(const struct cas_mul_summary *rows, int count)
{
	int i;

	puts("name,power_mw,area_um2,delay_ns,mae,wce,wcre,ep,mre,mse,na_uniform,nm_uniform,pareto,signed");
	for (i = 0; i < count; i++) {
		const struct cas_mul_entry *e = rows[i].entry;
		const struct cas_mul_metrics *m = &rows[i].metrics;
		char power[16], area[16], delay[16];

		printf("%s,%s,%s,%s,%.17g,%u,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%d,%d\n", e->name,
			cost_text(power, e->power_mw), cost_text(area, e->area_um2),
			cost_text(delay, e->delay_ns), m->mae, (unsigned)m->wce, m->wcre, m->ep, m->mre, m->mse,
			rows[i].noise.na, rows[i].noise.nm, rows[i].pareto, e->is_signed);
	}
}

static void print_text(const struct cas_mul_summary *rows, int count, const char *metric)
{
	int i;

	printf("   %-10s %9s %9s %8s %10s %6s %9s %7s %8s %12s %8s %8s\n", "name", "power mW", "area um2",
		"delay ns", "MAE", "WCE", "WCRE %", "EP %", "MRE %", "MSE", "NA", "NM");
	for (i = 0; i < count; i++) {
		const struct cas_mul_entry *e = rows[i].entry;
		const struct cas_mul_metrics *m = &rows[i].metrics;
		char power[16], area[16], delay[16];

		printf(" %c %-10s %9s %9s %8s %10.2f %6u %9.2f %7.2f %8.3f %12.1f %8.4f %8.4f%s\n",
			rows[i].pareto ? '*' : ' ', e->name, cost_text(power, e->power_mw),
			cost_text(area, e->area_um2), cost_text(delay, e->delay_ns), m->mae, (unsigned)m->wce,
			100 * m->wcre, 100 * m->ep, 100 * m->mre, m->mse, rows[i].noise.na, rows[i].noise.nm,
			e->is_signed ? "  signed" : "");
	}
	printf("* no other of its kind has at most its power and at most its %s, and less of one of them\n" CAS_MUL_LEGEND_ERRORS
		CAS_MUL_LEGEND_NOISE, metric);
}

static cas_status print_list_json(const struct cas_mul_summary *rows, int count, const char *metric,
	struct cas_err *err)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *list;
	int i;

	cJSON_AddStringToObject(root, "pareto_metric", metric);
	list = cJSON_AddArrayToObject(root, "multipliers");
	for (i = 0; i < count; i++) {
		cJSON *object = cJSON_CreateObject();

		cas_mul_json_row(object, &rows[i]);
		cJSON_AddBoolToObject(object, "pareto", rows[i].pareto);
		cJSON_AddItemToArray(list, object);
	}
	return cas_mul_json_print(root, err);
}

cas_status cas_mul_list(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct cas_err *err)
{
	enum cas_mul_key sort = CAS_MUL_BY_POWER, metric = CAS_MUL_BY_MAE;
	struct cas_mul_summary *rows;
	cas_status status = CAS_OK;

	if (args->sort)
		status = cas_mul_key_parse("sort", args->sort, CAS_MUL_BY_NAME, &sort, err);
	if (!status && args->metric)
		status = cas_mul_key_parse("metric", args->metric, CAS_MUL_BY_MAE, &metric, err);
	if (!status && args->words)
		status = cas_err_set(err, CAS_INPUT, "list takes no name");
	if (status)
		return status;
	status = cas_mul_summarise(lib, metric, &rows, err);
	if (status)
		return status;
	cas_mul_summary_sort(rows, lib->count, sort);
	if (args->json)
		status = print_list_json(rows, lib->count, cas_mul_key_name(metric), err);
	else if (args->csv)
		print_csv(rows, lib->count);
	else
		print_text(rows, lib->count, cas_mul_key_name(metric));
	free(rows);
	return status;
}

static void add_claims(cJSON *root, const struct cas_mul_claims *c)
{
	const struct {
		const char *key, *text;
	} rows[] = {
		{"mae", c->mae}, {"wce", c->wce}, {"mse", c->mse}, {"wcre_pct", c->wcre_pct},
		{"ep_pct", c->ep_pct}, {"mre_pct", c->mre_pct},
	};
	cJSON *object = cJSON_AddObjectToObject(root, "published");
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (*rows[i].text)
			cJSON_AddStringToObject(object, rows[i].key, rows[i].text);
}

static void print_claim(const char *label, const char *published, double measured)
{
	printf("  %-8s %14s %14.6g\n", label, *published ? published : "-", measured);
}

/* ", area 511.5 um2", or ", area not stated". */
static void print_cost(const char *label, double value, const char *unit)
{
	char text[16];

	printf("%s %s%s", label, value >= 0 ? cost_text(text, value) : "not stated", value >= 0 ? unit : "");
}

static void print_show(const struct cas_mul_summary *row, int rank)
{
	const struct cas_mul_entry *e = row->entry;
	const struct cas_mul_metrics *m = &row->metrics;

	printf("%s%s\n  source   %s, licence %s\n  file     %s, sha256 %s\n", e->name,
		e->is_signed ? ", signed (-128..127; for numerics.mapping signed)" : "",
		*e->source ? e->source : "not stated", *e->licence ? e->licence : "not stated", e->file, e->sha256);
	print_cost("  power   ", e->power_mw, " mW");
	print_cost(", area", e->area_um2, " um2");
	print_cost(", delay", e->delay_ns, " ns");
	printf(" (45 nm)\n");
	printf("  %-8s %14s %14s\n", "", "published", "measured");
	print_claim("MAE", e->claims.mae, m->mae);
	print_claim("WCE", e->claims.wce, m->wce);
	print_claim("MSE", e->claims.mse, m->mse);
	print_claim("WCRE %", e->claims.wcre_pct, 100 * m->wcre);
	print_claim("EP %", e->claims.ep_pct, 100 * m->ep);
	print_claim("MRE %", e->claims.mre_pct, 100 * m->mre);
	printf("  errors %d..%d, mean %.4g, NA %.4f, NM %.4f (uniform operands)\n", (int)m->min_error,
		(int)m->max_error, row->noise.mean, row->noise.na, row->noise.nm);
	printf("  %s for a zero operand, %s in its operands, error matrix of rank %d\n",
		m->zero_exact ? "exact" : "NOT exact", m->symmetric ? "symmetric" : "not symmetric", rank);
}

cas_status cas_mul_show(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct cas_err *err)
{
	struct cas_mul8u *mul = NULL;
	struct cas_mul_summary row = {0};
	cJSON *root;
	int rank;
	cas_status status;

	if (args->words != 1)
		return cas_err_set(err, CAS_INPUT, "show: expected the name of one multiplier");
	mul = calloc(1, sizeof(*mul));
	if (!mul)
		return cas_err_set(err, CAS_ENV, "out of memory");
	status = cas_mul_library_find(lib, args->word[0], &row.entry, err);
	if (!status)
		status = cas_mul_library_load(lib, row.entry, mul, err);
	if (!status) {
		cas_mul_metrics_compute(mul, &row.metrics);
		cas_mul_profile_uniform(mul, &row.noise);
		rank = cas_mul_error_rank(mul);
		if (args->json) {
			root = cJSON_CreateObject();
			cas_mul_json_row(root, &row);
			cJSON_AddNumberToObject(root, "error_rank", rank);
			add_claims(root, &row.entry->claims);
			cJSON_AddStringToObject(root, "source", row.entry->source);
			cJSON_AddStringToObject(root, "licence", row.entry->licence);
			cJSON_AddStringToObject(root, "sha256", row.entry->sha256);
			status = cas_mul_json_print(root, err);
		} else {
			print_show(&row, rank);
		}
	}
	free(mul);
	return status;
}
