/* Error figures that somebody states for a multiplier, as printed, and their comparison with the
 * figures of the table. */
#ifndef CAS_ARITH_MUL8U_CLAIMS_H
#define CAS_ARITH_MUL8U_CLAIMS_H

#include "arith/mul8u_metrics.h"

/* Each number is kept as the text that was printed ("0.0053", "55767.68e2"), because its digits
 * say how it was rounded.  An empty text: not stated.  `_pct`: percent; mae_pct and wce_pct are
 * percent of 65,536. */
struct cas_mul_claims {
	char mae[16], wce[16], mse[16];
	char mae_pct[16], wce_pct[16], wcre_pct[16], ep_pct[16], mre_pct[16];
};

/* Agreement means: no further from the printed number than half a unit of its last printed digit
 * (plus 1e-9 of that, for binary fractions that lie on the boundary).
 * Errors: CAS_MISMATCH, naming the first figure that disagrees, the claim and the true value;
 * CAS_INPUT if a text is no decimal number. */
cas_status cas_mul_claims_check(const struct cas_mul_claims *claims,
	const struct cas_mul_metrics *metrics, struct cas_err *err);

#endif
