/* Fuzzes the reader of SVHN's MATLAB files from memory.  With libFuzzer, from the repository root:
 *   mkdir -p build/fuzz && clang -std=c17 -g -O1 -D_POSIX_C_SOURCE=200809L -DCAS_LIBFUZZER -Isim -Itests \
 *     -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o build/fuzz/fuzz_svhn \
 *     tests/fuzz/fuzz_svhn.c sim/base/mem.c sim/base/status.c sim/io/infile.c sim/io/mat5.c \
 *     sim/io/svhn.c -lz
 *   build/fuzz/fuzz_svhn -max_total_time=60 -max_len=8192
 * Without CAS_LIBFUZZER it is a program that runs the same function on seeded damage to good files.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/replay.h"
#include "io/svhn.h"
#include "unit/mat5_make.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const struct cas_err *err)
{
	if (!err->text[0] || strchr(err->text, '\n'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cas_svhn svhn;
	struct cas_err err = {""};
	uint8_t pixels[2][CAS_SVHN_PIXEL_BYTES];
	cas_status status = cas_svhn_parse("fuzz", data, size, &svhn, &err);

	if (status) {
		if (svhn.images || svhn.labels)
			abort();
		check_message(&err);
		return 0;
	}
	if (!svhn.images || svhn.images > CAS_SVHN_MAX_IMAGES)
		abort();
	for (size_t i = 0; i < svhn.images; i++)
		if (svhn.labels[i] > 9)
			abort();
	/* The same bytes twice, whatever was in the memory: none is left unset. */
	memset(pixels[0], 0, CAS_SVHN_PIXEL_BYTES);
	memset(pixels[1], 0xff, CAS_SVHN_PIXEL_BYTES);
	status = cas_svhn_pixels("fuzz", &svhn, svhn.images - 1, 1, pixels[0], &err);
	if (status)
		check_message(&err);
	if (status != cas_svhn_pixels("fuzz", &svhn, svhn.images - 1, 1, pixels[1], &err))
		abort();
	if (!status && memcmp(pixels[0], pixels[1], CAS_SVHN_PIXEL_BYTES))
		abort();
	cas_svhn_clear(&svhn);
	return 0;
}

#ifndef CAS_LIBFUZZER
static void damaged_svhn_files_never_crash_the_reader(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		struct bytes seed = svhn_file(1, kind);

		fuzz_replay(LLVMFuzzerTestOneInput, seed.data, seed.size);
		free(seed.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(damaged_svhn_files_never_crash_the_reader)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
