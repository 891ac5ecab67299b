#include "study/mul_signed.h"

void cas_mul_signed_to_magnitude(struct cas_mul8u *mul)
{
	uint32_t i;

	mul->is_signed = 0;
	for (i = 0; i < CAS_MUL8U_PAIRS; i++) {
		/* A negative product of two positive operands has no sign-and-magnitude form: 0 is nearest. */
		if (i >> 8 < 128 && (i & 255) < 128)
			mul->product[i] = mul->product[i] < 32768 ? mul->product[i] : 0;
		else
			mul->product[i] = (uint16_t)cas_mul8u_exact_at(i);
	}
}
