#include "io/schema_nearest.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Levenshtein's distance. */
static int edit_distance(const char *a, const char *b)
{
	int row[CAS_KEY_PATH_BYTES + 1];
	int width = (int)strlen(b);
	assert(width <= CAS_KEY_PATH_BYTES);
	for (int j = 0; j <= width; j++)
		row[j] = j;
	for (int i = 1; a[i - 1]; i++) {
		int diagonal = row[0];
		row[0] = i;
		for (int j = 1; j <= width; j++) {
			int change = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			int gap = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			row[j] = change < gap ? change : gap;
		}
	}
	return row[width];
}

static const char *last_word(const char *path)
{
	const char *dot = strrchr(path, '.');
	return dot ? dot + 1 : path;
}

int cas_schema_nearest(const struct cas_schema *schema, const char *path,
	char out[CAS_KEY_PATH_BYTES])
{
	int best = 1 + (int)strlen(path) / 5 + 1;
	for (size_t i = 0; i < schema->count; i++) {
		const char *known = schema->key[i].path;
		for (const char *end = known; end; end = *end ? strchr(end + 1, '.') : NULL) {
			char candidate[CAS_KEY_PATH_BYTES];
			if (end == known && !(end = strchr(known, '.')))
				break;
			snprintf(candidate, sizeof candidate, "%.*s", (int)(end - known), known);
			int distance = edit_distance(path, candidate);
			if (distance < best) {
				best = distance;
				memcpy(out, candidate, sizeof candidate);
			}
		}
		int distance = edit_distance(path, known);
		if (distance > 1 && !strcmp(last_word(known), path))
			distance = 1;
		if (distance < best) {
			best = distance;
			snprintf(out, CAS_KEY_PATH_BYTES, "%s", known);
		}
	}
	return best <= 1 + (int)strlen(path) / 5;
}
