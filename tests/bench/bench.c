/* Speed of the kernels: one run, one table, ratios; build/bench.json.  `make bench`.
 *
 * Data is made here: weights normal with a mean magnitude of 6.6, activations with the given share
 * of zeros, as measured on a trained CapsNet (docs/performance.md).  Every rate is the best of
 * several runs, since the machine may be busy: read ratios, not rates.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "engine/matmul.h"
#include "engine/routing_kernel.h"
#include "naive.h"

enum { MAX_RESULTS = 64, LEAST_RUNS = 3, MOST_RUNS = 200 };

static const double budget_s = 0.4; /* for each rate */

struct shape {
	const char *name, *text;
	int blocks;       /* sums over different weights: a [blocks][m][k], w [blocks][k][n] */
	int m, k, n;
	double zeros;     /* share of activations that are zero */
	int a_signed;
};

static const struct shape shapes[] = {
	{"conv1", "400x81x256", 1, 400, 81, 256, 0.81, 0},
	{"primarycaps", "36x20736x256", 1, 36, 20736, 256, 0.72, 0},
	{"primarycaps-dense", "36x20736x256", 1, 36, 20736, 256, 0, 0},
	{"votes", "1152x1x8x160", 1152, 1, 8, 160, 0.05, 1},
};

struct result {
	const char *kernel, *shape, *text;
	double gmac_per_s;
};

struct bench {
	uint8_t *a, *w;
	int32_t *acc, *expected;
	uint32_t *offset;
	struct result result[MAX_RESULTS];
	int results, wrong;
};

static double now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *must(size_t bytes)
{
	void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);

	if (!p) {
		(void)fprintf(stderr, "bench: out of memory\n");
		exit(3);
	}
	return p;
}

/* One thing to measure: run(job). */
struct job {
	void (*run)(const struct job *job);
	struct bench *b;
	const struct shape *shape;
	const struct cas_product *product;
	const struct cas_matmul *mm;
	const struct cas_routing_kernel *rk;
};

static double best_s(const struct job *job)
{
	double best = 1e9, end = now_s() + budget_s;

	for (int i = 0; i < LEAST_RUNS || (i < MOST_RUNS && now_s() < end); i++) {
		double t = now_s();

		job->run(job);
		t = now_s() - t;
		best = t < best ? t : best;
	}
	return best;
}

static void measure(const struct job *job, const char *kernel, const char *shape, const char *text, double macs)
{
	struct bench *b = job->b;
	double rate = macs / best_s(job) * 1e-9;

	if (b->results < MAX_RESULTS)
		b->result[b->results++] = (struct result){kernel, shape, text, rate};
	printf("  %-18s %-14s %-18s %9.2f GMAC/s\n", shape, text, kernel, rate);
	(void)fflush(stdout);
}

static void run_naive(const struct job *job)
{
	const struct shape *s = job->shape;

	for (int i = 0; i < s->blocks; i++)
		naive_scalar(job->product->value, job->b->a + (size_t)i * (size_t)(s->m * s->k),
			job->b->w + (size_t)i * (size_t)(s->k * s->n), s->m, s->k, s->n, job->b->acc + (size_t)i * (size_t)(s->m * s->n));
}

static void run_gather(const struct job *job)
{
	const struct shape *s = job->shape;

	for (int i = 0; i < s->blocks; i++)
		(void)naive_gather(job->product->value, job->b->a + (size_t)i * (size_t)(s->m * s->k),
			job->b->w + (size_t)i * (size_t)(s->k * s->n), s->m, s->k, s->n, job->b->acc + (size_t)i * (size_t)(s->m * s->n));
}

static void run_kernel(const struct job *job)
{
	const struct shape *s = job->shape;
	struct cas_rows rows = {job->b->a, job->b->offset, s->m, 1, s->k, 0};

	if (s->blocks > 1)
		cas_matmul_run_blocks(job->mm, job->b->a, s->blocks, s->k, job->b->acc);
	else
		cas_matmul_run(job->mm, &rows, 0, job->b->acc);
}

static void run_sum(const struct job *job)
{
	cas_routing_sum(job->rk, job->b->a, (const int8_t *)job->b->w, 1152, 10, 16, job->b->acc);
}

static void run_update(const struct job *job)
{
	cas_routing_update(job->rk, (const int8_t *)job->b->w, (const int8_t *)job->b->w, 1152, 10, 16, job->b->acc);
}

static void make_operands(struct bench *b, const struct shape *s)
{
	struct cas_rng rng = cas_rng_init(1, (uint64_t)(s - shapes));

	for (int i = 0; i < s->blocks * s->k * s->n; i++) {
		double x = cas_rng_normal(&rng) * 6.6 / 0.798;

		b->w[i] = (uint8_t)(int)(x > 127 ? 127 : x < -127 ? -127 : x);
	}
	for (int i = 0; i < s->blocks * s->m * s->k; i++) {
		double x = 1 + 120 * cas_rng_unit(&rng) * cas_rng_unit(&rng);

		if (cas_rng_unit(&rng) < s->zeros)
			x = 0;
		b->a[i] = (uint8_t)(int)(s->a_signed && cas_rng_below(&rng, 2) ? -x : x);
	}
	for (int i = 0; i < s->m; i++)
		b->offset[i] = (uint32_t)(i * s->k);
}

