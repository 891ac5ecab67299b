#include "cli/mul_args.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { FLAG, TEXT, NUMBER, SEED, COUNT, IMAGES, DATA, SET, KEY };

/* What an option may belong to. */
enum {
	LIST = 1, SHOW = 2, PROFILE = 4, GROUP = 8, EXPORT = 16, AREA = 32, ENERGY = 64,
	IMPORT_C = 128, IMPORT_V = 256, IMPORT_TABLE = 512, IMPORT_EVOAPPROX = 1024, IMPORT_GENERATED = 2048,
	MODEL = IMPORT_C | IMPORT_V, IMPORT_FILE = MODEL | IMPORT_TABLE,
	IMPORT = IMPORT_FILE | IMPORT_EVOAPPROX | IMPORT_GENERATED, OPERANDS = PROFILE | GROUP,
	ANY = LIST | SHOW | OPERANDS | EXPORT | AREA | ENERGY | IMPORT,
};

struct option_row {
	const char *name;
	enum kind kind;
	unsigned where;
	size_t offset;   /* in struct cas_mul_args */
	const char *key; /* KEY: of the configuration */
};

#define TO(member) offsetof(struct cas_mul_args, member)

/* What concerns a network's operands is let through without --group: cas_mul_profile knows better what to
 * say of it. */
static const struct option_row ROWS[] = {
	{"home", TEXT, ANY, TO(home), NULL}, {"help", FLAG, ANY, TO(help), NULL},
	{"json", FLAG, ANY & ~(unsigned)EXPORT, TO(json), NULL},
	{"csv", FLAG, LIST | OPERANDS, TO(csv), NULL}, {"markdown", FLAG, OPERANDS, TO(markdown), NULL},
	{"sort", TEXT, LIST, TO(sort), NULL}, {"metric", TEXT, LIST, TO(metric), NULL},
	{"all", FLAG, OPERANDS, TO(all), NULL}, {"seed", SEED, PROFILE, TO(seed), NULL},
	{"terms", COUNT, PROFILE, TO(terms), NULL},
	{"histogram", TEXT, OPERANDS, TO(histogram), NULL}, {"heat-map", TEXT, OPERANDS, TO(heat_map), NULL},
	{"group", TEXT, OPERANDS, TO(group), NULL}, {"layer", TEXT, OPERANDS, TO(layer), NULL},
	{"mapping", TEXT, OPERANDS, TO(mapping), NULL}, {"config", TEXT, OPERANDS, TO(config), NULL},
	{"data", DATA, OPERANDS, TO(data), NULL}, {"set", SET, OPERANDS, TO(overrides), NULL},
	{"network", KEY, OPERANDS, TO(overrides), "network.path"},
	{"threads", KEY, OPERANDS, TO(overrides), "run.threads"},
	{"images", IMAGES, OPERANDS, TO(images), NULL},
	{"evoapprox", TEXT, IMPORT, TO(evoapprox), NULL}, {"generate", TEXT, IMPORT, TO(generate), NULL},
	{"name", TEXT, IMPORT_FILE, TO(name), NULL}, {"source", TEXT, IMPORT_FILE, TO(source), NULL},
	{"licence", TEXT, IMPORT_FILE, TO(licence), NULL},
	{"power", NUMBER, IMPORT_FILE | IMPORT_GENERATED, TO(power_mw), NULL},
	{"area", NUMBER, IMPORT_FILE | IMPORT_GENERATED, TO(area_um2), NULL},
	{"delay", NUMBER, IMPORT_FILE | IMPORT_GENERATED, TO(delay_ns), NULL},
	{"signed", FLAG, IMPORT_FILE, TO(is_signed), NULL},
	{"signed-table", FLAG, IMPORT_FILE, TO(signed_table), NULL},
	{"force", FLAG, MODEL, TO(force), NULL}, {"limit", COUNT, MODEL, TO(limit_s), NULL},
	{"top", TEXT, MODEL | AREA, TO(top), NULL}, {"ports", TEXT, IMPORT_V, TO(ports), NULL},
	{"swap", FLAG, IMPORT_FILE | EXPORT, TO(swap), NULL},
	{"zero-gating", FLAG, EXPORT, TO(zero_gating), NULL},
	{"multiplier", TEXT, ENERGY, TO(multiplier), NULL}, {"adder", TEXT, ENERGY, TO(adder), NULL},
};

