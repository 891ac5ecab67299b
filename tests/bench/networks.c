/* Whole networks: images a second of both engines, over threads, and with every table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "base/threads.h"
#include "engine/enginef.h"

enum { MAX_JOBS = BENCH_RUNNERS, MAX_THREADS = 2, TABLES = 36, SCALING_IMAGES = 16 };

static const char *const multipliers[] = {"1JFF", "NGR", "2HH"}; /* 2HH: T[0][w] != 0 */
static const char *const mappings[] = {"sign_magnitude", "sign_magnitude_aligned", "affine"};

/* `images` images on `threads` threads, by one of the engines. */
struct job {
	const struct bench_set *set;
	int images, threads;
	struct cas_engine8 *engine;
	struct cas_worker8 *worker[MAX_THREADS];
	struct cas_enginef *enginef;
	struct cas_workerf *workerf[MAX_THREADS];
	const char *isa, *multiplier, *mapping;
};

static void run_image(void *ctx, size_t item, int worker)
{
	struct job *j = ctx;
	const uint8_t *pixels = j->set->images.pixels + item * j->set->image_bytes;

	if (j->engine)
		cas_engine8_run(j->engine, j->worker[worker], pixels, NULL);
	else
		cas_enginef_run(j->enginef, j->workerf[worker], pixels, NULL);
}

/* One thread takes the images one by one, several all at once. */
static void run_job(void *ctx, int part)
{
	struct job *j = ctx;
	struct cas_err err;

	if (j->threads == 1)
		run_image(j, (size_t)part, 0);
	else if (cas_parallel_for(j->threads, (size_t)j->images, run_image, j, NULL, &err))
		bench_fail(err.text);
}

static void make_workers(struct job *j)
{
	struct cas_err err;

	for (int t = 0; t < j->threads; t++)
		if (j->engine ? cas_worker8_new(&j->worker[t], j->engine, &err)
			      : cas_workerf_new(&j->workerf[t], j->enginef, &err))
			bench_fail(err.text);
	for (int i = 0; j->engine && i < j->set->net.layers; i++)
		if (cas_engine8_is_exposed(j->engine, i))
			bench_fail("a width can overflow, so that the slow reference order would be measured");
}

static void free_job(struct job *j)
{
	for (int t = 0; t < MAX_THREADS; t++) {
		cas_worker8_free(j->worker[t]);
		cas_workerf_free(j->workerf[t]);
	}
	cas_engine8_free(j->engine);
	cas_enginef_free(j->enginef);
}

static struct job float_job(const struct bench_set *set, int images, int threads)
{
	struct job j = {.set = set, .images = images, .threads = threads, .isa = "float", .multiplier = "none",
		.mapping = "none"};
	struct cas_err err;

	if (cas_enginef_plan(&j.enginef, &set->net, 0, &err))
		bench_fail(err.text);
	make_workers(&j);
	return j;
}

static struct job table_job(const struct bench_set *set, const uint16_t *table, enum cas_mapping mapping,
	enum cas_isa isa, int images, int threads)
{
	struct job j = {.set = set, .images = images, .threads = threads, .isa = bench_isa_name(isa),
		.mapping = mappings[mapping]};

	j.engine = bench_engine(&set->net, table, mapping, isa);
	make_workers(&j);
	return j;
}

static struct bench_runner runner_of(struct job *j)
{
	return (struct bench_runner){.run = run_job, .ctx = j, .parts = j->threads == 1 ? j->images : 1,
		.wall = j->threads > 1};
}

static void race_jobs(struct bench_results *r, struct job *job, int jobs, double slice_s, double budget_s)
{
	struct bench_runner runner[MAX_JOBS];

	for (int i = 0; i < jobs; i++)
		runner[i] = runner_of(&job[i]);
	bench_race(runner, jobs, slice_s, budget_s);
	for (int i = 0; i < jobs; i++) {
		if (r->networks == BENCH_NETWORKS)
			bench_fail("more networks than there is room for");
		r->network[r->networks++] = (struct bench_network){job[i].set->name, job[i].isa, job[i].multiplier,
			job[i].mapping, job[i].threads, job[i].images / runner[i].best_s,
			job[i].threads > 1 ? runner[i].process_s / job[i].images : 0};
		free_job(&job[i]);
	}
}

