#include "engine/matmul.h"

#include <stdlib.h>
#include <string.h>

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

/* Share of the terms of 64 outputs that AVX2's permutes cannot look up (see pack). */
static double wide_share(const int8_t *w, size_t k, size_t n)
{
	size_t wide = 0, all = 0;

	for (size_t i = 0; i < k; i++)
		for (size_t n0 = 0; n0 < n; n0 += 64, all++) {
			size_t count = n - n0 < 64 ? n - n0 : 64;
			unsigned outside = 0;

			for (size_t j = 0; j < count; j++)
				outside |= (unsigned)(w[i * n + n0 + j] + 32) & ~63u;
			wide += outside != 0;
		}
	return (double)wide / (double)all;
}

/* Time of AVX2's kernel over that of the portable loop, as measured on an EPYC with AVX-512 (docs/performance.md):
 * terms one by one, terms by permutes, whose vectors have 32 outputs, and lists and widening for each sum. */
static double avx2_cost(const int8_t *w, int k, int n, int k_each)
{
	double wide = wide_share(w, (size_t)k, (size_t)n), lanes = (n + 31) / 32 * 32;

	return 1.15 * wide + 0.45 * (1 - wide) * lanes / n + (2.5 + 128. / n) / k_each;
}

cas_status cas_matmul_plan_blocks(struct cas_matmul **out, const struct cas_product *product,
	const int8_t *w, int blocks, int k_each, int n, enum cas_isa isa, struct cas_err *err)
{
	enum cas_mm_kernel kernel = cas_mm_choose(isa);

	if (kernel == CAS_MM_AVX2 && avx2_cost(w, blocks * k_each, n, k_each) >= 1)
		kernel = CAS_MM_PORTABLE;
	return cas_mm_plan(out, product, w, blocks * k_each, n, kernel, err);
}

cas_status cas_matmul_plan(struct cas_matmul **out, const struct cas_product *product,
	const int8_t *w, int k, int n, enum cas_isa isa, struct cas_err *err)
{
	return cas_matmul_plan_blocks(out, product, w, 1, k, n, isa, err);
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

void cas_mm_add_term(const int32_t *restrict row, const uint8_t *restrict w, int n, int32_t *restrict acc)
{
	for (int i = 0; i < n; i++)
		acc[i] += row[w[i]];
}

static void row_portable(const struct cas_matmul *mm, int whole, const uint8_t *a, int len, const uint8_t *w,
	int32_t *restrict acc)
{
	const int32_t *value = whole ? mm->less : mm->product->value;
	const uint8_t *skip = whole ? mm->skip_less : mm->skip;

	for (int k = 0; k < len; k++, w += mm->n) {
		const int32_t *table = value + a[k] * 256;

		if (skip[a[k]])
			continue;
		for (int n = 0; n < mm->n; n++)
			acc[n] += table[w[n]];
	}
}

void cas_mm_run_portable(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first, int32_t *acc)
{
	int whole = mm->less && k_first == 0 && rows->groups * rows->group_len == mm->k;
	size_t n = (size_t)mm->n;

	for (int m = 0; m < rows->m; m++, acc += n) {
		if (whole)
			memcpy(acc, mm->zero_sum, n * sizeof *acc);
		else
			memset(acc, 0, n * sizeof *acc);
		for (int g = 0; g < rows->groups; g++)
			row_portable(mm, whole, rows->base + rows->offset[m] + (size_t)g * rows->group_stride,
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
		free(mm->less);
		free(mm->zero_sum);
	}
	free(mm);
}
