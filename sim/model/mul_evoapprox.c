/* Import of EvoApprox8B from its comma-separated summary and tabulated products. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/outfile.h"
#include "model/mul_manifest.h"

enum { COLUMNS = 15 };

/* Order of the columns, which the file's first line must repeat. */
static const char HEADER[] = "name,pdk45_pwr_mW,pdk45_area_um2,pdk45_delay_ns,mae_pct,mae,wce_pct,"
	"wce,wcre_pct,ep_pct,mre_pct,mse,zero_operand_exact,symmetric,sha256";

/* Cut `line` at its commas; returns the number of cells (at most COLUMNS + 1). */
static int split(char *line, char *cell[COLUMNS + 1])
{
	int count = 0;

	for (;;) {
		cell[count++] = line;
		line = strchr(line, ',');
		if (!line || count > COLUMNS)
			return count;
		*line++ = '\0';
	}
}

static int take_text(char *out, size_t size_bytes, const char *cell)
{
	int length = snprintf(out, size_bytes, "%s", cell);

	return length > 0 && (size_t)length < size_bytes;
}

static int take_number(double *out, const char *cell)
{
	char *end;

	*out = strtod(cell, &end);
	return end != cell && !*end && *out >= 0 && *out < 1e9;
}

static int take_claims(struct cas_mul_claims *c, char *cell[COLUMNS + 1])
{
	return take_text(c->mae_pct, sizeof(c->mae_pct), cell[4]) &&
		take_text(c->mae, sizeof(c->mae), cell[5]) &&
		take_text(c->wce_pct, sizeof(c->wce_pct), cell[6]) &&
		take_text(c->wce, sizeof(c->wce), cell[7]) &&
		take_text(c->wcre_pct, sizeof(c->wcre_pct), cell[8]) &&
		take_text(c->ep_pct, sizeof(c->ep_pct), cell[9]) &&
		take_text(c->mre_pct, sizeof(c->mre_pct), cell[10]) &&
		take_text(c->mse, sizeof(c->mse), cell[11]);
}

/* Fill the entry from one line; 0 if a cell is malformed. */
static int take_row(char *line, struct cas_mul_entry *entry)
{
	char *cell[COLUMNS + 1];

	*entry = (struct cas_mul_entry){0};
	return split(line, cell) == COLUMNS && strncmp(cell[0], "mul8u_", 6) == 0 &&
		take_text(entry->name, sizeof(entry->name), cell[0] + 6) &&
		cas_mul_name_valid(entry->name) &&
		take_number(&entry->power_mw, cell[1]) && take_number(&entry->area_um2, cell[2]) &&
		take_number(&entry->delay_ns, cell[3]) && take_claims(&entry->claims, cell) &&
		take_text(entry->sha256, sizeof(entry->sha256), cell[14]) &&
		take_text(entry->source, sizeof(entry->source), "EvoApprox8B, Mrazek et al., DATE 2017") &&
		take_text(entry->licence, sizeof(entry->licence), "MIT");
}

/* Read the entry's table and compare it with all that the summary says of it; with `add`, add it. */
static cas_status import_one(struct cas_mul_library *lib, const char *folder,
	const struct cas_mul_entry *entry, int add, struct cas_mul8u *mul, struct cas_err *err)
{
	struct cas_mul_metrics metrics;
	char path[1200], sha256[65];
	cas_status status;

	snprintf(path, sizeof(path), "%s/tables/mul8u_%s.bin", folder, entry->name);
	status = cas_mul_table_read(path, mul, sha256, err);
	if (status)
		return status;
	if (strcmp(sha256, entry->sha256))
		return cas_err_set(err, CAS_INPUT, "%s: sha256 is %s, mul8u.csv expects %s", path, sha256,
			entry->sha256);
	cas_mul_metrics_compute(mul, &metrics);
	status = cas_mul_claims_check(&entry->claims, &metrics, err);
	if (status)
		cas_err_prepend(err, "%s", path);
	else if (add)
		status = cas_mul_library_put(lib, entry, mul, err);
	else
		status = cas_mul_library_may_add(lib, entry->name, err);
	return status;
}

static cas_status import_rows(struct cas_mul_library *lib, const char *folder, char *text, int add,
	struct cas_mul8u *mul, struct cas_err *err)
{
	char *line = text, *next;
	struct cas_mul_entry entry;
	cas_status status = CAS_OK;
	int number;

	for (number = 1; !status && line && *line; line = next, number++) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line[strcspn(line, "\r")] = '\0';
		if (number == 1 && strcmp(line, HEADER))
			return cas_err_set(err, CAS_INPUT, "%s/mul8u.csv:1: expected the columns %s", folder,
				HEADER);
		if (number > 1 && !take_row(line, &entry))
			return cas_err_set(err, CAS_INPUT, "%s/mul8u.csv:%d: expected %d cells: mul8u_NAME, "
				"numbers, yes or no twice, sha256", folder, number, COLUMNS);
		if (number > 1)
			status = import_one(lib, folder, &entry, add, mul, err);
	}
	return status;
}

/* The adders' figures are kept as they are: no table of theirs is used. */
static cas_status copy_adders(const struct cas_mul_library *lib, const char *folder,
	struct cas_err *err)
{
	char from[1100], to[sizeof(lib->folder) + 16], *text;
	size_t size_bytes;
	cas_status status;

	snprintf(from, sizeof(from), "%s/add8u.csv", folder);
	snprintf(to, sizeof(to), "%s/add8u.csv", lib->folder);
	status = cas_file_read(from, CAS_YAML_MAX_BYTES, &text, &size_bytes, err);
	if (status)
		return status;
	status = cas_outfile_write(to, text, size_bytes, err);
	free(text);
	return status;
}

/* Check, or add, all that the summary lists. */
static cas_status import_all(struct cas_mul_library *lib, const char *folder, int add,
	struct cas_mul8u *mul, struct cas_err *err)
{
	char path[1100], *text = NULL;
	size_t size_bytes;
	cas_status status;

	snprintf(path, sizeof(path), "%s/mul8u.csv", folder);
	status = cas_file_read(path, CAS_YAML_MAX_BYTES, &text, &size_bytes, err);
	if (!status)
		status = import_rows(lib, folder, text, add, mul, err);
	free(text);
	return status;
}

cas_status cas_mul_library_import_evoapprox(struct cas_mul_library *lib, const char *folder,
	int *added, struct cas_err *err)
{
	void *memory;
	cas_status status;
	int lock, before = 0;

	if (strlen(folder) > 1024)
		return cas_err_set(err, CAS_INPUT, "folder: longer than 1024 bytes");
	status = cas_mem_new(&memory, 1, sizeof(struct cas_mul8u), err);
	if (!status)
		status = cas_mul_library_lock(lib, &lock, err);
	if (!status) {
		before = lib->count;
		/* Everything is checked before anything is added. */
		status = import_all(lib, folder, 0, memory, err);
		if (!status)
			status = import_all(lib, folder, 1, memory, err);
		if (!status)
			status = copy_adders(lib, folder, err);
		cas_mul_library_unlock(lock);
	}
	*added = status ? 0 : lib->count - before;
	free(memory);
	return status;
}
