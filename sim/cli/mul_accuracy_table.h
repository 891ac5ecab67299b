/* How `mul accuracy` shows its table. */
#ifndef CAS_CLI_MUL_ACCURACY_TABLE_H
#define CAS_CLI_MUL_ACCURACY_TABLE_H

#include "study/mul_accuracy.h"

enum { CAS_MUL_ACCURACY_BYTES = 4 << 20 };

/* Sort the table by power first.  Mappings without a single run have no column. */
void cas_mul_accuracy_text(const struct cas_mul_accuracy *table, struct cas_buf *buf);
void cas_mul_accuracy_markdown(const struct cas_mul_accuracy *table, struct cas_buf *buf);
cas_status cas_mul_accuracy_json(const struct cas_mul_accuracy *table, struct cas_err *err);

#endif
