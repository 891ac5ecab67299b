#ifndef CAS_STUDY_MUL_SIGNED_H
#define CAS_STUDY_MUL_SIGNED_H

#include "arith/mul8u_metrics.h"

/* Metrics of a signed table over -128..127 squared: codes are two's complement, index
 * ((uint8_t)a << 8) | (uint8_t)b, and the product int16_t.  Relative errors are by |exact|, over the
 * pairs with both operands non-zero. */
void cas_mul_signed_metrics(const uint16_t product[CAS_MUL8U_PAIRS], struct cas_mul_metrics *out);

/* The same table in sign-and-magnitude form, in place: T[|a|][|b|] = f(|a|, |b|) for magnitudes up to
 * 127 (a negative one becomes 0), and the exact product for pairs with a larger operand, which a
 * signed multiplier cannot be given.
 * Deviation: a signed circuit may err differently for negative operands; the array's
 * sign-and-magnitude mapping never shows them to it. */
void cas_mul_signed_to_magnitude(struct cas_mul8u *mul);

#endif
