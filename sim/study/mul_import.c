#include "study/mul_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/plain_text.h"
#include "model/mul_format.h"
#include "model/mul_manifest.h"
#include "study/mul_signed.h"

static int is_source(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (strcmp(dot, ".c") == 0 || strcmp(dot, ".v") == 0 || strcmp(dot, ".sv") == 0);
}

static cas_status read_as_is(const struct cas_mul_import *import, struct cas_mul8u *mul,
	struct cas_mul_header *header, struct cas_err *err)
{
	enum cas_mul_format format;
	cas_status status;

	if (is_source(import->source.path))
		return cas_mul_source_tabulate(&import->source, mul, header, err);
	cas_mul_header_parse(NULL, header);
	status = cas_mul_format_of(import->source.path, &format, err);
	if (status)
		return cas_err_set(err, CAS_INPUT, "%s: a multiplier's file name ends in .c, .v, .sv, .bin, "
			".raw, .hex, .mem, .csv or .npy", import->source.path);
	return cas_mul_format_read(import->source.path, format, mul, err);
}

static cas_status read_any(const struct cas_mul_import *import, struct cas_mul8u *mul,
	struct cas_mul_header *header, struct cas_err *err)
{
	struct cas_mul8u *as_is;
	void *memory;
	cas_status status = cas_mem_new(&memory, 1, sizeof(*as_is), err);

	if (status)
		return status;
	as_is = memory;
	as_is->is_signed = import->source.is_signed;
	status = read_as_is(import, as_is, header, err);
	if (!status)
		cas_mul8u_transform(as_is, import->swap, 0, mul);
	free(memory);
	return status;
}

/* Compare with the header, in the file's own number format, then bring the table into the library's. */
static cas_status check(const struct cas_mul_import *import, struct cas_mul8u *mul,
	struct cas_mul_header *header, struct cas_err *err)
{
	int by_magnitude = import->source.is_signed && !import->keep_signed;
	struct cas_mul_metrics metrics;
	cas_status status;

	cas_mul_metrics_compute(mul, &metrics);
	status = cas_mul_claims_check(&header->claims, &metrics, err);
	if (status && !import->force) {
		char text[sizeof(err->text)];

		memcpy(text, err->text, sizeof(text));
		return cas_err_set(err, status, "%s: header: %.700s; --force imports it all the same",
			import->source.path, text);
	}
	if (status || by_magnitude)
		header->claims = (struct cas_mul_claims){0};
	if (by_magnitude)
		cas_mul_signed_to_magnitude(mul);
	return CAS_OK;
}

static double pick(double given, double stated)
{
	return given >= 0 ? given : stated;
}

static cas_status describe(const struct cas_mul_import *import, const struct cas_mul_header *header,
	struct cas_mul_entry *entry, struct cas_err *err)
{
	const char *origin = import->origin ? import->origin : "";
	const char *licence = import->licence ? import->licence : "";

	if (strlen(origin) >= sizeof(entry->source) || strlen(licence) >= sizeof(entry->licence))
		return cas_err_set(err, CAS_INPUT, "--source takes %zu bytes, --licence %zu",
			sizeof(entry->source) - 1, sizeof(entry->licence) - 1);
	if (cas_plain_text_check(origin, err) || cas_plain_text_check(licence, err)) {
		cas_err_prepend(err, "--source, --licence"); /* the manifest could not be read again */
		return CAS_INPUT;
	}
	snprintf(entry->source, sizeof(entry->source), "%s", origin);
	snprintf(entry->licence, sizeof(entry->licence), "%s", licence);
	entry->power_mw = pick(import->power_mw, header->power_mw);
	entry->area_um2 = pick(import->area_um2, header->area_um2);
	entry->delay_ns = pick(import->delay_ns, header->delay_ns);
	entry->claims = header->claims;
	return CAS_OK;
}

cas_status cas_mul_import_run(struct cas_mul_library *lib, const struct cas_mul_import *import,
	struct cas_mul_entry *entry, struct cas_err *err)
{
	struct cas_mul_entry mine = {0};
	struct cas_mul_header header;
	struct cas_mul8u *mul;
	void *memory;
	cas_status status;

	status = cas_mul_library_may_add(lib, import->name, err);
	if (status)
		return status;
	snprintf(mine.name, sizeof(mine.name), "%s", import->name);
	status = cas_mem_new(&memory, 1, sizeof(*mul), err);
	if (status)
		return status;
	mul = memory;
	status = read_any(import, mul, &header, err);
	if (!status)
		status = check(import, mul, &header, err);
	if (!status)
		status = describe(import, &header, &mine, err);
	if (!status)
		status = cas_mul_library_add(lib, &mine, mul, err);
	if (!status && entry)
		*entry = lib->entries[lib->count - 1];
	free(memory);
	return status;
}
