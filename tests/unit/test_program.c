/* Is the lowering right: does it cover every product once and in order, does it fit what fits, and does it
 * say what does not? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cost_random.h"
#include "model/program.h"

static struct cas_program lowered(const struct cas_network *net, const struct cas_accel *accel)
{
	struct cas_program program;
	struct cas_err err;
	cas_status status = cas_program_lower(&program, net, accel, &err);

	if (status)
		fail_msg("%s", err.text);
	return program;
}

/* Vectors of a step, whatever its kind, and the number of the pass's vector q. */
static uint64_t all_vectors(const struct cas_step *s)
{
	if (s->kind == CAS_STEP_VOTES)
		return (uint64_t)s->caps;
	return s->kind == CAS_STEP_SUM ? (uint64_t)s->classes : s->m;
}

static uint64_t vector(const struct cas_step *s, const struct cas_pass *p, int q)
{
	if (s->kind == CAS_STEP_SUM)
		return (uint64_t)(p->j_first + q);
	if (s->kind == CAS_STEP_CONV)
		return p->m_first + (uint64_t)q - (uint64_t)s->row_first * (uint64_t)s->out_w;
	return p->m_first + (uint64_t)q;
}

/* Does vector q of the pass use column c?  SUM keeps the columns of its own class. */
static int uses(const struct cas_step *s, const struct cas_pass *p, int q, int c)
{
	return s->kind != CAS_STEP_SUM || (p->n_first + c) / s->dim == p->j_first + q;
}

/* Every (vector, column) sees all terms, in natural order, in chunks that end at `rows` or at the end of a
 * group; UPDATE: every (vector, block of columns). */
static void check_coverage(const struct cas_program *program, size_t index)
{
	const struct cas_step *s = &program->step[index];
	struct cas_tiles tiles = cas_program_tiles(program, index);
	uint64_t vectors = all_vectors(s), cells = vectors * (uint64_t)s->n, done = 0;
	int terms = s->k_groups * s->k_per_group;
	int *next = calloc(cells ? cells : 1, sizeof *next);
	struct cas_pass p;

	assert_non_null(next);
	while (cas_program_tile_next(&tiles, &p)) {
		int k = p.k_group * s->k_per_group + p.k_first;

		assert_true(p.rho >= 1 && p.rho <= program->rows && p.n >= 1 && p.n <= program->cols);
		assert_true(p.m >= 1 && (s->kind == CAS_STEP_SUM || p.m <= program->depth));
		assert_true(p.k_first + p.rho <= s->k_per_group);
		assert_true(p.rho == program->rows || p.k_first + p.rho == s->k_per_group);
		assert_int_equal(p.first, k == 0);
		assert_int_equal(p.last, k + p.rho == terms);
		for (int q = 0; q < p.m; q++)
			for (int c = 0; c < p.n; c++) {
				uint64_t cell = vector(s, &p, q) * (uint64_t)s->n + (uint64_t)(p.n_first + c);

				if (!uses(s, &p, q, c))
					continue;
				assert_true(cell < cells);
				assert_int_equal(next[cell], k);
				next[cell] += p.rho;
				done += (uint64_t)p.rho;
			}
	}
	if (s->kind == CAS_STEP_CONV || s->kind == CAS_STEP_VOTES)
		assert_true(done == s->macs);
	if (s->kind == CAS_STEP_SUM) /* each column has one class */
		assert_true(done == s->macs);
	free(next);
}

/* UPDATE streams all I x J_b vectors against a block of J_b columns and keeps one column of each. */
static void check_update(const struct cas_program *program, size_t index)
{
	const struct cas_step *s = &program->step[index];
	struct cas_tiles tiles = cas_program_tiles(program, index);
	int *next = calloc((size_t)s->caps * (size_t)s->classes, sizeof *next);
	struct cas_pass p;

	assert_non_null(next);
	while (cas_program_tile_next(&tiles, &p))
		for (int q = 0; q < p.m; q++) {
			uint64_t v = p.m_first + (uint64_t)q, i = v / (uint64_t)p.n;
			uint64_t j = (uint64_t)p.n_first + v % (uint64_t)p.n;

			assert_true(i < (uint64_t)s->caps && j < (uint64_t)s->classes);
			assert_int_equal(next[i * (uint64_t)s->classes + j], p.k_first);
			next[i * (uint64_t)s->classes + j] += p.rho;
		}
	for (int x = 0; x < s->caps * s->classes; x++)
		assert_int_equal(next[x], s->dim);
	free(next);
}

