#include "io/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/plain_text.h"
#include "io/schema_nearest.h"
#include "io/schema_value.h"

enum origin { FROM_DEFAULT, FROM_FILE, FROM_OVERRIDE };

struct reader {
	const struct cas_schema *schema;
	const struct cas_yaml *doc; /* NULL: none */
	const char *prefix;
	const char *home;
	const char *override; /* the one being read */
	enum origin origin;
	void *out;
	const struct cas_yaml_node **seen; /* [schema->count]: where a key was given, or NULL */
	struct cas_err *err;
};

const char *cas_string_map_get(const struct cas_string_map *map, const char *key)
{
	for (int i = 0; i < map->count; i++)
		if (!strcmp(map->entry[i].key, key))
			return map->entry[i].value;
	return NULL;
}

const struct cas_key *cas_schema_find(const struct cas_schema *schema, const char *path)
{
	for (size_t i = 0; i < schema->count; i++)
		if (!strcmp(schema->key[i].path, path))
			return &schema->key[i];
	return NULL;
}

/* Put `place: path: ` before the message; `at` is NULL for defaults and overrides. */
static cas_status at_place(const struct reader *r, const struct cas_yaml_node *at, const char *path,
	cas_status st)
{
	if (!st)
		return st;
	char shown[CAS_SHOWN_BYTES];
	const char *dot = r->prefix[0] ? "." : "";
	if (at)
		cas_err_prepend(r->err, "%s:%d:%d: %s%s%s", r->doc->name, at->line, at->column, r->prefix,
			dot, path);
	else if (r->origin == FROM_OVERRIDE)
		cas_err_prepend(r->err, "--set %s: %s%s%s", cas_yaml_shown(shown, r->override), r->prefix,
			dot, path);
	else
		cas_err_prepend(r->err, "default of %s%s%s", r->prefix, dot, path);
	return st;
}

/* base/text, or text alone if it is absolute; relative ones below the working directory. */
static cas_status join(const struct reader *r, const char *base, const char *text,
	char out[CAS_PATH_BYTES])
{
	char here[CAS_PATH_BYTES] = "";
	while (text[0] == '.' && text[1] == '/')
		text += 2 + strspn(text + 2, "/");
	if (text[0] == '/')
		base = "";
	else if (base[0] != '/' && !getcwd(here, sizeof here))
		return cas_err_set(r->err, CAS_ENV, "the working directory cannot be named");
	if (!strcmp(base, "."))
		base = "";
	int length = snprintf(out, CAS_PATH_BYTES, "%s%s%s%s%s", here, here[0] && base[0] ? "/" : "",
		base, text[0] == '/' ? "" : "/", text);
	if (length >= CAS_PATH_BYTES)
		return cas_err_set(r->err, CAS_INPUT, "a path of %d bytes, expected at most %d", length,
			CAS_PATH_BYTES - 1);
	return CAS_OK;
}

static cas_status folder_of(const struct reader *r, char out[CAS_PATH_BYTES])
{
	const char *slash = strrchr(r->doc->name, '/');
	int length = slash ? (int)(slash - r->doc->name) : 0;
	if (length >= CAS_PATH_BYTES)
		return cas_err_set(r->err, CAS_INPUT, "a path of %d bytes, expected at most %d", length,
			CAS_PATH_BYTES - 1);
	if (!slash)
		snprintf(out, CAS_PATH_BYTES, ".");
	else
		snprintf(out, CAS_PATH_BYTES, "%.*s", length ? length : 1, r->doc->name);
	return CAS_OK;
}

static cas_status store_path(const struct reader *r, const struct cas_key *key, const char *text)
{
	char folder[CAS_PATH_BYTES] = ".", path[CAS_PATH_BYTES];
	const char *root[3];
	int roots = 0;
	if (!text[0] && key->def && key->def[0])
		return cas_err_set(r->err, CAS_INPUT, "nothing is not a path");
	if (!text[0])
		return cas_value_copy(key, "", r->out, r->err);
	if (r->origin == FROM_FILE && key->type == CAS_KEY_PATH) {
		cas_status st = folder_of(r, folder);
		if (st)
			return st;
		root[roots++] = folder;
	}
	if (r->origin != FROM_DEFAULT || key->type == CAS_KEY_OUT_PATH)
		root[roots++] = ".";
	if (key->type == CAS_KEY_PATH)
		root[roots++] = r->home;
	int found = 0;
	for (int i = 0; i < roots && !found; i++) {
		cas_status st = join(r, root[i], text, path);
		if (st)
			return st;
		found = access(path, F_OK) == 0;
	}
	if (!found) {
		cas_status st = join(r, root[0], text, path);
		if (st)
			return st;
	}
	return cas_value_copy(key, path, r->out, r->err);
}

