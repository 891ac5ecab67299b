/* The whole library at a glance: error metrics of every multiplier, sorted, with its Pareto front. */
#ifndef CAS_STUDY_MUL_SUMMARY_H
#define CAS_STUDY_MUL_SUMMARY_H

#include "arith/mul8u_metrics.h"
#include "model/mul_library.h"

/* What rows are sorted by, and what the front weighs against power. */
enum cas_mul_key { CAS_MUL_BY_NAME, CAS_MUL_BY_POWER, CAS_MUL_BY_AREA, CAS_MUL_BY_DELAY,
	CAS_MUL_BY_MAE, CAS_MUL_BY_WCE, CAS_MUL_BY_WCRE, CAS_MUL_BY_EP, CAS_MUL_BY_MRE, CAS_MUL_BY_MSE,
	CAS_MUL_BY_NM, CAS_MUL_KEYS };

/* "name", "power", ..., "nm". */
const char *cas_mul_key_name(enum cas_mul_key key);

/* The key called `text`, of those from `first` on (CAS_MUL_BY_MAE: the error figures).
 * Errors: CAS_INPUT for --OPTION, listing these keys. */
cas_status cas_mul_key_parse(const char *option, const char *text, enum cas_mul_key first,
	enum cas_mul_key *out, struct cas_err *err);

struct cas_mul_summary {
	const struct cas_mul_entry *entry; /* belongs to the library */
	struct cas_mul_metrics metrics;
	struct cas_mul_noise noise; /* uniform operands */
	int pareto;                 /* on the front of power against the metric that was asked for */
};

/* A row for each multiplier, in the library's order, all tables being read.  `metric` is one of
 * CAS_MUL_BY_MAE..CAS_MUL_BY_NM.  On the front is a multiplier with known power if no other of its kind (signed, unsigned) has at
 * most its power and at most its error, and less of one of the two.
 * *out[lib->count] is the caller's (free).
 * Errors: those of cas_mul_library_load. */
cas_status cas_mul_summarise(const struct cas_mul_library *lib, enum cas_mul_key metric,
	struct cas_mul_summary **out, struct cas_err *err);

/* Ascending; unknown power, area or delay last; ties by name. */
void cas_mul_summary_sort(struct cas_mul_summary *rows, int count, enum cas_mul_key key);

/* The row's number under `key`; negative: not known; 0 for the name. */
double cas_mul_summary_value(const struct cas_mul_summary *row, enum cas_mul_key key);

#endif
