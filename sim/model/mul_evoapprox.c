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

/* One import.  A pass over the summary either checks all of it or writes the tables. */
struct pass {
	struct cas_mul_library *lib;
	const char *folder;
	int add;    /* write the tables */
	int before; /* entries that the library had */
	struct cas_mul8u *mul;
};

/* Read the entry's table and compare it with all that the summary says of it; enter it in the list in
 * memory, and with `add` write its file. */
static cas_status import_one(const struct pass *p, const struct cas_mul_entry *entry, int line,
	struct cas_err *err)
{
	const struct cas_mul_entry *same = cas_mul_library_lookup(p->lib, entry->name);
	struct cas_mul_metrics metrics;
	char path[1200], sha256[65];
	cas_status status;

	if (same && same - p->lib->entries >= p->before)
		return cas_err_set(err, CAS_INPUT, "%s/mul8u.csv:%d: mul8u_%s is listed twice", p->folder, line,
			entry->name);
	snprintf(path, sizeof(path), "%s/tables/mul8u_%s.bin", p->folder, entry->name);
	status = cas_mul_table_read(path, p->mul, sha256, err);
	if (status)
		return status;
	if (strcmp(sha256, entry->sha256))
		return cas_err_set(err, CAS_INPUT, "%s: sha256 is %s, mul8u.csv expects %s", path, sha256,
			entry->sha256);
	cas_mul_metrics_compute(p->mul, &metrics);
	status = cas_mul_claims_check(&entry->claims, &metrics, err);
	if (status)
		cas_err_prepend(err, "%s", path);
	else
		status = (p->add ? cas_mul_library_stage : cas_mul_library_enter)(p->lib, entry, p->mul, err);
	return status;
}

static cas_status import_rows(const struct pass *p, char *text, struct cas_err *err)
{
	char *line = text, *next;
	struct cas_mul_entry entry;
	cas_status status = CAS_OK;
	int number;

	for (number = 1; !status && (number == 1 || (line && *line)); line = next, number++) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line[strcspn(line, "\r")] = '\0';
		if (number == 1 && strcmp(line, HEADER))
			return cas_err_set(err, CAS_INPUT, "%s/mul8u.csv:1: expected the columns %s", p->folder,
				HEADER);
		if (number > 1 && !take_row(line, &entry))
			return cas_err_set(err, CAS_INPUT, "%s/mul8u.csv:%d: expected %d cells: mul8u_NAME, "
				"numbers, yes or no twice, sha256", p->folder, number, COLUMNS);
		if (number > 1)
			status = cas_mul_library_interrupted(p->lib, err);
		if (number > 1 && !status)
			status = import_one(p, &entry, number, err);
	}
	return status || number > 2 ? status : cas_err_set(err, CAS_INPUT, "%s/mul8u.csv:2: expected a multiplier", p->folder);
}

/* One pass over the summary, from the library as it is.  A pass that checks leaves it so, and so does one
 * that fails. */
static cas_status import_all(struct pass *p, struct cas_err *err)
{
	char path[1100], *text = NULL;
	size_t size_bytes;
	cas_status status;

	p->before = p->lib->count;
	snprintf(path, sizeof(path), "%s/mul8u.csv", p->folder);
	status = cas_file_read(path, CAS_YAML_MAX_BYTES, &text, &size_bytes, err);
	if (!status)
		status = import_rows(p, text, err);
	free(text);
	if (!p->add)
		p->lib->count = p->before;
	else if (status)
		cas_mul_library_drop(p->lib, p->before);
	return status;
}

/* The figures of the adders, kept as they are: no table of theirs is used. */
struct adders {
	char *text;
	size_t size_bytes;
};

/* The adders' file, then the manifest, which makes the tables part of the library.  A file of adders that
 * was there waits under another name, to come back by a rename, which needs no room on the disk. */
static cas_status finish(const struct pass *p, const struct adders *adders, struct cas_err *err)
{
	char path[sizeof(p->lib->folder) + 16], old[sizeof(path) + 16];
	cas_status status;
	int had;

	snprintf(path, sizeof(path), "%s/add8u.csv", p->lib->folder);
	snprintf(old, sizeof(old), "%s.old", path);
	had = rename(path, old) == 0;
	status = cas_outfile_write(path, adders->text, adders->size_bytes, err);
	if (status)
		cas_mul_library_drop(p->lib, p->before);
	else
		status = cas_mul_library_commit(p->lib, p->before, err);
	if (status && had)
		rename(old, path);
	else
		remove(status ? path : old);
	return status;
}

/* All under the lock: check again, since others may have added a name, then write. */
static cas_status import_locked(struct pass *p, const struct adders *adders, struct cas_err *err)
{
	cas_status status = import_all(p, err);

	p->add = 1;
	if (!status)
		status = import_all(p, err);
	return status ? status : finish(p, adders, err);
}

cas_status cas_mul_library_import_evoapprox(struct cas_mul_library *lib, const char *folder,
	int *added, struct cas_err *err)
{
	struct pass pass = {.lib = lib, .folder = folder};
	struct adders adders = {0};
	char path[1100];
	cas_status status;
	int lock;

	*added = 0;
	if (strlen(folder) > 1024)
		return cas_err_set(err, CAS_INPUT, "folder: longer than 1024 bytes");
	snprintf(path, sizeof(path), "%s/add8u.csv", folder);
	status = cas_mem_new((void **)&pass.mul, 1, sizeof(*pass.mul), err);
	/* Before the library is made, or touched. */
	if (!status)
		status = import_all(&pass, err);
	if (!status)
		status = cas_file_read(path, CAS_YAML_MAX_BYTES, &adders.text, &adders.size_bytes, err);
	if (!status)
		status = cas_mul_library_lock(lib, &lock, err);
	if (!status) {
		status = import_locked(&pass, &adders, err);
		cas_mul_library_unlock(lock);
	}
	if (!status)
		*added = lib->count - pass.before;
	free(adders.text);
	free(pass.mul);
	return status;
}
