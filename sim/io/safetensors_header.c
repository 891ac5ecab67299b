/* The header's JSON, checked entry by entry. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/safetensors_check.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the data is used as it lies in the file");

enum { LENGTH_BYTES = CAS_ST_LENGTH_BYTES };
#define MAX_INTEGER 9007199254740992.0 /* 2^53: all that JSON numbers, doubles here, hold exactly */

/* A tensor's place in the data, for the check of gaps and overlaps. */
struct span {
	uint64_t begin, end;
	const char *name;
};

cas_status cas_st_find_header(const char *label, const uint8_t *bytes, size_t size_bytes,
	size_t *header_bytes, struct cas_err *err)
{
	uint64_t length;

	if (size_bytes < LENGTH_BYTES)
		return cas_err_set(err, CAS_INPUT, "%s: %zu bytes, expected at least %d for the header's "
			"length", label, size_bytes, LENGTH_BYTES);
	memcpy(&length, bytes, sizeof length);
	if (length > CAS_ST_MAX_HEADER_BYTES)
		return cas_err_set(err, CAS_INPUT, "%s: header of %" PRIu64 " bytes, expected at most %d",
			label, length, CAS_ST_MAX_HEADER_BYTES);
	if (length > size_bytes - LENGTH_BYTES)
		return cas_err_set(err, CAS_INPUT, "%s: header of %" PRIu64 " bytes, but %zu follow its length",
			label, length, size_bytes - LENGTH_BYTES);
	if (!length || bytes[LENGTH_BYTES] != '{')
		return cas_err_set(err, CAS_INPUT, "%s: byte %d: header does not begin with {", label,
			LENGTH_BYTES);
	/* cJSON takes control characters for white space, and lets them stand in strings. */
	for (size_t i = LENGTH_BYTES; i < LENGTH_BYTES + length; i++)
		if (bytes[i] < 0x20 && bytes[i] != '\t' && bytes[i] != '\n' && bytes[i] != '\r')
			return cas_err_set(err, CAS_INPUT, "%s: byte %zu: control character 0x%02x in the header",
				label, i, bytes[i]);
	*header_bytes = (size_t)length;
	return CAS_OK;
}

cas_status cas_st_parse_json(struct cas_safetensors *st, const uint8_t *header,
	size_t header_bytes, struct cas_err *err)
{
	const char *end = NULL;
	void *copy;
	size_t at;
	cas_status status = cas_mem_new(&copy, header_bytes + 1, 1, err);

	if (status)
		return status;
	/* The NUL behind a copy keeps cJSON inside: older releases read past the end of a text that is
	 * only limited by its length (CVE-2023-53154).  Depth is limited by cJSON itself (1000). */
	memcpy(copy, header, header_bytes);
	st->json = cJSON_ParseWithLengthOpts(copy, header_bytes + 1, &end, 0);
	at = end ? (size_t)(end - (const char *)copy) : 0;
	if (!st->json)
		status = cas_err_set(err, CAS_INPUT, "%s: byte %zu: header is not JSON", st->label,
			LENGTH_BYTES + at);
	while (!status && at < header_bytes && header[at] == ' ')
		at++;
	if (!status && at < header_bytes)
		status = cas_err_set(err, CAS_INPUT, "%s: byte %zu: more text after the header's JSON",
			st->label, LENGTH_BYTES + at);
	free(copy);
	return status;
}

static int read_integer(const cJSON *item, uint64_t *value)
{
	/* The negated form refuses what compares false, too. */
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= MAX_INTEGER))
		return 0;
	*value = (uint64_t)item->valuedouble;
	return (double)*value == item->valuedouble;
}

static cas_status read_integers(const char *label, const char *name, const cJSON *list, int max,
	uint64_t values[], int *count, struct cas_err *err)
{
	const cJSON *item;

	*count = 0;
	if (!cJSON_IsArray(list))
		return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": %s is not a list", label, name,
			list->string);
	cJSON_ArrayForEach(item, list) {
		if (*count == max)
			return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": %s has more than %d entries", label,
				name, list->string, max);
		if (!read_integer(item, &values[*count]))
			return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": %s[%d] is not an integer in "
				"0..2^53", label, name, list->string, *count);
		++*count;
	}
	return CAS_OK;
}

