/* Speed: one run, tables of rates and ratios, and the goals; build/bench.json.  `make bench`, from
 * the root of the repository, below three minutes.
 *
 * Everything is measured with the weights of models/capsnet-mnist and the operands of real inferences
 * (MNIST where CAPSACC_DATA or ../shared/data has it, else generated digits).
 */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "ratios.h"

static const char json_path[] = "build/bench.json";

struct machine {
	char cpu[400], flags[400], load[400];
};

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

static struct machine machine(void)
{
	struct machine m;

	first_line("/proc/cpuinfo", "model name", m.cpu);
	first_line("build/flags", "", m.flags);
	first_line("/proc/loadavg", "", m.load);
	return m;
}

static const char *isa(void)
{
	return bench_isa_here(CAS_ISA_AVX512) ? "avx2, avx512 f bw vl vbmi vnni" : bench_isa_here(CAS_ISA_AVX2) ? "avx2"
		: "none beyond the compiler's default";
}

static void print_machine(const struct machine *m)
{
	printf("Machine: %s, %ld cores, instruction sets used: %s; load average at the start %.14s. Compiler: %s, %s (-O3 in"
		" sim/engine); float32 engine: OpenBLAS for %s.\n", m->cpu, sysconf(_SC_NPROCESSORS_ONLN), isa(), m->load,
		__VERSION__, m->flags, openblas_get_corename());
	(void)fflush(stdout);
}

static void write_networks(FILE *out, const struct bench_results *r)
{
	for (int i = 0; i < r->networks; i++) {
		const struct bench_network *n = &r->network[i];

		(void)fprintf(out, "%s\n\t{\"name\": \"%s\", \"engine\": \"%s\", \"multiplier\": \"%s\", \"mapping\": \"%s\","
			" \"threads\": %d, \"images_per_s\": %.3f}", i ? "," : "", n->network, n->engine, n->multiplier, n->mapping,
			n->threads, n->images_per_s);
	}
}

static void write_ratios(FILE *out, const struct bench_results *r)
{
	int first = 1;

	for (int i = 0; i < bench_ratio_count(); i++) {
		double x = bench_ratio(r, bench_ratio_name(i));

		if (x > 0) {
			(void)fprintf(out, "%s\n\t\"%s\": %.3f", first ? "" : ",", bench_ratio_name(i), x);
			first = 0;
		}
	}
}

static void write_rest(FILE *out, const struct bench_results *r)
{
	int first = 1;

	(void)fprintf(out, "\"slowest_table\": {\"multiplier\": \"%s\", \"mapping\": \"%s\", \"pairs\": %d,"
		" \"images_per_s\": %.3f},\n", r->slowest.name, r->slowest.mapping ? r->slowest.mapping : "",
		r->slowest.pairs, r->slowest.images_per_s);
	(void)fprintf(out, "\"native_ms_per_image\": {");
	for (int i = 0; i < 3; i++)
		if (r->native[i].conv1_s > 0 && r->native[i].primarycaps_s > 0) {
			(void)fprintf(out, "%s\"%s\": %.4f", first ? "" : ", ", r->native[i].type,
				1e3 * (r->native[i].conv1_s + r->native[i].primarycaps_s));
			first = 0;
		}
	(void)fprintf(out, "},\n\"profile_us\": {");
	for (int isas = CAS_ISA_PORTABLE; isas <= CAS_ISA_AVX512; isas++) {
		(void)fprintf(out, "%s\n\t\"%s\": {", isas == CAS_ISA_PORTABLE ? "" : ",", bench_isa_name((enum cas_isa)isas));
		for (int s = 0; s < BENCH_STAGES; s++)
			(void)fprintf(out, "%s\"%s\": %.2f", s ? ", " : "", bench_stage_name(s), r->profile_us[isas][s]);
		(void)fprintf(out, "}");
	}
	(void)fprintf(out, "\n},\n\"cost_model_ms\": %.4f,\n\"modelled_cycles_per_s\": %.0f,\n\"peak_memory_mb\": %.1f,\n", 1e3 * r->cost_model_s,
		(double)r->modelled_cycles / r->cost_model_s,
		(double)r->peak_kib * 1024e-6);
	(void)fprintf(out, "\"rtl\": {\"cycles_per_s\": %.0f, \"cycles\": %.0f, \"cost_model_ms\": %.4f}\n", r->rtl_cycles_per_s,
		r->rtl_cycles, 1e3 * r->rtl_cost_model_s);
}

static void write_json(const struct bench_results *r, const struct bench_data *data, const struct machine *m)
{
	FILE *out = fopen(json_path, "w");

	if (!out)
		bench_fail("build/bench.json cannot be written");
	(void)fprintf(out, "{\n\"machine\": {\"cpu\": \"%s\", \"cores\": %ld, \"compiler\": \"%s\", \"flags\": \"%s\","
		" \"isa\": \"%s\", \"openblas\": \"%s\", \"load_average\": \"%.14s\", \"mnist\": %s},\n\"kernels\": [", m->cpu,
		sysconf(_SC_NPROCESSORS_ONLN), __VERSION__, m->flags, isa(), openblas_get_corename(), m->load,
		data->real_mnist ? "true" : "false");
	for (int i = 0; i < r->kernels; i++)
		(void)fprintf(out, "%s\n\t{\"name\": \"%s\", \"shape\": \"%s %s\", \"gmac_per_s\": %.3f}", i ? "," : "",
			r->kernel[i].name, r->kernel[i].shape, r->kernel[i].text, r->kernel[i].gmac_per_s);
	(void)fprintf(out, "\n],\n\"networks\": [");
	write_networks(out, r);
	(void)fprintf(out, "\n],\n\"ratios\": {");
	write_ratios(out, r);
	(void)fprintf(out, "\n},\n");
	write_rest(out, r);
	(void)fprintf(out, "}\n");
	if (fclose(out))
		bench_fail("build/bench.json cannot be written");
}

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(struct bench_results *r, const struct bench_data *data);
	} part[] = {{"memory, cost model", bench_cost}, {"kernels", bench_kernels}, {"networks", bench_networks},
		{"native", bench_native_run}, {"profile", bench_profile}, {"RTL", bench_rtl}};
	struct bench_results *r = bench_memory(sizeof *r);
	struct bench_data *data = bench_memory(sizeof *data);
	struct machine m = machine();
	double begin = bench_now_s();
	int wrong;

	r->native[0].type = "int8";
	r->native[1].type = "bf16";
	r->native[2].type = "f32";
	print_machine(&m);
	(void)setenv("CAPSACC_DATA", "../shared/data", 0);
	bench_data_load(data);
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
		double t = bench_now_s();

		part[i].run(r, data);
		(void)fprintf(stderr, "bench: %s: %.0f s\n", part[i].name, bench_now_s() - t);
	}
	bench_print(r, data);
	printf("\nMeasured in %.0f s; every figure is the best of several turns, one thread in CPU time, two by the clock.\n", bench_now_s() - begin);
	write_json(r, data, &m);
	wrong = r->wrong;
	bench_data_clear(data);
	free(data);
	free(r);
	return wrong ? 1 : 0;
}
