/* The data set that the project makes itself: 28 x 28 grey digits, light on dark, drawn from pen
 * strokes and then distorted, so that everything runs without a download.  docs/digits.md
 * describes it and shows how hard it is.
 */
#ifndef CAS_MODEL_DIGITS_H
#define CAS_MODEL_DIGITS_H

#include <signal.h>
#include <stdint.h>

#include "base/status.h"
#include "model/dataset.h"

enum {
	CAS_DIGITS_SIDE = 28,
	CAS_DIGITS_CLASSES = 10,
	CAS_DIGITS_TRAIN_SEED = 1, /* one seed for each use; none shares an image with another */
	CAS_DIGITS_VALIDATION_SEED = 2,
	CAS_DIGITS_TEST_SEED = 3,
	CAS_DIGITS_TRAIN_IMAGES = 60000, /* what the project's network was trained on */
	CAS_DIGITS_TEST_IMAGES = 10000,
};

/* Make images `first` .. `first + count - 1` of the endless set `seed`.
 * Image i and its label are a function of (seed, i) alone, the same on every machine: only
 * + - * / and sqrt of IEEE double are used, without fused operations, and pixels are rounded to
 * nearest (halves up).  Labels are drawn uniformly.
 * seed: any.  first >= 0, count >= 1, first + count <= 2^31 - 1.  threads >= 1: never changes an image.
 * set: overwritten; owns its memory (cas_dataset_clear); left empty after an error.
 * Errors: CAS_INPUT for a range outside the limits, CAS_ENV without memory, CAS_INTERRUPTED if *stop was set
 * (stop may be NULL). */
cas_status cas_digits_make(uint64_t seed, int first, int count, int threads,
	const volatile sig_atomic_t *stop, struct cas_dataset *set, struct cas_err *err);

#endif
