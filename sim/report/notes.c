#include "report/notes.h"

#include <stdio.h>

#include "report/facts.h"

static const char *probability(char out[32], int only_a, int only_b)
{
	double p = cas_report_mcnemar(only_a, only_b);

	snprintf(out, 32, p >= 1e-300 ? "= %.2g" : "< 1e-300", p);
	return out;
}

static void put_exposed(const struct cas_eval *eval, struct cas_buf *out)
{
	int said = 0;

	for (int l = 0; l < eval->net.layers; l++)
		if (eval->accuracy.exposed[l])
			cas_buf_printf(out, "%s%s", said++ ? ", " : "Sums that may leave their width: ", eval->net.layer[l].name);
	if (said)
		cas_buf_printf(out, ".  They are added one by one in the hardware's order, which is slower "
			"(docs/performance.md).\n");
}

void cas_report_notes_accuracy(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_eval_accuracy *a = &eval->accuracy;
	char n[CAS_NUMBER_BYTES], m[CAS_NUMBER_BYTES], p[32];

	if (a->correct_plain >= 0)
		cas_buf_printf(out, "Right with the bias calibration only: %s images, without it only: %s; p %s.\n",
			cas_text_count(n, (uint64_t)a->only_calibrated), cas_text_count(m, (uint64_t)a->only_plain),
			probability(p, a->only_calibrated, a->only_plain));
	if (a->correctf >= 0)
		cas_buf_printf(out, "Right on the accelerator only: %s images, in float32 only: %s.  If both were "
			"equally good, a split at least this uneven would come about with probability p %s "
			"(McNemar's exact test, two-sided).\n", cas_text_count(n, (uint64_t)a->only8),
			cas_text_count(m, (uint64_t)a->onlyf), probability(p, a->only8, a->onlyf));
	put_exposed(eval, out);
	for (int l = 0; l < eval->net.layers; l++)
		if (a->overflows[l])
			cas_buf_printf(out, "Overflows: %s additions to sums of layer %s left their width (%s).\n",
				cas_text_count(n, a->overflows[l]), eval->net.layer[l].name,
				cas_overflow_name(eval->config.accel.numerics.overflow));
}

void cas_report_notes_timing(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_cost *cost = &eval->cost;
	const char *misfit = cas_report_rtl_misfit(eval);
	char ms[CAS_NUMBER_BYTES], mhz[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "bound: the fewest cycles that the busiest resource allows, and which that is.  "
		"util: %% of the array's multipliers doing useful work.  The columns to its right say where the "
		"other cycles went, in %%: edge, tiles or vectors that do not fill the array; unit, squash, "
		"softmax, addition or pool; fill, filling and draining; weight, buffer, DRAM, waiting for that port.\n");
	cas_report_binding(eval, out);
	cas_buf_printf(out, "\nAt %s MHz this would take %s ms; the clock is assumed, nothing here closes timing.\n",
		cas_text_real(mhz, eval->config.accel.clock_mhz), cas_text_real(ms, cost->latency_ms));
	if (cost->spills)
		cas_buf_printf(out, "%d steps are spills (parts of layers, moves to and from DRAM), since a tensor did not fit its "
			"buffer; they are not verified.\n", cost->spills);
	if (misfit)
		cas_buf_printf(out, "The RTL does not do this configuration (%s), so co-simulation cannot confirm these cycles.\n", misfit);
	else
		cas_buf_printf(out, "The RTL does this configuration: capsacc-sim cosim compares every step's cycles with it; "
			"this run did not.\n");
}

void cas_report_notes_memory(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_cost *cost = &eval->cost;
	char a[CAS_NUMBER_BYTES], b[CAS_NUMBER_BYTES], c[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "peak use: the most that is kept at once.  reads, writes: accesses of the port, "
		"each of up to one window of the array's width (accumulators: of one word).\n");
	cas_buf_printf(out, "DRAM: %s bytes read (%s of them weights), %s bytes written.\n",
		cas_text_count(a, cost->total.traffic.dram_read_bytes), cas_text_count(b, cost->dram.weight_read),
		cas_text_count(c, cost->total.traffic.dram_write_bytes));
}

void cas_report_notes_power(const struct cas_eval *eval, struct cas_buf *out)
{
	if (!cas_report_without_power(eval, NULL))
		return;
	cas_buf_printf(out, "Power not stated, counted as that of the exact multiplier: ");
	cas_report_without_power(eval, out);
	cas_buf_printf(out, ".\n");
}

void cas_report_notes_energy(const struct cas_eval *eval, struct cas_buf *out)
{
	cas_buf_printf(out, "Counts times the values of the technology file; static: leakage for as long as the "
		"inference takes.  Wires, control and the clock beyond the PEs are not in it.\n");
	cas_report_notes_power(eval, out);
}

void cas_report_notes_published(const struct cas_eval *eval, struct cas_buf *out)
{
	static const char *const model[CAS_NASCAPS_VARIANTS] = {"NASCaps, as printed", "NASCaps, as released"};

	for (int v = 0; v < CAS_NASCAPS_VARIANTS; v++) {
		int above = eval->nascaps[v].above_full;

		cas_buf_printf(out, "%s: %s", model[v], cas_nascaps_leaves_out((enum cas_nascaps_variant)v));
		if (above)
			cas_buf_printf(out, "  %d of its %d operations %s above 100 %% utilisation: no array can do that.",
				above, eval->nascaps[v].count, above == 1 ? "is" : "are");
		cas_buf_printf(out, "\n");
	}
	cas_buf_printf(out, "SCALE-Sim: %s\n", cas_scalesim_leaves_out());
}
