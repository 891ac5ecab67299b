/* Planning of table sums: weights and tables as each kernel wants them. */
#include "engine/matmul_plan.h"

#include <string.h>

#include "base/mem.h"

/* skip[a] = 1 where value[a][.] is all zero. */
static void find_zero_rows(const int32_t *value, uint8_t skip[256])
{
	for (int a = 0; a < 256; a++) {
		int zero = 1;

		for (int w = 0; w < 256 && zero; w++)
			zero = value[a << 8 | w] == 0;
		skip[a] = (uint8_t)zero;
	}
}

static void pack_term(uint8_t *packed, uint8_t *wide, const int8_t *w, int count, int lanes, int narrow)
{
	for (int i = 0; i < count; i++) {
		int vector = i / lanes, lane = i % lanes;

		packed[vector * lanes + lane % (lanes / 4) * 4 + lane / (lanes / 4)] = (uint8_t)w[i];
		if (w[i] < -narrow || w[i] >= narrow)
			*wide = 0x80;
	}
}

/* Blocks of block_n outputs: as many as the kernel's accumulators hold.  -narrow .. narrow - 1 are
 * the weights for which it has a faster look-up. */
static cas_status pack(struct cas_matmul *mm, const int8_t *w, int block_n, int lanes, int narrow,
	struct cas_err *err)
{
	size_t n_up = ((size_t)mm->n + 63) / 64 * 64, blocks = (n_up + (size_t)block_n - 1) / (size_t)block_n;
	cas_status status = cas_mem_new((void **)&mm->packed, (size_t)mm->k, n_up, err);

	if (!status)
		status = cas_mem_new((void **)&mm->wide, (size_t)mm->k, blocks, err);
	for (int n0 = 0; n0 < mm->n && !status; n0 += block_n) {
		int count = mm->n - n0 < block_n ? mm->n - n0 : block_n;
		size_t bytes = ((size_t)count + 63) / 64 * 64;
		uint8_t *to = mm->packed + (size_t)n0 * (size_t)mm->k;
		uint8_t *wide = mm->wide + (size_t)(n0 / block_n) * (size_t)mm->k;

		for (int k = 0; k < mm->k; k++) {
			const int8_t *from = w + (size_t)k * (size_t)mm->n + n0;

			pack_term(to + (size_t)k * bytes, wide + k, from, count, lanes, narrow);
			if (wide[k] && mm->kernel == CAS_MM_AVX2) /* looked up one by one */
				memcpy(to + (size_t)k * bytes, from, (size_t)count);
		}
	}
	return status;
}

/* What all outputs have if every activation is zero. */
static cas_status sum_zero_row(struct cas_matmul *mm, const int8_t *w, struct cas_err *err)
{
	cas_status status = cas_mem_new((void **)&mm->zero_sum, (size_t)mm->n, sizeof *mm->zero_sum, err);

	for (int k = 0; k < mm->k && !status; k++)
		for (int n = 0; n < mm->n; n++)
			mm->zero_sum[n] = (int32_t)((uint32_t)mm->zero_sum[n] + /* used only where it fits */
				(uint32_t)mm->product->value[(uint8_t)w[(size_t)k * (size_t)mm->n + (size_t)n]]);
	return status;
}

/* Rows less row 0 where row 0 is not constant, so that zero activations can still be skipped. */
static cas_status make_less_zero(struct cas_matmul *mm, const int8_t *w, struct cas_err *err)
{
	cas_status status;

	if (!(mm->plain->flags[0] & CAS_ROW_FULL))
		return CAS_OK;
	status = cas_row_tables_new(&mm->less_zero, mm->product, 1, err);
	if (status || !mm->less_zero)
		return status;
	return sum_zero_row(mm, w, err);
}

/* The same for looking up one by one. */
static cas_status make_less(struct cas_matmul *mm, const int8_t *w, struct cas_err *err)
{
	const int32_t *value = mm->product->value;
	cas_status status;

	find_zero_rows(value, mm->skip);
	if (mm->skip[0])
		return CAS_OK;
	status = cas_mem_new((void **)&mm->less, 65536, sizeof *mm->less, err);
	for (int i = 0; i < 65536 && !status; i++)
		mm->less[i] = value[i] - value[i & 255];
	if (status)
		return status;
	find_zero_rows(mm->less, mm->skip_less);
	return mm->zero_sum ? CAS_OK : sum_zero_row(mm, w, err);
}

