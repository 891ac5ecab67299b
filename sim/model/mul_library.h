/* The multiplier library: a folder `mul8u_lib` with manifest.yaml and one raw table a multiplier.
 * Format and provenance: docs/multipliers.md.
 */
#ifndef CAS_MODEL_MUL_LIBRARY_H
#define CAS_MODEL_MUL_LIBRARY_H

#include <signal.h>

#include "arith/mul8u.h"
#include "arith/mul8u_claims.h"
#include "base/status.h"

#define CAS_MUL_LIBRARY_FOLDER "mul8u_lib"
#define CAS_MUL_LIBRARY_MAX 1024 /* entries */
/* The exact multiplier: yardstick of power and area, and the squash unit's unless named otherwise: that unit
 * stands beside the array and has multipliers of its own. */
#define CAS_MUL_EXACT "1JFF"

/* What the manifest says of one multiplier.  Power, area and delay are at 45 nm as the source
 * publishes them; negative where it states none (power is then unknown, not zero). */
struct cas_mul_entry {
	char name[CAS_MUL8U_NAME]; /* letters, digits, '_', '-', '.'; unique */
	char file[64];             /* in the library's folder */
	char sha256[65];           /* of the file, lower-case hex */
	char source[128];
	char licence[32];
	int is_signed;             /* a signed multiplier's table (arith/mul8u.h) */
	double power_mw, area_um2, delay_ns;
	struct cas_mul_claims claims; /* published error figures, as printed */
};

struct cas_mul_library {
	char folder[1024];
	struct cas_mul_entry *entries; /* [count], in the manifest's order, owned */
	int count;
	/* For cas_mul_library_lock; the caller's, after the opening; may be NULL. */
	const volatile sig_atomic_t *stop;      /* non-zero: give up */
	void (*waiting)(const char *lock_file); /* called once if somebody else has held it for a second */
};

/* Read HOME_DIR/mul8u_lib/manifest.yaml; tables are read when they are asked for.  Free with
 * cas_mul_library_close, also after an error.
 * Errors: CAS_INPUT with file:line:column for a missing or malformed manifest. */
cas_status cas_mul_library_open(const char *home_dir, struct cas_mul_library *lib,
	struct cas_err *err);
/* The same for the folder itself (multipliers.library of a run). */
cas_status cas_mul_library_open_folder(const char *folder, struct cas_mul_library *lib,
	struct cas_err *err);
void cas_mul_library_close(struct cas_mul_library *lib);

/* The entry called `name`; "NGR" and "mul8u_NGR" are the same multiplier.  The entry belongs to
 * the library.
 * Errors: CAS_INPUT, with the nearest name that there is. */
cas_status cas_mul_library_find(const struct cas_mul_library *lib, const char *name,
	const struct cas_mul_entry **out, struct cas_err *err);

/* Read an entry's table into *mul (caller's memory, 128 KiB).
 * Errors: CAS_INPUT if the file is missing, is not 131,072 bytes, or has another sha256. */
cas_status cas_mul_library_load(const struct cas_mul_library *lib,
	const struct cas_mul_entry *entry, struct cas_mul8u *mul, struct cas_err *err);

/* Find and load in one call. */
cas_status cas_mul_library_get(const struct cas_mul_library *lib, const char *name,
	struct cas_mul8u *mul, struct cas_err *err);

/* Whether a multiplier of this name could be added.
 * Errors: CAS_INPUT if the name is taken or is no valid name. */
cas_status cas_mul_library_may_add(const struct cas_mul_library *lib, const char *name,
	struct cas_err *err);

/* Make the library's folder if need be, wait until nobody else changes it (flock on its file .lock), read
 * what others have added meanwhile, and keep them out until cas_mul_library_unlock(*lock).  Pointers to
 * entries end here.
 * Errors: as cas_mul_library_open; CAS_ENV if the folder cannot be written to; CAS_INTERRUPTED if
 * *lib->stop was set. */
cas_status cas_mul_library_lock(struct cas_mul_library *lib, int *lock, struct cas_err *err);
void cas_mul_library_unlock(int lock);

/* Write `mul` and its entry to the locked library, and the manifest anew; entry->file, entry->sha256
 * and entry->is_signed are filled in here.  Each file appears whole or not at all, the manifest last, so
 * that nothing is half-imported.  The new entry is the last.
 * Errors: CAS_INPUT if the name is taken or is no valid name; CAS_ENV if a file cannot be
 * written. */
cas_status cas_mul_library_put(struct cas_mul_library *lib, const struct cas_mul_entry *entry,
	const struct cas_mul8u *mul, struct cas_err *err);

/* Lock, put, unlock. */
cas_status cas_mul_library_add(struct cas_mul_library *lib, const struct cas_mul_entry *entry,
	const struct cas_mul8u *mul, struct cas_err *err);

/* An empty library in HOME_DIR; nothing is read, and its folder is made when it is first locked.
 * Errors: CAS_INPUT for too long a path. */
cas_status cas_mul_library_name(const char *home_dir, struct cas_mul_library *lib,
	struct cas_err *err);

/* Build the EvoApprox8B part from a folder with mul8u.csv and tables/NAME.bin: sha256 and error
 * figures of every table are checked against the CSV before the library is touched.  add8u.csv, the figures
 * of the adders, is copied.  *added gets their number; they are the last entries.  On failure the library is
 * as it was: the manifest is written once, at the end, and files written before it are removed.
 * Errors: CAS_INPUT with file:line; CAS_MISMATCH if a table disagrees with its figures; CAS_ENV. */
cas_status cas_mul_library_import_evoapprox(struct cas_mul_library *lib, const char *folder,
	int *added, struct cas_err *err);

#endif
