/* Safetensors: named tensors in one file, the weights format that PyTorch users have.
 *
 * Layout: header length as little-endian uint64, a JSON header (name -> dtype, shape, data_offsets;
 * optional `__metadata__`, name -> string), then the data.  Everything the header says is checked
 * before a tensor can be seen, stricter than the format where that finds faults: keys may not repeat,
 * unknown keys are refused, and tensors cover the data without gap or overlap.
 * A little-endian machine is assumed (safetensors.c refuses to compile on another).
 * Source: huggingface/safetensors, README, "Format".
 */
#ifndef CAS_IO_SAFETENSORS_H
#define CAS_IO_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
	CAS_ST_MAX_DIMS = 8,
	CAS_ST_MAX_HEADER_BYTES = 100000000, /* the reference implementation's limit */
};

enum cas_dtype {
	CAS_DT_F32, CAS_DT_F16, CAS_DT_BF16, CAS_DT_F64, CAS_DT_I8, CAS_DT_U8, CAS_DT_I16, CAS_DT_I32,
	CAS_DT_I64, CAS_DT_BOOL,
	CAS_DTYPES
};

/* "F32", ...; bytes of one element; -1 from the last if the word is none of them. */
const char *cas_dtype_name(enum cas_dtype dtype);
size_t cas_dtype_bytes(enum cas_dtype dtype);
int cas_dtype_parse(const char *word);

struct cas_st_tensor {
	const char *name;    /* not empty, no control characters */
	enum cas_dtype dtype;
	int dims;            /* 0 (a scalar)..CAS_ST_MAX_DIMS */
	uint64_t shape[CAS_ST_MAX_DIMS]; /* row-major, first dimension outermost; 0 is possible */
	uint64_t elements;   /* product of the shape; the writer computes it */
	uint64_t size_bytes; /* elements * element size; the writer computes it */
	const void *data;    /* in the mapped file, NOT aligned: memcpy, or cas_safetensors_fetch */
};

struct cas_st_pair {
	const char *key, *value;
};

/* An open file: read-only, so threads may share it.  Names, data and metadata that it gives out live
 * until cas_safetensors_close. */
struct cas_safetensors;

/* Map a file and check it.  The file must not be truncated by others while it is open.
 * Errors: CAS_INPUT, with the file's and the tensor's name and what was expected; CAS_ENV if memory
 * or the mapping fails.  *st is NULL then. */
cas_status cas_safetensors_open(const char *path, struct cas_safetensors **st, struct cas_err *err);

/* The same for bytes in memory, which stay the caller's and must outlive *st; `label` stands for the
 * file's name in messages. */
cas_status cas_safetensors_parse(const char *label, const void *data, size_t size_bytes,
	struct cas_safetensors **st, struct cas_err *err);
void cas_safetensors_close(struct cas_safetensors *st); /* NULL is allowed */

/* Tensors and metadata in the header's order, index < count; by name, NULL if there is none. */
size_t cas_safetensors_count(const struct cas_safetensors *st);
const struct cas_st_tensor *cas_safetensors_at(const struct cas_safetensors *st, size_t index);
const struct cas_st_tensor *cas_safetensors_find(const struct cas_safetensors *st, const char *name);
size_t cas_safetensors_metadata_count(const struct cas_safetensors *st);
struct cas_st_pair cas_safetensors_metadata_at(const struct cas_safetensors *st, size_t index);
const char *cas_safetensors_metadata(const struct cas_safetensors *st, const char *key);

/* Copy tensor `name`, which must have this dtype and shape, to `out` (room for product(shape)
 * elements, aligned for the type).
 * Errors: CAS_INPUT if it is missing or differs, saying both. */
cas_status cas_safetensors_fetch(const struct cas_safetensors *st, const char *name,
	enum cas_dtype dtype, int dims, const uint64_t shape[], void *out, struct cas_err *err);

/* Write tensors and metadata in the order given; of each tensor name, dtype, dims, shape and data are
 * used.  The header is padded with spaces so that the data begins at a multiple of 8 bytes; without
 * pairs there is no `__metadata__`.  The same input gives the same bytes.
 * Errors: CAS_INPUT for what the reader would refuse (name empty, repeated, with control characters
 * or "__metadata__"; shape), CAS_ENV if writing fails: then no file appears (io/outfile.h). */
cas_status cas_safetensors_write(const char *path, const struct cas_st_tensor tensors[], size_t count,
	const struct cas_st_pair metadata[], size_t pairs, struct cas_err *err);

#endif
