/* mul profile --group: the "real" columns of ReD-CaNe's Table IV */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd_mul.h"
#include "io/home.h"
#include "model/network_load.h"
#include "study/mul_mapping.h"
#include "study/mul_operands.h"
#include "study/mul_paper.h"

enum { DEFAULT_IMAGES = 100, OUTPUT_BYTES = 1 << 20 };

struct profile {
	const struct cas_mul_library *lib;
	const struct cas_mul_args *args;
	struct cas_run_config config;
	struct cas_network net;
	struct cas_dataset set;
	uint8_t mapping[CAS_MAPPINGS]; /* 1: asked for */
	struct cas_mul_operands operands[CAS_MAPPINGS];
	struct cas_mul8u table, read;  /* as in the library, and as the array reads it */
};

/* One multiplier's figures. */
struct row {
	const struct cas_mul_entry *entry;
	const struct cas_mul_paper_row *paper; /* NULL: the paper does not show it */
	struct cas_mul_noise uniform, real[CAS_MAPPINGS];
};

/* The mappings asked for, of those that take the table(s): unsigned ones unless `is_signed`. */
static cas_status choose_mapping(const char *text, int is_signed, uint8_t out[CAS_MAPPINGS],
	struct cas_err *err)
{
	int any = 0;

	for (int m = 0; m < CAS_MAPPINGS; m++)
		any += out[m] = cas_mul_mapping_fits((enum cas_mapping)m, is_signed) &&
			(!text || !strcmp(text, cas_mapping_name((enum cas_mapping)m)));
	return any ? CAS_OK : cas_err_set(err, CAS_INPUT, "--mapping %.40s: expected %s", text,
		is_signed ? "signed: the multiplier is signed" : "sign_magnitude, sign_magnitude_aligned or affine");
}

static cas_status load(struct profile *p, int is_signed, struct cas_err *err)
{
	const struct cas_mul_args *args = p->args;
	char home[CAS_PATH_BYTES];
	cas_status status = choose_mapping(args->mapping, is_signed, p->mapping, err);
	int all;

	if (!status && !args->home)
		status = cas_home_dir(home, sizeof home, err);
	if (!status)
		status = cas_run_config_load(args->config, (const char *const *)args->overrides.word,
			args->overrides.count, args->home ? args->home : home, &p->config, err);
	if (!status)
		status = cas_data_option_apply(args->data, &p->config, err);
	if (!status)
		status = cas_network_load(&p->net, p->config.network_path, CAS_NETWORK_WEIGHTS, err);
	if (!status)
		status = cas_eval_load_data(&p->config, 0, args->images ? args->images : DEFAULT_IMAGES, NULL,
			&p->set, &all, err);
	return status ? status : cas_eval_fit_data(&p->net, &p->set, err);
}

static cas_status count(struct profile *p, struct cas_err *err)
{
	struct cas_progress_bar bar;
	struct cas_progress progress;
	struct cas_mul_group group;
	cas_status status = cas_mul_group_find(&p->net, p->args->group, p->args->layer, &group, err);

	cas_progress_start(&bar, 0, &progress);
	for (int m = 0; m < CAS_MAPPINGS && !status; m++) {
		p->config.accel.numerics.mapping = (enum cas_mapping)m;
		if (p->mapping[m])
			status = cas_mul_operands_count(&p->config, &p->net, &p->set, &group, &progress, &p->operands[m],
				err);
	}
	cas_progress_end(&bar);
	return status;
}

static cas_status measure(struct profile *p, const struct cas_mul_entry *entry, struct row *out,
	struct cas_err *err)
{
	cas_status status = cas_mul_library_load(p->lib, entry, &p->table, err);

	*out = (struct row){.entry = entry, .paper = cas_mul_paper_row(entry->name)};
	if (status)
		return status;
	cas_mul_profile_uniform(&p->table, &out->uniform);
	/* Pairs are counted as the table is indexed: swapped already. */
	cas_mul8u_transform(&p->table, 0, p->config.accel.numerics.zero_gating, &p->read);
	for (int m = 0; m < CAS_MAPPINGS; m++)
		if (p->mapping[m])
			cas_mul_profile_histogram(&p->read, p->operands[m].histogram, &out->real[m]);
	return CAS_OK;
}

/* Root mean square of the error over that of the exact products; negative where it says nothing: with
 * offset codes a product is not the value that the layer goes on with. */
static double relative_noise(const struct profile *p, const struct row *r, int m)
{
	const struct cas_mul_noise *noise = &r->real[m];
	double rms = sqrt(noise->mean * noise->mean + noise->std * noise->std);

	return m == CAS_AFFINE || m == CAS_SIGNED || !(p->operands[m].rms_product > 0) ? -1 : rms / p->operands[m].rms_product;
}

