/* Do netlists come in through Verilator as the table of their products, and is everything else that is
 * Verilog refused?  Is their area estimated?  Uses verilator and yosys where they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "study/mul_area.h"
#include "study/mul_ports.h"
#include "unit/import_fixture.h"

static void a_netlist_is_imported_or_verilator_is_named_as_missing(void **state)
{
	static const char text[] = "module m(A, B, O);\ninput [7:0] A, B;\noutput [15:0] O;\n"
		"assign O = {B, A};\nendmodule\n";
	struct fixture *f = *state;
	struct cas_mul_import import = request(file(f, "m.v", text), "V");
	struct cas_err err = {""};
	cas_status status = cas_mul_import_run(&f->lib, &import, NULL, &err);
	uint32_t i;

	if (status == CAS_ENV) {
		assert_string_equal(err.text, "verilator is not there, install the package verilator");
		print_message("Verilator is not installed: a netlist was not tabulated\n");
		return;
	}
	assert_string_equal(err.text, "");
	for (i = 0; i < CAS_MUL8U_PAIRS; i++)
		f->want.product[i] = (uint16_t)i; /* the first operand is port B */
	expect_table(f, "V");
}

static void ports_may_have_names_that_verilator_writes_otherwise(void **state)
{
	struct fixture *f = *state;
	struct cas_mul_import import = request(file(f, "n.v", "module n(input [7:0] x__a, input [7:0] _y___, "
		"output [15:0] delete);\nassign delete = {x__a, _y___};\nendmodule\n"), "NAMES");
	struct cas_err err = {""};
	cas_status status;

	import.source.ports = "x__a,_y___,delete";
	status = cas_mul_import_run(&f->lib, &import, NULL, &err);
	if (status == CAS_ENV) {
		print_message("Verilator is not installed: no names were tried\n");
		return;
	}
	assert_string_equal(err.text, "");
	for (uint32_t i = 0; i < CAS_MUL8U_PAIRS; i++)
		f->want.product[i] = (uint16_t)i;
	expect_table(f, "NAMES");
}

static void a_module_that_is_no_combinational_multiplier_is_refused(void **state)
{
	static const struct {
		const char *text, *ports, *message; /* after the path, or whole if it begins with "--" */
	} cases[] = {
		{"module f(input X, input Y, output Z); endmodule", NULL,
			": module f has no port 'B', name its ports with --ports FIRST,SECOND,PRODUCT"},
		{"module f(input [7:0] A, input [7:0] B, output [15:0] O); /* b */ endmodule", "b,A,O",
			": module f has no port 'b', name its ports with --ports FIRST,SECOND,PRODUCT"},
		{"module f(input [3:0] A, input [7:0] B, output [15:0] O); assign O = A * B; endmodule", NULL,
			": port 'A' of module f is an input of 4 bits, expected an input of 8"},
		{"module f(input [7:0] A, input [7:0] B, output [11:0] O); assign O = A * B; endmodule", NULL,
			": port 'O' of module f is an output of 12 bits, expected an output of 16"},
		{"module f(input [7:0] A, input [7:0] B, output O); assign O = A == B; endmodule", NULL,
			": port 'O' of module f is an output of 1 bit, expected an output of 16"},
		{"module f(input [7:0] A, input [7:0] B, output [15:0] O); assign O = A * B; endmodule", "B,O,A",
			": port 'O' of module f is an output of 16 bits, expected an input of 8"},
		{"module f(input [7:0] A, input [7:0] B, input ck, output reg [15:0] O);\n"
			"always @(posedge ck) O <= A * B;\nendmodule", NULL,
			": module f has a further input 'ck', expected a combinational module of two operands"},
		{"module f(input [7:0] A, input [7:0] B, output reg [15:0] O);\n"
			"always @(posedge A[0]) O <= A * B;\nendmodule", NULL,
			": f gives other products if asked in another order, expected a function of two operands "
			"without memory"},
		{"module f(input [7:0] A, input [7:0] B, output reg [15:0] O);\n"
			"always_latch if (A > B) O = A * B;\nendmodule", NULL,
			": f gives other products if asked in another order, expected a function of two operands "
			"without memory"},
		{"module f; endmodule", "x,x,p", "--ports: 'x' is named twice, expected three different ports"},
		{"module f; endmodule", "x,y,x", "--ports: 'x' is named twice, expected three different ports"},
		{"module f; endmodule", "x,y", "--ports: 'x,y' is not FIRST,SECOND,PRODUCT (names of three ports)"},
		{"module f; endmodule", "x,y,z,", "--ports: 'x,y,z,' is not FIRST,SECOND,PRODUCT (names of three ports)"},
	};
	struct fixture *f = *state;
	int count = f->lib.count;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cas_mul_import import = request(file(f, "f.v", cases[i].text), "N");
		struct cas_err err = {""};
		char want[900];
		cas_status status;

		import.source.ports = cases[i].ports;
		status = cas_mul_import_run(&f->lib, &import, NULL, &err);
		if (status == CAS_ENV) {
			print_message("Verilator is not installed: no module was refused\n");
			return;
		}
		assert_int_equal(status, CAS_INPUT);
		snprintf(want, sizeof(want), "%s%s", cases[i].message[0] == '-' ? "" : f->path, cases[i].message);
		assert_string_equal(err.text, want);
	}
	assert_int_equal(f->lib.count, count);
}

