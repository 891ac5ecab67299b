#include "io/schema_value.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_BYTES = 512 }; /* a range, or all words of a choice */

static const struct {
	const char *name, *a_noun;
} types[CAS_KEY_TYPES] = {
	[CAS_KEY_BOOL] = {"boolean", "true or false"},
	[CAS_KEY_INT] = {"integer", "an integer"},
	[CAS_KEY_U64] = {"integer", "an integer"},
	[CAS_KEY_BYTES] = {"size", "a size"},
	[CAS_KEY_DOUBLE] = {"number", "a number"},
	[CAS_KEY_CHOICE] = {"choice", "one of"},
	[CAS_KEY_STRING] = {"text", "text"},
	[CAS_KEY_PATH] = {"path", "a path"},
	[CAS_KEY_OUT_PATH] = {"path", "a path"},
	[CAS_KEY_PAIR] = {"pair", "an integer or a pair [a, b]"},
	[CAS_KEY_MAP] = {"map", "a mapping of words to words"},
	[CAS_KEY_LIST] = {"list", "a list"},
};

const char *cas_value_type_name(enum cas_key_type type)
{
	return types[type].name;
}

void cas_value_put_double(struct cas_buf *buf, double value)
{
	char text[40];
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	cas_buf_printf(buf, "%s", text);
}

void cas_value_range(const struct cas_key *key, struct cas_buf *buf)
{
	if (key->type == CAS_KEY_CHOICE) {
		for (int i = 0; key->choices[i]; i++)
			cas_buf_printf(buf, "%s%s", i ? ", " : "", key->choices[i]);
	} else if (key->min != 0 || key->max != 0) {
		cas_value_put_double(buf, key->min);
		cas_buf_printf(buf, "..");
		cas_value_put_double(buf, key->max);
	}
}

/* The range as a string in `text`, for messages. */
static const char *range_text(const struct cas_key *key, char text[WORDS_BYTES])
{
	struct cas_buf buf;
	cas_buf_init(&buf, WORDS_BYTES - 1);
	cas_value_range(key, &buf);
	snprintf(text, WORDS_BYTES, "%s", buf.data ? buf.data : "");
	cas_buf_clear(&buf);
	return text;
}

void cas_value_describe(const struct cas_key *key, struct cas_buf *buf)
{
	char range[WORDS_BYTES];
	range_text(key, range);
	cas_buf_printf(buf, "%s", types[key->type].a_noun);
	if (key->type == CAS_KEY_CHOICE)
		cas_buf_printf(buf, " %s", range);
	else if (range[0])
		cas_buf_printf(buf, " in %s%s%s", range, key->unit[0] ? " " : "", key->unit);
}

cas_status cas_value_mistyped(const struct cas_key *key, const char *what, struct cas_err *err)
{
	char range[WORDS_BYTES];
	range_text(key, range);
	if (key->type == CAS_KEY_CHOICE)
		return cas_err_set(err, CAS_INPUT, "%s is none of %s", what, range);
	return cas_err_set(err, CAS_INPUT, "%s is not %s%s%s", what, types[key->type].a_noun,
		range[0] ? ", expected " : "", range);
}

static cas_status mistyped_text(const struct cas_key *key, const char *text, struct cas_err *err)
{
	char shown[CAS_SHOWN_BYTES], quoted[CAS_SHOWN_BYTES + 2];
	snprintf(quoted, sizeof quoted, "\"%s\"", cas_yaml_shown(shown, text));
	return cas_value_mistyped(key, quoted, err);
}

static cas_status outside(const struct cas_key *key, const char *text, struct cas_err *err)
{
	char shown[CAS_SHOWN_BYTES], range[WORDS_BYTES];
	range_text(key, range);
	if (!range[0])
		return cas_err_set(err, CAS_INPUT, "%s is too large", cas_yaml_shown(shown, text));
	return cas_err_set(err, CAS_INPUT, "%s is outside %s%s%s", cas_yaml_shown(shown, text), range,
		key->unit[0] ? " " : "", key->unit);
}

static int in_range(const struct cas_key *key, double value)
{
	return (key->min == 0 && key->max == 0) || (value >= key->min && value <= key->max);
}

static int is_integer(const char *text)
{
	text += *text == '-' || *text == '+';
	size_t digits = strspn(text, "0123456789");
	return digits > 0 && !text[digits];
}

static cas_status parse_int(const struct cas_key *key, const char *text, int *out,
	struct cas_err *err)
{
	if (!is_integer(text))
		return mistyped_text(key, text, err);
	errno = 0;
	long long value = strtoll(text, NULL, 10);
	if (errno || value < INT_MIN || value > INT_MAX || !in_range(key, (double)value))
		return outside(key, text, err);
	*out = (int)value;
	return CAS_OK;
}

