/* Table sums with AVX-512 VBMI: one row of activations at a time, accumulators in registers.
 *
 * A block of activations is first cut down to a list of those whose row is not zero (in a trained
 * network most activations are zero); then for each listed one its row is fetched and the weights of
 * up to 256 outputs are looked up, 64 at a time, low and high part by one vpermi2b each.
 * Bytes are added to 16-bit lanes without unpacking: `all` takes the vector as words, `odd` the
 * vector >> 8, so the even bytes' sum is all - (odd << 8) modulo 2^16.
 */
#include "engine/matmul_plan.h"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512VBMI__)

#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { CHUNK = 256 }; /* additions of bytes that a 16-bit lane holds: 256 * 255 < 2^16 */

struct lists {
	uint32_t pair[CAS_MM_BLOCK_K + 66]; /* entry: term in the block << 16 | slot */
	uint32_t wide[2 * CAS_MM_BLOCK_K + 1];
	uint32_t full[2 * CAS_MM_BLOCK_K + 1];
	int pairs, wides, fulls;
};

/* Where the weights of the block's term 0 are and what its rows are; the same for all entries. */
struct block {
	const uint8_t *w;
	size_t stride; /* bytes from one term's weights to the next's */
	const struct cas_row_tables *tables;
	int n; /* outputs, up to 256 */
};

struct sums {
	__m512i lo_all, lo_odd, hi_all, hi_odd;
};

/* One activation's row of 128 entries. */
struct row7 {
	__m512i lo0, lo1, hi0, hi1;
};

INLINE struct row7 load_row7(const struct block *b, uint32_t entry)
{
	const uint8_t *row = b->tables->row7[entry & 0xffff];

	return (struct row7){_mm512_load_si512(row), _mm512_load_si512(row + 64),
		_mm512_load_si512(row + 128), _mm512_load_si512(row + 192)};
}

INLINE void add_lo(struct sums *s, __m512i x)
{
	s->lo_all = _mm512_add_epi16(s->lo_all, x);
	s->lo_odd = _mm512_add_epi16(s->lo_odd, _mm512_srli_epi16(x, 8));
}

INLINE void add_hi(struct sums *s, __m512i x)
{
	s->hi_all = _mm512_add_epi16(s->hi_all, x);
	s->hi_odd = _mm512_add_epi16(s->hi_odd, _mm512_srli_epi16(x, 8));
}

INLINE void step_pair(struct sums *s, const struct row7 *p, const struct row7 *q, const uint8_t *wp,
	const uint8_t *wq)
{
	__m512i x = _mm512_load_si512(wp), y = _mm512_load_si512(wq);

	add_lo(s, _mm512_add_epi8(_mm512_permutex2var_epi8(p->lo0, x, p->lo1),
		_mm512_permutex2var_epi8(q->lo0, y, q->lo1)));
	add_hi(s, _mm512_add_epi8(_mm512_permutex2var_epi8(p->hi0, x, p->hi1),
		_mm512_permutex2var_epi8(q->hi0, y, q->hi1)));
}

INLINE void step_wide(struct sums *s, const struct row7 *p, const uint8_t *w)
{
	__m512i x = _mm512_load_si512(w);

	add_lo(s, _mm512_permutex2var_epi8(p->lo0, x, p->lo1));
	add_hi(s, _mm512_permutex2var_epi8(p->hi0, x, p->hi1));
}

/* 256 entries: the lower 128 or, by the weight's bit 7, the upper. */
INLINE void step_full(struct sums *s, const uint8_t *row, const uint8_t *w)
{
	__m512i x = _mm512_load_si512(w);
	__mmask64 upper = _mm512_movepi8_mask(x);
	__m512i lo = _mm512_permutex2var_epi8(_mm512_load_si512(row), x, _mm512_load_si512(row + 64));
	__m512i hi = _mm512_permutex2var_epi8(_mm512_load_si512(row + 256), x, _mm512_load_si512(row + 320));

	lo = _mm512_mask_blend_epi8(upper, lo,
		_mm512_permutex2var_epi8(_mm512_load_si512(row + 128), x, _mm512_load_si512(row + 192)));
	hi = _mm512_mask_blend_epi8(upper, hi,
		_mm512_permutex2var_epi8(_mm512_load_si512(row + 384), x, _mm512_load_si512(row + 448)));
	add_lo(s, lo);
	add_hi(s, hi);
}

