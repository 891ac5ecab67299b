/* One value of a key table: text to member and back.  Internal to io/schema*.c. */
#ifndef CAS_IO_SCHEMA_VALUE_H
#define CAS_IO_SCHEMA_VALUE_H

#include "io/schema.h"

/* Write what `text` says into the member of `out`.  All types but paths and maps.
 * Errors: CAS_INPUT, without the key: `"many" is not an integer, expected 1..256`. */
cas_status cas_value_parse(const struct cas_key *key, const char *text, void *out,
	struct cas_err *err);

/* One element of a CAS_KEY_PAIR. */
cas_status cas_value_parse_element(const struct cas_key *key, const char *text, int index, void *out,
	struct cas_err *err);

/* Copy into a text member.  Errors: CAS_INPUT if it is too long. */
cas_status cas_value_copy(const struct cas_key *key, const char *text, void *out,
	struct cas_err *err);

/* `what` (already in quotes, or "a list") is not of the key's type. */
cas_status cas_value_mistyped(const struct cas_key *key, const char *what, struct cas_err *err);

/* "integer", "size", "choice", ... */
const char *cas_value_type_name(enum cas_key_type type);

/* "1..256", "wrap, saturate", or "". */
void cas_value_range(const struct cas_key *key, struct cas_buf *buf);

/* "an integer in 1..256 rows", "one of wrap, saturate", ... */
void cas_value_describe(const struct cas_key *key, struct cas_buf *buf);

/* The fewest digits, 15 at least, that read back as the same double. */
void cas_value_put_double(struct cas_buf *buf, double value);

#endif
