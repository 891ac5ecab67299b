#include <stdio.h>

#include "report/facts.h"
#include "report/report.h"

enum { INDENT = 2 };

static double percent(int part, int whole)
{
	return 100 * (double)part / whole;
}

static void put_what(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_accel *accel = &eval->config.accel;
	char a[CAS_NUMBER_BYTES], b[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "What was run\n");
	cas_buf_printf(out, "  network      %s: %d layers, %s parameters, %s multiply-adds an inference\n",
		eval->net.name, eval->net.layers, cas_text_count(a, eval->net.parameters),
		cas_text_short(b, eval->net.macs));
	cas_buf_printf(out, "  images       %s of %s of data set %s (%s)\n",
		cas_text_count(a, (uint64_t)eval->accuracy.images),
		cas_text_count(b, (uint64_t)eval->dataset_images), eval->dataset,
		eval->config.data_split == CAS_USE_TRAIN ? "training split" : "test split");
	cas_buf_printf(out, "  accelerator  %d x %d processing elements, weight-stationary, clock %s MHz\n",
		accel->rows, accel->cols, cas_text_real(a, accel->clock_mhz));
	cas_buf_printf(out, "  arithmetic   8-bit, operands mapped %s; sums of %d bits, accumulators of %d (%s)\n",
		cas_mapping_name(accel->numerics.mapping), accel->numerics.psum_bits, accel->numerics.acc_bits,
		cas_overflow_name(accel->numerics.overflow));
	cas_buf_printf(out, "  multipliers  ");
	cas_report_multipliers(eval, out);
	cas_buf_printf(out, "\n");
}

static void put_accuracy(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_eval_accuracy *a = &eval->accuracy;
	struct cas_interval interval = cas_report_interval(a->correct8, a->images);
	char n[CAS_NUMBER_BYTES], m[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "\nAccuracy\n");
	cas_buf_printf(out, "  %6.2f %%  on the accelerator: %s of %s images right (95 %% interval %.2f to %.2f)\n",
		percent(a->correct8, a->images), cas_text_count(n, (uint64_t)a->correct8),
		cas_text_count(m, (uint64_t)a->images), 100 * interval.low, 100 * interval.high);
	if (a->correctf >= 0)
		cas_buf_printf(out, "  %6.2f %%  the same images%s in float32 arithmetic; same answer for %.2f %%\n",
			percent(a->correctf, a->images), eval->net.quantized ? " and weights" : "",
			percent(a->agree, a->images));
	if (eval->net.float_accuracy >= 0)
		cas_buf_printf(out, "  %6.2f %%  recorded for the float32 network that this one was made from\n",
			100 * eval->net.float_accuracy);
}

static void put_overflows(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_eval_accuracy *a = &eval->accuracy;
	char n[CAS_NUMBER_BYTES];

	for (int l = 0; l < eval->net.layers; l++)
		if (a->overflows[l])
			cas_buf_printf(out, "  overflows: %s sums of layer %s left their width (%s)\n",
				cas_text_count(n, a->overflows[l]), eval->net.layer[l].name,
				cas_overflow_name(eval->config.accel.numerics.overflow));
}

static void put_table(void (*build)(const struct cas_eval *, struct cas_table *),
	const struct cas_eval *eval, struct cas_buf *out)
{
	struct cas_table table;

	build(eval, &table);
	cas_table_text(&table, INDENT, out);
	cas_table_clear(&table);
}

static void put_legend(const struct cas_eval *eval, struct cas_buf *out)
{
	struct cas_buf text;

	cas_text_wrap(out, INDENT, 0, "bound: the fewest cycles that the busiest resource allows, and which that "
		"is. util: % of the array's multipliers doing useful work. The columns to its right say where the "
		"other cycles went, in %: edge, tiles or vectors that do not fill the array; unit, squash or "
		"softmax; fill, filling and draining; weight, buffer, DRAM, waiting for that port.");
	cas_buf_init(&text, CAS_REPORT_MAX_BYTES);
	cas_report_binding(eval, &text);
	cas_text_wrap(out, INDENT, 0, text.data ? text.data : "");
	cas_buf_clear(&text);
}

static void put_timing(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_cost *cost = &eval->cost;
	char n[CAS_NUMBER_BYTES], ms[CAS_NUMBER_BYTES], mhz[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "\nOne inference: %s cycles, array %.1f %% busy\n",
		cas_text_count(n, cost->total.cycles), 100 * cost->total.utilization);
	put_table(cas_report_steps, eval, out);
	put_legend(eval, out);
	cas_buf_printf(out, "  At %s MHz this would take %s ms; the clock is assumed, nothing here closes timing.\n",
		cas_text_real(mhz, eval->config.accel.clock_mhz), cas_text_real(ms, cost->latency_ms));
	if (cost->spills)
		cas_buf_printf(out, "  %d steps exist because a tensor did not fit its buffer (spills); they are not verified.\n",
			cost->spills);
}

static void put_memory(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_cost *cost = &eval->cost;
	char a[CAS_NUMBER_BYTES], b[CAS_NUMBER_BYTES], c[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "\nMemory\n");
	put_table(cas_report_buffers, eval, out);
	cas_buf_printf(out, "  DRAM: %s bytes read (%s of them weights), %s bytes written\n",
		cas_text_count(a, cost->total.traffic.dram_read_bytes), cas_text_count(b, cost->dram.weight_read),
		cas_text_count(c, cost->total.traffic.dram_write_bytes));
}

static void put_energy(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_energy *energy = &eval->cost.total.energy;
	char a[CAS_NUMBER_BYTES], b[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "\nEnergy of one inference: %s µJ, of it %s µJ static (technology %s)\n",
		cas_text_real(a, energy->total_pj / 1e6),
		cas_text_real(b, energy->component_pj[CAS_E_STATIC] / 1e6), eval->tech.name);
	put_table(cas_report_components, eval, out);
	if (eval->multipliers.power_unknown)
		cas_buf_printf(out, "  %d multipliers have no published power and are counted as the exact one.\n",
			eval->multipliers.power_unknown);
}

static void put_caution(struct cas_buf *out, const char *model, const char *sentence)
{
	char text[1024];

	snprintf(text, sizeof text, "%s: %s", model, sentence);
	cas_text_wrap(out, INDENT, INDENT, text);
}

static void put_published(const struct cas_eval *eval, struct cas_buf *out)
{
	cas_buf_printf(out, "\nPublished models of the same inference (ratio: their cycles over those above)\n");
	put_table(cas_report_published, eval, out);
	for (int v = 0; v < CAS_NASCAPS_VARIANTS; v++)
		put_caution(out, v == CAS_NASCAPS_PAPER ? "NASCaps, as printed" : "NASCaps, as released",
			cas_nascaps_leaves_out((enum cas_nascaps_variant)v));
	put_caution(out, "SCALE-Sim", cas_scalesim_leaves_out());
}

void cas_report_text(const struct cas_eval *eval, struct cas_buf *out)
{
	put_what(eval, out);
	put_accuracy(eval, out);
	put_overflows(eval, out);
	put_timing(eval, out);
	put_memory(eval, out);
	put_energy(eval, out);
	put_published(eval, out);
}
