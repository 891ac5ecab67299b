/* capsacc-sim report */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "io/outfile.h"
#include "report/compare.h"
#include "report/report.h"

struct request {
	int csv, html;
	const char *out;
};

/* The report or the answers of a result, which is a folder or a report.json. */
static int is_of_result(const char *out, const char *result)
{
	char json[CAS_PATH_BYTES + 32], answers[CAS_PATH_BYTES + 32];
	const char *slash = strrchr(result, '/');
	struct stat info;
	int length = slash ? (int)(slash - result) + 1 : 0;

	if (!stat(result, &info) && !S_ISDIR(info.st_mode)) {
		snprintf(answers, sizeof answers, "%.*sanswers.csv", length, result);
		return cas_same_file(out, result) || cas_same_file(out, answers);
	}
	snprintf(json, sizeof json, "%s/report.json", result);
	snprintf(answers, sizeof answers, "%s/answers.csv", result);
	return cas_same_file(out, json) || cas_same_file(out, answers);
}

static cas_status report(char **path, int count, const struct request *request, struct cas_err *err)
{
	struct cas_compare compare;
	struct cas_buf text;
	cas_status status;

	if (request->csv && request->html)
		return cas_err_set(err, CAS_INPUT, "report: either --csv or --html, not both");
	for (int i = 0; request->out && i < count; i++)
		if (is_of_result(request->out, path[i]))
			return cas_err_set(err, CAS_INPUT, "--out: %s: is one of the results that are read", request->out);
	status = cas_compare_read((const char *const *)path, count, &compare, err);
	if (status)
		return status;
	cas_buf_init(&text, CAS_REPORT_MAX_BYTES);
	if (request->csv)
		cas_compare_csv(&compare, &text);
	else if (request->html)
		cas_compare_html(&compare, &text);
	else
		cas_compare_text(&compare, &text);
	status = cas_buf_check(&text, err);
	if (!status && request->out)
		status = cas_outfile_write(request->out, text.data, text.size_bytes, err);
	else if (!status)
		status = cas_cli_print(&text, err);
	cas_buf_clear(&text);
	cas_compare_clear(&compare);
	return status;
}

int cas_cmd_report(int argc, char **argv)
{
	struct request request = {0};
	const struct cas_option options[] = {
		{"csv", CAS_OPTION_FLAG, NULL, &request.csv, NULL, 0, 0, "one line a result, every number in full"},
		{"html", CAS_OPTION_FLAG, NULL, &request.html, NULL, 0, 0, "one self-contained page"},
		{"out", CAS_OPTION_TEXT, "FILE", &request.out, NULL, 0, 0, "write there, not to standard output"},
	};
	const struct cas_usage usage = {.command = "report", .arguments = "DIR...",
		.purpose = "Put stored results of `run` side by side: accuracy, cycles, energy and memory, and what they\n"
			"were run with.  DIR is a results folder (or a report.json).\n",
		.examples = "  capsacc-sim report results/*\n"
			"  capsacc-sim report results/exact results/ngr --html --out compare.html\n",
		.option = options, .options = sizeof options / sizeof options[0],
		.min_arguments = 1, .max_arguments = CAS_COMPARE_MOST};
	struct cas_err err;
	int first, helped;
	cas_status status = cas_options_parse(argc, argv, &usage, &first, &helped, &err);

	if (!status && !helped)
		status = report(argv + first, argc - first, &request, &err);
	return cas_cli_fail(status, &err);
}
