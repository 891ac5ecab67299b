#include "model/mul_library.h"

#include <ctype.h>
#include <sha256.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/outfile.h"
#include "io/schema.h"
#include "io/yaml.h"
#include "model/mul_manifest.h"

static const char PREFIX[] = "mul8u_";

/* The name without "mul8u_". */
static const char *bare(const char *name)
{
	return strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0 ? name + sizeof(PREFIX) - 1 : name;
}

static cas_status read_entries(const struct cas_yaml *doc, const struct cas_yaml_node *list,
	struct cas_mul_library *lib, struct cas_err *err)
{
	char prefix[48];
	void *memory;
	size_t i;
	cas_status status = cas_mem_new(&memory, list->count, sizeof(*lib->entries), err);

	if (status)
		return status;
	lib->entries = memory;
	for (i = 0; i < list->count; i++) {
		struct cas_mul_entry *entry = &lib->entries[lib->count];
		const struct cas_mul_entry *same;

		snprintf(prefix, sizeof(prefix), "multipliers[%zu]", i);
		status = cas_schema_load_node(cas_mul_manifest_schema(), doc, &list->value[i], prefix, NULL,
			entry, err);
		if (status)
			return status;
		if (!cas_mul_name_valid(entry->name) || strchr(entry->file, '/'))
			return cas_yaml_complain(doc, &list->value[i], err,
				"%s: name takes letters, digits, '_', '-', '.'; file is no path", prefix);
		same = cas_mul_library_lookup(lib, entry->name);
		if (same)
			return cas_yaml_complain(doc, &list->value[i], err,
				"%s.name: '%s' is already the name of another multiplier", prefix, entry->name);
		lib->count++;
	}
	return CAS_OK;
}

static cas_status read_document(const struct cas_yaml *doc, struct cas_mul_library *lib,
	struct cas_err *err)
{
	const struct cas_yaml_node *schema = cas_yaml_get(&doc->root, "schema");
	const struct cas_yaml_node *list = cas_yaml_get(&doc->root, "multipliers");
	size_t i;

	for (i = 0; doc->root.kind == CAS_YAML_MAP && i < doc->root.count; i++)
		if (&doc->root.value[i] != schema && &doc->root.value[i] != list)
			return cas_yaml_complain(doc, &doc->root.key[i], err,
				"unknown key, expected schema or multipliers");
	if (!schema || schema->kind != CAS_YAML_SCALAR || strcmp(schema->text, CAS_MUL_MANIFEST_SCHEMA))
		return cas_yaml_complain(doc, schema ? schema : &doc->root, err,
			"schema: expected %s", CAS_MUL_MANIFEST_SCHEMA);
	if (!list || list->kind != CAS_YAML_LIST || list->count > CAS_MUL_LIBRARY_MAX)
		return cas_yaml_complain(doc, list ? list : &doc->root, err,
			"multipliers: expected a list of at most %d entries", CAS_MUL_LIBRARY_MAX);
	return read_entries(doc, list, lib, err);
}

cas_status cas_mul_library_open_folder(const char *folder, struct cas_mul_library *lib,
	struct cas_err *err)
{
	char path[sizeof(lib->folder) + 32];
	struct cas_yaml *doc;
	cas_status status;
	int length;

	*lib = (struct cas_mul_library){0};
	length = snprintf(lib->folder, sizeof(lib->folder), "%s", folder);
	if (length < 0 || (size_t)length >= sizeof(lib->folder))
		return cas_err_set(err, CAS_INPUT, "multiplier library: path longer than %zu bytes",
			sizeof(lib->folder));
	snprintf(path, sizeof(path), "%s/%s", lib->folder, CAS_MUL_MANIFEST_FILE);
	status = cas_yaml_read(&doc, path, err);
	if (!status)
		status = read_document(doc, lib, err);
	cas_yaml_free(doc);
	return status;
}

cas_status cas_mul_library_open(const char *home_dir, struct cas_mul_library *lib,
	struct cas_err *err)
{
	char folder[sizeof(lib->folder) + sizeof CAS_MUL_LIBRARY_FOLDER + 1];

	snprintf(folder, sizeof folder, "%.*s/%s", (int)sizeof lib->folder - 1, home_dir, CAS_MUL_LIBRARY_FOLDER);
	return cas_mul_library_open_folder(folder, lib, err);
}

