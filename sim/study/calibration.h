/* Bias calibrations that networks carry: what they were measured with, and whether a run may use them. */
#ifndef CAS_STUDY_CALIBRATION_H
#define CAS_STUDY_CALIBRATION_H

#include "base/status.h"
#include "model/network.h"
#include "study/eval.h"

/* Mapping and multipliers of a configuration in words; images is 0. */
cas_status cas_calibration_describe(const struct cas_run_config *config, struct cas_calibration *out,
	struct cas_err *err);

/* Errors: CAS_INPUT if the network carries a calibration that was measured with another mapping or other
 * multipliers than the configuration's (unless it says to leave it out), or if one is to be measured on
 * top of it. */
cas_status cas_calibration_check(const struct cas_run_config *config, const struct cas_network *net,
	struct cas_err *err);

/* Measure the calibration of an 8-bit network (config: multipliers, mapping, widths) on `images` training
 * images and put it into the network.
 * Errors: as those of a run. */
cas_status cas_calibration_store(const struct cas_run_config *config, int images, struct cas_network *net,
	const struct cas_progress *progress, struct cas_err *err);

#endif
