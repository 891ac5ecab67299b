/* What the parts of the benchmark share: data, races, and the list of what was measured.
 *
 * The machine may be busy: one thread is measured in its CPU time, which leaves only the caches to be
 * disturbed; things that are compared run in turns ("race"), and the best turn of each counts.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "arith/product.h"
#include "engine/engine8.h"
#include "model/dataset.h"
#include "model/mul_library.h"
#include "model/network.h"

enum { BENCH_KERNELS = 96, BENCH_NETWORKS = 128, BENCH_STAGES = 8, BENCH_IMAGES = 32, BENCH_RUNNERS = 40, BENCH_PARTS = 16 };

/* One thing to measure, in parts 0 .. parts - 1 that are timed one by one: short parts are rarely
 * interrupted.  `run` does the same work each time.  best_s: sum over the parts of the shortest run. */
struct bench_runner {
	void (*run)(void *ctx, int part);
	void *ctx;
	int parts; /* 1 .. BENCH_PARTS */
	int wall;  /* 1: by the clock (several threads); 0: CPU time of the calling thread */
	double part_s[BENCH_PARTS], best_s;
	double process_s; /* shortest CPU time of all threads in a part */
};

/* Runners in turns until budget_s is spent, at least three rounds unless they take four times as long; a
 * turn lasts slice_s, or all parts once. */
void bench_race(struct bench_runner *runner, int count, double slice_s, double budget_s);

double bench_now_s(void); /* by the clock */
double bench_cpu_s(int process); /* CPU time of the calling thread, or of all threads */

/* Zeroed, 64-byte aligned; does not return without memory. */
void *bench_memory(size_t bytes);

/* Print "bench: text" and leave with the environment's exit status. */
_Noreturn void bench_fail(const char *text);

struct bench_kernel {
	const char *name, *shape, *text; /* avx512-vbmi, primarycaps, 36x20736x256 */
	double gmac_per_s;
};

struct bench_network {
	const char *network, *engine, *multiplier, *mapping; /* engine: portable, avx2, avx512 or float */
	int threads;
	double images_per_s;
	double cpu_s; /* of all threads, an image; 0 for one thread */
};

struct bench_native {
	const char *type;              /* int8, bf16, f32 */
	double conv1_s, primarycaps_s; /* for one image; 0: not measured */
};

struct bench_results {
	struct bench_kernel kernel[BENCH_KERNELS];
	int kernels;
	struct bench_network network[BENCH_NETWORKS];
	int networks;
	struct {
		char name[16];                 /* 36 tables x 3 mappings: the slowest pair, one thread */
		const char *mapping;
		int pairs, wanted;
		double images_per_s;
	} slowest;
	double profile_us[4][BENCH_STAGES];    /* by isa; CapsNet, NGR, one image */
	double zeros[5];                       /* share of zero activations: conv1, primarycaps, votes, sum, update */
	double beside_s;                       /* the whole network, in turns with the native convolutions */
	struct bench_native native[3];
	double cost_model_s;
	uint64_t modelled_cycles;              /* of the inference it computed */
	double rtl_cycles_per_s, rtl_cycles;   /* Verilated 16x16, one inference of the digits; 0: no Verilator */
	double rtl_cost_model_s;               /* of that inference */
	long peak_kib;                         /* of a run of peak_images images; 0: not measured */
	int peak_images;
	int wrong;                             /* kernels that differ from the naive loop */
};

void bench_add_kernel(struct bench_results *r, const char *name, const char *shape, const char *text,
	double gmac_per_s);
double bench_kernel_rate(const struct bench_results *r, const char *name, const char *shape);
/* Images a second; 0 if it was not measured. */
double bench_network_rate(const struct bench_results *r, const char *network, const char *engine,
	const char *multiplier, const char *mapping, int threads);
/* The whole entry; NULL if it was not measured. */
const struct bench_network *bench_network_find(const struct bench_results *r, const char *network,
	const char *engine, const char *multiplier, const char *mapping, int threads);

/* A network with BENCH_IMAGES images for it. */
struct bench_set {
	const char *name;
	struct cas_network net;
	struct cas_dataset images;
	size_t image_bytes;
};

struct bench_data {
	struct bench_set mnist, digits; /* capsnet-mnist, capsnet-digits */
	struct bench_set deepcaps;      /* of full size, random weights and images */
	struct cas_mul_library library;
	int real_mnist;                 /* 0: capsnet-mnist runs on generated digits */
};

void bench_data_load(struct bench_data *data);
void bench_data_clear(struct bench_data *data);
void bench_deepcaps_make(struct bench_set *set);
/* Table of a multiplier of the library; free() it. */
uint16_t *bench_table(const struct bench_data *data, const char *name);

/* All groups of all layers by one table, narrowest sums that cannot overflow. */
struct cas_engine8 *bench_engine(const struct cas_network *net, const uint16_t *table,
	enum cas_mapping mapping, enum cas_isa isa);
/* "portable", "avx2", "avx512"; whether this machine has it. */
const char *bench_isa_name(enum cas_isa isa);
int bench_isa_here(enum cas_isa isa);

void bench_kernels(struct bench_results *r, const struct bench_data *data);
void bench_networks(struct bench_results *r, const struct bench_data *data);
void bench_profile(struct bench_results *r, const struct bench_data *data);
void bench_native_run(struct bench_results *r, const struct bench_data *data);
void bench_rtl(struct bench_results *r, const struct bench_data *data);
void bench_cost(struct bench_results *r, const struct bench_data *data);

/* Markdown tables to standard output; build/bench.json. */
void bench_print(const struct bench_results *r, const struct bench_data *data);
/* Names of the stages of profile_us. */
const char *bench_stage_name(int stage);

#endif
