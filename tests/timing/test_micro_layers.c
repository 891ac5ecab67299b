/* Cycle counts of layers small enough to be worked out by hand from docs/timing.md sections 2, 3 and 5
 * (h = 4, lambda = R + C + 5), each on arrays one PE larger and smaller.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "cost/timing.h"
#include "cost_networks.h"

struct played {
	struct cas_program program;
	struct cas_timing timing;
};

/* DRAM as fast as the array: a word a cycle, no latency. */
static struct cas_accel fast(int rows, int cols)
{
	struct cas_accel a = accelerator(rows, cols);

	a.dram_beat_bytes = cols;
	a.dram_latency_cycles = 0;
	a.input_as_patches = 0;
	return a;
}

static struct played play(const struct cas_network *net, const struct cas_accel *accel)
{
	struct played p;
	struct cas_err err;

	assert_int_equal(cas_program_lower(&p.program, net, accel, &err), CAS_OK);
	assert_int_equal(cas_timing_run(&p.timing, &p.program, accel, 0, &err), CAS_OK);
	return p;
}

static void done(struct played *p)
{
	cas_timing_clear(&p->timing);
	cas_program_clear(&p->program);
}

static const struct cas_timing_step *step(const struct played *p, const char *name)
{
	for (size_t i = 0; i < p->program.steps; i++)
		if (!strcmp(p->program.step[i].name, name))
			return &p->timing.step[i];
	fail_msg("no step %s", name);
	return NULL;
}

static uint64_t cycles_of(const struct cas_network *net, const struct cas_accel *accel,
	const char *name)
{
	struct played p = play(net, accel);
	uint64_t cycles = step(&p, name)->cycles;

	done(&p);
	return cycles;
}

/* Three positions, two inputs, two outputs. */
static struct cas_network *pointwise(void)
{
	static struct cas_network net;

	start_network(&net, 1, 3, 2);
	add_conv(&net, "L", 1, 1, 1, 0, 2);
	return &net;
}

static void one_tile_takes_header_load_vectors_and_tail(void **state)
{
	/* 2x2.  LOAD of 6 bytes, 2 a beat: cycles 0..3 header, 4..6 beats; 7 in all.
	 * CONV from 7: 7..10 header; 11, 12 rows 1 and 0 into the shadow weights; 13, 14, 15 the vectors
	 * (the first swaps); the last one's results are written by cycle 15 + 9: the step ends before
	 * cycle 25.  18 cycles: 6 before the first vector, 3 of vectors, 9 = 2 + 2 + 5 of tail. */
	struct cas_accel accel = fast(2, 2);
	struct played p = play(pointwise(), &accel);
	const struct cas_timing_step *s = step(&p, "L");

	(void)state;
	assert_int_equal(p.program.steps, 3);
	assert_int_equal(p.timing.step[0].cycles, 7);
	assert_int_equal(s->start_cycle, 7);
	assert_int_equal(s->cycles, 18);
	assert_int_equal(s->passes, 1);
	assert_int_equal(s->split.compute, 3); /* 12 MACs on 4 PEs */
	assert_int_equal(s->split.edge, 0);
	assert_int_equal(s->split.fill_drain, 15);
	assert_int_equal(p.timing.step[2].cycles, 7);
	assert_int_equal(p.timing.cycles, 32);
	done(&p);
}

static void one_row_or_column_more_or_less_changes_the_tile_as_derived(void **state)
{
	/* 3x2, 2x3: still one tile, rho = 2; one more stage of tail: 19.
	 * 1x2: two K chunks of rho 1: 4 + 1 + max(3, 1) + 3 + 8 = 19.
	 * 2x1: two column blocks of rho 2: 4 + 2 + max(3, 2) + 3 + 8 = 20.
	 * 1x1: four tiles: 4 + 1 + 3 x 3 + 3 + 7 = 24. */
	static const int want[][3] = {{3, 2, 19}, {2, 3, 19}, {1, 2, 19}, {2, 1, 20}, {1, 1, 24}};

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		struct cas_accel accel = fast(want[i][0], want[i][1]);

		assert_int_equal(cycles_of(pointwise(), &accel, "L"), want[i][2]);
	}
}

static struct cas_network *connected(int in, int out)
{
	static struct cas_network net;

	start_network(&net, 1, 1, in);
	add_fc(&net, "L", out);
	return &net;
}

