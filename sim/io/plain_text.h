/* Text that every reader of this program's files can read again. */
#ifndef CAS_IO_PLAIN_TEXT_H
#define CAS_IO_PLAIN_TEXT_H

#include "base/status.h"

/* Refuse what YAML, JSON and HTML cannot hold and a terminal should not see: bytes that are not UTF-8,
 * surrogates, non-characters, control characters other than newline and tab.
 * Errors: CAS_INPUT, with the place of the first such byte. */
cas_status cas_plain_text_check(const char *text, struct cas_err *err);

#endif
