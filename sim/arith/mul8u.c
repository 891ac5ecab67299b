#include "arith/mul8u.h"

#include <assert.h>
#include <string.h>

void cas_mul8u_transform(const struct cas_mul8u *from, int swap, int zero_gating,
	struct cas_mul8u *to)
{
	uint32_t i;

	assert(to != from);
	memcpy(to->name, from->name, sizeof(to->name));
	to->is_signed = from->is_signed;
	for (i = 0; i < CAS_MUL8U_PAIRS; i++) {
		uint32_t source = swap ? (i & 255) << 8 | i >> 8 : i;
		int zero = i >> 8 == 0 || (i & 255) == 0;

		to->product[i] = zero_gating && zero ? 0 : from->product[source];
	}
}

void cas_mul8u_from_bytes(struct cas_mul8u *mul, const uint8_t bytes[CAS_MUL8U_BYTES])
{
	uint32_t i;

	for (i = 0; i < CAS_MUL8U_PAIRS; i++)
		mul->product[i] = (uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
}

void cas_mul8u_to_bytes(const struct cas_mul8u *mul, uint8_t bytes[CAS_MUL8U_BYTES])
{
	uint32_t i;

	for (i = 0; i < CAS_MUL8U_PAIRS; i++) {
		bytes[2 * i] = (uint8_t)(mul->product[i] & 255);
		bytes[2 * i + 1] = (uint8_t)(mul->product[i] >> 8);
	}
}