static void a_load_longer_than_the_vectors_stalls_on_the_weight_port(void **state)
{
	/* 4 inputs, 4 outputs, 1 vector on 2x2: four tiles of rho 2.  Issue at 6; the next load begins with
	 * the issue and takes 2, so issues are at 6, 8, 10, 12: 4 + 2 + 3 x max(1, 2) + 1 + 9 = 22, of
	 * which 3 cycles wait for the weight port. */
	struct cas_accel accel = fast(2, 2);
	struct played p = play(connected(4, 4), &accel);

	(void)state;
	assert_int_equal(step(&p, "L")->cycles, 22);
	assert_int_equal(step(&p, "L")->split.weight_stall, 3);
	assert_int_equal(step(&p, "L")->split.dram_stall, 0);
	done(&p);
	/* 3x3: chunks of 3 and 1 for columns 0..2, then for column 3: loads 3, 1, 3, 1:
	 * 4 + 3 + max(1, 1) + max(1, 3) + max(1, 1) + 1 + 11 = 24; 2 stalls. */
	accel = fast(3, 3);
	p = play(connected(4, 4), &accel);
	assert_int_equal(step(&p, "L")->cycles, 24);
	assert_int_equal(step(&p, "L")->split.weight_stall, 2);
	done(&p);
	/* 1x1: sixteen tiles of one weight, one a cycle: 4 + 1 + 15 + 1 + 7 = 28; none. */
	accel = fast(1, 1);
	p = play(connected(4, 4), &accel);
	assert_int_equal(step(&p, "L")->cycles, 28);
	assert_int_equal(step(&p, "L")->split.weight_stall, 0);
	done(&p);
}

static void a_word_is_loaded_in_the_cycle_it_becomes_readable_and_not_before(void **state)
{
	/* 2 inputs, 2 outputs on 2x2, one beat of 2 bytes every p cycles, no latency.  The burst of two words
	 * begins at 0, pauses while LOAD has the port (4 .. 4 + p), and needs 2p cycles of the port: it ends
	 * at 3p.  The step begins at 4 + p; unhindered, its load ends at 4 + p + 4 + 2 = p + 10; the last
	 * word, readable at 3p, is loaded in cycle 3p, so the load ends at 3p + 1 at the earliest.
	 * p = 4: 13 <= 14, no stall.  p = 5: 16 > 15, 1.  p = 6: 19 > 16, 3. */
	static const uint64_t want[][2] = {{3, 0}, {4, 0}, {5, 1}, {6, 3}, {7, 5}};

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		struct cas_accel accel = fast(2, 2);
		struct played p;

		accel.dram_cycles_per_beat = (int)want[i][0];
		p = play(connected(2, 2), &accel);
		assert_int_equal(step(&p, "L")->split.dram_stall, want[i][1]);
		assert_int_equal(step(&p, "L")->cycles, 4 + 2 + 1 + 9 + want[i][1]);
		done(&p);
	}
}

static void a_weight_buffer_of_two_tiles_hides_the_latency_and_of_one_word_less_does_not(void **state)
{
	/* 4 inputs, 2 outputs on 2x2: tiles A, B of 2 words; latency 3, a word a cycle.  Room for 4 words: B is
	 * there long before.  Room for 3 or 2: B is requested in the cycle A's load ends, e; its words are
	 * readable at e + 3 + 1 and e + 5; its load ends at e + 6, where max(M, rho) = 2 would have
	 * sufficed: 4 cycles lost. */
	static const uint64_t want[][2] = {{8, 0}, {7, 4}, {6, 4}, {4, 4}};

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		struct cas_accel accel = fast(2, 2);
		struct played p;

		accel.dram_latency_cycles = 3;
		accel.buffers.weight_bytes = want[i][0];
		p = play(connected(4, 2), &accel);
		assert_int_equal(step(&p, "L")->split.dram_stall, want[i][1]);
		assert_int_equal(step(&p, "L")->cycles, 4 + 2 + 2 + 1 + 9 + want[i][1]);
		assert_int_equal(p.timing.weight_peak_words, want[i][1] ? 2 : 4);
		done(&p);
	}
}

static void words_wider_than_a_beat_take_several_beats(void **state)
{
	/* 1 input, 3 outputs on 1x3, beats of 2 bytes each cycle: a word takes 2 cycles; 2 inputs on 1x3: two
	 * tiles, one vector each: issue at e1, and the next word, already fetched, follows: no stall with
	 * room for both. */
	struct cas_accel accel = fast(1, 3);

	(void)state;
	accel.dram_beat_bytes = 2;
	assert_int_equal(cas_timing_word_cycles(&accel), 2);
	accel.dram_cycles_per_beat = 5;
	assert_int_equal(cas_timing_word_cycles(&accel), 10);
	accel.dram_beat_bytes = 3;
	assert_int_equal(cas_timing_word_cycles(&accel), 5);
}

