/* Numeric arrays of MATLAB 5 files (MATLAB writes them from version 5 on; version 7 compresses each array
 * with zlib).  Little-endian files in memory.  Nothing in the file is believed: each size is held against
 * what is there, and an array's values are those that the file has, or it is refused.
 * Source: MathWorks, "MAT-File Format", chapter 1.
 * Deviation: not libmatio, which reports success for arrays that are cut or damaged and leaves the caller's
 * memory as it was (1.5.23; tests/unit/test_svhn_damage.c).  The tests write their files with it.
 */
#ifndef CAS_IO_MAT5_H
#define CAS_IO_MAT5_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
	CAS_MAT5_MAX_DIMS = 4,
	CAS_MAT5_NAME_BYTES = 64, /* MATLAB's names have at most 63 characters */
};

/* Class: what the array is in MATLAB; the values may be stored in a smaller type. */
enum cas_mat5_class { CAS_MAT5_OTHER, CAS_MAT5_DOUBLE = 6, CAS_MAT5_UINT8 = 9 };

/* Stored types, named by their number in the file. */
enum cas_mat5_type {
	CAS_MAT5_I8 = 1, CAS_MAT5_U8, CAS_MAT5_I16, CAS_MAT5_U16, CAS_MAT5_I32, CAS_MAT5_U32, CAS_MAT5_F32,
	CAS_MAT5_F64 = 9,
};

struct cas_mat5_array {
	char name[CAS_MAT5_NAME_BYTES]; /* empty: not in the file */
	enum cas_mat5_class class;      /* CAS_MAT5_OTHER: neither, complex, or of more dimensions */
	int dims;
	size_t dim[CAS_MAT5_MAX_DIMS];  /* first index varies fastest; 1 from `dims` on */
	/* The rest is 0 for CAS_MAT5_OTHER. */
	enum cas_mat5_type type;
	size_t values, value_bytes;     /* product of the dimensions; bytes of one as stored */
	size_t element_at;              /* byte of the file where its element starts */
	size_t data_at, end_at;         /* of its values and of its end, in the element as it is when unpacked */
};

/* Find `count` arrays by their names in a file of `size_bytes`; those not there have an empty name.  All
 * elements of the file are walked, and the headers of all arrays are read, but no values.
 * Errors: CAS_INPUT: not such a file, big-endian, an element that passes the file's end, damaged compression
 * of a header, a name that is there twice, values that cannot be as many as the dimensions say (in a
 * compressed array: as many as its bytes can stand for). */
cas_status cas_mat5_find(const char *label, const void *data, size_t size_bytes, const char *const names[],
	size_t count, struct cas_mat5_array arrays[], struct cas_err *err);

/* `bytes` bytes of an array's values, as stored, from byte `first` on, to `out`; `array` is what
 * cas_mat5_find found in the same `data`.  A compressed array is unpacked from its
 * start to its end, in 64 KiB of memory, so that damage anywhere is found.
 * Errors: CAS_INPUT: the compressed data is damaged or ends early; CAS_ENV: out of memory. */
cas_status cas_mat5_read(const char *label, const void *data, const struct cas_mat5_array *array, size_t first,
	size_t bytes, void *out, struct cas_err *err);

/* Value of the given type at `bytes`. */
double cas_mat5_value(enum cas_mat5_type type, const uint8_t *bytes);

#endif
