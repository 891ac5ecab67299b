/* capsacc-sim: finds the command and hands over. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd_mul.h"
#include "cli/options.h"
#include "report/report.h"

struct command {
	const char *name, *help;
	int (*run)(int argc, char **argv);
};

enum { COMMANDS = 7 };

static void list_commands(struct command out[COMMANDS])
{
	const struct command all[COMMANDS] = {
		{"run", "run a configuration: accuracy, cycles, energy, memory", cas_cmd_run},
		{"cosim", "the same inference in RTL, compared word by word and cycle by cycle", cas_cmd_cosim},
		{"estimate", "published cost models of a network, a genotype or one matrix product",
			cas_cmd_estimate},
		{"quantize", "turn a float32 network into an 8-bit one, by calibration on images",
			cas_cmd_quantize},
		{"report", "put several stored results side by side: text, CSV, HTML", cas_cmd_report},
		{"mul", "list, show, profile, import and export 8-bit multipliers", cas_cmd_mul},
		{"config", "print every configuration key with its range, default and meaning", cas_cmd_config},
	};

	memcpy(out, all, sizeof all);
}

int cas_cli_fail(cas_status status, const struct cas_err *err)
{
	if (status)
		fprintf(stderr, "capsacc-sim: %s\n", err->text);
	return (int)status;
}

cas_status cas_cli_print(const struct cas_buf *text, struct cas_err *err)
{
	cas_status status = cas_buf_check(text, err);

	if (status || !text->size_bytes)
		return status;
	if (fwrite(text->data, 1, text->size_bytes, stdout) != text->size_bytes || fflush(stdout))
		return cas_err_set(err, CAS_ENV, "cannot write to standard output: %s", strerror(errno));
	return CAS_OK;
}

static int print_help(const struct command *command)
{
	printf("capsacc-sim " CAS_VERSION
		": simulates a systolic-array accelerator (CapsAcc style) for capsule networks: how accurate,\n"
		"how fast, how much energy and memory, with exact or approximate 8-bit multipliers.\n\n"
		"usage: capsacc-sim COMMAND [OPTION...] [ARGUMENT...]\n\n");
	for (int i = 0; i < COMMANDS; i++)
		printf("  %-10s %s\n", command[i].name, command[i].help);
	printf("\nTry these, in this order:\n"
		"  capsacc-sim run configs/run/digits.yaml                      digits that the program draws itself\n"
		"  capsacc-sim run configs/run/digits.yaml --multiplier NGR     the same with an approximate multiplier\n"
		"  capsacc-sim run configs/run/digits.yaml --set array.rows=8   and on a smaller array\n"
		"  capsacc-sim report results/*                                 stored results side by side\n"
		"  capsacc-sim config                                           everything that --set can change\n"
		"  capsacc-sim run --help                                       the options of one command\n\n"
		"Exit status: 0 done; 1 a comparison failed; 2 bad command line or input; 3 environment (disk,\n"
		"memory); 130 interrupted.\n");
	return 0;
}

static cas_status unknown(const struct command *command, const char *word, struct cas_err *err)
{
	const char *nearest = command[0].name;

	for (int i = 1; i < COMMANDS; i++)
		if (cas_word_distance(word, command[i].name) < cas_word_distance(word, nearest))
			nearest = command[i].name;
	if (cas_word_distance(word, nearest) <= CAS_NEAR)
		return cas_err_set(err, CAS_INPUT, "unknown command \"%.60s\"; did you mean \"%s\"?", word, nearest);
	return cas_err_set(err, CAS_INPUT, "unknown command \"%.60s\"; see capsacc-sim --help", word);
}

static int dispatch(const struct command *command, int argc, char **argv)
{
	struct cas_err err;

	for (int i = 0; i < COMMANDS; i++)
		if (!strcmp(argv[0], command[i].name))
			return command[i].run(argc, argv);
	return cas_cli_fail(unknown(command, argv[0], &err), &err);
}

static int answer(int argc, char **argv)
{
	struct command command[COMMANDS];
	struct cas_err err;
	const char *word = argc > 1 ? argv[1] : "";

	list_commands(command);
	if (argc < 2)
		return cas_cli_fail(cas_err_set(&err, CAS_INPUT,
			"a command is missing; capsacc-sim --help lists them, with examples"), &err);
	if (!strcmp(word, "help") && argc > 2) { /* `help COMMAND` is `COMMAND --help` */
		char help[] = "--help";
		char *swapped[] = {argv[2], help, NULL};

		return dispatch(command, 2, swapped);
	}
	if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help"))
		return print_help(command);
	if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
		printf("capsacc-sim " CAS_VERSION "\n");
		return 0;
	}
	return dispatch(command, argc - 1, argv + 1);
}

/* What was printed may not have arrived: a full disk behind a redirection. */
static int close_output(int status)
{
	struct cas_err err;
	int failed = ferror(stdout);

	errno = 0;
	if (status || (!fflush(stdout) && !failed))
		return status;
	return cas_cli_fail(cas_err_set(&err, CAS_ENV, "cannot write to standard output: %s",
		strerror(errno ? errno : EIO)), &err);
}

int main(int argc, char **argv)
{
	unsetenv("POSIXLY_CORRECT"); /* options may follow arguments, as in all that is documented */
	signal(SIGXFSZ, SIG_IGN); /* a file beyond the limit is then an error of writing, like a full disk */
	return close_output(answer(argc, argv));
}