/* Every count above 2^53 is refused, so that ranges can be doubles. */
static cas_status parse_u64(const struct cas_key *key, const char *text, uint64_t *out,
	struct cas_err *err)
{
	if (!is_integer(text))
		return mistyped_text(key, text, err);
	errno = 0;
	long long value = strtoll(text, NULL, 10);
	if (errno || value < 0 || value > 1LL << 53 || !in_range(key, (double)value))
		return outside(key, text, err);
	*out = (uint64_t)value;
	return CAS_OK;
}

static cas_status parse_bytes(const struct cas_key *key, const char *text, uint64_t *out,
	struct cas_err *err)
{
	static const char *const suffix[] = {"", "KiB", "MiB", "GiB"};
	size_t digits = strspn(text, "0123456789"), space = strspn(text + digits, " ");
	if (is_integer(text) && *text == '-')
		return outside(key, text, err);
	for (int i = 0; digits && i < 4; i++) {
		if (strcmp(text + digits + space, suffix[i]))
			continue;
		errno = 0;
		unsigned long long count = strtoull(text, NULL, 10);
		if (errno || count > 1ULL << 53 >> (10 * i) ||
		    !in_range(key, (double)(count << (10 * i))))
			return outside(key, text, err);
		*out = count << (10 * i);
		return CAS_OK;
	}
	return mistyped_text(key, text, err);
}

static cas_status parse_double(const struct cas_key *key, const char *text, double *out,
	struct cas_err *err)
{
	char *end;
	if (!*text || text[strspn(text, "0123456789+-.eE")])
		return mistyped_text(key, text, err);
	double value = strtod(text, &end);
	if (*end || end == text)
		return mistyped_text(key, text, err);
	if (!isfinite(value) || !in_range(key, value))
		return outside(key, text, err);
	*out = value;
	return CAS_OK;
}

static cas_status parse_choice(const struct cas_key *key, const char *text, int *out,
	struct cas_err *err)
{
	for (int i = 0; key->choices[i]; i++)
		if (!strcmp(text, key->choices[i])) {
			*out = i;
			return CAS_OK;
		}
	return mistyped_text(key, text, err);
}

cas_status cas_value_parse_element(const struct cas_key *key, const char *text, int index, void *out,
	struct cas_err *err)
{
	int value;
	cas_status st = parse_int(key, text, &value, err);
	if (!st)
		memcpy((char *)out + key->offset + (size_t)index * sizeof value, &value, sizeof value);
	return st;
}

/* "3" or "[3, 5]", as a default or an override writes it. */
static cas_status parse_pair(const struct cas_key *key, const char *text, void *out,
	struct cas_err *err)
{
	char a[24], b[24], rest;
	cas_status st;
	if (text[0] != '[') {
		st = cas_value_parse_element(key, text, 0, out, err);
		return st ? st : cas_value_parse_element(key, text, 1, out, err);
	}
	if (sscanf(text, "[%23[^],] ,%*[ ]%23[^],]]%c", a, b, &rest) != 2 &&
	    sscanf(text, "[%23[^],],%23[^],]]%c", a, b, &rest) != 2)
		return mistyped_text(key, text, err);
	st = cas_value_parse_element(key, a, 0, out, err);
	return st ? st : cas_value_parse_element(key, b, 1, out, err);
}

cas_status cas_value_copy(const struct cas_key *key, const char *text, void *out,
	struct cas_err *err)
{
	size_t length = strlen(text);
	if (length >= key->size_bytes)
		return cas_err_set(err, CAS_INPUT, "%zu bytes of text, expected at most %zu", length,
			key->size_bytes - 1);
	memset((char *)out + key->offset, 0, key->size_bytes);
	memcpy((char *)out + key->offset, text, length);
	return CAS_OK;
}

static cas_status parse_bool(const struct cas_key *key, const char *text, int *out,
	struct cas_err *err)
{
	*out = !strcmp(text, "true");
	return *out || !strcmp(text, "false") ? CAS_OK : mistyped_text(key, text, err);
}

cas_status cas_value_parse(const struct cas_key *key, const char *text, void *out,
	struct cas_err *err)
{
	/* memcpy throughout: an int may be an enum in the struct. */
	char *member = (char *)out + key->offset;
	union {
		int i;
		uint64_t u;
		double d;
	} v = {0};
	cas_status st;
	switch (key->type) {
	case CAS_KEY_BOOL:
		st = parse_bool(key, text, &v.i, err);
		break;
	case CAS_KEY_INT:
		st = parse_int(key, text, &v.i, err);
		break;
	case CAS_KEY_CHOICE:
		st = parse_choice(key, text, &v.i, err);
		break;
	case CAS_KEY_U64:
		st = parse_u64(key, text, &v.u, err);
		break;
	case CAS_KEY_BYTES:
		st = parse_bytes(key, text, &v.u, err);
		break;
	case CAS_KEY_DOUBLE:
		st = parse_double(key, text, &v.d, err);
		break;
	case CAS_KEY_PAIR:
		return parse_pair(key, text, out, err);
	default:
		return cas_value_copy(key, text, out, err);
	}
	if (!st)
		memcpy(member, &v, key->size_bytes);
	return st;
}
