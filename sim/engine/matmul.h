/* Sums of table products: acc[m][n] = sum over k of value[a[m][k]][w[k][n]], exact in int32.
 *
 * The weights are known beforehand and packed once (`_plan`), then used for many activations.  All
 * kernels give the same words; which one runs depends on the machine and on `isa`, never the
 * result.  Only for sums that cannot overflow any width (docs/numerics.md section 5): the caller
 * checks; engine/reference.h computes the others.
 */
#ifndef CAS_ENGINE_MATMUL_H
#define CAS_ENGINE_MATMUL_H

#include <stddef.h>
#include <stdint.h>

#include "arith/product.h"
#include "base/status.h"

enum cas_isa {
	CAS_ISA_BEST,     /* the best that this machine has */
	CAS_ISA_PORTABLE,
	CAS_ISA_AVX2,
	CAS_ISA_AVX512,   /* F, BW, VL, VBMI, VNNI */
};

/* Activations of one product: row m is `groups` runs of group_len bytes, run g at
 * base[offset[m] + g * group_stride]; k = g * group_len + position in the run. */
struct cas_rows {
	const uint8_t *base;
	const uint32_t *offset; /* [m] */
	int m, groups, group_len;
	size_t group_stride;
};

struct cas_matmul; /* immutable after _plan, may be shared by threads */

/* w: codes [k][n], kept only during the call.  `product` must outlive the result; sums
 * of |value| of any terms that a run adds up must be below 2^31 (bounds.h).  An isa that the machine lacks falls back.
 * Errors: CAS_ENV (memory). */
cas_status cas_matmul_plan(struct cas_matmul **out, const struct cas_product *product,
	const int8_t *w, int k, int n, enum cas_isa isa, struct cas_err *err);

/* The same for weights that cas_matmul_run_blocks takes k_each rows at a time: kernels differ in what a
 * short sum costs. */
cas_status cas_matmul_plan_blocks(struct cas_matmul **out, const struct cas_product *product,
	const int8_t *w, int blocks, int k_each, int n, enum cas_isa isa, struct cas_err *err);

/* acc [rows->m][n] is overwritten.  Uses the weights of rows k_first .. k_first + groups * group_len - 1.
 * Cannot fail, allocates nothing. */
void cas_matmul_run(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first,
	int32_t *acc);

/* Many short sums, as of the votes: block i multiplies a [i][k_each] by the weights of rows i k_each
 * .. (i + 1) k_each - 1, acc [blocks][n] is overwritten.  Cannot fail, allocates nothing. */
void cas_matmul_run_blocks(const struct cas_matmul *mm, const uint8_t *a, int blocks, int k_each,
	int32_t *acc);

/* Name of the kernel chosen, for reports: "portable", "avx512-vbmi", ... */
const char *cas_matmul_kernel(const struct cas_matmul *mm);

void cas_matmul_free(struct cas_matmul *mm);

#endif
