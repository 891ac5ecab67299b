#include "cli/cmd_mul.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "io/home.h"

static const char USAGE[] =
	"usage: capsacc-sim mul COMMAND [OPTIONS]\n"
	"\n"
	"  list                 all multipliers [--sort COLUMN] [--metric ERROR] [--csv]\n"
	"  show NAME            one multiplier: cost, published and measured error figures\n"
	"  profile NAME|--all   noise (NM, NA) and error distributions [--seed N] [--csv]\n"
	"         [--histogram FILE.svg|png [--terms 9]] [--heat-map FILE.svg|png]   (of one multiplier)\n"
	"  profile NAME|--all --group CONV|votes|sum|update|squash   noise over a network's operands\n"
	"         [--layer CAPS] [--network DIR] [--data SET|DIR] [--images 100] [--mapping M]\n"
	"         [--config FILE] [--set KEY=VALUE] [--threads N] [--csv] [--markdown]\n"
	"  import FILE --name N add a table (.bin .raw .hex .mem .csv .npy), a C model (.c) or a\n"
	"                       netlist (.v .sv); models are compiled and RUN\n"
	"         [--power MW] [--area UM2] [--delay NS] [--source TEXT] [--licence TEXT] [--swap]\n"
	"         [--signed (by magnitude)|--signed-table (as it is, for numerics.mapping signed)]\n"
	"         models and netlists: [--top NAME] [--limit SECONDS] [--force]; netlists:\n"
	"         [--ports FIRST,SECOND,PRODUCT]\n"
	"  import --evoapprox FOLDER    EvoApprox8B: mul8u.csv, add8u.csv, tables/NAME.bin\n"
	"  import --generate NAME       EXACT, TRUNC<k>, BAM<k>-<h>, MITCHELL, DRUM<k>; signed: EXACTS, TRUNCS<k>\n"
	"         [--power MW] [--area UM2] [--delay NS]\n"
	"  export NAME FILE     .bin .raw .hex .mem .csv .npy [--swap] [--zero-gating]\n"
	"  area FILE.v          area against an exact multiplier, estimated with Yosys [--top NAME]\n"
	"  accuracy [CONFIG.yaml]   accuracy of a network with each multiplier; see accuracy --help\n"
	"  energy               computational energy of DeepCaps [--multiplier NGR] [--adder 5LT]\n"
	"\n"
	"  --json       one JSON object on standard output (not for export; not with --csv or --markdown)\n"
	"  --home DIR   folder that holds mul8u_lib (default: CAPSACC_HOME, or above the program)\n"
	"  ERROR        mae wce wcre ep mre mse nm; COLUMN: one of these, or name power area delay\n"
	"\n"
	CAS_MUL_LEGEND_ERRORS
	CAS_MUL_LEGEND_NOISE
	CAS_MUL_LEGEND_FIT;

typedef cas_status reader(const struct cas_mul_library *, const struct cas_mul_args *,
	struct cas_err *);

static cas_status unknown(const char *word, struct cas_err *err)
{
	static const char *const commands[] = {"list", "show", "profile", "import", "export", "area", "accuracy",
		"energy"};
	const char *nearest = commands[0];

	for (size_t i = 1; i < sizeof commands / sizeof commands[0]; i++)
		if (cas_word_distance(word, commands[i]) < cas_word_distance(word, nearest))
			nearest = commands[i];
	if (cas_word_distance(word, nearest) <= CAS_NEAR)
		return cas_err_set(err, CAS_INPUT, "unknown command \"mul %.40s\"; did you mean \"mul %s\"?", word,
			nearest);
	return cas_err_set(err, CAS_INPUT, "unknown command \"mul %.40s\"; see capsacc-sim mul --help", word);
}

static cas_status run(const char *command, struct cas_mul_library *lib,
	const struct cas_mul_args *args, struct cas_err *err)
{
	static const struct {
		const char *name;
		reader *run;
	} readers[] = {
		{"list", cas_mul_list}, {"show", cas_mul_show}, {"profile", cas_mul_profile},
		{"export", cas_mul_export}, {"energy", cas_mul_energy_print},
		{"area", cas_mul_area},
	};
	size_t i;

	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (strcmp(command, readers[i].name) == 0)
			return readers[i].run(lib, args, err);
	if (strcmp(command, "import") == 0)
		return cas_mul_import(lib, args, err);
	return unknown(command, err);
}

/* A library made from EvoApprox8B may be new; every other command needs one that is there. */
static cas_status open_library(const struct cas_mul_args *args, struct cas_mul_library *lib,
	struct cas_err *err)
{
	char home[1024];
	cas_status status = CAS_OK;

	*lib = (struct cas_mul_library){0};
	if (args->home && strlen(args->home) >= sizeof(home)) /* never another library than was asked for */
		return cas_err_set(err, CAS_INPUT, "--home: longer than %zu bytes", sizeof(home) - 1);
	if (args->home)
		snprintf(home, sizeof(home), "%s", args->home);
	else
		status = cas_home_dir(home, sizeof(home), err);
	if (status)
		return status;
	if (args->evoapprox && args->home) {
		struct cas_err unused;

		if (cas_mul_library_open(home, lib, &unused) == CAS_OK)
			return CAS_OK;
		cas_mul_library_close(lib);
		return cas_mul_library_name(home, lib, err);
	}
	return cas_mul_library_open(home, lib, err);
}

int cas_cmd_mul(int argc, char **argv)
{
	struct cas_mul_args args;
	struct cas_mul_library lib = {0};
	struct cas_err err = {""};
	cas_status status;

	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		fputs(USAGE, argc < 2 ? stderr : stdout);
		return argc < 2 ? CAS_INPUT : CAS_OK;
	}
	if (strcmp(argv[1], "accuracy") == 0)
		return cas_cmd_mul_accuracy(argc - 1, argv + 1);
	status = cas_mul_args_parse(argc, argv, 2, &args, &err);
	if (!status && args.help) {
		fputs(USAGE, stdout);
		cas_mul_args_clear(&args);
		return CAS_OK;
	}
	if (!status)
		status = cas_mul_args_check(argv[1], &args, &err);
	if (!status)
		status = open_library(&args, &lib, &err);
	if (!status)
		status = run(argv[1], &lib, &args, &err);
	cas_mul_library_close(&lib);
	cas_mul_args_clear(&args);
	return cas_cli_fail(status, &err);
}
