/* The tables of a report. */
#include "report/facts.h"

static void add_count(struct cas_table *table, uint64_t value)
{
	char text[CAS_NUMBER_BYTES];

	cas_table_add(table, "%s", cas_text_count(text, value));
}

/* A share in percent; nothing where there is none, so that an idle column can be left out. */
static void add_share(struct cas_table *table, uint64_t part, uint64_t whole)
{
	if (part)
		cas_table_add(table, "%.1f", 100 * (double)part / (double)whole);
	else
		cas_table_add(table, "%s", "");
}

static void add_step(struct cas_table *table, const char *name, const struct cas_step_cost *step,
	const char *bound)
{
	const struct cas_cycles *split = &step->split;
	char text[CAS_NUMBER_BYTES];

	cas_table_add(table, "%s", name);
	cas_table_add(table, "%s", step->macs ? cas_text_short(text, step->macs) : "");
	add_count(table, step->cycles);
	add_count(table, step->bound_cycles);
	cas_table_add(table, "%s", bound);
	cas_table_add(table, "%.1f", 100 * step->utilization);
	add_share(table, split->edge, step->cycles);
	add_share(table, split->unit, step->cycles);
	add_share(table, split->fill_drain, step->cycles);
	add_share(table, split->weight_stall, step->cycles);
	add_share(table, split->buffer_stall, step->cycles);
	add_share(table, split->dram_stall, step->cycles);
	cas_table_add(table, "%s", cas_text_real(text, step->energy.total_pj / 1e6));
}

void cas_report_steps(const struct cas_eval *eval, struct cas_table *table)
{
	static const char *const heading[] = {"step", "MACs", "cycles", "bound", "bound by", "util",
		"edge", "unit", "fill", "weight", "buffer", "DRAM", "µJ"};

	cas_table_init(table, "lrrrlrrrrrrrr");
	for (size_t i = 0; i < sizeof heading / sizeof heading[0]; i++)
		cas_table_add(table, "%s", heading[i]);
	for (size_t s = 0; s < eval->cost.rows; s++) {
		const struct cas_step_cost *step = &eval->cost.row[s];

		add_step(table, step->step->name, step,
			step->bound_by == CAS_BOUND_NONE ? "-" : cas_bound_name(step->bound_by));
	}
	add_step(table, "total", &eval->cost.total, "");
}

static void add_buffer(struct cas_table *table, const char *name, const struct cas_buffer_cost *buffer)
{
	char text[CAS_NUMBER_BYTES];

	cas_table_add(table, "%s", name);
	cas_table_add(table, "%s", cas_text_bytes(text, buffer->size_bytes));
	cas_table_add(table, "%s", cas_text_bytes(text, buffer->peak_bytes));
	cas_table_add(table, "%.1f", buffer->size_bytes
		? 100 * (double)buffer->peak_bytes / (double)buffer->size_bytes : 0);
	add_count(table, buffer->access.reads);
	add_count(table, buffer->access.writes);
}

void cas_report_buffers(const struct cas_eval *eval, struct cas_table *table)
{
	static const char *const heading[] = {"buffer", "size", "peak use", "% full", "reads", "writes"};

	cas_table_init(table, "lrrrrr");
	for (size_t i = 0; i < sizeof heading / sizeof heading[0]; i++)
		cas_table_add(table, "%s", heading[i]);
	for (int b = 0; b < CAS_BUFFERS; b++)
		add_buffer(table, cas_buffer_name((enum cas_buffer)b), &eval->cost.buffer[b]);
	add_buffer(table, "accumulators", &eval->cost.accumulator);
}

void cas_report_components(const struct cas_eval *eval, struct cas_table *table)
{
	const struct cas_energy *energy = &eval->cost.total.energy;
	char text[CAS_NUMBER_BYTES];

	cas_table_init(table, "lrr");
	cas_table_add(table, "component");
	cas_table_add(table, "µJ");
	cas_table_add(table, "%%");
	for (int c = 0; c < CAS_COMPONENTS; c++) {
		if (!(energy->component_pj[c] > 0))
			continue;
		cas_table_add(table, "%s", cas_component_name((enum cas_component)c));
		cas_table_add(table, "%s", cas_text_real(text, energy->component_pj[c] / 1e6));
		cas_table_add(table, "%.1f",
			energy->total_pj > 0 ? 100 * energy->component_pj[c] / energy->total_pj : 0);
	}
}

/* One estimate beside the cycle model's count. */
static void add_published(const struct cas_eval *eval, struct cas_table *table, const char *name,
	uint64_t macs, uint64_t cycles, double mj)
{
	double mine = (double)eval->cost.total.cycles;
	char text[CAS_NUMBER_BYTES];

	cas_table_add(table, "%s", name);
	add_count(table, cycles);
	cas_table_add(table, "%s",
		cas_text_real(text, (double)cycles / (eval->config.accel.clock_mhz * 1e3)));
	cas_table_add(table, "%.1f", 100 * cas_report_utilization(eval, macs, cycles));
	cas_table_add(table, "%.2f", mine > 0 ? (double)cycles / mine : 0);
	cas_table_add(table, "%s", mj < 0 ? "" : cas_text_real(text, mj * 1e3));
}

void cas_report_published(const struct cas_eval *eval, struct cas_table *table)
{
	static const char *const heading[] = {"model", "cycles", "ms", "util %", "ratio", "µJ"};
	static const char *const nascaps[CAS_NASCAPS_VARIANTS] = {"NASCaps, as printed",
		"NASCaps, as released"};
	static const char *const scalesim[CAS_SCALESIM_DATAFLOWS] = {
		"SCALE-Sim, weight-stationary", "SCALE-Sim, output-stationary", "SCALE-Sim, input-stationary"};
	const struct cas_step_cost *total = &eval->cost.total;

	cas_table_init(table, "lrrrrr");
	for (size_t i = 0; i < sizeof heading / sizeof heading[0]; i++)
		cas_table_add(table, "%s", heading[i]);
	add_published(eval, table, "this cycle model", total->macs, total->cycles,
		total->energy.total_pj / 1e9);
	for (int v = 0; v < CAS_NASCAPS_VARIANTS; v++) {
		const struct cas_nascaps_cost *cost = &eval->nascaps[v].total;

		add_published(eval, table, nascaps[v], cost->macs, cost->cycles, cost->energy_mj);
	}
	for (int d = 0; d < CAS_SCALESIM_DATAFLOWS; d++)
		add_published(eval, table, scalesim[d], eval->scalesim.macs, eval->scalesim.cycles[d], -1);
}
