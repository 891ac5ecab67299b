/* Multiplier tables in the formats that other tools read and write. */
#ifndef CAS_MODEL_MUL_FORMAT_H
#define CAS_MODEL_MUL_FORMAT_H

#include "arith/mul8u.h"
#include "base/status.h"

enum cas_mul_format {
	CAS_MUL_RAW, /* .bin, .raw: 65,536 little-endian uint16 (TFApproximate's layout) */
	CAS_MUL_HEX, /* .hex, .mem: 65,536 words of 4 hex digits, one a line, for $readmemh */
	CAS_MUL_CSV, /* .csv: 256 lines of 256 decimal cells, the first operand selects the line */
	CAS_MUL_NPY, /* .npy: NumPy, shape (256, 256) or (65536,), C order, an integer type */
	CAS_MUL_FORMATS
};

/* From the end of a file's name, case ignored.
 * Errors: CAS_INPUT naming the endings that there are. */
cas_status cas_mul_format_of(const char *path, enum cas_mul_format *out, struct cas_err *err);

/* Fill mul->product; mul->name and mul->is_signed are left alone.  CSV cells may have blanks around them; hex words are
 * separated by white space, `//` starts a comment, addresses (@) are not taken; a NumPy array has
 * 16-, 32- or 64-bit integers of either byte order, no value outside 0..65535.
 * If mul->is_signed, CSV and NumPy hold signed products or their 16-bit words, -32768..65535.
 * Errors: CAS_INPUT with path:line:column (text) or path (binary). */
cas_status cas_mul_format_read(const char *path, enum cas_mul_format format,
	struct cas_mul8u *mul, struct cas_err *err);

/* The file appears whole or not at all.  NumPy: '<u2' or (signed table) '<i2', shape (256, 256); CSV: signed
 * integers of a signed table.
 * Errors: CAS_ENV if it cannot be written. */
cas_status cas_mul_format_write(const char *path, enum cas_mul_format format,
	const struct cas_mul8u *mul, struct cas_err *err);

#endif
