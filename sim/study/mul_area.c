#include "study/mul_area.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/outfile.h"
#include "study/mul_process.h"
#include "study/mul_workdir.h"

static const char EXACT[] = "module capsacc_exact(input [7:0] A, input [7:0] B, output [15:0] O);\n"
	"assign O = A * B;\nendmodule\n";

/* The number behind the last "Estimated number of transistors:", or the tool's first error. */
static cas_status read_log(const struct cas_workdir *dir, const char *path, uint64_t *transistors,
	struct cas_err *err)
{
	static const char mark[] = "Estimated number of transistors:";
	char log[600], *text, *at;
	size_t size_bytes;
	cas_status status;

	cas_workdir_path(dir, "yosys.log", log, sizeof(log));
	status = cas_file_read(log, 64 << 20, &text, &size_bytes, err);
	if (status)
		return status;
	at = strstr(text, mark);
	if (at) {
		*transistors = strtoull(at + sizeof(mark) - 1, NULL, 10);
	} else {
		at = strstr(text, "ERROR");
		if (at)
			at[strcspn(at, "\n")] = '\0';
		status = cas_err_set(err, CAS_INPUT, "%s: Yosys: %.300s", path,
			at ? at : "ended without an estimate");
	}
	free(text);
	return status;
}

static cas_status synthesise(const struct cas_workdir *dir, const struct cas_mul_source *source,
	const char *file, const char *top, uint64_t *transistors, struct cas_err *err)
{
	char script[400];
	const char *const argv[] = {"yosys", "-p", script, NULL};
	struct cas_process process = {.argv = argv, .folder = dir->path, .output = "yosys.log",
		.limit_s = source->compile_s ? source->compile_s : 120, .file_bytes = 64 << 20,
		.stop = source->stop};
	cas_status status;

	snprintf(script, sizeof(script), "read_verilog -sv %s; synth -flatten -top %s; abc -g gates; "
		"opt_clean; stat -tech cmos", file, top);
	status = cas_process_run(&process, err);
	if (status)
		return status;
	if (process.end == CAS_PROCESS_EXITED && process.code == 127)
		return cas_err_set(err, CAS_ENV, "yosys is not there, install the package yosys");
	if (process.end == CAS_PROCESS_TIMED_OUT)
		return cas_err_set(err, CAS_INPUT, "%s: Yosys took longer than %d s", source->path,
			process.limit_s);
	return read_log(dir, source->path, transistors, err);
}

static cas_status estimate(const struct cas_workdir *dir, const struct cas_mul_source *source,
	const char *text, size_t size_bytes, struct cas_mul_area_estimate *out, struct cas_err *err)
{
	char path[600], top[CAS_MUL_TOP_BYTES];
	cas_status status = cas_mul_source_top(source, text, top, err);

	cas_workdir_path(dir, "model.v", path, sizeof(path));
	if (!status)
		status = cas_outfile_write(path, text, size_bytes, err);
	cas_workdir_path(dir, "exact.v", path, sizeof(path));
	if (!status)
		status = cas_outfile_write(path, EXACT, sizeof(EXACT) - 1, err);
	if (!status)
		status = synthesise(dir, source, "model.v", top, &out->transistors, err);
	if (!status)
		status = synthesise(dir, source, "exact.v", "capsacc_exact", &out->exact_transistors, err);
	if (!status && out->exact_transistors)
		out->relative = (double)out->transistors / (double)out->exact_transistors;
	return status;
}

cas_status cas_mul_area_estimate(const struct cas_mul_source *source,
	struct cas_mul_area_estimate *out, struct cas_err *err)
{
	const char *dot = strrchr(source->path, '.');
	struct cas_workdir dir;
	size_t size_bytes;
	char *text;
	cas_status status;

	*out = (struct cas_mul_area_estimate){0};
	if (!dot || (strcmp(dot, ".v") && strcmp(dot, ".sv")))
		return cas_err_set(err, CAS_INPUT, "%s: expected a netlist, .v or .sv", source->path);
	status = cas_file_read(source->path, CAS_MUL_SOURCE_MAX_BYTES, &text, &size_bytes, err);
	if (status)
		return status;
	status = cas_workdir_make(&dir, err);
	if (!status) {
		status = estimate(&dir, source, text, size_bytes, out, err);
		cas_workdir_remove(&dir);
	}
	free(text);
	return status;
}
