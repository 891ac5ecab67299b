/* mul profile */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/cmd_mul.h"
#include "io/outfile.h"
#include "report/mul_plot.h"
#include "study/mul_distribution.h"
#include "study/mul_mapping.h"
#include "study/mul_paper.h"

enum { SUMS = 3, PARTS = 7 };

static const int TERMS[SUMS] = {1, 9, 81}; /* one product; kernels 3x3 and 9x9 */

static const struct {
	const char *name;
	enum cas_mapping mapping;
	int signed_activation;
} PART[PARTS] = {
	{"sign_magnitude", CAS_SIGN_MAGNITUDE, 1},
	{"sign_magnitude, unsigned activations", CAS_SIGN_MAGNITUDE, 0},
	{"sign_magnitude_aligned", CAS_SIGN_MAGNITUDE_ALIGNED, 1},
	{"sign_magnitude_aligned, unsigned activations", CAS_SIGN_MAGNITUDE_ALIGNED, 0},
	{"affine", CAS_AFFINE, 0},
	{"signed", CAS_SIGNED, 1},
	{"signed, unsigned activations", CAS_SIGNED, 0},
};

struct profile {
	struct cas_mul_summary row;
	struct cas_mul_distribution sum[SUMS];
	struct cas_mul_noise part[PARTS]; /* of the mappings that the table fits */
	const struct cas_mul_paper_row *paper; /* NULL: the paper does not show it */
};

static int has_part(const struct profile *p, int part)
{
	return cas_mul_mapping_fits(PART[part].mapping, p->row.entry->is_signed);
}

/* Memory for one table and one histogram. */
struct scratch {
	struct cas_mul8u mul;
	uint64_t histogram[CAS_MUL8U_PAIRS];
};

static cas_status measure(const struct cas_mul_library *lib, const struct cas_mul_entry *entry,
	uint64_t seed, struct scratch *scratch, struct profile *out, struct cas_err *err)
{
	cas_status status = cas_mul_library_load(lib, entry, &scratch->mul, err);
	int i;

	*out = (struct profile){.row = {.entry = entry}, .paper = cas_mul_paper_row(entry->name)};
	if (status)
		return status;
	cas_mul_metrics_compute(&scratch->mul, &out->row.metrics);
	cas_mul_profile_uniform(&scratch->mul, &out->row.noise);
	for (i = 0; i < PARTS; i++) {
		if (!has_part(out, i))
			continue;
		cas_mul_mapping_histogram(PART[i].mapping, PART[i].signed_activation, scratch->histogram);
		cas_mul_profile_histogram(&scratch->mul, scratch->histogram, &out->part[i]);
	}
	for (i = 0; !status && i < SUMS; i++)
		status = cas_mul_distribution_run(&scratch->mul, NULL, TERMS[i], seed, &out->sum[i], err);
	return status;
}

static void add_distributions(cJSON *root, const struct profile *p)
{
	cJSON *list = cJSON_AddArrayToObject(root, "distributions");
	int i;

	for (i = 0; i < SUMS; i++) {
		const struct cas_mul_distribution *d = &p->sum[i];
		cJSON *object = cJSON_CreateObject();

		cJSON_AddNumberToObject(object, "terms", d->terms);
		cJSON_AddNumberToObject(object, "samples", (double)d->samples);
		cJSON_AddNumberToObject(object, "mean", d->mean);
		cJSON_AddNumberToObject(object, "std", d->std);
		cJSON_AddNumberToObject(object, "skew", d->skew);
		cJSON_AddNumberToObject(object, "kurtosis", d->kurtosis);
		cJSON_AddNumberToObject(object, "min", d->min);
		cJSON_AddNumberToObject(object, "max", d->max);
		cJSON_AddNumberToObject(object, "ks", d->ks);
		cJSON_AddBoolToObject(object, "gaussian_like", d->gaussian_like);
		cJSON_AddItemToArray(list, object);
	}
}

