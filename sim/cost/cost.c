#include "cost/cost.h"

#include <stdlib.h>

#include "base/mem.h"
#include "cost/energy.h"
#include "cost/timing.h"
#include "cost/traffic.h"

static const char *const bound_names[CAS_BOUNDS + 1] = {
	"compute", "weight port", "votes port", "dram", "unit", "none",
};

const char *cas_bound_name(enum cas_bound bound)
{
	return bound_names[bound];
}

void cas_mul_cost_exact(struct cas_mul_cost *mul)
{
	mul->static_area_um2 = 0;
	for (int l = 0; l < CAS_MAX_LAYERS; l++)
		for (int g = 0; g < CAS_GROUPS; g++)
			mul->power_ratio[l][g] = 1;
}

/* Transfers of a step that cannot have been made before it began: of its weights, at most a whole
 * buffer was there. */
static uint64_t dram_bound(const struct cas_step *s, const struct cas_timing_step *t,
	const struct cas_accel *accel)
{
	uint64_t room = accel->buffers.weight_bytes / (uint64_t)accel->cols;

	if (s->kind == CAS_STEP_LOAD || s->kind == CAS_STEP_STORE)
		return (uint64_t)accel->dram_cycles_per_beat * cas_timing_beats(accel, s->bytes);
	return t->fetched_words > room ? (t->fetched_words - room) * cas_timing_word_cycles(accel) : 0;
}

static void fill_bounds(struct cas_step_cost *out, const struct cas_timing_step *t,
	const struct cas_accel *accel)
{
	struct cas_port_words words = cas_port_words_of(out->step, &out->traffic);

	out->bound[CAS_BOUND_COMPUTE] = t->split.compute;
	out->bound[CAS_BOUND_WEIGHT_PORT] = words.weight;
	out->bound[CAS_BOUND_VOTES_PORT] = words.votes;
	out->bound[CAS_BOUND_DRAM] = dram_bound(out->step, t, accel);
	out->bound[CAS_BOUND_UNIT] = t->split.unit;
	out->bound_by = CAS_BOUND_NONE;
	for (int b = 0; b < CAS_BOUNDS; b++)
		if (out->bound[b] > out->bound_cycles) {
			out->bound_cycles = out->bound[b];
			out->bound_by = (enum cas_bound)b;
		}
}

static double utilization(const struct cas_accel *accel, uint64_t macs, uint64_t cycles)
{
	if (!cycles)
		return 0;
	return (double)macs / ((double)accel->rows * accel->cols * (double)cycles);
}

static double ratio_of(const struct cas_mul_cost *mul, int layer, enum cas_group group)
{
	return mul ? mul->power_ratio[layer][group] : 1;
}

static void fill_step(struct cas_step_cost *out, const struct cas_program *program, size_t index,
	const struct cas_accel *accel, const struct cas_timing_step *t)
{
	const struct cas_step *s = &program->step[index];

	*out = (struct cas_step_cost){
		.step = s, .macs = s->macs, .passes = t->passes, .start_cycle = t->start_cycle,
		.cycles = t->cycles, .split = t->split,
		.utilization = utilization(accel, s->macs, t->cycles),
		.traffic = cas_traffic_of(program, index, accel),
	};
	fill_bounds(out, t, accel);
}

static void add_access(struct cas_access *to, const struct cas_access *from)
{
	to->reads += from->reads;
	to->writes += from->writes;
	to->read_bytes += from->read_bytes;
	to->write_bytes += from->write_bytes;
}

static void add_split(struct cas_cycles *to, const struct cas_cycles *from)
{
	to->compute += from->compute;
	to->edge += from->edge;
	to->unit += from->unit;
	to->fill_drain += from->fill_drain;
	to->weight_stall += from->weight_stall;
	to->buffer_stall += from->buffer_stall;
	to->dram_stall += from->dram_stall;
}

