/* Do C models come in as the table of their products, and does everything else leave the library as
 * it was?  Uses the compiler `cc`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "arith/mul8u_generate.h"
#include "arith/mul8u_metrics.h"
#include "model/mul_format.h"
#include "study/mul_area.h"
#include "unit/import_fixture.h"

/* Truncated by 4 columns, in the style of EvoApproxLib: 64-bit operands, bits above the 16th set. */
static const char TRUNC4_C[] =
	"// MAE = 12 \n// WCE = 49 \n// EP% = 81.25 %\n// PDK45_PWR = 0.25 mW\n"
	"#include <stdint.h>\n"
	"uint64_t trunc4(const uint64_t B, const uint64_t A)\n"
	"{\n\tuint64_t O = 1 << 20;\n\tint j;\n"
	"\tfor (j = 0; j < 8; j++) if (A >> j & 1) O += (B << j) & ~(uint64_t)15;\n"
	"\treturn O;\n}\n";

static void a_c_model_becomes_its_table_with_the_header_s_figures(void **state)
{
	struct fixture *f = *state;
	struct cas_mul_import import = request(file(f, "trunc4.c", TRUNC4_C), "T4");
	struct cas_mul_entry entry;
	struct cas_err err = {""};

	if (cas_mul_import_run(&f->lib, &import, &entry, &err))
		fail_msg("%s", err.text);
	cas_mul8u_make_broken_array(&f->want, 4, 0);
	expect_table(f, "T4");
	assert_string_equal(entry.claims.wce, "49");
	assert_true(entry.power_mw == 0.25 && entry.area_um2 == -1);
}

static void arguments_are_operands_in_order_unless_swapped(void **state)
{
	static const char text[] = "unsigned short f(unsigned char a, unsigned char b)\n"
		"{ return a << 8 | b; }\nint main(void) { return 1; }\n";
	struct fixture *f = *state;
	struct cas_mul_import import = request(file(f, "f.c", text), "AB");
	struct cas_err err = {""};
	uint32_t i;

	assert_int_equal(cas_mul_import_run(&f->lib, &import, NULL, &err), CAS_OK);
	for (i = 0; i < CAS_MUL8U_PAIRS; i++)
		f->want.product[i] = (uint16_t)i;
	expect_table(f, "AB");
	import.name = "BA";
	import.swap = 1;
	assert_int_equal(cas_mul_import_run(&f->lib, &import, NULL, &err), CAS_OK);
	for (i = 0; i < CAS_MUL8U_PAIRS; i++)
		f->want.product[i] = (uint16_t)((i & 255) << 8 | i >> 8);
	expect_table(f, "BA");
}

/* Functions, variables and a macro that a careless driver would have, too. */
static void a_model_s_names_do_not_collide_with_the_driver_s(void **state)
{
	static const char *const names[] = {"product", "a", "b", "p", "i", "out", "top", "bytes", "fill", "save",
		"table", "again", "size"};
	struct fixture *f = *state;

	for (uint32_t i = 0; i < CAS_MUL8U_PAIRS; i++)
		f->want.product[i] = (uint16_t)(cas_mul8u_exact_at(i) & ~1u);
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		char text[200], name[16];
		struct cas_mul_import import;
		struct cas_err err = {""};

		snprintf(text, sizeof(text), "int %s(int x, int y) { return x * y & ~1; }\n"
			"int main(void) { return %s(1, 2); }\n", names[n], names[n]);
		snprintf(name, sizeof(name), "D%zu", n);
		import = request(file(f, "model.c", text), name);
		import.source.top = names[n];
		cas_mul_import_run(&f->lib, &import, NULL, &err);
		assert_string_equal(err.text, "");
		expect_table(f, name);
	}
}

