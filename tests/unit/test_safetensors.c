#include "unit/tmpfiles.h"

#include "base/rng.h"
#include "io/safetensors.h"

enum { ROOM_BYTES = 4096 };

/* Header length, header, `data_bytes` zero bytes; gives the size. */
static size_t build(const char *header, size_t data_bytes, uint8_t bytes[ROOM_BYTES])
{
	uint64_t length = strlen(header);

	assert_true(8 + length + data_bytes <= ROOM_BYTES);
	memset(bytes, 0, ROOM_BYTES);
	memcpy(bytes, &length, 8);
	memcpy(bytes + 8, header, length);
	return 8 + (size_t)length + data_bytes;
}

/* Exactly as long as the bytes are, so that ASan sees a read past the end. */
static cas_status parse_copy(const void *bytes, size_t size_bytes, struct cas_safetensors **st,
	void **copy, struct cas_err *err)
{
	*copy = malloc(size_bytes ? size_bytes : 1);
	assert_non_null(*copy);
	memcpy(*copy, bytes, size_bytes);
	return cas_safetensors_parse("w.safetensors", *copy, size_bytes, st, err);
}

#define T(dtype, shape, offsets) \
	"{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define F32 "\"F32\""

static const struct {
	const char *header;
	size_t data_bytes;
	const char *message;
} malformed[] = {
	{"", 0, "byte 8: header does not begin with {"},
	{"[]", 0, "byte 8: header does not begin with {"},
	{" {}", 0, "byte 8: header does not begin with {"},
	{"{", 0, "byte 9: header is not JSON"},
	{"{\"a\":1,", 0, "byte 15: header is not JSON"},
	{"{\"a\"}", 0, "byte 12: header is not JSON"},
	{"{} x", 0, "byte 11: more text after the header's JSON"},
	{"{}\n", 0, "byte 10: more text after the header's JSON"},
	{"{\"a\x01\":1}", 0, "byte 11: control character 0x01 in the header"},
	{"{\"\":" T(F32, "[1]", "[0,4]") "}", 4, "tensor 0 has an empty name"},
	{"{\"a\\nb\":" T(F32, "[1]", "[0,4]") "}", 4, "tensor 0 has control characters in its name"},
	{"{\"a\":1}", 0, "tensor \"a\": is not an object with dtype, shape and data_offsets"},
	{"{\"a\":" T(F32, "[1]", "[0,4]") ",\"a\":" T(F32, "[1]", "[4,8]") "}", 8,
		"tensor \"a\" is there twice"},
	{"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__ is there twice"},
	{"{\"__metadata__\":3}", 0, "__metadata__ is not an object of strings"},
	{"{\"__metadata__\":{\"k\":3}}", 0, "metadata key \"k\" is not a string"},
	{"{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "metadata key \"k\" is there twice"},
	{"{\"__metadata__\":{\"\":\"1\"}}", 0, "metadata key 0 has an empty name"},
	{"{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "tensor \"a\": no dtype"},
	{"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "tensor \"a\": no shape"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "tensor \"a\": no data_offsets"},
	{"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 4, "tensor \"a\": dtype is there twice"},
	{"{\"a\":{\"Dtype\":\"F32\"}}", 4,
		"tensor \"a\": unknown key \"Dtype\", expected dtype, shape and data_offsets"},
	{"{\"a\":{\"x\\ny\":\"F32\"}}", 4,
		"tensor \"a\": unknown key \"(control characters)\", expected dtype, shape and data_offsets"},
	{"{\"a\":" T("\"F8\"", "[1]", "[0,4]") "}", 4,
		"tensor \"a\": dtype is F8, expected one of F32 F16 BF16 F64 I8 U8 I16 I32 I64 BOOL"},
	{"{\"a\":" T("7", "[1]", "[0,4]") "}", 4,
		"tensor \"a\": dtype is not a string, expected one of F32 F16 BF16 F64 I8 U8 I16 I32 I64 BOOL"},
	{"{\"a\":" T(F32, "1", "[0,4]") "}", 4, "tensor \"a\": shape is not a list"},
	{"{\"a\":" T(F32, "[-1]", "[0,4]") "}", 4, "tensor \"a\": shape[0] is not an integer in 0..2^53"},
	{"{\"a\":" T(F32, "[1,0.5]", "[0,4]") "}", 4, "tensor \"a\": shape[1] is not an integer in 0..2^53"},
	{"{\"a\":" T(F32, "[1e300]", "[0,4]") "}", 4, "tensor \"a\": shape[0] is not an integer in 0..2^53"},
	{"{\"a\":" T(F32, "[1e999]", "[0,4]") "}", 4, "tensor \"a\": shape[0] is not an integer in 0..2^53"},
	{"{\"a\":" T(F32, "[\"1\"]", "[0,4]") "}", 4, "tensor \"a\": shape[0] is not an integer in 0..2^53"},
	{"{\"a\":" T(F32, "[9007199254740994]", "[0,4]") "}", 4,
		"tensor \"a\": shape[0] is not an integer in 0..2^53"},
	{"{\"a\":" T(F32, "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4,
		"tensor \"a\": shape has more than 8 entries"},
	{"{\"a\":" T(F32, "[4294967296,4294967296]", "[0,4]") "}", 4,
		"tensor \"a\": shape has 2^64 elements or more"},
	{"{\"a\":" T(F32, "[2147483648,4294967296]", "[0,4]") "}", 4,
		"tensor \"a\": shape has 2^64 bytes or more"},
	{"{\"a\":" T(F32, "[1]", "{}") "}", 4, "tensor \"a\": data_offsets is not a list"},
	{"{\"a\":" T(F32, "[1]", "[0]") "}", 4, "tensor \"a\": data_offsets has 1 entries, expected 2"},
	{"{\"a\":" T(F32, "[1]", "[0,4,8]") "}", 4, "tensor \"a\": data_offsets has more than 2 entries"},
	{"{\"a\":" T(F32, "[1]", "[0,null]") "}", 4,
		"tensor \"a\": data_offsets[1] is not an integer in 0..2^53"},
	{"{\"a\":" T(F32, "[1]", "[4,0]") "}", 4, "tensor \"a\": data_offsets 4..0 run backwards"},
	{"{\"conv1.weight\":" T(F32, "[256,1,9,9]", "[0,83000]") "}", 4,
		"tensor \"conv1.weight\": data_offsets 0..83000 do not hold 20736 F32 (82944 bytes)"},
	{"{\"a\":" T(F32, "[2]", "[0,8]") "}", 7,
		"tensor \"a\": data_offsets 0..8 pass the end of the data (7 bytes)"},
	{"{\"a\":" T(F32, "[1]", "[0,4]") "}", 5, "5 bytes of data, but the tensors end at byte 4"},
	{"{}", 1, "1 bytes of data, but the tensors end at byte 0"},
	{"{\"a\":" T(F32, "[1]", "[1,5]") "}", 5,
		"tensor \"a\": begins at byte 1 of the data, expected 0 (a gap)"},
	{"{\"b\":" T(F32, "[1]", "[5,9]") ",\"a\":" T(F32, "[1]", "[0,4]") "}", 9,
		"tensor \"b\": begins at byte 5 of the data, expected 4 (a gap)"},
	{"{\"a\":" T(F32, "[2]", "[0,8]") ",\"b\":" T(F32, "[1]", "[4,8]") "}", 8,
		"tensor \"b\": begins at byte 4 of the data, expected 8 (an overlap)"},
	{"{\"a\":" T(F32, "[2]", "[0,8]") ",\"b\":" T(F32, "[0]", "[4,4]") "}", 8,
		"tensor \"b\": begins at byte 4 of the data, expected 8 (an overlap)"},
};

static void each_malformed_header_is_refused_with_its_own_message(void **state)
{
	uint8_t bytes[ROOM_BYTES];
	char expected[512];

	(void)state;
	for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
		size_t size = build(malformed[i].header, malformed[i].data_bytes, bytes);
		struct cas_safetensors *st;
		struct cas_err err;
		void *copy;

		assert_int_equal(parse_copy(bytes, size, &st, &copy, &err), CAS_INPUT);
		snprintf(expected, sizeof expected, "w.safetensors: %s", malformed[i].message);
		assert_string_equal(err.text, expected);
		assert_null(st);
		free(copy);
	}
}

