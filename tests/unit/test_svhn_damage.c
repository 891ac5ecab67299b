/* Are damaged SVHN files refused, whatever is wrong with them, and is nothing read that they do not have? */
#include "unit/tmpfiles.h"

#include "io/svhn.h"
#include "unit/mat5_make.h"

/* Labels and pixels of svhn_file(), from bytes in memory of their exact size; 0: refused. */
static int is_read(const struct bytes *file, size_t size, uint32_t images, struct cas_err *err)
{
	uint8_t *copy = malloc(size ? size : 1), *pixels = malloc((size_t)images * CAS_SVHN_PIXEL_BYTES);
	struct cas_svhn svhn;
	cas_status status;

	assert_non_null(copy);
	memcpy(copy, file->data, size);
	memset(pixels, 0xa5, (size_t)images * CAS_SVHN_PIXEL_BYTES);
	err->text[0] = 0;
	status = cas_svhn_parse("f", copy, size, &svhn, err);
	if (status)
		assert_null(svhn.labels);
	else
		status = cas_svhn_pixels("f", &svhn, 0, images, pixels, err);
	if (status) {
		assert_int_equal(status, CAS_INPUT);
		assert_memory_equal(err->text, "f: ", 3);
	} else {
		assert_int_equal(svhn.images, images);
		for (size_t i = 0; i < images; i++) {
			assert_int_equal(svhn.labels[i], (i + 1) % 10);
			for (size_t at = 0; at < CAS_SVHN_PIXEL_BYTES; at++)
				assert_int_equal(pixels[i * CAS_SVHN_PIXEL_BYTES + at],
					(i * 3072 + at % 3 * 1024 + at / 3 % 32 * 32 + at / 96) * 7 % 251);
		}
	}
	cas_svhn_clear(&svhn);
	free(copy);
	free(pixels);
	return !status;
}

/* Whichever array comes last; plain and compressed.  Nothing is read that the file does not have. */
static void a_file_cut_anywhere_is_refused(void **state)
{
	struct cas_err err;

	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		struct bytes file = svhn_file(3, kind);

		assert_true(is_read(&file, file.size, 3, &err));
		for (size_t cut = 0; cut < file.size; cut += cut < 400 || cut + 400 > file.size ? 1 : 37)
			if (is_read(&file, cut, 3, &err))
				fail_msg("kind %d, cut at %zu of %zu: read", kind, cut, file.size);
		free(file.data);
	}
}

/* A compressed file with any byte changed is refused, or read as it was (text of the header, and
 * bits that no reader looks at). */
static void damaged_compression_is_refused(void **state)
{
	struct cas_err err;

	(void)state;
	for (int kind = 2; kind < 4; kind++) {
		struct bytes file = svhn_file(3, kind);
		int accepted = 0;

		for (size_t at = 124; at < file.size; at++)
			for (int bit = 0; bit < 8; bit += 3) {
				file.data[at] ^= (uint8_t)(1 << bit);
				accepted += is_read(&file, file.size, 3, &err); /* which compares each value */
				file.data[at] ^= (uint8_t)(1 << bit);
			}
		assert_in_range(accepted, 0, 8);
		free(file.data);
	}
}

