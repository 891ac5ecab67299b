/* capsacc-sim cosim: build the RTL's bench for a configuration and run it.  The bench (testbench/cosim.cpp)
 * prints the results itself; this command finds the tools, builds, and becomes the bench. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "io/home.h"
#include "model/network_load.h"
#include "study/mul_process.h"
#include "study/rtl_limits.h"

enum { BUILD_LIMIT_S = 3600, BENCH_ARGUMENTS = 2 * CAS_MAX_OVERRIDES + 8 };

struct request {
	struct cas_overrides overrides;
	int images, json;
};

/* 1 if a directory of PATH holds the program. */
static int in_path(const char *program)
{
	const char *dir = getenv("PATH");
	char file[CAS_PATH_BYTES + 32];

	while (dir && *dir) {
		size_t length = strcspn(dir, ":");

		if ((size_t)snprintf(file, sizeof file, "%.*s/%s", (int)length, dir, program) < sizeof file &&
		    access(file, X_OK) == 0)
			return 1;
		dir += length + (dir[length] == ':');
	}
	return 0;
}

static cas_status check_tools(const char *home, struct cas_err *err)
{
	static const char *const need[][2] = {
		{"verilator", "verilator"}, {"g++", "g++"}, {"make", "make"},
	};
	const char *include = getenv("SYSTEMC_INCLUDE");
	char file[CAS_PATH_BYTES + 32];

	snprintf(file, sizeof file, "%s/rtl/capsacc.f", home);
	if (access(file, R_OK))
		return cas_err_set(err, CAS_ENV, "cosim: %s: the RTL is not here: run it from the source tree", file);
	for (size_t i = 0; i < sizeof need / sizeof need[0]; i++)
		if (!in_path(need[i][0]))
			return cas_err_set(err, CAS_ENV, "cosim: %s is missing: install the package %s", need[i][0],
				need[i][1]);
	snprintf(file, sizeof file, "%s/systemc", include ? include : "/usr/include");
	if (access(file, R_OK))
		return cas_err_set(err, CAS_ENV, "cosim: SystemC is missing: install the package libsystemc-dev");
	return CAS_OK;
}

/* The bench for an array of this size, built if its sources are newer. */
static cas_status build(const char *home, const struct cas_accel *accel, char bench[CAS_PATH_BYTES],
	struct cas_err *err)
{
	char target[64], sizes[32];
	const char *argv[] = {"make", "-s", "--no-print-directory", sizes, target, NULL};
	struct cas_process process = {.argv = argv, .folder = home, .output = "build/rtl-cosim.log",
		.limit_s = BUILD_LIMIT_S, .file_bytes = UINT64_C(1) << 32};
	cas_status status;

	snprintf(sizes, sizeof sizes, "ARRAYS=%dx%d", accel->rows, accel->cols);
	snprintf(target, sizeof target, "build/rtl/cosim_%dx%d", accel->rows, accel->cols);
	if ((size_t)snprintf(bench, CAS_PATH_BYTES, "%s/%s", home, target) >= CAS_PATH_BYTES)
		return cas_err_set(err, CAS_ENV, "cosim: %s: the path is too long", home);
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "Building the RTL of %dx%d ...\n", accel->rows, accel->cols);
	status = cas_process_run(&process, err);
	if (!status && (process.end != CAS_PROCESS_EXITED || process.code))
		return cas_err_set(err, CAS_ENV, "cosim: the bench could not be built: see %s/build/rtl-cosim.log", home);
	return status;
}

/* Become the bench; returns only if that fails. */
static cas_status become(const char *bench, const char *path, const struct request *request,
	struct cas_err *err)
{
	const char *argv[BENCH_ARGUMENTS];
	char images[16];
	size_t n = 0;