static cJSON *to_json(const struct profile *p, uint64_t seed)
{
	cJSON *root = cJSON_CreateObject(), *object, *list;
	int i;

	cas_mul_json_row(root, &p->row);
	cJSON_AddNumberToObject(root, "seed", (double)seed);
	add_distributions(root, p);
	list = cJSON_AddArrayToObject(root, "mappings");
	for (i = 0; i < PARTS; i++) {
		if (!has_part(p, i))
			continue;
		object = cJSON_CreateObject();
		cJSON_AddStringToObject(object, "mapping", PART[i].name);
		cJSON_AddNumberToObject(object, "na_uniform", p->part[i].na);
		cJSON_AddNumberToObject(object, "nm_uniform", p->part[i].nm);
		cJSON_AddItemToArray(list, object);
	}
	if (p->paper) {
		object = cJSON_AddObjectToObject(root, "redcane_table4");
		cJSON_AddNumberToObject(object, "na_modeled", p->paper->na_modeled);
		cJSON_AddNumberToObject(object, "nm_modeled", p->paper->nm_modeled);
		cJSON_AddNumberToObject(object, "na_real", p->paper->na_real);
		cJSON_AddNumberToObject(object, "nm_real", p->paper->nm_real);
	}
	return root;
}

static void print_text(const struct profile *p)
{
	int i;

	printf("%s\n", p->row.entry->name);
	printf("  uniform operands: NA %.4f  NM %.4f", p->row.noise.na, p->row.noise.nm);
	if (p->paper)
		printf("  (ReD-CaNe Table IV, modeled: %.4f  %.4f; real, DeepCaps on CIFAR-10: %.4f  %.4f)",
			p->paper->na_modeled, p->paper->nm_modeled, p->paper->na_real, p->paper->nm_real);
	printf("\n  %-6s %12s %12s %8s %9s %7s  %s\n", "terms", "mean", "std", "skew", "kurtosis", "KS",
		"Gaussian-like");
	for (i = 0; i < SUMS; i++)
		printf("  %-6d %12.2f %12.2f %8.3f %9.3f %7.4f  %s\n", p->sum[i].terms, p->sum[i].mean,
			p->sum[i].std, p->sum[i].skew, p->sum[i].kurtosis, p->sum[i].ks,
			p->sum[i].gaussian_like ? "yes" : "no");
	printf("  error of the %s, codes uniform:\n", p->row.entry->is_signed ? "product" : "magnitude");
	for (i = 0; i < PARTS; i++)
		if (has_part(p, i))
			printf("    %-46s NA %8.4f  NM %8.4f\n", PART[i].name, p->part[i].na, p->part[i].nm);
}

static void print_csv_heading(void)
{
	int i;

	printf("name,na_uniform,nm_uniform,na_modeled_paper,nm_modeled_paper,na_real_paper,nm_real_paper");
	for (i = 0; i < SUMS; i++)
		printf(",mean_%d,std_%d,skew_%d,kurtosis_%d,ks_%d,gaussian_like_%d", TERMS[i], TERMS[i],
			TERMS[i], TERMS[i], TERMS[i], TERMS[i]);
	putchar('\n');
}

static void print_csv_row(const struct profile *p)
{
	int i;

	printf("%s,%.17g,%.17g,", p->row.entry->name, p->row.noise.na, p->row.noise.nm);
	if (p->paper)
		printf("%.4f,%.4f,%.4f,%.4f", p->paper->na_modeled, p->paper->nm_modeled, p->paper->na_real,
			p->paper->nm_real);
	else
		printf(",,,");
	for (i = 0; i < SUMS; i++)
		printf(",%.17g,%.17g,%.17g,%.17g,%.17g,%d", p->sum[i].mean, p->sum[i].std, p->sum[i].skew,
			p->sum[i].kurtosis, p->sum[i].ks, p->sum[i].gaussian_like);
	putchar('\n');
}

/* How many pass the test at each number of terms, of the set that the paper counts: EvoApprox8B's
 * multipliers that err. */
struct tally {
	int multipliers, gaussian_like[SUMS];
};

static void count(struct tally *tally, const struct profile *p)
{
	int i;

	if (p->row.metrics.wrong_pairs == 0 || strncmp(p->row.entry->source, "EvoApprox8B", 11))
		return;
	tally->multipliers++;
	for (i = 0; i < SUMS; i++)
		tally->gaussian_like[i] += p->sum[i].gaussian_like;
}

