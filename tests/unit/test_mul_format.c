/* Do tables survive each file format, and is a malformed file refused with its place? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "io/outfile.h"
#include "model/mul_format.h"

struct fixture {
	char folder[64], path[160];
	struct cas_mul8u mul, back;
	char text[8 << 16];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	uint32_t i;

	*state = f;
	snprintf(f->folder, sizeof(f->folder), "/tmp/capsacc_test_XXXXXX");
	for (i = 0; i < CAS_MUL8U_PAIRS; i++)
		f->mul.product[i] = (uint16_t)(i * 40503u >> 3);
	f->mul.product[0x1234] = 65535;
	return mkdtemp(f->folder) ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int failed = rmdir(f->folder);

	free(f);
	return failed;
}

static const char *place(struct fixture *f, const char *name)
{
	snprintf(f->path, sizeof(f->path), "%s/%s", f->folder, name);
	return f->path;
}

static void every_format_reads_back_what_it_wrote(void **state)
{
	static const char *const names[] = {"t.bin", "t.RAW", "t.hex", "t.mem", "t.csv", "t.npy"};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct cas_err err = {""};
		enum cas_mul_format format;

		assert_int_equal(cas_mul_format_of(place(f, names[i]), &format, &err), CAS_OK);
		assert_int_equal(cas_mul_format_write(f->path, format, &f->mul, &err), CAS_OK);
		memset(f->back.product, 0, sizeof(f->back.product));
		assert_int_equal(cas_mul_format_read(f->path, format, &f->back, &err), CAS_OK);
		assert_memory_equal(f->back.product, f->mul.product, sizeof(f->mul.product));
		assert_int_equal(unlink(f->path), 0);
	}
}

static void signed_tables_are_signed_integers_in_csv_and_numpy(void **state)
{
	static const char *const names[] = {"t.bin", "t.hex", "t.csv", "t.npy"};
	struct fixture *f = *state;
	struct cas_err err = {""};
	size_t size_bytes, i;
	char *text;

	f->mul.is_signed = f->back.is_signed = 1;
	f->mul.product[0] = 32768;
	f->mul.product[1] = 65535;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		enum cas_mul_format format;

		assert_int_equal(cas_mul_format_of(place(f, names[i]), &format, &err), CAS_OK);
		assert_int_equal(cas_mul_format_write(f->path, format, &f->mul, &err), CAS_OK);
		memset(f->back.product, 0, sizeof(f->back.product));
		assert_int_equal(cas_mul_format_read(f->path, format, &f->back, &err), CAS_OK);
		assert_memory_equal(f->back.product, f->mul.product, sizeof(f->mul.product));
		assert_int_equal(cas_file_read(f->path, 1 << 20, &text, &size_bytes, &err), CAS_OK);
		if (format == CAS_MUL_CSV)
			assert_memory_equal(text, "-32768,-1,", 10);
		if (format == CAS_MUL_NPY)
			assert_memory_equal(text + 10, "{'descr': '<i2', 'fortran_order': False, ", 41);
		free(text);
		assert_int_equal(unlink(f->path), 0);
	}
	place(f, "t.csv");
	assert_int_equal(cas_outfile_write(f->path, "5,-32769,", 9, &err), CAS_OK);
	assert_int_equal(cas_mul_format_read(f->path, CAS_MUL_CSV, &f->back, &err), CAS_INPUT);
	assert_string_equal(strchr(err.text, ':'), ":1:3: expected an integer -32768..65535");
	assert_int_equal(unlink(f->path), 0);
	f->mul.is_signed = f->back.is_signed = 0;
}

static void the_hex_form_is_one_word_a_line(void **state)
{
	struct fixture *f = *state;
	struct cas_err err = {""};
	size_t size_bytes;
	char *text;

	assert_int_equal(cas_mul_format_write(place(f, "t.hex"), CAS_MUL_HEX, &f->mul, &err), CAS_OK);
	assert_int_equal(cas_file_read(f->path, 1 << 20, &text, &size_bytes, &err), CAS_OK);
	assert_int_equal(size_bytes, 5 * CAS_MUL8U_PAIRS);
	assert_memory_equal(text + 5 * 0x1234, "ffff\n", 5);
	free(text);
	unlink(f->path);
}

static void the_numpy_header_is_what_numpy_writes(void **state)
{
	/* numpy.save(f, numpy.zeros((256, 256), '<u2')) starts so. */
	static const char start[] = "\x93NUMPY\x01\x00v\x00{'descr': '<u2', 'fortran_order': False, "
		"'shape': (256, 256), }        ";
	struct fixture *f = *state;
	struct cas_err err = {""};
	size_t size_bytes;
	char *data;

	assert_int_equal(cas_mul_format_write(place(f, "t.npy"), CAS_MUL_NPY, &f->mul, &err), CAS_OK);
	assert_int_equal(cas_file_read(f->path, 1 << 20, &data, &size_bytes, &err), CAS_OK);
	assert_int_equal(size_bytes, 128 + CAS_MUL8U_BYTES);
	assert_memory_equal(data, start, sizeof(start) - 1);
	assert_int_equal(data[127], '\n');
	free(data);
	unlink(f->path);
}