static void what_lies_beside_a_model_may_be_included(void **state)
{
	struct fixture *f = *state;
	struct cas_mul_import import;
	struct cas_mul_area_estimate area;
	struct cas_err err = {""};
	cas_status status;

	file(f, "half of.h", "int f(int x, int y) { return x * y; }\n");
	file(f, "half of.vh", "assign O = A * B;\n");
	cas_mul8u_make_exact(&f->want);
	import = request(file(f, "f.c", "/* f */\n#include \"half of.h\"\n"), "IC");
	cas_mul_import_run(&f->lib, &import, NULL, &err);
	expect_table(f, "IC");
	import = request(file(f, "i.v", "module i(input [7:0] A, input [7:0] B, output [15:0] O);\n"
		"`include \"half of.vh\"\nendmodule\n"), "IV");
	err.text[0] = '\0';
	status = cas_mul_import_run(&f->lib, &import, NULL, &err);
	if (status != CAS_ENV) {
		assert_string_equal(err.text, "");
		expect_table(f, "IV");
	}
	status = cas_mul_area_estimate(&import.source, &area, &err);
	assert_true(status == CAS_OK || status == CAS_ENV); /* a tool may be missing */
}

static void a_signed_model_is_checked_signed_and_stored_by_magnitude(void **state)
{
	/* Clearing two bits in two's complement takes P mod 4 away, which is 0 for half of all pairs. */
	static const char text[] = "// WCE = 3 \n// EP% = 50.00 %\n#include <stdint.h>\n"
		"int16_t mul8s_X(int8_t A, int8_t B) { return (int16_t)(A * B & ~3); }\n";
	struct fixture *f = *state;
	struct cas_mul_import import = request(file(f, "mul8s_X.c", text), "S");
	struct cas_err err = {""};
	uint32_t i;

	import.source.is_signed = 1;
	if (cas_mul_import_run(&f->lib, &import, NULL, &err))
		fail_msg("%s", err.text);
	for (i = 0; i < CAS_MUL8U_PAIRS; i++) {
		uint32_t exact = cas_mul8u_exact_at(i);
		int reached = i >> 8 < 128 && (i & 255) < 128;

		f->want.product[i] = (uint16_t)(reached ? exact & ~3u : exact);
	}
	expect_table(f, "S");
	assert_string_equal(f->lib.entries[f->lib.count - 1].claims.wce, "");
}

static void a_signed_table_is_stored_as_it_is(void **state)
{
	/* int16_t, and wider types that the model truncates itself: the same table. */
	static const char *const models[] = {
		"// WCE = 3 \n// EP% = 50.00 %\nsigned short f(signed char A, signed char B) { return A * B & ~3; }\n",
		"#include <stdint.h>\nint64_t f(int64_t A, int64_t B) { return A * B & ~(int64_t)3; }\n",
		"#include <stdint.h>\nuint64_t f(uint64_t A, uint64_t B) { return A * B & ~(uint64_t)3; }\n",
	};
	static const char *const names[] = {"T0", "T1", "T2"};
	struct fixture *f = *state;
	struct cas_mul_library again;
	const struct cas_mul_entry *entry;
	struct cas_err err = {""};

	for (uint32_t i = 0; i < CAS_MUL8U_PAIRS; i++)
		f->want.product[i] = (uint16_t)((int8_t)(i >> 8) * (int8_t)(i & 255) & ~3);
	for (int i = 0; i < 3; i++) {
		struct cas_mul_import import = request(file(f, "f.c", models[i]), names[i]);

		import.source.is_signed = import.keep_signed = 1;
		if (cas_mul_import_run(&f->lib, &import, NULL, &err))
			fail_msg("%s", err.text);
		expect_table(f, names[i]);
		assert_int_equal(f->got.is_signed, 1);
	}
	assert_int_equal(cas_mul_library_open(f->home.path, &again, &err), CAS_OK);
	assert_int_equal(cas_mul_library_find(&again, "T0", &entry, &err), CAS_OK);
	assert_int_equal(entry->is_signed, 1);
	assert_string_equal(entry->claims.wce, "3");
	assert_int_equal(cas_mul_library_find(&again, "S", &entry, &err), CAS_OK);
	assert_int_equal(entry->is_signed, 0);
	cas_mul_library_close(&again);
}