enum { KEY_DTYPE, KEY_SHAPE, KEY_OFFSETS, KEYS };
static const char *const key_names[KEYS] = {"dtype", "shape", "data_offsets"};

/* Each of the three keys exactly once, and no other. */
static cas_status find_keys(const char *label, const cJSON *entry, const cJSON *found[KEYS],
	struct cas_err *err)
{
	const cJSON *item;
	int key;

	if (!cJSON_IsObject(entry))
		return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": is not an object with dtype, shape and "
			"data_offsets", label, entry->string);
	cJSON_ArrayForEach(item, entry) {
		for (key = 0; key < KEYS && strcmp(item->string, key_names[key]); key++)
			;
		if (key == KEYS)
			return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": unknown key \"%s\", expected dtype, "
				"shape and data_offsets", label, entry->string, cas_st_shown(item->string));
		if (found[key])
			return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": %s is there twice", label,
				entry->string, key_names[key]);
		found[key] = item;
	}
	for (key = 0; key < KEYS; key++)
		if (!found[key])
			return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": no %s", label, entry->string,
				key_names[key]);
	return CAS_OK;
}

static cas_status read_dtype(const char *label, const char *name, const cJSON *item,
	enum cas_dtype *dtype, struct cas_err *err)
{
	int parsed = cJSON_IsString(item) ? cas_dtype_parse(item->valuestring) : -1;

	if (parsed < 0)
		return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": dtype is %s, expected one of F32 F16 "
			"BF16 F64 I8 U8 I16 I32 I64 BOOL", label, name,
			cJSON_IsString(item) ? cas_st_shown(item->valuestring) : "not a string");
	*dtype = (enum cas_dtype)parsed;
	return CAS_OK;
}

static cas_status check_offsets(const struct cas_safetensors *st, const struct cas_st_tensor *tensor,
	const uint64_t offsets[2], struct cas_err *err)
{
	uint64_t begin = offsets[0], end = offsets[1];

	if (begin > end)
		return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": data_offsets %" PRIu64 "..%" PRIu64
			" run backwards", st->label, tensor->name, begin, end);
	if (end - begin != tensor->size_bytes)
		return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": data_offsets %" PRIu64 "..%" PRIu64
			" do not hold %" PRIu64 " %s (%" PRIu64 " bytes)", st->label, tensor->name, begin, end,
			tensor->elements, cas_dtype_name(tensor->dtype), tensor->size_bytes);
	if (end > st->data_bytes)
		return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": data_offsets %" PRIu64 "..%" PRIu64
			" pass the end of the data (%" PRIu64 " bytes)", st->label, tensor->name, begin, end,
			st->data_bytes);
	return CAS_OK;
}

static cas_status read_tensor(const struct cas_safetensors *st, const cJSON *entry,
	struct cas_st_tensor *tensor, struct span *span, struct cas_err *err)
{
	const cJSON *found[KEYS] = {NULL};
	uint64_t offsets[2];
	int count;
	cas_status status = find_keys(st->label, entry, found, err);

	tensor->name = entry->string;
	if (!status)
		status = read_dtype(st->label, tensor->name, found[KEY_DTYPE], &tensor->dtype, err);
	if (!status)
		status = read_integers(st->label, tensor->name, found[KEY_SHAPE], CAS_ST_MAX_DIMS,
			tensor->shape, &tensor->dims, err);
	if (!status)
		status = cas_st_size(st->label, tensor, err);
	if (!status)
		status = read_integers(st->label, tensor->name, found[KEY_OFFSETS], 2, offsets, &count, err);
	if (!status && count != 2)
		status = cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": data_offsets has %d entries, expected "
			"2", st->label, tensor->name, count);
	if (!status)
		status = check_offsets(st, tensor, offsets, err);
	if (status)
		return status;
	tensor->data = st->data + offsets[0];
	*span = (struct span){offsets[0], offsets[1], tensor->name};
	return CAS_OK;
}

static int compare_spans(const void *left, const void *right)
{
	const struct span *a = left, *b = right;

	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	return (a->end > b->end) - (a->end < b->end);
}