static void a_lying_or_cut_header_length_is_refused(void **state)
{
	static const struct {
		uint64_t length;
		size_t size_bytes;
		const char *message;
	} cases[] = {
		{2, 0, "w.safetensors: 0 bytes, expected at least 8 for the header's length"},
		{2, 7, "w.safetensors: 7 bytes, expected at least 8 for the header's length"},
		{3, 10, "w.safetensors: header of 3 bytes, but 2 follow its length"},
		{100000000, 10, "w.safetensors: header of 100000000 bytes, but 2 follow its length"},
		{100000001, 10, "w.safetensors: header of 100000001 bytes, expected at most 100000000"},
		{UINT64_MAX, 10,
			"w.safetensors: header of 18446744073709551615 bytes, expected at most 100000000"},
		{0, 8, "w.safetensors: byte 8: header does not begin with {"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t bytes[16] = {0};
		struct cas_safetensors *st;
		struct cas_err err;
		void *copy;

		memcpy(bytes, &cases[i].length, 8);
		memcpy(bytes + 8, "{}", 2);
		assert_int_equal(parse_copy(bytes, cases[i].size_bytes, &st, &copy, &err), CAS_INPUT);
		assert_string_equal(err.text, cases[i].message);
		free(copy);
	}
}

static void deep_nesting_is_refused(void **state)
{
	enum { DEPTH = 200000 };
	uint64_t length = DEPTH + 5;
	uint8_t *bytes = malloc(8 + (size_t)length);
	struct cas_safetensors *st;
	struct cas_err err;

	(void)state;
	assert_non_null(bytes);
	memcpy(bytes, &length, 8);
	memcpy(bytes + 8, "{\"a\":", 5);
	memset(bytes + 13, '[', DEPTH);
	assert_int_equal(cas_safetensors_parse("w.safetensors", bytes, 8 + (size_t)length, &st, &err),
		CAS_INPUT);
	assert_non_null(strstr(err.text, ": header is not JSON"));
	free(bytes);
}

static const float floats[] = {1.5f, -2.0f, 3.25f, 0.0f, 1e-30f, 7.0f};
static const int8_t codes[] = {-127, 0, 127};
static const int32_t biases[] = {-100000, 100000};
static const struct cas_st_tensor sample[] = {
	{.name = "z.weight", .dtype = CAS_DT_I8, .dims = 1, .shape = {3}, .data = codes},
	{.name = "a \"q\" \\", .dtype = CAS_DT_F32, .dims = 3, .shape = {1, 3, 2}, .data = floats},
	{.name = "empty", .dtype = CAS_DT_F64, .dims = 2, .shape = {0, 4}, .data = NULL},
	{.name = "bias", .dtype = CAS_DT_I32, .dims = 1, .shape = {2}, .data = biases},
	{.name = "scalar", .dtype = CAS_DT_F32, .dims = 0, .data = floats},
};
static const struct cas_st_pair pairs[] = {{"format", "pt"}, {"note", "two\nlines \"\\\x01"}};
enum { SAMPLE = sizeof sample / sizeof *sample };

static void what_is_written_is_read_again(void **state)
{
	struct cas_safetensors *st;
	struct cas_err err;
	char path[256];
	float out[6];

	tmp_path(*state, "w.safetensors", path);
	assert_int_equal(cas_safetensors_write(path, sample, SAMPLE, pairs, 2, &err), CAS_OK);
	assert_int_equal(tmp_entries(((struct tmp *)*state)->folder), 1);
	assert_int_equal(cas_safetensors_open(path, &st, &err), CAS_OK);
	assert_int_equal(cas_safetensors_count(st), SAMPLE);
	for (size_t i = 0; i < SAMPLE; i++) {
		const struct cas_st_tensor *read = cas_safetensors_at(st, i);

		assert_ptr_equal(cas_safetensors_find(st, sample[i].name), read);
		assert_string_equal(read->name, sample[i].name);
		assert_int_equal(read->dtype, sample[i].dtype);
		assert_int_equal(read->dims, sample[i].dims);
		assert_memory_equal(read->shape, sample[i].shape, sizeof read->shape);
		if (read->size_bytes)
			assert_memory_equal(read->data, sample[i].data, read->size_bytes);
	}
	assert_int_equal(cas_safetensors_at(st, 1)->elements, 6);
	assert_int_equal(cas_safetensors_at(st, 1)->size_bytes, 24);
	assert_int_equal(cas_safetensors_at(st, 2)->size_bytes, 0);
	assert_int_equal(cas_safetensors_at(st, 4)->size_bytes, 4);
	assert_null(cas_safetensors_find(st, "weight"));
	assert_int_equal(cas_safetensors_metadata_count(st), 2);
	assert_string_equal(cas_safetensors_metadata_at(st, 0).key, "format");
	assert_string_equal(cas_safetensors_metadata(st, "note"), pairs[1].value);
	assert_null(cas_safetensors_metadata(st, "Note"));
	assert_int_equal(cas_safetensors_fetch(st, "a \"q\" \\", CAS_DT_F32, 3, sample[1].shape, out,
		&err), CAS_OK);
	assert_memory_equal(out, floats, sizeof floats);
	cas_safetensors_close(st);
}

static void the_written_bytes_are_these(void **state)
{
	static const char header[] =
		"{\"__metadata__\":{\"k\":\"v\"},\"bias\":{\"dtype\":\"I32\",\"shape\":[2],"
		"\"data_offsets\":[0,8]}}      ";
	struct cas_st_pair pair = {"k", "v"};
	struct cas_err err;
	uint8_t expected[ROOM_BYTES], got[ROOM_BYTES];
	size_t size = build(header, 8, expected);
	char path[256];
	FILE *file;

	assert_int_equal(strlen(header) % 8, 0);
	memcpy(expected + size - 8, biases, 8);
	assert_int_equal(cas_safetensors_write(tmp_path(*state, "b", path), &sample[3], 1, &pair, 1, &err),
		CAS_OK);
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fread(got, 1, sizeof got, file), size);
	fclose(file);
	assert_memory_equal(got, expected, size);
}

