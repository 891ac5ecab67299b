#include <stdint.h>
#include <string.h>

#include "io/schema.h"
#include "io/schema_value.h"

/* Whole powers of 1024 read best; what is written reads back as the same number. */
static void put_bytes(struct cas_buf *buf, uint64_t bytes)
{
	static const char *const suffix[] = {"", " KiB", " MiB", " GiB"};
	int i = 0;
	while (bytes && i < 3 && bytes % 1024 == 0) {
		bytes /= 1024;
		i++;
	}
	cas_buf_printf(buf, "%llu%s", (unsigned long long)bytes, suffix[i]);
}

void cas_schema_write_value(const struct cas_key *key, const void *in, struct cas_buf *buf)
{
	const char *member = (const char *)in + key->offset;
	int i[2] = {0};
	uint64_t u = 0;
	double d = 0;
	switch (key->type) {
	case CAS_KEY_BOOL:
	case CAS_KEY_INT:
	case CAS_KEY_CHOICE:
		memcpy(i, member, sizeof i[0]);
		if (key->type == CAS_KEY_INT)
			cas_buf_printf(buf, "%d", i[0]);
		else
			cas_buf_printf(buf, "%s", key->type == CAS_KEY_CHOICE ? key->choices[i[0]] :
				i[0] ? "true" : "false");
		break;
	case CAS_KEY_U64:
	case CAS_KEY_BYTES:
		memcpy(&u, member, sizeof u);
		if (key->type == CAS_KEY_BYTES)
			put_bytes(buf, u);
		else
			cas_buf_printf(buf, "%llu", (unsigned long long)u);
		break;
	case CAS_KEY_DOUBLE:
		memcpy(&d, member, sizeof d);
		cas_value_put_double(buf, d);
		break;
	case CAS_KEY_PAIR:
		memcpy(i, member, sizeof i);
		cas_buf_printf(buf, i[0] == i[1] ? "%d" : "[%d, %d]", i[0], i[1]);
		break;
	default:
		cas_yaml_quote(buf, member);
	}
}

static void indent(struct cas_buf *buf, int levels)
{
	for (int i = 0; i < levels; i++)
		cas_buf_add(buf, "  ", 2);
}

static void write_map(const struct cas_string_map *map, int level, struct cas_buf *buf)
{
	if (!map->count)
		cas_buf_printf(buf, " {}");
	for (int i = 0; i < map->count; i++) {
		cas_buf_add(buf, "\n", 1);
		indent(buf, level);
		cas_yaml_quote(buf, map->entry[i].key);
		cas_buf_printf(buf, ": ");
		cas_yaml_quote(buf, map->entry[i].value);
	}
}

/* Open the sections of `path` that `last` (the key before it) was not in; returns the depth. */
static int open_sections(const char *last, const char *path, struct cas_buf *buf)
{
	int level = 0, open = 1;
	for (const char *dot = strchr(path, '.'); dot; dot = strchr(path, '.'), level++) {
		size_t length = (size_t)(dot - path) + 1;
		open = open && !strncmp(last, path, length);
		if (open) {
			last += length;
		} else {
			indent(buf, level);
			cas_buf_printf(buf, "%.*s:\n", (int)length - 1, path);
		}
		path = dot + 1;
	}
	indent(buf, level);
	cas_buf_printf(buf, "%s:", path);
	return level;
}

static void put_comment(const struct cas_key *key, struct cas_buf *buf)
{
	cas_buf_printf(buf, " # %s", key->help);
	if (key->type != CAS_KEY_CHOICE && (key->min != 0 || key->max != 0)) {
		cas_buf_printf(buf, "; ");
		cas_value_range(key, buf);
		cas_buf_printf(buf, "%s%s", key->unit[0] ? " " : "", key->unit);
	} else if (key->type == CAS_KEY_CHOICE) {
		cas_buf_printf(buf, "; ");
		cas_value_range(key, buf);
	}
}

void cas_schema_write(const struct cas_schema *schema, const void *in, struct cas_buf *buf)
{
	const char *last = "";
	for (size_t i = 0; i < schema->count; i++) {
		const struct cas_key *key = &schema->key[i];
		if (key->type == CAS_KEY_LIST)
			continue;
		int level = open_sections(last, key->path, buf);
		last = key->path;
		if (key->type == CAS_KEY_MAP) {
			write_map((const struct cas_string_map *)(const void *)((const char *)in + key->offset),
				level + 1, buf);
		} else {
			cas_buf_add(buf, " ", 1);
			cas_schema_write_value(key, in, buf);
			put_comment(key, buf);
		}
		cas_buf_add(buf, "\n", 1);
	}
}