static cas_status store_text(const struct reader *r, const struct cas_key *key, const char *text)
{
	int path = key->type == CAS_KEY_PATH || key->type == CAS_KEY_OUT_PATH;
	cas_status st = path || key->type == CAS_KEY_STRING ? cas_plain_text_check(text, r->err) : CAS_OK;
	if (st)
		return st;
	return path ? store_path(r, key, text) : cas_value_parse(key, text, r->out, r->err);
}

/* `at`: where the value stands, NULL for an override. */
static cas_status store_word(const struct reader *r, const struct cas_key *key, const char *word,
	const char *value, const struct cas_yaml_node *at)
{
	struct cas_string_map *map = (struct cas_string_map *)(void *)((char *)r->out + key->offset);
	int i = 0;
	while (i < map->count && strcmp(map->entry[i].key, word))
		i++;
	if (i == CAS_MAP_ENTRIES)
		return cas_err_set(r->err, CAS_INPUT, "more than %d entries", CAS_MAP_ENTRIES);
	if (!word[0] || strlen(word) >= CAS_MAP_KEY_BYTES || strlen(value) >= CAS_MAP_VALUE_BYTES ||
	    !value[0])
		return cas_err_set(r->err, CAS_INPUT, "expected a word of 1..%d and a value of 1..%d bytes",
			CAS_MAP_KEY_BYTES - 1, CAS_MAP_VALUE_BYTES - 1);
	snprintf(map->entry[i].key, CAS_MAP_KEY_BYTES, "%s", word);
	memset(map->entry[i].value, 0, CAS_MAP_VALUE_BYTES);
	snprintf(map->entry[i].value, CAS_MAP_VALUE_BYTES, "%s", value);
	map->entry[i].at = at ? (struct cas_place){at->line, at->column} : (struct cas_place){0, 0};
	map->count += i == map->count;
	return CAS_OK;
}

static cas_status unknown(const struct reader *r, const struct cas_yaml_node *at, const char *path)
{
	char guess[CAS_KEY_PATH_BYTES], shown[CAS_SHOWN_BYTES];
	if (cas_schema_nearest(r->schema, path, guess))
		cas_err_set(r->err, CAS_INPUT, "unknown key; did you mean %s%s%s?", r->prefix,
			r->prefix[0] ? "." : "", guess);
	else
		cas_err_set(r->err, CAS_INPUT, "unknown key");
	return at_place(r, at, cas_yaml_shown(shown, path), CAS_INPUT);
}

static int is_section(const struct cas_schema *schema, const char *path)
{
	size_t length = strlen(path);
	for (size_t i = 0; i < schema->count; i++)
		if (!strncmp(schema->key[i].path, path, length) && schema->key[i].path[length] == '.')
			return 1;
	return 0;
}

/* The map key that `path` is an entry of; *word is the entry's own name. */
static const struct cas_key *map_key_of(const struct cas_schema *schema, const char *path,
	const char **word)
{
	for (size_t i = 0; i < schema->count; i++) {
		const struct cas_key *key = &schema->key[i];
		size_t length = strlen(key->path);
		if (key->type == CAS_KEY_MAP && !strncmp(key->path, path, length) && path[length] == '.') {
			*word = path + length + 1;
			return key;
		}
	}
	return NULL;
}

