/* Signed 8x8 multipliers: their metrics, and their sign-and-magnitude form. */
#include "study/mul_signed.h"

#include <stdlib.h>
#include <string.h>

static int32_t value_of(uint32_t code)
{
	return code < 128 ? (int32_t)code : (int32_t)code - 256;
}

void cas_mul_signed_metrics(const uint16_t product[CAS_MUL8U_PAIRS], struct cas_mul_metrics *out)
{
	uint32_t i, nonzero = 0;

	*out = (struct cas_mul_metrics){.zero_exact = 1, .symmetric = 1};
	for (i = 0; i < CAS_MUL8U_PAIRS; i++) {
		int32_t exact = value_of(i >> 8) * value_of(i & 255);
		int32_t got = product[i] < 32768 ? product[i] : (int32_t)product[i] - 65536;
		int32_t error = got - exact;
		uint32_t size = (uint32_t)abs(error);

		out->abs_sum += size;
		out->square_sum += (uint64_t)size * size;
		out->error_sum += error;
		out->wrong_pairs += error != 0;
		out->wce = size > out->wce ? size : out->wce;
		out->min_error = error < out->min_error || i == 0 ? error : out->min_error;
		out->max_error = error > out->max_error || i == 0 ? error : out->max_error;
		out->symmetric &= product[i] == product[(i & 255) << 8 | i >> 8];
		if (exact == 0) {
			out->zero_exact &= error == 0;
			continue;
		}
		nonzero++;
		out->mre += (double)size / abs(exact);
		if ((double)size / abs(exact) > out->wcre)
			out->wcre = (double)size / abs(exact);
	}
	out->mae = (double)out->abs_sum / CAS_MUL8U_PAIRS;
	out->mse = (double)out->square_sum / CAS_MUL8U_PAIRS;
	out->ep = (double)out->wrong_pairs / CAS_MUL8U_PAIRS;
	out->mre /= nonzero;
}

void cas_mul_signed_to_magnitude(struct cas_mul8u *mul)
{
	uint32_t i;

	for (i = 0; i < CAS_MUL8U_PAIRS; i++) {
		/* A negative product of two positive operands has no sign-and-magnitude form: 0 is nearest. */
		if (i >> 8 < 128 && (i & 255) < 128)
			mul->product[i] = mul->product[i] < 32768 ? mul->product[i] : 0;
		else
			mul->product[i] = (uint16_t)cas_mul8u_exact_at(i);
	}
}
