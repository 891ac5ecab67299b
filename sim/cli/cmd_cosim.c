/* capsacc-sim cosim: build the RTL's bench for a configuration and run it.  The bench (testbench/cosim.cpp)
 * prints the results itself; this command finds the tools, builds, and becomes the bench. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "io/home.h"
#include "io/outfile.h"
#include "model/network_load.h"
#include "study/calibration.h"
#include "study/mul_process.h"
#include "study/rtl_limits.h"

enum { BUILD_LIMIT_S = 3600, BENCH_ARGUMENTS = 2 * CAS_MAX_OVERRIDES + 16, TRACE_CYCLES = 10000 };

struct request {
	struct cas_overrides overrides;
	int images, json;
	const char *trace, *trace_step; /* NULL: none; all */
	int trace_cycles;               /* 0: all */
};

/* "vcd" or "fst", as the waveforms' file is called; "" without waveforms. */
static cas_status trace_format(const struct request *request, const char **format, struct cas_err *err)
{
	static const char *const known[] = {"vcd", "fst"};
	const char *dot = request->trace ? strrchr(request->trace, '.') : NULL;

	*format = "";
	if (!request->trace && (request->trace_step || request->trace_cycles != TRACE_CYCLES))
		return cas_err_set(err, CAS_INPUT, "--trace-%s goes with --trace FILE",
			request->trace_step ? "step" : "cycles");
	if (!request->trace)
		return CAS_OK;
	for (size_t i = 0; dot && i < sizeof known / sizeof known[0]; i++)
		if (!strcmp(dot + 1, known[i]))
			*format = known[i];
	return **format ? CAS_OK : cas_err_set(err, CAS_INPUT, "--trace: %s: expected a name that ends in .vcd or .fst",
		request->trace);
}

/* So that long work need not end in "permission denied". */
static cas_status check_trace_file(const char *path, struct cas_err *err)
{
	struct cas_outfile file;
	cas_status status = cas_outfile_open(&file, path, err);

	if (status)
		cas_err_prepend(err, "--trace");
	else
		cas_outfile_abort(&file);
	return status;
}

/* The first step of that name, or program->steps. */
static size_t find_step(const struct cas_program *program, const char *name)
{
	size_t i = 0;

	while (i < program->steps && strcmp(program->step[i].name, name))
		i++;
	return i;
}

/* Otherwise the names that there are, each once, as many as a message has room for. */
static cas_status check_trace_step(const char *name, const struct cas_program *program, struct cas_err *err)
{
	const size_t room = 700;
	struct cas_buf names;
	cas_status status;
	int left_out = 0;

	if (find_step(program, name) < program->steps)
		return CAS_OK;
	cas_buf_init(&names, 2 * room);
	for (size_t i = 0; i < program->steps; i++) {
		const char *one = program->step[i].name;

		if (find_step(program, one) < i)
			continue;
		left_out += names.size_bytes + strlen(one) > room;
		if (!left_out)
			cas_buf_printf(&names, "%s%s", i ? ", " : "", one);
	}
	if (left_out)
		cas_buf_printf(&names, " and %d more, which `capsacc-sim run` prints", left_out);
	status = cas_buf_check(&names, err);
	if (!status)
		status = cas_err_set(err, CAS_INPUT, "--trace-step: %.40s: no step of this program; expected one of: %s", name,
			names.data);
	cas_buf_clear(&names);
	return status;
}

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

/* One build at a time: they share folders.  Fails where the folder cannot be written. */
static cas_status lock_builds(const char *home, int *lock, struct cas_err *err)
{
	char path[CAS_PATH_BYTES + 32];

	snprintf(path, sizeof path, "%s/build/.rtl-cosim.lock", home);
	*lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (*lock < 0)
		return cas_err_set(err, CAS_ENV, "cosim: %s: %s", path, strerror(errno));
	while (flock(*lock, LOCK_EX))
		if (errno != EINTR) {
			cas_err_set(err, CAS_ENV, "cosim: %s: %s", path, strerror(errno));
			close(*lock);
			return CAS_ENV;
		}
	return CAS_OK;
}