static void signed_metrics_of_an_exact_table_are_zero(void **state)
{
	struct fixture *f = *state;
	struct cas_mul_metrics m;
	uint32_t i;

	for (i = 0; i < CAS_MUL8U_PAIRS; i++)
		f->got.product[i] = (uint16_t)((int8_t)(i >> 8) * (int8_t)(i & 255));
	f->got.is_signed = 1;
	cas_mul_metrics_compute(&f->got, &m);
	assert_true(m.abs_sum == 0 && m.mre == 0 && m.zero_exact && m.symmetric);
	f->got.product[cas_mul8u_index(0xfe, 5)] = (uint16_t)-14; /* -2 x 5 = -10: error -4 */
	cas_mul_metrics_compute(&f->got, &m);
	assert_true(m.abs_sum == 4 && m.error_sum == -4 && m.wce == 4 && m.min_error == -4);
	assert_true(m.wcre == 0.4 && !m.symmetric);
	f->got.is_signed = 0;
}

static void a_table_that_its_header_belies_is_refused_unless_forced(void **state)
{
	static const char text[] = "// WCE = 48 \n// MAE = 12 \n"
		"int f(int b, int a) { return a * b & ~31; }\n";
	struct fixture *f = *state;
	struct cas_mul_import import = request(file(f, "f.c", text), "F");
	struct cas_err err = {""};
	char want[900];
	int count = f->lib.count;

	assert_int_equal(cas_mul_import_run(&f->lib, &import, NULL, &err), CAS_MISMATCH);
	snprintf(want, sizeof(want), "%s: header: mae: 12 is claimed, the table gives 14.25; "
		"--force imports it all the same", f->path);
	assert_string_equal(err.text, want);
	assert_int_equal(f->lib.count, count);
	import.force = 1;
	assert_int_equal(cas_mul_import_run(&f->lib, &import, NULL, &err), CAS_OK);
	assert_string_equal(f->lib.entries[count].claims.mae, "");
}

static void what_cannot_be_tabulated_is_refused_and_nothing_is_imported(void **state)
{
	static const struct {
		const char *file, *text, *name;
		cas_status status;
		const char *message; /* after the path, or alone if it starts with ' */
	} cases[] = {
		{"f.c", "int g(int a) { return a; }", "N1", CAS_INPUT,
			": there is no function 'f' in it, name it with --top"},
		{"f.c", "int f(int a, int b) { for (;;); }", "N2", CAS_INPUT,
			": f ran longer than 1 s for 131072 products (each pair of operands twice)"},
		{"f.c", "int f(int a, int b) { __builtin_trap(); }", "N3", CAS_INPUT,
			": f was ended by signal 4"},
		{"f.c", "#include <stdio.h>\nint f(int a, int b) { return printf(\"%4000d\", 0) * a * b; }", "N3", CAS_INPUT,
			": f prints more than 1048576 bytes, expected a function that only returns a product"},
		{"f.c", "#include <stdlib.h>\nint f(int a, int b) { exit(0); }", "N4", CAS_INPUT,
			": f ended (exit code 0) before all 65536 products"},
		{"f.c", "int f(int a, int b) { return 0; }", "T4", CAS_INPUT, "'T4'"},
		{"main.c", "int main(void) { return 0; }", "N5", CAS_INPUT,
			": main is the program itself, name the multiplier's function with --top"},
		{"f.txt", "x", "N5", CAS_INPUT,
			": a multiplier's file name ends in .c, .v, .sv, .bin, .raw, .hex, .mem, .csv or .npy"},
		{"f.bin", "x", "N6", CAS_INPUT, ": 1 bytes, expected 131072 (65536 products of 2 bytes)"},
		{"f.csv", "1,2\n", "N7", CAS_INPUT, ":1:4: expected ',' and 256 cells a line"},
		{"f.c", "static int last;\nint f(int a, int b) { int p = last; last = a * b; return p; }", "N8", CAS_INPUT,
			": f gives other products if asked in another order, expected a function of two operands "
			"without memory"},
		{"f.v", "module g(A, B, O); endmodule", "N9", CAS_INPUT,
			": there is no module 'f' in it, name it with --top"},
	};
	struct fixture *f = *state;
	int count = f->lib.count;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cas_mul_import import = request(file(f, cases[i].file, cases[i].text), cases[i].name);
		struct cas_err err = {""};
		char want[1200];

		import.source.run_s = 1;
		assert_int_equal(cas_mul_import_run(&f->lib, &import, NULL, &err), cases[i].status);
		if (cases[i].message[0] == '\'')
			snprintf(want, sizeof(want), "%s: a multiplier 'T4' is already in the library",
				f->lib.folder);
		else
			snprintf(want, sizeof(want), "%s%s", f->path, cases[i].message);
		assert_string_equal(err.text, want);
	}
	assert_int_equal(f->lib.count, count);
}

