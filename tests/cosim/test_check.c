/* Do the bench's checker and encoder notice what they are there for?  Its verdict on a run in which all is as it should be but
 * one thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check_internal.h"
#include "descriptor.h"
#include "session.h"

enum fault { NO_FAULT, LATE_AND_EARLY, LATE_ONCE, NEVER_ENDED, WRONG_BYTE, MISSING_BYTE, TWICE, STRAY, NO_PASS, OVERFLOWED };

struct run {
	struct session *session;
	enum fault fault;
	int image;
	size_t step; /* of a wrong byte, and which of its regions */
	int slot;
};

/* All bytes of a region as they should be, but for the fault. */
static void push_region(struct run *r, size_t step, int slot)
{
	struct check *c = r->session->check;
	struct region *region = &c->region[step][slot];
	int here = r->image == 1 && step == r->step && slot == r->slot;
	uint8_t yes = 1, byte;

	for (size_t b = 0; region->want && b < region->bytes; b++) {
		if (region->seen[b])
			continue; /* not to be written */
		byte = region->want[b];
		if (here && b == 5 && r->fault == MISSING_BYTE)
			continue;
		byte ^= here && b == 5 && r->fault == WRONG_BYTE;
		check_write(c, step, region->memory, region->addr + b, &yes, &byte, 1);
		if (here && b == 5 && r->fault == TWICE)
			check_write(c, step, region->memory, region->addr + b, &yes, &byte, 1);
		if (here && b == 5 && r->fault == STRAY)
			check_write(c, step, region->memory, region->addr + region->bytes, &yes, &byte, 1);
	}
}

static void push_step(struct run *r, size_t step)
{
	struct check *c = r->session->check;
	struct cas_tiles tiles = cas_program_tiles(&r->session->program, step);
	struct cas_pass pass;
	uint64_t cycles = c->step[step].model_cycles;

	for (int slot = 0; slot < REGIONS; slot++)
		push_region(r, step, slot);
	for (int n = 0; cas_program_tile_next(&tiles, &pass); n++)
		if (r->fault != NO_PASS || r->image || step != 2 || n)
			check_pass(c, step, pass.first, pass.last, pass.rho);
	if (r->fault == LATE_AND_EARLY && step < 3)
		cycles += step == 1 ? 7 : step == 2 ? (uint64_t)-7 : 0;
	if (r->fault == LATE_ONCE && step == 2 && r->image == 0)
		cycles += 3;
	if (r->fault != NEVER_ENDED || step != 2 || r->image == 0)
		check_step_end(c, step, cycles);
}

/* Three images; the checker's verdict.  Wrong bytes are in a step of this kind, in one of its regions. */
static int agrees_in(enum fault fault, enum cas_step_kind kind, int slot, struct check_sum *sum,
	struct check_step *step_2)
{
	struct run r = {.fault = fault, .slot = slot};
	struct cas_err err;
	int verdict;

	if (session_open_config(&r.session, "configs/run/digits.yaml", NULL, 0, 3, &err))
		fail_msg("%s", err.text);
	struct session *s = r.session;

	while (s->program.step[r.step].kind != kind || !s->check->region[r.step][slot].want)
		r.step++;
	for (r.image = 0; r.image < 3; r.image++) {
		check_begin(s->check, s->pixels + (size_t)(r.image * s->net.input.h * s->net.input.w), s->dram);
		for (size_t i = 0; i < s->program.steps; i++)
			push_step(&r, i);
		if (fault == OVERFLOWED && r.image == 0)
			check_overflows(s->check, 1, 1);
		check_end(s->check);
	}
	verdict = check_agrees(s->check);
	*sum = check_total(s->check);
	*step_2 = check_steps(s->check)[2];
	session_close(s);
	return verdict;
}

static int agrees(enum fault fault, struct check_sum *sum, struct check_step *step_2)
{
	return agrees_in(fault, CAS_STEP_CONV, 0, sum, step_2);
}

static void agrees_without_fault(void **state)
{
	struct check_sum sum;
	struct check_step step;

	(void)state;
	assert_int_equal(agrees(NO_FAULT, &sum, &step), 1);
	assert_true(sum.compared > 3 * 20000);
	assert_int_equal(sum.rtl_cycles, sum.model_cycles);
}

