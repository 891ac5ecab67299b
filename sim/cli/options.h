/* Command lines by one declarative table a command, parsed by getopt_long. */
#ifndef CAS_CLI_OPTIONS_H
#define CAS_CLI_OPTIONS_H

#include <stddef.h>

#include "base/status.h"

enum { CAS_MAX_OVERRIDES = 256, CAS_MAX_OPTIONS = 24, CAS_OVERRIDE_BYTES = 2048 };

/* "key=value" words in the order given; cas_overrides_clear frees them. */
struct cas_overrides {
	size_t count;
	char *word[CAS_MAX_OVERRIDES]; /* owned */
};

enum cas_option_kind {
	CAS_OPTION_FLAG,   /* *(int *)to = 1 */
	CAS_OPTION_TEXT,   /* *(const char **)to = argument */
	CAS_OPTION_INT,    /* *(int *)to, min..max */
	CAS_OPTION_REAL,   /* *(double *)to, min..max */
	CAS_OPTION_SET,    /* *(struct cas_overrides *)to gets "argument" */
	CAS_OPTION_KEY,    /* *(struct cas_overrides *)to gets "key=argument" */
	CAS_OPTION_GROUPS, /* the same for each of "A,B=C,...": A (or default=A) is multipliers.default, B an operation group; each once */
	CAS_OPTION_DATA,   /* *(const char *[CAS_DATA_WORDS])to: cli/data_option.h */
};

struct cas_option {
	const char *name;           /* without "--" */
	enum cas_option_kind kind;
	const char *argument;       /* its name in the help; NULL for a flag */
	void *to;
	const char *key;            /* CAS_OPTION_KEY */
	double min, max;
	const char *help;
};

struct cas_usage {
	const char *command;        /* "run" */
	const char *arguments;      /* "CONFIG.yaml" */
	const char *purpose;        /* a sentence or more, lines ended by newlines */
	const char *examples;       /* lines ended by newlines */
	const struct cas_option *option;
	size_t options;
	int min_arguments, max_arguments;
};

/* Parse argv[1..]; argv[0] is the command's name.  What is no option is moved to the end, argv[*first]
 * being the first of it.  *helped: --help was asked for and has been answered on standard output.
 * Errors: CAS_INPUT: unknown option (with the nearest), missing or bad argument, too few or many. */
cas_status cas_options_parse(int argc, char **argv, const struct cas_usage *usage, int *first,
	int *helped, struct cas_err *err);

/* Append "key=value".  Errors: CAS_INPUT for too many or too long a word; CAS_ENV. */
cas_status cas_overrides_add(struct cas_overrides *overrides, const char *key, const char *value,
	struct cas_err *err);
void cas_overrides_clear(struct cas_overrides *overrides);

/* Edits from one word to the other; suggestions are made up to CAS_NEAR of them. */
enum { CAS_NEAR = 3 };
int cas_word_distance(const char *a, const char *b);

#endif
