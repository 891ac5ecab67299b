/* Runs a fuzzing function without libFuzzer: on `seed` and on seeded damage to it. */
#ifndef TESTS_FUZZ_REPLAY_H
#define TESTS_FUZZ_REPLAY_H

#ifndef CAS_LIBFUZZER
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"

enum { FUZZ_ROUNDS = 20000 };

typedef int fuzz_fn(const uint8_t *data, size_t size);

static inline void fuzz_replay(fuzz_fn *fn, const uint8_t *seed, size_t size)
{
	struct cas_rng rng = cas_rng_init(7, 1);

	assert_true(size > 0);
	for (int round = 0; round < FUZZ_ROUNDS; round++) {
		size_t length = round && !cas_rng_below(&rng, 4) ? cas_rng_below(&rng, size) : size;
		uint8_t *copy = malloc(length ? length : 1); /* exact, so that ASan sees a read past the end */

		assert_non_null(copy);
		memcpy(copy, seed, length);
		for (uint64_t n = round && length ? cas_rng_below(&rng, 6) : 0; n; n--)
			copy[cas_rng_below(&rng, length)] = (uint8_t)cas_rng_u64(&rng);
		assert_int_equal(fn(copy, length), 0);
		free(copy);
	}
}
#endif

#endif
