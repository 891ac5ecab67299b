/* The kernels on the shapes of CapsNet, with the operands of one real inference. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "engine/matmul.h"
#include "engine/routing_kernel.h"
#include "naive.h"

struct shape {
	const char *name, *text;
	int blocks;   /* sums over different weights: a [blocks][m][k], w [blocks][k][n] */
	int m, k, n;
	int a_signed;
	const uint8_t *a, *w;
};

/* What an inference of capsnet-mnist multiplies: inputs of the layers, and the last iteration's. */
struct operands {
	uint8_t *conv1, *primarycaps, *dense, *capsules; /* [400][81], [36][20736], the same, [1152][8] */
	uint8_t *coupling;                               /* [1152][10] */
	int8_t *votes, *v;                               /* [1152][10][16], [10][16] */
	uint8_t *map;                                    /* [20][20][256] */
};

static void on_tensor(void *ctx, const struct cas_tap_event *event)
{
	struct operands *o = ctx;
	void *to = NULL;

	if (event->tensor == CAS_TAP_RESULT && event->layer < 2)
		to = event->layer ? o->capsules : o->map;
	else if (event->tensor == CAS_TAP_VOTES)
		to = o->votes;
	else if (event->tensor == CAS_TAP_COUPLING)
		to = o->coupling;
	else if (event->tensor == CAS_TAP_V)
		to = o->v;
	if (to)
		memcpy(to, event->data, event->count);
}

/* Patches [out_h out_w][k_h][k_w c] of a map. */
static void make_patches(const struct cas_layer *layer, const uint8_t *in, uint8_t *patches)
{
	size_t c = (size_t)layer->in.c, row = (size_t)layer->k_w * c;

	for (int y = 0; y < layer->out.h; y++)
		for (int x = 0; x < layer->out.w; x++)
			for (int ky = 0; ky < layer->k_h; ky++, patches += row)
				memcpy(patches, in + (size_t)((y * layer->stride + ky) * layer->in.w + x * layer->stride) * c, row);
}

static void take_operands(struct operands *o, const struct bench_set *set, const uint16_t *exact)
{
	const struct cas_layer *layer = set->net.layer;
	struct cas_engine8 *engine = bench_engine(&set->net, exact, CAS_SIGN_MAGNITUDE_ALIGNED, CAS_ISA_BEST);
	struct cas_tap tap = {on_tensor, o};
	struct cas_worker8 *worker;
	struct cas_err err;
	uint8_t last = 1;

	if (layer[0].out.h != 20 || layer[1].out.h != 6 || layer[2].in.caps != 1152 || layer[2].dim != 16)
		bench_fail("models/capsnet-mnist is not the CapsNet that the shapes are of");
	*o = (struct operands){bench_memory(400 * 81), bench_memory(36 * 20736), bench_memory(36 * 20736),
		bench_memory(1152 * 8), bench_memory(1152 * 10), bench_memory(1152 * 160), bench_memory(160),
		bench_memory(20 * 20 * 256)};
	if (cas_worker8_new(&worker, engine, &err))
		bench_fail(err.text);
	cas_engine8_run(engine, worker, set->images.pixels, &tap);
	make_patches(&layer[0], set->images.pixels, o->conv1);
	make_patches(&layer[1], o->map, o->primarycaps);
	for (int i = 0; i < 36 * 20736; i++) /* each zero becomes the last code that was not */
		o->dense[i] = last = o->primarycaps[i] ? o->primarycaps[i] : last;
	cas_worker8_free(worker);
	cas_engine8_free(engine);
}

static void free_operands(struct operands *o)
{
	void *all[] = {o->conv1, o->primarycaps, o->dense, o->capsules, o->coupling, o->votes, o->v, o->map};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		free(all[i]);
}

struct job {
	const struct shape *shape;
	const struct cas_product *product;
	const struct operands *operands;
	struct cas_matmul *mm;
	struct cas_routing_kernel *rk;
	const char *kernel;
	uint32_t *offset;
	int32_t *acc;
	void (*run)(void *ctx, int part);
};

static void run_naive(void *ctx, int part)
{
	struct job *j = ctx;
	const struct shape *s = j->shape;

	(void)part;
	for (int i = 0; i < s->blocks; i++)
		naive_scalar(j->product->value, s->a + (size_t)i * (size_t)(s->m * s->k),
			s->w + (size_t)i * (size_t)(s->k * s->n), s->m, s->k, s->n, j->acc + (size_t)i * (size_t)(s->m * s->n));
}

static void run_gather(void *ctx, int part)
{
	struct job *j = ctx;
	const struct shape *s = j->shape;

	(void)part;
	for (int i = 0; i < s->blocks; i++)
		(void)naive_gather(j->product->value, s->a + (size_t)i * (size_t)(s->m * s->k),
			s->w + (size_t)i * (size_t)(s->k * s->n), s->m, s->k, s->n, j->acc + (size_t)i * (size_t)(s->m * s->n));
}

