#include "arith/squash.h"

#include <math.h>

#include "arith/fixed.h"

/* Real coefficient, in result codes per code of s, for a root index; at the middle of its bin. */
static double coefficient(double s_scale, int index_shift, int index)
{
	double bin = (double)(1 << index_shift);
	double norm = (index * bin + (bin - 1) / 2) / 2 * s_scale;

	return s_scale * norm / (1 + norm * norm) * 128;
}

cas_status cas_squash_make(struct cas_squash *squash, double s_scale, int dim, struct cas_err *err)
{
	double top = 0;

	if (dim < 1 || dim > CAS_CAPSULE_DIM_MAX)
		return cas_err_set(err, CAS_INPUT, "a capsule of %d elements is outside 1..%d", dim,
			CAS_CAPSULE_DIM_MAX);
	if (!(s_scale >= 0x1p-30 && s_scale <= 0x1p10))
		return cas_err_set(err, CAS_INPUT, "a squash input scale of %g is outside 2^-30..2^10", s_scale);
	squash->index_shift = 0;
	while ((cas_isqrt(4u * (uint32_t)dim * 127 * 127) >> squash->index_shift) >= CAS_SQUASH_ENTRIES)
		squash->index_shift++;
	for (int i = 0; i < CAS_SQUASH_ENTRIES; i++)
		top = fmax(top, coefficient(s_scale, squash->index_shift, i));
	squash->shift = 0;
	while (squash->shift < 30 && floor(top * (double)(1u << (squash->shift + 1)) + 0.5) <= 65535)
		squash->shift++;
	for (int i = 0; i < CAS_SQUASH_ENTRIES; i++) {
		double coef = floor(coefficient(s_scale, squash->index_shift, i) *
			(double)(1u << squash->shift) + 0.5);

		squash->coef[i] = (uint16_t)fmin(coef, 65535);
	}
	return CAS_OK;
}

void cas_squash_apply(const struct cas_squash *squash, const int32_t square[128], int square_shift,
	const int8_t *s, int dim, int8_t *v)
{
	struct cas_requant rq = {.shift = squash->shift, .lo = -127, .hi = 127};
	uint32_t sum = 0, index;

	for (int d = 0; d < dim; d++)
		sum += (uint32_t)square[s[d] < 0 ? -s[d] : s[d]];
	index = cas_isqrt(4 * (sum >> square_shift)) >> squash->index_shift;
	rq.mult = squash->coef[index < CAS_SQUASH_ENTRIES ? index : CAS_SQUASH_ENTRIES - 1];
	for (int d = 0; d < dim; d++)
		v[d] = (int8_t)cas_requant_apply(&rq, s[d]);
}
