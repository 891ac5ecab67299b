/* Importing one multiplier from a user's file into the library. */
#ifndef CAS_STUDY_MUL_IMPORT_H
#define CAS_STUDY_MUL_IMPORT_H

#include "model/mul_library.h"
#include "study/mul_source.h"

struct cas_mul_import {
	struct cas_mul_source source; /* path: .bin .raw .hex .mem .csv .npy, or .c .v .sv */
	const char *name;             /* in the library */
	const char *origin, *licence; /* texts for the manifest; NULL: none */
	double power_mw, area_um2, delay_ns; /* negative: as the file's header says, else unknown */
	int swap;                     /* the file's second operand is the first of the table */
	int keep_signed;              /* with source.is_signed: the table as it is, not by magnitude */
	int force;                    /* take the table even if it disagrees with the file's header */
};

/* Tabulate, compare with what the file's header claims, add to the library.  Claims are stored in the
 * manifest unless they were found wrong or concern a signed multiplier that is stored by magnitude (the
 * library's table is then another function than the one they describe).  Power and the like from a header are stored alike.
 * Nothing is changed on failure.  *entry (may be NULL) gets the new entry.
 * Errors: those of cas_mul_source_tabulate, cas_mul_format_read and cas_mul_library_add, the name
 * being checked before any code runs; CAS_MISMATCH if a claim is wrong and force is not set. */
cas_status cas_mul_import_run(struct cas_mul_library *lib, const struct cas_mul_import *import,
	struct cas_mul_entry *entry, struct cas_err *err);

#endif
