/* Are many sums side by side in the hardware's order those of the scalar reference, words and counts of
 * overflows, and do the bounds on sums hold and need every bit? */
#include "unit/sums.h"

#include "engine/bounds.h"
#include "engine/ordered.h"

static struct cas_widths any_widths(struct fixture *f)
{
	int narrow = below(f, 3); /* psum, accumulator, both; a wide one is any that cuts nothing */

	return (struct cas_widths){.rows = below(f, 2) ? 1 + below(f, 40) : 1 + below(f, 256),
		.psum_bits = narrow != 1 ? 2 + below(f, 19) : 25 + below(f, 16),
		.acc_bits = narrow != 0 ? 2 + below(f, 23) : 36 + below(f, 13), .saturate = below(f, 2)};
}

static void any_operands(struct fixture *f, struct cas_product_spec *spec)
{
	*spec = any_spec(f);
	if (below(f, 3))
		read_table(f, below(f, 2) ? "NGR.bin" : "2HH.bin");
	else
		garbage_table(f);
	cas_product_make(&f->product, f->table, spec);
}

static void same(const int64_t *got, const int64_t *want, int count, uint64_t cut, uint64_t want_cut)
{
	for (int i = 0; i < count; i++)
		if (got[i] != want[i])
			fail_msg("sum %d of %d is %lld, expected %lld", i, count, (long long)got[i], (long long)want[i]);
	if (cut != want_cut)
		fail_msg("%llu overflows, expected %llu", (unsigned long long)cut, (unsigned long long)want_cut);
}

static void neighbouring_sums_are_those_of_the_reference(void **state)
{
	struct fixture *f = fixture_new(31);
	int64_t *got = calloc(MAX_N, sizeof *got);
	uint64_t total = 0, without = 0;

	(void)state;
	assert_non_null(got);
	for (int i = 0; i < 400; i++) {
		struct cas_product_spec spec;
		struct cas_widths widths = any_widths(f);
		struct cas_terms t = {.a = f->a, .w = (const uint8_t *)f->w, .groups = 1 + below(f, 4), .len = 1 + below(f, 90)};
		struct cas_ordered o, plain;
		int n = below(f, 2) ? 1 + below(f, 40) : 250 + below(f, 300);
		uint64_t cut = 7, want_cut = 7;

		any_operands(f, &spec);
		t.a_step = 1 + (size_t)below(f, 3);
		t.a_group = (size_t)t.len * t.a_step + (size_t)below(f, 3);
		t.w_step = (size_t)n + (size_t)below(f, 3);
		t.w_group = (size_t)t.len * t.w_step;
		fill(f, &spec, (enum operands)below(f, OPERANDS), (enum operands)below(f, OPERANDS), t.groups * t.len, n + 2);
		cas_ordered_init(&o, &f->product, &widths, 0);
		plain = o;
		plain.plain = 1;
		cas_ordered_sums(&plain, &t, n, f->want, &want_cut);
		cas_ordered_sums(&o, &t, n, got, &cut);
		same(got, f->want, n, cut, want_cut);
		total += cut - 7;
		without += cut == 7;
	}
	assert_true(total > 100000);
	assert_true(without > 20 && without < 380);
	free(got);
	fixture_free(f);
}

static void pairs_of_vectors_are_those_of_the_reference(void **state)
{
	struct fixture *f = fixture_new(32);
	int64_t *got = calloc(MAX_K, sizeof *got);
	uint64_t total = 0;

	(void)state;
	assert_non_null(got);
	for (int i = 0; i < 300; i++) {
		struct cas_product_spec spec;
		struct cas_widths widths = any_widths(f);
		struct cas_ordered o, plain;
		int len = 1 + below(f, 20), cycle = 1 + below(f, 12), sums = cycle * (1 + below(f, 40));
		uint8_t *a = (uint8_t *)f->w + 300;
		uint64_t cut = 0, want_cut = 0;

		any_operands(f, &spec);
		fill(f, &spec, RANDOM, (enum operands)below(f, OPERANDS), 300, 1);
		for (int k = 0; k < sums * len; k++)
			a[k] = (uint8_t)any_code(f, spec.a_signed, i & 1 ? RANDOM : EXTREMES);
		cas_ordered_init(&o, &f->product, &widths, 0);
		plain = o;
		plain.plain = 1;
		cas_ordered_pairs(&plain, a, (const uint8_t *)f->w, sums, cycle, len, f->want, &want_cut);
		cas_ordered_pairs(&o, a, (const uint8_t *)f->w, sums, cycle, len, got, &cut);
		same(got, f->want, sums, cut, want_cut);
		total += cut;
	}
	assert_true(total > 10000);
	free(got);
	fixture_free(f);
}

