/* Sums of table products of routing, where both operands are computed (docs/numerics.md section 9):
 * s[j][d] = sum over i of c[i][j] votes[i][j][d] and delta[i][j] = sum over d of votes[i][j][d] v[j][d].
 *
 * As in matmul.h all kernels give the same words, and the caller has checked that no sum can
 * overflow (caps * value_max and dim * value_max below 2^31).
 */
#ifndef CAS_ENGINE_ROUTING_KERNEL_H
#define CAS_ENGINE_ROUTING_KERNEL_H

#include <stdint.h>

#include "arith/product.h"
#include "base/status.h"
#include "engine/matmul.h"

struct cas_routing_kernel; /* immutable after _plan, may be shared by threads */

/* sum: products of (coupling u8, vote s8); update: of (vote s8, v s8).  Both must outlive the
 * result.  An isa that the machine lacks falls back.  Errors: CAS_ENV (memory). */
cas_status cas_routing_kernel_plan(struct cas_routing_kernel **out, const struct cas_product *sum,
	const struct cas_product *update, enum cas_isa isa, struct cas_err *err);

/* coupling [caps][classes] u8, votes [caps][classes][dim] s8 -> acc [classes][dim], overwritten.
 * Cannot fail, allocates nothing. */
void cas_routing_sum(const struct cas_routing_kernel *rk, const uint8_t *coupling, const int8_t *votes,
	int caps, int classes, int dim, int32_t *acc);

/* votes as above, v [classes][dim] s8 -> acc [caps][classes], overwritten.  Cannot fail, allocates
 * nothing. */
void cas_routing_update(const struct cas_routing_kernel *rk, const int8_t *votes, const int8_t *v,
	int caps, int classes, int dim, int32_t *acc);

/* "portable", "avx512-vbmi" */
const char *cas_routing_kernel_name(const struct cas_routing_kernel *rk);

void cas_routing_kernel_free(struct cas_routing_kernel *rk);

#endif
