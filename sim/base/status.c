#include "base/status.h"

#include <stdio.h>
#include <string.h>

/* Paths and words of a user may hold anything: a message stays one line and moves no cursor. */
static void flatten(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

cas_status cas_err_set(struct cas_err *err, cas_status code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	flatten(err->text);
	return code;
}

void cas_err_prepend(struct cas_err *err, const char *format, ...)
{
	char old[sizeof err->text];
	va_list args;
	size_t used;

	memcpy(old, err->text, sizeof old);
	va_start(args, format);
	vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	flatten(err->text);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof err->text - used, ": %s", old);
}
