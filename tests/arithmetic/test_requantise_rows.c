/* Does the vectorised requantisation of rows equal the scalar one on every sum? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "engine/engine8_internal.h"

enum { CHANNELS = 293, ROWS = 5, CASES = 3000 };

static void rows_equal_the_scalar_definition(void **state)
{
	struct cas_rng rng = cas_rng_init(11, 0);
	long compared = 0;

	(void)state;
	for (int i = 0; i < CASES; i++) {
		int64_t lane[CHANNELS];
		int32_t acc[ROWS * CHANNELS];
		uint8_t codes[ROWS * CHANNELS];
		struct group_plan group = {.lane = lane, .rq = {
			.mult = 32768 + (uint32_t)cas_rng_below(&rng, 32768), .shift = i % 60,
			.lo = i % 3 ? -127 : 0, .hi = i % 3 ? 127 : 255}};

		for (int n = 0; n < CHANNELS; n++)
			lane[n] = (int64_t)cas_rng_below(&rng, UINT64_C(1) << (1 + i % 36)) - (1 << i % 20);
		for (int k = 0; k < ROWS * CHANNELS; k++)
			acc[k] = (int32_t)((int64_t)cas_rng_below(&rng, UINT64_C(2) << i % 31) - (INT64_C(1) << i % 31));
		/* sums on and beside the halves, where rounding decides */
		for (int k = 0; k < CHANNELS && group.rq.shift < 31; k++)
			acc[k] = (int32_t)((INT64_C(1) << group.rq.shift) * k / group.rq.mult / 2 - lane[k]);
		cas_engine8_requantise(&group, acc, ROWS, CHANNELS, codes);
		for (int k = 0; k < ROWS * CHANNELS; k++, compared++)
			assert_int_equal(codes[k], (uint8_t)cas_requant_apply(&group.rq, acc[k] + lane[k % CHANNELS]));
	}
	assert_int_equal(compared, (long)CASES * ROWS * CHANNELS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_equal_the_scalar_definition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
