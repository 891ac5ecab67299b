#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/data_option.h"

enum { WORD_BYTES = 64, HELP_CODE = 1000 };

int cas_word_distance(const char *a, const char *b)
{
	int row[WORD_BYTES + 1];
	int length = (int)strnlen(b, WORD_BYTES);

	for (int j = 0; j <= length; j++)
		row[j] = j;
	for (int i = 0; a[i]; i++) {
		int diagonal = row[0];

		row[0] = i + 1;
		for (int j = 1; j <= length; j++) {
			int cost = diagonal + (a[i] != b[j - 1]);

			diagonal = row[j];
			cost = row[j] + 1 < cost ? row[j] + 1 : cost;
			row[j] = row[j - 1] + 1 < cost ? row[j - 1] + 1 : cost;
		}
	}
	return row[length];
}

cas_status cas_overrides_add(struct cas_overrides *overrides, const char *key, const char *value,
	struct cas_err *err)
{
	size_t room = (key ? strlen(key) + 1 : 0) + strlen(value) + 1;
	void *memory;
	cas_status status;

	if (overrides->count == CAS_MAX_OVERRIDES)
		return cas_err_set(err, CAS_INPUT, "--set: more than %d of them", CAS_MAX_OVERRIDES);
	if (room > CAS_OVERRIDE_BYTES)
		return cas_err_set(err, CAS_INPUT, "--%.60s: longer than %d bytes", key ? key : "set",
			CAS_OVERRIDE_BYTES - 1);
	status = cas_mem_new(&memory, room, 1, err);
	if (status)
		return status;
	snprintf(memory, room, "%s%s%s", key ? key : "", key ? "=" : "", value);
	overrides->word[overrides->count++] = memory;
	return CAS_OK;
}

void cas_overrides_clear(struct cas_overrides *overrides)
{
	for (size_t i = 0; i < overrides->count; i++)
		free(overrides->word[i]);
	overrides->count = 0;
}

static void print_help(const struct cas_usage *usage)
{
	printf("usage: capsacc-sim %s%s%s\n\n%s", usage->command, usage->options ? " [OPTION...] " : " ",
		usage->arguments, usage->purpose);
	printf("\nOptions:\n");
	for (size_t i = 0; i < usage->options; i++) {
		const struct cas_option *o = &usage->option[i];
		char left[WORD_BYTES];

		snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "",
			o->argument ? o->argument : "");
		printf("  %-24s %s\n", left, o->help);
	}
	printf("  %-24s %s\n", "--help", "this text");
	if (usage->examples)
		printf("\nExamples:\n%s", usage->examples);
}

static cas_status unknown(const struct cas_usage *usage, const char *word, struct cas_err *err)
{
	const char *nearest = "help";
	char name[WORD_BYTES];

	while (*word == '-')
		word++;
	snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
	for (size_t i = 0; i < usage->options; i++)
		if (cas_word_distance(name, usage->option[i].name) < cas_word_distance(name, nearest))
			nearest = usage->option[i].name;
	if (cas_word_distance(name, nearest) <= CAS_NEAR)
		return cas_err_set(err, CAS_INPUT, "%s: unknown option --%s; did you mean --%s?", usage->command,
			name, nearest);
	return cas_err_set(err, CAS_INPUT, "%s: unknown option --%s; see capsacc-sim %s --help",
		usage->command, name, usage->command);
}

static cas_status refuse_groups(const char *text, struct cas_err *err, const char *what)
{
	return cas_err_set(err, CAS_INPUT, "--multiplier %.80s: %s; expected NAME, or GROUP=NAME for a group of its "
		"own, with commas between, each group once", text, what);
}

/* The new override of `key` unless one of this option, from `first` on, has the key already. */
static cas_status take_group(struct cas_overrides *overrides, size_t first, const char *text,
	const char *key, const char *name, struct cas_err *err)
{
	size_t length = strlen(key);
	char what[3 * WORD_BYTES + 64];

	for (size_t i = first; i < overrides->count; i++) {
		const char *word = overrides->word[i];

		if (strncmp(word, key, length) || word[length] != '=')
			continue;
		snprintf(what, sizeof what, "%s is both %s and %s", key, word + length + 1, name);
		return refuse_groups(text, err, what);
	}
	return cas_overrides_add(overrides, key, name, err);
}

/* "NGR,votes=DM1,update=QKX": a word without '=' is for every group that has none of its own, and the same
 * as default=NGR. */
