/* capsacc-sim run */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "cli/data_option.h"
#include "io/home.h"
#include "io/outfile.h"
#include "report/report.h"

struct request {
	struct cas_overrides overrides;
	const char *data[CAS_DATA_WORDS];
	int json, quiet, dry;
};

/* The time of a report: SOURCE_DATE_EPOCH where reproducible files are wanted, else now. */
static void timestamp(char out[32])
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *end;
	long long fixed = epoch ? strtoll(epoch, &end, 10) : -1;
	/* what is no number, or after the year 9999, is as good as not set */
	time_t when = epoch && end != epoch && !*end && fixed >= 0 && fixed < 253402300800 ? (time_t)fixed
		: time(NULL);
	struct tm utc;

	gmtime_r(&when, &utc);
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static cas_status print_summary(const struct cas_eval *eval, const struct request *request,
	const char *created, struct cas_err *err)
{
	struct cas_buf text;
	cas_status status = CAS_OK;

	cas_buf_init(&text, CAS_REPORT_MAX_BYTES);
	if (request->json) {
		status = cas_report_json(eval, created, &text, err);
	} else if (!request->quiet) {
		cas_report_text(eval, &text);
		cas_buf_printf(&text, "\nSimulated %.1f images a second with the 8-bit engine.\n",
			(double)eval->accuracy.images / (eval->accuracy.seconds8 > 0 ? eval->accuracy.seconds8 : 1e-9));
		if (!request->dry)
			cas_buf_printf(&text, "Written to %s: report.html, report.json, layers.csv, operations.csv, answers.csv, "
				"config.yaml%s.\nTo repeat it: capsacc-sim run %s/config.yaml\n", eval->config.output_dir,
				eval->config.traffic ? ", traffic.csv" : "", eval->config.output_dir);
	}
	if (!status)
		status = cas_cli_print(&text, err);
	cas_buf_clear(&text);
	return status;
}

static cas_status evaluate(const struct cas_run_config *config, const struct request *request,
	struct cas_eval *eval, struct cas_err *err)
{
	struct cas_progress_bar bar;
	struct cas_progress progress;
	char created[32];
	cas_status status = request->dry ? CAS_OK : cas_folder_check(config->output_dir, err);

	if (status)
		cas_err_prepend(err, "output.dir");
	else if (!request->dry)
		status = cas_report_check(config->file, config->output_dir, err);
	if (status)
		return status;
	cas_progress_start(&bar, request->quiet || request->json, &progress);
	status = cas_eval_run(config, &progress, eval, err);
	cas_progress_end(&bar);
	if (!status && *progress.stop)
		status = cas_err_set(err, CAS_INTERRUPTED, "interrupted");
	timestamp(created);
	if (!status && !request->dry)
		status = cas_report_write(eval, config->output_dir, created, err);
	if (!status)
		status = print_summary(eval, request, created, err);
	return status;
}

static cas_status run(const char *path, const struct request *request, struct cas_err *err)
{
	char home[CAS_PATH_BYTES];
	struct cas_run_config *config = NULL;
	struct cas_eval *eval = NULL;
	cas_status status = cas_home_dir(home, sizeof home, err);

	if (!status)
		status = cas_mem_new((void **)&config, 1, sizeof *config, err);
	if (!status)
		status = cas_mem_new((void **)&eval, 1, sizeof *eval, err);
	if (!status)
		status = cas_run_config_load(path, (const char *const *)request->overrides.word,
			request->overrides.count, home, config, err);
	if (!status)
		status = cas_data_option_apply(request->data, config, err);
	if (!status)
		status = evaluate(config, request, eval, err);
	if (eval)
		cas_eval_clear(eval);
	free(eval);
	free(config);
	return status;
}

int cas_cmd_run(int argc, char **argv)
{
	struct request request = {0};
	struct cas_overrides *o = &request.overrides;
	const struct cas_option options[] = {
		{"set", CAS_OPTION_SET, "KEY=VALUE", o, NULL, 0, 0, "override a key, as array.rows=8; may be repeated"},
		{"images", CAS_OPTION_KEY, "N", o, "run.images", 0, 0, "images to run; 0: all"},
		{"threads", CAS_OPTION_KEY, "N", o, "run.threads", 0, 0, "threads; 0: all processors"},
		{"multiplier", CAS_OPTION_GROUPS, "NAME", o, NULL, 0, 0,
			"multiplier of the array; NAME,GROUP=NAME,... for single operation groups"},
		{"data", CAS_OPTION_DATA, "SET|DIR", request.data, NULL, 0, 0,
			"digits, mnist, fashion, cifar10, svhn; or the folder of the set's files; or both"},
		{"network", CAS_OPTION_KEY, "DIR", o, "network.path", 0, 0, "the network's folder"},
		{"out", CAS_OPTION_KEY, "DIR", o, "output.dir", 0, 0, "folder of the results"},
		{"no-files", CAS_OPTION_FLAG, NULL, &request.dry, NULL, 0, 0, "write no results folder"},
		{"json", CAS_OPTION_FLAG, NULL, &request.json, NULL, 0, 0,
			"print report.json instead of the summary"},
		{"quiet", CAS_OPTION_FLAG, NULL, &request.quiet, NULL, 0, 0,
			"no progress bar, and without --json no summary"},
	};
	const struct cas_usage usage = {.command = "run", .arguments = "CONFIG.yaml",
		.purpose = "Run whole inferences as the configuration says: accuracy of the 8-bit accelerator with the\n"
			"multipliers chosen, and the cycles, energy and memory of one inference.  Writes report.html,\n"
			"report.json, layers.csv, operations.csv, answers.csv and config.yaml to output.dir.\n",
		.examples = "  capsacc-sim run configs/run/digits.yaml\n"
			"  capsacc-sim run configs/run/digits.yaml --images 200 --multiplier NGR --out results/ngr\n"
			"  capsacc-sim run configs/run/mnist.yaml --data ~/mnist --set numerics.mapping=affine\n"
			"  capsacc-sim run results/ngr/config.yaml --json --no-files\n",
		.option = options, .options = sizeof options / sizeof options[0],
		.min_arguments = 1, .max_arguments = 1};
	struct cas_err err;
	int first, helped;
	cas_status status = cas_options_parse(argc, argv, &usage, &first, &helped, &err);

	if (!status && !helped)
		status = run(argv[first], &request, &err);
	cas_overrides_clear(o);
	return cas_cli_fail(status, &err);
}