static cas_status read_map_key(struct reader *r, const struct cas_key *key,
	const struct cas_yaml_node *node)
{
	cas_status st = CAS_OK;
	for (size_t i = 0; i < node->count && !st; i++) {
		char path[CAS_KEY_PATH_BYTES], shown[CAS_SHOWN_BYTES];
		const struct cas_yaml_node *value = &node->value[i];
		snprintf(path, sizeof path, "%s.%s", key->path, cas_yaml_shown(shown, node->key[i].text));
		if (value->kind != CAS_YAML_SCALAR)
			st = cas_err_set(r->err, CAS_INPUT, "a %s is not a word",
				value->kind == CAS_YAML_LIST ? "list" : "mapping");
		else
			st = store_word(r, key, node->key[i].text, value->text, value);
		st = at_place(r, value, path, st);
	}
	return st;
}

static cas_status read_value(struct reader *r, const struct cas_key *key,
	const struct cas_yaml_node *node)
{
	cas_status st = CAS_OK;
	if (key->type == CAS_KEY_MAP && node->kind == CAS_YAML_MAP)
		return read_map_key(r, key, node);
	if (key->type == CAS_KEY_MAP && node->kind == CAS_YAML_SCALAR && !node->text[0])
		return CAS_OK;
	if (key->type == CAS_KEY_PAIR && node->kind == CAS_YAML_LIST && node->count == 2 &&
	    node->value[0].kind == CAS_YAML_SCALAR && node->value[1].kind == CAS_YAML_SCALAR) {
		for (int i = 0; i < 2 && !st; i++)
			st = cas_value_parse_element(key, node->value[i].text, i, r->out, r->err);
	} else if (key->type == CAS_KEY_LIST && node->kind == CAS_YAML_LIST) {
		memcpy((char *)r->out + key->offset, &node, sizeof node);
	} else if (key->type >= CAS_KEY_MAP || node->kind != CAS_YAML_SCALAR) {
		static const char *const what[] = {"a single word", "a mapping", "a list"};
		st = cas_value_mistyped(key, what[node->kind], r->err);
	} else if (!node->text[0] && !node->quoted) {
		st = cas_value_mistyped(key, "nothing", r->err);
	} else {
		st = store_text(r, key, node->text);
	}
	return at_place(r, node, key->path, st);
}

static cas_status read_known(struct reader *r, const struct cas_key *key,
	const struct cas_yaml_node *at, const struct cas_yaml_node *node)
{
	size_t index = (size_t)(key - r->schema->key);
	if (r->seen[index]) {
		cas_err_set(r->err, CAS_INPUT, "repeated key, first at %d:%d", r->seen[index]->line,
			r->seen[index]->column);
		return at_place(r, at, key->path, CAS_INPUT);
	}
	r->seen[index] = at;
	return read_value(r, key, node);
}

static cas_status read_section(struct reader *r, const struct cas_yaml_node *map,
	const char *section)
{
	cas_status st = CAS_OK;
	for (size_t i = 0; i < map->count && !st; i++) {
		const struct cas_yaml_node *at = &map->key[i], *node = &map->value[i];
		char path[CAS_KEY_PATH_BYTES], shown[CAS_SHOWN_BYTES];
		int length = snprintf(path, sizeof path, "%s%s%s", section, section[0] ? "." : "", at->text);
		const struct cas_key *key = cas_schema_find(r->schema, path);
		if (length >= (int)sizeof path) {
			cas_err_set(r->err, CAS_INPUT, "unknown key");
			st = at_place(r, at, cas_yaml_shown(shown, at->text), CAS_INPUT);
		} else if (key) {
			st = read_known(r, key, at, node);
		} else if (!is_section(r->schema, path)) {
			st = unknown(r, at, path);
		} else if (node->kind == CAS_YAML_MAP) {
			st = read_section(r, node, path);
		} else if (node->kind == CAS_YAML_LIST || node->text[0]) {
			cas_err_set(r->err, CAS_INPUT, "a section, expected keys below it");
			st = at_place(r, node, path, CAS_INPUT);
		}
	}
	return st;
}