static void run_kernel(void *ctx, int part)
{
	struct job *j = ctx;
	const struct shape *s = j->shape;
	struct cas_rows rows = {s->a, j->offset, s->m, 1, s->k, 0};

	(void)part;
	if (s->blocks > 1)
		cas_matmul_run_blocks(j->mm, s->a, s->blocks, s->k, j->acc);
	else
		cas_matmul_run(j->mm, &rows, 0, j->acc);
}

static void run_sum(void *ctx, int part)
{
	struct job *j = ctx;

	(void)part;
	cas_routing_sum(j->rk, j->operands->coupling, j->operands->votes, 1152, 10, 16, j->acc);
}

static void run_update(void *ctx, int part)
{
	struct job *j = ctx;

	(void)part;
	cas_routing_update(j->rk, j->operands->votes, j->operands->v, 1152, 10, 16, j->acc);
}

static struct cas_product *make_product(const uint16_t *table, int a_signed)
{
	struct cas_product_spec spec = {.mapping = CAS_MAP_ALIGNED, .a_signed = a_signed, .w_signed = 1};
	struct cas_product *product = bench_memory(sizeof *product);

	cas_product_make(product, table, &spec);
	return product;
}

static void plan(struct job *j, const struct cas_product *product, enum cas_isa isa)
{
	const struct shape *s = j->shape;
	struct cas_err err;

	j->product = product;
	j->run = run_kernel;
	if (cas_matmul_plan_blocks(&j->mm, product, (const int8_t *)s->w, s->blocks, s->k, s->n, isa, &err))
		bench_fail(err.text);
	j->kernel = cas_matmul_kernel(j->mm);
}

/* Naive loop, gather, the kernels with NGR, and last the best with the exact table. */
static int make_jobs(struct job *job, const struct shape *s, const struct cas_product *approximate,
	const struct cas_product *exact)
{
	static const enum cas_isa isas[] = {CAS_ISA_PORTABLE, CAS_ISA_AVX2, CAS_ISA_AVX512};
	size_t bytes = (size_t)s->blocks * (size_t)(s->m * s->n) * sizeof(int32_t);
	int jobs = 0;

	for (int i = 0; i < 6; i++)
		job[i] = (struct job){.shape = s, .product = approximate, .acc = bench_memory(bytes),
			.offset = bench_memory((size_t)s->m * sizeof(uint32_t))};
	for (int i = 0; i < 6; i++)
		for (int m = 0; m < s->m; m++)
			job[i].offset[m] = (uint32_t)(m * s->k);
	job[jobs].kernel = "naive-scalar";
	job[jobs++].run = run_naive;
	if (naive_gather(approximate->value, s->a, s->w, 1, 1, 8, job[1].acc)) {
		job[jobs].kernel = "avx2-gather";
		job[jobs++].run = run_gather;
	}
	for (int i = 0; i < 3; i++)
		if (bench_isa_here(isas[i]))
			plan(&job[jobs++], approximate, isas[i]);
	if (bench_isa_here(CAS_ISA_AVX512))
		plan(&job[jobs++], exact, CAS_ISA_AVX512);
	return jobs;
}

/* Every table kernel must give the words of the naive loop. */
static int count_wrong(const struct job *job, int jobs, const struct cas_product *approximate)
{
	const struct shape *s = job->shape;
	size_t bytes = (size_t)s->blocks * (size_t)(s->m * s->n) * sizeof(int32_t);
	int wrong = 0;

	for (int i = 1; i < jobs; i++)
		if (job[i].product == approximate && memcmp(job[i].acc, job[0].acc, bytes)) {
			(void)fprintf(stderr, "bench: %s differs from the naive loop on %s\n", job[i].kernel, s->name);
			wrong++;
		}
	return wrong;
}

static void bench_shape(struct bench_results *r, const struct shape *s, const struct cas_product *approximate,
	const struct cas_product *exact)
{
	struct job job[6];
	struct bench_runner runner[6] = {{0}};
	int jobs = make_jobs(job, s, approximate, exact);

	for (int i = 0; i < jobs; i++)
		runner[i] = (struct bench_runner){.run = job[i].run, .ctx = &job[i], .parts = 1};
	bench_race(runner, jobs, 0.03, 4);
	r->wrong += count_wrong(job, jobs, approximate);
	for (int i = 0; i < jobs; i++)
		bench_add_kernel(r, job[i].kernel, s->name, s->text,
			(double)s->blocks * s->m * s->k * s->n / runner[i].best_s * 1e-9);
	for (int i = 0; i < 6; i++) {
		cas_matmul_free(job[i].mm);
		free(job[i].acc);
		free(job[i].offset);
	}
}

