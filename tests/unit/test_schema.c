/* Does one table read, check, default, print and write every type of key? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "io/schema.h"

struct thing {
	int flag, count, choice, kernel[2];
	uint64_t seed, size_bytes;
	double rate;
	char word[8];
	struct cas_string_map map;
	const struct cas_yaml_node *list;
};

static const char *const choices[] = {"wrap", "saturate", NULL};

#define AT(member) offsetof(struct thing, member), sizeof ((struct thing *)0)->member
static const struct cas_key keys[] = {
	{"word", CAS_KEY_STRING, AT(word), 0, 0, "", "abc", NULL, "a word"},
	{"array.rows", CAS_KEY_INT, AT(count), 1, 256, "rows", "16", NULL, "rows"},
	{"array.rate", CAS_KEY_DOUBLE, AT(rate), 0, 0, "", "0.1", NULL, "a rate"},
	{"array.pe.flag", CAS_KEY_BOOL, AT(flag), 0, 0, "", "true", NULL, "a flag"},
	{"array.pe.choice", CAS_KEY_CHOICE, AT(choice), 0, 0, "", "saturate", choices, "a choice"},
	{"seed", CAS_KEY_U64, AT(seed), 0, 1000, "", "7", NULL, "a seed"},
	{"size", CAS_KEY_BYTES, AT(size_bytes), 1, 1 << 20, "bytes", "4 KiB", NULL, "a size"},
	{"kernel", CAS_KEY_PAIR, AT(kernel), 1, 31, "", "[3, 5]", NULL, "a kernel"},
	{"map", CAS_KEY_MAP, AT(map), 0, 0, "", "", NULL, "words"},
	{"list", CAS_KEY_LIST, AT(list), 0, 0, "", "", NULL, "things"},
};
static const struct cas_schema schema = {keys, sizeof keys / sizeof keys[0]};

static const struct cas_key required_keys[] = {
	{"array.rows", CAS_KEY_INT, AT(count), 1, 256, "rows", NULL, NULL, "rows"},
	{"array.mode", CAS_KEY_CHOICE, AT(choice), 0, 0, "", NULL, choices, "mode"},
};
static const struct cas_schema required = {required_keys, 2};

static cas_status load(const struct cas_schema *table, const char *text, const char *override,
	struct thing *out, struct cas_err *err)
{
	struct cas_yaml *doc = NULL;
	memset(out, 0, sizeof *out);
	cas_status st = text ? cas_yaml_parse(&doc, "f.yaml", text, strlen(text), err) : CAS_OK;
	if (!st)
		st = cas_schema_load(table, doc, &override, override ? 1 : 0, NULL, out, err);
	out->list = NULL; /* the document goes */
	cas_yaml_free(doc);
	return st;
}

static void loads(const char *text, const char *override, struct thing *out)
{
	struct cas_err err = {""};
	if (load(&schema, text, override, out, &err))
		fail_msg("%s", err.text);
}

static void defaults_come_from_the_table(void **state)
{
	(void)state;
	struct thing t;
	loads(NULL, NULL, &t);
	assert_string_equal(t.word, "abc");
	assert_int_equal(t.count, 16);
	assert_true(t.rate == 0.1);
	assert_int_equal(t.flag, 1);
	assert_int_equal(t.choice, 1);
	assert_int_equal(t.seed, 7);
	assert_int_equal(t.size_bytes, 4096);
	assert_int_equal(t.kernel[0], 3);
	assert_int_equal(t.kernel[1], 5);
	assert_int_equal(t.map.count, 0);
}

static void a_file_sets_every_type(void **state)
{
	(void)state;
	struct thing t;
	loads("word: \"\"\narray:\n  rows: 256\n  rate: -1.5e3\n  pe: {flag: false, choice: wrap}\n"
		"seed: 1000\nsize: 1MiB\nkernel: [7, 9]\nmap: {a: X, b.c: Y}\nlist: [1]\n", NULL, &t);
	assert_string_equal(t.word, "");
	assert_int_equal(t.count, 256);
	assert_true(t.rate == -1500);
	assert_int_equal(t.flag, 0);
	assert_int_equal(t.choice, 0);
	assert_int_equal(t.seed, 1000);
	assert_int_equal(t.size_bytes, 1 << 20);
	assert_int_equal(t.kernel[0], 7);
	assert_int_equal(t.kernel[1], 9);
	assert_int_equal(t.map.count, 2);
	assert_string_equal(cas_string_map_get(&t.map, "b.c"), "Y");
	assert_null(cas_string_map_get(&t.map, "c"));
	loads("kernel: 4\narray.rows: 2\narray:\n", NULL, &t);
	assert_int_equal(t.kernel[0], 4);
	assert_int_equal(t.kernel[1], 4);
	assert_int_equal(t.count, 2);
}

