/* Routing sums by byte permutes.
 *
 * Sum: the table row depends on c[i][j], so for each class the capsules are sorted by their
 * coefficient (a counting sort); then four capsules with one row are looked up at a time, 16
 * elements each.  Update: the row depends on v[j][d], so votes are turned to [d][i] by blocks and 64
 * capsules are looked up at a time.  Rows and 16-bit lanes as in matmul_avx512.c.
 */
#include "engine/routing_kernel_plan.h"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512VBMI__)

#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum {
	LANE_ADDS = 256, /* bytes that a 16-bit lane holds: 256 * 255 < 2^16 */
	SORT = 1024,     /* capsules sorted at a time */
};

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

/* Adds the entries at x; bytes outside `valid` add nothing. */
INLINE void add(struct sums *s, const struct row8 *row, __m512i x, __mmask64 valid)
{
	__mmask64 upper = _mm512_movepi8_mask(x);
	__m512i lo = _mm512_maskz_mov_epi8(valid, look_up(row->lo, x, upper));
	__m512i hi = _mm512_maskz_mov_epi8(valid, look_up(row->hi, x, upper));

	s->lo_all = _mm512_add_epi16(s->lo_all, lo);
	s->lo_odd = _mm512_add_epi16(s->lo_odd, _mm512_srli_epi16(lo, 8));
	s->hi_all = _mm512_add_epi16(s->hi_all, hi);
	s->hi_odd = _mm512_add_epi16(s->hi_odd, _mm512_srli_epi16(hi, 8));
}

/* The sums of the 64 bytes in order. */
INLINE void flush(const struct sums *s, uint32_t out[64])
{
	uint16_t lo[2][32], hi[2][32];

	_mm512_storeu_si512(lo[0], _mm512_sub_epi16(s->lo_all, _mm512_slli_epi16(s->lo_odd, 8)));
	_mm512_storeu_si512(lo[1], s->lo_odd);
	_mm512_storeu_si512(hi[0], _mm512_sub_epi16(s->hi_all, _mm512_slli_epi16(s->hi_odd, 8)));
	_mm512_storeu_si512(hi[1], s->hi_odd);
	for (int i = 0; i < 64; i++)
		out[i] = lo[i & 1][i >> 1] + ((uint32_t)hi[i & 1][i >> 1] << 8);
}

/* Capsules of one class, sorted by coefficient. */
struct sorted {
	uint16_t order[SORT + 4];
	int start[257];
};

static void sort(struct sorted *s, const uint8_t *coupling, int count, int classes)
{
	int next[256] = {0};

	for (int i = 0; i < count; i++)
		next[coupling[(size_t)i * (size_t)classes]]++;
	for (int c = 0, sum = 0; c < 256; c++) {
		int here = next[c];

		s->start[c] = next[c] = sum;
		sum += here;
	}
	s->start[256] = count;
	for (int i = 0; i < count; i++)
		s->order[next[coupling[(size_t)i * (size_t)classes]]++] = (uint16_t)i;
	memset(s->order + count, 0, 4 * sizeof s->order[0]);
}

struct votes {
	const int8_t *base; /* of capsule 0 of the sorted ones, this class, first element */
	size_t stride;      /* from one capsule to the next */
	__mmask16 elements; /* those of up to 16 that exist */
};

INLINE __m512i four_votes(const struct votes *v, const uint16_t *order)
{
	__m512i x = _mm512_castsi128_si512(_mm_maskz_loadu_epi8(v->elements, v->base + order[0] * v->stride));

	x = _mm512_inserti32x4(x, _mm_maskz_loadu_epi8(v->elements, v->base + order[1] * v->stride), 1);
	x = _mm512_inserti32x4(x, _mm_maskz_loadu_epi8(v->elements, v->base + order[2] * v->stride), 2);
	return _mm512_inserti32x4(x, _mm_maskz_loadu_epi8(v->elements, v->base + order[3] * v->stride), 3);
}

static void flush_elements(struct sums *s, int *adds, uint32_t sum[16])
{
	uint32_t out[64];

	flush(s, out);
	for (int i = 0; i < 64; i++)
		sum[i & 15] += out[i];
	*s = no_sums();
	*adds = 0;
}

