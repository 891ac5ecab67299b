/* Inside of a plan, shared by matmul.c and the kernels.  Not an interface for others. */
#ifndef CAS_ENGINE_MATMUL_PLAN_H
#define CAS_ENGINE_MATMUL_PLAN_H

#include "engine/matmul.h"
#include "engine/matmul_rows.h"

enum {
	CAS_MM_BLOCK_N = 256,  /* outputs whose accumulators fit the registers */
	CAS_MM_BLOCK_K = 2048, /* terms whose weights fit the second-level cache */
};

enum cas_mm_kernel { CAS_MM_PORTABLE, CAS_MM_AVX2, CAS_MM_AVX512, CAS_MM_VNNI };

struct cas_matmul {
	const struct cas_product *product;
	enum cas_mm_kernel kernel;
	int k, n;
	uint8_t skip[256];      /* portable: activation bytes whose whole row of product->value is zero ... */
	uint8_t skip_less[256]; /* ... or of `less` */
	int32_t *less;          /* [65536] product->value less row 0, so that zero activations can be skipped; NULL if
	                         * row 0 is zero, and for AVX-512 */
	int32_t *zero_sum;      /* [n] sum over all k of value[0][w], with less or less_zero */

	uint8_t *w;        /* portable: bytes of the codes, [k][n] */

	/* Table kernels: blocks of outputs (256 for AVX-512, 64 for AVX2), in each [k][vectors of
	 * outputs]; in a vector of L bytes the byte 4 i + p is output L/4 p + i, so that widening
	 * needs no shuffles.  AVX2's wide terms: one output after the other. */
	uint8_t *packed;
	uint8_t *wide;     /* [block][k]: 0x80 where a weight is outside -64..63 (AVX2: -32..31) */
	struct cas_row_tables *plain;
	struct cas_row_tables *less_zero; /* rows less row 0, or NULL where that does not help */

	int a_signed; /* exact kernel, which packs weights in its own way */
};

/* The best table kernel that the machine has and isa allows. */
enum cas_mm_kernel cas_mm_choose(enum cas_isa isa);

/* cas_matmul_plan with a kernel that the machine has, be it the fastest or not; vnni only with products that
 * are exact. */
cas_status cas_mm_plan(struct cas_matmul **out, const struct cas_product *product, const int8_t *w, int k,
	int n, enum cas_mm_kernel kernel, struct cas_err *err);
const char *cas_mm_name(enum cas_mm_kernel kernel);

/* Activations of terms k0 .. k0 + count - 1 of row m in one run of bytes: either where they lie or
 * gathered into `room`. */
const uint8_t *cas_mm_activations(const struct cas_rows *rows, int m, int k0, int count, uint8_t *room);

/* acc[i] += row[w[i]], i = 0 .. n - 1: one term, for AVX2, too, whose gathers are slower. */
void cas_mm_add_term(const int32_t *row, const uint8_t *w, int n, int32_t *acc);

void cas_mm_run_portable(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first, int32_t *acc);
void cas_mm_run_avx2(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first, int32_t *acc);
void cas_mm_run_avx512(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first, int32_t *acc);
void cas_mm_run_vnni(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first, int32_t *acc);

#endif