/* acc[0..left) += 16 sums: lo + (hi << hi_bits) + offset of lanes that hold one number each. */
INLINE void add_out(int32_t *acc, int left, __m512i lo, __m512i hi, int hi_bits, __m512i offset)
{
	__m512i sum = _mm512_add_epi32(_mm512_add_epi32(lo, offset), _mm512_slli_epi32(hi, (unsigned)hi_bits));
	__mmask16 mask = (__mmask16)((1 << (left & 15)) - 1);

	if (left >= 16) /* masked stores are slow to read back */
		_mm512_storeu_si512(acc, _mm512_add_epi32(sum, _mm512_loadu_si512(acc)));
	else
		_mm512_mask_storeu_epi32(acc, mask, _mm512_add_epi32(sum, _mm512_maskz_loadu_epi32(mask, acc)));
}

/* The four phases of a vector are runs of 16 outputs (see `packed`). */
INLINE void widen(const struct sums *s, int hi_bits, int32_t offset, int32_t *acc, int left)
{
	__m512i low = _mm512_set1_epi32(0xffff), off = _mm512_set1_epi32(offset);
	__m512i lo_even = _mm512_sub_epi16(s->lo_all, _mm512_slli_epi16(s->lo_odd, 8));
	__m512i hi_even = _mm512_sub_epi16(s->hi_all, _mm512_slli_epi16(s->hi_odd, 8));

	add_out(acc, left, _mm512_and_si512(lo_even, low), _mm512_and_si512(hi_even, low), hi_bits, off);
	if (left > 16)
		add_out(acc + 16, left - 16, _mm512_and_si512(s->lo_odd, low), _mm512_and_si512(s->hi_odd, low),
			hi_bits, off);
	if (left > 32)
		add_out(acc + 32, left - 32, _mm512_srli_epi32(lo_even, 16), _mm512_srli_epi32(hi_even, 16),
			hi_bits, off);
	if (left > 48)
		add_out(acc + 48, left - 48, _mm512_srli_epi32(s->lo_odd, 16), _mm512_srli_epi32(s->hi_odd, 16),
			hi_bits, off);
}

INLINE void widen_all(const struct sums s[4], int vectors, int hi_bits, int32_t offset, int32_t *acc, int n)
{
	widen(&s[0], hi_bits, offset, acc, n);
	if (vectors > 1)
		widen(&s[1], hi_bits, offset, acc + 64, n - 64);
	if (vectors > 2)
		widen(&s[2], hi_bits, offset, acc + 128, n - 128);
	if (vectors > 3)
		widen(&s[3], hi_bits, offset, acc + 192, n - 192);
}

#define ZERO_SUMS {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()}

/* count is even. */
INLINE void run_pairs(const struct block *b, int vectors, const uint32_t *list, int count, int32_t *acc)
{
	struct sums s[4] = {ZERO_SUMS, ZERO_SUMS, ZERO_SUMS, ZERO_SUMS};
	int32_t offset = 0;

	for (int i = 0; i < count; i += 2) {
		struct row7 p = load_row7(b, list[i]), q = load_row7(b, list[i + 1]);
		const uint8_t *wp = b->w + (size_t)(list[i] >> 16) * b->stride;
		const uint8_t *wq = b->w + (size_t)(list[i + 1] >> 16) * b->stride;

		offset += b->tables->offset7[list[i] & 0xffff] + b->tables->offset7[list[i + 1] & 0xffff];
		step_pair(&s[0], &p, &q, wp, wq);
		if (vectors > 1)
			step_pair(&s[1], &p, &q, wp + 64, wq + 64);
		if (vectors > 2)
			step_pair(&s[2], &p, &q, wp + 128, wq + 128);
		if (vectors > 3)
			step_pair(&s[3], &p, &q, wp + 192, wq + 192);
	}
	widen_all(s, vectors, 7, offset, acc, b->n);
}