/* What another make has told its children would let this one build nothing (-n, -t, -q), or anything. */
static void forget_make(void)
{
	static const char *const names[] = {"MAKEFLAGS", "GNUMAKEFLAGS", "MFLAGS", "MAKEFILES", "MAKELEVEL"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unsetenv(names[i]);
}

/* The bench for an array of this size, built if its sources are newer; those with waveforms in folders of
 * their own. */
static cas_status build(const char *home, const struct cas_accel *accel, const char *format,
	char bench[CAS_PATH_BYTES], struct cas_err *err)
{
	char target[64], sizes[32], folder[32], trace[32];
	const char *argv[] = {"make", "-s", "--no-print-directory", folder, trace, sizes, target, NULL};
	struct cas_process process = {.argv = argv, .folder = home, .output = "build/rtl-cosim.log",
		.limit_s = BUILD_LIMIT_S, .file_bytes = UINT64_C(1) << 32};
	cas_status status;
	int lock;

	snprintf(sizes, sizeof sizes, "ARRAYS=%dx%d", accel->rows, accel->cols);
	snprintf(folder, sizeof folder, "RTL_BUILD=build/rtl%s%s", *format ? "/" : "", format);
	snprintf(trace, sizeof trace, "RTL_TRACE=%s", format);
	snprintf(target, sizeof target, "%s/cosim_%dx%d", strchr(folder, '=') + 1, accel->rows, accel->cols);
	if ((size_t)snprintf(bench, CAS_PATH_BYTES, "%s/%s", home, target) >= CAS_PATH_BYTES)
		return cas_err_set(err, CAS_ENV, "cosim: %s: the path is too long", home);
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "Building the RTL of %dx%d%s%s ...\n", accel->rows, accel->cols,
			*format ? " with waveforms as " : "", format);
	forget_make();
	status = lock_builds(home, &lock, err);
	if (status)
		return status;
	process.stop = cas_cli_catch_signals(); /* to end the compilers too; the bench has its signals anew */
	status = cas_process_run(&process, err);
	close(lock);
	if (!status && (process.end != CAS_PROCESS_EXITED || process.code))
		return cas_err_set(err, CAS_ENV, "cosim: the bench could not be built: see %s/build/rtl-cosim.log", home);
	return status;
}

/* Become the bench; returns only if that fails. */
static cas_status become(const char *bench, const char *path, const struct request *request,
	struct cas_err *err)
{
	const char *argv[BENCH_ARGUMENTS];
	char images[16], cycles[16];
	size_t n = 0;

	snprintf(images, sizeof images, "%d", request->images);
	argv[n++] = bench;
	argv[n++] = "config";
	argv[n++] = path;
	argv[n++] = "--images";
	argv[n++] = images;
	if (request->json)
		argv[n++] = "--json";
	if (request->trace) {
		snprintf(cycles, sizeof cycles, "%d", request->trace_cycles);
		argv[n++] = "--trace";
		argv[n++] = request->trace;
		argv[n++] = "--trace-cycles";
		argv[n++] = cycles;
	}
	if (request->trace_step) {
		argv[n++] = "--trace-step";
		argv[n++] = request->trace_step;
	}
	for (size_t i = 0; i < request->overrides.count; i++) {
		argv[n++] = "--set";
		argv[n++] = request->overrides.word[i];
	}
	argv[n] = NULL;
	fflush(stdout);
	signal(SIGXFSZ, SIG_DFL); /* the writer of waveforms looks at no error */
	/* execv takes char *const[] for historical reasons and changes nothing. */
	execv(bench, (char *const *)(uintptr_t)argv);
	return cas_err_set(err, CAS_ENV, "cosim: %s: %s", bench, strerror(errno));
}

/* What a configuration leads to, as far as it has to be known before anything is built. */
struct plan {
	struct cas_network net;
	struct cas_program program;
	struct cas_eval_multipliers multipliers;
};

/* What the RTL does not do. */
static cas_status check_limits(const struct cas_run_config *config, const struct request *request, struct plan *plan,
	struct cas_err *err)
{
	cas_status status = cas_network_load(&plan->net, config->network_path, CAS_NETWORK_SHAPES, err);

	if (!status)
		status = cas_rtl_check(&config->accel, &plan->net, NULL, 0, err);
	if (!status)
		status = cas_program_lower(&plan->program, &plan->net, &config->accel, err);
	if (!status)
		status = cas_eval_load_multipliers(config, &plan->net, &plan->multipliers, err);
	if (!status)
		status = cas_rtl_check(&config->accel, &plan->net, &plan->program, plan->multipliers.count, err);
	if (!status && request->trace_step)
		status = check_trace_step(request->trace_step, &plan->program, err);
	cas_network_clear(&plan->net);
	return status;
}