static void fetch_names_what_differs(void **state)
{
	uint8_t bytes[ROOM_BYTES];
	size_t size = build("{\"a\":" T(F32, "[2,1]", "[0,8]") "}", 8, bytes);
	static const uint64_t shape[] = {2, 2}, right[] = {2, 1};
	struct cas_safetensors *st;
	struct cas_err err;
	float out[4];

	(void)state;
	assert_int_equal(cas_safetensors_parse("w.safetensors", bytes, size, &st, &err), CAS_OK);
	assert_int_equal(cas_safetensors_fetch(st, "b", CAS_DT_F32, 2, shape, out, &err), CAS_INPUT);
	assert_string_equal(err.text, "w.safetensors: no tensor \"b\", expected F32 [2,2]");
	assert_int_equal(cas_safetensors_fetch(st, "a", CAS_DT_F32, 2, shape, out, &err), CAS_INPUT);
	assert_string_equal(err.text, "w.safetensors: tensor \"a\" is F32 [2,1], expected F32 [2,2]");
	assert_int_equal(cas_safetensors_fetch(st, "a", CAS_DT_I8, 2, right, out, &err), CAS_INPUT);
	assert_string_equal(err.text, "w.safetensors: tensor \"a\" is F32 [2,1], expected I8 [2,1]");
	assert_int_equal(cas_safetensors_fetch(st, "a", CAS_DT_F32, 1, right, out, &err), CAS_INPUT);
	assert_string_equal(err.text, "w.safetensors: tensor \"a\" is F32 [2,1], expected F32 [2]");
	assert_int_equal(cas_safetensors_fetch(st, "a", CAS_DT_F32, 2, right, out, &err), CAS_OK);
	cas_safetensors_close(st);
}

