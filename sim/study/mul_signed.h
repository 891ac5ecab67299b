/* Signed 8x8 multipliers in sign-and-magnitude form. */
#ifndef CAS_STUDY_MUL_SIGNED_H
#define CAS_STUDY_MUL_SIGNED_H

#include "arith/mul8u.h"

/* A signed table in sign-and-magnitude form, in place; it is then an unsigned one: T[|a|][|b|] =
 * f(|a|, |b|) for magnitudes up to 127 (a negative one becomes 0), and the exact product for pairs with
 * a larger operand, which a signed multiplier cannot be given.
 * Deviation: a signed circuit may err differently for negative operands; the array's
 * sign-and-magnitude mapping never shows them to it. */
void cas_mul_signed_to_magnitude(struct cas_mul8u *mul);

#endif