/* Members as Verilator 5 and 4 write them. */
static void ports_are_read_from_verilator_s_class(void **state)
{
	static const char header[] = "class Vm {\n  public:\n    VL_IN8(&A,7,0);\n    VL_IN8(B,8,1);\n"
		"    VL_OUT16(&O,15,0);\n    VL_OUTW(&w,70,0,3);\n    VL_UNCOPYABLE(Vm);\n}";
	struct cas_mul_ports port;
	struct cas_err err = {""};

	(void)state;
	assert_int_equal(cas_mul_ports_parse("A,B,O", &port, &err), CAS_OK);
	assert_int_equal(cas_mul_ports_check(header, "m", &port, &err), CAS_OK);
	assert_int_equal(cas_mul_ports_parse("A,B,w", &port, &err), CAS_OK);
	assert_int_equal(cas_mul_ports_check(header, "m", &port, &err), CAS_INPUT);
	assert_string_equal(err.text, "port 'w' of module m is an output of 71 bits, expected an output of 16");
	/* "__" is written otherwise in the class, and so named again in messages. */
	assert_int_equal(cas_mul_ports_parse("x___a,y__,__p____", &port, &err), CAS_OK);
	assert_int_equal(cas_mul_ports_check("VL_IN8(&x___05F_a,7,0);\nVL_IN8(&y___05F,7,0);\n"
		"VL_OUT16(&___05Fp___05F___05F,15,0);", "m", &port, &err), CAS_OK);
	assert_int_equal(cas_mul_ports_check("VL_IN8(&x___05F_a,7,0);\nVL_IN8(&y___05F,7,0);\n"
		"VL_OUT16(&___05Fp___05F___05F,15,0);\nVL_IN8(&c___05Fk,0,0);", "m", &port, &err), CAS_INPUT);
	assert_string_equal(err.text, "module m has a further input 'c__k', expected a combinational module of two "
		"operands");
	assert_int_equal(cas_mul_ports_parse("A,B,O", &port, &err), CAS_OK);
	assert_int_equal(cas_mul_ports_check("VL_INOUT8(&io,3,0);\nVL_IN8(&A,7,0);\nVL_IN8(&B,7,0);\n"
		"VL_OUT16(&O,15,0);", "m", &port, &err), CAS_INPUT);
	assert_string_equal(err.text, "module m has a further inout 'io', expected a combinational module of two "
		"operands");
}

/* Truncated in two's complement: directly as a signed table, and by magnitude. */
static void a_signed_netlist_is_imported_both_ways(void **state)
{
	static const char text[] = "module s(input [7:0] A, input [7:0] B, output [15:0] O);\n"
		"wire signed [15:0] p = $signed(A) * $signed(B);\nassign O = p & 16'hfffc;\nendmodule\n";
	struct fixture *f = *state;
	struct cas_err err = {""};

	for (int keep = 0; keep < 2; keep++) {
		struct cas_mul_import import = request(file(f, "s.v", text), keep ? "SK" : "SM");
		cas_status status;

		import.source.is_signed = 1;
		import.keep_signed = keep;
		status = cas_mul_import_run(&f->lib, &import, NULL, &err);
		if (status == CAS_ENV) {
			print_message("Verilator is not installed: a signed netlist was not tabulated\n");
			return;
		}
		assert_string_equal(err.text, "");
		for (int i = 0; i < CAS_MUL8U_PAIRS; i++) {
			int a = keep ? (int8_t)(i >> 8) : i >> 8, b = keep ? (int8_t)i : i & 255;
			int within = keep || (a <= 127 && b <= 127);

			f->want.product[i] = (uint16_t)(within ? (a * b) & ~3 : a * b);
		}
		expect_table(f, keep ? "SK" : "SM");
		assert_int_equal(f->got.is_signed, keep);
	}
}

static void area_is_estimated_against_an_exact_multiplier_or_yosys_is_named_as_missing(void **state)
{
	static const struct {
		const char *name, *text, *message;
		double low, high;
	} cases[] = {
		{"x.v", "module x(A, B, O); input [7:0] A, B; output [15:0] O; assign O = A * B; endmodule", NULL,
			1, 1},
		{"n.v", "module n(A, B, O); input [7:0] A, B; output [15:0] O; assign O = A & B; endmodule", NULL,
			0.001, 0.05},
		{"e.v", "module e(A); syntax endmodule", ": Yosys: ERROR", 0, 0},
		{"f.v", "module g(A); endmodule", ": there is no module 'f' in it, name it with --top", 0, 0},
		{"f.c", "", ": expected a netlist, .v or .sv", 0, 0},
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cas_mul_source source = {.path = file(f, cases[i].name, cases[i].text)};
		struct cas_mul_area_estimate area;
		struct cas_err err = {""};
		cas_status status = cas_mul_area_estimate(&source, &area, &err);

		if (status == CAS_ENV) {
			assert_string_equal(err.text, "yosys is not there, install the package yosys");
			print_message("Yosys is not installed: no area was estimated\n");
			return;
		}
		if (cases[i].message) {
			char want[900];

			assert_int_equal(status, CAS_INPUT);
			snprintf(want, sizeof(want), "%s%s", f->path, cases[i].message);
			assert_memory_equal(err.text, want, strlen(want));
		} else {
			assert_string_equal(err.text, "");
			assert_true(area.relative >= cases[i].low && area.relative <= cases[i].high);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_netlist_is_imported_or_verilator_is_named_as_missing),
		cmocka_unit_test(a_module_that_is_no_combinational_multiplier_is_refused),
		cmocka_unit_test(ports_may_have_names_that_verilator_writes_otherwise),
		cmocka_unit_test(ports_are_read_from_verilator_s_class),
		cmocka_unit_test(a_signed_netlist_is_imported_both_ways),
		cmocka_unit_test(area_is_estimated_against_an_exact_multiplier_or_yosys_is_named_as_missing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