static void add_text_heading(const struct profile *p, struct cas_buf *buf)
{
	cas_buf_printf(buf, "operands of %s%s%s: %s, %s, %d images, all products exact\n", p->args->group,
		p->args->layer ? " in " : "", p->args->layer ? p->args->layer : "", p->net.name, p->set.name,
		p->set.images);
	for (int m = 0; m < CAS_MAPPINGS; m++)
		if (p->mapping[m])
			cas_buf_printf(buf, "  %-24s %.4g products, %.1f %% with a zero operand, mean operands %.1f and %.1f, "
				"rms product %.1f\n",
				cas_mapping_name((enum cas_mapping)m), (double)p->operands[m].pairs,
				p->operands[m].pairs ? 100 * (double)p->operands[m].with_zero / (double)p->operands[m].pairs : 0,
				p->operands[m].mean_first, p->operands[m].mean_second, p->operands[m].rms_product);
	cas_buf_printf(buf, "NA, NM, relative to 65535; NA positive: products too small (as in ReD-CaNe's Table IV);\n"
		"behind them rms error / rms product, of the same pairs\n"
		"%-10s %16s", "name", "uniform");
	for (int m = 0; m < CAS_MAPPINGS; m++)
		if (p->mapping[m])
			cas_buf_printf(buf, " %22s", cas_mapping_name((enum cas_mapping)m));
	cas_buf_printf(buf, " %16s %16s\n", "paper, modeled", "paper, real");
}

static void add_text_row(const struct profile *p, const struct row *r, struct cas_buf *buf)
{
	cas_buf_printf(buf, "%-10s %8.4f %7.4f", r->entry->name, r->uniform.na, r->uniform.nm);
	for (int m = 0; m < CAS_MAPPINGS; m++)
		if (p->mapping[m])
			cas_buf_printf(buf, relative_noise(p, r, m) < 0 ? " %14.4f %7.4f" : " %8.4f %7.4f %5.3f",
				r->real[m].na, r->real[m].nm, relative_noise(p, r, m));
	if (r->paper)
		cas_buf_printf(buf, " %8.4f %7.4f %8.4f %7.4f", r->paper->na_modeled, r->paper->nm_modeled,
			r->paper->na_real, r->paper->nm_real);
	cas_buf_printf(buf, "\n");
}

static void add_csv_heading(const struct profile *p, struct cas_buf *buf)
{
	cas_buf_printf(buf, "name,na_uniform,nm_uniform");
	for (int m = 0; m < CAS_MAPPINGS; m++)
		if (p->mapping[m])
			cas_buf_printf(buf, ",na_%s,nm_%s,mean_error_%s,relative_%s",
				cas_mapping_name((enum cas_mapping)m), cas_mapping_name((enum cas_mapping)m),
				cas_mapping_name((enum cas_mapping)m), cas_mapping_name((enum cas_mapping)m));
	cas_buf_printf(buf, ",na_modeled_paper,nm_modeled_paper,na_real_paper,nm_real_paper\n");
}

static void add_csv_row(const struct profile *p, const struct row *r, struct cas_buf *buf)
{
	cas_buf_printf(buf, "%s,%.17g,%.17g", r->entry->name, r->uniform.na, r->uniform.nm);
	for (int m = 0; m < CAS_MAPPINGS; m++) {
		if (!p->mapping[m])
			continue;
		cas_buf_printf(buf, ",%.17g,%.17g,%.17g,", r->real[m].na, r->real[m].nm, r->real[m].mean);
		if (relative_noise(p, r, m) >= 0)
			cas_buf_printf(buf, "%.17g", relative_noise(p, r, m));
	}
	if (r->paper)
		cas_buf_printf(buf, ",%.4f,%.4f,%.4f,%.4f\n", r->paper->na_modeled, r->paper->nm_modeled,
			r->paper->na_real, r->paper->nm_real);
	else
		cas_buf_printf(buf, ",,,,\n");
}

static void add_markdown_heading(const struct profile *p, struct cas_buf *buf)
{
	int columns = 4;

	cas_buf_printf(buf, "| mul8u | uniform |");
	for (int m = 0; m < CAS_MAPPINGS; m++)
		if (p->mapping[m] && columns++)
			cas_buf_printf(buf, " %s, %s |", p->args->group, cas_mapping_name((enum cas_mapping)m));
	cas_buf_printf(buf, " paper, modeled | paper, real |\n|");
	while (columns--)
		cas_buf_printf(buf, "---|");
	cas_buf_printf(buf, "\n");
}

static void add_markdown_row(const struct profile *p, const struct row *r, struct cas_buf *buf)
{
	cas_buf_printf(buf, "| %s | %.4f, %.4f |", r->entry->name, r->uniform.na, r->uniform.nm);
	for (int m = 0; m < CAS_MAPPINGS; m++)
		if (p->mapping[m])
			cas_buf_printf(buf, relative_noise(p, r, m) < 0 ? " %.4f, %.4f |" : " %.4f, %.4f (%.3f) |",
				r->real[m].na, r->real[m].nm, relative_noise(p, r, m));
	if (r->paper)
		cas_buf_printf(buf, " %.4f, %.4f | %.4f, %.4f |\n", r->paper->na_modeled, r->paper->nm_modeled,
			r->paper->na_real, r->paper->nm_real);
	else
		cas_buf_printf(buf, " | |\n");
}

