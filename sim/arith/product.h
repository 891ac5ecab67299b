/* From a multiplier's truth table to the product of two codes; docs/numerics.md section 3.
 *
 * A code is a byte: unsigned 0..255 or signed -127..127 in two's complement.  The operand mapping
 * decides which table entry a pair of codes uses and what its product is worth.
 */
#ifndef CAS_ARITH_PRODUCT_H
#define CAS_ARITH_PRODUCT_H

#include <stdint.h>

/* Same order as enum cas_mapping of model/accelerator.h. */
enum cas_product_mapping { CAS_MAP_SIGN_MAGNITUDE, CAS_MAP_ALIGNED, CAS_MAP_AFFINE, CAS_MAP_SIGNED };

struct cas_product_spec {
	enum cas_product_mapping mapping;
	int a_signed, w_signed; /* first operand (activation), second (weight) */
	int swap_operands;      /* look up T[w][a] */
	int zero_gating;        /* T[0][x], T[x][0] read as 0 */
};

/* Indexed by the bytes of the two codes, [a << 8 | w].  Entries for the byte -128 are 0. */
struct cas_product {
	int32_t value[65536]; /* product in units of 2^-shift a w, corrections of `affine` included */
	int32_t array[65536]; /* what the PE adds: signed product, or the bare table entry (affine) */
	int shift;            /* e: doublings of the scale by `aligned` (0, 1, 2), halvings by `signed` (0, -1, -2) */
	int a_zero, w_zero;   /* zero points of `affine` (0 or 128), else 0 */
	int32_t value_max;    /* largest |value| */
	int32_t array_max;    /* largest |array| */
};

/* table: 65,536 products [first << 8 | second]; for `signed` int16 of a signed multiplier, by the operands'
 * two's complement bytes. */
void cas_product_make(struct cas_product *product, const uint16_t *table,
	const struct cas_product_spec *spec);

/* The table operand (0..255; `signed`: a two's complement byte) that a code's byte becomes; 0 for the byte
 * -128 of a signed tensor. */
uint8_t cas_product_operand(enum cas_product_mapping mapping, int is_signed, uint8_t byte);

/* Products of magnitudes m * m for the squash unit, and the shift that takes their sum back to
 * units of q^2.  Magnitudes have no sign, so `affine` uses them as `sign_magnitude` does.
 * `signed` reads the table as int16, a negative square as 0. */
void cas_product_squares(const uint16_t *table, const struct cas_product_spec *spec,
	int32_t square[128], int *square_shift);

#endif