enum { COUNT_OF_ROWS = sizeof(ROWS) / sizeof(ROWS[0]) };

static_assert(COUNT_OF_ROWS <= 64, "args.given has a bit for each");

static void *target(const struct option_row *row, struct cas_mul_args *args)
{
	return (char *)args + row->offset;
}

static cas_status set_number(const struct option_row *row, const char *value, double *out,
	struct cas_err *err)
{
	char *end;
	double number;

	errno = 0;
	number = strtod(value, &end);
	if (end == value || *end || errno || !(number >= 0 && number < 1e9))
		return cas_err_set(err, CAS_INPUT, "--%s: '%.40s' is not a number of 0 or more", row->name,
			value);
	*out = number;
	return CAS_OK;
}

static cas_status set_integer(const struct option_row *row, const char *value, void *out,
	struct cas_err *err)
{
	unsigned long long limit = row->kind == SEED ? UINT64_MAX : row->kind == IMAGES ? 10000000 : 16384, number;
	char *end;

	errno = 0;
	number = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end || errno || number > limit ||
	    (row->kind != SEED && number == 0))
		return cas_err_set(err, CAS_INPUT, "--%s: '%.40s' is not an integer %d..%llu", row->name, value,
			row->kind != SEED, limit);
	if (row->kind == SEED)
		*(uint64_t *)out = number;
	else
		*(int *)out = (int)number;
	return CAS_OK;
}

static cas_status set_value(const struct option_row *row, const char *value, void *out,
	struct cas_err *err)
{
	switch (row->kind) {
	case NUMBER:
		return set_number(row, value, out, err);
	case SEED:
	case COUNT:
	case IMAGES:
		return set_integer(row, value, out, err);
	case DATA:
		cas_data_option_take(value, out);
		return CAS_OK;
	case SET:
	case KEY:
		return cas_overrides_add(out, row->key, value, err);
	default:
		*(const char **)out = value;
		return CAS_OK;
	}
}

/* The option of that name, or the only one that begins so; NULL, and *err filled in, if there is none. */
static const struct option_row *find_option(const char *text, size_t length, struct cas_err *err)
{
	const struct option_row *begins = NULL, *nearest = ROWS;
	char name[64];
	int count = 0;

	snprintf(name, sizeof(name), "%.*s", (int)(length < sizeof(name) ? length : sizeof(name) - 1), text);
	for (const struct option_row *row = ROWS; row < ROWS + COUNT_OF_ROWS; row++) {
		if (strcmp(row->name, name) == 0)
			return row;
		if (strncmp(row->name, name, length) == 0) {
			begins = row;
			count++;
		}
		if (cas_word_distance(name, row->name) < cas_word_distance(name, nearest->name))
			nearest = row;
	}
	if (count == 1)
		return begins;
	if (count)
		cas_err_set(err, CAS_INPUT, "mul: option --%s is ambiguous; see capsacc-sim mul --help", name);
	else if (cas_word_distance(name, nearest->name) <= CAS_NEAR)
		cas_err_set(err, CAS_INPUT, "mul: unknown option --%s; did you mean --%s?", name, nearest->name);
	else
		cas_err_set(err, CAS_INPUT, "mul: unknown option --%s; see capsacc-sim mul --help", name);
	return NULL;
}

