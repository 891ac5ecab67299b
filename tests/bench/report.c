/* The tables, in Markdown as docs/performance.md has them. */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "ratios.h"

static const char *const mappings[] = {"sign_magnitude", "sign_magnitude_aligned", "affine"};
static const char *const multipliers[] = {"1JFF", "NGR", "2HH"};

void bench_add_kernel(struct bench_results *r, const char *name, const char *shape, const char *text,
	double gmac_per_s)
{
	if (r->kernels == BENCH_KERNELS)
		bench_fail("more kernels than there is room for");
	r->kernel[r->kernels++] = (struct bench_kernel){name, shape, text, gmac_per_s};
}

double bench_kernel_rate(const struct bench_results *r, const char *name, const char *shape)
{
	for (int i = 0; i < r->kernels; i++)
		if (!strcmp(r->kernel[i].name, name) && !strcmp(r->kernel[i].shape, shape))
			return r->kernel[i].gmac_per_s;
	return 0;
}

const struct bench_network *bench_network_find(const struct bench_results *r, const char *network,
	const char *engine, const char *multiplier, const char *mapping, int threads)
{
	for (int i = 0; i < r->networks; i++) {
		const struct bench_network *n = &r->network[i];

		if (!strcmp(n->network, network) && !strcmp(n->engine, engine) && n->threads == threads &&
		    !strcmp(n->multiplier, multiplier) && !strcmp(n->mapping, mapping))
			return n;
	}
	return NULL;
}

double bench_network_rate(const struct bench_results *r, const char *network, const char *engine,
	const char *multiplier, const char *mapping, int threads)
{
	const struct bench_network *n = bench_network_find(r, network, engine, multiplier, mapping, threads);

	return n ? n->images_per_s : 0;
}

/* A table's cell; empty where nothing was measured. */
static void cell(double x, int digits)
{
	if (x > 0)
		printf(" %.*f |", digits, x);
	else
		printf(" |");
}

static void print_kernels(const struct bench_results *r)
{
	static const char *const names[] = {"naive-scalar", "avx2-gather", "portable", "avx2", "avx512-vbmi", "avx512-vnni"};
	static const char *const shapes[] = {"conv1", "primarycaps", "primarycaps-dense", "votes", "sum", "update"};

	printf("\nKernels, GMAC/s, one thread, operands of one inference of capsnet-mnist with the mapping"
		" sign_magnitude_aligned; NGR, the last column 1JFF. Zero activations there (20 images): Conv1 %.0f %%,"
		" PrimaryCaps %.0f %%, votes %.1f %%, sum %.1f %%, update %.1f %%.\n\n", 100 * r->zeros[0], 100 * r->zeros[1],
		100 * r->zeros[2], 100 * r->zeros[3], 100 * r->zeros[4]);
	printf("| shape | scalar loop | AVX2 gather | portable | avx2 | avx512-vbmi | avx512-vnni |\n|---|---|---|---|---|---|---|\n");
	for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
		const char *text = "";

		for (int i = 0; i < r->kernels; i++)
			if (!strcmp(r->kernel[i].shape, shapes[s]))
				text = r->kernel[i].text;
		printf("| %s %s |", shapes[s], text);
		for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
			cell(bench_kernel_rate(r, names[n], shapes[s]), 1);
		printf("\n");
	}
}

static void print_networks(const struct bench_results *r)
{
	static const char *const networks[] = {"capsnet-mnist", "capsnet-digits"};
	static const char *const engines[] = {"portable", "avx2", "avx512"};

	printf("\nWhole networks, images a second, one thread; sm, al, af: the mappings sign_magnitude,"
		" sign_magnitude_aligned, affine.\n\n| network, engine | 1JFF sm | NGR sm | 2HH sm | 1JFF al | NGR al | 2HH al |"
		" 1JFF af | NGR af | 2HH af |\n|---|---|---|---|---|---|---|---|---|---|\n");
	for (size_t n = 0; n < 2; n++) {
		for (size_t e = 0; e < 3; e++) {
			if (bench_network_rate(r, networks[n], engines[e], "NGR", mappings[1], 1) <= 0)
				continue;
			printf("| %s, %s |", networks[n], engines[e]);
			for (size_t i = 0; i < 9; i++)
				cell(bench_network_rate(r, networks[n], engines[e], multipliers[i % 3], mappings[i / 3], 1), 0);
			printf("\n");
		}
		printf("| %s, float32 engine | %.0f | | | | | | | | |\n", networks[n],
			bench_network_rate(r, networks[n], "float", "none", "none", 1));
	}
}

