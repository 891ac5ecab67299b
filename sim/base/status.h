/* Status codes and the one error message that a failure carries.
 *
 * A fallible function returns cas_status, gives results through out-parameters and takes
 * `struct cas_err *err` last.  The message is written once, where the fault is found, in the form
 * `file:line:column: what is wrong, what was expected` as far as a place is known; callers only
 * prepend context.  The numeric values are the program's exit codes.
 */
#ifndef CAS_BASE_STATUS_H
#define CAS_BASE_STATUS_H

#include <stdarg.h>

typedef enum {
	CAS_OK = 0,
	CAS_MISMATCH = 1,  /* ran, and a comparison failed */
	CAS_INPUT = 2,     /* bad command line or input file */
	CAS_ENV = 3,       /* environment: no memory, disk full, tool missing */
	CAS_INTERRUPTED = 130, /* Ctrl-C (128 + SIGINT) */
} cas_status;

struct cas_err {
	char text[1024]; /* one line, no newline at its end, no control character (they become '?') */
};

/* Write the message (printf style) and return `code`, so that a caller can `return` it. */
cas_status cas_err_set(struct cas_err *err, cas_status code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Put `format` and ": " before the message that is there. */
void cas_err_prepend(struct cas_err *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