/* The fewest bits that hold lo .. hi. */
static int bits_for(int64_t lo, int64_t hi)
{
	int bits = 2;

	while (!cas_bounds_fit(lo, hi, bits))
		bits++;
	return bits;
}

/* First operands that make output n's products the largest (most > 0) or the least ones. */
static void choose_worst(struct fixture *f, const struct cas_product_spec *spec, int k, int n, int n_all, int most)
{
	for (int i = 0; i < k; i++) {
		const int32_t *array = f->product.array;
		int w = (uint8_t)f->w[i * n_all + n], best = 0;

		for (int a = 1; a < 256; a++)
			if (!(spec->a_signed && a == 128) && most * array[a << 8 | w] > most * array[best << 8 | w])
				best = a;
		f->a[i] = (uint8_t)best;
	}
}

/* Overflows of all outputs, each met with its own worst operands of both directions. */
static uint64_t worst_overflows(struct fixture *f, const struct cas_product_spec *spec,
	const struct cas_widths *widths, int groups, int len, int n)
{
	uint64_t cut = 0;

	for (int i = 0; i < 2 * n; i++) {
		struct cas_terms t = {f->a, (const uint8_t *)f->w + i / 2, 1, (size_t)n, (size_t)len, (size_t)(len * n), groups, len};

		choose_worst(f, spec, groups * len, i / 2, n, i & 1 ? 1 : -1);
		(void)cas_reference_sum(&f->product, widths, &t, &cut);
	}
	return cut;
}

static void a_bound_of_known_weights_holds_and_needs_every_bit(void **state)
{
	struct fixture *f = fixture_new(33);
	struct cas_reach *reach = malloc(sizeof *reach);

	(void)state;
	assert_non_null(reach);
	for (int i = 0; i < 60; i++) {
		struct cas_product_spec spec;
		struct cas_bounds b = {0};
		struct cas_widths widths = {.rows = 1 + below(f, 20)};
		int groups = 1 + below(f, 3), len = 1 + below(f, 40), n = 1 + below(f, 70);

		any_operands(f, &spec);
		fill(f, &spec, RANDOM, below(f, 2) ? RANDOM : SPARSE, groups * len, n);
		f->w[0] = 1;
		cas_reach_init(reach, &f->product);
		cas_bounds_add(&b, reach, widths.rows, (const uint8_t *)f->w, groups, len, n);
		widths.psum_bits = bits_for(b.psum_lo, b.psum_hi);
		widths.acc_bits = bits_for(b.acc_lo, b.acc_hi);
		assert_int_equal(worst_overflows(f, &spec, &widths, groups, len, n), 0);
		if (widths.acc_bits > 2) {
			widths.acc_bits--;
			assert_true(worst_overflows(f, &spec, &widths, groups, len, n) > 0);
			widths.acc_bits++;
		}
		if (widths.psum_bits > 2) {
			widths.psum_bits--;
			assert_true(worst_overflows(f, &spec, &widths, groups, len, n) > 0);
		}
	}
	free(reach);
	fixture_free(f);
}

static void a_bound_of_values_holds_for_any_operands(void **state)
{
	struct fixture *f = fixture_new(34);
	struct cas_reach *reach = malloc(sizeof *reach);

	(void)state;
	assert_non_null(reach);
	for (int i = 0; i < 100; i++) {
		struct cas_product_spec spec;
		struct cas_bounds b = {0}, any;
		struct cas_widths widths = {64, 40, 48, 0};
		int len = 1 + below(f, 40), n = 1 + below(f, 70);

		any_operands(f, &spec);
		fill(f, &spec, (enum operands)below(f, OPERANDS), (enum operands)below(f, OPERANDS), len, n);
		cas_reach_init(reach, &f->product);
		cas_bounds_add(&b, reach, widths.rows, (const uint8_t *)f->w, 1, len, n);
		cas_bounds_any(&any, &f->product, widths.rows, len);
		assert_true(b.value <= any.value && b.acc_hi <= any.acc_hi && b.psum_lo >= any.psum_lo);
		for (int j = 0; j < n; j++) {
			struct cas_terms t = {f->a, (const uint8_t *)f->w + j, 1, (size_t)n, 0, 0, 1, len};
			uint64_t cut = 0;
			int64_t sum = cas_reference_sum(&f->product, &widths, &t, &cut);

			assert_true(sum <= b.value && -sum <= b.value);
		}
	}
	free(reach);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbouring_sums_are_those_of_the_reference),
		cmocka_unit_test(pairs_of_vectors_are_those_of_the_reference),
		cmocka_unit_test(a_bound_of_known_weights_holds_and_needs_every_bit),
		cmocka_unit_test(a_bound_of_values_holds_for_any_operands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
