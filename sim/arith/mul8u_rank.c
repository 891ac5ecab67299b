/* Rank of the error table by Gaussian elimination over GF(2^31 - 1): exact arithmetic, no
 * tolerance to choose. */
#include "arith/mul8u_metrics.h"

#define PRIME 2147483647u
#define SIDE 256

static uint32_t multiply(uint32_t a, uint32_t b)
{
	return (uint32_t)((uint64_t)a * b % PRIME);
}

/* Inverse as a^(p - 2), Fermat. */
static uint32_t invert(uint32_t a)
{
	uint32_t result = 1, bit;

	for (bit = 1u << 31; bit; bit >>= 1) {
		result = multiply(result, result);
		if ((PRIME - 2) & bit)
			result = multiply(result, a);
	}
	return result;
}

static void swap_rows(uint32_t *a, uint32_t *b)
{
	int k;

	for (k = 0; k < SIDE; k++) {
		uint32_t keep = a[k];

		a[k] = b[k];
		b[k] = keep;
	}
}

/* row -= factor * pivot, from column `from` on. */
static void subtract(uint32_t *row, const uint32_t *pivot, uint32_t factor, int from)
{
	int k;

	for (k = from; k < SIDE; k++)
		row[k] = (uint32_t)(((uint64_t)row[k] + (uint64_t)(PRIME - factor) * pivot[k]) % PRIME);
}

static int eliminate(uint32_t m[SIDE][SIDE])
{
	int rank = 0, column, row;

	for (column = 0; column < SIDE && rank < SIDE; column++) {
		uint32_t inverse;

		for (row = rank; row < SIDE && m[row][column] == 0; row++)
			continue;
		if (row == SIDE)
			continue;
		swap_rows(m[row], m[rank]);
		inverse = invert(m[rank][column]);
		for (row = rank + 1; row < SIDE; row++)
			if (m[row][column])
				subtract(m[row], m[rank], multiply(m[row][column], inverse), column);
		rank++;
	}
	return rank;
}

int cas_mul_error_rank(const struct cas_mul8u *mul)
{
	uint32_t matrix[SIDE][SIDE]; /* 256 KiB of stack */
	uint32_t i;

	for (i = 0; i < CAS_MUL8U_PAIRS; i++) {
		int32_t error = cas_mul8u_error_at(mul, i);

		matrix[i >> 8][i & 255] = error < 0 ? PRIME - (uint32_t)-error : (uint32_t)error;
	}
	return eliminate(matrix);
}