static void every_product_is_formed_once_and_in_order(void **state)
{
	static struct cas_network net;
	struct cas_rng rng = cas_rng_init(20261121, 4);
	int kinds[CAS_STEP_KINDS] = {0};

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct cas_accel accel;
		struct cas_program program;
		struct cas_err err;

		random_network(&rng, &net);
		accel = random_accelerator(&rng, 20);
		if (cas_program_lower(&program, &net, &accel, &err))
			continue;
		for (size_t s = 0; s < program.steps; s++) {
			kinds[program.step[s].kind]++;
			if (program.step[s].kind == CAS_STEP_UPDATE)
				check_update(&program, s);
			else if (cas_step_on_array(&program.step[s]))
				check_coverage(&program, s);
		}
		cas_program_clear(&program);
	}
	for (int k = 0; k < CAS_STEP_KINDS; k++)
		assert_true(kinds[k] > 0);
}

static void runs_are_the_passes_put_together(void **state)
{
	static struct cas_network net;
	struct cas_rng rng = cas_rng_init(20261121, 5);
	uint64_t longest = 0;

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct cas_accel accel;
		struct cas_program program;
		struct cas_err err;

		random_network(&rng, &net);
		accel = random_accelerator(&rng, 12);
		if (cas_program_lower(&program, &net, &accel, &err))
			continue;
		for (size_t s = 0; s < program.steps; s++) {
			struct cas_tiles one = cas_program_tiles(&program, s), many = one;
			struct cas_pass pass, run;

			while (cas_program_tile_next_run(&many, &run)) {
				uint64_t firsts = 0, lasts = 0;

				longest = run.repeat > longest ? run.repeat : longest;
				for (uint64_t r = 0; r < run.repeat; r++) {
					assert_int_equal(cas_program_tile_next(&one, &pass), 1);
					assert_true(pass.rho == run.rho && pass.m == run.m && pass.n == run.n);
					assert_true(pass.fetch == run.fetch && pass.release == run.release);
					firsts += (uint64_t)pass.first;
					lasts += (uint64_t)pass.last;
				}
				assert_true(firsts == run.firsts && lasts == run.lasts);
			}
			assert_int_equal(cas_program_tile_next(&one, &pass), 0);
		}
		cas_program_clear(&program);
	}
	assert_true(longest > 100);
}

static void patches_are_used_where_they_save_tiles_and_fit(void **state)
{
	static struct cas_network net;
	struct cas_accel accel = accelerator(16, 16);
	struct cas_program p;

	(void)state;
	capsnet(&net);
	p = lowered(&net, &accel); /* 6 chunks in place of 9 */
	assert_int_equal(p.step[1].patches, 1);
	assert_int_equal(p.step[1].k_groups, 1);
	assert_int_equal(p.step[1].k_per_group, 81);
	assert_int_equal(p.step[0].bytes, 400 * 81);
	cas_program_clear(&p);
	accel.input_as_patches = 0;
	p = lowered(&net, &accel);
	assert_int_equal(p.step[1].k_groups, 9);
	assert_int_equal(p.step[1].k_per_group, 9);
	assert_int_equal(p.step[0].bytes, 784);
	cas_program_clear(&p);
	accel.input_as_patches = 1;
	accel.rows = 9; /* 9 chunks either way */
	p = lowered(&net, &accel);
	assert_int_equal(p.step[1].patches, 0);
	cas_program_clear(&p);
	accel.rows = 16;
	accel.buffers.data_bytes = 400 * 81 + 102400;
	p = lowered(&net, &accel);
	assert_int_equal(p.step[1].patches, 1);
	assert_int_equal(p.peak_bytes[CAS_BUF_DATA], 400 * 81 + 102400);
	cas_program_clear(&p);
	accel.buffers.data_bytes--;
	p = lowered(&net, &accel);
	assert_int_equal(p.step[1].patches, 0);
	assert_int_equal(p.spills, 0);
	cas_program_clear(&p);
}

