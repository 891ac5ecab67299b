/* Requantisation of whole rows (docs/numerics.md section 6), written so that compilers vectorise it.
 *
 * It is done in double and is exact: |L| < 2^37 and m < 2^16, so |L| m + 2^(t-1) is an integer below
 * 2^53 for t <= 52, its product with 2^-t only moves the exponent, and truncation is the floor of the
 * definition.  Larger t goes the plain way.  The lanes are turned into doubles once a block of
 * channels, since vectors of 64-bit integers cannot be converted below AVX-512 DQ. */
#include <math.h>

#include "engine/engine8_internal.h"

#if defined(__x86_64__) && defined(__gnu_linux__)
#define EVERY_WIDTH __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define EVERY_WIDTH
#endif

static void scalar(const struct group_plan *group, const int32_t *acc, size_t rows, int channels,
	uint8_t *codes)
{
	for (size_t row = 0; row < rows; row++)
		for (int n = 0; n < channels; n++)
			*codes++ = (uint8_t)cas_requant_apply(&group->rq, *acc++ + group->lane[n]);
}

enum { BLOCK = 256 }; /* channels */

struct scaling {
	double mult, half, scale; /* (|L| mult + half) scale */
	int lo, hi;
};

EVERY_WIDTH
static void scale_row(const struct scaling *s, const int32_t *restrict acc, const double *restrict lane,
	int channels, uint8_t *restrict codes)
{
	for (int n = 0; n < channels; n++) {
		double sum = acc[n] + lane[n], code = (fabs(sum) * s->mult + s->half) * s->scale;
		int whole = (int)(code < 256 ? code : 256);

		whole = sum < 0 ? -whole : whole;
		whole = whole < s->lo ? s->lo : whole;
		codes[n] = (uint8_t)(whole > s->hi ? s->hi : whole);
	}
}

void cas_engine8_requantise(const struct group_plan *group, const int32_t *acc, size_t rows,
	int channels, uint8_t *codes)
{
	const struct cas_requant *rq = &group->rq;
	const struct scaling s = {rq->mult, rq->shift ? ldexp(1, rq->shift - 1) : 0, ldexp(1, -rq->shift),
		rq->lo, rq->hi};
	double lane[BLOCK];

	if (rq->shift > 52) {
		scalar(group, acc, rows, channels, codes);
		return;
	}
	for (int n = 0; n < channels; n += BLOCK) {
		int count = channels - n < BLOCK ? channels - n : BLOCK;

		for (int i = 0; i < count; i++)
			lane[i] = (double)group->lane[n + i];
		for (size_t row = 0; row < rows; row++)
			scale_row(&s, acc + row * (size_t)channels + n, lane, count, codes + row * (size_t)channels + n);
	}
}