static void late_and_early(void **state)
{
	struct check_sum sum;
	struct check_step step;

	(void)state;
	assert_int_equal(agrees(LATE_AND_EARLY, &sum, &step), 0);
	assert_int_equal(sum.rtl_cycles, sum.model_cycles);
	assert_int_equal(sum.wrong_cycles, 6);
}

static void late_in_the_first_image(void **state)
{
	struct check_sum sum;
	struct check_step step;

	(void)state;
	assert_int_equal(agrees(LATE_ONCE, &sum, &step), 0);
	assert_int_equal(sum.wrong_cycles, 1);
	assert_int_equal(step.rtl_cycles, step.model_cycles + 3);
}

static void never_ended(void **state)
{
	struct check_sum sum;
	struct check_step step;

	(void)state;
	assert_int_equal(agrees(NEVER_ENDED, &sum, &step), 0);
	assert_int_equal(sum.wrong_cycles, 2);
	assert_int_equal(sum.wrong, 0);
	assert_int_equal(step.rtl_cycles, 0);
}

static void one_byte(void **state)
{
	struct check_sum sum;
	struct check_step step;

	static const struct {
		enum cas_step_kind kind;
		int slot;
	} place[] = {{CAS_STEP_CONV, 0}, {CAS_STEP_UPDATE, 0}, {CAS_STEP_UPDATE, 1}, {CAS_STEP_SQUASH, 1}, {CAS_STEP_STORE, 0}};

	(void)state;
	for (size_t p = 0; p < sizeof place / sizeof place[0]; p++)
		for (enum fault fault = WRONG_BYTE; fault <= STRAY; fault++) {
			assert_int_equal(agrees_in(fault, place[p].kind, place[p].slot, &sum, &step), 0);
			assert_int_equal(sum.wrong, 1);
		}
}

static void one_pass(void **state)
{
	struct check_sum sum;
	struct check_step step;

	(void)state;
	assert_int_equal(agrees(NO_PASS, &sum, &step), 0);
	assert_true(sum.wrong_passes > 0);
	assert_int_equal(sum.wrong, 0);
}

static void overflows(void **state)
{
	struct check_sum sum;
	struct check_step step;

	(void)state;
	assert_int_equal(agrees(OVERFLOWED, &sum, &step), 0);
	assert_int_equal(sum.wrong, 0);
}

static void fields(void **state)
{
	uint64_t w[DESC_WORDS] = {0};
	struct cas_err err;

	(void)state;
	assert_int_equal(rtl_field_set(w, FIELD_BLOCKS, 65535, "conv1", &err), CAS_OK);
	assert_true(w[3] == UINT64_C(65535) << 32);
	assert_int_equal(rtl_field_set(w, FIELD_BLOCKS_LAST, 65536, "conv1", &err), CAS_INPUT);
	assert_string_equal(err.text, "the RTL does not do this configuration: conv1: 65536 does not fit blocks_last, "
		"which has 16 bits");
	assert_int_equal(rtl_field_set(w, FIELD_N, -1, "conv1", &err), CAS_INPUT);
	assert_int_equal(rtl_field_set(w, FIELD_Y_FIRST, -32768, "conv1", &err), CAS_OK);
	assert_true(w[10] == UINT64_C(32768) << 16);
	assert_int_equal(rtl_field_set(w, FIELD_Y_FIRST, -32769, "conv1", &err), CAS_INPUT);
	assert_int_equal(rtl_field_set(w, FIELD_Y_FIRST, 32768, "conv1", &err), CAS_INPUT);
	assert_true(w[3] == UINT64_C(65535) << 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"a run of three images in which nothing differs agrees", agrees_without_fault, NULL, NULL, NULL},
		{"7 cycles more in one step and 7 fewer in the next do not agree", late_and_early, NULL, NULL, NULL},
		{"3 cycles more in the first image alone do not agree, and are shown", late_in_the_first_image, NULL, NULL, NULL},
		{"a step that does not end does not agree", never_ended, NULL, NULL, NULL},
		{"one byte of outputs, logits, couplings, v or memory that is wrong, missing, written twice or elsewhere does not agree", one_byte, NULL, NULL, NULL},
		{"a pass that is missing does not agree", one_pass, NULL, NULL, NULL},
		{"an overflow too many does not agree", overflows, NULL, NULL, NULL},
		{"a value that its field does not hold is an error, and nothing is written", fields, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests_name("the checker of the co-simulation", tests, NULL, NULL);
}