static void capsnet_has_the_counts_of_the_definition(void **state)
{
	static struct cas_network net;
	static const uint64_t want[] = {0, 8294400, 191102976, 0, 1474560, 184320, 0, 184320, 184320, 0, 184320,
		184320, 0, 0};
	struct cas_accel accel = accelerator(16, 16);
	struct cas_program p;

	(void)state;
	capsnet(&net);
	p = lowered(&net, &accel);
	assert_int_equal(p.steps, sizeof want / sizeof want[0]);
	for (size_t i = 0; i < p.steps; i++)
		assert_int_equal(p.step[i].macs, want[i]);
	assert_int_equal(p.weight_dram_bytes, 81 * 256 + 20736 * 256 + 1474560);
	assert_int_equal(cas_program_tile_count(&p, 2), 1296 * 16);
	assert_int_equal(p.peak_bytes[CAS_BUF_VOTES], 184320);
	assert_int_equal(p.peak_bytes[CAS_BUF_LOGITS], 11520);
	cas_program_clear(&p);
}

static void what_does_not_fit_is_named_with_its_size_and_key(void **state)
{
	static struct cas_network net;
	struct cas_accel ok = accelerator(16, 16), a;
	struct cas_program p;
	struct cas_err err;

	(void)state;
	capsnet(&net);
	ok.allow_spills = 0;
	ok.input_as_patches = 0;
	a = ok;
	a.buffers.data_bytes = 103183; /* 784 + 102,400 less one */
	assert_int_equal(cas_program_lower(&p, &net, &a, &err), CAS_INPUT);
	assert_string_equal(err.text, "layer Conv1: data buffer: 103184 bytes needed, it has 103183; raise "
		"buffers.data_bytes or set buffers.allow_spills");
	a.buffers.data_bytes = 103184;
	assert_int_equal(cas_program_lower(&p, &net, &a, &err), CAS_INPUT);
	assert_string_equal(err.text, "layer PrimaryCaps: data buffer: 111616 bytes needed, it has 103184; "
		"raise buffers.data_bytes or set buffers.allow_spills");
	a.buffers.data_bytes = 111616;
	assert_int_equal(cas_program_lower(&p, &net, &a, &err), CAS_OK);
	cas_program_clear(&p);
	a = ok;
	a.buffers.votes_bytes = 184319;
	assert_int_equal(cas_program_lower(&p, &net, &a, &err), CAS_INPUT);
	assert_string_equal(err.text, "layer ClassCaps: votes buffer: 184320 bytes needed, it has 184319; "
		"raise buffers.votes_bytes");
	a = ok;
	a.buffers.v_bytes = 159;
	assert_int_equal(cas_program_lower(&p, &net, &a, &err), CAS_INPUT);
	assert_string_equal(err.text, "layer ClassCaps: v buffer: 160 bytes needed, it has 159; raise "
		"buffers.v_bytes");
	a = ok;
	a.buffers.weight_bytes = 143;
	assert_int_equal(cas_program_lower(&p, &net, &a, &err), CAS_INPUT);
	assert_string_equal(err.text, "layer Conv1: weight buffer: one tile of 9 x 16 weights needs 144 bytes, "
		"it has 143; raise buffers.weight_bytes");
	a = ok;
	a.allow_spills = 1;
	a.buffers.data_bytes = 9000; /* one row of Conv1: 9 x 28 + 5,120; of PrimaryCaps: 46,080 + 1,536 */
	assert_int_equal(cas_program_lower(&p, &net, &a, &err), CAS_INPUT);
	assert_string_equal(err.text, "layer PrimaryCaps: data buffer: 47616 bytes needed, it has 9000; raise "
		"buffers.data_bytes");
}

