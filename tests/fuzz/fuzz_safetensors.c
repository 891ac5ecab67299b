/* Fuzzes the safetensors reader from memory.  With libFuzzer, from the repository root:
 *   mkdir -p build/fuzz && clang -std=c17 -g -O1 -D_POSIX_C_SOURCE=200809L -DCAS_LIBFUZZER -Isim -Itests \
 *     -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o build/fuzz/fuzz_safetensors \
 *     tests/fuzz/fuzz_safetensors.c sim/base/mem.c sim/base/rng.c sim/base/status.c \
 *     sim/io/outfile.c sim/io/infile.c sim/io/safetensors*.c -lcjson -lz
 *   build/fuzz/fuzz_safetensors -max_total_time=60 -max_len=4096
 * Without CAS_LIBFUZZER (`make tests`) it is a program that runs the same function on seeded damage
 * to a good file, so that the harness keeps working where there is no libFuzzer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/replay.h"
#include "io/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever was accepted must be readable to its last byte and cover the data exactly once. */
static uint64_t touch(const struct cas_safetensors *st)
{
	uint64_t sum = 0, bytes = 0;

	for (size_t i = 0; i < cas_safetensors_count(st); i++) {
		const struct cas_st_tensor *tensor = cas_safetensors_at(st, i);

		if (cas_safetensors_find(st, tensor->name) != tensor)
			abort();
		for (uint64_t b = 0; b < tensor->size_bytes; b++)
			sum += ((const uint8_t *)tensor->data)[b];
		bytes += tensor->size_bytes;
	}
	for (size_t i = 0; i < cas_safetensors_metadata_count(st); i++) {
		struct cas_st_pair pair = cas_safetensors_metadata_at(st, i);

		if (cas_safetensors_metadata(st, pair.key) != pair.value)
			abort();
		sum += strlen(pair.value);
	}
	return sum + bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cas_safetensors *st;
	struct cas_err err;
	volatile uint64_t sum;

	if (cas_safetensors_parse("fuzz", data, size, &st, &err)) {
		if (st || strchr(err.text, '\n') || !err.text[0])
			abort();
		return 0;
	}
	sum = touch(st);
	(void)sum;
	cas_safetensors_close(st);
	return 0;
}

#ifndef CAS_LIBFUZZER
static void damaged_files_never_crash_the_reader(void **state)
{
	static const char header[] = "{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2,"
		"1],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[8,11]}}";
	uint8_t seed[8 + sizeof header - 1 + 11] = {sizeof header - 1};

	(void)state;
	memcpy(seed + 8, header, sizeof header - 1);
	fuzz_replay(LLVMFuzzerTestOneInput, seed, sizeof seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(damaged_files_never_crash_the_reader)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
