/* CapsNet on 16x16 PEs against the table of docs/timing.md section 9 (worked out by hand from the
 * closed form), and the event model against that closed form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cost/cost.h"
#include "cost/scalesim.h"
#include "cost/timing.h"
#include "cost_networks.h"

struct row {
	const char *name;
	uint64_t cycles;
};

static void play(struct cas_program *program, struct cas_timing *timing, const struct cas_accel *accel,
	int plain)
{
	static struct cas_network net;
	struct cas_err err;

	capsnet(&net);
	assert_int_equal(cas_program_lower(program, &net, accel, &err), CAS_OK);
	assert_int_equal(cas_timing_run(timing, program, accel, plain, &err), CAS_OK);
}

static void the_table_of_capsnet_on_16x16_is_reproduced(void **state)
{
	static const struct row want[] = {
		{"load input", 4 + 32 + 2025}, {"Conv1", 38457}, {"PrimaryCaps", 746553},
		{"PrimaryCaps squash", 2324}, {"ClassCaps votes", 92202},
		{"ClassCaps sum 1", 11562}, {"ClassCaps squash 1", 62}, {"ClassCaps update 1", 11611},
		{"ClassCaps sum 2", 11562}, {"ClassCaps squash 2", 62}, {"ClassCaps update 2", 11611},
		{"ClassCaps sum 3", 11562}, {"ClassCaps squash 3", 62}, {"store result", 4 + 32 + 10},
	};
	struct cas_accel accel = accelerator(16, 16);
	struct cas_program program;
	struct cas_timing timing;
	uint64_t on_chip = 0;

	(void)state;
	play(&program, &timing, &accel, 0);
	assert_int_equal(program.steps, sizeof want / sizeof want[0]);
	for (size_t i = 0; i < program.steps; i++) {
		assert_string_equal(program.step[i].name, want[i].name);
		assert_int_equal(timing.step[i].cycles, want[i].cycles);
		if (program.step[i].kind != CAS_STEP_LOAD && program.step[i].kind != CAS_STEP_STORE)
			on_chip += timing.step[i].cycles;
	}
	assert_int_equal(on_chip, 937630);
	assert_int_equal(timing.cycles, 937630 + 2061 + 46);
	cas_timing_clear(&timing);
	cas_program_clear(&program);
}

/* Cycles of the step called `name`. */
static uint64_t cycles_of(const struct cas_program *program, const struct cas_timing *timing,
	const char *name)
{
	for (size_t i = 0; i < program->steps; i++)
		if (!strcmp(program->step[i].name, name))
			return timing->step[i].cycles;
	fail_msg("no step %s", name);
	return 0;
}

static void without_patches_conv1_takes_nine_chunks_a_block(void **state)
{
	struct cas_accel accel = accelerator(16, 16);
	struct cas_program program;
	struct cas_timing timing;

	(void)state;
	accel.input_as_patches = 0;
	play(&program, &timing, &accel, 0);
	assert_int_equal(cycles_of(&program, &timing, "Conv1"), 57650);
	assert_int_equal(cycles_of(&program, &timing, "load input"), 4 + 32 + 49);
	cas_timing_clear(&timing);
	cas_program_clear(&program);
}

static void bounds_are_those_of_the_table(void **state)
{
	static const struct {
		const char *name;
		uint64_t cycles;
		enum cas_bound by;
	} want[] = {
		{"Conv1", 32400, CAS_BOUND_COMPUTE}, {"PrimaryCaps", 746496, CAS_BOUND_COMPUTE},
		{"PrimaryCaps squash", 2304, CAS_BOUND_UNIT}, {"ClassCaps votes", 92160, CAS_BOUND_WEIGHT_PORT},
		{"ClassCaps sum 3", 11520, CAS_BOUND_VOTES_PORT},
		{"ClassCaps update 2", 11520, CAS_BOUND_VOTES_PORT},
	};
	static const struct cas_technology tech = {
		.sram = {{8, 2, {{1, 1, 1, 1}, {2, 2, 2, 2}}}, {16, 2, {{1, 1, 1, 1}, {2, 2, 2, 2}}}},
	};
	static struct cas_network net;
	struct cas_accel accel = accelerator(16, 16);
	struct cas_program program;
	struct cas_cost cost;
	struct cas_err err;
	size_t found = 0;

	(void)state;
	capsnet(&net);
	assert_int_equal(cas_program_lower(&program, &net, &accel, &err), CAS_OK);
	assert_int_equal(cas_cost_run(&cost, &program, &accel, &tech, NULL, &err), CAS_OK);
	for (size_t i = 0; i < cost.steps; i++)
		for (size_t w = 0; w < sizeof want / sizeof want[0]; w++)
			if (!strcmp(cost.step[i].step->name, want[w].name)) {
				assert_int_equal(cost.step[i].bound_cycles, want[w].cycles);
				assert_int_equal(cost.step[i].bound_by, want[w].by);
				found++;
			}
	assert_int_equal(found, sizeof want / sizeof want[0]);
	assert_int_equal(cost.total.bound[CAS_BOUND_COMPUTE], 788256);
	assert_int_equal(cost.total.macs, 201793536);
	/* "84 % of it at full rate" */
	assert_int_equal(cost.total.split.compute * 1000 / 937630, 840);
	cas_cost_clear(&cost);
	cas_program_clear(&program);
}