static void add_real(const struct profile *p, const struct row *r, int m, cJSON *object)
{
	cJSON_AddNumberToObject(object, "na_real", r->real[m].na);
	cJSON_AddNumberToObject(object, "nm_real", r->real[m].nm);
	cJSON_AddNumberToObject(object, "mean_error", r->real[m].mean);
	if (relative_noise(p, r, m) >= 0)
		cJSON_AddNumberToObject(object, "relative", relative_noise(p, r, m));
}

static cJSON *json_row(const struct profile *p, const struct row *r)
{
	cJSON *object = cJSON_CreateObject(), *mappings;

	cJSON_AddStringToObject(object, "name", r->entry->name);
	cJSON_AddNumberToObject(object, "na_uniform", r->uniform.na);
	cJSON_AddNumberToObject(object, "nm_uniform", r->uniform.nm);
	cJSON_AddNumberToObject(object, "mean_error", r->uniform.mean);
	mappings = cJSON_AddObjectToObject(object, "mappings");
	for (int m = 0; m < CAS_MAPPINGS; m++)
		if (p->mapping[m])
			add_real(p, r, m, cJSON_AddObjectToObject(mappings, cas_mapping_name((enum cas_mapping)m)));
	if (r->paper) {
		cJSON *paper = cJSON_AddObjectToObject(object, "redcane_table4");

		cJSON_AddNumberToObject(paper, "na_modeled", r->paper->na_modeled);
		cJSON_AddNumberToObject(paper, "nm_modeled", r->paper->nm_modeled);
		cJSON_AddNumberToObject(paper, "na_real", r->paper->na_real);
		cJSON_AddNumberToObject(paper, "nm_real", r->paper->nm_real);
	}
	return object;
}

static cJSON *json_heading(const struct profile *p)
{
	cJSON *root = cJSON_CreateObject(), *operands;

	cJSON_AddStringToObject(root, "network", p->net.name);
	cJSON_AddStringToObject(root, "dataset", p->set.name);
	cJSON_AddNumberToObject(root, "images", p->set.images);
	cJSON_AddStringToObject(root, "group", p->args->group);
	if (p->args->layer)
		cJSON_AddStringToObject(root, "layer", p->args->layer);
	operands = cJSON_AddObjectToObject(root, "operands");
	for (int m = 0; m < CAS_MAPPINGS; m++) {
		cJSON *object;

		if (!p->mapping[m])
			continue;
		object = cJSON_AddObjectToObject(operands, cas_mapping_name((enum cas_mapping)m));
		cJSON_AddNumberToObject(object, "products", (double)p->operands[m].pairs);
		cJSON_AddNumberToObject(object, "with_zero", (double)p->operands[m].with_zero);
		cJSON_AddNumberToObject(object, "mean_first", p->operands[m].mean_first);
		cJSON_AddNumberToObject(object, "mean_second", p->operands[m].mean_second);
		cJSON_AddNumberToObject(object, "rms_product", p->operands[m].rms_product);
	}
	return root;
}

static cas_status print(struct profile *p, const struct cas_mul_entry *only, struct cas_err *err)
{
	typedef void heading_fn(const struct profile *, struct cas_buf *);
	typedef void row_fn(const struct profile *, const struct row *, struct cas_buf *);
	heading_fn *heading = p->args->csv ? add_csv_heading
		: p->args->markdown ? add_markdown_heading : add_text_heading;
	row_fn *add_row = p->args->csv ? add_csv_row : p->args->markdown ? add_markdown_row : add_text_row;
	cJSON *root = p->args->json ? json_heading(p) : NULL;
	cJSON *list = root ? cJSON_AddArrayToObject(root, "multipliers") : NULL;
	struct cas_buf buf;
	cas_status status = CAS_OK;

	cas_buf_init(&buf, OUTPUT_BYTES);
	heading(p, &buf);
	for (int i = 0; i < p->lib->count && !status; i++) {
		struct row row;

		if (only ? only != &p->lib->entries[i] : p->lib->entries[i].is_signed)
			continue;
		status = measure(p, &p->lib->entries[i], &row, err);
		if (!status && list)
			cJSON_AddItemToArray(list, json_row(p, &row));
		else if (!status)
			add_row(p, &row, &buf);
	}
	if (status)
		cJSON_Delete(root);
	else
		status = root ? cas_mul_json_print(root, err) : cas_cli_print(&buf, err);
	cas_buf_clear(&buf);
	return status;
}

cas_status cas_mul_profile_operands(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct cas_err *err)
{
	const struct cas_mul_entry *only = NULL;
	struct profile *p;
	cas_status status;

	if (args->histogram || args->heat_map)
		return cas_err_set(err, CAS_INPUT, "--histogram and --heat-map go without --group");
	status = args->all ? CAS_OK : cas_mul_library_find(lib, args->word[0], &only, err);
	if (!status)
		status = cas_mem_new((void **)&p, 1, sizeof *p, err);
	if (status)
		return status;
	p->lib = lib;
	p->args = args;
	status = load(p, only && only->is_signed, err);
	if (!status)
		status = count(p, err);
	if (!status)
		status = print(p, only, err);
	cas_dataset_clear(&p->set);
	cas_network_clear(&p->net);
	free(p);
	return status;
}