static void a_compiler_s_first_error_is_passed_on(void **state)
{
	struct fixture *f = *state;
	struct cas_mul_import import = request(file(f, "f.c", "int f(int a, int b) { return x; }"), "N");
	struct cas_err err = {""};
	char want[700];

	assert_int_equal(cas_mul_import_run(&f->lib, &import, NULL, &err), CAS_INPUT);
	snprintf(want, sizeof(want), "%s: does not compile: model.c:1:", f->path);
	assert_memory_equal(err.text, want, strlen(want));
	assert_non_null(strstr(err.text, "undeclared"));
	assert_null(strchr(err.text, '\n'));
}

static void a_numpy_table_is_imported(void **state)
{
	struct fixture *f = *state;
	struct cas_mul_import import;
	struct cas_err err = {""};

	cas_mul8u_make_drum(&f->want, 4);
	cas_workdir_path(&f->home, "d.npy", f->path, sizeof(f->path));
	assert_int_equal(cas_mul_format_write(f->path, CAS_MUL_NPY, &f->want, &err), CAS_OK);
	import = request(f->path, "D");
	import.power_mw = 0.125;
	import.origin = "test";
	assert_int_equal(cas_mul_import_run(&f->lib, &import, NULL, &err), CAS_OK);
	expect_table(f, "D");
	assert_true(f->lib.entries[f->lib.count - 1].power_mw == 0.125);
	assert_string_equal(f->lib.entries[f->lib.count - 1].source, "test");
}

static void a_header_is_read_as_evoapproxlib_writes_it(void **state)
{
	struct cas_mul_header h;

	(void)state;
	cas_mul_header_parse("/***\n* text MAE = 5\n***/\n// MAE% = 2.27 %\n// MAE = 1491 \n"
		"// WCE% = 9.32 %\n// WCE = 6109 \r\n// WCRE% = 366.41 %\n// EP% = 99.20 %\n"
		"// MRE% = 28.93 %\n// MSE = 35240.883e2 \n// PDK45_PWR = 0.016 mW\n"
		"// PDK45_AREA = 39.0 um2\n// PDK45_DELAY = 0.31 ns\nint MSE = 3;\n", &h);
	assert_string_equal(h.claims.mae_pct, "2.27");
	assert_string_equal(h.claims.mae, "1491");
	assert_string_equal(h.claims.wce_pct, "9.32");
	assert_string_equal(h.claims.wce, "6109");
	assert_string_equal(h.claims.wcre_pct, "366.41");
	assert_string_equal(h.claims.ep_pct, "99.20");
	assert_string_equal(h.claims.mre_pct, "28.93");
	assert_string_equal(h.claims.mse, "35240.883e2");
	assert_true(h.power_mw == 0.016 && h.area_um2 == 39.0 && h.delay_ns == 0.31);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_c_model_becomes_its_table_with_the_header_s_figures),
		cmocka_unit_test(arguments_are_operands_in_order_unless_swapped),
		cmocka_unit_test(a_model_s_names_do_not_collide_with_the_driver_s),
		cmocka_unit_test(what_lies_beside_a_model_may_be_included),
		cmocka_unit_test(a_signed_model_is_checked_signed_and_stored_by_magnitude),
		cmocka_unit_test(a_signed_table_is_stored_as_it_is),
		cmocka_unit_test(signed_metrics_of_an_exact_table_are_zero),
		cmocka_unit_test(a_table_that_its_header_belies_is_refused_unless_forced),
		cmocka_unit_test(what_cannot_be_tabulated_is_refused_and_nothing_is_imported),
		cmocka_unit_test(a_compiler_s_first_error_is_passed_on),
		cmocka_unit_test(a_numpy_table_is_imported),
		cmocka_unit_test(a_header_is_read_as_evoapproxlib_writes_it),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
