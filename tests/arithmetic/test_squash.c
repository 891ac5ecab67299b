/* How far is the integer squash from the real one on the same codes?
 *
 * The bound of docs/numerics.md section 7, in codes: max(1, 1/2 + S (8 (2^g + 1) + 1/8)), S the scale
 * of s and g the index shift.  1/2 is the rounding, S/8 that of the coefficient, 1 what the cut from
 * 128 to 127 takes.  The rest: a bin's value is at most (2^g + 1)/4 codes from a norm n in it, and the
 * slope of |q_d| C(n) is at most 128 n |1 - n^2| / (1 + n^2)^2 <= 32. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>

#include <cmocka.h>

#include "arith/squash.h"
#include "base/rng.h"

static const double scales[] = {0.001, 0.004, 1 / 128.0, 0.016, 1 / 32.0, 0.05, 0.1, 0.3, 1, 4};
enum { SCALES = sizeof scales / sizeof scales[0] };

struct unit {
	struct cas_squash squash;
	int32_t square[128];
	double scale, worst;
	uint64_t checked;
};

static void make(struct unit *u, double scale, int dim)
{
	struct cas_err err;
	if (cas_squash_make(&u->squash, scale, dim, &err))
		fail_msg("%s", err.text);
	for (int m = 0; m < 128; m++)
		u->square[m] = m * m;
	u->scale = scale;
}

static double bound(const struct unit *u)
{
	return fmax(1, 0.5 + u->scale * (8 * ((1 << u->squash.index_shift) + 1) + 0.125));
}

static void check(struct unit *u, const int8_t *s, int dim)
{
	int8_t v[256];
	double norm2 = 0;
	cas_squash_apply(&u->squash, u->square, 0, s, dim, v);
	for (int d = 0; d < dim; d++)
		norm2 += s[d] * u->scale * s[d] * u->scale;
	for (int d = 0; d < dim; d++) {
		double want = 128 * (sqrt(norm2) / (1 + norm2)) * s[d] * u->scale, error = fabs(v[d] - want);
		if (!(error <= bound(u)))
			fail_msg("%d elements, scale %g, code %d, norm %.4f: got %d, want %.3f within %.3f", dim,
				u->scale, s[d], sqrt(norm2), v[d], want, bound(u));
		u->worst = fmax(u->worst, error);
		u->checked++;
	}
}

static void one_element_is_within_the_bound_for_every_code(void **state)
{
	(void)state;
	for (int n = 0; n < SCALES; n++) {
		struct unit u = {.checked = 0};
		make(&u, scales[n], 1);
		for (int q = -127; q <= 127; q++)
			check(&u, (int8_t[]){(int8_t)q}, 1);
		assert_int_equal(u.checked, 255);
	}
}

static void two_elements_are_within_the_bound_for_every_pair(void **state)
{
	(void)state;
	for (int n = 0; n < SCALES; n++) {
		struct unit u = {.checked = 0};
		make(&u, scales[n], 2);
		for (int q = 0; q <= 127; q++)
			for (int r = -127; r <= 127; r++)
				check(&u, (int8_t[]){(int8_t)q, (int8_t)r}, 2);
		assert_true(u.worst > 0.5);
	}
}

/* Capsules of every length: few or many elements, small or large ones. */
static void fill(struct cas_rng *rng, int8_t *s, int dim)
{
	uint64_t most = 1 + cas_rng_below(rng, cas_rng_below(rng, 2) ? 127 : 4);
	uint64_t elements = 1 + cas_rng_below(rng, cas_rng_below(rng, 2) ? (uint64_t)dim : 6);
	for (int d = 0; d < dim; d++)
		s[d] = 0;
	for (uint64_t n = 0; n < elements; n++)
		s[cas_rng_below(rng, (uint64_t)dim)] =
			(int8_t)((int)cas_rng_below(rng, 2 * most + 1) - (int)most);
}

