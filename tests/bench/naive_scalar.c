#include "naive.h"

#include <stddef.h>
#include <string.h>

void naive_scalar(const int32_t *value, const uint8_t *a, const uint8_t *w, int m, int k, int n, int32_t *acc)
{
	memset(acc, 0, (size_t)m * (size_t)n * sizeof *acc);
	for (int i = 0; i < m; i++, acc += n) {
		const uint8_t *row = w;

		for (int j = 0; j < k; j++, row += n, a++)
			for (int x = 0; x < n; x++)
				acc[x] += value[*a << 8 | row[x]];
	}
}

#if !defined(__x86_64__)
int naive_gather(const int32_t *value, const uint8_t *a, const uint8_t *w, int m, int k, int n, int32_t *acc)
{
	(void)value, (void)a, (void)w, (void)m, (void)k, (void)n, (void)acc;
	return 0;
}
#endif
