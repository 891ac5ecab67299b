/* Genotypes: what is read, and each message for what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/genotype.h"

#define LAYER "[1, 28, 256, 1, 9, 2, 14, 32, 8]"

static cas_status parse(struct cas_genotype *genotype, const char *text, struct cas_err *err)
{
	return cas_genotype_parse(genotype, "g.json", text, strlen(text), err);
}

static void a_genotype_is_read_field_by_field(void **state)
{
	struct cas_genotype genotype;
	struct cas_err err;

	(void)state;
	assert_int_equal(parse(&genotype,
		" [[0, 64, 3, 1, 5, 1, 62, 128, 1],\n[2, 62, 32, 4, 3, 2, 31, 30, 7], [1], [2]]\n", &err),
		CAS_OK);
	assert_int_equal(genotype.layers, 2);
	assert_int_equal(genotype.layer[0].type, CAS_GENE_CONV);
	assert_int_equal(genotype.layer[1].type, CAS_GENE_CELL);
	assert_int_equal(genotype.layer[1].n_in, 62);
	assert_int_equal(genotype.layer[1].ch_in, 32);
	assert_int_equal(genotype.layer[1].caps_in, 4);
	assert_int_equal(genotype.layer[1].kernel, 3);
	assert_int_equal(genotype.layer[1].stride, 2);
	assert_int_equal(genotype.layer[1].n_out, 31);
	assert_int_equal(genotype.layer[1].ch_out, 30);
	assert_int_equal(genotype.layer[1].caps_out, 7);
	assert_int_equal(genotype.skip, 1);
	assert_int_equal(genotype.resize, 2);
}

static void text_need_not_end_in_nul(void **state)
{
	static const char text[] = "[" LAYER ",[-1],[1]]]]]";
	struct cas_genotype genotype;
	struct cas_err err;

	(void)state;
	assert_int_equal(cas_genotype_parse(&genotype, "g", text, strlen(text) - 3, &err), CAS_OK);
	assert_int_equal(genotype.skip, -1);
}

static void each_fault_is_named_with_its_place(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "g.json:1:1: no JSON, expected an array of layers"},
		{"[" LAYER ",\n [1, x]]", "g.json:2:6: no JSON, expected an array of layers"},
		{"[" LAYER ",[-1],[1]]\n  !", "g.json:2:3: more text after the genotype's end"},
		{"{}", "g.json: expected an array of 1..64 layers, a skip position and a resize flag; it has 0 rows"},
		{"[[-1],[1]]", "g.json: expected an array of 1..64 layers, a skip position and a resize flag; it has 2 rows"},
		{"[[1,2],[-1],[1]]", "g.json: row 1: expected a layer, an array of 9 integers"},
		{"[7,[-1],[1]]", "g.json: row 1: expected a layer, an array of 9 integers"},
		{"[[3,28,256,1,9,2,14,32,8],[-1],[1]]", "g.json: row 1, field 1 (type): 3 is no integer in 0..2"},
		{"[" LAYER ",[1,0,1,1,1,1,1,1,1],[-1],[1]]", "g.json: row 2, field 2 (n_in): 0 is no integer in 1..4096"},
		{"[[1,28,65537,1,9,2,14,32,8],[-1],[1]]", "g.json: row 1, field 3 (ch_in): 65537 is no integer in 1..65536"},
		{"[[1,28,256,1.5,9,2,14,32,8],[-1],[1]]", "g.json: row 1, field 4 (caps_in): 1.5 is no integer in 1..4096"},
		{"[[1,28,256,1,1e999,2,14,32,8],[-1],[1]]", "g.json: row 1, field 5 (kernel): inf is no integer in 1..4096"},
		{"[[1,28,256,1,9,-2,14,32,8],[-1],[1]]", "g.json: row 1, field 6 (stride): -2 is no integer in 1..4096"},
		{"[[1,28,256,1,9,2,1e10,32,8],[-1],[1]]", "g.json: row 1, field 7 (n_out): 1e+10 is no integer in 1..4096"},
		{"[[1,28,256,1,9,2,14,null,8],[-1],[1]]", "g.json: row 1, field 8 (ch_out): not a number, expected an integer in 1..65536"},
		{"[[1,28,256,1,9,2,14,32,4097],[-1],[1]]", "g.json: row 1, field 9 (caps_out): 4097 is no integer in 1..4096"},
		{"[" LAYER ",[1],[1]]", "g.json: row 2, field 1 (skip position): 1 is no integer in -1..0"},
		{"[" LAYER "," LAYER ",[1]]", "g.json: row 2: expected the skip position, an array of one integer"},
		{"[" LAYER ",[-1],[3]]", "g.json: row 3, field 1 (resize flag): 3 is no integer in 1..2"},
		{"[" LAYER ",[-1],1]", "g.json: row 3: expected the resize flag, an array of one integer"},
	};
	struct cas_genotype genotype;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cas_err err = {""};

		assert_int_equal(parse(&genotype, cases[i].text, &err), CAS_INPUT);
		assert_string_equal(err.text, cases[i].message);
	}
}

/* `layers` equal layers as text. */
static void many_layers(char *text, size_t room, int layers)
{
	size_t used = (size_t)snprintf(text, room, "[");

	for (int i = 0; i < layers; i++)
		used += (size_t)snprintf(text + used, room - used, LAYER ",");
	snprintf(text + used, room - used, "[-1],[1]]");
}

static void sixty_four_layers_are_read_and_sixty_five_refused(void **state)
{
	static char text[4096];
	struct cas_genotype genotype;
	struct cas_err err;

	(void)state;
	many_layers(text, sizeof text, CAS_GENOTYPE_MAX_LAYERS);
	assert_int_equal(parse(&genotype, text, &err), CAS_OK);
	assert_int_equal(genotype.layers, 64);
	assert_int_equal(genotype.layer[63].caps_out, 8);
	many_layers(text, sizeof text, CAS_GENOTYPE_MAX_LAYERS + 1);
	assert_int_equal(parse(&genotype, text, &err), CAS_INPUT);
	assert_string_equal(err.text, "g.json: expected an array of 1..64 layers, a skip position and a "
		"resize flag; it has 67 rows");
}

static void a_text_beyond_the_limit_is_refused_unread(void **state)
{
	struct cas_genotype genotype;
	struct cas_err err;

	(void)state;
	assert_int_equal(cas_genotype_parse(&genotype, "g", "", (1u << 20) + 1, &err), CAS_INPUT);
	assert_string_equal(err.text, "g: a genotype has at most 1048576 bytes, this has 1048577");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_genotype_is_read_field_by_field),
		cmocka_unit_test(text_need_not_end_in_nul),
		cmocka_unit_test(each_fault_is_named_with_its_place),
		cmocka_unit_test(sixty_four_layers_are_read_and_sixty_five_refused),
		cmocka_unit_test(a_text_beyond_the_limit_is_refused_unread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
