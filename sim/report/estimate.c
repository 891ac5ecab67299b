#include "report/estimate.h"

#include <stdio.h>

#include "report/facts.h"
#include "report/json_parts.h"
#include "report/notes.h"
#include "report/operations.h"
#include "report/table.h"

enum { INDENT = 2 };

void cas_estimate_clear(struct cas_estimate *e)
{
	cas_nascaps_ops_clear(&e->ops);
	for (int v = 0; v < CAS_NASCAPS_VARIANTS; v++)
		cas_nascaps_result_clear(&e->nascaps[v]);
	cas_eval_clear(&e->eval);
}

static void add_headings(struct cas_table *table, const char *const heading[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		cas_table_add(table, "%s", heading[i]);
}

static void add_nascaps(struct cas_table *table, const char *name, const char *type,
	const struct cas_nascaps_cost *cost)
{
	char text[CAS_NUMBER_BYTES];

	cas_table_add(table, "%s", name);
	cas_table_add(table, "%s", type);
	cas_table_add(table, "%s", cas_text_short(text, cost->macs));
	cas_table_add(table, "%s", cas_text_count(text, cost->cycles));
	cas_table_add(table, "%.1f", 100 * cost->utilization);
	cas_table_add(table, "%s", cas_text_real(text, cost->latency_ms));
	cas_table_add(table, "%s", cas_text_real(text, cost->energy_mj));
	cas_table_add(table, "%s", cas_text_count(text, cost->memory_bytes));
}

static void put_nascaps(const struct cas_estimate *e, int variant, struct cas_buf *out)
{
	static const char *const heading[] = {"operation", "type", "MACs", "cycles", "util %", "ms", "mJ",
		"bytes"};
	const struct cas_nascaps_result *result = &e->nascaps[variant];
	struct cas_table table;

	cas_buf_printf(out, "\nNASCaps, %s\n", variant == CAS_NASCAPS_PAPER
		? "equations as printed in the paper" : "as the released program computes");
	cas_table_init(&table, "llrrrrrr");
	add_headings(&table, heading, sizeof heading / sizeof heading[0]);
	for (int i = 0; i < result->count; i++)
		add_nascaps(&table, e->ops.op[i].name, cas_nascaps_type_name(e->ops.op[i].type),
			&result->op[i]);
	add_nascaps(&table, "total", "", &result->total);
	cas_table_text(&table, INDENT, out);
	cas_table_clear(&table);
	if (result->above_full)
		cas_buf_printf(out, "  %d operation%s above 100 %% utilisation: no array can do that.\n",
			result->above_full, result->above_full == 1 ? " is" : "s are");
	cas_text_wrap(out, INDENT, 0, cas_nascaps_leaves_out((enum cas_nascaps_variant)variant));
}

static void put_scalesim(const struct cas_estimate *e, struct cas_buf *out)
{
	static const char *const heading[] = {"product", "times", "M", "K", "N", "weight-st.", "output-st.",
		"input-st."};
	struct cas_table table;
	char text[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "\nSCALE-Sim, cycles by dataflow\n");
	cas_table_init(&table, "lrrrrrrr");
	add_headings(&table, heading, sizeof heading / sizeof heading[0]);
	for (int i = 0; i <= e->eval.scalesim.count; i++) {
		int total = i == e->eval.scalesim.count;
		const struct cas_scalesim_step *step = total ? NULL : &e->eval.scalesim.step[i];

		cas_table_add(&table, "%s", total ? "total" : step->name);
		cas_table_add(&table, "%s", total ? "" : cas_text_count(text, step->repeats));
		cas_table_add(&table, "%s", total ? "" : cas_text_count(text, step->m));
		cas_table_add(&table, "%s", total ? "" : cas_text_count(text, step->k));
		cas_table_add(&table, "%s", total ? "" : cas_text_count(text, step->n));
		for (int d = 0; d < CAS_SCALESIM_DATAFLOWS; d++)
			cas_table_add(&table, "%s",
				cas_text_count(text, total ? e->eval.scalesim.cycles[d] : step->cycles[d]));
	}
	cas_table_text(&table, INDENT, out);
	cas_table_clear(&table);
	cas_text_wrap(out, INDENT, 0, cas_scalesim_leaves_out());
}

static void put_cycles(const struct cas_estimate *e, struct cas_buf *out)
{
	static const char *const heading[] = {"step", "MACs", "cycles", "bound", "bound by", "util %"};
	struct cas_table table;
	char text[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "\nThis program's cycle model\n");
	cas_table_init(&table, "lrrrlr");
	add_headings(&table, heading, sizeof heading / sizeof heading[0]);
	for (size_t s = 0; s <= e->eval.cost.rows; s++) {
		const struct cas_step_cost *step = s < e->eval.cost.rows ? &e->eval.cost.row[s] : &e->eval.cost.total;

		cas_table_add(&table, "%s", s < e->eval.cost.rows ? step->step->name : "total");
		cas_table_add(&table, "%s", step->macs ? cas_text_short(text, step->macs) : "");
		cas_table_add(&table, "%s", cas_text_count(text, step->cycles));
		cas_table_add(&table, "%s", cas_text_count(text, step->bound_cycles));
		cas_table_add(&table, "%s", s == e->eval.cost.rows || step->bound_by == CAS_BOUND_NONE ? ""
			: cas_bound_name(step->bound_by));
		cas_table_add(&table, "%.1f", 100 * step->utilization);
	}
	cas_table_text(&table, INDENT, out);
	cas_table_clear(&table);
	cas_buf_printf(out, "  At %s MHz ", cas_text_real(text, e->eval.config.accel.clock_mhz));
	cas_buf_printf(out, "this would take %s ms; the clock is assumed, nothing here closes timing.\n",
		cas_text_real(text, e->eval.cost.latency_ms));
}

/* NASCaps's Fig. 1, MACs/memory: its memory is that of the weights. */
static double macs_per_byte(const struct cas_estimate *e)
{
	return (double)e->eval.net.macs / (double)cas_report_weight_bytes(&e->eval.net);
}

static void put_enlarged(const struct cas_estimate *e, struct cas_buf *out)
{
	char text[CAS_NUMBER_BYTES];
	int said = 0;

	for (int b = 0; b < CAS_BUFFERS; b++)
		if (e->enlarged_bytes[b])
			cas_buf_printf(out, "%s buffers.%s_bytes %s", said++ ? ","
				: "  The configured buffers do not hold this network; taken, and needed for a run, are",
				cas_buffer_name((enum cas_buffer)b), cas_text_bytes(text, e->enlarged_bytes[b]));
	if (said)
		cas_buf_printf(out, ".\n");
}

static void put_multipliers(const struct cas_estimate *e, struct cas_buf *out)
{
	cas_buf_printf(out, "  Multipliers: ");
	cas_report_multipliers(&e->eval, out);
	cas_report_multiplier_area(&e->eval, out);
	cas_buf_printf(out, ".\n");
	if (cas_report_without_power(&e->eval, NULL)) {
		cas_buf_printf(out, "  ");
		cas_report_notes_power(&e->eval, out);
	}
}

static void put_memory(const struct cas_estimate *e, struct cas_buf *out)
{
	char a[CAS_NUMBER_BYTES], b[CAS_NUMBER_BYTES], c[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "  Energy %s µJ.  Memory: %s bytes of weights; the buffers' peaks add up to %s; ",
		cas_text_real(a, e->eval.cost.total.energy.total_pj / 1e6),
		cas_text_count(b, cas_report_weight_bytes(&e->eval.net)),
		cas_text_count(c, cas_report_activation_bytes(&e->eval.cost)));
	cas_buf_printf(out, "%.1f MACs for each byte of weights.\n", macs_per_byte(e));
	put_multipliers(e, out);
	put_enlarged(e, out);
	if (e->eval.cost.spills)
		cas_buf_printf(out, "  %d steps are spills, since a tensor did not fit its buffer (buffers.data_bytes is %s); "
			"they are not verified.\n", e->eval.cost.spills, cas_text_bytes(a, e->eval.config.accel.buffers.data_bytes));
}

static void put_operations(const struct cas_estimate *e, struct cas_buf *out)
{
	struct cas_table table;

	cas_buf_printf(out, "\nOperations by definition\n");
	cas_operations_table(&e->eval.net, e->eval.config.accel.numerics.iterations, 0, &table);
	cas_table_text(&table, INDENT, out);
	cas_table_clear(&table);
}

void cas_estimate_text(const struct cas_estimate *e, struct cas_buf *out)
{
	cas_buf_printf(out, "%s on %d x %d processing elements, one inference\n", e->name, e->eval.config.accel.rows,
		e->eval.config.accel.cols);
	if (e->no_network.text[0]) {
		cas_buf_printf(out, "\nNo network can be built of these rows, so there is no cycle model: %s\n", e->no_network.text);
	} else {
		put_cycles(e, out);
		put_memory(e, out);
		put_operations(e, out);
	}
	for (int v = 0; v < CAS_NASCAPS_VARIANTS; v++)
		put_nascaps(e, v, out);
	if (!e->no_network.text[0])
		put_scalesim(e, out);
}

static void add_memory(cJSON *root, const struct cas_estimate *e)
{
	cJSON *memory = cJSON_AddObjectToObject(root, "memory"), *enlarged;
	char key[32];

	cas_json_u64(memory, "weight_bytes", cas_report_weight_bytes(&e->eval.net));
	cas_json_u64(memory, "peak_activation_bytes", cas_report_activation_bytes(&e->eval.cost));
	cas_json_u64(memory, "parameters", e->eval.net.parameters);
	cas_json_u64(memory, "macs", e->eval.net.macs);
	cas_json_real(memory, "macs_per_byte", macs_per_byte(e));
	cas_json_real(memory, "spill_steps", e->eval.cost.spills);
	enlarged = cJSON_AddObjectToObject(memory, "buffers_enlarged");
	for (int b = 0; b < CAS_BUFFERS; b++)
		if (e->enlarged_bytes[b]) {
			snprintf(key, sizeof key, "%s_bytes", cas_buffer_name((enum cas_buffer)b));
			cas_json_u64(enlarged, key, e->enlarged_bytes[b]);
		}
}

cas_status cas_estimate_json(const struct cas_estimate *e, struct cas_buf *out, struct cas_err *err)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *array;

	cJSON_AddStringToObject(root, "name", e->name);
	array = cJSON_AddObjectToObject(root, "array");
	cas_json_real(array, "rows", e->eval.config.accel.rows);
	cas_json_real(array, "cols", e->eval.config.accel.cols);
	cas_json_nascaps(root, e->nascaps, &e->ops);
	if (e->no_network.text[0]) {
		cJSON_AddStringToObject(root, "no_network", e->no_network.text);
		return cas_json_finish(root, out, err);
	}
	cas_json_scalesim(root, &e->eval.scalesim);
	cas_json_timing(root, &e->eval.cost, &e->eval.net, e->eval.config.accel.clock_mhz);
	cas_json_operations(root, &e->eval.net, e->eval.config.accel.numerics.iterations);
	add_memory(root, e);
	cas_json_multipliers(root, &e->eval);
	cas_json_real(cJSON_AddObjectToObject(root, "energy"), "total_uj", e->eval.cost.total.energy.total_pj / 1e6);
	return cas_json_finish(root, out, err);
}

