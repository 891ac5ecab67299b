#include "descriptor.h"

/* FIELD_X of enum rtl_field: {name, word, lowest bit, bits, two's complement}. */
static const struct {
	const char *name;
	uint8_t word, at, bits, is_signed;
} fields[RTL_FIELDS] = {
	[FIELD_X_JUMP] = {"x_jump", 15, 32, 32, 1},
	[FIELD_LAST_TYPE] = {"last_type", 15, 16, 16, 0},
	[FIELD_KX_STEP] = {"kx_step", 14, 32, 32, 0},
	[FIELD_LD_BASE] = {"ld_base", 14, 0, 32, 0},
	[FIELD_IN2_ADDR] = {"in2_addr", 13, 32, 32, 0},
	[FIELD_MULT2] = {"mult2", 13, 16, 16, 0},
	[FIELD_KX_COUNT] = {"kx_count", 13, 9, 7, 0},
	[FIELD_TABLE_SEL] = {"table_sel", 13, 4, 5, 0},
	[FIELD_TWO] = {"two", 13, 3, 1, 0},
	[FIELD_SIGNED2] = {"signed2", 13, 2, 1, 0},
	[FIELD_TO_VOTES] = {"to_votes", 13, 1, 1, 0},
	[FIELD_POOL_MAX] = {"pool_max", 13, 0, 1, 0},
	[FIELD_BYTES] = {"bytes", 12, 32, 32, 0},
	[FIELD_DRAM_ADDR] = {"dram_addr", 12, 0, 32, 0},
	[FIELD_DIM] = {"dim", 11, 48, 16, 0},
	[FIELD_CLASSES] = {"classes", 11, 32, 16, 0},
	[FIELD_CAPS] = {"caps", 11, 0, 32, 0},
	[FIELD_IN_H] = {"in_h", 10, 48, 16, 0},
	[FIELD_Y_STEP] = {"y_step", 10, 32, 16, 0},
	[FIELD_Y_FIRST] = {"y_first", 10, 16, 16, 1},
	[FIELD_BEATS] = {"beats", 10, 9, 7, 0},
	[FIELD_INDEX_SHIFT] = {"index_shift", 10, 5, 4, 0},
	[FIELD_SQUASH_SHIFT] = {"squash_shift", 10, 0, 5, 0},
	[FIELD_ROW_BYTES] = {"row_bytes", 9, 32, 32, 0},
	[FIELD_LD_STEP] = {"ld_step", 9, 0, 32, 0},
	[FIELD_OUT_P_STEP] = {"out_p_step", 8, 32, 32, 0},
	[FIELD_OUT_Q_STEP] = {"out_q_step", 8, 0, 32, 0},
	[FIELD_OUTER_OUT] = {"outer_out", 7, 32, 32, 0},
	[FIELD_OUTER_IN] = {"outer_in", 7, 0, 32, 0},
	[FIELD_GROUP_STEP] = {"group_step", 6, 32, 32, 0},
	[FIELD_ROW_STEP] = {"row_step", 6, 0, 32, 0},
	[FIELD_X_FIRST] = {"x_first", 5, 32, 32, 1},
	[FIELD_X_STEP] = {"x_step", 5, 0, 32, 1},
	[FIELD_Q_COUNT] = {"q_count", 4, 32, 32, 0},
	[FIELD_P_COUNT] = {"p_count", 4, 0, 32, 0},
	[FIELD_BLOCKS_LAST] = {"blocks_last", 3, 48, 16, 0},
	[FIELD_BLOCKS] = {"blocks", 3, 32, 16, 0},
	[FIELD_N] = {"n", 3, 0, 32, 0},
	[FIELD_OUTER] = {"outer", 2, 48, 16, 0},
	[FIELD_K_GROUPS] = {"k_groups", 2, 32, 16, 0},
	[FIELD_K_PER_GROUP] = {"k_per_group", 2, 0, 32, 0},
	[FIELD_OUT_ADDR] = {"out_addr", 1, 32, 32, 0},
	[FIELD_IN_ADDR] = {"in_addr", 1, 0, 32, 1},
	[FIELD_BIAS_ROW] = {"bias_row", 0, 48, 16, 0},
	[FIELD_MULT] = {"mult", 0, 32, 16, 0},
	[FIELD_CONSTANT] = {"constant", 0, 24, 8, 0},
	[FIELD_SHIFT] = {"shift", 0, 16, 7, 0},
	[FIELD_HI_255] = {"hi_255", 0, 15, 1, 0},
	[FIELD_LO_0] = {"lo_0", 0, 14, 1, 0},
	[FIELD_WRITE_V] = {"write_v", 0, 13, 1, 0},
	[FIELD_LAST_STEP] = {"last_step", 0, 12, 1, 0},
	[FIELD_REPLAY] = {"replay", 0, 11, 1, 0},
	[FIELD_CONSTANT_COUPLING] = {"constant_coupling", 0, 10, 1, 0},
	[FIELD_ZERO_LOGITS] = {"zero_logits", 0, 9, 1, 0},
	[FIELD_CHAINED_SOFTMAX] = {"chained_softmax", 0, 8, 1, 0},
	[FIELD_A_SIGNED] = {"a_signed", 0, 7, 1, 0},
	[FIELD_MUL_SEL] = {"mul_sel", 0, 4, 3, 0},
	[FIELD_KIND] = {"kind", 0, 0, 4, 0},
	/* not of the descriptor; tests/lint/rtl.sh stops here */
	[FIELD_LIST_BLOCKS] = {"blocks of the prefetch list", 0, 44, 20, 0},
	[FIELD_LIST_REPEATS] = {"repeats of the prefetch list", 0, 32, 12, 0},
	[FIELD_LIST_K_GROUPS] = {"k_groups of the prefetch list", 0, 20, 12, 0},
	[FIELD_LIST_K_PER_GROUP] = {"k_per_group of the prefetch list", 0, 0, 20, 0},
	[FIELD_MAPPING] = {"mapping", 0, 0, 2, 0},
	[FIELD_ENTRIES] = {"entries of the prefetch list", 0, 8, 6, 0},
	[FIELD_DEPTH] = {"depth", 0, 16, 10, 0},
	[FIELD_BEAT_BYTES] = {"bytes of a beat", 0, 32, 9, 0},
	[FIELD_ROOM] = {"words of room", 0, 48, 15, 0},
	[FIELD_PSUM_BITS] = {"psum_bits - 1", 0, 0, 6, 0},
	[FIELD_ACC_BITS] = {"acc_bits - 1", 0, 8, 6, 0},
	[FIELD_SATURATE] = {"saturate", 0, 16, 1, 0},
	[FIELD_LANE_CONSTANT] = {"lane constant", 0, 0, 40, 1},
	[FIELD_COEFFICIENT] = {"squash coefficient", 0, 0, 16, 0},
	[FIELD_EXPONENTIAL] = {"exponential", 0, 0, 8, 0},
};

cas_status rtl_field_set(uint64_t *words, enum rtl_field field, int64_t value, const char *where, struct cas_err *err)
{
	int bits = fields[field].bits;
	int64_t least = fields[field].is_signed ? -(INT64_C(1) << (bits - 1)) : 0;
	uint64_t mask = (UINT64_C(1) << bits) - 1;

	if (value < least || value >= least + (INT64_C(1) << bits))
		return cas_err_set(err, CAS_INPUT,
			"the RTL does not do this configuration: %s: %lld does not fit %s, which has %d bits", where,
			(long long)value, fields[field].name, bits);
	words[fields[field].word] |= ((uint64_t)value & mask) << fields[field].at;
	return CAS_OK;
}
