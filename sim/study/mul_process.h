/* Running a foreign program for a limited time, without a shell. */
#ifndef CAS_STUDY_MUL_PROCESS_H
#define CAS_STUDY_MUL_PROCESS_H

#include <signal.h>
#include <stdint.h>

#include "base/status.h"

enum cas_process_end { CAS_PROCESS_EXITED, CAS_PROCESS_SIGNALLED, CAS_PROCESS_TIMED_OUT };

struct cas_process {
	const char *const *argv; /* ended by NULL; argv[0] is searched for in PATH */
	const char *folder;      /* where it runs */
	const char *output;      /* file in `folder` for its standard output and error */
	int limit_s;             /* seconds it may take, 1 or more */
	uint64_t file_bytes;     /* largest file it may write */
	const volatile sig_atomic_t *stop; /* non-zero: end it; may be NULL */
	enum cas_process_end end; /* filled in */
	int code;                 /* exit code or signal, filled in */
};

/* Run to its end; after limit_s seconds it and its children (its process group) are killed.  Its
 * standard input is empty.  If this program dies first, the kernel ends the child.
 * Errors: CAS_ENV if it cannot be started (127 as its exit code stands for "not found"); CAS_INTERRUPTED if
 * *stop was set: the group was asked to end, and was killed if that took longer than a second. */
cas_status cas_process_run(struct cas_process *process, struct cas_err *err);

#endif
