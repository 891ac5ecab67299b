/* Plots of a multiplier's error through gnuplot: ReD-CaNe's Fig. 6, and a heat map.  The file's ending
 * says whether SVG or PNG.
 */
#ifndef CAS_REPORT_MUL_PLOT_H
#define CAS_REPORT_MUL_PLOT_H

#include <signal.h>

#include "base/status.h"
#include "study/mul_distribution.h"

/* Histogram of errors[fit->samples] (sorted, as cas_mul_distribution_fit leaves them) in at most 100
 * bins of whole numbers, with the fitted Gaussian over it.  `path` is written whole or not at all.
 * Errors: CAS_INPUT if it ends in neither .svg nor .png; CAS_ENV without gnuplot, or if it fails or the
 * file cannot be written; CAS_INTERRUPTED once *stop (may be NULL) is set. */
cas_status cas_mul_plot_histogram(const char *name, const int32_t *errors,
	const struct cas_mul_distribution *fit, const char *path, const volatile sig_atomic_t *stop,
	struct cas_err *err);

/* Mean error (approximate - exact) of blocks of 4x4 operand pairs as colours, blue below zero, red
 * above, white at zero; scaled to the largest mean.  First operand to the right, second upwards.
 * Errors: as above. */
cas_status cas_mul_plot_heat_map(const struct cas_mul8u *mul, const char *path,
	const volatile sig_atomic_t *stop, struct cas_err *err);

#endif
