/* Cycles of a program, event by event.  Normative text: docs/timing.md sections 2, 3, 5 and 7. */
#ifndef CAS_COST_TIMING_H
#define CAS_COST_TIMING_H

#include <stdint.h>

#include "base/status.h"
#include "cost/cost.h"

/* The one table of the micro-architecture's constants, in cycles. */
enum {
	CAS_T_HEADER = 4,       /* h: reading a step descriptor, before anything moves */
	CAS_T_COLUMN_TAIL = 5,  /* q: accumulator, bias, requantisation, write; lambda = R + C + q */
	CAS_T_UNIT_TAIL = 14,   /* pipeline of the squash and of the softmax unit */
};

struct cas_timing_step {
	uint64_t start_cycle, cycles;
	uint64_t passes;
	uint64_t fetched_words; /* weight words brought from DRAM for the step's passes */
	struct cas_cycles split;
};

struct cas_timing {
	size_t steps;
	struct cas_timing_step *step; /* owned */
	uint64_t cycles;
	uint64_t weight_peak_words;   /* most words of the weight buffer that were reserved at once */
};

/* Cycles from one weight word to the next on the DRAM port. */
uint64_t cas_timing_word_cycles(const struct cas_accel *accel);

/* Beats of a transfer of `bytes`. */
uint64_t cas_timing_beats(const struct cas_accel *accel, uint64_t bytes);

/* Play the program.  `plain` != 0 walks every pass; 0 skips through steady states, with the same
 * result.  `timing` is overwritten; cas_timing_clear frees it.
 * Errors: CAS_ENV without memory. */
cas_status cas_timing_run(struct cas_timing *timing, const struct cas_program *program,
	const struct cas_accel *accel, int plain, struct cas_err *err);
void cas_timing_clear(struct cas_timing *timing);

#endif
