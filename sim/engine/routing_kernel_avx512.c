/* Routing sums by byte permutes.
 *
 * Sum: the table row depends on c[i][j], so 16 elements of one capsule are looked up at a time (to
 * sort the capsules by coefficient first costs more than it saves).  Update: the row depends on v[j][d], so votes are turned to [d][i] by blocks and 64
 * capsules are looked up at a time.  Rows and 16-bit lanes as in matmul_avx512.c.
 */
#include "engine/routing_kernel_plan.h"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512VBMI__)

#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { LANE_ADDS = 256 }; /* bytes that a 16-bit lane holds: 256 * 255 < 2^16 */

struct sums {
	__m512i lo_all, lo_odd, hi_all, hi_odd;
};

/* A row of 256 entries. */
struct row8 {
	__m512i lo[4], hi[4];
};

INLINE struct row8 load_row(const uint8_t *row)
{
	return (struct row8){
		{_mm512_load_si512(row), _mm512_load_si512(row + 64), _mm512_load_si512(row + 128),
			_mm512_load_si512(row + 192)},
		{_mm512_load_si512(row + 256), _mm512_load_si512(row + 320), _mm512_load_si512(row + 384),
			_mm512_load_si512(row + 448)}};
}

INLINE struct sums no_sums(void)
{
	__m512i zero = _mm512_setzero_si512();

	return (struct sums){zero, zero, zero, zero};
}

INLINE __m512i look_up(const __m512i part[4], __m512i x, __mmask64 upper)
{
	return _mm512_mask_blend_epi8(upper, _mm512_permutex2var_epi8(part[0], x, part[1]),
		_mm512_permutex2var_epi8(part[2], x, part[3]));
}

INLINE void add(struct sums *s, const struct row8 *row, __m512i x)
{
	__mmask64 upper = _mm512_movepi8_mask(x);
	__m512i lo = look_up(row->lo, x, upper), hi = look_up(row->hi, x, upper);

	s->lo_all = _mm512_add_epi16(s->lo_all, lo);
	s->lo_odd = _mm512_add_epi16(s->lo_odd, _mm512_srli_epi16(lo, 8));
	s->hi_all = _mm512_add_epi16(s->hi_all, hi);
	s->hi_odd = _mm512_add_epi16(s->hi_odd, _mm512_srli_epi16(hi, 8));
}

INLINE void put(uint32_t *out, __m128i lo, __m128i hi)
{
	_mm256_storeu_si256((__m256i *)(void *)out, _mm256_add_epi32(_mm256_cvtepu16_epi32(lo),
		_mm256_slli_epi32(_mm256_cvtepu16_epi32(hi), 8)));
}

/* The sums of the 64 bytes in order. */
INLINE void flush(const struct sums *s, uint32_t out[64])
{
	__m512i lo_even = _mm512_sub_epi16(s->lo_all, _mm512_slli_epi16(s->lo_odd, 8));
	__m512i hi_even = _mm512_sub_epi16(s->hi_all, _mm512_slli_epi16(s->hi_odd, 8));
	__m512i lo[2] = {_mm512_unpacklo_epi16(lo_even, s->lo_odd), _mm512_unpackhi_epi16(lo_even, s->lo_odd)};
	__m512i hi[2] = {_mm512_unpacklo_epi16(hi_even, s->hi_odd), _mm512_unpackhi_epi16(hi_even, s->hi_odd)};

	for (int half = 0; half < 2; half++) {
		put(out + 8 * half, _mm512_extracti32x4_epi32(lo[half], 0), _mm512_extracti32x4_epi32(hi[half], 0));
		put(out + 16 + 8 * half, _mm512_extracti32x4_epi32(lo[half], 1), _mm512_extracti32x4_epi32(hi[half], 1));
		put(out + 32 + 8 * half, _mm512_extracti32x4_epi32(lo[half], 2), _mm512_extracti32x4_epi32(hi[half], 2));
		put(out + 48 + 8 * half, _mm512_extracti32x4_epi32(lo[half], 3), _mm512_extracti32x4_epi32(hi[half], 3));
	}
}

/* One capsule's 16 elements: the row is read from memory, since the next capsule has another. */
struct sums16 {
	__m128i lo_all, lo_odd, hi_all, hi_odd;
};

