/* Where the project's own files are: the folder that holds `mul8u_lib`, `models` and `configs`. */
#ifndef CAS_IO_HOME_H
#define CAS_IO_HOME_H

#include <stddef.h>

#include "base/status.h"

/* $CAPSACC_HOME if it is set and not empty, else the nearest folder above the running program that
 * holds `mul8u_lib` and `configs`.  `out` gets the path without a slash at its end.
 * Errors: CAS_ENV: neither leads to such a folder (says what to set), or the path is longer than
 * `out_bytes` - 1. */
cas_status cas_home_dir(char out[], size_t out_bytes, struct cas_err *err);

/* The rule itself, on given values: `setting` that of CAPSACC_HOME (NULL: not set), `program` the
 * path of the program's file (NULL: unknown). */
cas_status cas_home_find(const char *setting, const char *program, char out[], size_t out_bytes,
	struct cas_err *err);

/* Where a file or folder named on the command line is: `path` as given, unless that is relative, not there and
 * in `home`.  Returns `path`, or `out` [out_bytes], which then holds the place in home. */
const char *cas_home_file(const char *home, const char *path, char out[], size_t out_bytes);

#endif
