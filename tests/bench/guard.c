/* Fixed work whose instructions tests/bench/guard.sh counts with callgrind: nothing here depends on
 * time, on a data set or on the machine's instruction sets (the engine is told to use portable C).
 *
 * Each workload is a function guard_NAME; callgrind collects inside them only, and writes one count
 * for each call.  `build/guard NAME` repeats that workload once more, to try the guard itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arith/softmax.h"
#include "arith/squash.h"
#include "base/rng.h"
#include "cost/cost.h"
#include "engine/engine8_internal.h"
#include "model/digits.h"
#include "model/mul_library.h"
#include "model/network_load.h"
#include "study/run_config.h"

enum { M = 4, K = 1024, N = 256, CAPS = 128, CLASSES = 10, DIM = 16, CAPSULES = 512 };

#define WORKLOAD __attribute__((noinline)) void

struct guard {
	struct cas_product product[2]; /* by the sign of the first operand */
	uint8_t a[M * K];
	int8_t w[K * N], votes[CAPS * CLASSES * DIM], v[CLASSES * DIM], capsule[CAPSULES * DIM];
	int8_t logits[CAPS * CLASSES];
	uint8_t coupling[CAPS * CLASSES], codes[M * N];
	int32_t acc[CAPS * CLASSES * DIM];
	int64_t lane[N];
	uint32_t offset[M];
	int32_t square[128];
	int square_shift;
	struct group_plan group;
	struct cas_squash squash;
	struct cas_softmax softmax;
	struct cas_matmul *mm;
	struct cas_routing_kernel *rk;
	struct cas_network digits, capsnet;
	struct cas_dataset image;
	struct cas_engine8 *engine;
	struct cas_worker8 *worker;
	struct cas_run_config config;
	struct cas_technology tech;
	uint16_t table[65536];
};

/* Read by nobody, so that no workload is optimised away. */
static volatile int sink;

static void must(cas_status status, const struct cas_err *err)
{
	if (status) {
		(void)fprintf(stderr, "guard: %s\n", err->text);
		exit(3);
	}
}

WORKLOAD guard_matmul(struct guard *g);
WORKLOAD guard_matmul_plan(struct guard *g);
WORKLOAD guard_sum(struct guard *g);
WORKLOAD guard_update(struct guard *g);
WORKLOAD guard_requantise(struct guard *g);
WORKLOAD guard_squash(struct guard *g);
WORKLOAD guard_softmax(struct guard *g);
WORKLOAD guard_inference(struct guard *g);
WORKLOAD guard_cost_model(struct guard *g);

WORKLOAD guard_matmul(struct guard *g)
{
	struct cas_rows rows = {g->a, g->offset, M, 1, K, 0};

	cas_matmul_run(g->mm, &rows, 0, g->acc);
	sink = g->acc[0];
}

WORKLOAD guard_matmul_plan(struct guard *g)
{
	struct cas_matmul *mm;
	struct cas_err err;

	must(cas_matmul_plan(&mm, &g->product[0], g->w, K, N, CAS_ISA_PORTABLE, &err), &err);
	cas_matmul_free(mm);
}

WORKLOAD guard_sum(struct guard *g)
{
	cas_routing_sum(g->rk, g->coupling, g->votes, CAPS, CLASSES, DIM, g->acc);
	sink = g->acc[0];
}

WORKLOAD guard_update(struct guard *g)
{
	cas_routing_update(g->rk, g->votes, g->v, CAPS, CLASSES, DIM, g->acc);
	sink = g->acc[0];
}

WORKLOAD guard_requantise(struct guard *g)
{
	cas_engine8_requantise(&g->group, g->acc, M, N, g->codes);
	sink = g->codes[0];
}

WORKLOAD guard_squash(struct guard *g)
{
	int8_t v[DIM];

	for (int i = 0; i < CAPSULES; i++) {
		cas_squash_apply(&g->squash, g->square, g->square_shift, g->capsule + i * DIM, DIM, v);
		sink = v[0];
	}
}

WORKLOAD guard_softmax(struct guard *g)
{
	for (int i = 0; i < CAPS; i++)
		cas_softmax_apply(&g->softmax, g->logits + i * CLASSES, CLASSES, g->coupling + i * CLASSES);
	sink = g->coupling[0];
}

WORKLOAD guard_inference(struct guard *g)
{
	sink = cas_engine8_run(g->engine, g->worker, g->image.pixels, NULL);
}

WORKLOAD guard_cost_model(struct guard *g)
{
	struct cas_program program;
	struct cas_cost cost;
	struct cas_err err;

	must(cas_program_lower(&program, &g->capsnet, &g->config.accel, &err), &err);
	must(cas_cost_run(&cost, &program, &g->config.accel, &g->tech, NULL, &err), &err);
	cas_cost_clear(&cost);
	cas_program_clear(&program);
}

