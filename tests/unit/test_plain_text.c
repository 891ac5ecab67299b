/* Is text refused exactly where YAML, JSON or a terminal could not take it? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "io/plain_text.h"

static void text_of_any_script_is_plain(void **state)
{
	static const char *const texts[] = {"", "a b~", "two\nlines\tand a tab", "caf\xc3\xa9",
		"\xc2\xa0", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbd",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbd"};
	struct cas_err err;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_int_equal(cas_plain_text_check(texts[i], &err), CAS_OK);
}

static void what_is_not_plain_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text;
		int at, byte;
	} cases[] = {
		{"\x01", 0, 1}, {"ab\x1b[31m", 2, 0x1b}, {"a\rb", 1, '\r'}, {"\x7f", 0, 0x7f},
		{"\xc2\x80", 0, 0xc2}, {"\xc2\x9f", 0, 0xc2},         /* C1 controls */
		{"caf\xe9", 3, 0xe9}, {"\x80", 0, 0x80}, {"\xbf", 0, 0xbf}, {"\xf8\x88\x80\x80\x80", 0, 0xf8},
		{"\xff", 0, 0xff}, {"a\xe2\x82", 1, 0xe2}, {"\xe2\x82z", 0, 0xe2},
		{"\xc1\xbf", 0, 0xc1}, {"\xe0\x9f\xbf", 0, 0xe0}, {"\xf0\x8f\xbf\xbf", 0, 0xf0}, /* overlong */
		{"\xed\xa0\x80", 0, 0xed}, {"\xed\xbf\xbf", 0, 0xed},  /* surrogates */
		{"\xef\xbf\xbe", 0, 0xef}, {"\xf4\x8f\xbf\xbf", 0, 0xf4}, {"\xf4\x90\x80\x80", 0, 0xf4},
	};
	char want[100];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct cas_err err = {""};

		assert_int_equal(cas_plain_text_check(cases[i].text, &err), CAS_INPUT);
		snprintf(want, sizeof want, "byte %d is 0x%02x: expected UTF-8 without control characters",
			cases[i].at, (unsigned)cases[i].byte);
		assert_string_equal(err.text, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_any_script_is_plain),
		cmocka_unit_test(what_is_not_plain_is_refused_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
