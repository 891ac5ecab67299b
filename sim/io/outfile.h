/* Whole files in and out.  A file that is written appears under its name complete or not at all:
 * bytes go to `<path>.tmp.<pid>.<n>` in the same folder, which is renamed over `path` at the end and
 * removed on failure.  There is no fsync: a crash of the machine may lose a file, a crash of the
 * program or a full disk may not leave half of one.
 */
#ifndef CAS_IO_OUTFILE_H
#define CAS_IO_OUTFILE_H

#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

/* A file being written.  Open it, add to it, and end it with exactly one of _commit and _abort;
 * one failed _add makes _commit fail, so _add need not be checked. */
struct cas_outfile {
	FILE *stream;
	char *path, *temporary; /* owned */
	int failed_errno;       /* of the first failed write, 0: none */
};

/* Errors: CAS_ENV if the temporary cannot be created (errno's text); CAS_INPUT if `path` is empty, or is
 * there and is not a regular file (a device or a folder must not be renamed over). */
cas_status cas_outfile_open(struct cas_outfile *out, const char *path, struct cas_err *err);
void cas_outfile_add(struct cas_outfile *out, const void *data, size_t size_bytes);

/* Give the file its name.  Errors: CAS_ENV with errno's text; the temporary is gone then and a file
 * that had the name before is as it was. */
cas_status cas_outfile_commit(struct cas_outfile *out, struct cas_err *err);
void cas_outfile_abort(struct cas_outfile *out);

/* The three calls above in one.  Errors: theirs. */
cas_status cas_outfile_write(const char *path, const void *data, size_t size_bytes,
	struct cas_err *err);

/* Create folder `path` and those above it that are missing.
 * Errors: CAS_ENV, naming the folder that could not be made. */
cas_status cas_mkdirs(const char *path, struct cas_err *err);

/* Look whether `path`, or the nearest folder above it that is there, is a folder that can be written to,
 * so that long work need not end in "permission denied".
 * Errors: CAS_INPUT if `path` or what is above it is no folder; CAS_ENV if it cannot be written to. */
cas_status cas_folder_check(const char *path, struct cas_err *err);

/* Whether both paths lead to the same file or folder; 0 where one is not there. */
int cas_same_file(const char *a, const char *b);

/* Read a whole file (or pipe) of at most `max_bytes`.  *data belongs to the caller (free) and is
 * followed by one NUL that *size_bytes does not count.
 * Errors: CAS_INPUT if it cannot be opened, is a folder or is longer; CAS_ENV if reading fails. */
cas_status cas_file_read(const char *path, size_t max_bytes, char **data, size_t *size_bytes,
	struct cas_err *err);

/* The same for a file, not a pipe or a device, that may be gzip-compressed, told by its content, not its
 * name; `max_bytes` limits the bytes after decompression.  Several gzip streams may follow each other.
 * A compressed file is in memory beside what it holds until it is read.
 * Errors: also CAS_INPUT if it is no file, or a compressed stream is damaged, truncated or followed by
 * something else. */
cas_status cas_file_read_gz(const char *path, size_t max_bytes, char **data, size_t *size_bytes,
	struct cas_err *err);

#endif
