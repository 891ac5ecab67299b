#include "study/mul_mapping.h"

#include <string.h>

/* Table operand and weight of each code's magnitude; returns how many there are. */
static int operands(enum cas_mapping mapping, int is_signed, uint8_t value[256], uint64_t count[256])
{
	int n = is_signed && mapping != CAS_AFFINE ? 128 : 256, i;

	for (i = 0; i < n; i++) {
		value[i] = (uint8_t)(n == 128 && mapping == CAS_SIGN_MAGNITUDE_ALIGNED ? 2 * i : i);
		count[i] = n == 128 && i > 0 ? 2 : 1;
	}
	return n;
}

void cas_mul_mapping_histogram(enum cas_mapping mapping, int signed_activation,
	uint64_t histogram[CAS_MUL8U_PAIRS])
{
	uint8_t a[256], b[256];
	uint64_t a_count[256], b_count[256];
	int a_codes = operands(mapping, signed_activation, a, a_count);
	int b_codes = operands(mapping, 1, b, b_count), i, j;

	memset(histogram, 0, CAS_MUL8U_PAIRS * sizeof(*histogram));
	for (i = 0; i < a_codes; i++)
		for (j = 0; j < b_codes; j++)
			histogram[cas_mul8u_index(a[i], b[j])] = a_count[i] * b_count[j];
}
