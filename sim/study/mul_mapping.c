#include "study/mul_mapping.h"

#include <string.h>

#include "arith/product.h"

/* How often each table operand occurs if every code occurs once; for affine, every operand. */
static void count_operands(enum cas_mapping mapping, int is_signed, uint64_t count[256])
{
	memset(count, 0, 256 * sizeof(*count));
	for (int code = 0; code < 256; code++)
		if (mapping == CAS_AFFINE)
			count[code]++;
		else if (!is_signed || code != 128)
			count[cas_product_operand((enum cas_product_mapping)mapping, is_signed, (uint8_t)code)]++;
}

void cas_mul_mapping_histogram(enum cas_mapping mapping, int signed_activation,
	uint64_t histogram[CAS_MUL8U_PAIRS])
{
	uint64_t a[256], b[256];

	count_operands(mapping, signed_activation, a);
	count_operands(mapping, 1, b);
	for (uint32_t i = 0; i < CAS_MUL8U_PAIRS; i++)
		histogram[i] = a[i >> 8] * b[i & 255];
}

int cas_mul_mapping_fits(enum cas_mapping mapping, int is_signed)
{
	return (mapping == CAS_SIGNED) == (is_signed != 0);
}
