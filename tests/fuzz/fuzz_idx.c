/* Fuzzes the IDX and the CIFAR-10 parser from memory.  With libFuzzer, from the repository root:
 *   mkdir -p build/fuzz && clang -std=c17 -g -O1 -D_POSIX_C_SOURCE=200809L -DCAS_LIBFUZZER -Isim -Itests \
 *     -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o build/fuzz/fuzz_idx \
 *     tests/fuzz/fuzz_idx.c sim/base/mem.c sim/base/rng.c sim/base/status.c sim/io/infile.c \
 *     sim/io/idx.c sim/io/cifar.c -lz
 *   build/fuzz/fuzz_idx -max_total_time=60 -max_len=8192
 * Without CAS_LIBFUZZER (`make tests`) it is a program that runs the same function on seeded damage
 * to a good file, so that the harness keeps working where there is no libFuzzer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/replay.h"
#include "io/cifar.h"
#include "io/idx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_idx(const uint8_t *data, size_t size)
{
	struct cas_idx idx;
	struct cas_err err;
	size_t product = 1;

	if (cas_idx_parse("fuzz", data, size, &idx, &err)) {
		if (idx.values || strchr(err.text, '\n') || !err.text[0])
			abort();
		return;
	}
	for (int i = 0; i < idx.dims; i++)
		product *= idx.dim[i];
	if (product != idx.count || idx.values + idx.count != data + size)
		abort();
}

static void try_cifar(const uint8_t *data, size_t size)
{
	uint8_t pixels[CAS_CIFAR_PIXEL_BYTES];
	struct cas_cifar cifar;
	struct cas_err err;

	if (cas_cifar_parse("fuzz", data, size, &cifar, &err)) {
		if (cifar.bytes || strchr(err.text, '\n') || !err.text[0])
			abort();
		return;
	}
	for (size_t i = 0; i < cifar.records; i++)
		if (cas_cifar_record(&cifar, i, pixels) >= CAS_CIFAR_CLASSES)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_idx(data, size);
	try_cifar(data, size);
	return 0;
}

#ifndef CAS_LIBFUZZER
static void damaged_idx_files_never_crash_the_reader(void **state)
{
	static const uint8_t seed[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 9, 8, 7, 6, 5, 255};

	(void)state;
	fuzz_replay(LLVMFuzzerTestOneInput, seed, sizeof seed);
}

static void damaged_cifar_files_never_crash_the_reader(void **state)
{
	static const uint8_t seed[2 * CAS_CIFAR_RECORD_BYTES] = {9};

	(void)state;
	fuzz_replay(LLVMFuzzerTestOneInput, seed, sizeof seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_idx_files_never_crash_the_reader),
		cmocka_unit_test(damaged_cifar_files_never_crash_the_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
