/* Reading configuration into structs by one declarative table.
 *
 * Each row names a key by its dotted path, its type, unit, range, default and meaning, and the
 * member that it fills; parsing, messages, defaults, the printed reference and the resolved
 * configuration all come from that row, so none of them can forget a key.
 *
 * Messages: `place: key: what is wrong, what was expected`, where place is `file:line:column`, or
 * `--set key=value` for an override.
 */
#ifndef CAS_IO_SCHEMA_H
#define CAS_IO_SCHEMA_H

#include <stddef.h>

#include "base/mem.h"
#include "base/status.h"
#include "io/yaml.h"

enum cas_key_type {
	CAS_KEY_BOOL,     /* int 0 or 1; written true or false */
	CAS_KEY_INT,      /* int */
	CAS_KEY_U64,      /* uint64_t, at most 2^53 */
	CAS_KEY_BYTES,    /* uint64_t; written as 4096, 4 KiB, 1 MiB or 1 GiB */
	CAS_KEY_DOUBLE,   /* double, finite */
	CAS_KEY_CHOICE,   /* enum or int: index into `choices` */
	CAS_KEY_STRING,   /* char[size_bytes]; like paths: plain text (io/plain_text.h) */
	CAS_KEY_PATH,     /* char[size_bytes]: an existing file or folder, searched for, made absolute */
	CAS_KEY_OUT_PATH, /* char[size_bytes]: where something is written: below the working directory */
	CAS_KEY_PAIR,     /* int[2]; written as one integer for both, or [a, b] */
	CAS_KEY_MAP,      /* struct cas_string_map */
	CAS_KEY_LIST,     /* const struct cas_yaml_node *: a list that the caller reads; not written */
	CAS_KEY_TYPES
};

enum {
	CAS_PATH_BYTES = 1024,
	CAS_MAP_ENTRIES = 64,
	CAS_MAP_KEY_BYTES = 64,
	CAS_MAP_VALUE_BYTES = 64,
	CAS_KEY_PATH_BYTES = 256, /* longest dotted path, list prefix included */
};

/* In a file, from 1; 0: the value is from elsewhere. */
struct cas_place {
	int line, column;
};

/* Words to words, in the order of their first mention. */
struct cas_string_map {
	int count;
	struct {
		char key[CAS_MAP_KEY_BYTES];
		char value[CAS_MAP_VALUE_BYTES];
		struct cas_place at; /* of the value */
	} entry[CAS_MAP_ENTRIES];
};

/* The value behind `key`, or NULL. */
const char *cas_string_map_get(const struct cas_string_map *map, const char *key);

struct cas_key {
	const char *path;
	enum cas_key_type type;
	size_t offset;              /* of the member in the struct that is filled */
	size_t size_bytes;          /* of the member */
	double min, max;            /* numbers: inclusive; both 0: any */
	const char *unit;           /* "" where there is none */
	const char *def;            /* as a user would write it; NULL: the key is required */
	const char *const *choices; /* CAS_KEY_CHOICE: words, ended by NULL */
	const char *help;           /* one sentence, no full stop */
};

/* Rows of one section (same words before the last dot) stand together. */
struct cas_schema {
	const struct cas_key *key;
	size_t count;
};

/* Where relative CAS_KEY_PATH values are looked for.  From a file: its folder, then the working
 * directory, then `home`; from an override: the working directory, then `home`; a default: `home`.
 * What exists nowhere is taken as lying in the first of these, for its reader to complain about. */
struct cas_roots {
	const char *home; /* the folder that holds configs/, models/, mul8u_lib/; NULL: "." */
};

/* Fill `out` from defaults, then from `doc` (NULL: none), then from the overrides `key=value` in
 * order (a later one wins).  `out` is zeroed first over the members that the table names only.
 * Errors: CAS_INPUT for an unknown key (with the nearest known one), a repeated, missing, mistyped
 * or out-of-range one, an override without '='; CAS_ENV without memory. */
cas_status cas_schema_load(const struct cas_schema *schema, const struct cas_yaml *doc,
	const char *const *overrides, size_t override_count, const struct cas_roots *roots, void *out,
	struct cas_err *err);

/* The same for one mapping inside a document, e.g. an entry of a list; `prefix` ("layers[2]", or
 * "") stands before its keys in messages.  No overrides. */
cas_status cas_schema_load_node(const struct cas_schema *schema, const struct cas_yaml *doc,
	const struct cas_yaml_node *map, const char *prefix, const struct cas_roots *roots, void *out,
	struct cas_err *err);

/* The value in `doc` that a key got its value from, for messages about several keys; NULL if it came from
 * an override or is the default. */
const struct cas_yaml_node *cas_schema_given_at(const struct cas_yaml *doc, const char *const *overrides,
	size_t override_count, const char *path);

/* NULL if there is no such key. */
const struct cas_key *cas_schema_find(const struct cas_schema *schema, const char *path);

enum cas_schema_format { CAS_SCHEMA_TEXT, CAS_SCHEMA_MARKDOWN, CAS_SCHEMA_JSON };

/* Append every key with type, unit, range, default and meaning; Markdown: one table a section;
 * JSON: an array of objects. */
void cas_schema_print(const struct cas_schema *schema, enum cas_schema_format format,
	struct cas_buf *buf);

/* Append the values in `in` as commented YAML; cas_schema_load of it gives the same values
 * (doubles are printed with as many digits as that takes). */
void cas_schema_write(const struct cas_schema *schema, const void *in, struct cas_buf *buf);

/* Append one value, as a user would write it. */
void cas_schema_write_value(const struct cas_key *key, const void *in, struct cas_buf *buf);

#endif
