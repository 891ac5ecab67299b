#include "io/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "io/outfile.h"

struct parse {
	yaml_parser_t yaml;
	yaml_event_t event; /* the current one, deleted before the next is read */
	struct cas_yaml *doc;
	const char *text;
	size_t size_bytes;
	size_t nodes;
	struct cas_err *err;
};

const char *cas_yaml_shown(char shown[CAS_SHOWN_BYTES], const char *text)
{
	size_t i;
	for (i = 0; text[i] && i < 60; i++)
		shown[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
	/* Never cut a UTF-8 sequence in two. */
	while (text[i] && i && ((unsigned char)text[i] & 0xc0) == 0x80)
		i--;
	shown[i] = 0;
	if (text[i])
		memcpy(shown + i, "...", 4);
	return shown;
}

static cas_status complain_at(const struct parse *p, yaml_mark_t at, const char *what)
{
	return cas_err_set(p->err, CAS_INPUT, "%s:%zu:%zu: %s", p->doc->name, at.line + 1,
		at.column + 1, what);
}

/* libyaml gives a byte offset alone for bytes that are not UTF-8. */
static cas_status complain_reader(const struct parse *p)
{
	size_t line = 1, column = 1;
	for (size_t i = 0; i < p->yaml.problem_offset && i < p->size_bytes; i++, column++)
		if (p->text[i] == '\n') {
			line++;
			column = 0;
		}
	return cas_err_set(p->err, CAS_INPUT, "%s:%zu:%zu: %s", p->doc->name, line, column,
		p->yaml.problem ? p->yaml.problem : "unreadable bytes");
}

static cas_status complain_libyaml(const struct parse *p)
{
	const yaml_parser_t *y = &p->yaml;
	if (y->error == YAML_MEMORY_ERROR)
		return cas_err_set(p->err, CAS_ENV, "%s: out of memory", p->doc->name);
	if (y->error == YAML_READER_ERROR)
		return complain_reader(p);
	const char *problem = y->problem ? y->problem : "malformed YAML";
	if (!y->context)
		return complain_at(p, y->problem_mark, problem);
	return cas_err_set(p->err, CAS_INPUT, "%s:%zu:%zu: %s (%s that starts at %zu:%zu)",
		p->doc->name, y->problem_mark.line + 1, y->problem_mark.column + 1, problem, y->context,
		y->context_mark.line + 1, y->context_mark.column + 1);
}

static cas_status next_event(struct parse *p)
{
	yaml_event_delete(&p->event);
	if (!yaml_parser_parse(&p->yaml, &p->event))
		return complain_libyaml(p);
	return CAS_OK;
}

static cas_status grow(struct cas_yaml_node **array, size_t count, struct cas_err *err)
{
	if (count & (count - 1)) /* full at 0, 1, 2, 4, 8, ... */
		return CAS_OK;
	struct cas_yaml_node *more = realloc(*array, (count ? 2 * count : 1) * sizeof *more);
	if (!more)
		return cas_err_set(err, CAS_ENV, "out of memory for %zu YAML nodes", count);
	*array = more;
	return CAS_OK;
}

static void node_clear(struct cas_yaml_node *node)
{
	for (size_t i = 0; i < node->count; i++) {
		if (node->key)
			free(node->key[i].text);
		node_clear(&node->value[i]);
	}
	free(node->key);
	free(node->value);
	free(node->text);
}

static cas_status read_scalar(struct parse *p, struct cas_yaml_node *node)
{
	const char *value = (const char *)p->event.data.scalar.value;
	size_t length = p->event.data.scalar.length;
	if (memchr(value, 0, length))
		return complain_at(p, p->event.start_mark, "a NUL byte, expected text");
	node->kind = CAS_YAML_SCALAR;
	node->quoted = p->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	node->text = malloc(length + 1);
	if (!node->text)
		return cas_err_set(p->err, CAS_ENV, "out of memory for %zu bytes of YAML", length);
	memcpy(node->text, value, length);
	node->text[length] = 0;
	return CAS_OK;
}

static cas_status check_repeated(struct parse *p, const struct cas_yaml_node *map,
	const struct cas_yaml_node *key)
{
	char shown[CAS_SHOWN_BYTES];
	for (size_t i = 0; i < map->count; i++)
		if (!strcmp(map->key[i].text, key->text))
			return cas_err_set(p->err, CAS_INPUT, "%s:%d:%d: %s: repeated key, first at %d:%d",
				p->doc->name, key->line, key->column, cas_yaml_shown(shown, key->text),
				map->key[i].line, map->key[i].column);
	return CAS_OK;
}

/* Everything that a node of any kind must not be. */
static cas_status check_event(struct parse *p, int depth)
{
	const yaml_event_t *e = &p->event;
	const yaml_char_t *anchor = NULL, *tag = NULL;
	if (e->type == YAML_ALIAS_EVENT)
		return complain_at(p, e->start_mark, "an alias (*name), expected the value itself");
	if (e->type == YAML_SCALAR_EVENT) {
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
	}
	if (anchor)
		return complain_at(p, e->start_mark, "an anchor (&name), expected a plain value");
	if (tag)
		return complain_at(p, e->start_mark, "a tag (!name), expected a plain value");
	if (depth > CAS_YAML_MAX_DEPTH)
		return cas_err_set(p->err, CAS_INPUT, "%s:%zu:%zu: nested deeper than %d levels",
			p->doc->name, e->start_mark.line + 1, e->start_mark.column + 1, CAS_YAML_MAX_DEPTH);
	if (++p->nodes > CAS_YAML_MAX_NODES)
		return cas_err_set(p->err, CAS_INPUT, "%s:%zu:%zu: more than %d keys and values",
			p->doc->name, e->start_mark.line + 1, e->start_mark.column + 1, CAS_YAML_MAX_NODES);
	return CAS_OK;
}

static cas_status read_node(struct parse *p, struct cas_yaml_node *node, int depth);

static cas_status read_key(struct parse *p, struct cas_yaml_node *map, int depth)
{
	struct cas_yaml_node key = {0};
	if (p->event.type != YAML_SCALAR_EVENT && p->event.type != YAML_ALIAS_EVENT)
		return complain_at(p, p->event.start_mark,
			"a list or mapping as a key, expected a plain word");
	cas_status st = read_node(p, &key, depth);
	if (!st)
		st = check_repeated(p, map, &key);
	if (!st)
		st = grow(&map->key, map->count, p->err);
	if (!st)
		st = grow(&map->value, map->count, p->err);
	if (st) {
		free(key.text);
		return st;
	}
	map->key[map->count] = key;
	map->value[map->count] = (struct cas_yaml_node){0};
	map->count++;
	return next_event(p);
}

static cas_status read_map(struct parse *p, struct cas_yaml_node *map, int depth)
{
	cas_status st = next_event(p);
	while (!st && p->event.type != YAML_MAPPING_END_EVENT) {
		st = read_key(p, map, depth + 1);
		if (!st)
			st = read_node(p, &map->value[map->count - 1], depth + 1);
		if (!st)
			st = next_event(p);
	}
	return st;
}

static cas_status read_list(struct parse *p, struct cas_yaml_node *list, int depth)
{
	cas_status st = next_event(p);
	while (!st && p->event.type != YAML_SEQUENCE_END_EVENT) {
		st = grow(&list->value, list->count, p->err);
		if (st)
			break;
		list->value[list->count] = (struct cas_yaml_node){0};
		list->count++;
		st = read_node(p, &list->value[list->count - 1], depth + 1);
		if (!st)
			st = next_event(p);
	}
	return st;
}

/* The current event begins the node; when this returns, it ends it. */
static cas_status read_node(struct parse *p, struct cas_yaml_node *node, int depth)
{
	cas_status st = check_event(p, depth);
	if (st)
		return st;
	/* At most 1 MB was accepted, so lines and columns fit an int. */
	node->line = (int)p->event.start_mark.line + 1;
	node->column = (int)p->event.start_mark.column + 1;
	switch (p->event.type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(p, node);
	case YAML_MAPPING_START_EVENT:
		node->kind = CAS_YAML_MAP;
		return read_map(p, node, depth);
	case YAML_SEQUENCE_START_EVENT:
		node->kind = CAS_YAML_LIST;
		return read_list(p, node, depth);
	default:
		return complain_at(p, p->event.start_mark, "malformed YAML");
	}
}

static cas_status read_stream(struct parse *p)
{
	cas_status st = next_event(p); /* stream start */
	if (!st)
		st = next_event(p);
	if (st)
		return st;
	p->doc->root = (struct cas_yaml_node){.kind = CAS_YAML_MAP, .line = 1, .column = 1};
	if (p->event.type == YAML_STREAM_END_EVENT)
		return CAS_OK;
	st = next_event(p); /* past the document's start */
	if (!st)
		st = read_node(p, &p->doc->root, 1);
	if (!st)
		st = next_event(p); /* document end */
	if (!st)
		st = next_event(p);
	if (!st && p->event.type != YAML_STREAM_END_EVENT)
		st = complain_at(p, p->event.start_mark, "a second document, expected one a file");
	return st;
}

cas_status cas_yaml_parse(struct cas_yaml **out, const char *name, const char *text,
	size_t size_bytes, struct cas_err *err)
{
	*out = NULL;
	if (size_bytes > CAS_YAML_MAX_BYTES)
		return cas_err_set(err, CAS_INPUT, "%s: %zu bytes, expected at most %d", name, size_bytes,
			CAS_YAML_MAX_BYTES);
	struct parse p = {.text = text, .size_bytes = size_bytes, .err = err};
	p.doc = calloc(1, sizeof *p.doc);
	if (p.doc)
		p.doc->name = malloc(strlen(name) + 1);
	if (!p.doc || !p.doc->name || !yaml_parser_initialize(&p.yaml)) {
		cas_yaml_free(p.doc);
		return cas_err_set(err, CAS_ENV, "%s: out of memory", name);
	}
	memcpy(p.doc->name, name, strlen(name) + 1);
	yaml_parser_set_encoding(&p.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p.yaml, (const unsigned char *)text, size_bytes);
	cas_status st = read_stream(&p);
	yaml_event_delete(&p.event);
	yaml_parser_delete(&p.yaml);
	if (st) {
		cas_yaml_free(p.doc);
		return st;
	}
	*out = p.doc;
	return CAS_OK;
}

cas_status cas_yaml_read(struct cas_yaml **out, const char *path, struct cas_err *err)
{
	char *text = NULL;
	size_t size_bytes = 0;
	*out = NULL;
	cas_status st = cas_file_read(path, CAS_YAML_MAX_BYTES, &text, &size_bytes, err);
	if (!st)
		st = cas_yaml_parse(out, path, text, size_bytes, err);
	free(text);
	return st;
}

void cas_yaml_free(struct cas_yaml *doc)
{
	if (!doc)
		return;
	node_clear(&doc->root);
	free(doc->name);
	free(doc);
}

const struct cas_yaml_node *cas_yaml_get(const struct cas_yaml_node *map, const char *key)
{
	for (size_t i = 0; map->kind == CAS_YAML_MAP && i < map->count; i++)
		if (!strcmp(map->key[i].text, key))
			return &map->value[i];
	return NULL;
}

cas_status cas_yaml_complain(const struct cas_yaml *doc, const struct cas_yaml_node *at,
	struct cas_err *err, const char *format, ...)
{
	struct cas_err what;
	va_list args;
	va_start(args, format);
	vsnprintf(what.text, sizeof what.text, format, args);
	va_end(args);
	return cas_err_set(err, CAS_INPUT, "%s:%d:%d: %s", doc->name, at->line, at->column, what.text);
}

/* Characters that libyaml folds or refuses where they stand raw, as UTF-8 and as an escape: C1
 * controls (by range, below), line and paragraph separators, byte order mark, non-characters. */
static const struct {
	char bytes[4];
	const char *escape;
} escapes[] = {
	{"\xe2\x80\xa8", "\\u2028"}, {"\xe2\x80\xa9", "\\u2029"}, {"\xef\xbb\xbf", "\\ufeff"},
	{"\xef\xbf\xbe", "\\ufffe"}, {"\xef\xbf\xbf", "\\uffff"},
};

/* Append an escape for what stands at `c` and return its bytes, or 0 if it needs none. */
static size_t put_escape(struct cas_buf *buf, const char *c)
{
	unsigned char first = (unsigned char)c[0], second = first ? (unsigned char)c[1] : 0;
	if (first == '"' || first == '\\') {
		cas_buf_printf(buf, "\\%c", first);
		return 1;
	}
	if (first < 0x20 || first == 0x7f) {
		cas_buf_printf(buf, "\\x%02x", (unsigned)first);
		return 1;
	}
	if (first == 0xc2 && second >= 0x80 && second < 0xa0) {
		cas_buf_printf(buf, "\\x%02x", (unsigned)second);
		return 2;
	}
	for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
		if (!strncmp(c, escapes[i].bytes, 3)) {
			cas_buf_printf(buf, "%s", escapes[i].escape);
			return 3;
		}
	return 0;
}

void cas_yaml_quote(struct cas_buf *buf, const char *text)
{
	cas_buf_add(buf, "\"", 1);
	while (*text) {
		size_t escaped = put_escape(buf, text);
		if (!escaped)
			cas_buf_add(buf, text, 1);
		text += escaped ? escaped : 1;
	}
	cas_buf_add(buf, "\"", 1);
}