static void add_traffic(struct cas_traffic *to, const struct cas_traffic *from)
{
	for (int b = 0; b < CAS_BUFFERS; b++)
		add_access(&to->buffer[b], &from->buffer[b]);
	add_access(&to->accumulator, &from->accumulator);
	to->dram_read_bytes += from->dram_read_bytes;
	to->dram_write_bytes += from->dram_write_bytes;
	to->products += from->products;
	to->squash_products += from->squash_products;
	to->accumulates += from->accumulates;
	to->register_bits += from->register_bits;
	to->requantised += from->requantised;
	to->rescaled += from->rescaled;
	to->squash_elements += from->squash_elements;
	to->squash_capsules += from->squash_capsules;
	to->softmax_elements += from->softmax_elements;
}

static void add_step(struct cas_step_cost *total, const struct cas_step_cost *step)
{
	total->macs += step->macs;
	total->passes += step->passes;
	total->cycles += step->cycles;
	add_split(&total->split, &step->split);
	for (int b = 0; b < CAS_BOUNDS; b++)
		if (b != CAS_BOUND_DRAM) /* of the whole inference: fill_total; a row of positions has none */
			total->bound[b] += step->bound[b];
	total->bound_cycles += step->bound_cycles;
	add_traffic(&total->traffic, &step->traffic);
	for (int i = 0; i < CAS_COMPONENTS; i++)
		total->energy.component_pj[i] += step->energy.component_pj[i];
	total->energy.total_pj += step->energy.total_pj;
}

static void add_dram(struct cas_dram_cost *dram, const struct cas_step_cost *c)
{
	const struct cas_traffic *t = &c->traffic;

	if (cas_step_has_weights(c->step))
		dram->weight_read += t->dram_read_bytes;
	else if (c->step->tensor == CAS_TENSOR_INPUT)
		dram->input_read += t->dram_read_bytes;
	else if (c->step->tensor == CAS_TENSOR_RESULT)
		dram->result_write += t->dram_write_bytes;
	else {
		dram->spill_read += t->dram_read_bytes;
		dram->spill_write += t->dram_write_bytes;
	}
}

/* The whole inference: steps do not overlap, so their bounds add up; all transfers are a bound too. */
static void fill_total(struct cas_cost *cost, const struct cas_accel *accel)
{
	struct cas_step_cost *t = &cost->total;
	uint64_t by[CAS_BOUNDS] = {0};
	int most = 0;

	for (size_t i = 0; i < cost->steps; i++) {
		const struct cas_step_cost *c = &cost->step[i];

		add_step(t, c);
		add_dram(&cost->dram, c);
		if (c->bound_by < CAS_BOUNDS)
			by[c->bound_by] += c->bound_cycles;
	}
	t->bound[CAS_BOUND_DRAM] = (t->traffic.dram_read_bytes + t->traffic.dram_write_bytes) /
		(uint64_t)accel->dram_beat_bytes * (uint64_t)accel->dram_cycles_per_beat;
	for (int b = 1; b < CAS_BOUNDS; b++)
		if (by[b] > by[most])
			most = b;
	t->bound_by = (enum cas_bound)most;
	if (t->bound[CAS_BOUND_DRAM] > t->bound_cycles) {
		t->bound_cycles = t->bound[CAS_BOUND_DRAM];
		t->bound_by = CAS_BOUND_DRAM;
	}
	t->utilization = utilization(accel, t->macs, t->cycles);
}

static void fill_buffers(struct cas_cost *cost, const struct cas_program *program,
	const struct cas_accel *accel, uint64_t weight_peak_words)
{
	uint64_t column = (uint64_t)accel->accumulator_depth * (((uint64_t)accel->numerics.acc_bits + 7) / 8);

	for (int b = 0; b < CAS_BUFFERS; b++)
		cost->buffer[b] = (struct cas_buffer_cost){
			.size_bytes = cas_buffer_bytes(accel, (enum cas_buffer)b),
			.peak_bytes = program->peak_bytes[b],
			.access = cost->total.traffic.buffer[b],
		};
	cost->buffer[CAS_BUF_WEIGHT].peak_bytes = weight_peak_words * (uint64_t)accel->cols;
	cost->accumulator.size_bytes = column * (uint64_t)accel->cols;
	cost->accumulator.access = cost->total.traffic.accumulator;
}