/* Weights in time, a small DRAM: the votes need a word a cycle, so half the bandwidth doubles them, less
 * what the weight buffer held when they began. */
static void half_the_bandwidth_doubles_the_votes(void **state)
{
	struct cas_accel accel = accelerator(16, 16);
	struct cas_program program;
	struct cas_timing timing;
	uint64_t cycles;

	(void)state;
	accel.dram_beat_bytes = 8;
	play(&program, &timing, &accel, 0);
	assert_int_equal(cycles_of(&program, &timing, "PrimaryCaps"), 746553);
	cycles = cycles_of(&program, &timing, "ClassCaps votes");
	assert_true(cycles >= 2 * (92160 - 4096) && cycles <= 2 * 92202);
	cas_timing_clear(&timing);
	cas_program_clear(&program);
}

/* SCALE-Sim's weight-stationary form charges each tile its load, fill and drain, M + 2R + C - 2, where this
 * array overlaps them and takes max(M, rho): the ratio of the two follows from M alone. */
static void scalesim_differs_by_the_overlap_of_loading_and_computing(void **state)
{
	static const struct {
		const char *name;
		uint64_t m, n, k;
	} layer[] = {{"Conv1", 400, 256, 81}, {"PrimaryCaps", 36, 256, 20736}};
	struct cas_accel accel = accelerator(16, 16);
	struct cas_program program;
	struct cas_timing timing;

	(void)state;
	play(&program, &timing, &accel, 0);
	for (int i = 0; i < 2; i++) {
		double ours = (double)cycles_of(&program, &timing, layer[i].name);
		double theirs = (double)cas_scalesim_cycles(CAS_SCALESIM_WS, layer[i].m, layer[i].n, layer[i].k, 16,
			16);
		double expected = (double)layer[i].m / (double)(layer[i].m + 46);

		assert_true(ours / theirs > expected * 0.998 && ours / theirs < expected * 1.002);
	}
	cas_timing_clear(&timing);
	cas_program_clear(&program);
}

/* Arrays from one PE to 65,536, not square, not dividing anything: never below the MACs. */
static void no_array_is_faster_than_its_pes(void **state)
{
	static const int side[] = {1, 2, 3, 7, 16, 37, 100, 255, 256};
	const int sides = (int)(sizeof side / sizeof side[0]);

	(void)state;
	for (int r = 0; r < sides; r++)
		for (int c = 0; c < sides; c++) {
			struct cas_accel accel = accelerator(side[r], side[c]);
			struct cas_program program;
			struct cas_timing timing;
			uint64_t pes = (uint64_t)side[r] * (uint64_t)side[c];

			play(&program, &timing, &accel, 0);
			assert_true(timing.cycles * pes >= 201793536);
			assert_int_equal(program.spills, 0);
			cas_timing_clear(&timing);
			cas_program_clear(&program);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_of_capsnet_on_16x16_is_reproduced),
		cmocka_unit_test(without_patches_conv1_takes_nine_chunks_a_block),
		cmocka_unit_test(bounds_are_those_of_the_table),
		cmocka_unit_test(half_the_bandwidth_doubles_the_votes),
		cmocka_unit_test(scalesim_differs_by_the_overlap_of_loading_and_computing),
		cmocka_unit_test(no_array_is_faster_than_its_pes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
