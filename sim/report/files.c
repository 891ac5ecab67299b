#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <errno.h>

#include "io/outfile.h"
#include "report/operations.h"
#include "report/report.h"

enum { JSON, CSV, HTML, CONFIG, OPERATIONS, ANSWERS, TRAFFIC, FILES };

/* Tells a resolved configuration from one that somebody wrote. */
static const char config_header[] = "# Resolved by `capsacc-sim run`.\n";

static const char *const names[FILES] = {"report.json", "layers.csv", "report.html", "config.yaml",
	"operations.csv", "answers.csv", "traffic.csv"};

static void put_operations(const struct cas_eval *eval, struct cas_buf *out)
{
	struct cas_table table;

	cas_operations_table(&eval->net, eval->config.accel.numerics.iterations, 1, &table);
	cas_table_csv(&table, out);
	cas_table_clear(&table);
}

static cas_status render(const struct cas_eval *eval, int file, const char *created,
	struct cas_buf *out, struct cas_err *err)
{
	cas_status status = CAS_OK;

	if (file == JSON)
		status = cas_report_json(eval, created, out, err);
	else if (file == CSV)
		cas_report_csv(eval, out);
	else if (file == HTML)
		cas_report_html(eval, out);
	else if (file == OPERATIONS)
		put_operations(eval, out);
	else if (file == ANSWERS)
		cas_report_answers(eval, out);
	else if (file == TRAFFIC)
		cas_report_traffic(eval, out);
	else {
		cas_buf_printf(out, "%s", config_header);
		cas_run_config_write(&eval->config, out);
	}
	return status ? status : cas_buf_check(out, err);
}

/* Render one file into its temporary and push it to the file system, where a full disk shows. */
static cas_status stage(const struct cas_eval *eval, int file, const char *folder,
	const char *created, struct cas_outfile *out, struct cas_err *err)
{
	char path[CAS_PATH_BYTES + 32];
	struct cas_buf text;
	cas_status status;

	snprintf(path, sizeof path, "%s/%s", folder, names[file]);
	cas_buf_init(&text, CAS_REPORT_MAX_BYTES);
	status = render(eval, file, created, &text, err);
	if (!status)
		status = cas_outfile_open(out, path, err);
	if (!status)
		cas_outfile_add(out, text.data, text.size_bytes);
	cas_buf_clear(&text);
	if (!status && (out->failed_errno || fflush(out->stream)))
		status = cas_err_set(err, CAS_ENV, "%s: cannot write: %s", path,
			strerror(out->failed_errno ? out->failed_errno : errno));
	return status;
}

/* A file that this run does not write must not look like a part of its results. */
static void remove_old(const char *folder, const char *name)
{
	char path[CAS_PATH_BYTES + 32];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	unlink(path);
}

cas_status cas_report_check(const char *config, const char *folder, struct cas_err *err)
{
	char path[CAS_PATH_BYTES + 32], *text;
	size_t bytes;
	cas_status status;

	snprintf(path, sizeof path, "%s/%s", folder, names[CONFIG]);
	if (!cas_same_file(path, config))
		return CAS_OK;
	status = cas_file_read(config, CAS_REPORT_MAX_BYTES, &text, &bytes, err);
	if (status)
		return status;
	if (strncmp(text, config_header, strlen(config_header)))
		status = cas_err_set(err, CAS_INPUT, "output.dir: %s: its config.yaml is the configuration that is run, and would be "
			"written over; expected another folder", folder);
	free(text);
	return status;
}

cas_status cas_report_write(const struct cas_eval *eval, const char *folder, const char *created,
	struct cas_err *err)
{
	struct cas_outfile out[FILES] = {{0}};
	struct stat info;
	int existed = !stat(folder, &info), files = eval->config.traffic ? FILES : TRAFFIC;
	cas_status status = cas_mkdirs(folder, err);

	for (int f = 0; f < files && !status; f++)
		status = stage(eval, f, folder, created, &out[f], err);
	for (int f = 0; f < files && !status; f++)
		status = cas_outfile_commit(&out[f], err);
	if (!status && files == TRAFFIC)
		remove_old(folder, names[TRAFFIC]);
	for (int f = 0; f < FILES; f++)
		cas_outfile_abort(&out[f]); /* does nothing where it was committed */
	if (status && !existed)
		rmdir(folder); /* only an empty one goes */
	return status;
}
