/* Memory: checked allocation and a growing byte buffer with a maximum. */
#ifndef CAS_BASE_MEM_H
#define CAS_BASE_MEM_H

#include <stddef.h>

#include "base/status.h"

/* Zeroed memory for `count` elements of `size` bytes, 64-byte aligned; free() releases it.
 * Multiplication is checked.  count * size == 0 gives a valid pointer.
 * Errors: CAS_ENV, with the number of bytes asked for. */
cas_status cas_mem_new(void **out, size_t count, size_t size, struct cas_err *err);

/* Text that grows up to `max_bytes`; one failed append makes all later ones fail, so only the
 * last needs checking.  Owned by the caller: cas_buf_clear. */
struct cas_buf {
	char *data;        /* always NUL-terminated once something was appended */
	size_t size_bytes; /* without the NUL */
	size_t room_bytes;
	size_t max_bytes;
	int failed;
};

void cas_buf_init(struct cas_buf *buf, size_t max_bytes);
void cas_buf_add(struct cas_buf *buf, const void *data, size_t size_bytes);
void cas_buf_printf(struct cas_buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void cas_buf_clear(struct cas_buf *buf);

/* Errors: CAS_ENV if an append failed. */
cas_status cas_buf_check(const struct cas_buf *buf, struct cas_err *err);

#endif