/* check: the words must be those of the naive loop. */
static void measure_isa(struct job *job, enum cas_isa isa, const struct cas_product *product, int check)
{
	const struct shape *s = job->shape;
	struct cas_matmul *mm;
	struct cas_err err;

	if (cas_matmul_plan(&mm, product, (const int8_t *)job->b->w, s->blocks * s->k, s->n, isa, &err)) {
		(void)fprintf(stderr, "bench: %s\n", err.text);
		exit(3);
	}
	job->mm = mm;
	job->run = run_kernel;
	measure(job, cas_matmul_kernel(mm), s->name, s->text, (double)s->blocks * s->m * s->k * s->n);
	if (check)
		job->b->wrong += memcmp(job->b->acc, job->b->expected,
			(size_t)s->blocks * (size_t)(s->m * s->n) * sizeof(int32_t)) != 0;
	cas_matmul_free(mm);
}

static void bench_shape(struct bench *b, const struct shape *s, const struct cas_product *approximate,
	const struct cas_product *exact)
{
	struct job job = {.run = run_naive, .b = b, .shape = s, .product = approximate};
	size_t outputs = (size_t)s->blocks * (size_t)(s->m * s->n);
	double macs = (double)s->blocks * s->m * s->k * s->n;

	make_operands(b, s);
	measure(&job, "naive-scalar", s->name, s->text, macs);
	memcpy(b->expected, b->acc, outputs * sizeof(int32_t));
	if (naive_gather(approximate->value, b->a, b->w, 1, 1, 8, b->acc)) {
		job.run = run_gather;
		measure(&job, "avx2-gather", s->name, s->text, macs);
		b->wrong += memcmp(b->acc, b->expected, outputs * sizeof(int32_t)) != 0;
	}
	measure_isa(&job, CAS_ISA_PORTABLE, approximate, 1);
	measure_isa(&job, CAS_ISA_AVX2, approximate, 1);
	measure_isa(&job, CAS_ISA_BEST, approximate, 1);
	measure_isa(&job, CAS_ISA_BEST, exact, 0);
}

/* The operands of `votes` serve as votes, those of v are the first of them; coefficients vary about
 * 26, as after one iteration. */
static void bench_routing(struct bench *b, const struct cas_product *sum, const struct cas_product *update)
{
	static const enum cas_isa isas[] = {CAS_ISA_PORTABLE, CAS_ISA_AVX2, CAS_ISA_BEST};
	struct cas_rng rng = cas_rng_init(1, 99);

	make_operands(b, &shapes[3]);
	for (int i = 0; i < 1152 * 10; i++)
		b->a[i] = (uint8_t)(16 + cas_rng_below(&rng, 20) + (cas_rng_below(&rng, 10) ? 0 : cas_rng_below(&rng, 100)));
	for (int i = 0; i < 3; i++) {
		struct job job = {.run = run_sum, .b = b};
		struct cas_routing_kernel *rk;
		struct cas_err err;

		if (cas_routing_kernel_plan(&rk, sum, update, isas[i], &err)) {
			(void)fprintf(stderr, "bench: %s\n", err.text);
			exit(3);
		}
		job.rk = rk;
		measure(&job, cas_routing_kernel_name(rk), "sum", "1152x10x16", 184320);
		job.run = run_update;
		measure(&job, cas_routing_kernel_name(rk), "update", "1152x10x16", 184320);
		cas_routing_kernel_free(rk);
	}
}

static void read_product(struct cas_product *product, const char *path, int a_signed)
{
	struct cas_product_spec spec = {.mapping = CAS_MAP_ALIGNED, .a_signed = a_signed, .w_signed = 1};
	uint8_t *raw = must(131072);
	uint16_t *table = must(131072);
	FILE *file = fopen(path, "rb");

	if (!file || fread(raw, 1, 131072, file) != 131072) {
		(void)fprintf(stderr, "bench: %s: cannot be read; run from the root of the repository\n", path);
		exit(3);
	}
	(void)fclose(file);
	for (int i = 0; i < 65536; i++)
		table[i] = (uint16_t)(raw[2 * i] | raw[2 * i + 1] << 8);
	cas_product_make(product, table, &spec);
	free(raw);
	free(table);
}

/* First line of `path` that starts with `key`, after its colon; or the first line at all. */
static void first_line(const char *path, const char *key, char text[static 400])
{
	FILE *file = fopen(path, "r");
	char line[400];

	text[0] = 0;
	while (file && !text[0] && fgets(line, sizeof line, file))
		if (!strncmp(line, key, strlen(key))) {
			const char *from = *key && strchr(line, ':') ? strchr(line, ':') + 2 : line;

			(void)snprintf(text, 400, "%s", from);
			text[strcspn(text, "\n\"\\")] = 0;
		}
	if (file)
		(void)fclose(file);
}

