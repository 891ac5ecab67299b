/* Races, memory, data and engines for the parts of the benchmark. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "base/threads.h"
#include "model/dataset_load.h"
#include "model/digits.h"
#include "model/network_load.h"

double bench_now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double bench_cpu_s(int process)
{
	struct timespec t;

	(void)clock_gettime(process ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

_Noreturn void bench_fail(const char *text)
{
	(void)fprintf(stderr, "bench: %s\n", text);
	exit(3);
}

void *bench_memory(size_t bytes)
{
	size_t rounded = (bytes + 63) / 64 * 64;
	void *p = aligned_alloc(64, rounded);

	if (!p)
		bench_fail("out of memory");
	return memset(p, 0, rounded);
}

static void turn(struct bench_runner *runner, double slice_s)
{
	double end = bench_now_s() + slice_s;

	do {
		for (int part = 0; part < runner->parts; part++) {
			double process = bench_cpu_s(1), taken = runner->wall ? bench_now_s() : bench_cpu_s(0);

			runner->run(runner->ctx, part);
			taken = (runner->wall ? bench_now_s() : bench_cpu_s(0)) - taken;
			process = bench_cpu_s(1) - process;
			if (runner->part_s[part] <= 0 || taken < runner->part_s[part])
				runner->part_s[part] = taken;
			if (runner->process_s <= 0 || process < runner->process_s)
				runner->process_s = process;
		}
	} while (bench_now_s() < end);
}

void bench_race(struct bench_runner *runner, int count, double slice_s, double budget_s)
{
	double begin = bench_now_s(), spent = 0;

	for (int round = 0; round == 0 || spent < budget_s || (round < 3 && spent < 4 * budget_s); round++) {
		for (int i = 0; i < count; i++)
			turn(&runner[i], slice_s);
		spent = bench_now_s() - begin;
	}
	for (int i = 0; i < count; i++)
		for (int part = 0; part < runner[i].parts; part++)
			runner[i].best_s += runner[i].part_s[part];
}

static void load_set(struct bench_set *set, const char *name, const char *path)
{
	struct cas_err err;

	set->name = name;
	if (cas_network_load(&set->net, path, CAS_NETWORK_WEIGHTS, &err))
		bench_fail(err.text);
	set->image_bytes = (size_t)set->net.input.h * (size_t)set->net.input.w * (size_t)set->net.input.c;
}

void bench_data_load(struct bench_data *data)
{
	struct cas_dataset_source mnist = {CAS_DATA_MNIST, CAS_SPLIT_TEST, NULL, getenv("CAPSACC_DATA")};
	struct cas_err err;

	load_set(&data->mnist, "capsnet-mnist", "models/capsnet-mnist");
	load_set(&data->digits, "capsnet-digits", "models/capsnet-digits");
	bench_deepcaps_make(&data->deepcaps);
	if (!mnist.root || !*mnist.root)
		mnist.root = "../shared/data";
	data->real_mnist = !cas_dataset_load(&mnist, 0, BENCH_IMAGES, &data->mnist.images, &err);
	if (!data->real_mnist &&
	    cas_digits_make(CAS_DIGITS_TEST_SEED, 0, BENCH_IMAGES, 1, NULL, &data->mnist.images, &err))
		bench_fail(err.text);
	if (cas_digits_make(CAS_DIGITS_TEST_SEED, 0, BENCH_IMAGES, 1, NULL, &data->digits.images, &err) ||
	    cas_mul_library_open(".", &data->library, &err))
		bench_fail(err.text);
}

void bench_data_clear(struct bench_data *data)
{
	cas_network_clear(&data->mnist.net);
	cas_network_clear(&data->digits.net);
	cas_network_clear(&data->deepcaps.net);
	cas_dataset_clear(&data->mnist.images);
	cas_dataset_clear(&data->digits.images);
	cas_dataset_clear(&data->deepcaps.images);
	cas_mul_library_close(&data->library);
}

uint16_t *bench_table(const struct bench_data *data, const char *name)
{
	struct cas_mul8u *mul = bench_memory(sizeof *mul);
	uint16_t *table = bench_memory(sizeof mul->product);
	struct cas_err err;

	if (cas_mul_library_get(&data->library, name, mul, &err))
		bench_fail(err.text);
	memcpy(table, mul->product, sizeof mul->product);
	free(mul);
	return table;
}

struct cas_engine8 *bench_engine(const struct cas_network *net, const uint16_t *table,
	enum cas_mapping mapping, enum cas_isa isa)
{
	struct cas_tables tables;
	struct cas_engine8_options options = {.rows = 16, .isa = isa,
		.numerics = {.mapping = mapping, .psum_bits = 25, .acc_bits = 32}};
	struct cas_engine8 *engine;
	struct cas_err err;

	for (int i = 0; i < CAS_MAX_LAYERS; i++)
		for (int g = 0; g < CAS_GROUPS; g++)
			tables.table[i][g] = table;
	if (cas_engine8_plan(&engine, net, &tables, &options, &err))
		bench_fail(err.text);
	return engine;
}

const char *bench_isa_name(enum cas_isa isa)
{
	return isa == CAS_ISA_PORTABLE ? "portable" : isa == CAS_ISA_AVX2 ? "avx2" : "avx512";
}

int bench_isa_here(enum cas_isa isa)
{
#if defined(__x86_64__)
	if (isa == CAS_ISA_AVX2)
		return __builtin_cpu_supports("avx2") != 0;
	if (isa == CAS_ISA_AVX512)
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
			__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
			__builtin_cpu_supports("avx512vnni");
#endif
	return isa == CAS_ISA_PORTABLE || isa == CAS_ISA_BEST;
}