INLINE __m128i look_up16(const uint8_t *part, __m128i x, __mmask64 upper)
{
	__m512i wide = _mm512_castsi128_si512(x);
	__m512i low = _mm512_permutex2var_epi8(_mm512_load_si512(part), wide, _mm512_load_si512(part + 64));
	__m512i high = _mm512_permutex2var_epi8(_mm512_load_si512(part + 128), wide, _mm512_load_si512(part + 192));

	return _mm512_castsi512_si128(_mm512_mask_blend_epi8(upper, low, high));
}

INLINE void add16(struct sums16 *s, const uint8_t *row, __m128i x)
{
	__mmask64 upper = _mm_movepi8_mask(x);
	__m128i lo = look_up16(row, x, upper), hi = look_up16(row + 256, x, upper);

	s->lo_all = _mm_add_epi16(s->lo_all, lo);
	s->lo_odd = _mm_add_epi16(s->lo_odd, _mm_srli_epi16(lo, 8));
	s->hi_all = _mm_add_epi16(s->hi_all, hi);
	s->hi_odd = _mm_add_epi16(s->hi_odd, _mm_srli_epi16(hi, 8));
}

/* 32-bit sums of the even, then of the odd bytes. */
INLINE void add_wide16(__m256i sum[2], const struct sums16 *s)
{
	__m128i lo_even = _mm_sub_epi16(s->lo_all, _mm_slli_epi16(s->lo_odd, 8));
	__m128i hi_even = _mm_sub_epi16(s->hi_all, _mm_slli_epi16(s->hi_odd, 8));

	sum[0] = _mm256_add_epi32(sum[0], _mm256_add_epi32(_mm256_cvtepu16_epi32(lo_even),
		_mm256_slli_epi32(_mm256_cvtepu16_epi32(hi_even), 8)));
	sum[1] = _mm256_add_epi32(sum[1], _mm256_add_epi32(_mm256_cvtepu16_epi32(s->lo_odd),
		_mm256_slli_epi32(_mm256_cvtepu16_epi32(s->hi_odd), 8)));
}

struct column {
	const uint8_t *coupling; /* of capsule 0, this class */
	const int8_t *votes;     /* of capsule 0, this class, first of up to 16 elements */
	size_t c_stride, v_stride;
	__mmask16 elements;
};

/* Sums of up to LANE_ADDS / 2 capsules, i0 on, so that two slots each cannot overflow a lane. */
INLINE void sum_chunk(const struct cas_row_tables *t, const struct column *col, int i0, int count, __m256i sum[2])
{
	__m128i zero = _mm_setzero_si128();
	struct sums16 s = {zero, zero, zero, zero};
	uint32_t offset = 0;

	for (int i = i0; i < i0 + count; i++) {
		int c = col->coupling[(size_t)i * col->c_stride];
		__m128i x = _mm_maskz_loadu_epi8(col->elements, col->votes + (size_t)i * col->v_stride);

		offset += (uint32_t)t->offset8[c];
		add16(&s, t->row8[c], x);
		if (t->flags[c] & CAS_ROW_FULL2)
			add16(&s, t->row8[256 + c], x);
	}
	add_wide16(sum, &s);
	sum[0] = _mm256_add_epi32(sum[0], _mm256_set1_epi32((int32_t)offset));
	sum[1] = _mm256_add_epi32(sum[1], _mm256_set1_epi32((int32_t)offset));
}

