#include "engine/ordered.h"

#include <string.h>

#if defined(__x86_64__) && defined(__gnu_linux__)
#define EVERY_WIDTH __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define EVERY_WIDTH
#endif

enum { LANES = 256 }; /* sums side by side */

/* A partial sum has at most 256 terms below 2^16: it fits 32 bits, and a width of 25 bits cuts nothing. */
struct lanes {
	int32_t p[LANES], psum[LANES];
	int64_t acc[LANES];
	int n;
	uint64_t cut;
};

static int is_idle(const int32_t *row)
{
	for (int w = 0; w < 256; w++)
		if (row[w])
			return 0;
	return 1;
}

void cas_ordered_init(struct cas_ordered *out, const struct cas_product *product,
	const struct cas_widths *widths, int psum_free)
{
	int64_t most = (int64_t)widths->rows * product->array_max;

	*out = (struct cas_ordered){.product = product, .widths = *widths,
		.psum_free = psum_free || most < INT64_C(1) << (widths->psum_bits - 1)};
	for (int a = 0; a < 256; a++)
		out->idle[a] = (uint8_t)is_idle(product->array + a * 256);
}

/* N of section 5 on psum + p, without branches; both return the number of cuts. */
EVERY_WIDTH
static uint32_t wrap_psum(int32_t *restrict psum, const int32_t *restrict p, int n, uint32_t half)
{
	uint32_t cut = 0;

	for (int i = 0; i < n; i++) {
		int32_t x = psum[i] + p[i], y = (int32_t)((((uint32_t)x + half) & (2 * half - 1)) - half);

		cut += x != y;
		psum[i] = y;
	}
	return cut;
}

EVERY_WIDTH
static uint32_t saturate_psum(int32_t *restrict psum, const int32_t *restrict p, int n, int32_t top)
{
	uint32_t cut = 0;

	for (int i = 0; i < n; i++) {
		int32_t x = psum[i] + p[i], y = x > top ? top : x;

		y = y < -top - 1 ? -top - 1 : y;
		cut += x != y;
		psum[i] = y;
	}
	return cut;
}

/* The same on acc + psum; psum starts anew. */
EVERY_WIDTH
static uint64_t wrap_acc(int64_t *restrict acc, int32_t *restrict psum, int n, uint64_t half)
{
	uint64_t cut = 0;

	for (int i = 0; i < n; i++) {
		int64_t x = acc[i] + psum[i], y = (int64_t)((((uint64_t)x + half) & (2 * half - 1)) - half);

		cut += x != y;
		acc[i] = y;
		psum[i] = 0;
	}
	return cut;
}

EVERY_WIDTH
static uint64_t saturate_acc(int64_t *restrict acc, int32_t *restrict psum, int n, int64_t top)
{
	uint64_t cut = 0;

	for (int i = 0; i < n; i++) {
		int64_t x = acc[i] + psum[i], y = x > top ? top : x;

		y = y < -top - 1 ? -top - 1 : y;
		cut += x != y;
		acc[i] = y;
		psum[i] = 0;
	}
	return cut;
}

static void start(struct lanes *l, int n)
{
	l->n = n;
	memset(l->psum, 0, (size_t)n * sizeof *l->psum);
	memset(l->acc, 0, (size_t)n * sizeof *l->acc);
}

/* psum += p */
static void add_products(const struct cas_ordered *o, struct lanes *l)
{
	int bits = o->widths.psum_bits;

	if (o->psum_free)
		for (int i = 0; i < l->n; i++)
			l->psum[i] += l->p[i];
	else if (o->widths.saturate)
		l->cut += saturate_psum(l->psum, l->p, l->n, (1 << (bits - 1)) - 1);
	else
		l->cut += wrap_psum(l->psum, l->p, l->n, UINT32_C(1) << (bits - 1));
}

static void end_chunk(const struct cas_ordered *o, struct lanes *l)
{
	int bits = o->widths.acc_bits;

	if (o->widths.saturate)
		l->cut += saturate_acc(l->acc, l->psum, l->n, (INT64_C(1) << (bits - 1)) - 1);
	else
		l->cut += wrap_acc(l->acc, l->psum, l->n, UINT64_C(1) << (bits - 1));
}

static void look_up(int32_t *restrict p, const int32_t *restrict row, const uint8_t *restrict w, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = row[w[i]];
}

static void look_up_and_add(int32_t *restrict psum, const int32_t *restrict row, const uint8_t *restrict w, int n)
{
	for (int i = 0; i < n; i++)
		psum[i] += row[w[i]];
}

/* One term: an entry of the same row for each lane. */
static void add_row(const struct cas_ordered *o, struct lanes *l, const int32_t *row, const uint8_t *w)
{
	if (o->psum_free) {
		look_up_and_add(l->psum, row, w, l->n);
		return;
	}
	look_up(l->p, row, w, l->n);
	add_products(o, l);
}

static void add_terms(const struct cas_ordered *o, struct lanes *l, const struct cas_terms *t)
{
	for (int g = 0; g < t->groups; g++) {
		const uint8_t *a = t->a + (size_t)g * t->a_group, *w = t->w + (size_t)g * t->w_group;

		for (int first = 0; first < t->len; first += o->widths.rows) {
			int last = first + o->widths.rows < t->len ? first + o->widths.rows : t->len, live = 0;

			for (int k = first; k < last; k++) {
				uint8_t x = a[(size_t)k * t->a_step];

				if (o->idle[x])
					continue;
				add_row(o, l, o->product->array + x * 256, w + (size_t)k * t->w_step);
				live = 1;
			}
			if (live) /* else acc + 0 */
				end_chunk(o, l);
		}
	}
}