/* The row that a step belongs to: that of the same step of the layer's first position. */
static size_t row_of(const struct cas_cost *cost, const struct cas_step *s)
{
	size_t row = cost->rows;

	while (s->position && row-- > 0) {
		const struct cas_step *r = cost->row[row].step;

		if (r->layer == s->layer && r->kind == s->kind && r->iteration == s->iteration)
			return row;
	}
	return cost->rows;
}

static cas_status fill_rows(struct cas_cost *cost, const struct cas_accel *accel, struct cas_err *err)
{
	void *rows;
	cas_status status = cas_mem_new(&rows, cost->steps, sizeof *cost->row, err);

	cost->row = rows;
	for (size_t i = 0; i < cost->steps && !status; i++) {
		size_t at = row_of(cost, cost->step[i].step);
		struct cas_step_cost *row = &cost->row[at];

		if (at == cost->rows) {
			cost->row[cost->rows++] = cost->step[i];
			continue;
		}
		add_step(row, &cost->step[i]);
		row->utilization = utilization(accel, row->macs, row->cycles);
	}
	return status;
}

/* Most accumulator words in use at once: a pass's vectors by its columns, where a sum spans passes. */
static uint64_t accumulator_peak(const struct cas_program *program, const struct cas_accel *accel)
{
	uint64_t bytes = ((uint64_t)accel->numerics.acc_bits + 7) / 8, peak = 0;

	for (size_t i = 0; i < program->steps; i++) {
		const struct cas_step *s = &program->step[i];
		struct cas_tiles tiles = cas_program_tiles(program, i);
		uint64_t words;
		struct cas_pass pass;

		if (!cas_program_tile_next(&tiles, &pass) || pass.last)
			continue;
		words = (uint64_t)pass.n * (s->kind == CAS_STEP_SUM ? 1 : (uint64_t)pass.m);
		peak = words * bytes > peak ? words * bytes : peak;
	}
	return peak;
}

cas_status cas_cost_run(struct cas_cost *cost, const struct cas_program *program,
	const struct cas_accel *accel, const struct cas_technology *tech,
	const struct cas_mul_cost *mul, struct cas_err *err)
{
	struct cas_energy_plan plan = cas_energy_plan_of(accel, tech, mul);
	struct cas_timing timing;
	void *steps;
	cas_status status;

	*cost = (struct cas_cost){.steps = program->steps, .static_mw = plan.static_mw,
		.spills = program->spills};
	status = cas_timing_run(&timing, program, accel, 0, err);
	if (status)
		return status;
	status = cas_mem_new(&steps, program->steps, sizeof *cost->step, err);
	if (status) {
		cas_timing_clear(&timing);
		return status;
	}
	cost->step = steps;
	for (size_t i = 0; i < program->steps; i++) {
		struct cas_step_cost *out = &cost->step[i];

		fill_step(out, program, i, accel, &timing.step[i]);
		out->energy = cas_energy_of(&plan, &out->traffic,
			ratio_of(mul, out->step->layer, out->step->group),
			ratio_of(mul, out->step->layer, CAS_GROUP_SQUASH), out->cycles);
	}
	fill_total(cost, accel);
	fill_buffers(cost, program, accel, timing.weight_peak_words);
	cost->accumulator.peak_bytes = accumulator_peak(program, accel);
	cost->latency_ms = (double)cost->total.cycles / accel->clock_mhz / 1000;
	cas_timing_clear(&timing);
	status = fill_rows(cost, accel, err);
	if (status)
		cas_cost_clear(cost);
	return status;
}

void cas_cost_clear(struct cas_cost *cost)
{
	free(cost->step);
	free(cost->row);
	*cost = (struct cas_cost){0};
}