/* Set the option that argv[*i] names, taking its value from it or from the next argument. */
static cas_status take_option(int argc, char **argv, int *i, struct cas_mul_args *out, struct cas_err *err)
{
	const char *text = argv[*i] + 2, *value = strchr(text, '=');
	size_t length = value ? (size_t)(value - text) : strlen(text);
	const struct option_row *row = find_option(text, length, err);

	if (!row)
		return CAS_INPUT;
	out->given |= UINT64_C(1) << (row - ROWS);
	if (row->kind == FLAG) {
		if (value)
			return cas_err_set(err, CAS_INPUT, "--%s takes no value", row->name);
		*(int *)target(row, out) = 1;
		return CAS_OK;
	}
	if (!value && *i + 1 >= argc)
		return cas_err_set(err, CAS_INPUT, "--%s: expected a value", row->name);
	value = value ? value + 1 : argv[++*i];
	return set_value(row, value, target(row, out), err);
}

cas_status cas_mul_args_parse(int argc, char **argv, int first, struct cas_mul_args *out,
	struct cas_err *err)
{
	int i, options = 1;
	cas_status status = CAS_OK;

	*out = (struct cas_mul_args){.power_mw = -1, .area_um2 = -1, .delay_ns = -1, .seed = 1};
	for (i = first; !status && i < argc; i++) {
		if (options && strcmp(argv[i], "--") == 0)
			options = 0;
		else if (options && strncmp(argv[i], "--", 2) == 0)
			status = take_option(argc, argv, &i, out, err);
		else if (out->words == CAS_MUL_WORDS)
			status = cas_err_set(err, CAS_INPUT, "'%.60s' is one argument too many", argv[i]);
		else
			out->word[out->words++] = argv[i];
	}
	return status;
}

/* What is imported decides which options say anything. */
static unsigned import_of(const struct cas_mul_args *args)
{
	const char *dot = args->words ? strrchr(args->word[0], '.') : NULL;

	if (args->evoapprox)
		return IMPORT_EVOAPPROX;
	if (args->generate)
		return IMPORT_GENERATED;
	if (dot && strcmp(dot, ".c") == 0)
		return IMPORT_C;
	return dot && (strcmp(dot, ".v") == 0 || strcmp(dot, ".sv") == 0) ? IMPORT_V : IMPORT_TABLE;
}

cas_status cas_mul_args_check(const char *command, const struct cas_mul_args *args, struct cas_err *err)
{
	static const struct {
		const char *command, *what;
		unsigned where;
	} places[] = {
		{"list", "list", LIST}, {"show", "show", SHOW}, {"profile", "profile", PROFILE},
		{"profile", "profile --group", GROUP}, {"export", "export", EXPORT}, {"area", "area", AREA},
		{"energy", "energy", ENERGY}, {"import", "import of a C model", IMPORT_C},
		{"import", "import of a netlist", IMPORT_V}, {"import", "import of a table", IMPORT_TABLE},
		{"import", "import --evoapprox", IMPORT_EVOAPPROX}, {"import", "import --generate", IMPORT_GENERATED},
	};
	unsigned here = args->group ? GROUP : PROFILE;

	if (strcmp(command, "import") == 0)
		here = import_of(args);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (strcmp(command, places[i].command) || ((OPERANDS | IMPORT) & places[i].where & ~here))
			continue;
		for (size_t k = 0; k < COUNT_OF_ROWS; k++)
			if (args->given >> k & 1 && !(ROWS[k].where & places[i].where))
				return cas_err_set(err, CAS_INPUT, "--%s is no option of mul %s", ROWS[k].name, places[i].what);
	}
	if (args->json + args->csv + args->markdown > 1)
		return cas_err_set(err, CAS_INPUT, "--json, --csv and --markdown exclude each other");
	if (args->terms && !args->histogram)
		return cas_err_set(err, CAS_INPUT, "--terms are those of --histogram, which is missing");
	return CAS_OK;
}

void cas_mul_args_clear(struct cas_mul_args *args)
{
	cas_overrides_clear(&args->overrides);
}