void cas_gemm_text(const struct cas_gemm_estimate *g, struct cas_buf *out)
{
	char a[CAS_NUMBER_BYTES], b[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "%llu x %llu by %llu x %llu on %d x %d processing elements\n",
		(unsigned long long)g->m, (unsigned long long)g->k, (unsigned long long)g->k,
		(unsigned long long)g->n, g->rows, g->cols);
	cas_buf_printf(out, "  cycle model  %s cycles, %.1f %% utilisation; bound %s, by %s\n",
		cas_text_count(a, g->cycles), 100 * g->utilization, cas_text_count(b, g->bound_cycles),
		g->bound_by == CAS_BOUND_NONE ? "nothing" : cas_bound_name(g->bound_by));
	for (int d = 0; d < CAS_SCALESIM_DATAFLOWS; d++)
		cas_buf_printf(out, "  SCALE-Sim %s %s cycles\n",
			cas_scalesim_dataflow_name((enum cas_scalesim_dataflow)d),
			cas_text_count(a, g->scalesim[d]));
	cas_text_wrap(out, INDENT, 0, cas_scalesim_leaves_out());
}

cas_status cas_gemm_json(const struct cas_gemm_estimate *g, struct cas_buf *out, struct cas_err *err)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *gemm = cJSON_AddObjectToObject(root, "gemm");
	cJSON *scalesim;

	cas_json_u64(gemm, "m", g->m);
	cas_json_u64(gemm, "k", g->k);
	cas_json_u64(gemm, "n", g->n);
	cas_json_real(gemm, "rows", g->rows);
	cas_json_real(gemm, "cols", g->cols);
	cas_json_u64(gemm, "macs", g->m * g->k * g->n);
	cas_json_u64(gemm, "passes", g->passes);
	cas_json_u64(gemm, "cycles", g->cycles);
	cas_json_u64(gemm, "bound_cycles", g->bound_cycles);
	cJSON_AddStringToObject(gemm, "bound_by",
		g->bound_by == CAS_BOUND_NONE ? "none" : cas_bound_name(g->bound_by));
	cas_json_real(gemm, "utilization", g->utilization);
	scalesim = cJSON_AddObjectToObject(root, "scalesim");
	for (int d = 0; d < CAS_SCALESIM_DATAFLOWS; d++)
		cas_json_u64(scalesim, cas_scalesim_dataflow_name((enum cas_scalesim_dataflow)d), g->scalesim[d]);
	cJSON_AddStringToObject(scalesim, "leaves_out", cas_scalesim_leaves_out());
	return cas_json_finish(root, out, err);
}
