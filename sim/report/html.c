#include "report/facts.h"
#include "report/report.h"

/* A bar chart: one labelled bar a row. */
enum { BAR_ROW = 20, BAR_LEFT = 190, BAR_WIDTH = 460, BAR_RIGHT = 110 };

static void put_bar(struct cas_buf *out, int row, const char *label, double value, double largest,
	const char *text)
{
	double width = largest > 0 ? value / largest * BAR_WIDTH : 0;

	cas_buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", BAR_LEFT - 8, row * BAR_ROW + 14);
	cas_html_escape(out, label);
	cas_buf_printf(out, "</text><rect x=\"%d\" y=\"%d\" width=\"%.2f\" height=\"%d\"/>"
		"<text x=\"%.2f\" y=\"%d\">", BAR_LEFT, row * BAR_ROW + 3, width, BAR_ROW - 6,
		BAR_LEFT + width + 6, row * BAR_ROW + 14);
	cas_html_escape(out, text);
	cas_buf_printf(out, "</text>\n");
}

static void open_bars(struct cas_buf *out, int rows, const char *title)
{
	cas_buf_printf(out, "<svg role=\"img\" aria-label=\"%s\" width=\"%d\" height=\"%d\">\n", title,
		BAR_LEFT + BAR_WIDTH + BAR_RIGHT, rows * BAR_ROW);
}

static void put_cycle_bars(const struct cas_eval *eval, struct cas_buf *out)
{
	uint64_t largest = 0;
	char text[CAS_NUMBER_BYTES];

	for (size_t s = 0; s < eval->cost.steps; s++)
		largest = eval->cost.step[s].cycles > largest ? eval->cost.step[s].cycles : largest;
	open_bars(out, (int)eval->cost.steps, "cycles by step");
	for (size_t s = 0; s < eval->cost.steps; s++)
		put_bar(out, (int)s, eval->cost.step[s].step->name, (double)eval->cost.step[s].cycles,
			(double)largest, cas_text_count(text, eval->cost.step[s].cycles));
	cas_buf_printf(out, "</svg>\n");
}

static void put_energy_bars(const struct cas_eval *eval, struct cas_buf *out)
{
	const double *pj = eval->cost.total.energy.component_pj;
	double largest = 0;
	char text[CAS_NUMBER_BYTES];

	for (int c = 0; c < CAS_COMPONENTS; c++)
		largest = pj[c] > largest ? pj[c] : largest;
	open_bars(out, CAS_COMPONENTS, "energy by component in microjoules");
	for (int c = 0; c < CAS_COMPONENTS; c++)
		put_bar(out, c, cas_component_name((enum cas_component)c), pj[c], largest,
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

static void put_head(const struct cas_eval *eval, struct cas_buf *out)
{
	cas_buf_printf(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
	cas_html_escape(out, eval->config.name);
	cas_buf_printf(out, " - capsacc-sim</title>\n<style>\n"
		"body{font:15px/1.45 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}\n"
		"table{border-collapse:collapse;font-size:13px;margin:.6em 0}\n"
		"th,td{padding:.15em .6em;border-bottom:1px solid #ddd;text-align:left}\n"
		"th.r,td.r{text-align:right;font-variant-numeric:tabular-nums}\n"
		"svg{font-size:12px;max-width:100%%;fill:#222}svg rect{fill:#3a6ea5}\n"
		"pre{white-space:pre-wrap;font-size:12px}\n</style>\n</head>\n<body>\n<h1>");
	cas_html_escape(out, eval->config.name);
	cas_buf_printf(out, "</h1>\n");
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
	cas_buf_printf(out, ".</p>\n<h2>Accuracy</h2>\n<table>\n"
		"<tr><td>on the accelerator</td><td class=\"r\">%.2f %%</td></tr>\n",
		100 * (double)a->correct8 / a->images);
	if (a->correctf >= 0)
		cas_buf_printf(out, "<tr><td>float32 arithmetic, the same images</td><td class=\"r\">%.2f %%</td></tr>\n",
			100 * (double)a->correctf / a->images);
	if (eval->net.float_accuracy >= 0)
		cas_buf_printf(out, "<tr><td>recorded for the float32 network</td><td class=\"r\">%.2f %%</td></tr>\n",
			100 * eval->net.float_accuracy);
	cas_buf_printf(out, "</table>\n");
}

static void put_published(const struct cas_eval *eval, struct cas_buf *out)
{
	cas_buf_printf(out, "<h2>Published models of the same inference</h2>\n");
	put_table(cas_report_published, eval, out);
	cas_buf_printf(out, "<ul>\n");
	for (int v = 0; v < CAS_NASCAPS_VARIANTS; v++) {
		cas_buf_printf(out, "<li>NASCaps, %s: ", v == CAS_NASCAPS_PAPER ? "as printed" : "as released");
		cas_html_escape(out, cas_nascaps_leaves_out((enum cas_nascaps_variant)v));
		cas_buf_printf(out, "</li>\n");
	}
	cas_buf_printf(out, "<li>SCALE-Sim: ");
	cas_html_escape(out, cas_scalesim_leaves_out());
	cas_buf_printf(out, "</li>\n</ul>\n");
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
	char n[CAS_NUMBER_BYTES], ms[CAS_NUMBER_BYTES];

	put_head(eval, out);
	put_what(eval, out);
	cas_buf_printf(out, "<h2>Cycles</h2>\n<p>%s cycles, %s ms at the clock assumed (nothing here closes "
		"timing). ", cas_text_count(n, eval->cost.total.cycles),
		cas_text_real(ms, eval->cost.latency_ms));
	put_escaped(cas_report_binding, eval, out);
	cas_buf_printf(out, "</p>\n");
	put_cycle_bars(eval, out);
	put_table(cas_report_steps, eval, out);
	cas_buf_printf(out, "<h2>Memory</h2>\n");
	put_table(cas_report_buffers, eval, out);
	cas_buf_printf(out, "<h2>Energy</h2>\n<p>%s µJ</p>\n",
		cas_text_real(n, eval->cost.total.energy.total_pj / 1e6));
	put_energy_bars(eval, out);
	put_table(cas_report_components, eval, out);
	put_published(eval, out);
	put_config(eval, out);
	cas_buf_printf(out, "</body>\n</html>\n");
}
