/* mul accuracy */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/cmd_mul.h"
#include "cli/data_option.h"
#include "cli/mul_accuracy_table.h"
#include "cli/options.h"
#include "io/home.h"
#include "io/outfile.h"

struct request {
	struct cas_overrides overrides;
	const char *data[CAS_DATA_WORDS];
	const char *config, *home, *mappings, *csv, *from;
	struct cas_mul_accuracy_request sweep;
	int json, markdown;
};

static cas_status parse_mappings(const char *text, uint8_t out[CAS_MAPPINGS], struct cas_err *err)
{
	int all = !strcmp(text, "all");

	for (int m = 0; m < CAS_MAPPINGS; m++)
		out[m] = (uint8_t)all;
	while (!all && *text) {
		size_t length = strcspn(text, ",");
		int m = 0;

		while (m < CAS_MAPPINGS && (strlen(cas_mapping_name((enum cas_mapping)m)) != length ||
			strncmp(text, cas_mapping_name((enum cas_mapping)m), length)))
			m++;
		if (m == CAS_MAPPINGS)
			return cas_err_set(err, CAS_INPUT,
				"--mappings %.60s: expected all, or some of sign_magnitude, sign_magnitude_aligned, affine, "
				"signed with commas between", text);
		out[m] = 1;
		text += length + (text[length] == ',');
	}
	return CAS_OK;
}

/* The file is written anew after each run, whole, so that a sweep that is stopped loses nothing. */
static cas_status save(void *ctx, const struct cas_mul_accuracy *table, struct cas_err *err)
{
	const struct request *request = ctx;
	struct cas_buf text;
	cas_status status;

	if (!request->csv)
		return CAS_OK;
	cas_buf_init(&text, CAS_MUL_ACCURACY_BYTES);
	cas_mul_accuracy_csv(table, &text);
	status = cas_buf_check(&text, err);
	if (!status)
		status = cas_outfile_write(request->csv, text.data, text.size_bytes, err);
	cas_buf_clear(&text);
	return status;
}

static cas_status load(const struct request *request, struct cas_run_config *config, struct cas_err *err)
{
	char home[CAS_PATH_BYTES];
	cas_status status = request->home ? CAS_OK : cas_home_dir(home, sizeof home, err);

	if (!status)
		status = cas_run_config_load(request->config, (const char *const *)request->overrides.word,
			request->overrides.count, request->home ? request->home : home, config, err);
	if (!status)
		status = cas_data_option_apply(request->data, config, err);
	return status;
}

static cas_status sweep(struct request *request, struct cas_mul_accuracy *table, struct cas_err *err)
{
	struct cas_progress_bar bar;
	struct cas_progress progress;
	struct cas_run_config *config;
	cas_status status = cas_mem_new((void **)&config, 1, sizeof *config, err);

	if (!status)
		status = load(request, config, err);
	if (!status && request->csv && access(request->csv, F_OK) == 0)
		status = cas_mul_accuracy_read(request->csv, table, err);
	if (!status) {
		request->sweep.done = save;
		request->sweep.ctx = request;
		cas_progress_start(&bar, 0, &progress);
		status = cas_mul_accuracy_run(config, &request->sweep, &progress, table, err);
		cas_progress_end(&bar);
	}
	free(config);
	return status;
}

static cas_status show(const struct request *request, struct cas_mul_accuracy *table,
	struct cas_err *err)
{
	struct cas_buf text;
	cas_status status;

	cas_mul_accuracy_sort(table);
	if (request->json)
		return cas_mul_accuracy_json(table, err);
	cas_buf_init(&text, CAS_MUL_ACCURACY_BYTES);
	(request->markdown ? cas_mul_accuracy_markdown : cas_mul_accuracy_text)(table, &text);
	status = cas_cli_print(&text, err);
	cas_buf_clear(&text);
	return status;
}

/* Nothing that was asked for is passed over. */
static cas_status check(const struct request *r, struct cas_err *err)
{
	if (r->from && (r->config || r->csv || r->overrides.count || r->data[CAS_DATA_WORD] ||
	    r->data[CAS_DATA_FOLDER] || r->mappings || r->sweep.names || r->sweep.all || r->sweep.squash))
		return cas_err_set(err, CAS_INPUT, "mul accuracy: --from runs nothing and goes with --json or --markdown alone");
	if (r->json && r->markdown)
		return cas_err_set(err, CAS_INPUT, "mul accuracy: --json and --markdown exclude each other");
	if (r->sweep.names && r->sweep.all)
		return cas_err_set(err, CAS_INPUT, "mul accuracy: --names and --all exclude each other");
	return CAS_OK;
}

