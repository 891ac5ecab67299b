/* A YAML document as a tree that remembers where everything stood.
 *
 * A deliberately small YAML: one document; mappings, sequences and scalars; no anchors and aliases
 * (a few bytes of them can mean gigabytes), no tags, no repeated keys, keys are plain words.  What
 * a scalar means (number, word) is decided by its reader, so there are no YAML 1.1 surprises
 * ("no" is a word like any other).  Lines and columns count from 1.
 */
#ifndef CAS_IO_YAML_H
#define CAS_IO_YAML_H

#include <stddef.h>

#include "base/mem.h"
#include "base/status.h"

enum {
	CAS_YAML_MAX_BYTES = 1 << 20,
	CAS_YAML_MAX_DEPTH = 16,
	CAS_YAML_MAX_NODES = 20000,
};

enum cas_yaml_kind { CAS_YAML_SCALAR, CAS_YAML_MAP, CAS_YAML_LIST };

struct cas_yaml_node {
	enum cas_yaml_kind kind;
	int line, column;
	char *text;                  /* scalar: its value, no NUL inside; else NULL */
	int quoted;                  /* scalar: written in quotes or as a block */
	size_t count;                /* map, list: entries */
	struct cas_yaml_node *key;   /* map: [count] scalars */
	struct cas_yaml_node *value; /* map, list: [count] */
};

struct cas_yaml {
	char *name;                /* as given, for messages */
	struct cas_yaml_node root; /* an empty document is an empty map at 1:1 */
};

/* Parse `size_bytes` bytes of UTF-8.  `name` stands in messages for the file.  *out is the
 * caller's (cas_yaml_free), NULL after an error.
 * Errors: CAS_INPUT `name:line:column: ...` for malformed YAML (libyaml's own words), anchors,
 * aliases, tags, a second document, keys that are not scalars, repeated keys (both places), more
 * than the limits above; CAS_ENV without memory. */
cas_status cas_yaml_parse(struct cas_yaml **out, const char *name, const char *text,
	size_t size_bytes, struct cas_err *err);

/* The same from a file.  Errors: besides, CAS_INPUT `path: ...` if it cannot be read. */
cas_status cas_yaml_read(struct cas_yaml **out, const char *path, struct cas_err *err);

/* NULL is allowed. */
void cas_yaml_free(struct cas_yaml *doc);

/* The value behind `key`, or NULL; `map` of another kind has none. */
const struct cas_yaml_node *cas_yaml_get(const struct cas_yaml_node *map, const char *key);

/* Set `name:line:column: ` and the message; returns CAS_INPUT. */
cas_status cas_yaml_complain(const struct cas_yaml *doc, const struct cas_yaml_node *at,
	struct cas_err *err, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* `text` for use inside a message: at most 60 bytes, control bytes as '?'. Returns `shown`. */
enum { CAS_SHOWN_BYTES = 64 };
const char *cas_yaml_shown(char shown[CAS_SHOWN_BYTES], const char *text);

/* Append `text` as a double-quoted YAML scalar that reads back as the same bytes. */
void cas_yaml_quote(struct cas_buf *buf, const char *text);

#endif