/* Every instruction set, mapping and multiplier, in turns, one thread. */
static void one_thread(struct bench_results *r, const struct bench_set *set, uint16_t *const table[3], int images,
	double budget_s)
{
	static const enum cas_isa isas[] = {CAS_ISA_PORTABLE, CAS_ISA_AVX2, CAS_ISA_AVX512};
	struct job job[MAX_JOBS];
	int jobs = 0;

	for (int i = 0; i < 3; i++)
		for (int mapping = 0; bench_isa_here(isas[i]) && mapping < 3; mapping++)
			for (int m = 0; m < 3; m++) {
				job[jobs] = table_job(set, table[m], (enum cas_mapping)mapping, isas[i], images, 1);
				job[jobs++].multiplier = multipliers[m];
			}
	job[jobs++] = float_job(set, images, 1);
	race_jobs(r, job, jobs, 0.03, budget_s);
}

/* One thread against two, of the best kernels and of the float engine. */
static void scaling(struct bench_results *r, const struct bench_set *set, uint16_t *const table[3], double budget_s)
{
	struct job job[MAX_JOBS];
	int jobs = 0;

	for (int threads = 1; threads <= MAX_THREADS; threads++) {
		for (int m = 0; m < 3; m++) {
			job[jobs] = table_job(set, table[m], CAS_SIGN_MAGNITUDE_ALIGNED, CAS_ISA_BEST, SCALING_IMAGES, threads);
			job[jobs].isa = "best";
			job[jobs++].multiplier = multipliers[m];
		}
		job[jobs++] = float_job(set, SCALING_IMAGES, threads);
	}
	race_jobs(r, job, jobs, 0.05, budget_s);
}

/* DeepCaps with NGR, one thread and two. */
static void deepcaps(struct bench_results *r, const struct bench_set *set, const uint16_t *ngr, double budget_s)
{
	struct job job[MAX_THREADS];

	for (int t = 0; t < MAX_THREADS; t++) {
		job[t] = table_job(set, ngr, CAS_SIGN_MAGNITUDE_ALIGNED, CAS_ISA_BEST, set->images.images, t + 1);
		job[t].isa = "best";
		job[t].multiplier = "NGR";
	}
	race_jobs(r, job, MAX_THREADS, 0.05, budget_s);
}

/* The tables of EvoApprox8B in the library. */
static int evoapprox(const struct cas_mul_library *library, const char *names[TABLES])
{
	int count = 0;

	for (int i = 0; i < library->count && count < TABLES; i++)
		if (strstr(library->entries[i].source, "EvoApprox"))
			names[count++] = library->entries[i].name;
	return count;
}

/* The slowest of 36 tables x 3 mappings, one thread; until the time is spent. */
static void all_tables(struct bench_results *r, const struct bench_data *data, double budget_s)
{
	const char *names[TABLES];
	int tables = evoapprox(&data->library, names);
	double end = bench_now_s() + budget_s;

	r->slowest.wanted = 3 * TABLES;
	for (int i = 0; i < tables; i++) {
		uint16_t *table = bench_table(data, names[i]);

		for (int mapping = 0; mapping < 3 && bench_now_s() < end; mapping++) {
			struct job j = table_job(&data->mnist, table, (enum cas_mapping)mapping, CAS_ISA_BEST, 2, 1);
			struct bench_runner runner = runner_of(&j);
			double rate;

			bench_race(&runner, 1, 0.02, 0.05);
			rate = j.images / runner.best_s;
			r->slowest.pairs++;
			if (r->slowest.images_per_s <= 0 || rate < r->slowest.images_per_s) {
				r->slowest.images_per_s = rate;
				r->slowest.mapping = mappings[mapping];
				(void)snprintf(r->slowest.name, sizeof r->slowest.name, "%s", names[i]);
			}
			free_job(&j);
		}
		free(table);
	}
}

void bench_networks(struct bench_results *r, const struct bench_data *data)
{
	uint16_t *table[3];

	for (int m = 0; m < 3; m++)
		table[m] = bench_table(data, multipliers[m]);
	one_thread(r, &data->mnist, table, 4, 25);
	one_thread(r, &data->digits, table, 16, 6);
	scaling(r, &data->mnist, table, 12);
	deepcaps(r, &data->deepcaps, table[1], 4);
	all_tables(r, data, 25);
	for (int m = 0; m < 3; m++)
		free(table[m]);
}
