#include "model/genotype.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "model/network.h"

/* One field of a row: the order of this table is the order in the file. */
struct field {
	const char *name;
	int min, max;
};

static const struct field fields[CAS_GENOTYPE_FIELDS] = {
	{"type", 0, CAS_GENE_TYPES - 1},
	{"n_in", 1, CAS_MAX_SIDE},
	{"ch_in", 1, CAS_MAX_CHANNELS},
	{"caps_in", 1, CAS_GENOTYPE_MAX_CAPS},
	{"kernel", 1, CAS_MAX_SIDE},
	{"stride", 1, CAS_MAX_SIDE},
	{"n_out", 1, CAS_MAX_SIDE},
	{"ch_out", 1, CAS_MAX_CHANNELS},
	{"caps_out", 1, CAS_GENOTYPE_MAX_CAPS},
};

/* The integer that `item` holds, within the field's range. */
static cas_status read_int(int *out, const cJSON *item, const char *file, int row, int column,
	const struct field *field, struct cas_err *err)
{
	double value;

	if (!cJSON_IsNumber(item))
		return cas_err_set(err, CAS_INPUT,
			"%s: row %d, field %d (%s): not a number, expected an integer in %d..%d", file,
			row, column, field->name, field->min, field->max);
	value = item->valuedouble;
	/* The negated form also refuses a NaN. */
	if (!(value >= field->min && value <= field->max) || value != floor(value))
		return cas_err_set(err, CAS_INPUT,
			"%s: row %d, field %d (%s): %.10g is no integer in %d..%d", file, row, column,
			field->name, value, field->min, field->max);
	*out = (int)value;
	return CAS_OK;
}

static cas_status read_layer(struct cas_gene *gene, const cJSON *row, const char *file, int number,
	struct cas_err *err)
{
	int value[CAS_GENOTYPE_FIELDS], i = 0;
	const cJSON *item;
	cas_status status;

	if (!cJSON_IsArray(row) || cJSON_GetArraySize(row) != CAS_GENOTYPE_FIELDS)
		return cas_err_set(err, CAS_INPUT,
			"%s: row %d: expected a layer, an array of %d integers", file, number,
			(int)CAS_GENOTYPE_FIELDS);
	cJSON_ArrayForEach(item, row) {
		status = read_int(&value[i], item, file, number, i + 1, &fields[i], err);
		if (status != CAS_OK)
			return status;
		i++;
	}
	*gene = (struct cas_gene){
		.type = (enum cas_gene_type)value[0],
		.n_in = value[1],
		.ch_in = value[2],
		.caps_in = value[3],
		.kernel = value[4],
		.stride = value[5],
		.n_out = value[6],
		.ch_out = value[7],
		.caps_out = value[8],
	};
	return CAS_OK;
}

/* One of the last two rows: an array of one integer. */
static cas_status read_single(int *out, const cJSON *row, const char *file, int number,
	const struct field *field, struct cas_err *err)
{
	if (!cJSON_IsArray(row) || cJSON_GetArraySize(row) != 1)
		return cas_err_set(err, CAS_INPUT,
			"%s: row %d: expected the %s, an array of one integer", file, number,
			field->name);
	return read_int(out, cJSON_GetArrayItem(row, 0), file, number, 1, field, err);
}

static cas_status read_rows(struct cas_genotype *out, const cJSON *root, const char *file,
	struct cas_err *err)
{
	int rows = cJSON_IsArray(root) ? cJSON_GetArraySize(root) : 0, number = 1;
	struct field skip = {"skip position", -1, 0};
	const struct field resize = {"resize flag", 1, 2};
	const cJSON *row = NULL;
	cas_status status = CAS_OK;

	if (rows < 3 || rows > CAS_GENOTYPE_MAX_LAYERS + 2)
		return cas_err_set(err, CAS_INPUT,
			"%s: expected an array of 1..%d layers, a skip position and a resize flag; "
			"it has %d rows", file, (int)CAS_GENOTYPE_MAX_LAYERS, rows);
	out->layers = rows - 2;
	skip.max = out->layers - 1;
	cJSON_ArrayForEach(row, root) {
		if (number <= out->layers)
			status = read_layer(&out->layer[number - 1], row, file, number, err);
		else if (number == out->layers + 1)
			status = read_single(&out->skip, row, file, number, &skip, err);
		else
			status = read_single(&out->resize, row, file, number, &resize, err);
		if (status != CAS_OK)
			return status;
		number++;
	}
	return CAS_OK;
}

/* A message at byte `at` of the text, as line and column. */
static cas_status syntax_error(const char *file, const char *text, size_t at, const char *what,
	struct cas_err *err)
{
	int line = 1, column = 1;

	for (size_t i = 0; i < at; i++) {
		column++;
		if (text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	return cas_err_set(err, CAS_INPUT, "%s:%d:%d: %s", file, line, column, what);
}

cas_status cas_genotype_parse(struct cas_genotype *out, const char *file, const char *text,
	size_t size_bytes, struct cas_err *err)
{
	const char *end = text;
	cJSON *root;
	cas_status status;
	size_t at;

	*out = (struct cas_genotype){0};
	if (size_bytes > CAS_GENOTYPE_MAX_BYTES)
		return cas_err_set(err, CAS_INPUT, "%s: a genotype has at most %d bytes, this has %zu",
			file, (int)CAS_GENOTYPE_MAX_BYTES, size_bytes);
	root = size_bytes ? cJSON_ParseWithLengthOpts(text, size_bytes, &end, 0) : NULL;
	at = (size_t)(end - text);
	if (!root)
		return syntax_error(file, text, at, "no JSON, expected an array of layers", err);
	/* strchr would also match the NUL, which a file of known length must not hold. */
	while (at < size_bytes && text[at] && strchr(" \t\r\n", text[at]))
		at++;
	if (at < size_bytes)
		status = syntax_error(file, text, at, "more text after the genotype's end", err);
	else
		status = read_rows(out, root, file, err);
	cJSON_Delete(root);
	return status;
}