static void blocks_of_vectors_replay_weights_that_fit_and_fetch_them_again_otherwise(void **state)
{
	/* Five positions, depth 2: blocks of 2, 2, 1 vectors.  K = 4: chunks of 2 on 2x2; six tiles:
	 * 4 + 2 + 4 x max(2, 2) + max(1, 2) + 1 + 9 = 26; the one wait is for the last load.
	 * Four words stay in a buffer of 8 bytes (fetched: 4); one of 7 fetches 3 x 4. */
	static struct cas_network net;
	struct cas_accel accel = fast(2, 2);
	struct played p;

	(void)state;
	start_network(&net, 1, 5, 4);
	add_conv(&net, "L", 1, 1, 1, 0, 2);
	accel.accumulator_depth = 2;
	accel.buffers.weight_bytes = 8;
	p = play(&net, &accel);
	assert_int_equal(step(&p, "L")->cycles, 26);
	assert_int_equal(step(&p, "L")->split.weight_stall, 1);
	assert_int_equal(step(&p, "L")->fetched_words, 4);
	done(&p);
	accel.buffers.weight_bytes = 7;
	p = play(&net, &accel);
	assert_int_equal(step(&p, "L")->fetched_words, 12);
	done(&p);
}

/* Three capsules of 2 to two classes of 2, two iterations. */
static struct cas_network *routed(void)
{
	static struct cas_network net;

	start_network(&net, 1, 3, 1);
	add_primary(&net, "P", 1, 1, 1, 2);
	add_class(&net, "C", 2, 2, 2);
	return &net;
}

static void routing_steps_take_what_their_tiles_take(void **state)
{
	/* 2x2.  votes: 3 capsules x 2 column blocks, rho 2, 1 vector: 4 + 2 + 5 x 2 + 1 + 9 = 26.
	 * sum: a class a block; chunks of 2 and 1 capsules: 4 + 2 + 1 + 2 + 1 + 1 + 9 = 20.
	 * squash: 2 capsules of one group of lanes: 4 + 2 + 1 + 14 = 21; of 3 capsules 22.
	 * update: both classes, 6 vectors, rho 2, then the softmax's 2J + 14: 4 + 2 + 6 + 9 + 18 = 39.
	 * 3x3.  votes: blocks of 3 and 1 columns: 4 + 2 + 5 x 2 + 1 + 11 = 28.
	 * sum: columns 0..2 hold classes 0 and 1: 2 vectors; then column 3: 1; rho 3:
	 * 4 + 3 + max(2, 3) + 1 + 11 = 22.  update: 4 + 2 + 6 + 11 + 18 = 41.
	 * 1x1.  votes: 3 x 4 x 2 tiles of one: 4 + 1 + 23 + 1 + 7 = 36.  sum: 4 x 3: 4 + 1 + 11 + 1 + 7 = 24.
	 * update: 2 classes x 2 chunks, 3 vectors each: 4 + 1 + 3 x 3 + 3 + 7 = 24, and the softmax on its
	 * own, since J > C: 4 + 6 + 4 + 14 = 28. */
	static const struct {
		int rows, cols;
		const char *name;
		uint64_t cycles;
	} want[] = {
		{2, 2, "P squash", 22}, {2, 2, "C votes", 26}, {2, 2, "C sum 1", 20},
		{2, 2, "C squash 1", 21}, {2, 2, "C update 1", 39}, {2, 2, "C sum 2", 20},
		{3, 3, "C votes", 28}, {3, 3, "C sum 2", 22}, {3, 3, "C update 1", 41},
		{1, 1, "C votes", 36}, {1, 1, "C sum 2", 24}, {1, 1, "C update 1", 24},
		{1, 1, "C softmax 2", 28},
	};

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		struct cas_accel accel = fast(want[i].rows, want[i].cols);

		assert_int_equal(cycles_of(routed(), &accel, want[i].name), want[i].cycles);
	}
}

static void a_first_softmax_that_is_not_skipped_is_a_step(void **state)
{
	struct cas_accel accel = fast(2, 2);

	(void)state;
	accel.skip_first_softmax = 0;
	assert_int_equal(cycles_of(routed(), &accel, "C softmax 1"), 4 + 6 + 4 + 14);
}

static void a_single_iteration_has_no_update(void **state)
{
	struct cas_accel accel = fast(2, 2);
	struct played p;

	(void)state;
	accel.numerics.iterations = 1;
	p = play(routed(), &accel);
	assert_int_equal(p.program.steps, 7); /* load, P, squash, votes, sum, squash, store */
	done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_tile_takes_header_load_vectors_and_tail),
		cmocka_unit_test(one_row_or_column_more_or_less_changes_the_tile_as_derived),
		cmocka_unit_test(a_load_longer_than_the_vectors_stalls_on_the_weight_port),
		cmocka_unit_test(a_word_is_loaded_in_the_cycle_it_becomes_readable_and_not_before),
		cmocka_unit_test(a_weight_buffer_of_two_tiles_hides_the_latency_and_of_one_word_less_does_not),
		cmocka_unit_test(words_wider_than_a_beat_take_several_beats),
		cmocka_unit_test(blocks_of_vectors_replay_weights_that_fit_and_fetch_them_again_otherwise),
		cmocka_unit_test(routing_steps_take_what_their_tiles_take),
		cmocka_unit_test(a_first_softmax_that_is_not_skipped_is_a_step),
		cmocka_unit_test(a_single_iteration_has_no_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
