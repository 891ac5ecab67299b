#include "arith/product.h"

#include <stdlib.h>

static int32_t look_up(const uint16_t *table, const struct cas_product_spec *spec, int a, int w)
{
	uint16_t word = spec->swap_operands ? table[w << 8 | a] : table[a << 8 | w];

	if (spec->zero_gating && (a == 0 || w == 0))
		return 0;
	return spec->mapping == CAS_MAP_SIGNED && word > INT16_MAX ? word - 65536 : word;
}

/* Signed or unsigned value of a byte. */
static int decode(int byte, int is_signed)
{
	return is_signed && byte > 127 ? byte - 256 : byte;
}

uint8_t cas_product_operand(enum cas_product_mapping mapping, int is_signed, uint8_t byte)
{
	int code = decode(byte, is_signed);

	if (code == -128)
		return 0;
	if (mapping == CAS_MAP_AFFINE)
		return (uint8_t)(is_signed ? code + 128 : code);
	if (mapping == CAS_MAP_SIGNED && is_signed)
		return byte;
	if (mapping == CAS_MAP_SIGNED)
		return (uint8_t)(code < 254 ? (code + 1) >> 1 : 127);
	return (uint8_t)(is_signed && mapping == CAS_MAP_ALIGNED ? abs(code) << 1 : abs(code));
}

static void entry(struct cas_product *p, const uint16_t *table, const struct cas_product_spec *spec,
	int a_byte, int w_byte)
{
	int x = cas_product_operand(spec->mapping, spec->a_signed, (uint8_t)a_byte);
	int y = cas_product_operand(spec->mapping, spec->w_signed, (uint8_t)w_byte);
	int32_t array = look_up(table, spec, x, y), value;

	if (spec->mapping == CAS_MAP_AFFINE) {
		/* P of docs/numerics.md section 3, one term of each sum */
		value = array - p->w_zero * x + p->a_zero * (p->w_zero - y);
	} else {
		if (spec->mapping != CAS_MAP_SIGNED && (decode(a_byte, spec->a_signed) < 0) !=
		    (decode(w_byte, spec->w_signed) < 0))
			array = -array;
		value = array;
	}
	p->array[a_byte << 8 | w_byte] = array;
	p->value[a_byte << 8 | w_byte] = value;
	p->array_max = abs(array) > p->array_max ? abs(array) : p->array_max;
	p->value_max = abs(value) > p->value_max ? abs(value) : p->value_max;
}

/* e of docs/numerics.md section 3. */
static int doublings(const struct cas_product_spec *spec)
{
	switch (spec->mapping) {
	case CAS_MAP_ALIGNED: return spec->a_signed + spec->w_signed;
	case CAS_MAP_SIGNED:  return spec->a_signed + spec->w_signed - 2;
	default:              return 0;
	}
}

void cas_product_make(struct cas_product *p, const uint16_t *table, const struct cas_product_spec *spec)
{
	int affine = spec->mapping == CAS_MAP_AFFINE;

	*p = (struct cas_product){
		.shift = doublings(spec),
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

	for (int m = 0; m < 128; m++) {
		square[m] = look_up(table, spec, m << shift, m << shift);
		square[m] = square[m] > 0 ? square[m] : 0;
	}
	*square_shift = 2 * shift;
}
