/* Does the cost model hold what it promises on any network and array?  Random small networks on random
 * arrays, buffers and DRAM; seeded, so a failure repeats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "cost/cost.h"
#include "cost/timing.h"
#include "cost_random.h"

enum { CASES = 1500 };

struct seen {
	int run, refused, spilled, dram_stalls, weight_stalls, buffer_stalls, replays, patches;
};

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* MACs of a layer by definition, worked out from its shape alone. */
static uint64_t macs_by_definition(const struct cas_layer *l, int iterations)
{
	uint64_t in = (uint64_t)l->in.h * (uint64_t)l->in.w * (uint64_t)l->in.c;
	uint64_t one;

	switch (l->kind) {
	case CAS_FC:
		return in * (uint64_t)l->channels;
	case CAS_CLASSCAPS:
		one = (uint64_t)l->in.caps * (uint64_t)l->channels * (uint64_t)l->dim;
		return one * (uint64_t)(l->in.dim + 2 * iterations - 1);
	case CAS_CONVCAPS3D:
		one = (uint64_t)(l->out.h * l->out.w) * (uint64_t)(l->in.c / l->in.dim) * (uint64_t)(l->types * l->dim);
		return one * (uint64_t)(l->k_h * l->k_w * l->in.dim + 2 * iterations - 1);
	case CAS_ADD:
	case CAS_CONCAT:
	case CAS_POOL:
		return 0;
	default:
		return (uint64_t)l->out.h * (uint64_t)l->out.w * (uint64_t)l->out.c * (uint64_t)l->in.c *
			(uint64_t)l->k_h * (uint64_t)l->k_w;
	}
}

static void check_step(const struct cas_step_cost *c, const struct cas_accel *a)
{
	const struct cas_cycles *s = &c->split;

	assert_true(c->cycles == s->compute + s->edge + s->unit + s->fill_drain + s->weight_stall +
		s->buffer_stall + s->dram_stall);
	for (int b = 0; b < CAS_BOUNDS; b++)
		assert_true(c->bound[b] <= c->cycles);
	assert_true(c->bound_cycles <= c->cycles);
	assert_true(c->utilization >= 0 && c->utilization <= 1);
	assert_true(c->traffic.products >= c->macs);
	assert_true(c->macs <= (uint64_t)a->rows * (uint64_t)a->cols * (s->compute + s->edge));
}

static void check_macs(const struct cas_network *net, const struct cas_cost *cost)
{
	for (int l = 0; l < net->layers; l++) {
		uint64_t sum = 0;

		for (size_t i = 0; i < cost->steps; i++)
			if (cost->step[i].step->layer == l)
				sum += cost->step[i].macs;
		assert_true(sum == macs_by_definition(&net->layer[l], net->layer[l].iters));
	}
}

static void note(struct seen *seen, const struct cas_cost *cost)
{
	seen->run++;
	seen->spilled += cost->spills > 0;
	seen->dram_stalls += cost->step[1].split.dram_stall > 0;
	seen->weight_stalls += cost->total.split.weight_stall > 0;
	seen->buffer_stalls += cost->total.split.buffer_stall > 0;
	for (size_t i = 0; i < cost->steps; i++) {
		seen->replays += cost->step[i].step->replay;
		seen->patches += cost->step[i].step->patches;
	}
}

static void check_case(const struct cas_network *net, const struct cas_accel *accel, struct seen *seen)
{
	static const struct cas_technology tech = {
		.sram = {{8, 2, {{1, 1, 1, 1}, {2, 2, 2, 2}}}, {16, 2, {{1, 1, 1, 1}, {2, 2, 2, 2}}}},
	};
	struct cas_program program;
	struct cas_cost cost;
	struct cas_err err;
	uint64_t start = 0;

	if (cas_program_lower(&program, net, accel, &err)) {
		seen->refused++;
		return;
	}
	assert_int_equal(cas_cost_run(&cost, &program, accel, &tech, NULL, &err), CAS_OK);
	for (size_t i = 0; i < cost.steps; i++) {
		check_step(&cost.step[i], accel);
		assert_true(cost.step[i].start_cycle == start);
		start += cost.step[i].cycles;
	}
	check_step(&cost.total, accel);
	assert_true(cost.total.cycles == start);
	for (int b = 0; b < CAS_BUFFERS; b++)
		assert_true(cost.buffer[b].peak_bytes <= cost.buffer[b].size_bytes);
	assert_true(cost.accumulator.peak_bytes <= cost.accumulator.size_bytes);
	check_macs(net, &cost);
	note(seen, &cost);
	cas_cost_clear(&cost);
	cas_program_clear(&program);
}

static void the_promises_hold_on_random_networks_and_arrays(void **state)
{
	static struct cas_network net;
	struct cas_rng rng = cas_rng_init(20261121, 1);
	struct seen seen = {0};

	(void)state;
	for (int i = 0; i < CASES; i++) {
		struct cas_accel accel;

		random_network(&rng, &net);
		accel = random_accelerator(&rng, i % 3 == 0 ? 256 : 24);
		check_case(&net, &accel, &seen);
	}
	print_message("%d run, %d refused, %d spilled, %d with DRAM, %d with weight, %d with buffer stalls, "
		"%d replays, %d patches\n", seen.run, seen.refused, seen.spilled, seen.dram_stalls,
		seen.weight_stalls, seen.buffer_stalls, seen.replays, seen.patches);
	assert_true(seen.run > CASES / 2 && seen.refused > 5 && seen.spilled > 20);
	assert_true(seen.dram_stalls > 100 && seen.weight_stalls > 100 && seen.buffer_stalls > 100);
	assert_true(seen.replays > 20 && seen.patches > 20);
}