static void bench_routing(struct bench_results *r, const struct operands *o, const struct cas_product *sum,
	const struct cas_product *update)
{
	static const enum cas_isa isas[] = {CAS_ISA_PORTABLE, CAS_ISA_AVX2, CAS_ISA_AVX512};
	struct job job[3] = {{0}};
	struct bench_runner runner[6] = {{0}};
	struct cas_err err;
	int jobs = 0;

	for (int i = 0; i < 3; i++) {
		if (!bench_isa_here(isas[i]))
			continue;
		job[jobs] = (struct job){.operands = o, .acc = bench_memory(1152 * 10 * sizeof(int32_t))};
		if (cas_routing_kernel_plan(&job[jobs].rk, sum, update, isas[i], &err))
			bench_fail(err.text);
		runner[2 * jobs] = (struct bench_runner){.run = run_sum, .ctx = &job[jobs], .parts = 1};
		runner[2 * jobs + 1] = (struct bench_runner){.run = run_update, .ctx = &job[jobs], .parts = 1};
		jobs++;
	}
	bench_race(runner, 2 * jobs, 0.03, 2);
	for (int i = 0; i < jobs; i++) {
		const char *name = cas_routing_kernel_name(job[i].rk);

		bench_add_kernel(r, name, "sum", "1152x10x16", 184320 / runner[2 * i].best_s * 1e-9);
		bench_add_kernel(r, name, "update", "1152x10x16", 184320 / runner[2 * i + 1].best_s * 1e-9);
		cas_routing_kernel_free(job[i].rk);
		free(job[i].acc);
	}
}

/* Share of the products whose activation is zero, over `images` images. */
static void measure_zeros(struct bench_results *r, const struct bench_set *set, const uint16_t *exact, int images)
{
	static const struct { int layer; enum cas_group group; } where[] = {{0, CAS_GROUP_LAYER}, {1, CAS_GROUP_LAYER},
		{2, CAS_GROUP_VOTES}, {2, CAS_GROUP_SUM}, {2, CAS_GROUP_UPDATE}};
	struct cas_engine8 *engine = bench_engine(&set->net, exact, CAS_SIGN_MAGNITUDE, CAS_ISA_BEST);
	uint64_t *histogram = bench_memory(65536 * sizeof *histogram);
	struct cas_worker8 *worker;
	struct cas_err err;

	if (cas_worker8_new(&worker, engine, &err))
		bench_fail(err.text);
	for (int g = 0; g < 5; g++) {
		double zero = 0, all = 0;

		memset(histogram, 0, 65536 * sizeof *histogram);
		for (int i = 0; i < images; i++)
			cas_engine8_count_operands(engine, worker, set->images.pixels + (size_t)i * set->image_bytes,
				where[g].layer, where[g].group, histogram);
		for (int i = 0; i < 65536; i++) {
			all += (double)histogram[i];
			zero += i < 256 ? (double)histogram[i] : 0;
		}
		r->zeros[g] = zero / all;
	}
	cas_worker8_free(worker);
	cas_engine8_free(engine);
	free(histogram);
}

void bench_kernels(struct bench_results *r, const struct bench_data *data)
{
	const struct cas_layer *layer = data->mnist.net.layer;
	uint16_t *ngr = bench_table(data, "NGR"), *exact_table = bench_table(data, "1JFF");
	struct cas_product *approximate[2], *exact[2]; /* by the sign of activations */
	struct operands o;

	take_operands(&o, &data->mnist, exact_table);
	const struct shape shapes[] = {
		{"conv1", "400x81x256", 1, 400, 81, 256, 0, o.conv1, (const uint8_t *)layer[0].w8},
		{"primarycaps", "36x20736x256", 1, 36, 20736, 256, 0, o.primarycaps, (const uint8_t *)layer[1].w8},
		{"primarycaps-dense", "36x20736x256", 1, 36, 20736, 256, 0, o.dense, (const uint8_t *)layer[1].w8},
		{"votes", "1152x1x8x160", 1152, 1, 8, 160, 1, o.capsules, (const uint8_t *)layer[2].w8},
	};
	for (int s = 0; s < 2; s++) {
		approximate[s] = make_product(ngr, s);
		exact[s] = make_product(exact_table, s);
	}
	measure_zeros(r, &data->mnist, exact_table, 20);
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
		bench_shape(r, &shapes[i], approximate[shapes[i].a_signed], exact[shapes[i].a_signed]);
	bench_routing(r, &o, approximate[0], approximate[1]);
	for (int s = 0; s < 2; s++) {
		free(approximate[s]);
		free(exact[s]);
	}
	free_operands(&o);
	free(ngr);
	free(exact_table);
}