static cas_status plan_portable(struct cas_matmul *mm, const int8_t *w, struct cas_err *err)
{
	cas_status status = cas_mem_new((void **)&mm->w, (size_t)mm->k, (size_t)mm->n, err);

	mm->kernel = CAS_MM_PORTABLE;
	if (status)
		return status;
	memcpy(mm->w, w, (size_t)mm->k * (size_t)mm->n);
	return make_less(mm, w, err);
}

/* Whether value[a][w] == (a w) << shift for all pairs of codes, signed weights, and activations as
 * said; bytes 128 of signed codes do not count (their products are 0). */
static int is_exact(const struct cas_product *product, int a_signed)
{
	if (product->shift < 0) /* operands are rounded */
		return 0;
	for (int a = 0; a < 256; a++)
		for (int w = 0; w < 256; w++) {
			int32_t x = a_signed && a > 127 ? a - 256 : a, y = w > 127 ? w - 256 : w;
			int none = w == 128 || (a_signed && a == 128);

			if (product->value[a << 8 | w] != (none ? 0 : x * y * (1 << product->shift)))
				return 0;
		}
	return 1;
}

/* Weights in groups of four terms, [block of 64 outputs][group][output][4], with 128 added where
 * activations are signed (matmul_vnni_avx512.c). */
static cas_status plan_vnni(struct cas_matmul *mm, const int8_t *w, struct cas_err *err)
{
	size_t groups = ((size_t)mm->k + 3) / 4, blocks = ((size_t)mm->n + 63) / 64;
	cas_status status = cas_mem_new((void **)&mm->packed, groups * blocks, 256, err);

	mm->kernel = CAS_MM_VNNI;
	for (int k = 0; k < mm->k && !status; k++)
		for (int n = 0; n < mm->n; n++) {
			size_t block = (size_t)n / 64 * groups + (size_t)k / 4;
			int code = *w++;

			code = code == -128 ? 0 : code;
			mm->packed[block * 256 + (size_t)n % 64 * 4 + (size_t)k % 4] = (uint8_t)(mm->a_signed ? code + 128 : code);
		}
	return status;
}

static cas_status plan_rows(struct cas_matmul *mm, const int8_t *w, struct cas_err *err)
{
	cas_status status = cas_row_tables_new(&mm->plain, mm->product, 0, err);

	if (status)
		return status;
	if (!mm->plain)
		return plan_portable(mm, w, err);
	status = make_less_zero(mm, w, err);
	if (status)
		return status;
	if (mm->kernel == CAS_MM_AVX512)
		return pack(mm, w, CAS_MM_BLOCK_N, 64, 64, err);
	status = make_less(mm, w, err);
	return status ? status : pack(mm, w, 64, 32, 32, err);
}

static int is_exact_either(const struct cas_product *product, int *a_signed)
{
	*a_signed = is_exact(product, 1);
	return *a_signed || is_exact(product, 0);
}

cas_status cas_mm_plan(struct cas_matmul **out, const struct cas_product *product, const int8_t *w, int k,
	int n, enum cas_mm_kernel kernel, struct cas_err *err)
{
	struct cas_matmul *mm;
	cas_status status = cas_mem_new((void **)&mm, 1, sizeof *mm, err);

	if (status)
		return status;
	*mm = (struct cas_matmul){.product = product, .kernel = kernel, .k = k, .n = n};
	if (kernel == CAS_MM_AVX512 && is_exact_either(product, &mm->a_signed))
		status = plan_vnni(mm, w, err);
	else
		status = kernel == CAS_MM_PORTABLE ? plan_portable(mm, w, err) : plan_rows(mm, w, err);
	if (status) {
		cas_matmul_free(mm);
		return status;
	}
	*out = mm;
	return CAS_OK;
}
