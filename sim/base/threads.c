#define _GNU_SOURCE /* sched_getaffinity */
#include "base/threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

struct pool {
	cas_work_fn *fn;
	void *ctx;
	size_t count;
	const volatile sig_atomic_t *stop;
	atomic_size_t next;
};

struct worker {
	struct pool *pool;
	int index;
	pthread_t thread;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;

	while (!(p->stop && *p->stop)) {
		size_t item = atomic_fetch_add(&p->next, 1);

		if (item >= p->count)
			break;
		p->fn(p->ctx, item, w->index);
	}
	return NULL;
}

cas_status cas_parallel_for(int threads, size_t count, cas_work_fn *fn, void *ctx,
	const volatile sig_atomic_t *stop, struct cas_err *err)
{
	struct pool pool = {.fn = fn, .ctx = ctx, .count = count, .stop = stop};
	struct worker *workers = calloc((size_t)threads, sizeof *workers);
	int started = 0, failed = 0;

	if (!workers)
		return cas_err_set(err, CAS_ENV, "out of memory for %d threads", threads);
	for (int i = 0; i < threads; i++)
		workers[i] = (struct worker){.pool = &pool, .index = i};
	for (started = 1; started < threads; started++)
		if (pthread_create(&workers[started].thread, NULL, work, &workers[started])) {
			failed = 1;
			break;
		}
	work(&workers[0]);
	for (int i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	free(workers);
	if (failed)
		return cas_err_set(err, CAS_ENV, "cannot start %d threads", threads);
	if (stop && *stop)
		return cas_err_set(err, CAS_INTERRUPTED, "interrupted");
	return CAS_OK;
}

int cas_threads_available(void)
{
	cpu_set_t set;

	int count = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);

	return count < CAS_THREADS_MAX ? count : CAS_THREADS_MAX;
}
