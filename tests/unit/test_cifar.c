#include "unit/tmpfiles.h"

#include "io/cifar.h"

enum { RECORDS = 3, SIZE = RECORDS * CAS_CIFAR_RECORD_BYTES };

/* Labels 0, 4, 8; red counts up, green down, blue is the record's number. */
static uint8_t *make(void)
{
	uint8_t *bytes = malloc(SIZE + 1);

	assert_non_null(bytes);
	for (size_t r = 0; r < RECORDS; r++) {
		uint8_t *record = bytes + r * CAS_CIFAR_RECORD_BYTES;

		record[0] = (uint8_t)(4 * r);
		for (size_t i = 0; i < 1024; i++) {
			record[1 + i] = (uint8_t)i;
			record[1 + 1024 + i] = (uint8_t)(255 - i);
			record[1 + 2048 + i] = (uint8_t)r;
		}
	}
	bytes[SIZE] = 0;
	return bytes;
}

static void sizes_that_are_no_whole_records_are_refused(void **state)
{
	static const struct {
		size_t size_bytes;
		const char *message;
	} cases[] = {
		{0, "f: 0 bytes, expected a multiple of the 3073 bytes of a CIFAR-10 record"},
		{3072, "f: 3072 bytes, expected a multiple of the 3073 bytes of a CIFAR-10 record"},
		{SIZE + 1, "f: 9220 bytes, expected a multiple of the 3073 bytes of a CIFAR-10 record"},
	};
	uint8_t *bytes = make();
	struct cas_cifar cifar;
	struct cas_err err;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(cas_cifar_parse("f", bytes, cases[i].size_bytes, &cifar, &err), CAS_INPUT);
		assert_string_equal(err.text, cases[i].message);
	}
	free(bytes);
}

static void a_label_above_9_is_refused_with_its_record(void **state)
{
	uint8_t *bytes = make();
	struct cas_cifar cifar;
	struct cas_err err;

	(void)state;
	bytes[2 * CAS_CIFAR_RECORD_BYTES] = 9;
	assert_int_equal(cas_cifar_parse("f", bytes, SIZE, &cifar, &err), CAS_OK);
	bytes[2 * CAS_CIFAR_RECORD_BYTES] = 10;
	assert_int_equal(cas_cifar_parse("f", bytes, SIZE, &cifar, &err), CAS_INPUT);
	assert_string_equal(err.text, "f: byte 6146: record 2: label 10, expected 0..9");
	assert_int_equal(cifar.records, 0);
	free(bytes);
}

static void check(const struct cas_cifar *cifar)
{
	uint8_t pixels[CAS_CIFAR_PIXEL_BYTES];

	assert_int_equal(cifar->records, RECORDS);
	for (size_t r = 0; r < RECORDS; r++) {
		assert_int_equal(cas_cifar_record(cifar, r, pixels), 4 * r);
		for (size_t i = 0; i < 1024; i++) {
			assert_int_equal(pixels[3 * i], i & 255);
			assert_int_equal(pixels[3 * i + 1], 255 - (i & 255));
			assert_int_equal(pixels[3 * i + 2], r);
		}
	}
}

static void planes_become_interleaved_pixels_from_plain_and_compressed_files(void **state)
{
	uint8_t *bytes = make();
	struct cas_cifar cifar;
	struct cas_err err;
	char path[256];

	tmp_write(tmp_path(*state, "plain", path), bytes, SIZE);
	assert_int_equal(cas_cifar_read(path, &cifar, &err), CAS_OK);
	check(&cifar);
	cas_cifar_clear(&cifar);
	tmp_write_gz(tmp_path(*state, "packed", path), bytes, SIZE);
	assert_int_equal(cas_cifar_read(path, &cifar, &err), CAS_OK);
	check(&cifar);
	cas_cifar_clear(&cifar);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_that_are_no_whole_records_are_refused),
		cmocka_unit_test(a_label_above_9_is_refused_with_its_record),
		cmocka_unit_test_setup_teardown(
			planes_become_interleaved_pixels_from_plain_and_compressed_files, tmp_setup,
			tmp_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