/* Write an array of `width`-byte elements with this header; element 258 is set to `special`. */
static void write_npy(struct fixture *f, const char *descr, const char *shape, int width,
	int big_endian, uint64_t special)
{
	struct cas_buf buf;
	struct cas_err err = {""};
	char header[200];
	uint32_t i;
	int k;

	snprintf(header, sizeof(header), "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n",
		descr, shape);
	cas_buf_init(&buf, 1 << 20);
	cas_buf_printf(&buf, "%sNUMPY", "\x93");
	cas_buf_add(&buf, "\x02\x00", 2);
	cas_buf_add(&buf, (char[]){(char)strlen(header), 0, 0, 0}, 4);
	cas_buf_printf(&buf, "%s", header);
	for (i = 0; i < CAS_MUL8U_PAIRS; i++) {
		uint64_t value = i == 258 ? special : i;

		for (k = 0; k < width; k++) {
			char byte = (char)(value >> 8 * (big_endian ? width - 1 - k : k) & 255);

			cas_buf_add(&buf, &byte, 1);
		}
	}
	assert_int_equal(cas_buf_check(&buf, &err), CAS_OK);
	assert_int_equal(cas_outfile_write(place(f, "t.npy"), buf.data, buf.size_bytes, &err), CAS_OK);
	cas_buf_clear(&buf);
}

static void numpy_arrays_of_other_integer_types_are_taken(void **state)
{
	static const struct {
		const char *descr, *shape;
		int width, big_endian;
	} cases[] = {
		{"<u2", "(65536,)", 2, 0}, {">u2", "(256, 256)", 2, 1}, {"<i4", "(256, 256)", 4, 0},
		{">i8", "( 65536 , )", 8, 1}, {"<u8", "(256,256)", 8, 0},
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cas_err err = {""};

		write_npy(f, cases[i].descr, cases[i].shape, cases[i].width, cases[i].big_endian, 40000);
		assert_int_equal(cas_mul_format_read(f->path, CAS_MUL_NPY, &f->back, &err), CAS_OK);
		assert_int_equal(f->back.product[258], 40000);
		assert_int_equal(f->back.product[65535], 65535);
		assert_int_equal(f->back.product[259], 259);
		unlink(f->path);
	}
}

static void numpy_arrays_that_are_no_table_are_refused(void **state)
{
	static const struct {
		const char *descr, *shape;
		int width;
		uint64_t special;
		const char *message;
	} cases[] = {
		{"<f4", "(256, 256)", 4, 0, "expected integers of 16, 32 or 64 bits"},
		{"<i4", "(256, 255)", 4, 0, "expected shape (256, 256) or (65536,) in C order"},
		{"<i4", "(256, 256)", 4, 65536, "element [1, 2] is outside 0..65535"},
		{"<i8", "(256, 256)", 8, UINT64_MAX, "element [1, 2] is outside 0..65535"},
		{"<i8", "(256, 256)", 4, 0, "262220 bytes, expected 524364"},
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cas_err err = {""};
		char want[300];

		write_npy(f, cases[i].descr, cases[i].shape, cases[i].width, 0, cases[i].special);
		assert_int_equal(cas_mul_format_read(f->path, CAS_MUL_NPY, &f->back, &err), CAS_INPUT);
		snprintf(want, sizeof(want), "%s: %s", f->path, cases[i].message);
		assert_string_equal(err.text, want);
		unlink(f->path);
	}
}