static void overrides_win_over_the_file(void **state)
{
	(void)state;
	struct thing t;
	loads("array.rows: 2\n", "array.rows=3", &t);
	assert_int_equal(t.count, 3);
	loads(NULL, "kernel=[2, 9]", &t);
	assert_int_equal(t.kernel[1], 9);
	loads(NULL, "kernel=[2,8]", &t);
	assert_int_equal(t.kernel[1], 8);
	loads("map: {a: X, b: Y}\n", "map.a=Z", &t);
	assert_int_equal(t.map.count, 2);
	assert_string_equal(cas_string_map_get(&t.map, "a"), "Z");
	loads(NULL, "word=a=b", &t);
	assert_string_equal(t.word, "a=b");
}

static void every_fault_in_a_file_has_its_message(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"array:\n  rowz: 1\n", "f.yaml:2:3: array.rowz: unknown key; did you mean array.rows?"},
		{"aray:\n  rows: 1\n", "f.yaml:1:1: aray: unknown key; did you mean array?"},
		{"rows: 1\n", "f.yaml:1:1: rows: unknown key; did you mean array.rows?"},
		{"array: {pe: {flags: 1}}\n",
			"f.yaml:1:14: array.pe.flags: unknown key; did you mean array.pe.flag?"},
		{"something: 1\n", "f.yaml:1:1: something: unknown key"},
		{"array: {rows: 1}\narray.rows: 2\n",
			"f.yaml:2:1: array.rows: repeated key, first at 1:9"},
		{"array: {rows: 1, rows: 2}\n", "f.yaml:1:18: rows: repeated key, first at 1:9"},
		{"array: 8\n", "f.yaml:1:8: array: a section, expected keys below it"},
		{"array: [8]\n", "f.yaml:1:8: array: a section, expected keys below it"},
		{"array.rows: many\n", "f.yaml:1:13: array.rows: \"many\" is not an integer, expected 1..256"},
		{"array.rows: 1.5\n", "f.yaml:1:13: array.rows: \"1.5\" is not an integer, expected 1..256"},
		{"array.rows: 0x10\n", "f.yaml:1:13: array.rows: \"0x10\" is not an integer, expected 1..256"},
		{"array.rows: \" 1\"\n", "f.yaml:1:13: array.rows: \" 1\" is not an integer, expected 1..256"},
		{"array.rows: [1]\n", "f.yaml:1:13: array.rows: a list is not an integer, expected 1..256"},
		{"array.rows:\n", "f.yaml:1:12: array.rows: nothing is not an integer, expected 1..256"},
		{"array.rows: 0\n", "f.yaml:1:13: array.rows: 0 is outside 1..256 rows"},
		{"array.rows: 257\n", "f.yaml:1:13: array.rows: 257 is outside 1..256 rows"},
		{"array.rows: 99999999999999999999\n",
			"f.yaml:1:13: array.rows: 99999999999999999999 is outside 1..256 rows"},
		{"seed: -1\n", "f.yaml:1:7: seed: -1 is outside 0..1000"},
		{"seed: x\n", "f.yaml:1:7: seed: \"x\" is not an integer, expected 0..1000"},
		{"size: 2 MiB\n", "f.yaml:1:7: size: 2 MiB is outside 1..1048576 bytes"},
		{"size: 18014398509481984 GiB\n",
			"f.yaml:1:7: size: 18014398509481984 GiB is outside 1..1048576 bytes"},
		{"size: 4 kb\n", "f.yaml:1:7: size: \"4 kb\" is not a size, expected 1..1048576"},
		{"size: -4\n", "f.yaml:1:7: size: -4 is outside 1..1048576 bytes"},
		{"size: KiB\n", "f.yaml:1:7: size: \"KiB\" is not a size, expected 1..1048576"},
		{"array.rate: inf\n", "f.yaml:1:13: array.rate: \"inf\" is not a number"},
		{"array.rate: 1e999\n", "f.yaml:1:13: array.rate: 1e999 is too large"},
		{"array.rate: 1-2\n", "f.yaml:1:13: array.rate: \"1-2\" is not a number"},
		{"array.pe.flag: yes\n", "f.yaml:1:16: array.pe.flag: \"yes\" is not true or false"},
		{"array.pe.choice: x\n", "f.yaml:1:18: array.pe.choice: \"x\" is none of wrap, saturate"},
		{"word: toolongs\n", "f.yaml:1:7: word: 8 bytes of text, expected at most 7"},
		{"word: \"a\\e[1m\"\n", "f.yaml:1:7: word: byte 1 is 0x1b: expected UTF-8 without control "
			"characters"},
		{"word: {a: b}\n", "f.yaml:1:7: word: a mapping is not text"},
		{"kernel: [1, 2, 3]\n", "f.yaml:1:9: kernel: a list is not an integer or a pair [a, b], "
			"expected 1..31"},
		{"kernel: [1, 32]\n", "f.yaml:1:9: kernel: 32 is outside 1..31"},
		{"map: x\n", "f.yaml:1:6: map: a single word is not a mapping of words to words"},
		{"map: {a: [b]}\n", "f.yaml:1:10: map.a: a list is not a word"},
		{"map: {a: }\n", "f.yaml:1:10: map.a: expected a word of 1..63 and a value of 1..63 bytes"},
		{"list: x\n", "f.yaml:1:7: list: a single word is not a list"},
		{"- a\n", "f.yaml:1:1: a list, expected a mapping (key: value)"},
		{"word\n", "f.yaml:1:1: a single word, expected a mapping (key: value)"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct cas_err err = {""};
		struct thing t;
		assert_int_equal(load(&schema, cases[i].text, NULL, &t, &err), CAS_INPUT);
		assert_string_equal(err.text, cases[i].message);
	}
}

