/* Rows of a product table in the form that byte permutes look up: the row of an activation byte is
 * an offset plus one or two "slots" of small unsigned numbers, each stored as a low and a high part.
 *
 *   sum over slots of (lo[i] + (hi[i] << lo_bits)) + offset == value[a][w]   (exact, any table)
 *
 * Three kinds of slots:
 *   CAS_ROW_PAIR  i = low 7 bits of w, values 0..16383, lo and hi of 7 bits: two slots can be added
 *                 in bytes before they are widened
 *   CAS_ROW_WIDE  i = low 7 bits of w, values 0..65535, lo and hi of 8 bits
 *   CAS_ROW_FULL  i = w as a byte (256 entries), values 0..65535
 * The first two serve weights of -64..63, whose low 7 bits say everything; nothing is assumed about
 * signs, so all operand mappings share one form, corrections of `affine` included.
 */
#ifndef CAS_ENGINE_MATMUL_ROWS_H
#define CAS_ENGINE_MATMUL_ROWS_H

#include <stdint.h>

#include "arith/product.h"
#include "base/status.h"

enum { CAS_ROW_PAIR = 1, CAS_ROW_WIDE = 2, CAS_ROW_FULL = 4, CAS_ROW_WIDE2 = 8, CAS_ROW_FULL2 = 16 };
enum { CAS_ROW_SLOTS = 513, CAS_ROW_NULL = 512 }; /* slot a; slot 256 + a its second; a zero one */

struct cas_row_tables {
	uint8_t row7[CAS_ROW_SLOTS][256]; /* lo[128], hi[128]; first, so that rows are 64-byte aligned */
	uint8_t row8[CAS_ROW_SLOTS][512]; /* lo[256], hi[256] */
	int32_t offset7[CAS_ROW_SLOTS];
	int32_t offset8[CAS_ROW_SLOTS];
	uint8_t flags[256];               /* by activation byte: CAS_ROW_* that it takes part in */
};

/* subtract_zero: rows hold value[a][w] - value[0][w] (the row of byte 0 then vanishes).
 * *out is NULL if a row spreads over more than 131,070, which two slots cannot hold.
 * Owned by the caller: free().  Errors: CAS_ENV (memory). */
cas_status cas_row_tables_new(struct cas_row_tables **out, const struct cas_product *product,
	int subtract_zero, struct cas_err *err);

#endif
