#include "engine/matmul.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/matmul_plan.h"

#if defined(__x86_64__)
/* All that the flags of *_avx512.c let the compiler use. */
static int has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
		__builtin_cpu_supports("avx512vnni");
}

enum cas_mm_kernel cas_mm_choose(enum cas_isa isa)
{
	if (isa == CAS_ISA_PORTABLE)
		return CAS_MM_PORTABLE;
	if (isa != CAS_ISA_AVX2 && has_avx512())
		return CAS_MM_AVX512;
	if (__builtin_cpu_supports("avx2"))
		return CAS_MM_AVX2;
	return CAS_MM_PORTABLE;
}
#else
enum cas_mm_kernel cas_mm_choose(enum cas_isa isa)
{
	(void)isa;
	return CAS_MM_PORTABLE;
}

void cas_mm_run_avx2(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first, int32_t *acc)
{
	cas_mm_run_portable(mm, rows, k_first, acc);
}

void cas_mm_run_vnni(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first, int32_t *acc)
{
	cas_mm_run_portable(mm, rows, k_first, acc);
}

void cas_mm_run_avx512(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first, int32_t *acc)
{
	cas_mm_run_portable(mm, rows, k_first, acc);
}
#endif

static void find_zero_rows(struct cas_matmul *mm)
{
	for (int a = 0; a < 256; a++) {
		const int32_t *row = mm->product->value + a * 256;
		int zero = 1;

		for (int w = 0; w < 256 && zero; w++)
			zero = row[w] == 0;
		mm->skip[a] = (uint8_t)zero;
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

		for (int k = 0; k < mm->k; k++)
			pack_term(to + (size_t)k * bytes, wide + k, w + (size_t)k * (size_t)mm->n + n0, count, lanes,
				narrow);
	}
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
	status = cas_mem_new((void **)&mm->zero_sum, (size_t)mm->n, sizeof *mm->zero_sum, err);
	if (status)
		return status;
	for (int k = 0; k < mm->k; k++)
		for (int n = 0; n < mm->n; n++)
			mm->zero_sum[n] = (int32_t)((uint32_t)mm->zero_sum[n] + /* used only where it fits */
				(uint32_t)mm->product->value[(uint8_t)w[(size_t)k * (size_t)mm->n + (size_t)n]]);
	return CAS_OK;
}

static cas_status plan_portable(struct cas_matmul *mm, const int8_t *w, struct cas_err *err)
{
	cas_status status = cas_mem_new((void **)&mm->w, (size_t)mm->k, (size_t)mm->n, err);

	mm->kernel = CAS_MM_PORTABLE;
	if (status)
		return status;
	memcpy(mm->w, w, (size_t)mm->k * (size_t)mm->n);
	find_zero_rows(mm);
	return CAS_OK;
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
	return pack(mm, w, 64, 32, 32, err);
}

static int is_exact_either(const struct cas_product *product, int *a_signed)
{
	*a_signed = is_exact(product, 1);
	return *a_signed || is_exact(product, 0);
}

cas_status cas_matmul_plan(struct cas_matmul **out, const struct cas_product *product,
	const int8_t *w, int k, int n, enum cas_isa isa, struct cas_err *err)
{
	struct cas_matmul *mm;
	cas_status status = cas_mem_new((void **)&mm, 1, sizeof *mm, err);

	if (status)
		return status;
	*mm = (struct cas_matmul){.product = product, .kernel = cas_mm_choose(isa), .k = k, .n = n};
	if (mm->kernel == CAS_MM_AVX512 && is_exact_either(product, &mm->a_signed))
		status = plan_vnni(mm, w, err);
	else
		status = mm->kernel == CAS_MM_PORTABLE ? plan_portable(mm, w, err) : plan_rows(mm, w, err);
	if (status) {
		cas_matmul_free(mm);
		return status;
	}
	*out = mm;
	return CAS_OK;
}

const uint8_t *cas_mm_activations(const struct cas_rows *rows, int m, int k0, int count, uint8_t *room)
{
	const uint8_t *row = rows->base + rows->offset[m];
	int group = k0 / rows->group_len, at = k0 % rows->group_len;

	if (at + count <= rows->group_len)
		return row + (size_t)group * rows->group_stride + at;
	for (int done = 0; done < count; group++, at = 0) {
		int run = rows->group_len - at < count - done ? rows->group_len - at : count - done;

		memcpy(room + done, row + (size_t)group * rows->group_stride + at, (size_t)run);
		done += run;
	}
	return room;
}

static void row_portable(const struct cas_matmul *mm, const uint8_t *a, int len, const uint8_t *w,
	int32_t *restrict acc)
{
	for (int k = 0; k < len; k++, w += mm->n) {
		const int32_t *table = mm->product->value + a[k] * 256;

		if (mm->skip[a[k]])
			continue;
		for (int n = 0; n < mm->n; n++)
			acc[n] += table[w[n]];
	}
}

void cas_mm_run_portable(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first, int32_t *acc)
{
	size_t n = (size_t)mm->n;

	for (int m = 0; m < rows->m; m++, acc += n) {
		memset(acc, 0, n * sizeof *acc);
		for (int g = 0; g < rows->groups; g++)
			row_portable(mm, rows->base + rows->offset[m] + (size_t)g * rows->group_stride,
				rows->group_len, mm->w + ((size_t)k_first + (size_t)g * (size_t)rows->group_len) * n, acc);
	}
}

void cas_matmul_run(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first, int32_t *acc)
{
	switch (mm->kernel) {
	case CAS_MM_AVX2: cas_mm_run_avx2(mm, rows, k_first, acc); break;
	case CAS_MM_VNNI: cas_mm_run_vnni(mm, rows, k_first, acc); break;
	case CAS_MM_AVX512: cas_mm_run_avx512(mm, rows, k_first, acc); break;
	default: cas_mm_run_portable(mm, rows, k_first, acc); break;
	}
}

void cas_matmul_run_blocks(const struct cas_matmul *mm, const uint8_t *a, int blocks, int k_each,
	int32_t *acc)
{
	uint32_t offset = 0;

	for (int i = 0; i < blocks; i++) {
		struct cas_rows row = {a + (size_t)i * (size_t)k_each, &offset, 1, 1, k_each, 0};

		cas_matmul_run(mm, &row, i * k_each, acc + (size_t)i * (size_t)mm->n);
	}
}

const char *cas_mm_name(enum cas_mm_kernel kernel)
{
	static const char *const names[] = {"portable", "avx2", "avx512-vbmi", "avx512-vnni"};

	return names[kernel];
}

const char *cas_matmul_kernel(const struct cas_matmul *mm)
{
	return cas_mm_name(mm->kernel);
}

void cas_matmul_free(struct cas_matmul *mm)
{
	if (mm) {
		free(mm->w);
		free(mm->packed);
		free(mm->wide);
		free(mm->plain);
		free(mm->less_zero);
		free(mm->zero_sum);
	}
	free(mm);
}
