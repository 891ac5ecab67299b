#include <string.h>

#include "report/bars.h"
#include "report/facts.h"
#include "report/notes.h"
#include "report/page.h"
#include "report/report.h"
#include "report/operations.h"

static void put_cycle_bars(const struct cas_eval *eval, struct cas_buf *out)
{
	uint64_t largest = 0;
	char text[CAS_NUMBER_BYTES];

	for (size_t s = 0; s < eval->cost.rows; s++)
		largest = eval->cost.row[s].cycles > largest ? eval->cost.row[s].cycles : largest;
	cas_bars_open(out, (int)eval->cost.rows, "cycles by step");
	for (size_t s = 0; s < eval->cost.rows; s++)
		cas_bars_put(out, (int)s, eval->cost.row[s].step->name, (double)eval->cost.row[s].cycles,
			(double)largest, cas_text_count(text, eval->cost.row[s].cycles));
	cas_buf_printf(out, "</svg>\n");
}

static void put_energy_bars(const struct cas_eval *eval, struct cas_buf *out)
{
	const double *pj = eval->cost.total.energy.component_pj;
	double largest = 0;
	char text[CAS_NUMBER_BYTES];

	for (int c = 0; c < CAS_COMPONENTS; c++)
		largest = pj[c] > largest ? pj[c] : largest;
	cas_bars_open(out, CAS_COMPONENTS, "energy by component in microjoules");
	for (int c = 0; c < CAS_COMPONENTS; c++)
		cas_bars_put(out, c, cas_component_name((enum cas_component)c), pj[c], largest,
			cas_text_real(text, pj[c] / 1e6));
	cas_buf_printf(out, "</svg>\n");
}

static void put_table(void (*build)(const struct cas_eval *, struct cas_table *),
	const struct cas_eval *eval, struct cas_buf *out)
{
	struct cas_table table;

	build(eval, &table);
	cas_table_html(&table, out);
	cas_table_clear(&table);
}

/* Multipliers come from file names and manifests: text like any other. */
static void put_escaped(void (*say)(const struct cas_eval *, struct cas_buf *),
	const struct cas_eval *eval, struct cas_buf *out)
{
	struct cas_buf text;

	cas_buf_init(&text, CAS_REPORT_MAX_BYTES);
	say(eval, &text);
	cas_html_escape(out, text.data ? text.data : "");
	out->failed |= text.failed;
	cas_buf_clear(&text);
}

/* Each paragraph one of the page's. */
static void put_notes(void (*say)(const struct cas_eval *, struct cas_buf *), const struct cas_eval *eval,
	struct cas_buf *out)
{
	struct cas_buf text;
	char *line, *end;