/* A table as CSV with one cell replaced. */
static size_t csv(char *text, int line, int column, const char *cell)
{
	size_t size = 0;
	int a, b;

	for (a = 0; a < 256; a++)
		for (b = 0; b < 256; b++)
			size += (size_t)snprintf(text + size, 16, "%s%s", a == line && b == column ? cell : "7",
				b < 255 ? "," : "\n");
	return size;
}

static void malformed_text_is_refused_with_its_place(void **state)
{
	static const struct {
		int line, column;
		const char *cell, *message;
	} cases[] = {
		{2, 3, "x", ":3:7: expected an integer 0..65535"},
		{0, 0, "65536", ":1:1: expected an integer 0..65535"},
		{0, 0, "-1", ":1:1: expected an integer 0..65535"},
		{0, 1, "1.5", ":1:4: expected ',' and 256 cells a line"},
		{255, 255, "1,2", ":256:512: expected the end of the line after 256 cells"},
		{255, 255, "1\n2", ":257:1: expected the end of the file after 256 lines"},
		{1, 255, "", ":2:511: expected 256 lines of 256 cells"},
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cas_err err = {""};
		char want[300];
		size_t size = csv(f->text, cases[i].line, cases[i].column, cases[i].cell);

		assert_int_equal(cas_outfile_write(place(f, "t.csv"), f->text, size, &err), CAS_OK);
		assert_int_equal(cas_mul_format_read(f->path, CAS_MUL_CSV, &f->back, &err), CAS_INPUT);
		snprintf(want, sizeof(want), "%s%s", f->path, cases[i].message);
		assert_string_equal(err.text, want);
		unlink(f->path);
	}
}

static void malformed_hex_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"0000 // one\n00g0\n", ":2:3: expected a word of hex digits up to ffff"},
		{"12345", ":1:1: expected a word of hex digits up to ffff"},
		{"@0 1\n", ":1:1: expected a word of hex digits up to ffff"},
		{"0000\n\n", ":3:1: the file ends early, expected 65536 words"},
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cas_err err = {""};
		char want[300];

		assert_int_equal(cas_outfile_write(place(f, "t.hex"), cases[i].text, strlen(cases[i].text),
			&err), CAS_OK);
		assert_int_equal(cas_mul_format_read(f->path, CAS_MUL_HEX, &f->back, &err), CAS_INPUT);
		snprintf(want, sizeof(want), "%s%s", f->path, cases[i].message);
		assert_string_equal(err.text, want);
		unlink(f->path);
	}
}

static void an_unknown_ending_is_answered_with_the_known_ones(void **state)
{
	struct cas_err err = {""};
	enum cas_mul_format format;

	(void)state;
	assert_int_equal(cas_mul_format_of("a/b.txt", &format, &err), CAS_INPUT);
	assert_string_equal(err.text,
		"a/b.txt: a table's file name ends in .bin, .raw, .hex, .mem, .csv or .npy");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_reads_back_what_it_wrote),
		cmocka_unit_test(signed_tables_are_signed_integers_in_csv_and_numpy),
		cmocka_unit_test(the_hex_form_is_one_word_a_line),
		cmocka_unit_test(the_numpy_header_is_what_numpy_writes),
		cmocka_unit_test(numpy_arrays_of_other_integer_types_are_taken),
		cmocka_unit_test(numpy_arrays_that_are_no_table_are_refused),
		cmocka_unit_test(malformed_text_is_refused_with_its_place),
		cmocka_unit_test(malformed_hex_is_refused_with_its_place),
		cmocka_unit_test(an_unknown_ending_is_answered_with_the_known_ones),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
