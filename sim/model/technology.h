/* A technology: energies and leakages of one process node.  docs/energy.md says what each value
 * multiplies; the file (configs/tech/NAME.yaml) gives unit and source of each.
 */
#ifndef CAS_MODEL_TECHNOLOGY_H
#define CAS_MODEL_TECHNOLOGY_H

#include <stdint.h>

#include "base/status.h"

enum { CAS_SRAM_ROWS = 32, CAS_SRAM_WORDS = 2, CAS_SOURCE_BYTES = 320 };

/* One SRAM macro, as CACTI reports it. */
struct cas_sram_row {
	uint64_t size_bytes;
	double read_pj, write_pj; /* one access of a whole word */
	double leakage_mw;        /* subthreshold and gate */
};

/* Macros of one word width, by ascending size. */
struct cas_sram_table {
	int word_bytes;
	int rows;
	struct cas_sram_row row[CAS_SRAM_ROWS];
};

/* One value and where it is from; the member's name says its unit. */
struct cas_quantity {
	double value;
	char source[CAS_SOURCE_BYTES];
};

struct cas_technology {
	char name[48];
	int node_nm;
	struct cas_quantity multiply_8bit_pj;    /* exact 8x8 product */
	struct cas_quantity multiply_32bit_pj;
	struct cas_quantity add_8bit_pj, add_32bit_pj; /* in between: linear in bits */
	struct cas_quantity divide_pj, exp_pj, sqrt_pj;
	struct cas_quantity register_bit_pj;     /* one bit written, its clock included */
	struct cas_quantity dram_bit_pj;
	struct cas_quantity dram_background_mw;
	struct cas_quantity exact_multiplier_um2, pe_um2;
	struct cas_quantity logic_leakage_mw_per_mm2;
	char sram_source[CAS_SOURCE_BYTES];
	struct cas_sram_table sram[CAS_SRAM_WORDS]; /* 8- and 16-byte words */
};

/* Energy of one byte of an access, and leakage, of an SRAM of `size_bytes` with a port of
 * `width_bytes`: the table with the narrowest word >= width, else the widest.  Energy is interpolated
 * linearly between log(size) and log(pJ), and extrapolated so above the largest row; leakage linearly
 * in size, above the largest row in proportion.  Below the smallest row: that row's. */
struct cas_sram_cost {
	double read_pj_per_byte, write_pj_per_byte, leakage_mw;
};
struct cas_sram_cost cas_sram_cost(const struct cas_technology *tech, uint64_t size_bytes,
	int width_bytes);

/* Energy of an adder of 1..64 bits: on the line through the 8- and the 32-bit value; below 8 bits in
 * proportion to the 8-bit value. */
double cas_add_pj(const struct cas_technology *tech, int bits);

/* Read a technology file; every key is required.
 * Errors: CAS_INPUT `file:line:column: key: ...`; CAS_ENV without memory. */
cas_status cas_technology_read(struct cas_technology *tech, const char *path, struct cas_err *err);

#endif
