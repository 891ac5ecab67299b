/* Plots of a multiplier's error as SVG, self-contained files: ReD-CaNe's Fig. 6, and a heat map. */
#ifndef CAS_REPORT_MUL_PLOT_H
#define CAS_REPORT_MUL_PLOT_H

#include "base/mem.h"
#include "study/mul_distribution.h"

#define CAS_MUL_PLOT_MAX_BYTES (4u << 20)

/* Histogram of errors[fit->samples] (sorted, as cas_mul_distribution_fit leaves them) in at most 100
 * bins of whole numbers, with the fitted Gaussian over it; appended. */
void cas_mul_plot_histogram(const char *name, const int32_t *errors,
	const struct cas_mul_distribution *fit, struct cas_buf *out);

/* Mean error (approximate - exact) of blocks of 4x4 operand pairs as colours, blue below zero, red
 * above, white at zero; scaled to the largest mean.  First operand to the right, second upwards. */
void cas_mul_plot_heat_map(const struct cas_mul8u *mul, struct cas_buf *out);

#endif