static cas_status run(struct request *request, struct cas_err *err)
{
	struct cas_mul_accuracy *table;
	cas_status status = check(request, err);

	if (!status)
		status = parse_mappings(request->mappings ? request->mappings : "all", request->sweep.mapping, err);
	if (status)
		return status;
	status = cas_mem_new((void **)&table, 1, sizeof *table, err);
	if (!status)
		status = request->from ? cas_mul_accuracy_read(request->from, table, err)
			: sweep(request, table, err);
	if (!status)
		status = show(request, table, err);
	free(table);
	return status;
}

int cas_cmd_mul_accuracy(int argc, char **argv)
{
	struct request request = {0};
	struct cas_overrides *o = &request.overrides;
	const struct cas_option options[] = {
		{"set", CAS_OPTION_SET, "KEY=VALUE", o, NULL, 0, 0, "override a key, as numerics.bias_calibration=100"},
		{"images", CAS_OPTION_KEY, "N", o, "run.images", 0, 0, "images of each run; 0: all"},
		{"threads", CAS_OPTION_KEY, "N", o, "run.threads", 0, 0, "threads; 0: all processors"},
		{"data", CAS_OPTION_DATA, "SET|DIR", request.data, NULL, 0, 0,
			"digits, mnist, fashion, cifar10, svhn; or the folder of the set's files; or both"},
		{"network", CAS_OPTION_KEY, "DIR", o, "network.path", 0, 0, "the network's folder"},
		{"names", CAS_OPTION_TEXT, "A,B,...", &request.sweep.names, NULL, 0, 0,
			"these multipliers; without it the 36 of EvoApprox8B"},
		{"all", CAS_OPTION_FLAG, NULL, &request.sweep.all, NULL, 0, 0, "every multiplier of the library"},
		{"mappings", CAS_OPTION_TEXT, "all|M,...", &request.mappings, NULL, 0, 0,
			"operand mappings: sign_magnitude, sign_magnitude_aligned, affine; signed, for signed ones (all)"},
		{"squash", CAS_OPTION_FLAG, NULL, &request.sweep.squash, NULL, 0, 0,
			"the multiplier also in the squash unit, which has exact ones of its own otherwise"},
		{"csv", CAS_OPTION_TEXT, "FILE", &request.csv, NULL, 0, 0,
			"written after each run; one that is there is gone on with"},
		{"from", CAS_OPTION_TEXT, "FILE", &request.from, NULL, 0, 0, "show such a file, run nothing"},
		{"markdown", CAS_OPTION_FLAG, NULL, &request.markdown, NULL, 0, 0, "print the table as Markdown"},
		{"json", CAS_OPTION_FLAG, NULL, &request.json, NULL, 0, 0, "print the table as JSON"},
		{"home", CAS_OPTION_TEXT, "DIR", &request.home, NULL, 0, 0,
			"folder that holds configs, models and mul8u_lib (found)"},
	};
	const struct cas_usage usage = {.command = "mul accuracy", .arguments = "[CONFIG.yaml]",
		.purpose = "Accuracy of a network with each multiplier in every operation group of the array, in each\n"
			"operand mapping; sorted by power, front of power against accuracy marked.\n",
		.examples = "  capsacc-sim mul accuracy configs/run/digits.yaml --images 200 --names NGR,DM1,QKX\n"
			"  capsacc-sim mul accuracy configs/run/mnist.yaml --csv accuracy.csv\n"
			"  capsacc-sim mul accuracy --from accuracy.csv --markdown\n",
		.option = options, .options = sizeof options / sizeof options[0],
		.min_arguments = 0, .max_arguments = 1};
	struct cas_err err = {""};
	int first, helped;
	cas_status status = cas_options_parse(argc, argv, &usage, &first, &helped, &err);

	if (!status && !helped) {
		request.config = first < argc ? argv[first] : NULL;
		status = run(&request, &err);
	}
	cas_overrides_clear(o);
	return cas_cli_fail(status, &err);
}
