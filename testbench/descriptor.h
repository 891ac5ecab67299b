/* What the host writes, field by field: a value that a field does not hold is an error, never cut.  The fields
 * of a step's descriptor are those of desc_t in rtl/capsacc_pkg.sv under the same names (tests/lint/rtl.sh
 * compares places and widths). */
#ifndef CAPSACC_DESCRIPTOR_H
#define CAPSACC_DESCRIPTOR_H

#include <stdint.h>

#include "base/status.h"

enum { DESC_WORDS = 16 };

enum rtl_field {
	/* descriptor */
	FIELD_X_JUMP, FIELD_LAST_TYPE, FIELD_KX_STEP, FIELD_LD_BASE, FIELD_IN2_ADDR, FIELD_MULT2, FIELD_KX_COUNT,
	FIELD_TABLE_SEL, FIELD_TWO, FIELD_SIGNED2, FIELD_TO_VOTES, FIELD_POOL_MAX, FIELD_BYTES, FIELD_DRAM_ADDR, FIELD_DIM,
	FIELD_CLASSES, FIELD_CAPS, FIELD_IN_H, FIELD_Y_STEP, FIELD_Y_FIRST, FIELD_BEATS, FIELD_INDEX_SHIFT,
	FIELD_SQUASH_SHIFT, FIELD_ROW_BYTES, FIELD_LD_STEP, FIELD_OUT_P_STEP, FIELD_OUT_Q_STEP, FIELD_OUTER_OUT,
	FIELD_OUTER_IN, FIELD_GROUP_STEP, FIELD_ROW_STEP, FIELD_X_FIRST, FIELD_X_STEP, FIELD_Q_COUNT, FIELD_P_COUNT,
	FIELD_BLOCKS_LAST, FIELD_BLOCKS, FIELD_N, FIELD_OUTER, FIELD_K_GROUPS, FIELD_K_PER_GROUP, FIELD_OUT_ADDR,
	FIELD_IN_ADDR, FIELD_BIAS_ROW, FIELD_MULT, FIELD_CONSTANT, FIELD_SHIFT, FIELD_HI_255, FIELD_LO_0, FIELD_WRITE_V,
	FIELD_LAST_STEP, FIELD_REPLAY, FIELD_CONSTANT_COUPLING, FIELD_ZERO_LOGITS, FIELD_CHAINED_SOFTMAX, FIELD_A_SIGNED,
	FIELD_MUL_SEL, FIELD_KIND,
	/* prefetch list, settings, widths, tables: one word each */
	FIELD_LIST_BLOCKS, FIELD_LIST_REPEATS, FIELD_LIST_K_GROUPS, FIELD_LIST_K_PER_GROUP,
	FIELD_MAPPING, FIELD_ENTRIES, FIELD_DEPTH, FIELD_BEAT_BYTES, FIELD_ROOM,
	FIELD_PSUM_BITS, FIELD_ACC_BITS, FIELD_SATURATE, FIELD_LANE_CONSTANT, FIELD_COEFFICIENT, FIELD_EXPONENTIAL,
	RTL_FIELDS
};

/* Put a value into its word of `words`, whose field is 0 before.
 * Errors: CAS_INPUT, naming the field, its width and `where`. */
cas_status rtl_field_set(uint64_t *words, enum rtl_field field, int64_t value, const char *where, struct cas_err *err);

#endif
