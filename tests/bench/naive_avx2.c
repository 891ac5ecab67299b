#include "naive.h"

#if defined(__AVX2__)

#include <immintrin.h>
#include <stddef.h>
#include <string.h>

/* Weights stream once, sums stay in the first-level cache. */
int naive_gather(const int32_t *value, const uint8_t *a, const uint8_t *w, int m, int k, int n, int32_t *acc)
{
	if (!__builtin_cpu_supports("avx2"))
		return 0;
	memset(acc, 0, (size_t)m * (size_t)n * sizeof *acc);
	for (int i = 0; i < m; i++, acc += n)
		for (int j = 0; j < k; j++, a++)
			for (int x = 0; x < n; x += 8) {
				const uint8_t *codes = w + (size_t)j * (size_t)n + x;
				__m256i *sum = (__m256i *)(void *)(acc + x);

				_mm256_storeu_si256(sum, _mm256_add_epi32(_mm256_loadu_si256(sum), _mm256_i32gather_epi32(
					value + (*a << 8), _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)codes)), 4)));
			}
	return 1;
}

#endif
