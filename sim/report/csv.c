#include "report/facts.h"
#include "report/report.h"

static void add_u64(struct cas_table *table, uint64_t value)
{
	cas_table_add(table, "%llu", (unsigned long long)value);
}

static void add_step(struct cas_table *table, const struct cas_eval *eval,
	const struct cas_step_cost *step)
{
	const struct cas_cycles *c = &step->split;
	const uint64_t counts[] = {step->macs, step->passes, step->start_cycle, step->cycles, c->compute,
		c->edge, c->unit, c->fill_drain, c->weight_stall, c->buffer_stall, c->dram_stall,
		step->bound_cycles};

	cas_table_add(table, "%s", eval->net.layer[step->step->layer].name);
	cas_table_add(table, "%s", step->step->name);
	cas_table_add(table, "%s", cas_step_kind_name(step->step->kind));
	cas_table_add(table, "%d", step->step->iteration);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		add_u64(table, counts[i]);
	cas_table_add(table, "%s", step->bound_by == CAS_BOUND_NONE ? "" : cas_bound_name(step->bound_by));
	cas_table_add(table, "%.9f", step->utilization);
	add_u64(table, step->traffic.dram_read_bytes);
	add_u64(table, step->traffic.dram_write_bytes);
	cas_table_add(table, "%.9g", step->energy.component_pj[CAS_E_STATIC] / 1e6);
	cas_table_add(table, "%.9g", step->energy.total_pj / 1e6);
	cas_table_add(table, "%d", step->verified);
}

void cas_report_csv(const struct cas_eval *eval, struct cas_buf *out)
{
	static const char *const heading[] = {"layer", "step", "kind", "iteration", "macs", "passes",
		"start_cycle", "cycles", "compute_cycles", "edge_cycles", "unit_cycles", "fill_drain_cycles",
		"weight_stall_cycles", "buffer_stall_cycles", "dram_stall_cycles", "bound_cycles", "bound_by",
		"utilization", "dram_read_bytes", "dram_write_bytes", "static_uj", "energy_uj", "verified"};
	struct cas_table table;

	cas_table_init(&table, "lllrrrrrrrrrrrrrlrrrrrr");
	for (size_t i = 0; i < sizeof heading / sizeof heading[0]; i++)
		cas_table_add(&table, "%s", heading[i]);
	for (size_t s = 0; s < eval->cost.rows; s++)
		add_step(&table, eval, &eval->cost.row[s]);
	cas_table_csv(&table, out);
	cas_table_clear(&table);
}

static void add_traffic(struct cas_table *table, const struct cas_eval *eval,
	const struct cas_step_cost *step, const char *memory, const struct cas_access *access)
{
	const uint64_t counts[] = {step->start_cycle, step->cycles, access->reads, access->writes,
		access->read_bytes, access->write_bytes};

	if (!access->reads && !access->writes)
		return;
	cas_table_add(table, "%s", eval->net.layer[step->step->layer].name);
	cas_table_add(table, "%s", step->step->name);
	cas_table_add(table, "%s", memory);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		add_u64(table, counts[i]);
}

void cas_report_traffic(const struct cas_eval *eval, struct cas_buf *out)
{
	static const char *const heading[] = {"layer", "step", "memory", "start_cycle", "cycles", "reads",
		"writes", "read_bytes", "write_bytes"};
	const uint64_t beat = (uint64_t)eval->config.accel.dram_beat_bytes;
	struct cas_table table;

	cas_table_init(&table, "lllrrrrrr");
	for (size_t i = 0; i < sizeof heading / sizeof heading[0]; i++)
		cas_table_add(&table, "%s", heading[i]);
	for (size_t s = 0; s < eval->cost.rows; s++) {
		const struct cas_step_cost *step = &eval->cost.row[s];
		const struct cas_traffic *t = &step->traffic;
		const struct cas_access dram = {t->dram_read_bytes / beat, t->dram_write_bytes / beat,
			t->dram_read_bytes, t->dram_write_bytes};

		for (int b = 0; b < CAS_BUFFERS; b++)
			add_traffic(&table, eval, step, cas_buffer_name((enum cas_buffer)b), &t->buffer[b]);
		add_traffic(&table, eval, step, "accumulators", &t->accumulator);
		add_traffic(&table, eval, step, "dram", &dram);
	}
	cas_table_csv(&table, out);
	cas_table_clear(&table);
}

/* One line an image; float and uncalibrated answers only where they were asked for. */
void cas_report_answers(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_eval_accuracy *a = &eval->accuracy;

	cas_buf_printf(out, "image,label,answer%s%s\n", a->answerf ? ",float" : "",
		a->answer_plain ? ",uncalibrated" : "");
	for (int i = 0; i < a->images; i++) {
		cas_buf_printf(out, "%d,%d,%d", i, a->labels[i], a->answer8[i]);
		if (a->answerf)
			cas_buf_printf(out, ",%d", a->answerf[i]);
		if (a->answer_plain)
			cas_buf_printf(out, ",%d", a->answer_plain[i]);
		cas_buf_printf(out, "\n");
	}
}