/* MATLAB stores doubles that are integers in the smallest type, and up to 4 bytes in the tag. */
static void labels_are_read_from_every_type(void **state)
{
	static const struct {
		uint32_t type;
		uint8_t size, bytes[2][8];
	} types[] = {
		{1, 1, {{9}, {10}}}, {2, 1, {{9}, {10}}}, {3, 2, {{9}, {10}}}, {4, 2, {{9}, {10}}},
		{5, 4, {{9}, {10}}}, {6, 4, {{9}, {10}}}, {7, 4, {{0, 0, 0x10, 0x41}, {0, 0, 0x20, 0x41}}},
		{9, 8, {{0, 0, 0, 0, 0, 0, 0x22, 0x40}, {0, 0, 0, 0, 0, 0, 0x24, 0x40}}},
	};
	struct cas_svhn svhn;
	struct cas_err err;

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		for (int packed = 0; packed < 2; packed++) {
			struct bytes file = {0};
			uint8_t both[16];

			memcpy(both, types[i].bytes[0], types[i].size);
			memcpy(both + types[i].size, types[i].bytes[1], types[i].size);
			mat5_header(&file);
			svhn_x(&file, 2, packed);
			mat5_array(&file, &(struct mat5_spec){"y", MAT_CLASS_DOUBLE, types[i].type, 2, {1, 2}, both,
				2u * types[i].size, packed});
			if (cas_svhn_parse("f", file.data, file.size, &svhn, &err))
				fail_msg("type %u: %s", types[i].type, err.text);
			assert_int_equal(svhn.labels[0], 9);
			assert_int_equal(svhn.labels[1], 0);
			cas_svhn_clear(&svhn);
			free(file.data);
		}
}

