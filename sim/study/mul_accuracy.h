/* Accuracy of a network with each multiplier of the library, in each operand mapping. */
#ifndef CAS_STUDY_MUL_ACCURACY_H
#define CAS_STUDY_MUL_ACCURACY_H

#include "study/eval.h"

struct cas_mul_accuracy_row {
	struct cas_mul_entry entry;
	int correct[CAS_MAPPINGS]; /* images answered rightly; -1: mapping not asked for */
};

struct cas_mul_accuracy {
	char network[64], dataset[64];
	int images;
	int count;
	struct cas_mul_accuracy_row *row; /* [count], in the library's order, owned */
};

/* Run `config` (its images, numerics, group map) once for every multiplier of its library and every
 * mapping with mappings[m] non-zero, the multiplier as `multipliers.default`.  `only`: NULL, or one
 * multiplier's name.  `out` is the caller's: cas_mul_accuracy_clear, also after an error.
 * Errors: as cas_eval_run. */
cas_status cas_mul_accuracy_run(const struct cas_run_config *config, const int mappings[CAS_MAPPINGS],
	const char *only, const struct cas_progress *progress, struct cas_mul_accuracy *out,
	struct cas_err *err);
void cas_mul_accuracy_clear(struct cas_mul_accuracy *out);

#endif