	snprintf(images, sizeof images, "%d", request->images);
	argv[n++] = bench;
	argv[n++] = "config";
	argv[n++] = path;
	argv[n++] = "--images";
	argv[n++] = images;
	if (request->json)
		argv[n++] = "--json";
	for (size_t i = 0; i < request->overrides.count; i++) {
		argv[n++] = "--set";
		argv[n++] = request->overrides.word[i];
	}
	argv[n] = NULL;
	fflush(stdout);
	/* execv takes char *const[] for historical reasons and changes nothing. */
	execv(bench, (char *const *)(uintptr_t)argv);
	return cas_err_set(err, CAS_ENV, "cosim: %s: %s", bench, strerror(errno));
}

/* Refuse what the RTL does not do before anything is built. */
static cas_status check_limits(const struct cas_run_config *config, struct cas_err *err)
{
	struct cas_network *net;
	struct cas_program program;
	void *memory;
	cas_status status = cas_mem_new(&memory, 1, sizeof *net, err);

	if (status)
		return status;
	net = memory;
	status = cas_network_load(net, config->network_path, CAS_NETWORK_SHAPES, err);
	if (!status)
		status = cas_rtl_check(&config->accel, net, NULL, err);
	if (!status)
		status = cas_program_lower(&program, net, &config->accel, err);
	if (!status) {
		status = cas_rtl_check(&config->accel, net, &program, err);
		cas_program_clear(&program);
	}
	cas_network_clear(net);
	free(net);
	return status;
}

static cas_status cosim(const char *path, const struct request *request, struct cas_err *err)
{
	char home[CAS_PATH_BYTES], bench[CAS_PATH_BYTES];
	struct cas_run_config *config;
	void *memory;
	cas_status status = cas_home_dir(home, sizeof home, err);

	if (!status)
		status = cas_mem_new(&memory, 1, sizeof *config, err);
	if (status)
		return status;
	config = memory;
	status = cas_run_config_load(path, (const char *const *)request->overrides.word,
		request->overrides.count, home, config, err);
	if (!status)
		status = check_limits(config, err);
	if (!status)
		status = check_tools(home, err);
	if (!status)
		status = build(home, &config->accel, bench, err);
	free(config);
	if (!status && setenv("CAPSACC_HOME", home, 1))
		status = cas_err_set(err, CAS_ENV, "cosim: out of memory");
	return status ? status : become(bench, path, request, err);
}

int cas_cmd_cosim(int argc, char **argv)
{
	struct request request = {.images = 1};
	struct cas_overrides *o = &request.overrides;
	const struct cas_option options[] = {
		{"set", CAS_OPTION_SET, "KEY=VALUE", o, NULL, 0, 0, "override a key, as array.rows=8; may be repeated"},
		{"images", CAS_OPTION_INT, "N", &request.images, NULL, 1, 100000, "images to run, from the first; default 1"},
		{"multiplier", CAS_OPTION_GROUPS, "NAME", o, NULL, 0, 0,
			"multiplier of the array; NAME,GROUP=NAME,... for single operation groups"},
		{"json", CAS_OPTION_FLAG, NULL, &request.json, NULL, 0, 0, "print one JSON object"},
	};
	const struct cas_usage usage = {.command = "cosim", .arguments = "CONFIG.yaml",
		.purpose = "Run the same inference in Verilated RTL and in the C model, and compare every word and every\n"
			"step's cycles.  Builds the RTL for the configured array first, once for each size.\n"
			"Exit status 1 if anything differs.\n",
		.examples = "  capsacc-sim cosim configs/run/digits.yaml\n"
			"  capsacc-sim cosim configs/run/digits.yaml --set array.rows=8 --set array.cols=8 --json\n",
		.option = options, .options = sizeof options / sizeof options[0],
		.min_arguments = 1, .max_arguments = 1};
	struct cas_err err;
	int first, helped;
	cas_status status = cas_options_parse(argc, argv, &usage, &first, &helped, &err);

	if (!status && !helped)
		status = cosim(argv[first], &request, &err);
	cas_overrides_clear(o);
	return cas_cli_fail(status, &err);
}
