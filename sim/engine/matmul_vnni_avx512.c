/* Exact products, value[a][w] == (a w) << shift, by vpdpbusd: sums of four u8 x s8 products in int32.
 *
 * Unsigned activations multiply signed weights.  Signed activations multiply weights + 128, which
 * adds 128 times the sum of the row's activations, a number that is then subtracted.  Zeros before
 * and after bring any range of terms to whole groups of four.
 */
#include "engine/matmul_plan.h"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512VNNI__)

#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { ROWS = 6, VECTORS = 4 }; /* 24 accumulators, 4 weights */

struct tile {
	uint8_t a[ROWS][CAS_MM_BLOCK_K + 8]; /* whole groups of four */
	int32_t correction[ROWS];
	int groups;
};

/* The empty statement says that the sum stays in its register: gcc 12 at -O3 otherwise keeps two
 * copies of every accumulator and spills them, at half the speed. */
INLINE __m512i dot(__m512i sum, __m512i a, __m512i w, int a_signed)
{
	sum = a_signed ? _mm512_dpbusd_epi32(sum, w, a) : _mm512_dpbusd_epi32(sum, a, w);
	__asm__("" : "+v"(sum));
	return sum;
}

INLINE __m512i group_of(const uint8_t *a)
{
	int32_t four;

	memcpy(&four, a, sizeof four);
	return _mm512_set1_epi32(four);
}

/* Where one tile's results go, and the weights of its up to 64 outputs: [group][64][4]. */
struct job {
	const uint8_t *w;
	int32_t *acc; /* of the tile's row 0 */
	size_t pitch;
	int n, shift;
};

INLINE void add_out(int32_t *acc, int left, __m512i x)
{
	__mmask16 mask = (__mmask16)(left >= 16 ? 0xffff : left > 0 ? (1 << left) - 1 : 0);

	_mm512_mask_storeu_epi32(acc, mask, _mm512_add_epi32(_mm512_maskz_loadu_epi32(mask, acc), x));
}

/* acc[r0 + r][0..n) += the sums of `rows` rows of the tile, r0 on. */
INLINE void run_tile(const struct tile *t, const struct job *job, int r0, int rows, int a_signed)
{
	__m512i s[ROWS][VECTORS];
	const uint8_t *w = job->w;

#pragma GCC unroll 8
	for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
		for (int v = 0; v < VECTORS; v++)
			s[r][v] = _mm512_set1_epi32(-t->correction[r0 + r]);
	for (int g = 0; g < t->groups; g++, w += VECTORS * 64) {
#pragma GCC unroll 8
		for (int r = 0; r < rows; r++) {
			__m512i a = group_of(t->a[r0 + r] + 4 * (size_t)g);

#pragma GCC unroll 4
			for (int v = 0; v < VECTORS; v++)
				s[r][v] = dot(s[r][v], a, _mm512_load_si512(w + 64 * v), a_signed);
		}
	}
#pragma GCC unroll 8
	for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
		for (int v = 0; v < VECTORS; v++)
			if (job->n > 16 * v)
				add_out(job->acc + (size_t)(r0 + r) * job->pitch + 16 * v, job->n - 16 * v,
					_mm512_slli_epi32(s[r][v], (unsigned)job->shift));
}

/* Copies with the number of rows known, so that sums stay in registers. */
static void six_unsigned(const struct tile *t, const struct job *job) { run_tile(t, job, 0, ROWS, 0); }
static void six_signed(const struct tile *t, const struct job *job) { run_tile(t, job, 0, ROWS, 1); }

static void one_unsigned(const struct tile *t, const struct job *job, int r)
{
	run_tile(t, job, r, 1, 0);
}

static void one_signed(const struct tile *t, const struct job *job, int r)
{
	run_tile(t, job, r, 1, 1);
}

static void run_job(const struct tile *t, const struct job *job, int rows, int a_signed)
{
	if (rows == ROWS) {
		(a_signed ? six_signed : six_unsigned)(t, job);
		return;
	}
	for (int r = 0; r < rows; r++)
		(a_signed ? one_signed : one_unsigned)(t, job, r);
}

/* Row r of the tile: `lead` zeros, the activations, zeros up to a whole group.  The code -128, whose
 * product is 0 by definition, becomes 0. */
static void fill_row(struct tile *t, int r, const uint8_t *a, int lead, int count, int a_signed)
{
	uint8_t *to = t->a[r];
	int32_t sum = 0;

	memset(to, 0, 4);
	memset(to + 4 * (t->groups - 1), 0, 4);
	memcpy(to + lead, a, (size_t)count);
	if (a_signed)
		for (int k = lead; k < lead + count; k++) {
			to[k] = to[k] == 128 ? 0 : to[k];
			sum += (int8_t)to[k];
		}
	t->correction[r] = 128 * sum;
}

static int least(int x, int y)
{
	return x < y ? x : y;
}

void cas_mm_run_vnni(const struct cas_matmul *mm, const struct cas_rows *rows, int k_first, int32_t *acc)
{
	int count = rows->groups * rows->group_len;
	size_t n = (size_t)mm->n, k_groups = ((size_t)mm->k + 3) / 4;
	uint8_t room[CAS_MM_BLOCK_K];
	struct tile t;

	memset(acc, 0, (size_t)rows->m * n * sizeof *acc);
	for (int k0 = 0; k0 < count; k0 += CAS_MM_BLOCK_K) {
		int terms = least(CAS_MM_BLOCK_K, count - k0), lead = (int)((unsigned)(k_first + k0) % 4);
		size_t first_group = (size_t)(k_first + k0) / 4;

		t.groups = (lead + terms + 3) / 4;
		for (int m = 0; m < rows->m; m += ROWS) {
			int height = least(ROWS, rows->m - m);

			for (int r = 0; r < height; r++)
				fill_row(&t, r, cas_mm_activations(rows, m + r, k0, terms, room), lead, terms, mm->a_signed);
			for (int n0 = 0; n0 < mm->n; n0 += 64) {
				struct job job = {mm->packed + ((size_t)(n0 / 64) * k_groups + first_group) * 256,
					acc + (size_t)m * n + n0, n, mm->n - n0, mm->product->shift};

				run_job(&t, &job, height, mm->a_signed);
			}
		}
	}
}

#endif
