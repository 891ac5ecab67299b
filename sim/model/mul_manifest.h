/* The manifest's format, shared by the reading and the writing half of the library. */
#ifndef CAS_MODEL_MUL_MANIFEST_H
#define CAS_MODEL_MUL_MANIFEST_H

#include "io/schema.h"
#include "model/mul_library.h"

#define CAS_MUL_MANIFEST_FILE "manifest.yaml"
#define CAS_MUL_MANIFEST_SCHEMA "capsacc-multipliers/1"

/* Keys of one entry of `multipliers`, for struct cas_mul_entry. */
const struct cas_schema *cas_mul_manifest_schema(void);

/* 1 to 31 letters, digits, '_', '-', '.', the first a letter or digit: safe as a file name. */
int cas_mul_name_valid(const char *name);

/* The whole manifest as YAML. */
void cas_mul_manifest_print(const struct cas_mul_library *lib, struct cas_buf *buf);

/* The entry called `name`, with or without "mul8u_", or NULL. */
const struct cas_mul_entry *cas_mul_library_lookup(const struct cas_mul_library *lib,
	const char *name);

/* Read a raw table; sha256 (with NUL) is of the file's bytes.  mul->name and is_signed are left alone.
 * Errors: CAS_INPUT `path: ...` if it cannot be read or has another size. */
cas_status cas_mul_table_read(const char *path, struct cas_mul8u *mul, char sha256[65],
	struct cas_err *err);

/* CAS_INTERRUPTED once *lib->stop is set. */
cas_status cas_mul_library_interrupted(const struct cas_mul_library *lib, struct cas_err *err);

/* Adding, in steps, to a locked library; until the manifest is written nobody sees what was added.
 * _enter: a further entry in memory, entry->file and is_signed filled in; _stage: that, and its table's
 * file; _commit: the manifest; _drop: the entries from index `count` on and their files gone again.  A
 * failed _stage leaves out what it was to add, a failed _commit also does the _drop.
 * Errors: CAS_INPUT if the name is taken or unfit, its file is there already, or the library is full; CAS_ENV. */
cas_status cas_mul_library_enter(struct cas_mul_library *lib, const struct cas_mul_entry *entry,
	const struct cas_mul8u *mul, struct cas_err *err);
cas_status cas_mul_library_stage(struct cas_mul_library *lib, const struct cas_mul_entry *entry,
	const struct cas_mul8u *mul, struct cas_err *err);
cas_status cas_mul_library_commit(struct cas_mul_library *lib, int count, struct cas_err *err);
void cas_mul_library_drop(struct cas_mul_library *lib, int count);

#endif
