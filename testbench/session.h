/* One network on one accelerator, ready to be run by the RTL and by the C model: lowered, timed, encoded,
 * with images and a checker.  From a run's configuration, or random.
 */
#ifndef CAPSACC_SESSION_H
#define CAPSACC_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "check.h"
#include "encode.h"
#include "model/accelerator.h"
#include "model/network.h"
#include "model/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of stimulus that random sessions count. */
enum session_kind {
	SESSION_CONV, SESSION_PADDED, SESSION_STRIDED, SESSION_PATCHES, SESSION_FC, SESSION_BLOCKS, SESSION_REPLAY,
	SESSION_REFETCH, SESSION_CAPSULES, SESSION_CONVCAPS3D, SESSION_STRIDED_VOTES, SESSION_ADD, SESSION_CONCAT,
	SESSION_POOL_MAX, SESSION_POOL_AVERAGE, SESSION_POOL_PADDED, SESSION_CHAINED, SESSION_SOFTMAX_STEP, SESSION_FIRST_SOFTMAX,
	SESSION_SIGN_MAGNITUDE, SESSION_ALIGNED, SESSION_AFFINE, SESSION_SIGNED, SESSION_SLOW_MEMORY, SESSION_PART_BEATS,
	SESSION_APPROXIMATE, SESSION_POWER_OF_TWO, SESSION_NARROW_PSUM, SESSION_NARROW_ACC,
	/* additions that did not fit: known after a run, so session_kinds adds them */
	SESSION_WRAPPED, SESSION_SATURATED, SESSION_KINDS
};
const char *session_kind_name(enum session_kind kind);

struct session {
	struct cas_network net;
	struct cas_accel accel;
	struct cas_program program;
	struct cas_engine8 *engine;
	struct check *check;
	struct rtl_image image;
	uint8_t *dram;             /* program.dram_bytes; activations as the host wrote them */
	uint8_t *pixels;           /* [images][h][w][c] */
	int images;
	uint64_t kinds;            /* bit set of enum session_kind, as far as the plan tells */
	uint64_t model_cycles;
	struct session_private *own;
};

/* Bit set of enum session_kind, after check_begin. */
uint64_t session_kinds(const struct session *session);

/* What the multipliers' slots hold, for +mul=: up to RTL_TABLES tables one after the other, as the array
 * reads them (operands swapped, zero gated).  Errors: CAS_ENV. */
cas_status session_write_tables(const struct session *session, const char *path, struct cas_err *err);

/* The first `images` images of the run that `path` and `overrides` describe ("key=value").
 * Errors: CAS_INPUT, CAS_ENV; what the RTL does not do is named. */
cas_status session_open_config(struct session **out, const char *path, const char *const *overrides,
	size_t count, int images, struct cas_err *err);

/* A random small network, accelerator and memory for an array of rows x cols.  `table_set` chooses which
 * tables the slots hold and whether operands are swapped and zero gated: sessions of one simulation must agree in it.
 * Errors: CAS_ENV; CAS_INPUT where the sizes drawn do not fit (draw again with another seed). */
cas_status session_open_random(struct session **out, uint64_t seed, int rows, int cols, int table_set,
	struct cas_err *err);

void session_close(struct session *session);

#ifdef __cplusplus
}
#endif

#endif
