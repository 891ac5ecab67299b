#include "engine/matmul.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct cas_matmul {
	const struct cas_product *product;
	int k, n;
	uint8_t *w;        /* bytes of the codes, [k][n] */
	uint8_t skip[256]; /* activation bytes whose whole table row is zero */
};

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

cas_status cas_matmul_plan(struct cas_matmul **out, const struct cas_product *product,
	const int8_t *w, int k, int n, enum cas_isa isa, struct cas_err *err)
{
	struct cas_matmul *mm;
	cas_status status = cas_mem_new((void **)&mm, 1, sizeof *mm, err);

	(void)isa;
	if (status)
		return status;
	*mm = (struct cas_matmul){.product = product, .k = k, .n = n};
	status = cas_mem_new((void **)&mm->w, (size_t)k * (size_t)n, 1, err);
	if (status) {
		cas_matmul_free(mm);
		return status;
	}
	memcpy(mm->w, w, (size_t)k * (size_t)n);
	find_zero_rows(mm);
	*out = mm;
	return CAS_OK;
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

void cas_matmul_run(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first, int32_t *acc)
{
	size_t n = (size_t)mm->n;

	for (int m = 0; m < rows->m; m++, acc += n) {
		memset(acc, 0, n * sizeof *acc);
		for (int g = 0; g < rows->groups; g++)
			row_portable(mm, rows->base + rows->offset[m] + (size_t)g * rows->group_stride,
				rows->group_len, mm->w + ((size_t)k_first + (size_t)g * (size_t)rows->group_len) * n, acc);
	}
}

const char *cas_matmul_kernel(const struct cas_matmul *mm)
{
	(void)mm;
	return "portable";
}

void cas_matmul_free(struct cas_matmul *mm)
{
	if (mm)
		free(mm->w);
	free(mm);
}
