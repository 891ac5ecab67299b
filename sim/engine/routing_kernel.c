#include "engine/routing_kernel.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/routing_kernel_plan.h"

/* Rows of the columns: first and second operand exchanged. */
static cas_status column_tables(struct cas_row_tables **out, const struct cas_product *product,
	struct cas_err *err)
{
	struct cas_product *turned;
	cas_status status = cas_mem_new((void **)&turned, 1, sizeof *turned, err);

	if (status)
		return status;
	for (int a = 0; a < 256; a++)
		for (int w = 0; w < 256; w++)
			turned->value[w << 8 | a] = product->value[a << 8 | w];
	status = cas_row_tables_new(out, turned, 0, err);
	free(turned);
	return status;
}

cas_status cas_routing_kernel_plan(struct cas_routing_kernel **out, const struct cas_product *sum,
	const struct cas_product *update, enum cas_isa isa, struct cas_err *err)
{
	struct cas_routing_kernel *rk;
	cas_status status = cas_mem_new((void **)&rk, 1, sizeof *rk, err);

	if (status)
		return status;
	*rk = (struct cas_routing_kernel){.sum = sum, .update = update};
	if (cas_mm_choose(isa) == CAS_MM_AVX512) { /* gathers of AVX2 are slower than the portable loop */
		rk->kernel = CAS_MM_AVX512;
		status = cas_row_tables_new(&rk->sum_rows, sum, 0, err);
		if (!status)
			status = column_tables(&rk->update_rows, update, err);
		if (status) {
			cas_routing_kernel_free(rk);
			return status;
		}
	}
	*out = rk;
	return CAS_OK;
}

void cas_rk_sum_portable(const struct cas_routing_kernel *rk, const uint8_t *coupling, const int8_t *votes,
	int caps, int classes, int dim, int32_t *acc)
{
	memset(acc, 0, (size_t)classes * (size_t)dim * sizeof *acc);
	for (int i = 0; i < caps; i++) {
		int32_t *out = acc;

		for (int j = 0; j < classes; j++, out += dim, votes += dim) {
			const int32_t *row = rk->sum->value + (*coupling++ << 8);

			for (int d = 0; d < dim; d++)
				out[d] += row[(uint8_t)votes[d]];
		}
	}
}

void cas_rk_update_portable(const struct cas_routing_kernel *rk, const int8_t *votes, const int8_t *v,
	int caps, int classes, int dim, int32_t *acc)
{
	for (int i = 0; i < caps; i++)
		for (int j = 0; j < classes; j++, votes += dim) {
			const int8_t *vj = v + (size_t)j * (size_t)dim;
			int32_t sum = 0;

			for (int d = 0; d < dim; d++)
				sum += rk->update->value[(uint8_t)votes[d] << 8 | (uint8_t)vj[d]];
			*acc++ = sum;
		}
}

void cas_routing_sum(const struct cas_routing_kernel *rk, const uint8_t *coupling, const int8_t *votes,
	int caps, int classes, int dim, int32_t *acc)
{
	if (rk->kernel == CAS_MM_AVX512 && rk->sum_rows)
		cas_rk_sum_avx512(rk, coupling, votes, caps, classes, dim, acc);
	else
		cas_rk_sum_portable(rk, coupling, votes, caps, classes, dim, acc);
}

void cas_routing_update(const struct cas_routing_kernel *rk, const int8_t *votes, const int8_t *v,
	int caps, int classes, int dim, int32_t *acc)
{
	if (rk->kernel == CAS_MM_AVX512 && rk->update_rows)
		cas_rk_update_avx512(rk, votes, v, caps, classes, dim, acc);
	else
		cas_rk_update_portable(rk, votes, v, caps, classes, dim, acc);
}

const char *cas_routing_kernel_name(const struct cas_routing_kernel *rk)
{
	return cas_mm_name(rk->kernel);
}

void cas_routing_kernel_free(struct cas_routing_kernel *rk)
{
	if (rk) {
		free(rk->sum_rows);
		free(rk->update_rows);
	}
	free(rk);
}

#if !defined(__x86_64__)
void cas_rk_sum_avx512(const struct cas_routing_kernel *rk, const uint8_t *coupling, const int8_t *votes,
	int caps, int classes, int dim, int32_t *acc)
{
	cas_rk_sum_portable(rk, coupling, votes, caps, classes, dim, acc);
}

void cas_rk_update_avx512(const struct cas_routing_kernel *rk, const int8_t *votes, const int8_t *v,
	int caps, int classes, int dim, int32_t *acc)
{
	cas_rk_update_portable(rk, votes, v, caps, classes, dim, acc);
}
#endif
