/* One configuration ready to run: bits from the 8-bit engine, cycles from the cost model.  What the TLM target
 * is made of; knows nothing of SystemC.
 */
#ifndef CAPSACC_INFERENCE_H
#define CAPSACC_INFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct inference {
	size_t image_bytes;  /* [h][w][c] of the network's input, a byte each */
	size_t result_bytes; /* the last layer's codes: class capsules [class][element] */
	int classes;
	uint64_t cycles;     /* of one inference; does not depend on the image */
	double clock_mhz;
	struct inference_private *own;
};

/* The run that `path` and `overrides` ("key=value") describe, as `capsacc-sim run` has it.  Files of the project
 * are looked for as cas_home_find says.  Errors: CAS_INPUT, CAS_ENV. */
cas_status inference_open(struct inference **out, const char *path, const char *const *overrides, size_t count,
	struct cas_err *err);
void inference_close(struct inference *inference);

/* Run an image [image_bytes]; the result's codes go to result [result_bytes].  Returns the class. */
int inference_run(struct inference *inference, const uint8_t *image, uint8_t *result);

/* The configuration's first `count` images [count][image_bytes] and their labels [count], for software that feeds
 * the accelerator; both are the caller's (free).  Errors: CAS_INPUT, CAS_ENV. */
cas_status inference_images(const struct inference *inference, int count, uint8_t **pixels, uint8_t **labels,
	struct cas_err *err);

#ifdef __cplusplus
}
#endif

#endif