static void every_fault_in_an_override_has_its_message(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"array.rows=0", "--set array.rows=0: array.rows: 0 is outside 1..256 rows"},
		{"array.rowz=1", "--set array.rowz=1: array.rowz: unknown key; did you mean array.rows?"},
		{"array=1", "--set array=1: array: a section, expected keys below it"},
		{"array.rows", "--set array.rows: expected KEY=VALUE, e.g. array.rows=8"},
		{"array.rows=", "--set array.rows=: array.rows: \"\" is not an integer, expected 1..256"},
		{"map=x", "--set map=x: map: a single word is not a mapping of words to words"},
		{"map.a=", "--set map.a=: map.a: expected a word of 1..63 and a value of 1..63 bytes"},
		{"list=x", "--set list=x: list: a single word is not a list"},
		{"word=caf\xe9", "--set word=caf\xe9: word: byte 3 is 0xe9: expected UTF-8 without control "
			"characters"},
		{"kernel=[1]", "--set kernel=[1]: kernel: \"[1]\" is not an integer or a pair [a, b], "
			"expected 1..31"},
		{"=", "--set =: expected KEY=VALUE, e.g. array.rows=8"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct cas_err err = {""};
		struct thing t;
		assert_int_equal(load(&schema, NULL, cases[i][0], &t, &err), CAS_INPUT);
		assert_string_equal(err.text, cases[i][1]);
	}
}

static void required_keys_are_asked_for(void **state)
{
	(void)state;
	struct cas_err err = {""};
	struct thing t;
	assert_int_equal(load(&required, "array: {mode: wrap}\n", NULL, &t, &err), CAS_INPUT);
	assert_string_equal(err.text, "f.yaml:1:1: array.rows: missing, expected an integer in 1..256 rows");
	assert_int_equal(load(&required, NULL, "array.rows=2", &t, &err), CAS_INPUT);
	assert_string_equal(err.text, "array.mode: missing, expected one of wrap, saturate");
	assert_int_equal(load(&required, "array: {mode: saturate}\n", "array.rows=2", &t, &err), CAS_OK);
	assert_int_equal(t.count, 2);
	assert_int_equal(t.choice, 1);
}

