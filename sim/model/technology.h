/* A technology: energies and leakages of one process node.  docs/energy.md says what each value
 * multiplies; the file (configs/tech/NAME.yaml) gives unit and source of each.
 */
#ifndef CAS_MODEL_TECHNOLOGY_H
#define CAS_MODEL_TECHNOLOGY_H

#include <stdint.h>

#include "base/status.h"

enum { CAS_SRAM_ROWS = 32, CAS_SRAM_WORDS = 2 };

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

struct cas_technology {
	char name[48];
	int node_nm;
	double multiply_8bit_pj;          /* exact 8x8 product */
	double exact_multiplier_mw;       /* library power of the exact multiplier, for ratios */
	double add_8bit_pj, add_32bit_pj; /* in between: linear in bits */
	double multiply_32bit_pj;
	double divide_pj, exp_pj, sqrt_pj;
	double register_bit_pj;           /* one bit written, its clock included */
	double dram_pj_per_bit;
	double dram_background_mw;
	double pe_area_um2, multiplier_area_um2;
	double logic_leakage_mw_per_mm2;
	struct cas_sram_table sram[CAS_SRAM_WORDS]; /* 8- and 16-byte words */
};

/* Energy of one byte of an access, and leakage, of an SRAM of `size_bytes` with a port of
 * `width_bytes`: the table with the narrowest word >= width, else the widest.  Energy is interpolated
 * linearly in log(size), log(pJ); leakage linearly in size.  Below the smallest row: the smallest
 * row's; above the largest: energy extrapolated from the last two rows, leakage in proportion. */
struct cas_sram_cost {
	double read_pj_per_byte, write_pj_per_byte, leakage_mw;
};
struct cas_sram_cost cas_sram_cost(const struct cas_technology *tech, uint64_t size_bytes,
	int width_bytes);

/* Energy of an adder of 1..64 bits: on the line through the 8- and the 32-bit value, at least the
 * 8-bit value's share by bits below 8. */
double cas_add_pj(const struct cas_technology *tech, int bits);

/* Read a technology file.  Errors: CAS_INPUT `file:line:col: key: ...`; CAS_ENV. */
cas_status cas_technology_read(struct cas_technology *tech, const char *path, struct cas_err *err);

#endif