/* "1..256 rows", "wrap, saturate", "MHz", or "". */
static void put_range_unit(const struct cas_key *key, struct cas_buf *buf)
{
	size_t before = buf->size_bytes;
	cas_value_range(key, buf);
	if (key->unit[0])
		cas_buf_printf(buf, "%s%s", buf->size_bytes > before ? " " : "", key->unit);
}

static const char *default_text(const struct cas_key *key)
{
	if (!key->def)
		return "(required)";
	return key->def[0] ? key->def : "(none)";
}

static void pad_to(struct cas_buf *buf, size_t start, size_t width)
{
	do
		cas_buf_add(buf, " ", 1);
	while (buf->size_bytes < start + width && !buf->failed);
}

static void print_text(const struct cas_schema *schema, struct cas_buf *buf)
{
	for (size_t i = 0; i < schema->count; i++) {
		const struct cas_key *key = &schema->key[i];
		size_t start = buf->size_bytes;
		cas_buf_printf(buf, "%s", key->path);
		pad_to(buf, start, 28);
		cas_buf_printf(buf, "%s", cas_value_type_name(key->type));
		pad_to(buf, start, 37);
		cas_buf_printf(buf, "%s", default_text(key));
		pad_to(buf, start, 60);
		put_range_unit(key, buf);
		cas_buf_printf(buf, "\n    %s\n", key->help);
	}
}

static size_t section_length(const char *path)
{
	const char *dot = strrchr(path, '.');
	return dot ? (size_t)(dot - path) : 0;
}

static void print_markdown(const struct cas_schema *schema, struct cas_buf *buf)
{
	const char *last = "";
	size_t last_length = 0;
	for (size_t i = 0; i < schema->count; i++) {
		const struct cas_key *key = &schema->key[i];
		size_t length = section_length(key->path);
		if (i == 0 || length != last_length || strncmp(key->path, last, length)) {
			cas_buf_printf(buf, "%s## %.*s\n\n", i ? "\n" : "", length ? (int)length : 7,
				length ? key->path : "General");
			cas_buf_printf(buf, "| key | type | range, unit | default | meaning |\n"
				"|---|---|---|---|---|\n");
		}
		last = key->path;
		last_length = length;
		cas_buf_printf(buf, "| `%s` | %s | ", key->path, cas_value_type_name(key->type));
		put_range_unit(key, buf);
		cas_buf_printf(buf, " | %s | %s |\n", default_text(key), key->help);
	}
}

/* A JSON string; the table's texts are plain UTF-8 without control bytes. */
static void put_json(struct cas_buf *buf, const char *name, const char *text)
{
	cas_buf_printf(buf, ", \"%s\": ", name);
	if (text)
		cas_yaml_quote(buf, text);
	else
		cas_buf_printf(buf, "null");
}

static void print_json(const struct cas_schema *schema, struct cas_buf *buf)
{
	cas_buf_printf(buf, "[");
	for (size_t i = 0; i < schema->count; i++) {
		const struct cas_key *key = &schema->key[i];
		cas_buf_printf(buf, "%s\n  {\"key\": \"%s\"", i ? "," : "", key->path);
		put_json(buf, "type", cas_value_type_name(key->type));
		put_json(buf, "unit", key->unit);
		put_json(buf, "default", key->def);
		if (key->min != 0 || key->max != 0) {
			cas_buf_printf(buf, ", \"min\": ");
			cas_value_put_double(buf, key->min);
			cas_buf_printf(buf, ", \"max\": ");
			cas_value_put_double(buf, key->max);
		}
		for (int c = 0; key->choices && key->choices[c]; c++)
			cas_buf_printf(buf, "%s\"%s\"", c ? ", " : ", \"choices\": [", key->choices[c]);
		cas_buf_printf(buf, "%s", key->choices ? "]" : "");
		put_json(buf, "meaning", key->help);
		cas_buf_printf(buf, "}");
	}
	cas_buf_printf(buf, "\n]\n");
}

void cas_schema_print(const struct cas_schema *schema, enum cas_schema_format format,
	struct cas_buf *buf)
{
	if (format == CAS_SCHEMA_TEXT)
		print_text(schema, buf);
	else if (format == CAS_SCHEMA_MARKDOWN)
		print_markdown(schema, buf);
	else
		print_json(schema, buf);
}