static void compare_plain(const struct cas_network *net, const struct cas_accel *accel)
{
	struct cas_program program;
	struct cas_timing fast, plain;
	struct cas_err err;

	if (cas_program_lower(&program, net, accel, &err))
		return;
	assert_int_equal(cas_timing_run(&fast, &program, accel, 0, &err), CAS_OK);
	assert_int_equal(cas_timing_run(&plain, &program, accel, 1, &err), CAS_OK);
	assert_true(fast.cycles == plain.cycles);
	assert_true(fast.weight_peak_words == plain.weight_peak_words);
	for (size_t i = 0; i < program.steps; i++)
		assert_memory_equal(&fast.step[i], &plain.step[i], sizeof fast.step[i]);
	cas_timing_clear(&fast);
	cas_timing_clear(&plain);
	cas_program_clear(&program);
}

static void skipping_steady_states_changes_nothing(void **state)
{
	static struct cas_network net;
	struct cas_rng rng = cas_rng_init(20261121, 2);

	(void)state;
	for (int i = 0; i < CASES; i++) {
		struct cas_accel accel;

		random_network(&rng, &net);
		accel = random_accelerator(&rng, i % 2 ? 6 : 40);
		compare_plain(&net, &accel);
	}
}

/* Long runs of equal tiles: a small array under a layer with many weights, all DRAM speeds. */
static void skipping_changes_nothing_in_long_runs_at_any_dram_speed(void **state)
{
	static struct cas_network net;

	(void)state;
	start_network(&net, 6, 6, 24);
	add_primary(&net, "P", 3, 1, 6, 4);
	add_class(&net, "C", 6, 8, 3);
	for (int beat = 1; beat <= 4; beat++)
		for (int latency = 0; latency < 60; latency = latency * 2 + 1)
			for (uint64_t room = 8; room <= 8192; room *= 4)
				for (int period = 1; period <= 9; period += 2) {
					struct cas_accel accel = accelerator(2, 4);

					accel.dram_beat_bytes = beat;
					accel.dram_latency_cycles = latency;
					accel.dram_cycles_per_beat = period;
					accel.buffers.weight_bytes = room;
					compare_plain(&net, &accel);
				}
}

/* A8: T = h + rho_1 + sum of max(M_t, rho_t+1) + M_last + lambda, over passes unrolled one by one. */
static uint64_t closed_form(const struct cas_program *program, size_t index)
{
	struct cas_tiles tiles = cas_program_tiles(program, index);
	uint64_t cycles = 4, m = 0;
	struct cas_pass pass;

	while (cas_program_tile_next(&tiles, &pass)) {
		cycles += m ? max_u64(m, (uint64_t)pass.rho) : (uint64_t)pass.rho;
		m = (uint64_t)pass.m;
	}
	return cycles + m + (uint64_t)program->rows + (uint64_t)program->cols + 5;
}

static void with_weights_in_time_the_events_give_the_closed_form(void **state)
{
	static struct cas_network net;
	struct cas_rng rng = cas_rng_init(20261121, 3);
	int compared = 0;

	(void)state;
	for (int i = 0; i < CASES; i++) {
		int rows = pick(&rng, 1, 256), cols = pick(&rng, 1, 40);
		struct cas_accel accel = accelerator(rows, cols);
		struct cas_program program;
		struct cas_timing timing;
		struct cas_err err;

		random_network(&rng, &net);
		accel.accumulator_depth = pick(&rng, 1, 60);
		accel.dram_beat_bytes = accel.cols;
		accel.dram_latency_cycles = 0;
		accel.buffers.weight_bytes = 64 << 20;
		accel.buffers.votes_bytes = accel.buffers.logits_bytes = 1 << 24;
		accel.buffers.coupling_bytes = 1 << 24;
		assert_int_equal(cas_program_lower(&program, &net, &accel, &err), CAS_OK);
		assert_int_equal(cas_timing_run(&timing, &program, &accel, 0, &err), CAS_OK);
		for (size_t s = 0; s < program.steps; s++) {
			const struct cas_step *p = &program.step[s];

			if (!cas_step_on_array(p) || timing.step[s].split.dram_stall)
				continue;
			assert_true(timing.step[s].cycles == closed_form(&program, s) +
				(p->chained_softmax ? 2 * (uint64_t)p->classes + 14 : 0));
			compared++;
		}
		cas_timing_clear(&timing);
		cas_program_clear(&program);
	}
	assert_true(compared > 5 * CASES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_promises_hold_on_random_networks_and_arrays),
		cmocka_unit_test(skipping_steady_states_changes_nothing),
		cmocka_unit_test(skipping_changes_nothing_in_long_runs_at_any_dram_speed),
		cmocka_unit_test(with_weights_in_time_the_events_give_the_closed_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
