/* The sentences of a report: what its numbers mean and what is to be said of this result.  Terminal and
 * page print the same ones.
 *
 * Each function appends whole sentences, one paragraph a line, nothing where nothing is to be said.
 */
#ifndef CAS_REPORT_NOTES_H
#define CAS_REPORT_NOTES_H

#include "base/mem.h"
#include "study/eval.h"

void cas_report_notes_accuracy(const struct cas_eval *eval, struct cas_buf *out);
void cas_report_notes_timing(const struct cas_eval *eval, struct cas_buf *out);
void cas_report_notes_memory(const struct cas_eval *eval, struct cas_buf *out);
/* Of cas_report_notes_energy: which multipliers' power counts as the exact one's. */
void cas_report_notes_power(const struct cas_eval *eval, struct cas_buf *out);
void cas_report_notes_energy(const struct cas_eval *eval, struct cas_buf *out);
void cas_report_notes_published(const struct cas_eval *eval, struct cas_buf *out);

#endif
