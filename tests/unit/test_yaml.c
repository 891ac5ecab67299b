/* Is a YAML file read as it stands, and is everything refused that the project does not want? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/yaml.h"

static struct cas_yaml *parse(const char *text)
{
	struct cas_err err = {""};
	struct cas_yaml *doc = NULL;
	cas_status st = cas_yaml_parse(&doc, "f.yaml", text, strlen(text), &err);
	if (st)
		fail_msg("%s", err.text);
	return doc;
}

static void refuses(const char *text, size_t size, const char *message)
{
	struct cas_err err = {""};
	struct cas_yaml *doc = (struct cas_yaml *)8;
	assert_int_equal(cas_yaml_parse(&doc, "f.yaml", text, size, &err), CAS_INPUT);
	assert_null(doc);
	assert_string_equal(err.text, message);
}

static void a_tree_keeps_values_and_places(void **state)
{
	(void)state;
	struct cas_yaml *doc = parse("# comment\narray:\n  rows: 16\n  cols: \"8\"\nlist: [a, {b: c}]\n");
	assert_int_equal(doc->root.kind, CAS_YAML_MAP);
	assert_int_equal(doc->root.count, 2);
	const struct cas_yaml_node *array = cas_yaml_get(&doc->root, "array");
	const struct cas_yaml_node *rows = cas_yaml_get(array, "rows");
	assert_string_equal(rows->text, "16");
	assert_int_equal(rows->line, 3);
	assert_int_equal(rows->column, 9);
	assert_int_equal(rows->quoted, 0);
	assert_int_equal(array->key[0].line, 3);
	assert_int_equal(array->key[0].column, 3);
	assert_int_equal(cas_yaml_get(array, "cols")->quoted, 1);
	const struct cas_yaml_node *list = cas_yaml_get(&doc->root, "list");
	assert_int_equal(list->kind, CAS_YAML_LIST);
	assert_int_equal(list->count, 2);
	assert_string_equal(cas_yaml_get(&list->value[1], "b")->text, "c");
	assert_null(cas_yaml_get(&doc->root, "rows"));
	assert_null(cas_yaml_get(rows, "rows"));
	cas_yaml_free(doc);
}

static void an_empty_file_is_an_empty_map(void **state)
{
	(void)state;
	struct cas_yaml *doc = parse("# nothing\n");
	assert_int_equal(doc->root.kind, CAS_YAML_MAP);
	assert_int_equal(doc->root.count, 0);
	assert_int_equal(doc->root.line, 1);
	cas_yaml_free(doc);
}

static void what_is_not_wanted_is_refused_with_its_place(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document, expected one a file"},
		{"a: &x 1\nb: 2\n", "f.yaml:1:4: an anchor (&name), expected a plain value"},
		{"a: &x {b: 1}\n", "f.yaml:1:4: an anchor (&name), expected a plain value"},
		{"a: &x [1]\n", "f.yaml:1:4: an anchor (&name), expected a plain value"},
		{"a: *x\n", "f.yaml:1:4: an alias (*name), expected the value itself"},
		{"*x : 1\n", "f.yaml:1:1: an alias (*name), expected the value itself"},
		{"a: !!str 1\n", "f.yaml:1:4: a tag (!name), expected a plain value"},
		{"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: a: repeated key, first at 1:1"},
		{"s:\n  k: 1\n  k: 1\n", "f.yaml:3:3: k: repeated key, first at 2:3"},
		{"[a, b]: 1\n", "f.yaml:1:1: a list or mapping as a key, expected a plain word"},
		{"? {a: b}\n: 1\n", "f.yaml:1:3: a list or mapping as a key, expected a plain word"},
		{"a: \"x\\0y\"\n", "f.yaml:1:4: a NUL byte, expected text"},
		{"a: 1\n b: 2\n", "f.yaml:2:3: mapping values are not allowed in this context"},
		{"a: [1, 2\n", "f.yaml:2:1: did not find expected ',' or ']' (while parsing a flow sequence "
			"that starts at 1:4)"},
		{"a: \"b\n", "f.yaml:2:1: found unexpected end of stream (while scanning a quoted scalar that "
			"starts at 1:4)"},
		{"a: 1\nb: \xff\n", "f.yaml:2:4: invalid leading UTF-8 octet"},
		{"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "f.yaml:1:17: nested deeper than 16 levels"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		refuses(cases[i].text, strlen(cases[i].text), cases[i].message);
}

static void sixteen_levels_are_fine(void **state)
{
	(void)state;
	cas_yaml_free(parse("[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]"));
}

static void too_many_nodes_and_bytes_are_refused(void **state)
{
	(void)state;
	size_t size = CAS_YAML_MAX_BYTES + 1;
	char *text = malloc(size);
	memset(text, ' ', size);
	refuses(text, size, "f.yaml: 1048577 bytes, expected at most 1048576");
	text[0] = '[';
	for (size_t i = 1; i + 1 < size; i += 2)
		memcpy(text + i, "1,", 2);
	/* the list itself and 19,999 entries are allowed; entry n stands in column 2 n */
	refuses(text, size - 1, "f.yaml:1:40000: more than 20000 keys and values");
	free(text);
}

static void a_missing_file_is_named(void **state)
{
	(void)state;
	struct cas_err err;
	struct cas_yaml *doc;
	assert_int_equal(cas_yaml_read(&doc, "no/such.yaml", &err), CAS_INPUT);
	assert_string_equal(err.text, "no/such.yaml: cannot open: No such file or directory");
	assert_int_equal(cas_yaml_read(&doc, "tests", &err), CAS_INPUT);
	assert_string_equal(err.text, "tests: is a folder, expected a file");
}

static void quoted_text_reads_back(void **state)
{
	(void)state;
	static const char text[] = "a \"b\" \\ c\nd\t\x7f \xc3\xa9 # : - \xc2\x80\xc2\x85\xc2\x9f\xc2\xa0"
		"\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xef\xbf\xbd\xf0\x9f\x98\x80";
	struct cas_buf buf;
	cas_buf_init(&buf, 1000);
	cas_buf_printf(&buf, "k: ");
	cas_yaml_quote(&buf, text);
	struct cas_yaml *doc = parse(buf.data);
	assert_string_equal(cas_yaml_get(&doc->root, "k")->text, text);
	cas_yaml_free(doc);
	cas_buf_clear(&buf);
}

static void shown_text_is_one_short_line(void **state)
{
	(void)state;
	char shown[CAS_SHOWN_BYTES];
	assert_string_equal(cas_yaml_shown(shown, "a\nb\x1b[0m"), "a?b?[0m");
	char text[100];
	memset(text, 'x', 99);
	text[99] = 0;
	text[59] = (char)0xc3;
	text[60] = (char)0xa9;
	cas_yaml_shown(shown, text);
	assert_int_equal(strlen(shown), 62);
	assert_string_equal(shown + 58, "x...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_keeps_values_and_places),
		cmocka_unit_test(an_empty_file_is_an_empty_map),
		cmocka_unit_test(what_is_not_wanted_is_refused_with_its_place),
		cmocka_unit_test(sixteen_levels_are_fine),
		cmocka_unit_test(too_many_nodes_and_bytes_are_refused),
		cmocka_unit_test(a_missing_file_is_named),
		cmocka_unit_test(quoted_text_reads_back),
		cmocka_unit_test(shown_text_is_one_short_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
