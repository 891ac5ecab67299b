/* Shared by check.c, check_regions.c and their test only. */
#ifndef CAPSACC_CHECK_INTERNAL_H
#define CAPSACC_CHECK_INTERNAL_H

#include "base/mem.h"
#include "check.h"
#include "engine/engine8_internal.h"

enum { COMPLAINTS = 12, REGIONS = 2 };

/* Bytes that a step must write to one memory. */
struct region {
	int memory;
	uint64_t addr;
	size_t bytes;
	const char *tensor;
	uint8_t *want; /* owned */
	uint8_t *seen; /* owned */
	uint64_t digest; /* of what was written, whatever the order */
};

struct check {
	const struct cas_network *net;
	const struct cas_accel *accel;
	const struct cas_program *program;
	const struct cas_engine8 *engine;
	struct cas_worker8 *worker;
	struct region (*region)[REGIONS];
	struct cas_tiles *tiles;
	struct check_step *step;
	uint64_t *cycles; /* of the image that runs; 0: the step has not ended */
	struct check_layer layer[CAS_MAX_LAYERS];
	int answer, images, complaints;
	struct cas_buf text;
};

/* What step i writes, with room for it; c->region[i] is freed by check_free, also after an error. */
cas_status check_add_regions(struct check *c, size_t i, struct cas_err *err);

#endif
