#include <string.h>

#include "io/schema.h"

/* The value of `path` below `map`, whether written nested or with dots. */
static const struct cas_yaml_node *find(const struct cas_yaml_node *map, const char *path)
{
	for (size_t i = 0; map->kind == CAS_YAML_MAP && i < map->count; i++) {
		const char *key = map->key[i].text;
		size_t bytes = strlen(key);
		const struct cas_yaml_node *below = NULL;

		if (!strcmp(key, path))
			return &map->value[i];
		if (!strncmp(key, path, bytes) && path[bytes] == '.')
			below = find(&map->value[i], path + bytes + 1);
		if (below)
			return below;
	}
	return NULL;
}

const struct cas_yaml_node *cas_schema_given_at(const struct cas_yaml *doc, const char *const *overrides,
	size_t override_count, const char *path)
{
	size_t bytes = strlen(path);

	for (size_t i = 0; i < override_count; i++)
		if (!strncmp(overrides[i], path, bytes) && overrides[i][bytes] == '=')
			return NULL;
	return doc ? find(&doc->root, path) : NULL;
}