static void print_threads(const struct bench_results *r)
{
	printf("\nThreads, capsnet-mnist, sign_magnitude_aligned, the best kernels. Two threads are measured by the clock, so"
		" that their ratio needs an idle machine; the last column is twice the CPU time of an image with one thread over that"
		" with two: what the ratio would be if both always ran.\n\n| | 1 thread, images/s | 2 threads | ratio |"
		" 10,000 images, 1 thread | 2 threads | ratio by CPU time |\n|---|---|---|---|---|---|---|\n");
	for (int i = 0; i < 4; i++) {
		const char *engine = i < 3 ? "best" : "float", *mul = i < 3 ? multipliers[i] : "none";
		const char *mapping = i < 3 ? mappings[1] : "none";
		double one = bench_network_rate(r, "capsnet-mnist", engine, mul, mapping, 1);
		const struct bench_network *both = bench_network_find(r, "capsnet-mnist", engine, mul, mapping, 2);
		double two = both ? both->images_per_s : 0;

		if (two > 0 && one > 0)
			printf("| %s | %.0f | %.0f | %.2f | %.1f s | %.1f s | %.2f |\n", i < 3 ? mul : "float32 engine", one, two,
				two / one, 10000 / one, 10000 / two, 2 / (one * both->cpu_s));
	}
}

static void print_native(const struct bench_results *r)
{
	printf("\nNative convolutions (oneDNN, exact products, one thread, 4 images a call), ms an image:");
	if (r->beside_s <= 0) {
		printf(" not measured, built without oneDNN (tests/deps.sh bench).\n");
		return;
	}
	printf("\n\n| | Conv1 | PrimaryCaps | both | GMAC/s | our whole network with NGR takes |\n|---|---|---|---|---|---|\n");
	for (int i = 0; i < 3; i++) {
		const struct bench_native *n = &r->native[i];
		double both = n->conv1_s + n->primarycaps_s;

		if (n->conv1_s > 0 && n->primarycaps_s > 0)
			printf("| %s | %.3f | %.3f | %.3f | %.0f | %.3f ms, %.2f times |\n", n->type, 1e3 * n->conv1_s,
				1e3 * n->primarycaps_s, 1e3 * both, (400. * 81 * 256 + 36. * 20736 * 256) / both * 1e-9, 1e3 * r->beside_s,
				r->beside_s / both);
	}
}

static void print_profile(const struct bench_results *r)
{
	printf("\nProfile of one inference (capsnet-mnist, NGR, sign_magnitude_aligned, one thread): microseconds and share.\n\n|"
		" stage | portable | avx2 | avx512 |\n|---|---|---|---|\n");
	for (int s = 0; s <= BENCH_STAGES; s++) {
		printf("| %s |", s < BENCH_STAGES ? bench_stage_name(s) : "all");
		for (int isa = CAS_ISA_PORTABLE; isa <= CAS_ISA_AVX512; isa++) {
			double all = 0, us;

			for (int i = 0; i < BENCH_STAGES; i++)
				all += r->profile_us[isa][i];
			us = s < BENCH_STAGES ? r->profile_us[isa][s] : all;
			if (all > 0)
				printf(" %.1f, %.1f %% |", us, 100 * us / all);
			else
				printf(" |");
		}
		printf("\n");
	}
}

/* One row: what was measured against a bound.  Nothing measured: said so. */
static void goal(const char *what, double got, const char *unit, double want, int at_most)
{
	if (got > 0)
		printf("| %s | %.*f%s | %s |\n", what, got < 10 ? 2 : 1, got, unit, (at_most ? got <= want : got >= want) ? "yes" : "**no**");
	else
		printf("| %s | not measured | |\n", what);
}