static void the_writer_refuses_what_the_reader_would(void **state)
{
	static const struct {
		struct cas_st_tensor tensors[2];
		size_t count;
		const char *message;
	} cases[] = {
		{{{.name = "a"}, {.name = "a"}}, 2, "x: tensor \"a\" is there twice"},
		{{{.name = ""}}, 1, "x: tensor 0 has an empty name"},
		{{{.name = "a\n"}}, 1, "x: tensor 0 has control characters in its name"},
		{{{.name = "__metadata__"}}, 1, "x: a tensor is named __metadata__"},
		{{{.name = "a", .dims = 9}}, 1, "x: tensor \"a\": 9 dimensions, expected 0..8"},
		{{{.name = "a", .dims = 2, .shape = {1ull << 32, 1ull << 32}}}, 1,
			"x: tensor \"a\": shape has 2^64 elements or more"},
		{{{.name = "a", .dims = 2, .shape = {1ull << 54, 0}}}, 1,
			"x: tensor \"a\": shape[0] is above 2^53"},
	};
	struct cas_st_pair twice[] = {{"k", "1"}, {"k", "2"}};
	const struct tmp *tmp = *state;
	struct cas_err err;
	char path[256];

	tmp_path(tmp, "x", path);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(cas_safetensors_write(path, cases[i].tensors, cases[i].count, NULL, 0, &err),
			CAS_INPUT);
		assert_string_equal(tmp_strip(tmp, err.text), cases[i].message);
	}
	assert_int_equal(cas_safetensors_write(path, NULL, 0, twice, 2, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text), "x: metadata key \"k\" is there twice");
	assert_int_equal(tmp_entries(tmp->folder), 0);
}

