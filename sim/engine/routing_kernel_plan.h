/* Inside of a routing plan, shared by routing_kernel.c and its kernels.  Not an interface. */
#ifndef CAS_ENGINE_ROUTING_KERNEL_PLAN_H
#define CAS_ENGINE_ROUTING_KERNEL_PLAN_H

#include "engine/matmul_plan.h"
#include "engine/routing_kernel.h"

struct cas_routing_kernel {
	const struct cas_product *sum, *update;
	enum cas_mm_kernel kernel;          /* portable or AVX-512 */
	struct cas_row_tables *sum_rows;    /* by coupling coefficient, over votes */
	struct cas_row_tables *update_rows; /* by v, over votes: the columns of `update` */
};

void cas_rk_sum_portable(const struct cas_routing_kernel *rk, const uint8_t *coupling, const int8_t *votes,
	int caps, int classes, int dim, int32_t *acc);
void cas_rk_sum_avx512(const struct cas_routing_kernel *rk, const uint8_t *coupling, const int8_t *votes,
	int caps, int classes, int dim, int32_t *acc);
void cas_rk_update_portable(const struct cas_routing_kernel *rk, const int8_t *votes, const int8_t *v,
	int caps, int classes, int dim, int32_t *acc);
void cas_rk_update_avx512(const struct cas_routing_kernel *rk, const int8_t *votes, const int8_t *v,
	int caps, int classes, int dim, int32_t *acc);

#endif
