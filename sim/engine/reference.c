#include "engine/reference.h"

#include "arith/fixed.h"

/* N of section 5. */
static int64_t narrow(int64_t x, int bits, int saturate, uint64_t *overflows)
{
	int64_t top = (INT64_C(1) << (bits - 1)) - 1;

	if (x >= -top - 1 && x <= top)
		return x;
	++*overflows;
	if (saturate)
		return x < 0 ? -top - 1 : top;
	return cas_wrap(x, bits);
}

int64_t cas_reference_sum(const struct cas_product *product, const struct cas_widths *widths,
	const struct cas_terms *terms, uint64_t *overflows)
{
	int64_t acc = 0, a_sum = 0, b_sum = 0;

	for (int g = 0; g < terms->groups; g++) {
		const uint8_t *a = terms->a + (size_t)g * terms->a_group;
		const uint8_t *w = terms->w + (size_t)g * terms->w_group;

		for (int first = 0; first < terms->len; first += widths->rows) {
			int64_t psum = 0;

			for (int t = first; t < terms->len && t < first + widths->rows; t++) {
				uint8_t x = a[(size_t)t * terms->a_step], y = w[(size_t)t * terms->w_step];

				psum = narrow(psum + product->array[x << 8 | y], widths->psum_bits,
					widths->saturate, overflows);
				a_sum += product->a_zero ? (int8_t)x + product->a_zero : x;
				b_sum -= product->w_zero ? (int8_t)y : y;
			}
			acc = narrow(acc + psum, widths->acc_bits, widths->saturate, overflows);
		}
	}
	return acc - product->w_zero * a_sum + product->a_zero * b_sum;
}
