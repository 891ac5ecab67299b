/* Is cas_isqrt the floor of the square root?  All arguments to 2^20, then those around every square. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arith/fixed.h"

static void check(uint32_t x)
{
	uint64_t root = cas_isqrt(x);
	if (root * root > x || (root + 1) * (root + 1) <= x)
		fail_msg("isqrt(%u): got %llu", x, (unsigned long long)root);
}

static void the_root_is_right_up_to_2_20(void **state)
{
	(void)state;
	for (uint32_t x = 0; x <= 1u << 20; x++)
		check(x);
}

static void the_root_is_right_around_every_square(void **state)
{
	(void)state;
	for (uint32_t r = 2; r <= 65535; r++) {
		uint32_t square = r * r;
		assert_int_equal(cas_isqrt(square - 1), r - 1);
		assert_int_equal(cas_isqrt(square), r);
		assert_int_equal(cas_isqrt(square + 1), r);
		assert_int_equal(cas_isqrt(square + 2 * r), r);
	}
	assert_int_equal(cas_isqrt(UINT32_MAX), 65535);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_is_right_up_to_2_20),
		cmocka_unit_test(the_root_is_right_around_every_square),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