static void files_that_cannot_be_opened_are_named(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_safetensors *st;
	struct cas_err err;
	char path[256];

	assert_int_equal(cas_safetensors_open(tmp_path(tmp, "none", path), &st, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text), "none: cannot open: No such file or directory");
	tmp_write(tmp_path(tmp, "empty", path), "", 0);
	assert_int_equal(cas_safetensors_open(path, &st, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text),
		"empty: 0 bytes, expected at least 8 for the header's length");
	assert_int_equal(cas_safetensors_open("/dev/null", &st, &err), CAS_INPUT);
	assert_string_equal(err.text, "/dev/null: is not a regular file");
	assert_null(st);
}

/* Read every byte that the reader offers. */
static uint64_t touch(const struct cas_safetensors *st)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < cas_safetensors_count(st); i++) {
		const struct cas_st_tensor *tensor = cas_safetensors_at(st, i);

		assert_ptr_equal(cas_safetensors_find(st, tensor->name), tensor);
		for (uint64_t b = 0; b < tensor->size_bytes; b++)
			sum += ((const uint8_t *)tensor->data)[b];
	}
	return sum;
}

static void damaged_files_are_read_or_refused_but_never_crash(void **state)
{
	enum { ROUNDS = 20000 };
	static const char header[] = "{\"__metadata__\":{\"k\":\"v\"},\"a\":" T(F32, "[2,1]", "[0,8]")
		",\"b\":" T("\"I8\"", "[3]", "[8,11]") "}";
	struct cas_rng rng = cas_rng_init(1, 2);
	uint8_t bytes[ROOM_BYTES];
	int accepted = 0, refused = 0;
	uint64_t sum = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		size_t size = build(header, 11, bytes);
		struct cas_safetensors *st;
		struct cas_err err;
		void *copy;
		cas_status status;

		for (uint64_t flips = 1 + cas_rng_below(&rng, 4); flips; flips--)
			bytes[cas_rng_below(&rng, size)] ^= (uint8_t)(1u << cas_rng_below(&rng, 8));
		if (!cas_rng_below(&rng, 8))
			size = cas_rng_below(&rng, size);
		status = parse_copy(bytes, size, &st, &copy, &err);
		if (status) {
			assert_int_equal(status, CAS_INPUT);
			assert_null(strchr(err.text, '\n'));
			refused++;
		} else {
			sum += touch(st);
			accepted++;
		}
		cas_safetensors_close(st);
		free(copy);
	}
	assert_true(accepted > ROUNDS / 100 && refused > ROUNDS / 2);
	assert_true(sum > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_malformed_header_is_refused_with_its_own_message),
		cmocka_unit_test(a_lying_or_cut_header_length_is_refused),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test_setup_teardown(what_is_written_is_read_again, tmp_setup, tmp_teardown),
		cmocka_unit_test_setup_teardown(the_written_bytes_are_these, tmp_setup, tmp_teardown),
		cmocka_unit_test(fetch_names_what_differs),
		cmocka_unit_test_setup_teardown(the_writer_refuses_what_the_reader_would, tmp_setup,
			tmp_teardown),
		cmocka_unit_test_setup_teardown(files_that_cannot_be_opened_are_named, tmp_setup,
			tmp_teardown),
		cmocka_unit_test(damaged_files_are_read_or_refused_but_never_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
