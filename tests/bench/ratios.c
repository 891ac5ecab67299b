#include "ratios.h"

#include <string.h>

enum what {
	KERNELS,  /* rate of `a` over that of `b` on a shape */
	ENGINES,  /* images a second of capsnet-mnist, NGR aligned: engine `a` over engine `b` */
	THREADS,  /* two over one, engine `a`, multiplier `b` */
	THREADS_CPU, /* the same if both always ran: twice the CPU time of an image with one over that with two */
	NATIVE,   /* time of the whole network over that of the native convolutions of type `a`; NULL: the fastest */
	MULTIPLIER, /* images a second, exact over table */
};

static const struct ratio {
	const char *name;
	enum what what;
	const char *a, *b, *shape;
} ratios[] = {
	{"avx512_over_gather_primarycaps", KERNELS, "avx512-vbmi", "avx2-gather", "primarycaps"},
	{"avx512_over_gather_primarycaps_dense", KERNELS, "avx512-vbmi", "avx2-gather", "primarycaps-dense"},
	{"avx512_over_scalar_primarycaps", KERNELS, "avx512-vbmi", "naive-scalar", "primarycaps"},
	{"avx2_over_scalar_primarycaps", KERNELS, "avx2", "naive-scalar", "primarycaps"},
	{"avx2_over_scalar_primarycaps_dense", KERNELS, "avx2", "naive-scalar", "primarycaps-dense"},
	{"portable_over_scalar_primarycaps", KERNELS, "portable", "naive-scalar", "primarycaps"},
	{"exact_over_avx512_primarycaps", KERNELS, "avx512-vnni", "avx512-vbmi", "primarycaps"},
	{"avx512_over_gather_conv1", KERNELS, "avx512-vbmi", "avx2-gather", "conv1"},
	{"avx512_over_gather_votes", KERNELS, "avx512-vbmi", "avx2-gather", "votes"},
	{"avx512_over_portable_sum", KERNELS, "avx512-vbmi", "portable", "sum"},
	{"avx512_over_portable_update", KERNELS, "avx512-vbmi", "portable", "update"},
	{"network_avx512_over_portable", ENGINES, "avx512", "portable", NULL},
	{"network_avx2_over_portable", ENGINES, "avx2", "portable", NULL},
	{"network_exact_over_table", MULTIPLIER, "1JFF", "NGR", NULL},
	{"threads_2_over_1", THREADS, "best", "NGR", NULL},
	{"threads_2_over_1_by_cpu", THREADS_CPU, "best", "NGR", NULL},
	{"threads_2_over_1_exact", THREADS, "best", "1JFF", NULL},
	{"threads_2_over_1_float", THREADS, "float", "none", NULL},
	{"network_time_over_native", NATIVE, NULL, NULL, NULL},
	{"network_time_over_native_int8", NATIVE, "int8", NULL, NULL},
};

int bench_ratio_count(void)
{
	return (int)(sizeof ratios / sizeof ratios[0]);
}

const char *bench_ratio_name(int index)
{
	return ratios[index].name;
}

static double over(double a, double b)
{
	return a > 0 && b > 0 ? a / b : 0;
}

static double native_time(const struct bench_results *r, const char *type)
{
	double best = 0;

	for (int i = 0; i < 3; i++) {
		const struct bench_native *n = &r->native[i];
		double both = n->conv1_s + n->primarycaps_s;

		if (n->conv1_s > 0 && n->primarycaps_s > 0 && (!type || !strcmp(type, n->type)))
			best = best > 0 && best < both ? best : both;
	}
	return best;
}

static double by_cpu(const struct bench_results *r, const char *engine, const char *multiplier)
{
	static const char mapping[] = "sign_magnitude_aligned";
	const struct bench_network *one = bench_network_find(r, "capsnet-mnist", engine, multiplier, mapping, 1);
	const struct bench_network *two = bench_network_find(r, "capsnet-mnist", engine, multiplier, mapping, 2);

	return one && two ? over(2 / one->images_per_s, two->cpu_s) : 0;
}

static double network(const struct bench_results *r, const char *engine, const char *multiplier, int threads)
{
	return bench_network_rate(r, "capsnet-mnist", engine, multiplier,
		strcmp(engine, "float") ? "sign_magnitude_aligned" : "none", threads);
}

double bench_ratio(const struct bench_results *r, const char *name)
{
	for (int i = 0; i < bench_ratio_count(); i++) {
		const struct ratio *q = &ratios[i];

		if (strcmp(q->name, name))
			continue;
		switch (q->what) {
		case KERNELS: return over(bench_kernel_rate(r, q->a, q->shape), bench_kernel_rate(r, q->b, q->shape));
		case ENGINES: return over(network(r, q->a, "NGR", 1), network(r, q->b, "NGR", 1));
		case THREADS: return over(network(r, q->a, q->b, 2), network(r, q->a, q->b, 1));
		case THREADS_CPU: return by_cpu(r, q->a, q->b);
		case NATIVE: return over(r->beside_s, native_time(r, q->a));
		case MULTIPLIER: return over(network(r, "best", q->a, 1), network(r, "best", q->b, 1));
		}
	}
	return 0;
}
