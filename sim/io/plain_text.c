#include "io/plain_text.h"

#include <stddef.h>
#include <stdint.h>

static int is_plain(uint32_t code)
{
	if (code < 0xa0)
		return (code >= ' ' && code < 0x7f) || code == '\n' || code == '\t';
	return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) && (code & 0xfffe) != 0xfffe;
}

/* Bytes of the UTF-8 character at `s`, 0 if there is none or it is not plain. */
static size_t character(const unsigned char *s)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	size_t more = *s < 0x80 ? 0 : *s < 0xe0 ? 1 : *s < 0xf0 ? 2 : 3;
	uint32_t code = more ? *s & (0x3fu >> more) : *s;

	if ((*s >= 0x80 && *s < 0xc0) || *s >= 0xf8)
		return 0;
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3fu);
	}
	return code >= least[more] && is_plain(code) ? more + 1 : 0;
}

cas_status cas_plain_text_check(const char *text, struct cas_err *err)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t at = 0, length;

	for (; s[at]; at += length) {
		length = character(s + at);
		if (!length)
			return cas_err_set(err, CAS_INPUT, "byte %zu is 0x%02x: expected UTF-8 without control "
				"characters", at, s[at]);
	}
	return CAS_OK;
}