static cas_status take_groups(struct cas_overrides *overrides, const char *text, struct cas_err *err)
{
	const char *at = text;
	size_t first = overrides->count;
	cas_status status;

	do {
		size_t length = strcspn(at, ",");
		char word[WORD_BYTES], key[WORD_BYTES + 32] = "multipliers.default";
		char *name;

		if (length >= sizeof word)
			return cas_err_set(err, CAS_INPUT, "--multiplier: %.40s...: longer than %d characters", at,
				WORD_BYTES - 1);
		snprintf(word, sizeof word, "%.*s", (int)length, at);
		name = strchr(word, '=');
		if (name)
			*name++ = '\0';
		if (!*word || (name && !*name))
			return refuse_groups(text, err, "a word is missing");
		if (name && strcmp(word, "default"))
			snprintf(key, sizeof key, "multipliers.groups.%s", word);
		status = take_group(overrides, first, text, key, name ? name : word, err);
		at += length;
	} while (!status && *at++ == ',');
	return status;
}

static cas_status take_number(const struct cas_option *o, const char *text, struct cas_err *err)
{
	int whole = o->kind == CAS_OPTION_INT;
	char *end;
	double value;

	errno = 0;
	value = whole ? (double)strtol(text, &end, 10) : strtod(text, &end);
	if (errno || end == text || *end || !isfinite(value) || value < o->min || value > o->max)
		return cas_err_set(err, CAS_INPUT, "--%s %.60s: expected %s in %.10g..%.10g", o->name, text,
			whole ? "an integer" : "a number", o->min, o->max);
	if (whole)
		*(int *)o->to = (int)value;
	else
		*(double *)o->to = value;
	return CAS_OK;
}

static cas_status take(const struct cas_option *o, const char *text, struct cas_err *err)
{
	switch (o->kind) {
	case CAS_OPTION_FLAG:
		*(int *)o->to = 1;
		return CAS_OK;
	case CAS_OPTION_TEXT:
		*(const char **)o->to = text;
		return CAS_OK;
	case CAS_OPTION_SET:
		return cas_overrides_add(o->to, NULL, text, err);
	case CAS_OPTION_KEY:
		return cas_overrides_add(o->to, o->key, text, err);
	case CAS_OPTION_GROUPS:
		return take_groups(o->to, text, err);
	case CAS_OPTION_DATA:
		cas_data_option_take(text, o->to);
		return CAS_OK;
	default:
		return take_number(o, text, err);
	}
}

static void fill(const struct cas_usage *usage, struct option list[CAS_MAX_OPTIONS + 2])
{
	for (size_t i = 0; i < usage->options; i++)
		list[i] = (struct option){usage->option[i].name,
			usage->option[i].kind == CAS_OPTION_FLAG ? no_argument : required_argument, NULL,
			HELP_CODE + 1 + (int)i};
	list[usage->options] = (struct option){"help", no_argument, NULL, HELP_CODE};
	list[usage->options + 1] = (struct option){0};
}

/* getopt says where it is, not which option failed: of "--name" it is the word before optind. */
static cas_status complain(const struct cas_usage *usage, int code, char **argv, struct cas_err *err)
{
	const char *word = argv[optind - 1];

	if (code == ':')
		return cas_err_set(err, CAS_INPUT, "%s: %s needs an argument", usage->command, word);
	if (optopt >= HELP_CODE)
		return cas_err_set(err, CAS_INPUT, "%s: %.60s takes no argument", usage->command, word);
	if (optopt && optopt < 128)
		return cas_err_set(err, CAS_INPUT, "%s: unknown option -%c; options are words, as in --help",
			usage->command, optopt);
	return unknown(usage, word, err);
}

cas_status cas_options_parse(int argc, char **argv, const struct cas_usage *usage, int *first,
	int *helped, struct cas_err *err)
{
	struct option list[CAS_MAX_OPTIONS + 2];
	cas_status status = CAS_OK;
	int code, given;

	fill(usage, list);
	*helped = 0;
	opterr = 0;
	optind = 1;
	while (!status && (code = getopt_long(argc, argv, ":h", list, NULL)) != -1) {
		if (code == HELP_CODE || code == 'h') {
			print_help(usage);
			*helped = 1;
			return CAS_OK;
		}
		status = code > HELP_CODE ? take(&usage->option[code - HELP_CODE - 1], optarg, err)
			: complain(usage, code, argv, err);
	}
	*first = optind;
	given = argc - optind;
	if (!status && (given < usage->min_arguments || given > usage->max_arguments))
		status = cas_err_set(err, CAS_INPUT, "%s: expected %s, got %d argument%s; see capsacc-sim %s --help",
			usage->command, usage->arguments[0] ? usage->arguments : "no arguments", given,
			given == 1 ? "" : "s", usage->command);
	return status;
}
