/* A temporary folder of one's own. */
#ifndef CAS_STUDY_MUL_WORKDIR_H
#define CAS_STUDY_MUL_WORKDIR_H

#include <stddef.h>

#include "base/status.h"

struct cas_workdir {
	char path[512];
};

/* Made below $TMPDIR, or /tmp; readable by its owner only.
 * Errors: CAS_ENV if it cannot be made. */
cas_status cas_workdir_make(struct cas_workdir *dir, struct cas_err *err);

/* Make CAS_WORKDIR_INCLUDE in it a link to the folder that holds the file `path`, so that tools find what the
 * file includes, whatever characters that folder's name has.
 * Errors: CAS_INPUT for too long a path; CAS_ENV. */
#define CAS_WORKDIR_INCLUDE "include"
cas_status cas_workdir_link_include(const struct cas_workdir *dir, const char *path, struct cas_err *err);

/* Remove it with all that is in it; links are removed, not followed. */
void cas_workdir_remove(struct cas_workdir *dir);

/* `out` gets the path of `name` in the folder. */
void cas_workdir_path(const struct cas_workdir *dir, const char *name, char *out, size_t out_bytes);

#endif
