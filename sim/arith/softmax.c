#include "arith/softmax.h"

#include <math.h>

#include "arith/fixed.h"

cas_status cas_softmax_make(struct cas_softmax *softmax, double logit_scale, struct cas_err *err)
{
	if (!(logit_scale >= 0x1p-20 && logit_scale <= 1))
		return cas_err_set(err, CAS_INPUT, "a logit scale of %g is outside 2^-20..1", logit_scale);
	for (int d = 0; d < CAS_SOFTMAX_ENTRIES; d++) {
		double x = -d * logit_scale;

		softmax->exp[d] = x < -64 ? 0 : (uint8_t)floor(255 * cas_exp(x) + 0.5);
	}
	return CAS_OK;
}

/* Quotient of Q0.8, half up, at most 255. */
static uint8_t share(uint32_t e, uint32_t sum)
{
	uint32_t c = (256 * e + sum / 2) / sum;

	return (uint8_t)(c > 255 ? 255 : c);
}

void cas_softmax_apply(const struct cas_softmax *softmax, const int8_t *logits, int classes,
	uint8_t *coupling)
{
	int top = logits[0];
	uint32_t sum = 0;

	for (int j = 1; j < classes; j++)
		top = logits[j] > top ? logits[j] : top;
	for (int j = 0; j < classes; j++)
		sum += softmax->exp[top - logits[j]];
	for (int j = 0; j < classes; j++)
		coupling[j] = share(softmax->exp[top - logits[j]], sum);
}

uint8_t cas_softmax_uniform(int classes)
{
	return share(255, 255 * (uint32_t)classes);
}
