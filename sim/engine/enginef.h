/* The float32 reference engine: the same networks in real numbers (docs/numerics.md section 10).
 * Works on float networks and, with the weights' scale applied, on 8-bit ones. */
#ifndef CAS_ENGINE_ENGINEF_H
#define CAS_ENGINE_ENGINEF_H

#include "base/status.h"
#include "engine/tap.h"
#include "model/network.h"

struct cas_enginef;
struct cas_workerf;

/* iterations: of routing, 0 as the network says.  net must outlive the engine.
 * Errors: CAS_ENV (memory). */
cas_status cas_enginef_plan(struct cas_enginef **out, const struct cas_network *net, int iterations,
	struct cas_err *err);
void cas_enginef_free(struct cas_enginef *engine);

/* Scratch memory of one thread.  Owned by the caller: cas_workerf_free. */
cas_status cas_workerf_new(struct cas_workerf **out, const struct cas_enginef *engine,
	struct cas_err *err);
void cas_workerf_free(struct cas_workerf *worker);

/* Run one image: pixel codes [h][w][c], real = code * input scale.  Returns the class: the longest
 * capsule, or the largest output; the lowest index wins a tie.  The tap may change what it sees. */
int cas_enginef_run(const struct cas_enginef *engine, struct cas_workerf *worker,
	const uint8_t *pixels, const struct cas_tap *tap);

/* Values of a layer's result of the last image. */
const float *cas_workerf_result(const struct cas_workerf *worker, int layer);

#endif
