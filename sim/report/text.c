#include <string.h>

#include "model/digits.h"
#include "report/facts.h"
#include "report/notes.h"
#include "report/report.h"
#include "report/operations.h"

enum { INDENT = 2 };

static double percent(int part, int whole)
{
	return 100 * (double)part / whole;
}

/* What is not as usual. */
static void put_options(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_numerics *n = &eval->config.accel.numerics;

	if (n->swap_operands)
		cas_buf_printf(out, "               operands swapped: the weight is the table's first\n");
	if (n->zero_gating)
		cas_buf_printf(out, "               products with a zero operand are zero\n");
	if (eval->config.bias_calibration_images)
		cas_buf_printf(out, "               biases calibrated on %d training images\n",
			eval->config.bias_calibration_images);
	else if (eval->net.calibration.images && eval->config.stored_calibration)
		cas_buf_printf(out, "               biases calibrated on %d training images, carried by the network\n",
			eval->net.calibration.images);
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
		eval->config.data_split == CAS_USE_TRAIN ? "training split" :
		eval->config.data_set == CAS_USE_DIGITS && eval->config.data_seed != CAS_DIGITS_TEST_SEED
		? "not the test set: another seed" : "test split");
	cas_buf_printf(out, "  accelerator  %d x %d processing elements, weight-stationary, clock %s MHz\n",
		accel->rows, accel->cols, cas_text_real(a, accel->clock_mhz));
	cas_buf_printf(out, "  arithmetic   8-bit, operands mapped %s; sums of %d bits, accumulators of %d (%s)\n",
		cas_mapping_name(accel->numerics.mapping), accel->numerics.psum_bits, accel->numerics.acc_bits,
		cas_overflow_name(accel->numerics.overflow));
	put_options(eval, out);
	cas_buf_printf(out, "  multipliers  ");
	cas_report_multipliers(eval, out);
	cas_report_multiplier_area(eval, out);
	cas_buf_printf(out, "\n");
}

/* Each paragraph wrapped. */
static void put_notes(void (*say)(const struct cas_eval *, struct cas_buf *), const struct cas_eval *eval,
	struct cas_buf *out)
{
	struct cas_buf text;
	char *line, *end;

	cas_buf_init(&text, CAS_REPORT_MAX_BYTES);
	say(eval, &text);
	for (line = text.data; line && (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		cas_text_wrap(out, INDENT, INDENT, line);
	}
	out->failed |= text.failed;
	cas_buf_clear(&text);
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
	if (a->correct_plain >= 0)
		cas_buf_printf(out, "  %6.2f %%  the same without the bias calibration\n",
			percent(a->correct_plain, a->images));
	if (a->correctf >= 0)
		cas_buf_printf(out, "  %6.2f %%  the same images%s in float32 arithmetic; same answer for %.2f %%\n",
			percent(a->correctf, a->images), eval->net.quantized ? " and weights" : "",
			percent(a->agree, a->images));
	if (eval->net.float_accuracy >= 0)
		cas_buf_printf(out, "  %6.2f %%  recorded for the float32 network that this one was made from, on its own test set\n",
			100 * eval->net.float_accuracy);
	put_notes(cas_report_notes_accuracy, eval, out);
}

static void put_table(void (*build)(const struct cas_eval *, struct cas_table *),
	const struct cas_eval *eval, struct cas_buf *out)
{
	struct cas_table table;

	build(eval, &table);
	cas_table_text(&table, INDENT, out);
	cas_table_clear(&table);
}

static void put_timing(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_cost *cost = &eval->cost;
	char n[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "\nOne inference: %s cycles, array %.1f %% busy\n",
		cas_text_count(n, cost->total.cycles), 100 * cost->total.utilization);
	put_table(cas_report_steps, eval, out);
	put_notes(cas_report_notes_timing, eval, out);
}

static void put_memory(const struct cas_eval *eval, struct cas_buf *out)
{
	cas_buf_printf(out, "\nMemory\n");
	put_table(cas_report_buffers, eval, out);
	put_notes(cas_report_notes_memory, eval, out);
}

static void put_energy(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_energy *energy = &eval->cost.total.energy;
	char a[CAS_NUMBER_BYTES], b[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "\nEnergy of one inference: %s µJ, of it %s µJ static (technology %s)\n",
		cas_text_real(a, energy->total_pj / 1e6),
		cas_text_real(b, energy->component_pj[CAS_E_STATIC] / 1e6), eval->tech.name);
	put_table(cas_report_components, eval, out);
	put_notes(cas_report_notes_energy, eval, out);
}

static void put_published(const struct cas_eval *eval, struct cas_buf *out)
{
	cas_buf_printf(out, "\nPublished models of the same inference (ratio: their cycles over those above)\n");
	put_table(cas_report_published, eval, out);
	cas_buf_printf(out, "\n  The same by layer: cycles, and the utilisation that they imply in %%\n");
	put_table(cas_report_by_layer, eval, out);
	put_notes(cas_report_notes_published, eval, out);
}

static void put_operations(const struct cas_eval *eval, struct cas_buf *out)
{
	struct cas_table table;

	cas_buf_printf(out, "\nOperations of one inference, by definition (docs/networks.md)\n");
	cas_operations_table(&eval->net, eval->config.accel.numerics.iterations, 0, &table);
	cas_table_text(&table, INDENT, out);
	cas_table_clear(&table);
}

void cas_report_text(const struct cas_eval *eval, struct cas_buf *out)
{
	put_what(eval, out);
	put_accuracy(eval, out);
	put_timing(eval, out);
	put_memory(eval, out);
	put_energy(eval, out);
	put_operations(eval, out);
	put_published(eval, out);
}
