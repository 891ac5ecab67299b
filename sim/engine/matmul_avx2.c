/* Table sums with AVX2: as matmul_avx512.c, with what pshufb can look up.
 *
 * Terms whose 64 weights of a block are all in -32..31 (most, in a trained network) use four tables
 * of 16 entries of the row: weights 0..15, 16..31, -32..-17, -16..-1.  The others are looked up one by
 * one in the product table.
 */
#include "engine/matmul_plan.h"

#if defined(__AVX2__)

#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum {
	CHUNK = 256,   /* additions of bytes that a 16-bit lane holds: 256 * 255 < 2^16 */
	BLOCK_N = 64,  /* two vectors: as many accumulators as the 16 registers bear */
};

struct lists {
	uint32_t live[CAS_MM_BLOCK_K]; /* entry: term in the block << 16 | activation byte */
	uint32_t pair[CAS_MM_BLOCK_K + 1];     /* ... << 16 | slot */
	uint32_t wide[2 * CAS_MM_BLOCK_K];
	uint32_t full[CAS_MM_BLOCK_K];         /* as live */
	int lives, pairs, wides, fulls;
};

struct block {
	const uint8_t *w; /* [term][BLOCK_N] */
	const struct cas_row_tables *tables;
	const int32_t *value; /* the same numbers, whole */
	int n;         /* outputs, up to BLOCK_N */
};

struct sums {
	__m256i all, odd;
};

/* A weight vector ready for pshufb. */
struct index {
	__m256i nibble, bit4, sign;
};

INLINE __m256i load(const void *at)
{
	return _mm256_load_si256(at);
}

INLINE struct index make_index(const uint8_t *w)
{
	__m256i x = load(w);

	return (struct index){_mm256_and_si256(x, _mm256_set1_epi8(15)), _mm256_slli_epi16(x, 3), x};
}

INLINE __m256i part(const uint8_t *row)
{
	return _mm256_broadcastsi128_si256(_mm_load_si128((const __m128i *)(const void *)row));
}

/* row: 128 entries by the low 7 bits of the weight. */
INLINE __m256i look_up(const uint8_t *row, const struct index *i)
{
	__m256i positive = _mm256_blendv_epi8(_mm256_shuffle_epi8(part(row), i->nibble),
		_mm256_shuffle_epi8(part(row + 16), i->nibble), i->bit4);
	__m256i negative = _mm256_blendv_epi8(_mm256_shuffle_epi8(part(row + 96), i->nibble),
		_mm256_shuffle_epi8(part(row + 112), i->nibble), i->bit4);

	return _mm256_blendv_epi8(positive, negative, i->sign);
}

INLINE void add(struct sums *s, __m256i x)
{
	s->all = _mm256_add_epi16(s->all, x);
	s->odd = _mm256_add_epi16(s->odd, _mm256_srli_epi16(x, 8));
}

/* acc[0..left) += lanes */
INLINE void add_out(int32_t *acc, int left, __m256i x)
{
	int32_t lane[8];

	if (left >= 8) {
		__m256i *at = (__m256i *)(void *)acc;

		_mm256_storeu_si256(at, _mm256_add_epi32(_mm256_loadu_si256(at), x));
		return;
	}
	_mm256_storeu_si256((__m256i *)(void *)lane, x);
	for (int i = 0; i < left; i++)
		acc[i] += lane[i];
}

INLINE __m256i join(__m256i lo, __m256i hi, int hi_bits, __m256i offset)
{
	return _mm256_add_epi32(_mm256_add_epi32(lo, offset), _mm256_slli_epi32(hi, hi_bits));
}

/* The four phases of a vector are runs of 8 outputs (see `packed`). */
static void widen(const struct sums *lo, const struct sums *hi, int hi_bits, int32_t offset, int32_t *acc,
	int left)
{
	__m256i low = _mm256_set1_epi32(0xffff), off = _mm256_set1_epi32(offset);
	__m256i lo_even = _mm256_sub_epi16(lo->all, _mm256_slli_epi16(lo->odd, 8));
	__m256i hi_even = _mm256_sub_epi16(hi->all, _mm256_slli_epi16(hi->odd, 8));

	add_out(acc, left, join(_mm256_and_si256(lo_even, low), _mm256_and_si256(hi_even, low), hi_bits, off));
	add_out(acc + 8, left - 8, join(_mm256_and_si256(lo->odd, low), _mm256_and_si256(hi->odd, low), hi_bits, off));
	add_out(acc + 16, left - 16, join(_mm256_srli_epi32(lo_even, 16), _mm256_srli_epi32(hi_even, 16), hi_bits, off));
	add_out(acc + 24, left - 24, join(_mm256_srli_epi32(lo->odd, 16), _mm256_srli_epi32(hi->odd, 16), hi_bits, off));
}

#define NO_SUMS {_mm256_setzero_si256(), _mm256_setzero_si256()}

/* count is even.  Low and high parts in turn: together their tables would not fit the registers. */
INLINE void run_pairs(const struct block *b, int vectors, const uint32_t *list, int count, int32_t *acc)
{
	struct sums s[2][2] = {{NO_SUMS, NO_SUMS}, {NO_SUMS, NO_SUMS}};
	int32_t offset = 0;

	for (int i = 0; i < count; i += 2) {
		const uint8_t *p = b->tables->row7[list[i] & 0xffff], *q = b->tables->row7[list[i + 1] & 0xffff];
		const uint8_t *wp = b->w + (size_t)(list[i] >> 16) * BLOCK_N;
		const uint8_t *wq = b->w + (size_t)(list[i + 1] >> 16) * BLOCK_N;

		offset += b->tables->offset7[list[i] & 0xffff] + b->tables->offset7[list[i + 1] & 0xffff];
#pragma GCC unroll 2
		for (int v = 0; v < vectors; v++) {
			struct index x = make_index(wp + 32 * v), y = make_index(wq + 32 * v);

			add(&s[v][0], _mm256_add_epi8(look_up(p, &x), look_up(q, &y)));
			add(&s[v][1], _mm256_add_epi8(look_up(p + 128, &x), look_up(q + 128, &y)));
		}
	}
#pragma GCC unroll 2
	for (int v = 0; v < vectors; v++)
		widen(&s[v][0], &s[v][1], 7, offset, acc + 32 * v, b->n - 32 * v);
}

