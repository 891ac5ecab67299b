/* Several stored results side by side (`capsacc-sim report`). */
#ifndef CAS_REPORT_COMPARE_H
#define CAS_REPORT_COMPARE_H

#include "base/mem.h"
#include "base/status.h"

enum { CAS_COMPARE_MOST = 1000 };

/* Reports that were read.  Owned: cas_compare_clear. */
struct cas_compare {
	int count;
	struct cas_compare_result *result;
};

/* Read report.json of each folder (or the file itself, where `path` names a file).
 * Errors: CAS_INPUT: no such file, no JSON, another schema, more than CAS_COMPARE_MOST; CAS_ENV.
 * *out is empty then. */
cas_status cas_compare_read(const char *const path[], int count, struct cas_compare *out,
	struct cas_err *err);
void cas_compare_clear(struct cas_compare *compare);

/* One line a result; above the table, what is the same in all of them (of one result, everything). */
void cas_compare_text(const struct cas_compare *compare, struct cas_buf *out);
/* The same as a page, with bars. */
void cas_compare_html(const struct cas_compare *compare, struct cas_buf *out);
/* One line a result and every column, numbers in full; a cell is empty where a report has no such key. */
void cas_compare_csv(const struct cas_compare *compare, struct cas_buf *out);

#endif