static void an_entry_of_a_list_has_its_prefix(void **state)
{
	(void)state;
	struct cas_err err = {""};
	struct cas_yaml *doc;
	struct thing t;
	const char *text = "- {array: {rows: 3}}\n- {array: {rowz: 3}}\n";
	assert_int_equal(cas_yaml_parse(&doc, "f.yaml", text, strlen(text), &err), CAS_OK);
	assert_int_equal(cas_schema_load_node(&schema, doc, &doc->root.value[0], "layers[0]", NULL, &t,
		&err), CAS_OK);
	assert_int_equal(t.count, 3);
	assert_int_equal(cas_schema_load_node(&schema, doc, &doc->root.value[1], "layers[1]", NULL, &t,
		&err), CAS_INPUT);
	assert_string_equal(err.text,
		"f.yaml:2:12: layers[1].array.rowz: unknown key; did you mean layers[1].array.rows?");
	cas_yaml_free(doc);
}

static void what_is_written_reads_back(void **state)
{
	(void)state;
	struct thing a, b;
	struct cas_buf buf;
	cas_buf_init(&buf, 10000);
	loads("word: 'x\"'\narray: {rows: 5, rate: 0.3333333333333333, pe: {flag: false}}\nseed: 9\n"
		"size: 3000\nkernel: [1, 2]\nmap: {'a:b': '{c}', z: y}\n", NULL, &a);
	cas_schema_write(&schema, &a, &buf);
	assert_string_equal(buf.data,
		"word: \"x\\\"\" # a word\narray:\n  rows: 5 # rows; 1..256 rows\n"
		"  rate: 0.3333333333333333 # a rate\n  pe:\n    flag: false # a flag\n"
		"    choice: saturate # a choice; wrap, saturate\n"
		"seed: 9 # a seed; 0..1000\nsize: 3000 # a size; 1..1048576 bytes\n"
		"kernel: [1, 2] # a kernel; 1..31\nmap:\n  \"a:b\": \"{c}\"\n  \"z\": \"y\"\n");
	assert_int_equal(a.map.entry[1].at.line, 6);
	loads(buf.data, NULL, &b);
	for (int i = 0; i < b.map.count; i++)
		b.map.entry[i].at = a.map.entry[i].at; /* the places are others */
	assert_memory_equal(&a, &b, sizeof a);
	cas_buf_clear(&buf);
}

static void the_table_prints_in_three_formats(void **state)
{
	(void)state;
	struct cas_buf buf;
	cas_buf_init(&buf, 10000);
	cas_schema_print(&required, CAS_SCHEMA_TEXT, &buf);
	assert_string_equal(buf.data,
		"array.rows                  integer  (required)             1..256 rows\n    rows\n"
		"array.mode                  choice   (required)             wrap, saturate\n    mode\n");
	cas_buf_clear(&buf);
	cas_schema_print(&required, CAS_SCHEMA_MARKDOWN, &buf);
	assert_string_equal(buf.data,
		"## array\n\n| key | type | range, unit | default | meaning |\n|---|---|---|---|---|\n"
		"| `array.rows` | integer | 1..256 rows | (required) | rows |\n"
		"| `array.mode` | choice | wrap, saturate | (required) | mode |\n");
	cas_buf_clear(&buf);
	cas_schema_print(&required, CAS_SCHEMA_JSON, &buf);
	assert_string_equal(buf.data,
		"[\n  {\"key\": \"array.rows\", \"type\": \"integer\", \"unit\": \"rows\", \"default\": null, "
		"\"min\": 1, \"max\": 256, \"meaning\": \"rows\"},\n"
		"  {\"key\": \"array.mode\", \"type\": \"choice\", \"unit\": \"\", \"default\": null, "
		"\"choices\": [\"wrap\", \"saturate\"], \"meaning\": \"mode\"}\n]\n");
	cas_buf_clear(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_come_from_the_table),
		cmocka_unit_test(a_file_sets_every_type),
		cmocka_unit_test(overrides_win_over_the_file),
		cmocka_unit_test(every_fault_in_a_file_has_its_message),
		cmocka_unit_test(every_fault_in_an_override_has_its_message),
		cmocka_unit_test(required_keys_are_asked_for),
		cmocka_unit_test(an_entry_of_a_list_has_its_prefix),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(the_table_prints_in_three_formats),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
