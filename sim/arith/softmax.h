/* Integer softmax over the classes; docs/numerics.md section 8. */
#ifndef CAS_ARITH_SOFTMAX_H
#define CAS_ARITH_SOFTMAX_H

#include <stdint.h>

#include "base/status.h"

enum { CAS_SOFTMAX_ENTRIES = 256, CAS_SOFTMAX_MAX = 256 };

/* exp[d] = round(255 e^(-d * logit_scale)), d = maximum - logit in codes. */
struct cas_softmax {
	uint8_t exp[CAS_SOFTMAX_ENTRIES];
};

/* logit_scale: real size of one logit code.  Errors: CAS_INPUT if outside 2^-20..1. */
cas_status cas_softmax_make(struct cas_softmax *softmax, double logit_scale, struct cas_err *err);

/* `classes` (1..256) logits (-127..127) to coupling coefficients Q0.8 (0..255):
 * c = min(255, floor((256 e + floor(sum / 2)) / sum)). */
void cas_softmax_apply(const struct cas_softmax *softmax, const int8_t *logits, int classes,
	uint8_t *coupling);

/* What the unit gives for `classes` equal logits: the constant of a skipped first softmax. */
uint8_t cas_softmax_uniform(int classes);

#endif