INLINE void run_wides(const struct block *b, int vectors, const uint32_t *list, int count, int32_t *acc)
{
	struct sums s[2][2] = {{NO_SUMS, NO_SUMS}, {NO_SUMS, NO_SUMS}};
	int32_t offset = 0;

	for (int i = 0; i < count; i++) {
		const uint8_t *p = b->tables->row7[list[i] & 0xffff];
		const uint8_t *w = b->w + (size_t)(list[i] >> 16) * BLOCK_N;

		offset += b->tables->offset7[list[i] & 0xffff];
#pragma GCC unroll 2
		for (int v = 0; v < vectors; v++) {
			struct index x = make_index(w + 32 * v);

			add(&s[v][0], look_up(p, &x));
			add(&s[v][1], look_up(p + 128, &x));
		}
	}
#pragma GCC unroll 2
	for (int v = 0; v < vectors; v++)
		widen(&s[v][0], &s[v][1], 8, offset, acc + 32 * v, b->n - 32 * v);
}

static void run_fulls(const struct block *b, const uint32_t *list, int count, int32_t *acc)
{
	for (int i = 0; i < count; i++)
		cas_mm_add_term(b->value + (list[i] & 255) * 256, b->w + (size_t)(list[i] >> 16) * BLOCK_N, b->n, acc);
}

INLINE int least(int x, int y)
{
	return x < y ? x : y;
}

INLINE void run_lists(const struct block *b, int vectors, const struct lists *l, int32_t *acc)
{
	for (int i = 0; i < l->pairs; i += 2 * CHUNK)
		run_pairs(b, vectors, l->pair + i, least(2 * CHUNK, l->pairs - i), acc);
	for (int i = 0; i < l->wides; i += CHUNK)
		run_wides(b, vectors, l->wide + i, least(CHUNK, l->wides - i), acc);
	run_fulls(b, l->full, l->fulls, acc);
}

static void run_lists_1(const struct block *b, const struct lists *l, int32_t *acc) { run_lists(b, 1, l, acc); }
static void run_lists_2(const struct block *b, const struct lists *l, int32_t *acc) { run_lists(b, 2, l, acc); }

static void list_live(struct lists *l, const struct cas_row_tables *t, const uint8_t *a, int count)
{
	int lives = 0;

	for (int k = 0; k < count; k++) {
		l->live[lives] = (uint32_t)k << 16 | a[k];
		lives += t->flags[a[k]] != 0;
	}
	l->lives = lives;
}

/* Sorts the live terms by what their weights in this block and their rows need. */
static void split(struct lists *l, const struct cas_row_tables *t, const uint8_t *wide)
{
	l->pairs = l->wides = l->fulls = 0;
	for (int i = 0; i < l->lives; i++) {
		uint32_t entry = l->live[i];
		uint8_t flags = t->flags[entry & 255];

		if (wide[entry >> 16])
			l->full[l->fulls++] = entry;
		else if (flags & CAS_ROW_PAIR)
			l->pair[l->pairs++] = entry;
		else if (flags & CAS_ROW_WIDE)
			l->wide[l->wides++] = entry;
		if (!wide[entry >> 16] && flags & CAS_ROW_WIDE2)
			l->wide[l->wides++] = entry + 256;
	}
	if (l->pairs & 1)
		l->pair[l->pairs++] = CAS_ROW_NULL;
}

/* One row of activations, terms k0 .. k0 + terms - 1 of the weights. */
static void run_row(const struct cas_matmul *mm, int whole, const uint8_t *a, int k0, int terms, int32_t *acc)
{
	struct lists l;
	struct block b = {.tables = whole ? mm->less_zero : mm->plain, .value = whole ? mm->less : mm->product->value};

	list_live(&l, b.tables, a, terms);
	for (int n0 = 0; n0 < mm->n; n0 += BLOCK_N) {
		size_t first = (size_t)(n0 / BLOCK_N) * (size_t)mm->k + (size_t)k0;

		b.n = least(BLOCK_N, mm->n - n0);
		b.w = mm->packed + first * BLOCK_N;
		split(&l, b.tables, mm->wide + first);
		if (b.n > 32)
			run_lists_2(&b, &l, acc + n0);
		else
			run_lists_1(&b, &l, acc + n0);
	}
}

void cas_mm_run_avx2(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first, int32_t *acc)
{
	int count = rows->groups * rows->group_len;
	int whole = mm->less_zero && k_first == 0 && count == mm->k;
	size_t n = (size_t)mm->n;
	uint8_t room[CAS_MM_BLOCK_K];

	for (int m = 0; m < rows->m; m++) {
		if (whole)
			memcpy(acc + (size_t)m * n, mm->zero_sum, n * sizeof *acc);
		else
			memset(acc + (size_t)m * n, 0, n * sizeof *acc);
	}
	for (int k0 = 0; k0 < count; k0 += CAS_MM_BLOCK_K) {
		int terms = least(CAS_MM_BLOCK_K, count - k0);

		for (int m = 0; m < rows->m; m++)
			run_row(mm, whole, cas_mm_activations(rows, m, k0, terms, room), k_first + k0, terms,
				acc + (size_t)m * n);
	}
}

#endif
