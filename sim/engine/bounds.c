#include "engine/bounds.h"

#include <stdlib.h>
#include <string.h>

enum { LANES = 64 }; /* outputs side by side */

void cas_reach_init(struct cas_reach *reach, const struct cas_product *product)
{
	memset(reach, 0, sizeof *reach);
	for (int w = 0; w < 256; w++)
		for (int a = 0; a < 256; a++) {
			int32_t p = product->array[a << 8 | w], value = abs(product->value[a << 8 | w]);

			reach->lo[w] = a && reach->lo[w] < p ? reach->lo[w] : p;
			reach->hi[w] = a && reach->hi[w] > p ? reach->hi[w] : p;
			reach->value[w] = reach->value[w] > value ? reach->value[w] : value;
		}
}

struct lanes {
	int64_t psum_lo[LANES], psum_hi[LANES], acc_lo[LANES], acc_hi[LANES], value[LANES];
	int n;
};

static void widen(int64_t *lo, int64_t *hi, const int64_t *lane_lo, const int64_t *lane_hi, int n)
{
	for (int i = 0; i < n; i++) {
		*lo = lane_lo[i] < *lo ? lane_lo[i] : *lo;
		*hi = lane_hi[i] > *hi ? lane_hi[i] : *hi;
	}
}

/* The terms are independent, so every sum from the least to the largest products can really come
 * about, on the way as at the end. */
static void add_chunk(struct cas_bounds *b, struct lanes *l, const struct cas_reach *reach, const uint8_t *w,
	int terms, size_t step)
{
	memset(l->psum_lo, 0, sizeof l->psum_lo);
	memset(l->psum_hi, 0, sizeof l->psum_hi);
	for (int k = 0; k < terms; k++, w += step) {
		for (int i = 0; i < l->n; i++) {
			l->psum_lo[i] += reach->lo[w[i]];
			l->psum_hi[i] += reach->hi[w[i]];
			l->value[i] += reach->value[w[i]];
		}
		widen(&b->psum_lo, &b->psum_hi, l->psum_lo, l->psum_hi, l->n);
	}
	for (int i = 0; i < l->n; i++) {
		l->acc_lo[i] += l->psum_lo[i];
		l->acc_hi[i] += l->psum_hi[i];
	}
	widen(&b->acc_lo, &b->acc_hi, l->acc_lo, l->acc_hi, l->n);
}

void cas_bounds_add(struct cas_bounds *bounds, const struct cas_reach *reach, int rows, const uint8_t *w,
	int groups, int len, int n)
{
	for (int n0 = 0; n0 < n; n0 += LANES) {
		struct lanes l = {.n = n - n0 < LANES ? n - n0 : LANES};

		for (int g = 0; g < groups; g++)
			for (int k = 0; k < len; k += rows)
				add_chunk(bounds, &l, reach, w + ((size_t)g * (size_t)len + (size_t)k) * (size_t)n + n0,
					len - k < rows ? len - k : rows, (size_t)n);
		for (int i = 0; i < l.n; i++)
			bounds->value = l.value[i] > bounds->value ? l.value[i] : bounds->value;
	}
}

void cas_bounds_any(struct cas_bounds *bounds, const struct cas_product *product, int rows, int k)
{
	int64_t psum = (int64_t)(rows < k ? rows : k) * product->array_max;
	int64_t acc = (int64_t)k * product->array_max;

	*bounds = (struct cas_bounds){-psum, psum, -acc, acc, (int64_t)k * product->value_max};
}

int cas_bounds_fit(int64_t lo, int64_t hi, int bits)
{
	return lo >= -(INT64_C(1) << (bits - 1)) && hi < INT64_C(1) << (bits - 1);
}
