/* Which operand pairs a mapping shows to the table (docs/numerics.md, operand mappings). */
#ifndef CAS_STUDY_MUL_MAPPING_H
#define CAS_STUDY_MUL_MAPPING_H

#include "arith/mul8u.h"
#include "model/accelerator.h"

/* Fill histogram[(a << 8) | b] with how often each pair of table operands occurs if every pair of an
 * activation code and a weight code occurs once.  Activation codes are -127..127 (`signed_activation`)
 * or 0..255, weight codes -127..127; for CAS_AFFINE both are 0..255 and `signed_activation` means
 * nothing; for CAS_SIGNED pairs are bytes, and an activation 0..255 is halved first.  A magnitude other than 0 counts twice, for its two signs.
 * The error is then that of the magnitude, a signed product's error having the product's sign; for
 * CAS_SIGNED it is the product's own. */
void cas_mul_mapping_histogram(enum cas_mapping mapping, int signed_activation,
	uint64_t histogram[CAS_MUL8U_PAIRS]);

/* Whether tables of signed (is_signed) or unsigned multipliers are what the mapping takes. */
int cas_mul_mapping_fits(enum cas_mapping mapping, int is_signed);

#endif