static void what_no_buffer_holds_is_not_to_be_raised(void **state)
{
	static struct cas_network net;
	struct cas_accel a = accelerator(16, 16);
	struct cas_program p;
	struct cas_err err;

	(void)state;
	capsnet(&net);
	net.layer[2].routing.dim = 1 << 17; /* 1,152 x 10 of them */
	assert_int_equal(cas_program_lower(&p, &net, &a, &err), CAS_INPUT);
	assert_string_equal(err.text, "layer ClassCaps: votes buffer: 1509949440 bytes needed, the largest "
		"buffers.votes_bytes is 1073741824");
}

static void bands_cover_every_row_and_their_inputs_lie_in_the_buffer(void **state)
{
	static struct cas_network net;
	struct cas_accel accel = accelerator(16, 16);
	uint64_t sizes[] = {48000, 60000, 90000, 103000, 111615};

	(void)state;
	capsnet(&net);
	accel.input_as_patches = 0;
	for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
		struct cas_program p;
		int next[2] = {0, 0};

		accel.buffers.data_bytes = sizes[n];
		p = lowered(&net, &accel);
		assert_true(p.spills > 0 && p.peak_bytes[CAS_BUF_DATA] <= sizes[n]);
		for (size_t i = 0; i < p.steps; i++) {
			const struct cas_step *s = &p.step[i], *load = i ? &p.step[i - 1] : s;
			int first, end;

			if (s->kind != CAS_STEP_CONV)
				continue;
			assert_int_equal(s->row_first, next[s->layer]);
			next[s->layer] += s->row_count;
			first = s->row_first * s->stride;
			end = (s->row_first + s->row_count - 1) * s->stride + s->k_h;
			assert_true(s->in_row_first == first || s->in_row_first == 0);
			if (load->kind == CAS_STEP_LOAD)
				assert_true(load->out_addr == s->in_addr && load->bytes >=
					(uint64_t)(end - first) * (uint64_t)s->in_w * (uint64_t)s->in_c);
		}
		assert_int_equal(next[0], 20);
		assert_int_equal(next[1], 6);
		cas_program_clear(&p);
	}
}

static void tensors_that_live_together_do_not_overlap(void **state)
{
	/* A third layer reads the first one's output: it stays while the second runs. */
	static struct cas_network net;
	struct cas_accel accel = accelerator(4, 4);
	struct cas_program p;

	(void)state;
	start_network(&net, 8, 8, 1);
	add_conv(&net, "A", 1, 1, 1, 0, 4);
	add_conv(&net, "B", 1, 1, 1, 0, 8);
	add_conv(&net, "C", 1, 1, 1, 0, 4);
	net.layer[2].input = 0;
	net.layer[2].in = net.layer[0].out;
	accel.input_as_patches = 0;
	p = lowered(&net, &accel);
	assert_string_equal(p.step[3].name, "C");
	assert_true(p.step[3].in_addr == p.step[1].out_addr);
	assert_true(p.step[2].out_addr + 512 <= p.step[1].out_addr ||
		p.step[1].out_addr + 256 <= p.step[2].out_addr);
	cas_program_clear(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_product_is_formed_once_and_in_order),
		cmocka_unit_test(runs_are_the_passes_put_together),
		cmocka_unit_test(patches_are_used_where_they_save_tiles_and_fit),
		cmocka_unit_test(capsnet_has_the_counts_of_the_definition),
		cmocka_unit_test(what_does_not_fit_is_named_with_its_size_and_key),
		cmocka_unit_test(what_no_buffer_holds_is_not_to_be_raised),
		cmocka_unit_test(bands_cover_every_row_and_their_inputs_lie_in_the_buffer),
		cmocka_unit_test(tensors_that_live_together_do_not_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
