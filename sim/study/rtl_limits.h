/* What the RTL of this project does not do; the sizes that rtl/capsacc_top.sv is built with. */
#ifndef CAS_STUDY_RTL_LIMITS_H
#define CAS_STUDY_RTL_LIMITS_H

#include "model/accelerator.h"
#include "model/network.h"
#include "model/program.h"

/* Partial sums of 25 bits hold any sum of 256 products of 16 bits, accumulators of 32 bits any of
 * CAS_RTL_TERMS: wider ones give the same words. */
enum { CAS_RTL_LANES = 4, CAS_RTL_DEPTH = 512, CAS_RTL_PSUM_BITS = 25, CAS_RTL_ACC_BITS = 32, CAS_RTL_TERMS = 1 << 15,
	CAS_RTL_DATA_BYTES = 1 << 18, CAS_RTL_VOTES_BYTES = 1 << 18, CAS_RTL_LOGITS_BYTES = 1 << 14,
	CAS_RTL_COUPLING_BYTES = 1 << 14, CAS_RTL_V_BYTES = 1 << 12, CAS_RTL_WEIGHT_WORDS = 1 << 14,
	CAS_RTL_STEPS = 512, CAS_RTL_WEIGHT_STEPS = 32, CAS_RTL_BIAS_ROWS = 256, CAS_RTL_UNIT_TABLES = 32, CAS_RTL_KERNEL = 127,
	CAS_RTL_BLOCKS = 65535, CAS_RTL_TABLES = 8 };

/* What of a configuration is outside, in words; NULL if the RTL does it.  The program may be NULL where there is
 * none yet, `multipliers` (different ones) 0 where that is not known. */
const char *cas_rtl_misfit(const struct cas_accel *accel, const struct cas_network *net,
	const struct cas_program *program, int multipliers);

/* The same.  Errors: CAS_INPUT, naming what is outside. */
cas_status cas_rtl_check(const struct cas_accel *accel, const struct cas_network *net,
	const struct cas_program *program, int multipliers, struct cas_err *err);

#endif