void cas_rk_sum_avx512(const struct cas_routing_kernel *rk, const uint8_t *coupling, const int8_t *votes,
	int caps, int classes, int dim, int32_t *acc)
{
	size_t stride = (size_t)classes * (size_t)dim;

	for (int j = 0; j < classes; j++)
		for (int d0 = 0; d0 < dim; d0 += 16) {
			int left = dim - d0 < 16 ? dim - d0 : 16;
			struct column col = {coupling + j, votes + (size_t)j * (size_t)dim + d0, (size_t)classes, stride,
				(__mmask16)((1u << left) - 1)};
			__m256i sum[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
			int32_t out[2][8];

			for (int i0 = 0; i0 < caps; i0 += LANE_ADDS / 2)
				sum_chunk(rk->sum_rows, &col, i0, caps - i0 < LANE_ADDS / 2 ? caps - i0 : LANE_ADDS / 2, sum);
			_mm256_storeu_si256((__m256i *)(void *)out[0], sum[0]);
			_mm256_storeu_si256((__m256i *)(void *)out[1], sum[1]);
			for (int d = 0; d < left; d++)
				acc[j * dim + d0 + d] = out[d & 1][d >> 1];
		}
}

/* Votes of 64 capsules, 16 elements each, turned: turned[d] holds element d of capsules 0..63.
 * Unpacking runs of 16 rows four times gives within each quarter the 16 x 16 transpose. */
INLINE void turn_step(const __m512i in[16], __m512i out[16])
{
#pragma GCC unroll 8
	for (int i = 0; i < 8; i++) {
		out[2 * i] = _mm512_unpacklo_epi8(in[i], in[i + 8]);
		out[2 * i + 1] = _mm512_unpackhi_epi8(in[i], in[i + 8]);
	}
}

/* Quarter q of row r is capsule 16 q + r; those that do not exist repeat the last one. */
INLINE __m512i four_votes(const int8_t *votes, size_t stride, int count, __mmask16 elements, int r)
{
	__m128i q[4];

#pragma GCC unroll 4
	for (int k = 0; k < 4; k++) {
		int i = count == 64 || 16 * k + r < count ? 16 * k + r : count - 1;

		q[k] = _mm_maskz_loadu_epi8(elements, votes + (size_t)i * stride);
	}
	return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_inserti128_si256(_mm256_castsi128_si256(q[0]), q[1], 1)),
		_mm256_inserti128_si256(_mm256_castsi128_si256(q[2]), q[3], 1), 1);
}

INLINE void turn(const int8_t *votes, size_t stride, int count, __mmask16 elements, __m512i turned[16])
{
	__m512i x[16], y[16];

	if (count == 64)
#pragma GCC unroll 16
		for (int r = 0; r < 16; r++)
			x[r] = four_votes(votes, stride, 64, elements, r);
	else
		for (int r = 0; r < 16; r++)
			x[r] = four_votes(votes, stride, count, elements, r);
	turn_step(x, y);
	turn_step(y, x);
	turn_step(x, y);
	turn_step(y, turned);
}

/* delta[0..63] += products with v[0..left) of the turned votes. */
INLINE void update_block(const struct cas_row_tables *t, const __m512i turned[16], const int8_t *v, int left,
	uint32_t delta[64])
{
	struct sums s = no_sums();
	uint32_t offset = 0, out[64];

	for (int d = 0; d < left; d++) {
		uint8_t code = (uint8_t)v[d];
		struct row8 row;

		if (!(t->flags[code] & CAS_ROW_FULL))
			continue;
		offset += (uint32_t)t->offset8[code];
		row = load_row(t->row8[code]);
		add(&s, &row, turned[d]);
		if (t->flags[code] & CAS_ROW_FULL2) {
			row = load_row(t->row8[256 + code]);
			add(&s, &row, turned[d]);
		}
	}
	flush(&s, out);
	for (int i = 0; i < 64; i++)
		delta[i] += out[i] + offset;
}

void cas_rk_update_avx512(const struct cas_routing_kernel *rk, const int8_t *votes, const int8_t *v,
	int caps, int classes, int dim, int32_t *acc)
{
	size_t stride = (size_t)classes * (size_t)dim;

	for (int i0 = 0; i0 < caps; i0 += 64)
		for (int j = 0; j < classes; j++) {
			int count = caps - i0 < 64 ? caps - i0 : 64;
			uint32_t delta[64] = {0};

			for (int d0 = 0; d0 < dim; d0 += 16) {
				int left = dim - d0 < 16 ? dim - d0 : 16;
				__m512i turned[16];

				turn(votes + (size_t)i0 * stride + (size_t)j * (size_t)dim + d0, stride, count,
					(__mmask16)((1u << left) - 1), turned);
				update_block(rk->update_rows, turned, v + (size_t)j * (size_t)dim + d0, left, delta);
			}
			for (int i = 0; i < count; i++)
				acc[(size_t)(i0 + i) * (size_t)classes + (size_t)j] = (int32_t)delta[i];
		}
}

#endif