/* sum[0..15] += the products of all sorted capsules for 16 elements. */
static void sum_elements(const struct cas_row_tables *t, const struct sorted *sorted, const struct votes *v,
	uint32_t sum[16])
{
	struct sums s = no_sums();
	int adds = 0;
	uint32_t offset = 0;

	for (int c = 0; c < 256; c++) {
		int first = sorted->start[c], last = sorted->start[c + 1];

		if (first == last || !(t->flags[c] & CAS_ROW_FULL))
			continue;
		offset += (uint32_t)(last - first) * (uint32_t)t->offset8[c];
		for (int slot = c; slot <= (t->flags[c] & CAS_ROW_FULL2 ? 256 + c : c); slot += 256) {
			struct row8 row = load_row(t->row8[slot]);

			for (int i = first; i < last; i += 4) {
				__mmask64 valid = last - i >= 4 ? ~(__mmask64)0 : ((__mmask64)1 << 16 * (last - i)) - 1;

				add(&s, &row, four_votes(v, sorted->order + i), valid);
				if (++adds == LANE_ADDS)
					flush_elements(&s, &adds, sum);
			}
		}
	}
	flush_elements(&s, &adds, sum);
	for (int d = 0; d < 16; d++)
		sum[d] += offset;
}

void cas_rk_sum_avx512(const struct cas_routing_kernel *rk, const uint8_t *coupling, const int8_t *votes,
	int caps, int classes, int dim, int32_t *acc)
{
	size_t stride = (size_t)classes * (size_t)dim;
	struct sorted sorted;

	memset(acc, 0, stride * sizeof *acc);
	for (int i0 = 0; i0 < caps; i0 += SORT)
		for (int j = 0; j < classes; j++) {
			int count = caps - i0 < SORT ? caps - i0 : SORT;

			sort(&sorted, coupling + (size_t)i0 * (size_t)classes + j, count, classes);
			for (int d0 = 0; d0 < dim; d0 += 16) {
				int left = dim - d0 < 16 ? dim - d0 : 16;
				struct votes v = {votes + (size_t)i0 * stride + (size_t)j * (size_t)dim + d0, stride,
					(__mmask16)((1u << left) - 1)};
				uint32_t sum[16] = {0};

				sum_elements(rk->sum_rows, &sorted, &v, sum);
				for (int d = 0; d < left; d++)
					acc[j * dim + d0 + d] += (int32_t)sum[d];
			}
		}
}

/* Votes of 64 capsules, 16 elements each, turned: turned[d] holds element d of capsules 0..63.
 * Unpacking runs of 16 rows four times gives within each quarter the 16 x 16 transpose. */
INLINE void turn_step(const __m512i in[16], __m512i out[16])
{
	for (int i = 0; i < 8; i++) {
		out[2 * i] = _mm512_unpacklo_epi8(in[i], in[i + 8]);
		out[2 * i + 1] = _mm512_unpackhi_epi8(in[i], in[i + 8]);
	}
}

INLINE void turn(const int8_t *votes, size_t stride, int count, __mmask16 elements, __m512i turned[16])
{
	__m512i x[16], y[16];

	/* Quarter q of x[r] is capsule 16 q + r; those that do not exist repeat the last one. */
	for (int r = 0; r < 16; r++) {
		__m128i q[4];

		for (int k = 0; k < 4; k++) {
			int i = 16 * k + r < count ? 16 * k + r : count - 1;

			q[k] = _mm_maskz_loadu_epi8(elements, votes + (size_t)i * stride);
		}
		x[r] = _mm512_inserti32x4(_mm512_inserti32x4(_mm512_inserti32x4(_mm512_castsi128_si512(q[0]),
			q[1], 1), q[2], 2), q[3], 3);
	}
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
		add(&s, &row, turned[d], ~(__mmask64)0);
		if (t->flags[code] & CAS_ROW_FULL2) {
			row = load_row(t->row8[256 + code]);
			add(&s, &row, turned[d], ~(__mmask64)0);
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
