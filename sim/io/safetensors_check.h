/* What the safetensors*.c files share; not for others. */
#ifndef CAS_IO_SAFETENSORS_CHECK_H
#define CAS_IO_SAFETENSORS_CHECK_H

#include <cjson/cJSON.h>

#include "io/safetensors.h"

enum { CAS_ST_LENGTH_BYTES = 8 }; /* of the header's length, at the file's start */
#define CAS_ST_METADATA_KEY "__metadata__"

/* One item of a sorted list of names. */
struct cas_st_name {
	const char *name;
	size_t index;
};

struct cas_safetensors {
	char *label;
	cJSON *json;      /* owns all names and metadata strings */
	size_t count;
	struct cas_st_tensor *tensors; /* header's order */
	struct cas_st_name *by_name;   /* sorted */
	size_t pairs;
	struct cas_st_pair *metadata;
	struct cas_st_name *by_key;
	const uint8_t *data; /* behind the header */
	uint64_t data_bytes;
	void *map;           /* NULL: parsed from the caller's memory */
	size_t map_bytes;
};

/* Check the length and the text of the header, which begins at byte 8.  Errors: CAS_INPUT. */
cas_status cas_st_find_header(const char *label, const uint8_t *bytes, size_t size_bytes,
	size_t *header_bytes, struct cas_err *err);

/* Fill st->json; then, from that and st->data_bytes, tensors and metadata.  What they made stays in
 * *st on failure, for cas_safetensors_close.  Errors: CAS_INPUT, CAS_ENV. */
cas_status cas_st_parse_json(struct cas_safetensors *st, const uint8_t *header, size_t header_bytes,
	struct cas_err *err);
cas_status cas_st_read_tensors(struct cas_safetensors *st, struct cas_err *err);

/* `name`, or a stand-in if it holds control characters, so that a message stays one line. */
const char *cas_st_shown(const char *name);

/* Sort by name.  Errors: CAS_INPUT for an empty or unprintable name or one that is there twice;
 * `what` ("tensor", "metadata key") and `label` go into the message. */
cas_status cas_st_sort_names(const char *label, const char *what, struct cas_st_name names[],
	size_t count, struct cas_err *err);
const struct cas_st_name *cas_st_search(const struct cas_st_name names[], size_t count,
	const char *name);

/* Set elements and size_bytes from dtype, dims and shape.  Errors: CAS_INPUT if they overflow. */
cas_status cas_st_size(const char *label, struct cas_st_tensor *tensor, struct cas_err *err);

#endif
