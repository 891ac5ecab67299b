#include "arith/product.h"

#include <stdlib.h>

static int32_t look_up(const uint16_t *table, const struct cas_product_spec *spec, int a, int w)
{
	if (spec->zero_gating && (a == 0 || w == 0))
		return 0;
	return spec->swap_operands ? table[w << 8 | a] : table[a << 8 | w];
}

/* Signed or unsigned value of a byte. */
static int decode(int byte, int is_signed)
{
	return is_signed && byte > 127 ? byte - 256 : byte;
}

static int magnitude(int code, int is_signed, enum cas_product_mapping mapping)
{
	return is_signed && mapping == CAS_MAP_ALIGNED ? abs(code) << 1 : abs(code);
}

static void entry(struct cas_product *p, const uint16_t *table, const struct cas_product_spec *spec,
	int a_byte, int w_byte)
{
	int a = decode(a_byte, spec->a_signed), w = decode(w_byte, spec->w_signed);
	int32_t array, value;

	if (spec->mapping == CAS_MAP_AFFINE) {
		int au = a + p->a_zero, wu = w + p->w_zero;

		array = look_up(table, spec, au, wu);
		/* acc - z_w A + z_a K of docs/numerics.md, one term of each sum */
		value = array - p->w_zero * au + p->a_zero * (p->w_zero - wu);
	} else {
		array = look_up(table, spec, magnitude(a, spec->a_signed, spec->mapping),
			magnitude(w, spec->w_signed, spec->mapping));
		if ((a < 0) != (w < 0))
			array = -array;
		value = array;
	}
	p->array[a_byte << 8 | w_byte] = array;
	p->value[a_byte << 8 | w_byte] = value;
	p->array_max = abs(array) > p->array_max ? abs(array) : p->array_max;
	p->value_max = abs(value) > p->value_max ? abs(value) : p->value_max;
}

void cas_product_make(struct cas_product *p, const uint16_t *table, const struct cas_product_spec *spec)
{
	int affine = spec->mapping == CAS_MAP_AFFINE, aligned = spec->mapping == CAS_MAP_ALIGNED;

	*p = (struct cas_product){
		.shift = aligned ? spec->a_signed + spec->w_signed : 0,
		.a_zero = affine && spec->a_signed ? 128 : 0,
		.w_zero = affine && spec->w_signed ? 128 : 0,
	};
	for (int a = 0; a < 256; a++)
		for (int w = 0; w < 256; w++)
			if (!(spec->a_signed && a == 128) && !(spec->w_signed && w == 128))
				entry(p, table, spec, a, w);
}

void cas_product_squares(const uint16_t *table, const struct cas_product_spec *spec,
	int32_t square[128], int *square_shift)
{
	int shift = spec->mapping == CAS_MAP_ALIGNED;

	for (int m = 0; m < 128; m++)
		square[m] = look_up(table, spec, m << shift, m << shift);
	*square_shift = 2 * shift;
}
