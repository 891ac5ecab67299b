/* NumPy's .npy format, as far as a multiplier table needs it.
 * Source: numpy.lib.format, versions 1.0 to 3.0. */
#ifndef CAS_MODEL_MUL_NPY_H
#define CAS_MODEL_MUL_NPY_H

#include "arith/mul8u.h"
#include "base/mem.h"

/* See cas_mul_format_read. */
cas_status cas_mul_npy_read(const char *path, struct cas_mul8u *mul, struct cas_err *err);

/* Append the header of a '<u2' or '<i2' array of shape (256, 256); 128 bytes. */
void cas_mul_npy_header(int is_signed, struct cas_buf *buf);

#endif
