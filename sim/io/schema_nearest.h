/* "did you mean ...?" */
#ifndef CAS_IO_SCHEMA_NEAREST_H
#define CAS_IO_SCHEMA_NEAREST_H

#include "io/schema.h"

/* Copy the known key or section that is nearest to `path` by edit distance, and return whether it
 * is near enough to suggest: one edit, and one more for every five bytes.  A key's last word alone
 * ("rows" for "array.rows") counts as one edit. */
int cas_schema_nearest(const struct cas_schema *schema, const char *path,
	char out[CAS_KEY_PATH_BYTES]);

#endif