/* Weights and images, which the bench reads again. */
static cas_status check_data(const struct cas_run_config *config, const struct request *request, struct plan *plan,
	struct cas_err *err)
{
	struct cas_dataset set = {0};
	int all;
	cas_status status = cas_network_load(&plan->net, config->network_path, CAS_NETWORK_WEIGHTS, err);

	if (!status)
		status = cas_calibration_check(config, &plan->net, err);
	if (!status)
		status = cas_eval_load_data(config, 0, request->images, NULL, &set, &all, err);
	if (!status)
		status = cas_eval_fit_data(&plan->net, &set, err);
	cas_dataset_clear(&set);
	cas_network_clear(&plan->net);
	return status;
}

/* Refuse what would be refused later before anything is built. */
static cas_status check_run(const struct cas_run_config *config, const struct request *request, struct cas_err *err)
{
	struct plan *plan;
	void *memory;
	cas_status status = cas_mem_new(&memory, 1, sizeof *plan, err);

	if (status)
		return status;
	plan = memory;
	status = check_limits(config, request, plan, err);
	if (!status)
		status = check_data(config, request, plan, err);
	cas_program_clear(&plan->program);
	cas_eval_multipliers_clear(&plan->multipliers);
	free(plan);
	return status;
}

static cas_status cosim(const char *path, const struct request *request, struct cas_err *err)
{
	char home[CAS_PATH_BYTES], bench[CAS_PATH_BYTES];
	const char *format;
	struct cas_run_config *config;
	void *memory;
	cas_status status = trace_format(request, &format, err);

	if (!status)
		status = cas_home_dir(home, sizeof home, err);
	if (!status)
		status = cas_mem_new(&memory, 1, sizeof *config, err);
	if (status)
		return status;
	config = memory;
	status = cas_run_config_load(path, (const char *const *)request->overrides.word,
		request->overrides.count, home, config, err);
	if (!status)
		status = check_run(config, request, err);
	if (!status && request->trace)
		status = check_trace_file(request->trace, err);
	if (!status)
		status = check_tools(home, err);
	if (!status)
		status = build(home, &config->accel, format, bench, err);
	free(config);
	if (!status && setenv("CAPSACC_HOME", home, 1))
		status = cas_err_set(err, CAS_ENV, "cosim: out of memory");
	return status ? status : become(bench, path, request, err);
}

int cas_cmd_cosim(int argc, char **argv)
{
	struct request request = {.images = 1, .trace_cycles = TRACE_CYCLES};
	struct cas_overrides *o = &request.overrides;
	const struct cas_option options[] = {
		{"set", CAS_OPTION_SET, "KEY=VALUE", o, NULL, 0, 0, "override a key, as array.rows=8; may be repeated"},
		{"images", CAS_OPTION_INT, "N", &request.images, NULL, 1, 100000, "images to run, from the first; default 1"},
		{"multiplier", CAS_OPTION_GROUPS, "NAME", o, NULL, 0, 0,
			"multiplier of the array; NAME,GROUP=NAME,... for single operation groups"},
		{"trace", CAS_OPTION_TEXT, "FILE", &request.trace, NULL, 0, 0,
			"waveforms of the first image, as the name ends: .fst (small) or .vcd"},
		{"trace-step", CAS_OPTION_TEXT, "NAME", &request.trace_step, NULL, 0, 0,
			"only of this step, as the table calls it"},
		{"trace-cycles", CAS_OPTION_INT, "N", &request.trace_cycles, NULL, 0, INT_MAX,
			"at most so many cycles; 0: all; default 10000"},
		{"json", CAS_OPTION_FLAG, NULL, &request.json, NULL, 0, 0, "print one JSON object"},
	};
	const struct cas_usage usage = {.command = "cosim", .arguments = "CONFIG.yaml",
		.purpose = "Run the same inference in Verilated RTL and in the C model, and compare every word and every\n"
			"step's cycles.  Builds the RTL for the configured array first, once for each size.\n"
			"Exit status 1 if anything differs.\n",
		.examples = "  capsacc-sim cosim configs/run/digits.yaml\n"
			"  capsacc-sim cosim configs/run/digits.yaml --set array.rows=8 --set array.cols=8 --json\n"
			"  capsacc-sim cosim configs/run/digits.yaml --trace sum.fst --trace-step 'classcaps sum 2'\n",
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
