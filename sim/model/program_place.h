/* Where tensors live while a network is lowered: the data buffer's map, DRAM, spills.  Used by
 * program.c alone.  Rules: docs/timing.md section 6.
 *
 * Tensor i + 1 is the output of layer i; tensor 0 is the network's input.
 */
#ifndef CAS_MODEL_PROGRAM_PLACE_H
#define CAS_MODEL_PROGRAM_PLACE_H

#include <stdint.h>

#include "base/status.h"
#include "model/program.h"

struct cas_tensor_place {
	uint64_t bytes;
	uint64_t addr;      /* in the data buffer, where in_buffer */
	uint64_t dram_addr; /* relative to the end of the weights until cas_lowering_finish */
	int in_buffer, in_dram;
	int last_use;       /* last layer that reads it; the network's result: beyond the last layer */
};

struct cas_lowering {
	struct cas_program *program;
	const struct cas_network *net;
	const struct cas_accel *accel;
	size_t room;        /* steps allocated */
	int patches;        /* the input was laid out as patches */
	uint64_t dram_used; /* activations in DRAM */
	struct cas_tensor_place place[CAS_MAX_LAYERS + 1];
};

struct cas_rows {
	int first, count;
};

uint64_t cas_shape_bytes(const struct cas_shape *shape);

/* Sizes, last uses, and whether the input becomes patches. */
void cas_lowering_init(struct cas_lowering *lw, struct cas_program *program,
	const struct cas_network *net, const struct cas_accel *accel);

cas_status cas_lowering_add(struct cas_lowering *lw, const struct cas_step *step,
	struct cas_err *err);

/* Add a LOAD or STORE of `bytes` of tensor `tensor` + 1 (-1: the network's input), on account of
 * `layer`; addresses in the data buffer and in DRAM. */
cas_status cas_lowering_move(struct cas_lowering *lw, enum cas_step_kind kind, int tensor, int layer,
	uint64_t addr, uint64_t dram_addr, uint64_t bytes, struct cas_err *err);

/* Bring a layer's inputs into the data buffer and find room for its output, with LOAD and STORE steps
 * as needed.  *band: 0, or cas_lowering_band because they do not fit together; then all are in DRAM only.
 * Errors: CAS_INPUT if it cannot be done. */
cas_status cas_lowering_place(struct cas_lowering *lw, int layer, int *band, struct cas_err *err);

/* Check the sizes of a routing layer's votes, logits, coupling and v, and note their peaks. */
cas_status cas_lowering_routing_buffers(struct cas_lowering *lw, int layer, int iterations,
	struct cas_err *err);

/* A step of a layer, named after it, `what` and the routing iteration (0: none); `what` may be "". */
struct cas_step cas_lowering_step(const struct cas_lowering *lw, int layer, enum cas_step_kind kind,
	const char *what, int iteration);

/* The squash of capsules that lie at `addr`, in place: a capsule is read before it is written. */
struct cas_step cas_lowering_squash(const struct cas_lowering *lw, int layer, int caps, uint64_t addr,
	int iteration);

/* Restrict a convolution to output rows first .. first + count - 1. */
void cas_lowering_set_rows(const struct cas_lowering *lw, struct cas_step *s, int first, int count);

/* Words of a layer's weights: column blocks times terms, each row of a block one word; and their
 * address in DRAM once reserved. */
uint64_t cas_lowering_words(const struct cas_program *program, uint64_t terms, uint64_t n);
uint64_t cas_lowering_reserve_weights(struct cas_lowering *lw, uint64_t words);

/* Errors: CAS_INPUT if the weight buffer is smaller than the layer's largest tile. */
cas_status cas_lowering_check_weights(const struct cas_lowering *lw, int layer, int k_per_group,
	struct cas_err *err);

/* Add the steps of classcaps or convcaps3d (program_routing.c). */
cas_status cas_lowering_routing(struct cas_lowering *lw, int layer, struct cas_err *err);

/* Forget tensors that no layer after `layer` reads. */
void cas_lowering_release(struct cas_lowering *lw, int layer);

/* Put activations behind the weights in DRAM. */
void cas_lowering_finish(struct cas_lowering *lw);

/* What of a layer is computed at a time if the whole does not fit the data buffer: output rows (convolutions,
 * pools), bytes of each map (add, concat); 0 if not even one does or the kind cannot be split.  *need: the
 * bytes that this takes, or, if it is 0 for want of room, that one row takes; else left alone. */
int cas_lowering_band(const struct cas_lowering *lw, const struct cas_layer *l, uint64_t *need);

/* Input rows that output rows first .. first + count - 1 read, padding left out. */
struct cas_rows cas_band_rows(const struct cas_layer *layer, int first, int count);

#endif