	cas_buf_init(&text, CAS_REPORT_MAX_BYTES);
	say(eval, &text);
	for (line = text.data; line && (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		cas_buf_printf(out, "<p>");
		cas_html_escape(out, line);
		cas_buf_printf(out, "</p>\n");
	}
	out->failed |= text.failed;
	cas_buf_clear(&text);
}

static void put_what(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_eval_accuracy *a = &eval->accuracy;
	char n[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "<p>");
	cas_html_escape(out, eval->net.name);
	cas_buf_printf(out, " on %s images of ", cas_text_count(n, (uint64_t)a->images));
	cas_html_escape(out, eval->dataset);
	cas_buf_printf(out, ", %d x %d processing elements, operands mapped %s, multipliers: ",
		eval->config.accel.rows, eval->config.accel.cols,
		cas_mapping_name(eval->config.accel.numerics.mapping));
	put_escaped(cas_report_multipliers, eval, out);
	put_escaped(cas_report_multiplier_area, eval, out);
	cas_buf_printf(out, ".</p>\n");
}

static void put_accuracy(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_eval_accuracy *a = &eval->accuracy;
	struct cas_interval interval = cas_report_interval(a->correct8, a->images);

	cas_buf_printf(out, "<h2>Accuracy</h2>\n<table>\n"
		"<tr><td>on the accelerator (95 %% interval %.2f to %.2f)</td><td class=\"r\">%.2f %%</td></tr>\n",
		100 * interval.low, 100 * interval.high, 100 * (double)a->correct8 / a->images);
	if (a->correct_plain >= 0)
		cas_buf_printf(out, "<tr><td>the same without the bias calibration</td><td class=\"r\">%.2f %%</td></tr>\n",
			100 * (double)a->correct_plain / a->images);
	if (a->correctf >= 0)
		cas_buf_printf(out, "<tr><td>the same images%s in float32 arithmetic; same answer for %.2f %%</td>"
			"<td class=\"r\">%.2f %%</td></tr>\n", eval->net.quantized ? " and weights" : "",
			100 * (double)a->agree / a->images, 100 * (double)a->correctf / a->images);
	if (eval->net.float_accuracy >= 0)
		cas_buf_printf(out, "<tr><td>recorded for the float32 network that this one was made from, on its own test set</td>"
			"<td class=\"r\">%.2f %%</td></tr>\n", 100 * eval->net.float_accuracy);
	cas_buf_printf(out, "</table>\n");
	put_notes(cas_report_notes_accuracy, eval, out);
}

static void put_published(const struct cas_eval *eval, struct cas_buf *out)
{
	cas_buf_printf(out, "<h2>Published models of the same inference</h2>\n");
	put_table(cas_report_published, eval, out);
	cas_buf_printf(out, "<p>By layer: cycles, and the utilisation that they imply in %%</p>\n");
	put_table(cas_report_by_layer, eval, out);
	put_notes(cas_report_notes_published, eval, out);
}

static void put_operations(const struct cas_eval *eval, struct cas_buf *out)
{
	struct cas_table table;

	cas_buf_printf(out, "<h2>Operations of one inference, by definition</h2>\n");
	cas_operations_table(&eval->net, eval->config.accel.numerics.iterations, 0, &table);
	cas_table_html(&table, out);
	cas_table_clear(&table);
}

static void put_config(const struct cas_eval *eval, struct cas_buf *out)
{
	struct cas_buf text;

	cas_buf_init(&text, CAS_REPORT_MAX_BYTES);
	cas_run_config_write(&eval->config, &text);
	cas_buf_printf(out, "<h2>Configuration</h2>\n<pre>");
	cas_html_escape(out, text.data ? text.data : "");
	cas_buf_printf(out, "</pre>\n");
	out->failed |= text.failed;
	cas_buf_clear(&text);
}

void cas_report_html(const struct cas_eval *eval, struct cas_buf *out)
{
	char n[CAS_NUMBER_BYTES], m[CAS_NUMBER_BYTES];

	cas_page_open(out, eval->config.name);
	put_what(eval, out);
	put_accuracy(eval, out);
	cas_buf_printf(out, "<h2>Cycles of one inference</h2>\n<p>%s cycles, array %.1f %% busy.</p>\n",
		cas_text_count(n, eval->cost.total.cycles), 100 * eval->cost.total.utilization);
	put_cycle_bars(eval, out);
	put_table(cas_report_steps, eval, out);
	put_notes(cas_report_notes_timing, eval, out);
	cas_buf_printf(out, "<h2>Memory</h2>\n");
	put_table(cas_report_buffers, eval, out);
	put_notes(cas_report_notes_memory, eval, out);
	cas_buf_printf(out, "<h2>Energy of one inference</h2>\n<p>%s µJ, of it %s µJ static (technology ",
		cas_text_real(n, eval->cost.total.energy.total_pj / 1e6),
		cas_text_real(m, eval->cost.total.energy.component_pj[CAS_E_STATIC] / 1e6));
	cas_html_escape(out, eval->tech.name);
	cas_buf_printf(out, ").</p>\n");
	put_energy_bars(eval, out);
	put_table(cas_report_components, eval, out);
	put_notes(cas_report_notes_energy, eval, out);
	put_operations(eval, out);
	put_published(eval, out);
	put_config(eval, out);
	cas_page_close(out);
}
