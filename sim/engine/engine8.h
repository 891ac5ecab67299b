/* The 8-bit engine: a whole inference word by word as the hardware computes it (docs/numerics.md).
 *
 * Use: _plan once (checks everything, packs weights), one cas_worker8 per thread, _run per image.
 * The engine is immutable while it runs; workers hold all that changes.
 */
#ifndef CAS_ENGINE_ENGINE8_H
#define CAS_ENGINE_ENGINE8_H

#include <signal.h>

#include "base/status.h"
#include "engine/matmul.h"
#include "engine/tap.h"
#include "model/accelerator.h"
#include "model/network.h"

/* Truth tables by layer and group: 65,536 products each, [first << 8 | second], never NULL where the
 * layer has the group (CAS_GROUP_LAYER of conv2d, primarycaps, fc; the others of capsule layers). */
struct cas_tables {
	const uint16_t *table[CAS_MAX_LAYERS][CAS_GROUPS];
};

struct cas_engine8_options {
	struct cas_numerics numerics;
	int rows;                  /* of the array: the order of sums when a width can overflow */
	uint8_t patches[CAS_MAX_LAYERS]; /* 1: the convolution's input is read as patches (one group) */
	enum cas_isa isa;
	int uncalibrated;          /* leave out the calibration that the network carries */
	int reference_only;        /* every sum by engine/reference.h */
};

struct cas_engine8;
struct cas_worker8;

/* net and tables' contents must outlive the engine.
 * Errors: CAS_INPUT (a scale out of range, a float network; names the layer), CAS_ENV (memory). */
cas_status cas_engine8_plan(struct cas_engine8 **out, const struct cas_network *net,
	const struct cas_tables *tables, const struct cas_engine8_options *options, struct cas_err *err);
void cas_engine8_free(struct cas_engine8 *engine);

/* Scratch memory of one thread.  Owned by the caller: cas_worker8_free. */
cas_status cas_worker8_new(struct cas_worker8 **out, const struct cas_engine8 *engine,
	struct cas_err *err);
void cas_worker8_free(struct cas_worker8 *worker);

/* Run one image: codes [h][w][c] of the network's input.  Returns the class (section 2).
 * Cannot fail, allocates nothing.  tap may be NULL. */
int cas_engine8_run(const struct cas_engine8 *engine, struct cas_worker8 *worker,
	const uint8_t *pixels, const struct cas_tap *tap);

/* Codes of a layer's result of the last image (bytes; sign as the layer's format says). */
const uint8_t *cas_worker8_result(const struct cas_worker8 *worker, int layer);

/* Additions cut by a width in a layer, over all images that this worker ran. */
uint64_t cas_worker8_overflows(const struct cas_worker8 *worker, int layer);

/* 1 if a width can cut some sum of the layer, whose sums are then added in the hardware's order (docs/numerics.md
 * section 5), which is slower.  Long sums, whose P can leave 32 bits, take that way too, but do not count here. */
int cas_engine8_is_exposed(const struct cas_engine8 *engine, int layer);

/* Run one image and add to histogram[x << 8 | y] how often group `group` of layer `layer` multiplied the
 * table operands x (first) and y (second): the operands that a network really feeds to a multiplier,
 * before swap_operands.  Does nothing where the layer has no such group.  Returns the class. */
int cas_engine8_count_operands(const struct cas_engine8 *engine, struct cas_worker8 *worker,
	const uint8_t *pixels, int layer, enum cas_group group, uint64_t histogram[65536]);

/* Measure the bias calibration q (docs/numerics.md section 4) on `images` images and put it in force;
 * at most once for an engine, and not with a network that carries one.
 * Errors: CAS_ENV (memory), CAS_INTERRUPTED. */
cas_status cas_engine8_calibrate_bias(struct cas_engine8 *engine, const uint8_t *pixels, int images,
	int threads, const volatile sig_atomic_t *stop, struct cas_err *err);

/* Copy the calibration that cas_engine8_calibrate_bias put in force into `net`, which owns it then (its
 * release frees layer[].calibration).
 * Errors: CAS_ENV without memory, CAS_INPUT if a correction leaves 32 bits. */
cas_status cas_engine8_store_calibration(const struct cas_engine8 *engine, struct cas_network *net,
	struct cas_err *err);

#endif