static const char *isa(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx512vbmi"))
		return __builtin_cpu_supports("avx512vnni") ? "avx2 avx512bw avx512vbmi avx512vnni" : "avx2 avx512bw avx512vbmi";
	return __builtin_cpu_supports("avx2") ? "avx2" : "none of avx2, avx512vbmi";
#else
	return "portable code only";
#endif
}

static double rate(const struct bench *b, const char *kernel, const char *shape)
{
	for (int i = 0; i < b->results; i++)
		if (!strcmp(b->result[i].kernel, kernel) && !strcmp(b->result[i].shape, shape))
			return b->result[i].gmac_per_s;
	return 0;
}

static const struct ratio {
	const char *name, *kernel, *over, *shape;
} ratios[] = {
	{"avx512_over_gather_primarycaps", "avx512-vbmi", "avx2-gather", "primarycaps"},
	{"avx512_over_gather_primarycaps_dense", "avx512-vbmi", "avx2-gather", "primarycaps-dense"},
	{"avx512_over_scalar_primarycaps", "avx512-vbmi", "naive-scalar", "primarycaps"},
	{"avx2_over_scalar_primarycaps", "avx2", "naive-scalar", "primarycaps"},
	{"avx2_over_scalar_primarycaps_dense", "avx2", "naive-scalar", "primarycaps-dense"},
	{"portable_over_scalar_primarycaps", "portable", "naive-scalar", "primarycaps"},
	{"exact_over_avx512_primarycaps", "avx512-vnni", "avx512-vbmi", "primarycaps"},
	{"avx512_over_gather_conv1", "avx512-vbmi", "avx2-gather", "conv1"},
	{"avx512_over_gather_votes", "avx512-vbmi", "avx2-gather", "votes"},
	{"avx512_over_portable_sum", "avx512-vbmi", "portable", "sum"},
	{"avx512_over_portable_update", "avx512-vbmi", "portable", "update"},
};

static void write_json(const struct bench *b, const char *path, const char *cpu, const char *flags)
{
	FILE *out = fopen(path, "w");
	int first = 1;

	if (!out) {
		(void)fprintf(stderr, "bench: %s: cannot be written\n", path);
		exit(3);
	}
	(void)fprintf(out, "{\n\"machine\": {\"cpu\": \"%s\", \"cores\": %ld, \"compiler\": \"%s\", \"flags\": \"%s\", \"isa\": \"%s\"},\n"
		"\"kernels\": [", cpu, sysconf(_SC_NPROCESSORS_ONLN), __VERSION__, flags, isa());
	for (int i = 0; i < b->results; i++)
		(void)fprintf(out, "%s\n\t{\"name\": \"%s\", \"shape\": \"%s %s\", \"gmac_per_s\": %.3f}", i ? "," : "",
			b->result[i].kernel, b->result[i].shape, b->result[i].text, b->result[i].gmac_per_s);
	(void)fprintf(out, "\n],\n\"ratios\": {");
	for (size_t i = 0; i < sizeof ratios / sizeof ratios[0]; i++) {
		double x = rate(b, ratios[i].kernel, ratios[i].shape), y = rate(b, ratios[i].over, ratios[i].shape);

		if (x > 0 && y > 0) {
			(void)fprintf(out, "%s\n\t\"%s\": %.3f", first ? "" : ",", ratios[i].name, x / y);
			printf("  %-40s %8.2f\n", ratios[i].name, x / y);
			first = 0;
		}
	}
	(void)fprintf(out, "\n}\n}\n");
	(void)fclose(out);
}

int main(void)
{
	struct bench b = {0};
	struct cas_product *approximate = must(sizeof *approximate), *exact = must(sizeof *exact);
	char cpu[400], flags[400];

	b.a = must(36 * 20736);
	b.w = must(20736 * 256);
	b.acc = must(1152 * 160 * sizeof *b.acc);
	b.expected = must(1152 * 160 * sizeof *b.expected);
	b.offset = must(400 * sizeof *b.offset);
	first_line("/proc/cpuinfo", "model name", cpu);
	first_line("build/flags", "", flags);
	printf("%s, %ld cores, %s; %s; %s\nbest of several runs, one thread; NGR and 1JFF, sign_magnitude_aligned\n", cpu,
		sysconf(_SC_NPROCESSORS_ONLN), isa(), __VERSION__, flags);
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		read_product(approximate, "mul8u_lib/NGR.bin", shapes[i].a_signed);
		read_product(exact, "mul8u_lib/1JFF.bin", shapes[i].a_signed);
		bench_shape(&b, &shapes[i], approximate, exact);
	}
	read_product(exact, "mul8u_lib/NGR.bin", 0); /* for the sum; `approximate` has signed operands */
	bench_routing(&b, exact, approximate);
	write_json(&b, "build/bench.json", cpu, flags);
	if (b.wrong)
		(void)fprintf(stderr, "bench: %d kernels differ from the naive loop\n", b.wrong);
	return b.wrong ? 1 : 0;
}
