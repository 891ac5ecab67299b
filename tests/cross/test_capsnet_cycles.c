/* CapsNet on 16x16 PEs against the table of docs/timing.md section 9 (worked out by hand from the
 * closed form), and the event model against that closed form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "cost/cost.h"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_of_capsnet_on_16x16_is_reproduced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