static void read_table(struct guard *g, const char *name)
{
	struct cas_mul_library library;
	struct cas_mul8u *mul = malloc(sizeof *mul);
	struct cas_err err;

	if (!mul)
		exit(3);
	must(cas_mul_library_open(".", &library, &err), &err);
	must(cas_mul_library_get(&library, name, mul, &err), &err);
	memcpy(g->table, mul->product, sizeof g->table);
	cas_mul_library_close(&library);
	free(mul);
}

static int8_t code(struct cas_rng *rng, int most)
{
	return (int8_t)((int)cas_rng_below(rng, (uint64_t)(2 * most + 1)) - most);
}

/* Two thirds of the activations are zero, as in a trained network. */
static void make_operands(struct guard *g)
{
	struct cas_rng rng = cas_rng_init(6, 1);

	for (int i = 0; i < M * K; i++)
		g->a[i] = (uint8_t)(cas_rng_below(&rng, 3) ? 0 : cas_rng_below(&rng, 256));
	for (int i = 0; i < K * N; i++)
		g->w[i] = code(&rng, 40);
	for (int i = 0; i < CAPS * CLASSES * DIM; i++)
		g->votes[i] = code(&rng, 127);
	for (int i = 0; i < CLASSES * DIM; i++)
		g->v[i] = code(&rng, 100);
	for (int i = 0; i < CAPSULES * DIM; i++)
		g->capsule[i] = code(&rng, 60);
	for (int i = 0; i < CAPS * CLASSES; i++) {
		g->logits[i] = code(&rng, 50);
		g->coupling[i] = (uint8_t)cas_rng_below(&rng, 100);
	}
	for (int i = 0; i < M; i++)
		g->offset[i] = (uint32_t)(i * K);
}

static void plan_kernels(struct guard *g)
{
	struct cas_product_spec spec = {.mapping = CAS_MAP_ALIGNED, .w_signed = 1};
	struct cas_err err;

	for (int s = 0; s < 2; s++) {
		spec.a_signed = s;
		cas_product_make(&g->product[s], g->table, &spec);
	}
	cas_product_squares(g->table, &spec, g->square, &g->square_shift);
	must(cas_matmul_plan(&g->mm, &g->product[0], g->w, K, N, CAS_ISA_PORTABLE, &err), &err);
	must(cas_routing_kernel_plan(&g->rk, &g->product[0], &g->product[1], CAS_ISA_PORTABLE, &err), &err);
	must(cas_squash_make(&g->squash, 0.3, DIM, &err), &err);
	must(cas_softmax_make(&g->softmax, 1. / 64, &err), &err);
	g->group = (struct group_plan){.lane = g->lane, .rq = {.lo = -127, .hi = 127}};
	must(cas_requant_make(&g->group.rq, 0.001, 0, &err), &err);
}

static void plan_networks(struct guard *g)
{
	struct cas_engine8_options options = {.rows = 16, .isa = CAS_ISA_PORTABLE,
		.numerics = {.mapping = CAS_SIGN_MAGNITUDE_ALIGNED, .psum_bits = 25, .acc_bits = 32}};
	struct cas_tables tables;
	struct cas_err err;

	for (int i = 0; i < CAS_MAX_LAYERS; i++)
		for (int group = 0; group < CAS_GROUPS; group++)
			tables.table[i][group] = g->table;
	must(cas_network_load(&g->digits, "models/capsnet-digits", CAS_NETWORK_WEIGHTS, &err), &err);
	must(cas_network_load(&g->capsnet, "models/capsnet-mnist", CAS_NETWORK_SHAPES, &err), &err);
	must(cas_digits_make(CAS_DIGITS_TEST_SEED, 0, 1, 1, NULL, &g->image, &err), &err);
	must(cas_engine8_plan(&g->engine, &g->digits, &tables, &options, &err), &err);
	must(cas_worker8_new(&g->worker, g->engine, &err), &err);
	must(cas_run_config_load("configs/run/mnist.yaml", NULL, 0, ".", &g->config, &err), &err);
	must(cas_technology_read(&g->tech, g->config.technology_file, &err), &err);
}

static void clear(struct guard *g)
{
	cas_matmul_free(g->mm);
	cas_routing_kernel_free(g->rk);
	cas_worker8_free(g->worker);
	cas_engine8_free(g->engine);
	cas_dataset_clear(&g->image);
	cas_network_clear(&g->digits);
	cas_network_clear(&g->capsnet);
	free(g);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct guard *g);
	} work[] = {{"matmul", guard_matmul}, {"matmul_plan", guard_matmul_plan}, {"sum", guard_sum},
		{"update", guard_update}, {"requantise", guard_requantise}, {"squash", guard_squash},
		{"softmax", guard_softmax}, {"inference", guard_inference}, {"cost_model", guard_cost_model}};
	struct guard *g = calloc(1, sizeof *g);

	if (!g)
		return 3;
	read_table(g, "NGR");
	make_operands(g);
	plan_kernels(g);
	plan_networks(g);
	for (size_t i = 0; i < sizeof work / sizeof work[0]; i++) {
		work[i].run(g);
		if (argc > 1 && !strcmp(argv[1], work[i].name))
			work[i].run(g);
	}
	clear(g);
	return 0;
}
