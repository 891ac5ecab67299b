/* An 8x8-bit multiplier, exact or approximate, as the table of its 65,536 products. */
#ifndef CAS_ARITH_MUL8U_H
#define CAS_ARITH_MUL8U_H

#include <stdint.h>

#define CAS_MUL8U_PAIRS 65536
#define CAS_MUL8U_BYTES (2 * CAS_MUL8U_PAIRS)
#define CAS_MUL8U_NAME 32 /* with the NUL */

/* product[(a << 8) | b]: a is the first operand (the activation), b the second (the weight),
 * 0..255 each.  Approximate multipliers need not commute, and need not give 0 for a zero operand.
 * A signed multiplier (is_signed): a and b are the bytes of -128..127 in two's complement, and a product is
 * the word of an int16. */
struct cas_mul8u {
	char name[CAS_MUL8U_NAME];
	int is_signed;
	uint16_t product[CAS_MUL8U_PAIRS];
};

/* Index of the operand pair (a, b). */
static inline uint32_t cas_mul8u_index(uint8_t a, uint8_t b)
{
	return (uint32_t)a << 8 | b;
}

/* Exact product of the pair at `index` of an unsigned table, 0..65025. */
static inline uint32_t cas_mul8u_exact_at(uint32_t index)
{
	return (index >> 8) * (index & 255);
}

/* The same of a signed table, -16256..16384. */
static inline int32_t cas_mul8s_exact_at(uint32_t index)
{
	return ((int32_t)(index >> 8) - (index >> 15 ? 256 : 0)) *
		((int32_t)(index & 255) - (index & 128 ? 256 : 0));
}

/* Exact product of the pair at `index`, of a table of either kind. */
static inline int32_t cas_mul8u_wanted_at(const struct cas_mul8u *mul, uint32_t index)
{
	return mul->is_signed ? cas_mul8s_exact_at(index) : (int32_t)cas_mul8u_exact_at(index);
}

/* What the table gives, 0..65535 or (signed) -32768..32767. */
static inline int32_t cas_mul8u_value_at(const struct cas_mul8u *mul, uint32_t index)
{
	return mul->product[index] - (mul->is_signed && mul->product[index] > INT16_MAX ? 65536 : 0);
}

/* Error of the pair at `index`: approximate minus exact (ReD-CaNe eq. 2), -65025..65535. */
static inline int32_t cas_mul8u_error_at(const struct cas_mul8u *mul, uint32_t index)
{
	return cas_mul8u_value_at(mul, index) - cas_mul8u_wanted_at(mul, index);
}

/* The table as the array reads it, of the same kind.  With `swap`, the first index of `to` is the second operand of
 * `from`: to[a][b] = from[b][a].  With `zero_gating`, a product with a zero operand is 0, whatever
 * the table says (after swapping; the order makes no difference).  Neither set: a copy.
 * `to` must not be `from`. */
void cas_mul8u_transform(const struct cas_mul8u *from, int swap, int zero_gating,
	struct cas_mul8u *to);

/* Raw form: 65,536 little-endian uint16 in index order, on any machine. */
void cas_mul8u_from_bytes(struct cas_mul8u *mul, const uint8_t bytes[CAS_MUL8U_BYTES]);
void cas_mul8u_to_bytes(const struct cas_mul8u *mul, uint8_t bytes[CAS_MUL8U_BYTES]);

#endif
