/* With exact products, is every mapping of unsigned tables the product of the two codes, and `signed` that of
 * the halved ones?  All 65,536 pairs of bytes, both signs of each operand.  And with any table, are swap_operands and zero_gating changes
 * of the table alone? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "arith/product.h"
#include "base/rng.h"

struct fixture {
	uint16_t exact[65536], noise[65536], changed[65536];
	struct cas_product product, other;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct cas_rng rng = cas_rng_init(6, 0);
	for (unsigned i = 0; f && i < 65536; i++) {
		f->exact[i] = (uint16_t)((i >> 8) * (i & 255));
		f->noise[i] = (uint16_t)cas_rng_below(&rng, 65536);
	}
	*state = f;
	return f ? 0 : -1;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static int code(int byte, int is_signed)
{
	return is_signed ? (int8_t)byte : byte;
}

/* The specification with index 0..11 (15 with `signed`): mapping, a_signed, w_signed. */
static struct cas_product_spec spec_of(int index)
{
	return (struct cas_product_spec){.mapping = (enum cas_product_mapping)(index / 4),
		.a_signed = index & 1, .w_signed = index >> 1 & 1};
}

static void exact_tables_give_the_product_of_the_codes(void **state)
{
	struct fixture *f = *state;
	for (int index = 0; index < 12; index++) {
		struct cas_product_spec spec = spec_of(index);
		int32_t most = 0;
		cas_product_make(&f->product, f->exact, &spec);
		assert_int_equal(f->product.shift, spec.mapping == CAS_MAP_ALIGNED ?
			spec.a_signed + spec.w_signed : 0);
		for (int i = 0; i < 65536; i++) {
			int a = code(i >> 8, spec.a_signed), w = code(i & 255, spec.w_signed);
			int want = a == -128 || w == -128 ? 0 : a * w * (1 << f->product.shift);
			if (f->product.value[i] != want)
				fail_msg("mapping %d, %d x %d: got %d, want %d", spec.mapping, a, w,
					f->product.value[i], want);
			most = abs(want) > most ? abs(want) : most;
		}
		assert_int_equal(f->product.value_max, most);
	}
}

/* A code as a signed multiplier sees it, by the nearest half and not by shifting. */
static int presented(int code_value, int is_signed)
{
	int half = (int)(code_value / 2.0 + 0.5);
	return is_signed ? code_value : half > 127 ? 127 : half;
}

static void an_exact_signed_table_gives_the_product_of_the_presented_operands(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 65536; i++)
		f->changed[i] = (uint16_t)(code(i >> 8, 1) * code(i & 255, 1));
	for (int index = 12; index < 16; index++) {
		struct cas_product_spec spec = spec_of(index);
		cas_product_make(&f->product, f->changed, &spec);
		assert_int_equal(spec.mapping, CAS_MAP_SIGNED);
		assert_int_equal(f->product.shift, spec.a_signed + spec.w_signed - 2);
		assert_int_equal(f->product.a_zero + f->product.w_zero, 0);
		for (int i = 0; i < 65536; i++) {
			int a = code(i >> 8, spec.a_signed), w = code(i & 255, spec.w_signed);
			int want = a == -128 || w == -128 ? 0 : presented(a, spec.a_signed) * presented(w, spec.w_signed);
			assert_int_equal(f->product.value[i], want);
			assert_int_equal(f->product.array[i], want);
			if (a != -128)
				assert_int_equal(cas_product_operand(CAS_MAP_SIGNED, spec.a_signed, (uint8_t)(i >> 8)),
					presented(a, spec.a_signed) & 255);
		}
	}
}

/* Section 3's formulas, for any table. */
static int32_t array_by_section_3(const uint16_t *table, const struct cas_product_spec *spec, int a, int w)
{
	int x = abs(a), y = abs(w);
	if (spec->mapping == CAS_MAP_AFFINE)
		return table[(a + (spec->a_signed ? 128 : 0)) << 8 | (w + (spec->w_signed ? 128 : 0))];
	if (spec->mapping == CAS_MAP_SIGNED)
		return (int16_t)table[(presented(a, spec->a_signed) & 255) << 8 | (presented(w, spec->w_signed) & 255)];
	if (spec->mapping == CAS_MAP_ALIGNED) {
		x = spec->a_signed ? 2 * x : x;
		y = spec->w_signed ? 2 * y : y;
	}
	return (a < 0) != (w < 0) ? -table[x << 8 | y] : table[x << 8 | y];
}

static void any_table_is_read_as_section_3_says(void **state)
{
	struct fixture *f = *state;
	for (int index = 0; index < 16; index++) {
		struct cas_product_spec spec = spec_of(index);
		int32_t most = 0;
		cas_product_make(&f->product, f->noise, &spec);
		int z_a = f->product.a_zero, z_w = f->product.w_zero;
		for (int i = 0; i < 65536; i++) {
			int a = code(i >> 8, spec.a_signed), w = code(i & 255, spec.w_signed);
			if (a == -128 || w == -128)
				continue;
			int32_t array = array_by_section_3(f->noise, &spec, a, w);
			assert_int_equal(f->product.array[i], array);
			assert_int_equal(f->product.value[i], array - z_w * (a + z_a) + z_a * (z_w - (w + z_w)));
			most = abs(array) > most ? abs(array) : most;
		}
		assert_int_equal(f->product.array_max, most);
	}
}

static void swapping_and_gating_change_the_table_alone(void **state)
{
	struct fixture *f = *state;
	for (int index = 0; index < 16; index++)
		for (int change = 1; change < 4; change++) {
			struct cas_product_spec plain = spec_of(index), spec = plain;
			spec.swap_operands = change & 1;
			spec.zero_gating = change >> 1;
			for (int i = 0; i < 65536; i++) {
				int x = i >> 8, y = i & 255;
				f->changed[i] = spec.zero_gating && (!x || !y) ? 0 :
					f->noise[spec.swap_operands ? y << 8 | x : i];
			}
			cas_product_make(&f->product, f->noise, &spec);
			cas_product_make(&f->other, f->changed, &plain);
			assert_memory_equal(&f->product, &f->other, sizeof f->product);
		}
}

static void squares_are_those_of_the_magnitudes(void **state)
{
	struct fixture *f = *state;
	for (int mapping = 0; mapping < 4; mapping++)
		for (int gating = 0; gating < 2; gating++) {
			struct cas_product_spec spec = {.mapping = (enum cas_product_mapping)mapping,
				.zero_gating = gating};
			int32_t exact[128], noise[128];
			int shift, by = mapping == CAS_MAP_ALIGNED ? 2 : 1;
			cas_product_squares(f->exact, &spec, exact, &shift);
			assert_int_equal(shift, mapping == CAS_MAP_ALIGNED ? 2 : 0);
			cas_product_squares(f->noise, &spec, noise, &shift);
			for (int m = 0; m < 128; m++) {
				assert_int_equal(exact[m], m * m << shift);
				int32_t want = gating && !m ? 0 : f->noise[m * by << 8 | m * by];
				assert_int_equal(noise[m], mapping == CAS_MAP_SIGNED && want > 32767 ? 0 : want);
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(exact_tables_give_the_product_of_the_codes, setup, teardown),
		cmocka_unit_test_setup_teardown(an_exact_signed_table_gives_the_product_of_the_presented_operands, setup,
			teardown),
		cmocka_unit_test_setup_teardown(any_table_is_read_as_section_3_says, setup, teardown),
		cmocka_unit_test_setup_teardown(swapping_and_gating_change_the_table_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(squares_are_those_of_the_magnitudes, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
