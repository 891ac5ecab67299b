#include "base/status.h"

#include <stdio.h>
#include <string.h>

cas_status cas_err_set(struct cas_err *err, cas_status code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
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
	used = strlen(err->text);
	snprintf(err->text + used, sizeof err->text - used, ": %s", old);
}
