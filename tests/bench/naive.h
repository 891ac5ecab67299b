/* What the kernels are measured against: the loops that one would write first. */
#ifndef BENCH_NAIVE_H
#define BENCH_NAIVE_H

#include <stdint.h>

/* acc[m][n] = sum over k of value[a[m][k] << 8 | w[k][n]], every term looked up. */
void naive_scalar(const int32_t *value, const uint8_t *a, const uint8_t *w, int m, int k, int n, int32_t *acc);

/* The same by vpgatherdd from the 32-bit table; n a multiple of 8.  Returns 0 without AVX2. */
int naive_gather(const int32_t *value, const uint8_t *a, const uint8_t *w, int m, int k, int n, int32_t *acc);

#endif
