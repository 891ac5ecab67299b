/* Shared by session.c and session_random.c only. */
#ifndef CAPSACC_SESSION_INTERNAL_H
#define CAPSACC_SESSION_INTERNAL_H

#include "arith/mul8u.h"
#include "base/mem.h"
#include "engine/engine8.h"
#include "session.h"
#include "study/eval.h"

struct session_private {
	struct cas_tables tables;
	int slots;
	const uint16_t *slot[RTL_TABLES];
	struct cas_eval_multipliers multipliers; /* configuration: owns the tables */
	struct cas_mul8u *loaded[RTL_TABLES];    /* random: owns the tables */
	void *weights[3 * CAS_MAX_LAYERS];       /* random: owns the network's arrays */
	int weight_arrays;
};

/* Lower, plan, time, encode: everything behind net, accel, tables, slots.  The seed of errors is the
 * library's own. */
cas_status session_prepare(struct session *s, const struct cas_run_config *calibrate, struct cas_err *err);
cas_status session_new(struct session **out, struct cas_err *err);

#endif
