/* A parallel loop.  Work items must be independent; results must not depend on which worker ran
 * an item, so that the number of threads never changes a result. */
#ifndef CAS_BASE_THREADS_H
#define CAS_BASE_THREADS_H

#include <signal.h>
#include <stddef.h>

#include "base/status.h"

/* `worker` is 0..threads-1 and selects per-worker scratch memory. */
typedef void cas_work_fn(void *ctx, size_t item, int worker);

/* Run fn for items 0..count-1 on `threads` threads (1 runs in the caller).  Stops taking items
 * when *stop becomes non-zero (stop may be NULL).
 * Errors: CAS_ENV if a thread cannot be started; CAS_INTERRUPTED if *stop was set. */
cas_status cas_parallel_for(int threads, size_t count, cas_work_fn *fn, void *ctx,
	const volatile sig_atomic_t *stop, struct cas_err *err);

/* More are not offered: each needs memory of its own (some 5 MB for CapsNet with the float engine), and
 * Debian's OpenBLAS serves twice as many callers at once and crashes beyond. */
enum { CAS_THREADS_MAX = 64 };

/* Processors that this process may use, 1..CAS_THREADS_MAX. */
int cas_threads_available(void);

#endif
