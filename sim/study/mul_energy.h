/* Computational energy of DeepCaps with approximate multipliers and adders: ReD-CaNe's Fig. 4 and 5.
 */
#ifndef CAS_STUDY_MUL_ENERGY_H
#define CAS_STUDY_MUL_ENERGY_H

#include "model/mul_library.h"
#include "study/mul_paper.h"

#define CAS_ADD_NAME 32
#define CAS_ADD_EXACT "0FP" /* the library's exact 8-bit adder */

/* Figures of an EvoApprox8B adder; its table is not needed. */
struct cas_add_entry {
	char name[CAS_ADD_NAME]; /* without "add8u_" */
	double power_mw, area_um2, delay_ns;
};

/* One adder of mul8u_lib/add8u.csv, with or without "add8u_".
 * Errors: CAS_INPUT for an unreadable file, a malformed line (file:line) or an unknown name. */
cas_status cas_add_find(const struct cas_mul_library *lib, const char *name,
	struct cas_add_entry *out, struct cas_err *err);

/* The paper does not say how a component's energy follows from the library's figures. */
enum cas_energy_rule {
	CAS_ENERGY_BY_POWER,       /* unit energy x power / exact power */
	CAS_ENERGY_BY_POWER_DELAY, /* x (power x delay) / exact (power x delay) */
	CAS_ENERGY_RULES
};

struct cas_mul_energy {
	double operation_mj[CAS_PAPER_OPERATIONS]; /* Table I: count x unit energy, all exact */
	double total_mj;
	/* Part of total_mj that is saved: multiplier only, adder only, both. */
	double saved_xm[CAS_ENERGY_RULES], saved_xa[CAS_ENERGY_RULES], saved_xam[CAS_ENERGY_RULES];
};

/* Errors: CAS_INPUT for an unknown component or one without power and delay. */
cas_status cas_mul_energy_compute(const struct cas_mul_library *lib, const char *multiplier,
	const char *adder, struct cas_mul_energy *out, struct cas_err *err);

#endif
