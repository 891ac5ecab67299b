/* Accuracy of a network with each multiplier of the library, in each operand mapping. */
#ifndef CAS_STUDY_MUL_ACCURACY_H
#define CAS_STUDY_MUL_ACCURACY_H

#include "study/mul_fingerprint.h"

enum { CAS_MUL_SETTINGS = CAS_FINGERPRINT_BYTES };

struct cas_mul_accuracy_row {
	char name[CAS_MUL8U_NAME];
	char table[17];            /* 16 hexadecimal digits, the first of its table's SHA-256 */
	double power_mw;           /* negative: not known */
	int correct[CAS_MAPPINGS]; /* images answered rightly; -1: not run */
};

/* The table, which may be incomplete.  All rows are of one network, data set and settings. */
struct cas_mul_accuracy {
	char network[64], dataset[64];
	char settings[CAS_MUL_SETTINGS]; /* study/mul_fingerprint.h */
	int images;
	int count;
	struct cas_mul_accuracy_row row[CAS_MUL_LIBRARY_MAX];
};

struct cas_mul_accuracy_request {
	uint8_t mapping[CAS_MAPPINGS]; /* 1: run those in it whose tables fit it (study/mul_mapping.h) */
	const char *names;             /* "NGR,DM1", in this order; NULL: those of EvoApprox8B */
	int all;                       /* with names NULL: every multiplier of the library */
	int squash;                    /* the squash unit's own products too, not exact ones */
	/* Called after each run, to save what is done; an error ends the sweep.  May be NULL. */
	cas_status (*done)(void *ctx, const struct cas_mul_accuracy *table, struct cas_err *err);
	void *ctx;
};

/* Run `config` (its images, numerics, group map) once for every multiplier and mapping asked for, the
 * multiplier as `multipliers.default`.  `table` is empty (zeroed) or holds what was run before: what is
 * in it is not run again, nor taken out.
 * Errors: as cas_eval_run; CAS_INPUT if no multiplier fits a mapping asked for, or if the table is of another network, data set, number of images or
 * other settings. */
cas_status cas_mul_accuracy_run(const struct cas_run_config *config,
	const struct cas_mul_accuracy_request *request, const struct cas_progress *progress,
	struct cas_mul_accuracy *table, struct cas_err *err);

/* Ascending power, unknown last; ties by name. */
void cas_mul_accuracy_sort(struct cas_mul_accuracy *table);

/* 1 if no other row, in the same mapping, has at most this power and at least this accuracy, and less or
 * more of one of the two; 0 if it was not run, or its power is not known. */
int cas_mul_accuracy_on_front(const struct cas_mul_accuracy *table, int row, int mapping);

/* sqrt(p (1 - p) / n) of the share p = correct / images. */
double cas_mul_accuracy_error(int correct, int images);

/* Rows of multiplier and mapping as CSV (docs/multipliers.md, accuracy), in the table's order. */
void cas_mul_accuracy_csv(const struct cas_mul_accuracy *table, struct cas_buf *buf);

/* Read what _csv wrote.  Errors: CAS_INPUT, `file:line: ...`. */
cas_status cas_mul_accuracy_read(const char *path, struct cas_mul_accuracy *table,
	struct cas_err *err);

#endif
