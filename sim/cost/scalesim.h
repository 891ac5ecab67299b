/* SCALE-Sim (v3) cycle counts in closed form, for one matrix product and for a network.
 *
 * They stand beside the cycle model as an independent simulator's opinion.  Normative text:
 * docs/nascaps.md section 5, with what the forms leave out (cas_scalesim_leaves_out).
 */
#ifndef CAS_COST_SCALESIM_H
#define CAS_COST_SCALESIM_H

#include <stdint.h>

#include "base/status.h"
#include "model/network.h"

enum cas_scalesim_dataflow { CAS_SCALESIM_WS, CAS_SCALESIM_OS, CAS_SCALESIM_IS, CAS_SCALESIM_DATAFLOWS };

/* Compute cycles, stalls subtracted, of an M x K by K x N product on rows x cols PEs, as SCALE-Sim
 * prints them: the index of the last cycle, one below their number.
 *   WS ceil(K/R) ceil(N/C) (2R + C + M - 2) - 1
 *   OS ceil(M/R) ceil(N/C) ( R + C + K - 2) - 1
 *   IS ceil(K/R) ceil(M/C) (2R + C + N - 2) - 1
 * Any size.  Returns UINT64_MAX where the count does not fit, 0 if an argument is 0.
 * Source: fitted to 64 runs of SCALE-Sim v3; seven of them are in tests/data/scalesim.csv. */
uint64_t cas_scalesim_cycles(enum cas_scalesim_dataflow dataflow, uint64_t m, uint64_t n, uint64_t k,
	uint64_t rows, uint64_t cols);

/* `repeats` equal products of a layer and their cycles, each run from start to end on its own. */
struct cas_scalesim_step {
	char name[CAS_NAME_BYTES + 32]; /* layer, and its part: _votes, _sum, _update */
	uint64_t repeats, m, n, k;
	uint64_t macs;                           /* repeats * m * n * k */
	uint64_t cycles[CAS_SCALESIM_DATAFLOWS]; /* of all repeats */
};

/* Owned: cas_scalesim_result_clear. */
struct cas_scalesim_result {
	int rows, cols;
	int count;
	struct cas_scalesim_step *step;
	uint64_t macs;
	uint64_t cycles[CAS_SCALESIM_DATAFLOWS];
};

/* The matrix products of a network whose shapes are derived:
 *   conv2d, primarycaps  one, M = h_out w_out, K = k_h k_w c_in, N = c_out
 *   fc                   one, M = 1, K = inputs, N = outputs
 *   classcaps votes      caps_in of M = 1, K = dim_in, N = classes dim
 *             sum        iters * classes of M = 1, K = caps_in, N = dim
 *             update     (iters - 1) * classes of M = caps_in, K = dim, N = 1
 * `iterations` > 0 replaces the network's own count (1..CAS_MAX_ITERS).
 * Errors: CAS_INPUT for an empty array, a count beyond 64 bits, iterations out of range; CAS_ENV. */
cas_status cas_scalesim_network(struct cas_scalesim_result *out, const struct cas_network *net,
	int rows, int cols, int iterations, struct cas_err *err);

/* "ws", "os", "is"; and one sentence on what the forms leave out, ending in a full stop. */
const char *cas_scalesim_dataflow_name(enum cas_scalesim_dataflow dataflow);
const char *cas_scalesim_leaves_out(void);

/* May be called on a zeroed struct, and after a failure. */
void cas_scalesim_result_clear(struct cas_scalesim_result *result);

#endif
