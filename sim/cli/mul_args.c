#include "cli/mul_args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum kind { FLAG, TEXT, NUMBER, SEED, COUNT, DATA, SET, KEY };

struct option_row {
	const char *name;
	enum kind kind;
	void *target;
	const char *key; /* KEY: of the configuration */
};

static cas_status set_number(const struct option_row *row, const char *value, struct cas_err *err)
{
	char *end;
	double number;

	errno = 0;
	number = strtod(value, &end);
	if (end == value || *end || errno || !(number >= 0 && number < 1e9))
		return cas_err_set(err, CAS_INPUT, "--%s: '%.40s' is not a number of 0 or more", row->name,
			value);
	*(double *)row->target = number;
	return CAS_OK;
}

static cas_status set_integer(const struct option_row *row, const char *value, struct cas_err *err)
{
	unsigned long long limit = row->kind == SEED ? UINT64_MAX : 16384, number;
	char *end;

	errno = 0;
	number = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end || errno || number > limit ||
	    (row->kind == COUNT && number == 0))
		return cas_err_set(err, CAS_INPUT, "--%s: '%.40s' is not an integer %d..%llu", row->name, value,
			row->kind == COUNT, limit);
	if (row->kind == SEED)
		*(uint64_t *)row->target = number;
	else
		*(int *)row->target = (int)number;
	return CAS_OK;
}

static cas_status set_value(const struct option_row *row, const char *value, struct cas_err *err)
{
	switch (row->kind) {
	case NUMBER:
		return set_number(row, value, err);
	case SEED:
	case COUNT:
		return set_integer(row, value, err);
	case DATA:
		cas_data_option_take(value, row->target);
		return CAS_OK;
	case SET:
	case KEY:
		return cas_overrides_add(row->target, row->key, value, err);
	default:
		*(const char **)row->target = value;
		return CAS_OK;
	}
}

/* Set the option that argv[*i] names, taking its value from it or from the next argument. */
static cas_status take_option(const struct option_row *rows, size_t count, int argc, char **argv,
	int *i, struct cas_err *err)
{
	const char *text = argv[*i] + 2, *value = strchr(text, '=');
	size_t length = value ? (size_t)(value - text) : strlen(text), k;

	for (k = 0; k < count; k++)
		if (strlen(rows[k].name) == length && strncmp(rows[k].name, text, length) == 0)
			break;
	if (k == count)
		return cas_err_set(err, CAS_INPUT, "unknown option '%.60s', see capsacc-sim mul --help",
			argv[*i]);
	if (rows[k].kind == FLAG) {
		if (value)
			return cas_err_set(err, CAS_INPUT, "--%s takes no value", rows[k].name);
		*(int *)rows[k].target = 1;
		return CAS_OK;
	}
	if (!value && *i + 1 >= argc)
		return cas_err_set(err, CAS_INPUT, "--%s: expected a value", rows[k].name);
	value = value ? value + 1 : argv[++*i];
	return set_value(&rows[k], value, err);
}

cas_status cas_mul_args_parse(int argc, char **argv, int first, struct cas_mul_args *out,
	struct cas_err *err)
{
	const struct option_row rows[] = {
		{"home", TEXT, &out->home, NULL}, {"sort", TEXT, &out->sort, NULL}, {"metric", TEXT, &out->metric, NULL},
		{"name", TEXT, &out->name, NULL}, {"source", TEXT, &out->source, NULL},
		{"licence", TEXT, &out->licence, NULL}, {"top", TEXT, &out->top, NULL}, {"ports", TEXT, &out->ports, NULL},
		{"evoapprox", TEXT, &out->evoapprox, NULL}, {"generate", TEXT, &out->generate, NULL},
		{"multiplier", TEXT, &out->multiplier, NULL}, {"adder", TEXT, &out->adder, NULL},
		{"power", NUMBER, &out->power_mw, NULL}, {"area", NUMBER, &out->area_um2, NULL},
		{"delay", NUMBER, &out->delay_ns, NULL}, {"seed", SEED, &out->seed, NULL},
		{"limit", COUNT, &out->limit_s, NULL}, {"terms", COUNT, &out->terms, NULL},
		{"histogram", TEXT, &out->histogram, NULL}, {"heat-map", TEXT, &out->heat_map, NULL},
		{"config", TEXT, &out->config, NULL}, {"group", TEXT, &out->group, NULL},
		{"layer", TEXT, &out->layer, NULL}, {"mapping", TEXT, &out->mapping, NULL},
		{"data", DATA, out->data, NULL}, {"set", SET, &out->overrides, NULL},
		{"network", KEY, &out->overrides, "network.path"},
		{"threads", KEY, &out->overrides, "run.threads"},
		{"images", COUNT, &out->images, NULL}, {"markdown", FLAG, &out->markdown, NULL},
		{"json", FLAG, &out->json, NULL}, {"csv", FLAG, &out->csv, NULL},
		{"all", FLAG, &out->all, NULL}, {"force", FLAG, &out->force, NULL}, {"signed", FLAG, &out->is_signed, NULL},
		{"signed-table", FLAG, &out->signed_table, NULL}, {"swap", FLAG, &out->swap, NULL},
		{"zero-gating", FLAG, &out->zero_gating, NULL},
		{"help", FLAG, &out->help, NULL},
	};
	int i, options = 1;
	cas_status status = CAS_OK;

	*out = (struct cas_mul_args){.power_mw = -1, .area_um2 = -1, .delay_ns = -1, .seed = 1};
	for (i = first; !status && i < argc; i++) {
		if (options && strcmp(argv[i], "--") == 0)
			options = 0;
		else if (options && strncmp(argv[i], "--", 2) == 0)
			status = take_option(rows, sizeof(rows) / sizeof(rows[0]), argc, argv, &i, err);
		else if (out->words == CAS_MUL_WORDS)
			status = cas_err_set(err, CAS_INPUT, "'%.60s' is one argument too many", argv[i]);
		else
			out->word[out->words++] = argv[i];
	}
	return status;
}

void cas_mul_args_clear(struct cas_mul_args *args)
{
	cas_overrides_clear(&args->overrides);
}