INLINE void run_wides(const struct block *b, int vectors, const uint32_t *list, int count, int32_t *acc)
{
	struct sums s[4] = {ZERO_SUMS, ZERO_SUMS, ZERO_SUMS, ZERO_SUMS};
	int32_t offset = 0;

	for (int i = 0; i < count; i++) {
		struct row7 p = load_row7(b, list[i]);
		const uint8_t *w = b->w + (size_t)(list[i] >> 16) * b->stride;

		offset += b->tables->offset7[list[i] & 0xffff];
		step_wide(&s[0], &p, w);
		if (vectors > 1)
			step_wide(&s[1], &p, w + 64);
		if (vectors > 2)
			step_wide(&s[2], &p, w + 128);
		if (vectors > 3)
			step_wide(&s[3], &p, w + 192);
	}
	widen_all(s, vectors, 8, offset, acc, b->n);
}

INLINE void run_fulls(const struct block *b, int vectors, const uint32_t *list, int count, int32_t *acc)
{
	struct sums s[4] = {ZERO_SUMS, ZERO_SUMS, ZERO_SUMS, ZERO_SUMS};
	int32_t offset = 0;

	for (int i = 0; i < count; i++) {
		const uint8_t *row = b->tables->row8[list[i] & 0xffff];
		const uint8_t *w = b->w + (size_t)(list[i] >> 16) * b->stride;

		offset += b->tables->offset8[list[i] & 0xffff];
		step_full(&s[0], row, w);
		if (vectors > 1)
			step_full(&s[1], row, w + 64);
		if (vectors > 2)
			step_full(&s[2], row, w + 128);
		if (vectors > 3)
			step_full(&s[3], row, w + 192);
	}
	widen_all(s, vectors, 8, offset, acc, b->n);
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
	for (int i = 0; i < l->fulls; i += CHUNK)
		run_fulls(b, vectors, l->full + i, least(CHUNK, l->fulls - i), acc);
}

/* One copy of the loops for each number of vectors, so that the sums stay in registers. */
static void run_lists_1(const struct block *b, const struct lists *l, int32_t *acc) { run_lists(b, 1, l, acc); }
static void run_lists_2(const struct block *b, const struct lists *l, int32_t *acc) { run_lists(b, 2, l, acc); }
static void run_lists_3(const struct block *b, const struct lists *l, int32_t *acc) { run_lists(b, 3, l, acc); }
static void run_lists_4(const struct block *b, const struct lists *l, int32_t *acc) { run_lists(b, 4, l, acc); }

static int append(uint32_t *list, int count, uint64_t mask, const uint8_t *a, int k0, uint32_t slot_base)
{
	for (; mask; mask &= mask - 1) {
		int i = __builtin_ctzll(mask);

		list[count++] = (uint32_t)(k0 + i) << 16 | (slot_base + a[i]);
	}
	return count;
}

/* Appends the pairs among 64 activations; writes up to 16 entries past the new end. */
INLINE int append_pairs(uint32_t *list, int count, uint64_t mask, __m512i a, int k0)
{
	__m512i k = _mm512_slli_epi32(_mm512_add_epi32(_mm512_set1_epi32(k0),
		_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)), 16);
	__m512i step = _mm512_set1_epi32(16 << 16);
	__m128i part[4] = {_mm512_extracti32x4_epi32(a, 0), _mm512_extracti32x4_epi32(a, 1),
		_mm512_extracti32x4_epi32(a, 2), _mm512_extracti32x4_epi32(a, 3)};

	for (int i = 0; i < 4; i++) {
		__mmask16 here = (__mmask16)(mask >> (16 * i));
		__m512i entry = _mm512_or_si512(k, _mm512_cvtepu8_epi32(part[i]));

		_mm512_storeu_si512(list + count, _mm512_maskz_compress_epi32(here, entry));
		count += __builtin_popcount(here);
		k = _mm512_add_epi32(k, step);
	}
	return count;
}