static void random_capsules_are_within_the_bound(void **state)
{
	struct cas_rng rng = cas_rng_init(9, 0);
	(void)state;
	for (int n = 0; n < SCALES; n++) {
		double worst[3] = {0}; /* g = 0, 1, 2 */
		for (int dim = 2; dim <= 256; dim += dim < 70 ? 1 : 31) {
			struct unit u = {.checked = 0};
			int8_t s[256];
			make(&u, scales[n], dim);
			assert_int_equal(u.squash.index_shift, dim <= 16 ? 0 : dim <= 65 ? 1 : 2);
			for (int i = 0; i < 1500; i++) {
				fill(&rng, s, dim);
				check(&u, s, dim);
			}
			worst[u.squash.index_shift] = fmax(worst[u.squash.index_shift], u.worst);
		}
		print_message("# note: scale %.4g: largest error %.3f codes to 16 elements, %.3f to 65, %.3f to "
			"256\n", scales[n], worst[0], worst[1], worst[2]);
	}
}

/* Section 7's table, computed here in its own words. */
static void the_table_is_what_section_7_says(void **state)
{
	struct cas_rng rng = cas_rng_init(10, 0);
	(void)state;
	for (int n = 0; n < 300; n++) {
		double scale = exp2(-30 + 40 * cas_rng_unit(&rng)), c[1024], most = 0;
		int dim = 1 + (int)cas_rng_below(&rng, 256), g = dim <= 16 ? 0 : dim <= 65 ? 1 : 2, h = 30;
		struct unit u;
		make(&u, scale, dim);
		for (int i = 0; i < 1024; i++) {
			double norm = (i * ldexp(1, g) + (ldexp(1, g) - 1) / 2) / 2 * scale;
			c[i] = scale * norm / (1 + norm * norm) * 128;
			most = c[i] > most ? c[i] : most;
		}
		while (floor(ldexp(most, h) + 0.5) > 65535)
			h--;
		assert_true(h >= 0);
		assert_int_equal(u.squash.shift, h);
		assert_int_equal(u.squash.index_shift, g);
		for (int i = 0; i < 1024; i++)
			assert_int_equal(u.squash.coef[i], (int)floor(ldexp(c[i], h) + 0.5));
	}
}

/* Tables of a multiplier may give sums that no exact square has: the last coefficient serves. */
static void sums_beyond_the_table_use_its_last_entry(void **state)
{
	struct unit u;
	int8_t s[4] = {127, -127, 1, 0}, v[4];
	(void)state;
	make(&u, 0.02, 4);
	for (int m = 0; m < 128; m++)
		u.square[m] = 65535 * 4;
	cas_squash_apply(&u.squash, u.square, 2, s, 4, v);
	double last = u.squash.coef[1023] * ldexp(1, -u.squash.shift);
	assert_int_equal(v[0], (int)floor(127 * last + 0.5));
	assert_int_equal(v[1], -v[0]);
	assert_int_equal(v[2], (int)floor(last + 0.5));
	assert_int_equal(v[3], 0);
}

static void arguments_out_of_range_are_refused(void **state)
{
	struct cas_squash squash;
	struct cas_err err;
	(void)state;
	assert_int_equal(cas_squash_make(&squash, 0.02, 0, &err), CAS_INPUT);
	assert_string_equal(err.text, "a capsule of 0 elements is outside 1..256");
	assert_int_equal(cas_squash_make(&squash, 0.02, 257, &err), CAS_INPUT);
	assert_string_equal(err.text, "a capsule of 257 elements is outside 1..256");
	assert_int_equal(cas_squash_make(&squash, 1025, 8, &err), CAS_INPUT);
	assert_string_equal(err.text, "a squash input scale of 1025 is outside 2^-30..2^10");
	assert_int_equal(cas_squash_make(&squash, 0, 8, &err), CAS_INPUT);
	assert_string_equal(err.text, "a squash input scale of 0 is outside 2^-30..2^10");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_element_is_within_the_bound_for_every_code),
		cmocka_unit_test(two_elements_are_within_the_bound_for_every_pair),
		cmocka_unit_test(random_capsules_are_within_the_bound),
		cmocka_unit_test(the_table_is_what_section_7_says),
		cmocka_unit_test(sums_beyond_the_table_use_its_last_entry),
		cmocka_unit_test(arguments_out_of_range_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
