#include "naive.h"

#if defined(__AVX2__)

#include <immintrin.h>
#include <stddef.h>
#include <string.h>

/* 32 outputs at a time stay in registers over all terms, so that only the gathers cost. */
int naive_gather(const int32_t *value, const uint8_t *a, const uint8_t *w, int m, int k, int n, int32_t *acc)
{
	if (!__builtin_cpu_supports("avx2"))
		return 0;
	for (int i = 0; i < m; i++, a += k, acc += n)
		for (int x = 0; x < n; x += 32) {
			__m256i sum[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
				_mm256_setzero_si256()};
			int vectors = n - x >= 32 ? 4 : (n - x) / 8;

			for (int j = 0; j < k; j++)
#pragma GCC unroll 4
				for (int v = 0; v < 4; v++)
					if (v < vectors)
						sum[v] = _mm256_add_epi32(sum[v], _mm256_i32gather_epi32(value + (a[j] << 8),
							_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(w +
								(size_t)j * (size_t)n + x + 8 * v))), 4));
			for (int v = 0; v < vectors; v++)
				_mm256_storeu_si256((__m256i *)(void *)(acc + x + 8 * v), sum[v]);
		}
	return 1;
}

#endif