static void arrays_that_are_not_what_they_claim_are_refused(void **state)
{
	static const uint8_t zeros[8 * 3072];
	static const struct {
		struct mat5_spec x, y;
		const char *message;
	} cases[] = {
		{{"X", 9, 2, 4, {32, 32, 3, 8}, zeros, 4 * 3072, 0}, {0},
			"byte 128: X: 12288 bytes of values, expected 24576 for its dimensions"},
		{{"X", 9, 2, 4, {32, 32, 3, 8}, zeros, 4 * 3072, 1}, {0},
			"byte 128: X: 12288 bytes of values, expected 24576 for its dimensions"},
		{{"X", 9, 2, 4, {32, 32, 3, 1 << 20}, zeros, 0, 0}, {0},
			"byte 128: X: 0 bytes of values, expected 3221225472 for its dimensions"},
		{{"X", 9, 2, 4, {32, 32, 3, 0xffffffff}, zeros, 3072, 0}, {0},
			"byte 128: X: dimension 4 is 4294967295, which no file can hold"},
		{{"X", 9, 2, 4, {32, 32, 0x7fffffff, 0x7fffffff}, zeros, 3072, 0}, {0},
			"byte 128: X: dimension 3 is 2147483647, which no file can hold"},
		{{"X", 9, 2, 4, {32, 32, 3, 0}, zeros, 0, 0}, {0},
			"X is missing or not of uint8 [32][32][3][images], 1..1048576 images"},
		{{"X", 9 | 8 << 8, 2, 4, {32, 32, 3, 1}, zeros, 3072, 0}, {0}, /* complex */
			"X is missing or not of uint8 [32][32][3][images], 1..1048576 images"},
		{{"X", 9, 9, 3, {32, 32, 3}, zeros, 8 * 3072, 0}, {0}, /* uint8 stored as doubles */
			"X is missing or not of uint8 [32][32][3][images], 1..1048576 images"},
		{{"X", 9, 8, 3, {32, 32, 3}, zeros, 3072, 0}, {0}, "byte 128: X: values of type 8, expected 1..7 or 9"},
		{{"X", 1, 2, 3, {32, 32, 3}, zeros, 0, 0}, {0}, /* a cell */
			"X is missing or not of uint8 [32][32][3][images], 1..1048576 images"},
		{{"X", 9, 2, 1, {32}, zeros, 32, 0}, {0}, "byte 128: 4 bytes of dimensions in the array there, "
			"expected 8..256"},
		{{"X", 9, 2, 3, {32, 32, 3}, zeros, 3072, 0}, {"X", 9, 2, 3, {32, 32, 3}, zeros, 3072, 0},
			"byte 3264: X is there twice"},
		{{"X", 9, 2, 3, {32, 32, 3}, zeros, 3072, 0}, {"y", 9, 2, 2, {1, 2}, zeros, 1, 0},
			"byte 3264: y: 1 bytes of values, expected 2 for its dimensions"},
		{{"X", 9, 2, 3, {32, 32, 3}, zeros, 3072, 0}, {"y", 9, 2, 2, {1, 1}, zeros, 1, 0},
			"label 0 of image 0, expected 1..10"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bytes file = {0};
		struct cas_err err;

		mat5_header(&file);
		mat5_array(&file, &cases[i].x);
		if (cases[i].y.name)
			mat5_array(&file, &cases[i].y);
		assert_false(is_read(&file, file.size, 1, &err));
		assert_string_equal(err.text + 3, cases[i].message);
		free(file.data);
	}
}

/* Sizes in the elements' own tags that are wrong; `at` is the byte changed, in a file of 1 image. */
static void wrong_sizes_of_elements_are_refused(void **state)
{
	static const struct {
		int kind;
		size_t at;
		uint8_t value;
		const char *message;
	} cases[] = {
		{0, 128, 13, "byte 128: element of type 13, expected 14 or 15, an array"},
		{0, 134, 1, "byte 3320: file ends, expected the 68664 bytes of the array of byte 128"},
		{0, 133, 11, "byte 128: X: 3072 bytes of values, but its element has 2816"},
		{2, 136, 0x79, "byte 128: the compressed array there is damaged: incorrect header check"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bytes file = svhn_file(1, cases[i].kind);
		struct cas_err err;

		file.data[cases[i].at] = cases[i].value;
		assert_false(is_read(&file, file.size, 1, &err));
		assert_string_equal(err.text + 3, cases[i].message);
		free(file.data);
	}
}

static void what_is_no_matlab_file_is_named(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *message;
	} cases[] = {
		{"", 0, "byte 0: file ends, expected the 128 bytes of a MATLAB header"},
		{"hello", 5, "byte 5: file ends, expected the 128 bytes of a MATLAB header"},
		{"\0\0..", 128, "not a MATLAB file of version 5"},
		{"\1\0MI", 128, "a big-endian MATLAB file, expected a little-endian one"},
		{"\0\2IM", 128, "a MATLAB file of format 2, expected 1 (MATLAB's save -v7 writes it)"},
		{"\0\1IM", 128, "X is missing or not of uint8 [32][32][3][images], 1..1048576 images"},
		{"\0\1IMjunk", 132, "byte 132: file ends within the tag of an array"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t file[132] = "MATLAB";
		struct cas_err err;

		if (cases[i].size >= 128)
			memcpy(file + 124, cases[i].bytes, cases[i].size - 124);
		assert_false(is_read(&(struct bytes){file, 0}, cases[i].size, 1, &err));
		assert_string_equal(err.text + 3, cases[i].message);
	}
}

/* Before any memory is taken for them. */
static void more_images_than_the_compressed_bytes_can_hold_are_refused(void **state)
{
	struct bytes whole = {0}, file = {0};
	uint8_t packed[64];
	uLong size = sizeof packed;
	struct cas_err err;
	char expected[160];

	(void)state;
	bytes_u32(&whole, 14);
	bytes_u32(&whole, 3221225536u);
	assert_int_equal(compress(packed, &size, whole.data, whole.size), Z_OK);
	mat5_header(&file);
	bytes_u32(&file, 15);
	bytes_u32(&file, (uint32_t)size);
	bytes_add(&file, packed, size);
	assert_false(is_read(&file, file.size, 1, &err));
	snprintf(expected, sizeof expected, "f: byte 128: an array of 3221225536 bytes, but the %lu compressed "
		"bytes of it cannot be that many", size);
	assert_string_equal(err.text, expected);
	free(whole.data);
	free(file.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_cut_anywhere_is_refused),
		cmocka_unit_test(damaged_compression_is_refused),
		cmocka_unit_test(labels_are_read_from_every_type),
		cmocka_unit_test(arrays_that_are_not_what_they_claim_are_refused),
		cmocka_unit_test(wrong_sizes_of_elements_are_refused),
		cmocka_unit_test(what_is_no_matlab_file_is_named),
		cmocka_unit_test(more_images_than_the_compressed_bytes_can_hold_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
