/* Reports of an evaluation: text for the terminal, and the files of a results folder (docs/report.md).
 * Nothing here depends on the time of day, on the machine or on the number of threads, but for the
 * one timestamp that the caller passes.
 */
#ifndef CAS_REPORT_REPORT_H
#define CAS_REPORT_REPORT_H

#include "base/mem.h"
#include "base/status.h"
#include "study/eval.h"

#define CAS_VERSION "0.1.0"

/* Upper limit of any rendered report. */
#define CAS_REPORT_MAX_BYTES ((size_t)64 << 20)

/* The summary for a terminal, appended to `out`. */
void cas_report_text(const struct cas_eval *eval, struct cas_buf *out);

/* report.json, schema capsacc-report/1, appended; `created` is written as it is.
 * Errors: CAS_ENV without memory. */
cas_status cas_report_json(const struct cas_eval *eval, const char *created, struct cas_buf *out,
	struct cas_err *err);

/* layers.csv: one line a step, all counts in full. */
void cas_report_csv(const struct cas_eval *eval, struct cas_buf *out);

/* traffic.csv: one line a step and memory that it touches (buffers, accumulators, DRAM). */
void cas_report_traffic(const struct cas_eval *eval, struct cas_buf *out);

/* answers.csv: label and answer of each image. */
void cas_report_answers(const struct cas_eval *eval, struct cas_buf *out);

/* report.html: one self-contained page. */
void cas_report_html(const struct cas_eval *eval, struct cas_buf *out);

/* Whether results may be written to `folder`: not where that would replace the user's own configuration
 * `config` ("": none).  One that an earlier run wrote may be.
 * Errors: CAS_INPUT. */
cas_status cas_report_check(const char *config, const char *folder, struct cas_err *err);

/* Write report.json, layers.csv, operations.csv, answers.csv, report.html and config.yaml to `folder`, which is
 * made if need be; and traffic.csv if the configuration asks for it (otherwise one of an earlier run is
 * removed).  All of them are complete on disk before the first gets its name.
 * Errors: CAS_ENV; CAS_INPUT if one of the names is taken by something that is no file. */
cas_status cas_report_write(const struct cas_eval *eval, const char *folder, const char *created,
	struct cas_err *err);

#endif
