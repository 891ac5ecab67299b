/* Gate-level area of a multiplier netlist against an exact multiplier: an estimate, for multipliers
 * without published figures. */
#ifndef CAS_STUDY_MUL_AREA_H
#define CAS_STUDY_MUL_AREA_H

#include "study/mul_source.h"

/* Transistors of static CMOS gates, as Yosys estimates them after synthesis to generic gates of up to
 * two inputs (abc -g gates; no cell library, no timing, no wires). */
struct cas_mul_area_estimate {
	uint64_t transistors, exact_transistors;
	double relative; /* the quotient */
};

/* Synthesise source->path (.v or .sv, module source->top) and `assign O = A * B` alike.
 * Errors: CAS_INPUT: another kind of file, unreadable, Yosys refuses it (its first error) or runs longer
 * than source->compile_s (0: 120) seconds; CAS_ENV: Yosys is missing (names the package). */
cas_status cas_mul_area_estimate(const struct cas_mul_source *source,
	struct cas_mul_area_estimate *out, struct cas_err *err);

#endif