/* The same inference of the digits network on 16x16, by the Verilated RTL in one thread and by the model. */
static void print_rtl(const struct bench_results *r)
{
	double rtl_s = r->rtl_cycles_per_s > 0 ? r->rtl_cycles / r->rtl_cycles_per_s : 0;

	if (rtl_s > 0)
		printf("\nRTL on 16x16, capsnet-digits: %.0f cycles a second (goal: 200,000 or more); one inference takes %.1f ms,"
			" the cost model %.4f ms: cost model : RTL = 1 : %.0f\n", r->rtl_cycles_per_s, 1e3 * rtl_s,
			1e3 * r->rtl_cost_model_s, rtl_s / r->rtl_cost_model_s);
	else
		printf("\nRTL: not measured, see above.\n");
}

static void print_goals(const struct bench_results *r)
{
	char what[200];
	const struct bench_network *deepcaps = bench_network_find(r, "deepcaps", "best", "NGR", mappings[1], 2);
	double slowest = r->slowest.images_per_s > 0 ? 10000 / r->slowest.images_per_s : 0;

	(void)snprintf(what, sizeof what, "CapsNet MNIST, 10,000 images, slowest of %d of %d pairs of table and mapping (%s, %s),"
		" one thread alone: 60 s or less", r->slowest.pairs, r->slowest.wanted, r->slowest.name,
		r->slowest.mapping ? r->slowest.mapping : "none");
	printf("\n| goal | measured | met |\n|---|---|---|\n");
	goal(what, slowest, " s", 60, 1);
	goal("the same, stretch: 35 s", slowest, " s", 35, 1);
	goal("best table kernel against the AVX2 gather kernel, PrimaryCaps: 4 times",
		bench_ratio(r, "avx512_over_gather_primarycaps"), " times", 4, 0);
	goal("the same without zero activations", bench_ratio(r, "avx512_over_gather_primarycaps_dense"), " times", 4, 0);
	goal("whole network with a table against the fastest native convolutions: at most 5 times slower",
		bench_ratio(r, "network_time_over_native"), " times", 5, 1);
	goal("the same against int8", bench_ratio(r, "network_time_over_native_int8"), " times", 5, 1);
	goal("AVX2 only, PrimaryCaps: 3 times the scalar loop", bench_ratio(r, "avx2_over_scalar_primarycaps"), " times", 3, 0);
	goal("the same without zero activations", bench_ratio(r, "avx2_over_scalar_primarycaps_dense"), " times", 3, 0);
	goal("two threads against one, NGR: 1.9 times", bench_ratio(r, "threads_2_over_1"), " times", 1.9, 0);
	goal("default kernels against the scalar loop, one core: 5 times", bench_ratio(r, "avx512_over_scalar_primarycaps"),
		" times", 5, 0);
	if (deepcaps)
		goal("DeepCaps of full size (random weights, NGR, two threads): 0.25 s an image", 1 / deepcaps->images_per_s, " s",
			0.25, 1);
	goal("cost model of CapsNet: below 20 ms", 1e3 * r->cost_model_s, " ms", 20, 1);
	(void)snprintf(what, sizeof what, "peak memory of a run of %d images, both engines, two threads: 400 MB (10,000 images"
		" are 8 MB more)", r->peak_images);
	goal(what, (double)r->peak_kib * 1024e-6, " MB", 400, 1);
	print_rtl(r);
	printf("\nOf CapsNet the cost model computes %.2f thousand million cycles a second (%.0f of one inference).\n",
		(double)r->modelled_cycles / r->cost_model_s * 1e-9,
		(double)r->modelled_cycles);
}

void bench_print(const struct bench_results *r, const struct bench_data *data)
{
	printf("\ncapsnet-mnist runs on %s; capsnet-digits on generated digits.\n", data->real_mnist ? "MNIST test images"
		: "generated digits in MNIST's format (MNIST was not found: CAPSACC_DATA)");
	print_kernels(r);
	print_networks(r);
	print_threads(r);
	print_native(r);
	print_profile(r);
	print_goals(r);
}
