#include "unit/tmpfiles.h"

#include "base/rng.h"
#include "io/idx.h"

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

/* Exactly as long as the bytes are, so that ASan sees a read past the end. */
static void *exact_copy(const void *bytes, size_t size_bytes)
{
	void *copy = malloc(size_bytes ? size_bytes : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, size_bytes);
	return copy;
}

static void each_malformed_file_is_refused_with_its_own_message(void **state)
{
	const struct {
		const uint8_t *bytes;
		size_t size_bytes;
		const char *message;
	} cases[] = {
		{(const uint8_t *)"", 0, "f: byte 0: file ends, expected the 4 bytes of an IDX magic"},
		{BYTES(0, 0, 8), "f: byte 3: file ends, expected the 4 bytes of an IDX magic"},
		{BYTES(0x1f, 0x8b, 8, 1), "f: byte 0: 0x1f8b, expected 0x0000, the start of an IDX magic"},
		{BYTES(0, 1, 8, 1), "f: byte 0: 0x0001, expected 0x0000, the start of an IDX magic"},
		{BYTES(0, 0, 13, 1), "f: byte 2: element type 0x0d (float32), expected 0x08 (unsigned byte)"},
		{BYTES(0, 0, 9, 1),
			"f: byte 2: element type 0x09 (signed byte), expected 0x08 (unsigned byte)"},
		{BYTES(0, 0, 0, 1), "f: byte 2: element type 0x00 (none that IDX knows), expected 0x08 "
			"(unsigned byte)"},
		{BYTES(0, 0, 8, 0), "f: byte 3: 0 dimensions, expected 1..4"},
		{BYTES(0, 0, 8, 5), "f: byte 3: 5 dimensions, expected 1..4"},
		{BYTES(0, 0, 8, 3, 0, 0, 0, 1, 0, 0),
			"f: byte 10: file ends, expected the 16-byte header of 3 dimensions"},
		{BYTES(0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 0),
			"f: byte 8: dimension 2 is 0, expected at least 1"},
		{BYTES(0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff),
			"f: byte 4: dimension 1 is 4294967295, which makes more than 1073741824 values"},
		{BYTES(0, 0, 8, 2, 0, 1, 0, 0, 0, 1, 0, 0),
			"f: byte 8: dimension 2 is 65536, which makes more than 1073741824 values"},
		{BYTES(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5),
			"f: byte 17: file ends, expected 18 bytes in all for 2x3 values"},
		{BYTES(0, 0, 8, 1, 0, 0, 0, 2, 1, 2, 3, 4, 5),
			"f: byte 10: 3 more bytes, expected the end after 2 values"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		void *copy = exact_copy(cases[i].bytes, cases[i].size_bytes);
		struct cas_idx idx;
		struct cas_err err;

		assert_int_equal(cas_idx_parse("f", copy, cases[i].size_bytes, &idx, &err), CAS_INPUT);
		assert_string_equal(err.text, cases[i].message);
		assert_null(idx.values);
		free(copy);
	}
}

static const uint8_t good[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 9, 8, 7, 6, 5, 255};

static void check_good(const struct cas_idx *idx)
{
	assert_int_equal(idx->dims, 3);
	assert_int_equal(idx->dim[0], 2);
	assert_int_equal(idx->dim[1], 1);
	assert_int_equal(idx->dim[2], 3);
	assert_int_equal(idx->count, 6);
	assert_int_equal(idx->offset_bytes, 16);
	assert_memory_equal(idx->values, good + 16, 6);
}

static void plain_and_compressed_files_read_the_same(void **state)
{
	struct cas_idx idx;
	struct cas_err err;
	char path[256];

	tmp_write(tmp_path(*state, "plain", path), good, sizeof good);
	assert_int_equal(cas_idx_read(path, &idx, &err), CAS_OK);
	check_good(&idx);
	cas_idx_clear(&idx);
	assert_null(idx.owned);
	tmp_write_gz(tmp_path(*state, "packed", path), good, sizeof good);
	assert_int_equal(cas_idx_read(path, &idx, &err), CAS_OK);
	check_good(&idx);
	cas_idx_clear(&idx);
}

static void one_to_four_dimensions_are_read(void **state)
{
	(void)state;
	for (uint8_t dims = 1; dims <= 4; dims++) {
		uint8_t bytes[4 + 16 + 16] = {0, 0, 8, dims};
		size_t header = 4 + 4 * (size_t)dims, count = (size_t)1 << dims;
		struct cas_idx idx;
		struct cas_err err;

		for (size_t i = 0; i < dims; i++)
			bytes[4 + 4 * i + 3] = 2;
		assert_int_equal(cas_idx_parse("f", bytes, header + count, &idx, &err), CAS_OK);
		assert_int_equal(idx.dims, dims);
		assert_int_equal(idx.count, count);
		assert_ptr_equal(idx.values, bytes + header);
	}
}

/* A compressed file cut or damaged at each of its bytes is refused, or read as it was. */
static void damaged_compression_is_refused(void **state)
{
	uint8_t packed[256], damaged[256];
	struct cas_idx idx;
	struct cas_err err;
	char path[256];
	size_t size;
	FILE *file;
	int refused = 0;

	tmp_write_gz(tmp_path(*state, "packed", path), good, sizeof good);
	file = fopen(path, "rb");
	assert_non_null(file);
	size = fread(packed, 1, sizeof packed, file);
	fclose(file);
	for (size_t i = 1; i < size; i++) {
		tmp_write(path, packed, i);
		assert_int_equal(cas_idx_read(path, &idx, &err), CAS_INPUT);
		cas_idx_clear(&idx);
	}
	tmp_write(path, packed, size - 4);
	assert_int_equal(cas_idx_read(path, &idx, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(*state, err.text), "packed: compressed data is truncated");
	for (size_t i = 0; i < size; i++) {
		memcpy(damaged, packed, size);
		damaged[i] ^= 0x10;
		tmp_write(path, damaged, size);
		if (!cas_idx_read(path, &idx, &err))
			check_good(&idx); /* bytes of the gzip header that mean nothing */
		else
			refused++;
		cas_idx_clear(&idx);
	}
	assert_true(refused > (int)size / 2);
	memcpy(damaged, packed, size);
	damaged[size - 8] ^= 1; /* the checksum */
	tmp_write(path, damaged, size);
	assert_int_equal(cas_idx_read(path, &idx, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(*state, err.text),
		"packed: compressed data is damaged: incorrect data check");
}

static void damaged_files_are_read_or_refused_but_never_crash(void **state)
{
	enum { ROUNDS = 20000 };
	struct cas_rng rng = cas_rng_init(1, 3);
	int accepted = 0, refused = 0;
	uint64_t sum = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint8_t bytes[sizeof good], *copy;
		size_t size = cas_rng_below(&rng, 8) ? sizeof good : cas_rng_below(&rng, sizeof good);
		struct cas_idx idx;
		struct cas_err err;

		memcpy(bytes, good, sizeof good);
		for (uint64_t flips = 1 + cas_rng_below(&rng, 3); flips; flips--)
			bytes[cas_rng_below(&rng, sizeof bytes)] ^= (uint8_t)(1u << cas_rng_below(&rng, 8));
		copy = exact_copy(bytes, size);
		if (cas_idx_parse("f", copy, size, &idx, &err)) {
			refused++;
		} else {
			for (size_t i = 0; i < idx.count; i++)
				sum += idx.values[i];
			assert_ptr_equal(idx.values + idx.count, copy + size);
			accepted++;
		}
		free(copy);
	}
	assert_true(accepted > ROUNDS / 100 && refused > ROUNDS / 4);
	assert_true(sum > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_malformed_file_is_refused_with_its_own_message),
		cmocka_unit_test_setup_teardown(plain_and_compressed_files_read_the_same, tmp_setup,
			tmp_teardown),
		cmocka_unit_test(one_to_four_dimensions_are_read),
		cmocka_unit_test_setup_teardown(damaged_compression_is_refused, tmp_setup, tmp_teardown),
		cmocka_unit_test(damaged_files_are_read_or_refused_but_never_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
