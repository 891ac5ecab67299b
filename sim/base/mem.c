#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cas_status cas_mem_new(void **out, size_t count, size_t size, struct cas_err *err)
{
	size_t bytes, padded;

	*out = NULL;
	if (__builtin_mul_overflow(count, size, &bytes) ||
	    __builtin_add_overflow(bytes, (size_t)64, &padded))
		return cas_err_set(err, CAS_ENV, "out of memory: %zu elements of %zu bytes", count, size);
	padded &= ~(size_t)63;
	*out = aligned_alloc(64, padded ? padded : 64);
	if (!*out)
		return cas_err_set(err, CAS_ENV, "out of memory: %zu bytes", bytes);
	memset(*out, 0, padded ? padded : 64);
	return CAS_OK;
}

void cas_buf_init(struct cas_buf *buf, size_t max_bytes)
{
	*buf = (struct cas_buf){.max_bytes = max_bytes};
}

/* Make room for `more` bytes and the NUL. */
static int grow(struct cas_buf *buf, size_t more)
{
	size_t need = buf->size_bytes + more + 1, room = buf->room_bytes ? buf->room_bytes : 256;
	char *data;

	if (buf->failed || more > buf->max_bytes || need > buf->max_bytes + 1) {
		buf->failed = 1;
		return 0;
	}
	if (need <= buf->room_bytes)
		return 1;
	while (room < need)
		room *= 2;
	data = realloc(buf->data, room);
	if (!data) {
		buf->failed = 1;
		return 0;
	}
	buf->data = data;
	buf->room_bytes = room;
	return 1;
}

void cas_buf_add(struct cas_buf *buf, const void *data, size_t size_bytes)
{
	if (!grow(buf, size_bytes))
		return;
	if (size_bytes)
		memcpy(buf->data + buf->size_bytes, data, size_bytes);
	buf->size_bytes += size_bytes;
	buf->data[buf->size_bytes] = '\0';
}

void cas_buf_printf(struct cas_buf *buf, const char *format, ...)
{
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		buf->failed = 1;
	else if (grow(buf, (size_t)length)) {
		vsnprintf(buf->data + buf->size_bytes, (size_t)length + 1, format, again);
		buf->size_bytes += (size_t)length;
	}
	va_end(again);
}

void cas_buf_clear(struct cas_buf *buf)
{
	size_t max_bytes = buf->max_bytes;

	free(buf->data);
	cas_buf_init(buf, max_bytes);
}

cas_status cas_buf_check(const struct cas_buf *buf, struct cas_err *err)
{
	if (buf->failed)
		return cas_err_set(err, CAS_ENV, "text longer than %zu bytes, or out of memory", buf->max_bytes);
	return CAS_OK;
}
