/* What ReD-CaNe publishes about multipliers, to be printed beside our own figures. */
#ifndef CAS_STUDY_MUL_PAPER_H
#define CAS_STUDY_MUL_PAPER_H

#include <stdint.h>

/* Table IV: noise with operands drawn uniformly ("modeled") and drawn from the inputs of DeepCaps's
 * convolutions on CIFAR-10 ("real"), relative to the range of the product.  NA is exact - approximate,
 * as cas_mul_noise.na. */
struct cas_mul_paper_row {
	const char *name;
	double power_uw, area_um2;
	double na_modeled, nm_modeled, na_real, nm_real;
};

/* The row of a multiplier (name without "mul8u_"), or NULL: the table shows 15 of them. */
const struct cas_mul_paper_row *cas_mul_paper_row(const char *name);

/* Table I: operations of one DeepCaps inference and the energy of each at 45 nm, 8 bits. */
struct cas_mul_paper_operation {
	const char *name;
	double count, unit_pj;
};
enum { CAS_PAPER_ADD, CAS_PAPER_MULTIPLY, CAS_PAPER_DIVIDE, CAS_PAPER_EXP, CAS_PAPER_SQRT,
	CAS_PAPER_OPERATIONS };
const struct cas_mul_paper_operation *cas_mul_paper_operations(void);

/* Fig. 5: part of the computational energy saved by NGR, by 5LT and by both. */
#define CAS_PAPER_SAVED_XM 0.283
#define CAS_PAPER_SAVED_XA 0.019
#define CAS_PAPER_SAVED_XAM 0.302
/* Fig. 4: shares of multiplications and additions. */
#define CAS_PAPER_SHARE_MULTIPLY 0.96
#define CAS_PAPER_SHARE_ADD 0.03
/* Section III.B: multipliers with a Gaussian-like error, of 35. */
#define CAS_PAPER_GAUSSIAN_LIKE 31

#endif
