/* From a float32 network to the 8-bit one, by ranges seen on calibration images (post-training
 * quantisation; docs/numerics.md section 11). */
#ifndef CAS_STUDY_QUANTIZE_H
#define CAS_STUDY_QUANTIZE_H

#include <signal.h>
#include <stdint.h>

#include "base/status.h"
#include "model/network.h"

/* Percentiles of |x|, in percent, above 50 to 100; 100 is the maximum (min-max calibration). */
struct cas_quantize_options {
	double weight_percentile;
	double result_percentile; /* results, votes, weighted sums, logits */
	double pre_percentile;    /* primary capsules before the squash */
	int threads;
	const volatile sig_atomic_t *stop; /* may be NULL */
};

/* Maximum everywhere, 99.99 before the primary capsules' squash; one thread. */
struct cas_quantize_options cas_quantize_options_default(void);

/* `net` is a float network; `pixels` are `images` calibration images [images][h][w][c].  `out` is the
 * caller's (cas_network_clear) and owns its weights.
 * Errors: CAS_INPUT (net is 8-bit already, no images, a tensor that is all zero; names the layer),
 * CAS_ENV, CAS_INTERRUPTED. */
cas_status cas_quantize(struct cas_network *out, const struct cas_network *net,
	const uint8_t *pixels, int images, const struct cas_quantize_options *options,
	struct cas_err *err);

#endif