/* Gaps could hide data, overlaps make one tensor change another: the format forbids both. */
static cas_status check_cover(const struct cas_safetensors *st, struct span spans[],
	struct cas_err *err)
{
	uint64_t position = 0;

	if (st->count)
		qsort(spans, st->count, sizeof *spans, compare_spans);
	for (size_t i = 0; i < st->count; i++) {
		if (spans[i].begin != position)
			return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": begins at byte %" PRIu64
				" of the data, expected %" PRIu64 " (%s)", st->label, spans[i].name, spans[i].begin,
				position, spans[i].begin < position ? "an overlap" : "a gap");
		position = spans[i].end;
	}
	if (position != st->data_bytes)
		return cas_err_set(err, CAS_INPUT, "%s: %" PRIu64 " bytes of data, but the tensors end at byte "
			"%" PRIu64, st->label, st->data_bytes, position);
	return CAS_OK;
}

static cas_status read_metadata(struct cas_safetensors *st, const cJSON *object, struct cas_err *err)
{
	const cJSON *item;
	size_t room = 0;
	void *memory;
	cas_status status;

	if (!cJSON_IsObject(object))
		return cas_err_set(err, CAS_INPUT, "%s: " CAS_ST_METADATA_KEY " is not an object of strings",
			st->label);
	cJSON_ArrayForEach(item, object)
		room++;
	status = cas_mem_new(&memory, room, sizeof *st->metadata, err);
	if (status)
		return status;
	st->metadata = memory;
	status = cas_mem_new(&memory, room, sizeof *st->by_key, err);
	if (status)
		return status;
	st->by_key = memory;
	cJSON_ArrayForEach(item, object) {
		if (!cJSON_IsString(item))
			return cas_err_set(err, CAS_INPUT, "%s: metadata key \"%s\" is not a string", st->label,
				cas_st_shown(item->string));
		st->metadata[st->pairs] = (struct cas_st_pair){item->string, item->valuestring};
		st->by_key[st->pairs] = (struct cas_st_name){item->string, st->pairs};
		st->pairs++;
	}
	return cas_st_sort_names(st->label, "metadata key", st->by_key, st->pairs, err);
}

/* Names first, so that every later message may quote them. */
static cas_status read_names(struct cas_safetensors *st, const cJSON **metadata, struct cas_err *err)
{
	const cJSON *entry;
	size_t room = 0;
	void *memory;
	cas_status status;

	cJSON_ArrayForEach(entry, st->json)
		room++;
	status = cas_mem_new(&memory, room, sizeof *st->tensors, err);
	if (status)
		return status;
	st->tensors = memory;
	status = cas_mem_new(&memory, room, sizeof *st->by_name, err);
	if (status)
		return status;
	st->by_name = memory;
	cJSON_ArrayForEach(entry, st->json) {
		if (strcmp(entry->string, CAS_ST_METADATA_KEY)) {
			st->by_name[st->count] = (struct cas_st_name){entry->string, st->count};
			st->count++;
		} else if (*metadata) {
			return cas_err_set(err, CAS_INPUT, "%s: " CAS_ST_METADATA_KEY " is there twice", st->label);
		} else {
			*metadata = entry;
		}
	}
	return cas_st_sort_names(st->label, "tensor", st->by_name, st->count, err);
}

cas_status cas_st_read_tensors(struct cas_safetensors *st, struct cas_err *err)
{
	const cJSON *entry, *metadata = NULL;
	struct span *spans;
	void *memory;
	size_t i = 0;
	cas_status status = read_names(st, &metadata, err);

	if (!status && metadata)
		status = read_metadata(st, metadata, err);
	if (!status)
		status = cas_mem_new(&memory, st->count, sizeof *spans, err);
	if (status)
		return status;
	spans = memory;
	cJSON_ArrayForEach(entry, st->json) {
		if (entry == metadata)
			continue;
		status = read_tensor(st, entry, &st->tensors[i], &spans[i], err);
		if (status)
			break;
		i++;
	}
	if (!status)
		status = check_cover(st, spans, err);
	free(spans);
	return status;
}
