/* Is requantisation the rounding that docs/numerics.md section 6 says, on small domains all of it and
 * on wide ones seeded?  The judge is a property of the exact rational, in 128 bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>

#include <cmocka.h>

#include "arith/fixed.h"
#include "base/rng.h"

__extension__ typedef __int128 wide;

static wide magnitude(wide x)
{
	return x < 0 ? -x : x;
}

/* 1 if `code` is acc * mult / 2^shift rounded half away from zero, then clamped. */
static int is_right(const struct cas_requant *rq, int64_t acc, int code)
{
	wide unit = (wide)1 << rq->shift, exact = (wide)acc * rq->mult; /* of 2^-shift */
	wide off = magnitude((wide)code * unit - exact) * 2;
	if (code < rq->lo || code > rq->hi)
		return 0;
	if ((code == rq->hi && exact > code * unit) || (code == rq->lo && exact < code * unit))
		return 1;
	return off < unit || (off == unit && magnitude((wide)code * unit) > magnitude(exact));
}

static void check(const struct cas_requant *rq, int64_t acc)
{
	int code = cas_requant_apply(rq, acc);
	if (!is_right(rq, acc, code))
		fail_msg("%lld * %u / 2^%d in %d..%d: got %d", (long long)acc, rq->mult, rq->shift, rq->lo,
			rq->hi, code);
}

/* The judge must know wrong answers, ties included. */
static void the_judge_refuses_wrong_codes(void **state)
{
	struct cas_requant rq = {.mult = 32768, .shift = 16, .lo = -127, .hi = 127}; /* a half */
	(void)state;
	assert_true(is_right(&rq, 5, 3) && is_right(&rq, -5, -3) && is_right(&rq, 4, 2));
	assert_false(is_right(&rq, 5, 2) || is_right(&rq, -5, -2) || is_right(&rq, 4, 3));
	assert_true(is_right(&rq, 253, 127) && is_right(&rq, 100000, 127) && is_right(&rq, -254, -127));
	assert_false(is_right(&rq, 252, 127) || is_right(&rq, 100000, 126) || is_right(&rq, 0, 128));
	rq.lo = 0;
	assert_true(is_right(&rq, -9, 0) && is_right(&rq, 1, 1));
	assert_false(is_right(&rq, -9, -5) || is_right(&rq, 1, 0));
}

static void small_sums_are_rounded_half_away_from_zero(void **state)
{
	static const struct { int lo, hi; } range[] = {{-127, 127}, {0, 255}, {0, 127}};
	static const uint32_t mult[] = {32768, 32769, 40000, 49152, 51739, 65534, 65535};
	(void)state;
	for (size_t r = 0; r < sizeof range / sizeof range[0]; r++)
		for (size_t m = 0; m < sizeof mult / sizeof mult[0]; m++)
			for (int shift = 0; shift <= 28; shift++) {
				struct cas_requant rq = {mult[m], shift, range[r].lo, range[r].hi};
				for (int acc = -5000; acc <= 5000; acc++)
					check(&rq, acc);
			}
}

/* Sums beside every boundary between two codes, where a wrong rounding shows. */
static void sums_beside_every_boundary_are_right(void **state)
{
	struct cas_rng rng = cas_rng_init(1, 0);
	(void)state;
	for (int shift = 17; shift <= 55; shift++)
		for (int n = 0; n < 20; n++) {
			struct cas_requant rq = {32768 + (uint32_t)cas_rng_below(&rng, 32768), shift, -127, 127};
			for (int code = -128; code <= 127; code++) {
				wide boundary = (2 * (wide)code + 1) * ((wide)1 << shift) / (2 * (wide)rq.mult);
				for (int by = -2; by <= 2; by++)
					check(&rq, (int64_t)boundary + by);
			}
		}
}

static void wide_sums_are_right_for_every_shift(void **state)
{
	struct cas_rng rng = cas_rng_init(2, 0);
	int nonzero = 0;
	(void)state;
	for (int shift = 0; shift <= 62; shift++)
		for (int n = 0; n < 20000; n++) {
			struct cas_requant rq = {32768 + (uint32_t)cas_rng_below(&rng, 32768), shift, -127, 127};
			uint64_t bits = 1 + cas_rng_below(&rng, 46);
			int64_t acc = (int64_t)cas_rng_below(&rng, UINT64_C(1) << bits);
			check(&rq, acc);
			check(&rq, -acc);
			nonzero += shift == 62 && cas_requant_apply(&rq, acc) == 1;
		}
	assert_true(nonzero > 0); /* even the last shift can round up to 1 */
}

/* What section 6 says of larger shifts holds because no ratio reaches one, with both doublings of
 * `aligned` on top. */
static void no_ratio_reaches_a_shift_above_62_or_below_0(void **state)
{
	struct cas_requant rq = {0};
	struct cas_err err;
	(void)state;
	for (int mode = 0; mode < 2; mode++) {
		assert_int_equal(cas_requant_make(&rq, 0x1p-40, mode, &err), CAS_OK);
		assert_true(rq.shift == 55 && rq.mult == 32768);
		assert_int_equal(cas_requant_make(&rq, 0x1p14, mode, &err), CAS_OK);
		assert_true(rq.shift == 1 && rq.mult == 32768);
	}
}