void cas_mul_library_close(struct cas_mul_library *lib)
{
	free(lib->entries);
	*lib = (struct cas_mul_library){0};
}

const struct cas_mul_entry *cas_mul_library_lookup(const struct cas_mul_library *lib,
	const char *name)
{
	int i;

	for (i = 0; i < lib->count; i++)
		if (strcmp(bare(lib->entries[i].name), bare(name)) == 0)
			return &lib->entries[i];
	return NULL;
}

/* Levenshtein distance, case ignored; both strings shorter than CAS_MUL8U_NAME. */
static int distance(const char *a, const char *b)
{
	int row[CAS_MUL8U_NAME + 1], i, j, n = (int)strlen(b);

	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 0; a[i]; i++) {
		int diagonal = row[0];

		row[0] = i + 1;
		for (j = 0; j < n; j++) {
			int change = diagonal +
				(tolower((unsigned char)a[i]) != tolower((unsigned char)b[j]));

			diagonal = row[j + 1];
			if (row[j] + 1 < change)
				change = row[j] + 1;
			row[j + 1] = diagonal + 1 < change ? diagonal + 1 : change;
		}
	}
	return row[n];
}

cas_status cas_mul_library_find(const struct cas_mul_library *lib, const char *name,
	const struct cas_mul_entry **out, struct cas_err *err)
{
	const char *nearest = NULL;
	int best = CAS_MUL8U_NAME, i;

	*out = cas_mul_library_lookup(lib, name);
	if (*out)
		return CAS_OK;
	if (!cas_mul_name_valid(name))
		return cas_err_set(err, CAS_INPUT, "no multiplier has this name: a name is 1 to %d letters, "
			"digits, '_', '-', '.'", CAS_MUL8U_NAME - 1);
	for (i = 0; i < lib->count; i++) {
		int d = distance(bare(name), bare(lib->entries[i].name));

		if (d < best) {
			best = d;
			nearest = lib->entries[i].name;
		}
	}
	if (!nearest)
		return cas_err_set(err, CAS_INPUT, "multiplier '%s' is unknown: the library is empty", name);
	return cas_err_set(err, CAS_INPUT, "multiplier '%s' is unknown, the nearest name is %s", name,
		nearest);
}

cas_status cas_mul_table_read(const char *path, struct cas_mul8u *mul, char sha256[65],
	struct cas_err *err)
{
	uint8_t *bytes;
	size_t size_bytes;
	char *data;
	cas_status status = cas_file_read(path, 2 * CAS_MUL8U_BYTES, &data, &size_bytes, err);

	if (status)
		return status;
	bytes = (uint8_t *)data;
	if (size_bytes != CAS_MUL8U_BYTES) {
		status = cas_err_set(err, CAS_INPUT,
			"%s: %zu bytes, expected %d (65536 products of 2 bytes)", path, size_bytes,
			CAS_MUL8U_BYTES);
	} else {
		SHA256Data(bytes, CAS_MUL8U_BYTES, sha256);
		cas_mul8u_from_bytes(mul, bytes);
	}
	free(data);
	return status;
}

cas_status cas_mul_library_load(const struct cas_mul_library *lib,
	const struct cas_mul_entry *entry, struct cas_mul8u *mul, struct cas_err *err)
{
	char path[sizeof(lib->folder) + sizeof(entry->file) + 1], sha256[65];
	cas_status status;

	snprintf(path, sizeof(path), "%s/%s", lib->folder, entry->file);
	status = cas_mul_table_read(path, mul, sha256, err);
	if (status)
		return status;
	if (strcmp(sha256, entry->sha256))
		return cas_err_set(err, CAS_INPUT, "%s: sha256 is %s, the manifest expects %s", path, sha256,
			entry->sha256);
	memcpy(mul->name, entry->name, sizeof(mul->name));
	mul->is_signed = entry->is_signed;
	return CAS_OK;
}

cas_status cas_mul_library_get(const struct cas_mul_library *lib, const char *name,
	struct cas_mul8u *mul, struct cas_err *err)
{
	const struct cas_mul_entry *entry;
	cas_status status = cas_mul_library_find(lib, name, &entry, err);

	return status ? status : cas_mul_library_load(lib, entry, mul, err);
}
