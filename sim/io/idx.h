/* IDX files of unsigned bytes, the format of MNIST: two zero bytes, the element type 0x08, the number
 * of dimensions, each dimension as big-endian uint32, then the values, last dimension fastest.
 * Source: the description on yann.lecun.com/exdb/mnist.
 */
#ifndef CAS_IO_IDX_H
#define CAS_IO_IDX_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
	CAS_IDX_MAX_DIMS = 4,
	CAS_IDX_MAX_VALUES = 1 << 30,
};

struct cas_idx {
	int dims;                      /* 1..CAS_IDX_MAX_DIMS */
	size_t dim[CAS_IDX_MAX_DIMS];  /* each >= 1 */
	size_t count;                  /* their product, <= CAS_IDX_MAX_VALUES */
	size_t offset_bytes;           /* of the first value in the (decompressed) file */
	const uint8_t *values;
	char *owned;                   /* the file's bytes, NULL after _parse */
};

/* Check the `size_bytes` of an IDX file in memory; idx->values points into `data`, which stays the
 * caller's and must outlive it.  `label` stands for the file's name in messages; byte positions in
 * them count decompressed bytes from 0.
 * Errors: CAS_INPUT, saying what was found where, and what was expected: magic, element type,
 * dimensions, a zero or too large dimension, missing or trailing bytes. */
cas_status cas_idx_parse(const char *label, const void *data, size_t size_bytes,
	struct cas_idx *idx, struct cas_err *err);

/* The same for a file, plain or gzip-compressed.  cas_idx_clear frees what *idx owns.
 * Errors: also those of cas_file_read_gz. */
cas_status cas_idx_read(const char *path, struct cas_idx *idx, struct cas_err *err);
void cas_idx_clear(struct cas_idx *idx);

#endif