/* w_zero A - a_zero B of `affine` is w_zero sum x + a_zero sum w: the part that all lanes share ... */
static int64_t first_correction(const struct cas_product *p, const struct cas_terms *t)
{
	int64_t sum = 0;

	for (int g = 0; p->w_zero && g < t->groups; g++)
		for (int k = 0; k < t->len; k++) {
			uint8_t x = t->a[(size_t)g * t->a_group + (size_t)k * t->a_step];

			sum += p->a_zero ? (int8_t)x + p->a_zero : x;
		}
	return p->w_zero * sum;
}

/* ... and each lane's own, taken off here.  psum is free at the end of the terms. */
static void second_correction(const struct cas_product *p, const struct cas_terms *t, struct lanes *l)
{
	if (!p->a_zero)
		return;
	memset(l->psum, 0, (size_t)l->n * sizeof *l->psum);
	for (int g = 0; g < t->groups; g++)
		for (int k = 0; k < t->len; k++) {
			const uint8_t *w = t->w + (size_t)g * t->w_group + (size_t)k * t->w_step;

			for (int i = 0; i < l->n; i++)
				l->psum[i] += p->w_zero ? (int8_t)w[i] : w[i];
		}
	for (int i = 0; i < l->n; i++)
		l->acc[i] -= p->a_zero * (int64_t)l->psum[i];
}

static void plain_sums(const struct cas_ordered *o, const struct cas_terms *terms, int sums, int64_t *acc,
	uint64_t *overflows)
{
	for (struct cas_terms t = *terms; sums--; t.w++)
		*acc++ = cas_reference_sum(o->product, &o->widths, &t, overflows);
}

void cas_ordered_sums(const struct cas_ordered *o, const struct cas_terms *terms, int sums, int64_t *acc,
	uint64_t *overflows)
{
	int64_t shared = first_correction(o->product, terms);
	struct lanes l;

	if (o->plain) {
		plain_sums(o, terms, sums, acc, overflows);
		return;
	}
	l.cut = 0;
	for (int first = 0; first < sums; first += LANES) {
		struct cas_terms t = *terms;

		t.w += first;
		start(&l, sums - first < LANES ? sums - first : LANES);
		add_terms(o, &l, &t);
		second_correction(o->product, &t, &l);
		for (int i = 0; i < l.n; i++)
			*acc++ = l.acc[i] - shared;
	}
	*overflows += l.cut;
}

/* Where lane i's pair of operands of term 0 is. */
struct pairs {
	const uint8_t *a;
	const uint8_t *w[LANES];
	int len;
};

static void add_pairs(const struct cas_ordered *o, struct lanes *l, const struct pairs *t)
{
	size_t len = (size_t)t->len;

	for (size_t k = 0; k < len; k++) {
		for (int i = 0; i < l->n; i++)
			l->p[i] = o->product->array[t->a[(size_t)i * len + k] << 8 | t->w[i][k]];
		add_products(o, l);
		if (k + 1 == len || (k + 1) % (size_t)o->widths.rows == 0)
			end_chunk(o, l);
	}
}

/* Both corrections of one pair of vectors. */
static int64_t pair_correction(const struct cas_product *p, const uint8_t *a, const uint8_t *w, int len)
{
	int64_t sum = 0;

	if (!p->w_zero && !p->a_zero)
		return 0;
	for (int k = 0; k < len; k++)
		sum += p->w_zero * (p->a_zero ? (int8_t)a[k] + p->a_zero : a[k]) +
			p->a_zero * (p->w_zero ? (int8_t)w[k] : w[k]);
	return sum;
}

static void plain_pairs(const struct cas_ordered *o, const uint8_t *a, const uint8_t *w, int sums, int cycle,
	int len, int64_t *acc, uint64_t *overflows)
{
	for (int i = 0; i < sums; i++) {
		struct cas_terms t = {.a = a + (size_t)i * (size_t)len, .w = w + (size_t)(i % cycle) * (size_t)len,
			.a_step = 1, .w_step = 1, .groups = 1, .len = len};

		acc[i] = cas_reference_sum(o->product, &o->widths, &t, overflows);
	}
}

void cas_ordered_pairs(const struct cas_ordered *o, const uint8_t *a, const uint8_t *w, int sums, int cycle,
	int len, int64_t *acc, uint64_t *overflows)
{
	struct lanes l;
	struct pairs t = {.len = len};

	if (o->plain) {
		plain_pairs(o, a, w, sums, cycle, len, acc, overflows);
		return;
	}
	l.cut = 0;
	for (int first = 0; first < sums; first += LANES) {
		t.a = a + (size_t)first * (size_t)len;
		start(&l, sums - first < LANES ? sums - first : LANES);
		for (int i = 0; i < l.n; i++)
			t.w[i] = w + (size_t)((first + i) % cycle) * (size_t)len;
		add_pairs(o, &l, &t);
		for (int i = 0; i < l.n; i++)
			*acc++ = l.acc[i] - pair_correction(o->product, t.a + (size_t)i * (size_t)len, t.w[i], len);
	}
	*overflows += l.cut;
}
