#include "base/rng.h"

#include <math.h>

#define GOLDEN 0x9e3779b97f4a7c15u

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

struct cas_rng cas_rng_init(uint64_t seed, uint64_t stream)
{
	return (struct cas_rng){.key = mix(mix(seed + GOLDEN) + stream * GOLDEN)};
}

uint64_t cas_rng_u64(struct cas_rng *rng)
{
	return mix(rng->key + ++rng->counter * GOLDEN);
}

uint64_t cas_rng_below(struct cas_rng *rng, uint64_t bound)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % bound, x;

	do {
		x = cas_rng_u64(rng);
	} while (x >= limit);
	return x % bound;
}

double cas_rng_unit(struct cas_rng *rng)
{
	return (double)(cas_rng_u64(rng) >> 11) * 0x1p-53;
}

double cas_rng_normal(struct cas_rng *rng)
{
	double a, b, r;

	do {
		a = 2 * cas_rng_unit(rng) - 1;
		b = 2 * cas_rng_unit(rng) - 1;
		r = a * a + b * b;
	} while (r >= 1 || r <= 0);
	return a * sqrt(-2 * log(r) / r);
}
