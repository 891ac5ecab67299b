/* Counter-based random numbers: a value is a pure function of (seed, stream, counter), so results
 * never depend on threads or on the order of draws.  The mixer is SplitMix64's finaliser
 * (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), applied to
 * each word of the key in turn.
 */
#ifndef CAS_BASE_RNG_H
#define CAS_BASE_RNG_H

#include <stdint.h>

struct cas_rng {
	uint64_t key;     /* from seed and stream */
	uint64_t counter; /* next draw */
};

struct cas_rng cas_rng_init(uint64_t seed, uint64_t stream);
uint64_t cas_rng_u64(struct cas_rng *rng);

/* Uniform in 0..bound-1, without bias; bound >= 1. */
uint64_t cas_rng_below(struct cas_rng *rng, uint64_t bound);

/* Uniform in [0, 1), a multiple of 2^-53. */
double cas_rng_unit(struct cas_rng *rng);

/* Standard normal, by the polar method. */
double cas_rng_normal(struct cas_rng *rng);

#endif