static void a_multiplier_is_the_nearest_of_16_bits(void **state)
{
	struct cas_rng rng = cas_rng_init(3, 0);
	struct cas_err err;
	(void)state;
	for (int n = 0; n < 500000; n++) {
		struct cas_requant rq = {.lo = -7, .hi = 9};
		double ratio = exp2(-40 + 54 * cas_rng_unit(&rng));
		assert_int_equal(cas_requant_make(&rq, ratio, 0, &err), CAS_OK);
		assert_true(rq.mult >= 32768 && rq.mult <= 65535 && rq.lo == -7 && rq.hi == 9);
		/* both sides are exact in double */
		assert_true(fabs(ldexp(ratio, rq.shift) - rq.mult) <= 0.5);
	}
}

static void a_multiplier_that_rounds_up_to_2_16_becomes_2_15(void **state)
{
	struct cas_requant rq = {0};
	struct cas_err err;
	(void)state;
	assert_int_equal(cas_requant_make(&rq, nextafter(1, 0), 0, &err), CAS_OK);
	assert_true(rq.mult == 32768 && rq.shift == 15);
	assert_int_equal(cas_requant_make(&rq, 65535.5 / 65536, 0, &err), CAS_OK);
	assert_true(rq.mult == 32768 && rq.shift == 15);
	assert_int_equal(cas_requant_make(&rq, nextafter(65535.5 / 65536, 0), 0, &err), CAS_OK);
	assert_true(rq.mult == 65535 && rq.shift == 16);
}

static void a_power_of_two_is_the_nearest_in_the_logarithm(void **state)
{
	struct cas_rng rng = cas_rng_init(4, 0);
	struct cas_err err;
	(void)state;
	for (int n = 0; n < 500000; n++) {
		struct cas_requant rq = {0};
		double ratio = exp2(-40 + 54 * cas_rng_unit(&rng)), off;
		assert_int_equal(cas_requant_make(&rq, ratio, 1, &err), CAS_OK);
		assert_int_equal(rq.mult, 32768);
		off = ldexp(ratio, rq.shift - 15); /* ratio / power */
		assert_true(off * off >= 0.5 - 1e-15 && off * off <= 2 + 1e-15);
	}
}

static void ratios_out_of_range_are_refused(void **state)
{
	static const struct { double ratio; const char *message; } bad[] = {
		{0, "a requantisation ratio of 0 is outside 2^-40..2^14: check the scales"},
		{-1, "a requantisation ratio of -1 is outside 2^-40..2^14: check the scales"},
		{9e-13, "a requantisation ratio of 9e-13 is outside 2^-40..2^14: check the scales"},
		{16385, "a requantisation ratio of 16385 is outside 2^-40..2^14: check the scales"},
		{INFINITY, "a requantisation ratio of inf is outside 2^-40..2^14: check the scales"},
		{NAN, NULL}, /* its sign is printed as the machine likes */
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct cas_requant rq;
		struct cas_err err = {""};
		assert_int_equal(cas_requant_make(&rq, bad[i].ratio, 0, &err), CAS_INPUT);
		if (bad[i].message)
			assert_string_equal(err.text, bad[i].message);
	}
}

static void doubling_and_halving_round_half_away_from_zero(void **state)
{
	(void)state;
	for (int e = -8; e <= 8; e++)
		for (int64_t x = -1500; x <= 1500; x++) {
			int64_t got = cas_scale_half_away(x, e), unit = INT64_C(1) << (e < 0 ? -e : 0);
			wide exact = (wide)x * (1 << (e < 0 ? 0 : e)), off = magnitude((wide)got * unit - exact) * 2;
			if (off > unit || (off == unit && magnitude(got) * unit <= magnitude(exact)))
				fail_msg("%lld * 2^%d: got %lld", (long long)x, e, (long long)got);
		}
	assert_int_equal(cas_scale_half_away(-7, -1), -4);
	assert_int_equal(cas_scale_half_away(INT32_MIN, -1), INT32_MIN / 2);
	assert_int_equal(cas_scale_half_away(INT32_MAX, -1), INT64_C(1) << 30);
	assert_int_equal(cas_scale_half_away(INT32_MIN, 2), 4 * (int64_t)INT32_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_judge_refuses_wrong_codes),
		cmocka_unit_test(small_sums_are_rounded_half_away_from_zero),
		cmocka_unit_test(sums_beside_every_boundary_are_right),
		cmocka_unit_test(wide_sums_are_right_for_every_shift),
		cmocka_unit_test(no_ratio_reaches_a_shift_above_62_or_below_0),
		cmocka_unit_test(a_multiplier_is_the_nearest_of_16_bits),
		cmocka_unit_test(a_multiplier_that_rounds_up_to_2_16_becomes_2_15),
		cmocka_unit_test(a_power_of_two_is_the_nearest_in_the_logarithm),
		cmocka_unit_test(ratios_out_of_range_are_refused),
		cmocka_unit_test(doubling_and_halving_round_half_away_from_zero),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
