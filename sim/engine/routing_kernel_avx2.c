/* The update of routing by gathering from the product table, eight entries at a time.  (The sum has
 * one row for each 16 entries, which the portable loop reads faster than gathers do.) */
#include "engine/routing_kernel_plan.h"

#if defined(__AVX2__)

#include <immintrin.h>

static __m256i codes(const int8_t *x)
{
	return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)x));
}

static int32_t lanes_sum(__m256i x)
{
	__m128i y = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));

	y = _mm_add_epi32(y, _mm_shuffle_epi32(y, 0x4e));
	y = _mm_add_epi32(y, _mm_shuffle_epi32(y, 0xb1));
	return _mm_cvtsi128_si32(y);
}

void cas_rk_update_avx2(const struct cas_routing_kernel *rk, const int8_t *votes, const int8_t *v,
	int caps, int classes, int dim, int32_t *acc)
{
	const int32_t *value = rk->update->value;

	for (int i = 0; i < caps; i++)
		for (int j = 0; j < classes; j++, votes += dim) {
			const int8_t *vj = v + (size_t)j * (size_t)dim;
			__m256i sums = _mm256_setzero_si256();
			int32_t rest = 0;
			int d = 0;

			for (; d + 8 <= dim; d += 8)
				sums = _mm256_add_epi32(sums, _mm256_i32gather_epi32(value,
					_mm256_or_si256(_mm256_slli_epi32(codes(votes + d), 8), codes(vj + d)), 4));
			for (; d < dim; d++)
				rest += value[(uint8_t)votes[d] << 8 | (uint8_t)vj[d]];
			*acc++ = rest + lanes_sum(sums);
		}
}

#endif