static void make_lists(struct lists *l, const struct cas_row_tables *t, const uint8_t *a, const uint8_t *wide,
	int count)
{
	__m512i f0 = _mm512_loadu_si512(t->flags), f1 = _mm512_loadu_si512(t->flags + 64);
	__m512i f2 = _mm512_loadu_si512(t->flags + 128), f3 = _mm512_loadu_si512(t->flags + 192);

	l->pairs = l->wides = l->fulls = 0;
	for (int k0 = 0; k0 < count; k0 += 64) {
		uint64_t live = count - k0 >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << (count - k0)) - 1;
		__m512i x = _mm512_maskz_loadu_epi8(live, a + k0);
		__m512i flags = _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), _mm512_permutex2var_epi8(f0, x, f1),
			_mm512_permutex2var_epi8(f2, x, f3));
		uint64_t full = _mm512_movepi8_mask(_mm512_maskz_loadu_epi8(live, wide + k0));
		uint64_t pair = live & ~full & _mm512_test_epi8_mask(flags, _mm512_set1_epi8(CAS_ROW_PAIR));
		uint64_t wides = live & ~full & _mm512_test_epi8_mask(flags, _mm512_set1_epi8(CAS_ROW_WIDE));
		uint64_t wide2 = wides & _mm512_test_epi8_mask(flags, _mm512_set1_epi8(CAS_ROW_WIDE2));
		uint64_t fulls = full & _mm512_test_epi8_mask(flags, _mm512_set1_epi8(CAS_ROW_FULL));
		uint64_t full2 = fulls & _mm512_test_epi8_mask(flags, _mm512_set1_epi8(CAS_ROW_FULL2));

		if (pair)
			l->pairs = append_pairs(l->pair, l->pairs, pair, x, k0);
		l->wides = append(l->wide, l->wides, wides, a + k0, k0, 0);
		l->wides = append(l->wide, l->wides, wide2, a + k0, k0, 256);
		l->fulls = append(l->full, l->fulls, fulls, a + k0, k0, 0);
		l->fulls = append(l->full, l->fulls, full2, a + k0, k0, 256);
	}
	if (l->pairs & 1)
		l->pair[l->pairs++] = CAS_ROW_NULL;
}

static void run_row(const struct block *b, const uint8_t *a, const uint8_t *wide, int count, int32_t *acc)
{
	struct lists lists;

	make_lists(&lists, b->tables, a, wide, count);
	switch ((b->n + 63) / 64) {
	case 1: run_lists_1(b, &lists, acc); break;
	case 2: run_lists_2(b, &lists, acc); break;
	case 3: run_lists_3(b, &lists, acc); break;
	default: run_lists_4(b, &lists, acc); break;
	}
}

void cas_mm_run_avx512(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first, int32_t *acc)
{
	int count = rows->groups * rows->group_len;
	int whole = mm->less_zero && k_first == 0 && count == mm->k;
	uint8_t room[CAS_MM_BLOCK_K];

	for (int m = 0; m < rows->m; m++) {
		if (whole)
			memcpy(acc + (size_t)m * (size_t)mm->n, mm->zero_sum, (size_t)mm->n * sizeof *acc);
		else
			memset(acc + (size_t)m * (size_t)mm->n, 0, (size_t)mm->n * sizeof *acc);
	}
	for (int n0 = 0; n0 < mm->n; n0 += CAS_MM_BLOCK_N) {
		const uint8_t *wide = mm->wide + (size_t)(n0 / CAS_MM_BLOCK_N) * (size_t)mm->k + k_first;
		struct block b = {.n = least(CAS_MM_BLOCK_N, mm->n - n0), .tables = whole ? mm->less_zero : mm->plain};

		b.stride = (size_t)(b.n + 63) / 64 * 64;
		for (int k0 = 0; k0 < count; k0 += CAS_MM_BLOCK_K) {
			int terms = least(CAS_MM_BLOCK_K, count - k0);

			b.w = mm->packed + (size_t)n0 * (size_t)mm->k + (size_t)(k_first + k0) * b.stride;
			for (int m = 0; m < rows->m; m++)
				run_row(&b, cas_mm_activations(rows, m, k0, terms, room), wide + k0, terms,
					acc + (size_t)m * (size_t)mm->n + n0);
		}
	}
}

#endif