static cas_status read_override(struct reader *r, const char *text)
{
	char path[CAS_KEY_PATH_BYTES], shown[CAS_SHOWN_BYTES];
	const char *equals = strchr(text, '='), *word;
	r->override = text;
	if (!equals || equals == text || equals - text >= (int)sizeof path)
		return cas_err_set(r->err, CAS_INPUT, "--set %s: expected KEY=VALUE, e.g. array.rows=8",
			cas_yaml_shown(shown, text));
	snprintf(path, sizeof path, "%.*s", (int)(equals - text), text);
	const struct cas_key *key = cas_schema_find(r->schema, path);
	if (key && key->type < CAS_KEY_MAP) {
		r->seen[key - r->schema->key] = &r->doc->root;
		return at_place(r, NULL, path, store_text(r, key, equals + 1));
	}
	if (key)
		return at_place(r, NULL, path, cas_value_mistyped(key, "a single word", r->err));
	key = map_key_of(r->schema, path, &word);
	if (!key && is_section(r->schema, path))
		return at_place(r, NULL, path, cas_err_set(r->err, CAS_INPUT,
			"a section, expected keys below it"));
	if (!key)
		return unknown(r, NULL, path);
	return at_place(r, NULL, path, store_word(r, key, word, equals + 1, NULL));
}

static cas_status fill_defaults(struct reader *r)
{
	cas_status st = CAS_OK;
	r->origin = FROM_DEFAULT;
	for (size_t i = 0; i < r->schema->count && !st; i++) {
		const struct cas_key *key = &r->schema->key[i];
		memset((char *)r->out + key->offset, 0, key->size_bytes);
		if (key->def && key->type < CAS_KEY_MAP)
			st = at_place(r, NULL, key->path, store_text(r, key, key->def));
	}
	return st;
}

static cas_status check_missing(const struct reader *r, const struct cas_yaml_node *map)
{
	for (size_t i = 0; i < r->schema->count; i++) {
		const struct cas_key *key = &r->schema->key[i];
		if (key->def || r->seen[i])
			continue;
		struct cas_buf buf;
		cas_buf_init(&buf, 600);
		cas_value_describe(key, &buf);
		cas_err_set(r->err, CAS_INPUT, "%s%s%s: missing, expected %s", r->prefix,
			r->prefix[0] ? "." : "", key->path, buf.data ? buf.data : "it");
		cas_buf_clear(&buf);
		if (map)
			cas_err_prepend(r->err, "%s:%d:%d", r->doc->name, map->line, map->column);
		return CAS_INPUT;
	}
	return CAS_OK;
}

static cas_status load(struct reader *r, const struct cas_yaml_node *map,
	const char *const *overrides, size_t override_count)
{
	void *seen;
	cas_status st = cas_mem_new(&seen, r->schema->count, sizeof *r->seen, r->err);
	if (st)
		return st;
	r->seen = seen;
	st = fill_defaults(r);
	r->origin = FROM_FILE;
	if (!st && map && map->kind == CAS_YAML_MAP)
		st = read_section(r, map, "");
	else if (!st && map && (map->kind == CAS_YAML_LIST || map->text[0]))
		st = cas_yaml_complain(r->doc, map, r->err, "%s%sa %s, expected a mapping (key: value)",
			r->prefix, r->prefix[0] ? ": " : "", map->kind == CAS_YAML_LIST ? "list" : "single word");
	r->origin = FROM_OVERRIDE;
	for (size_t i = 0; i < override_count && !st; i++)
		st = read_override(r, overrides[i]);
	if (!st)
		st = check_missing(r, map);
	free(seen);
	return st;
}

cas_status cas_schema_load(const struct cas_schema *schema, const struct cas_yaml *doc,
	const char *const *overrides, size_t override_count, const struct cas_roots *roots, void *out,
	struct cas_err *err)
{
	/* Overrides mark their keys as given; without a document they point at this. */
	static const struct cas_yaml none = {.name = NULL};
	struct reader r = {.schema = schema, .doc = doc ? doc : &none, .prefix = "", .out = out,
		.home = roots && roots->home ? roots->home : ".", .err = err};
	return load(&r, doc ? &doc->root : NULL, overrides, override_count);
}

cas_status cas_schema_load_node(const struct cas_schema *schema, const struct cas_yaml *doc,
	const struct cas_yaml_node *map, const char *prefix, const struct cas_roots *roots, void *out,
	struct cas_err *err)
{
	struct reader r = {.schema = schema, .doc = doc, .prefix = prefix, .out = out,
		.home = roots && roots->home ? roots->home : ".", .err = err};
	return load(&r, map, NULL, 0);
}