static cas_status print_all(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct scratch *scratch, struct cas_err *err)
{
	cJSON *root = args->json ? cJSON_CreateObject() : NULL;
	cJSON *list = root ? cJSON_AddArrayToObject(root, "multipliers") : NULL, *object;
	struct tally tally = {0};
	struct profile profile;
	cas_status status = CAS_OK;
	int i;

	if (args->csv)
		print_csv_heading();
	for (i = 0; !status && i < lib->count; i++) {
		status = measure(lib, &lib->entries[i], args->seed, scratch, &profile, err);
		if (status)
			break;
		count(&tally, &profile);
		if (args->json)
			cJSON_AddItemToArray(list, to_json(&profile, args->seed));
		else if (args->csv)
			print_csv_row(&profile);
		else
			print_text(&profile);
	}
	if (status) {
		cJSON_Delete(root);
		return status;
	}
	if (args->json) {
		object = cJSON_AddObjectToObject(root, "gaussian_like");
		cJSON_AddNumberToObject(object, "evoapprox8b_multipliers", tally.multipliers);
		cJSON_AddNumberToObject(object, "1", tally.gaussian_like[0]);
		cJSON_AddNumberToObject(object, "9", tally.gaussian_like[1]);
		cJSON_AddNumberToObject(object, "81", tally.gaussian_like[2]);
		return cas_mul_json_print(root, err);
	}
	if (!args->csv)
		printf("Gaussian-like (KS distance at most %.2f), of EvoApprox8B's %d that err: %d alone, %d in sums "
			"of 9, %d in sums of 81; ReD-CaNe says %d of 35\n", CAS_MUL_GAUSSIAN_DISTANCE, tally.multipliers,
			tally.gaussian_like[0], tally.gaussian_like[1], tally.gaussian_like[2],
			CAS_PAPER_GAUSSIAN_LIKE);
	if (!args->csv)
		fputs(CAS_MUL_LEGEND_NOISE CAS_MUL_LEGEND_FIT, stdout);
	return CAS_OK;
}

static cas_status plot(const struct cas_mul_args *args, const struct cas_mul8u *mul,
	struct cas_err *err)
{
	const volatile sig_atomic_t *stop = cas_cli_catch_signals();
	struct cas_mul_distribution fit;
	void *errors;
	int terms = args->terms ? args->terms : 1;
	cas_status status = cas_mem_new(&errors, CAS_MUL_DISTRIBUTION_SAMPLES, sizeof(int32_t), err);

	if (!status && args->histogram) {
		status = cas_mul_error_sample(mul, NULL, terms, args->seed, CAS_MUL_DISTRIBUTION_SAMPLES,
			errors, err);
		if (!status) {
			cas_mul_distribution_fit(errors, CAS_MUL_DISTRIBUTION_SAMPLES, terms, &fit);
			status = cas_mul_plot_histogram(mul->name, errors, &fit, args->histogram, stop, err);
		}
	}
	if (!status && args->heat_map)
		status = cas_mul_plot_heat_map(mul, args->heat_map, stop, err);
	free(errors);
	return status;
}

static cas_status print_one(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct scratch *scratch, struct cas_err *err)
{
	const struct cas_mul_entry *entry;
	struct profile profile;
	cas_status status = cas_mul_library_find(lib, args->word[0], &entry, err);

	if (!status)
		status = measure(lib, entry, args->seed, scratch, &profile, err);
	if (!status)
		status = plot(args, &scratch->mul, err);
	if (status)
		return status;
	if (args->json)
		return cas_mul_json_print(to_json(&profile, args->seed), err);
	if (args->csv) {
		print_csv_heading();
		print_csv_row(&profile);
	} else {
		print_text(&profile);
		fputs(CAS_MUL_LEGEND_NOISE CAS_MUL_LEGEND_FIT, stdout);
	}
	return CAS_OK;
}

cas_status cas_mul_profile(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct cas_err *err)
{
	void *scratch;
	cas_status status;

	if (args->words != !args->all)
		return cas_err_set(err, CAS_INPUT, "profile: expected the name of one multiplier, or --all");
	if (args->group)
		return cas_mul_profile_operands(lib, args, err);
	if (args->layer || args->mapping || args->config || args->images || args->overrides.count ||
	    args->data[CAS_DATA_WORD] || args->data[CAS_DATA_FOLDER] || args->markdown)
		return cas_err_set(err, CAS_INPUT, "profile: a network's operands need --group: the name of a "
			"convolution, or votes, sum, update or squash");
	if (args->all && (args->histogram || args->heat_map))
		return cas_err_set(err, CAS_INPUT, "--histogram and --heat-map are for one multiplier");
	status = cas_mem_new(&scratch, 1, sizeof(struct scratch), err);
	if (status)
		return status;
	status = args->all ? print_all(lib, args, scratch, err) : print_one(lib, args, scratch, err);
	free(scratch);
	return status;
}
