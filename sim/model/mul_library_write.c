#include <errno.h>
#include <fcntl.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/outfile.h"
#include "model/mul_manifest.h"

cas_status cas_mul_library_name(const char *home_dir, struct cas_mul_library *lib,
	struct cas_err *err)
{
	int length;

	*lib = (struct cas_mul_library){0};
	length = snprintf(lib->folder, sizeof(lib->folder), "%s/%s", home_dir, CAS_MUL_LIBRARY_FOLDER);
	if (length < 0 || (size_t)length >= sizeof(lib->folder))
		return cas_err_set(err, CAS_INPUT, "multiplier library: path longer than %zu bytes",
			sizeof(lib->folder));
	return CAS_OK;
}

static cas_status write_file(const struct cas_mul_library *lib, const char *name, const void *data,
	size_t size_bytes, struct cas_err *err)
{
	char path[sizeof(lib->folder) + 80];

	snprintf(path, sizeof(path), "%s/%s", lib->folder, name);
	return cas_outfile_write(path, data, size_bytes, err);
}

static cas_status write_table(const struct cas_mul_library *lib, struct cas_mul_entry *entry,
	const struct cas_mul8u *mul, struct cas_err *err)
{
	void *memory;
	cas_status status = cas_mem_new(&memory, CAS_MUL8U_BYTES, 1, err);

	if (status)
		return status;
	cas_mul8u_to_bytes(mul, memory);
	SHA256Data(memory, CAS_MUL8U_BYTES, entry->sha256);
	status = write_file(lib, entry->file, memory, CAS_MUL8U_BYTES, err);
	free(memory);
	return status;
}

static cas_status write_manifest(const struct cas_mul_library *lib, struct cas_err *err)
{
	struct cas_buf buf;
	cas_status status;

	cas_buf_init(&buf, CAS_YAML_MAX_BYTES);
	cas_mul_manifest_print(lib, &buf);
	status = cas_buf_check(&buf, err);
	if (!status)
		status = write_file(lib, CAS_MUL_MANIFEST_FILE, buf.data, buf.size_bytes, err);
	cas_buf_clear(&buf);
	return status;
}

cas_status cas_mul_library_may_add(const struct cas_mul_library *lib, const char *name,
	struct cas_err *err)
{
	if (!cas_mul_name_valid(name))
		return cas_err_set(err, CAS_INPUT, "'%.40s' is no name for a multiplier, expected 1 to %d "
			"letters, digits, '_', '-', '.'", name, CAS_MUL8U_NAME - 1);
	if (cas_mul_library_lookup(lib, name))
		return cas_err_set(err, CAS_INPUT, "%s: a multiplier '%s' is already in the library",
			lib->folder, name);
	return CAS_OK;
}

/* The entries as they are on disk now; a library that has no manifest yet stays as it is. */
static cas_status read_again(struct cas_mul_library *lib, struct cas_err *err)
{
	char path[sizeof(lib->folder) + 32];
	struct cas_mul_library now;
	cas_status status;

	snprintf(path, sizeof(path), "%s/%s", lib->folder, CAS_MUL_MANIFEST_FILE);
	if (access(path, F_OK) && errno == ENOENT)
		return CAS_OK;
	status = cas_mul_library_open_folder(lib->folder, &now, err);
	if (status) {
		cas_mul_library_close(&now);
		return status;
	}
	now.stop = lib->stop;
	now.waiting = lib->waiting;
	cas_mul_library_close(lib);
	*lib = now;
	return CAS_OK;
}

cas_status cas_mul_library_interrupted(const struct cas_mul_library *lib, struct cas_err *err)
{
	return lib->stop && *lib->stop ? cas_err_set(err, CAS_INTERRUPTED, "interrupted") : CAS_OK;
}

/* Asks again and again: a flock that waits would begin anew after a signal that is caught. */
static cas_status wait_for(const struct cas_mul_library *lib, int lock, const char *path,
	struct cas_err *err)
{
	const struct timespec pause = {0, 20000000};
	const int told_after = 50; /* pauses: a second */
	cas_status status = cas_mul_library_interrupted(lib, err);

	for (int pauses = 1; !status && flock(lock, LOCK_EX | LOCK_NB); pauses++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return cas_err_set(err, CAS_ENV, "%s: %s", path, strerror(errno));
		if (pauses == told_after && lib->waiting)
			lib->waiting(path);
		nanosleep(&pause, NULL);
		status = cas_mul_library_interrupted(lib, err);
	}
	return status;
}

cas_status cas_mul_library_lock(struct cas_mul_library *lib, int *lock, struct cas_err *err)
{
	char path[sizeof(lib->folder) + 32];
	cas_status status = cas_mkdirs(lib->folder, err);

	if (status)
		return status;
	snprintf(path, sizeof(path), "%s/.lock", lib->folder);
	*lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (*lock < 0)
		return cas_err_set(err, CAS_ENV, "%s: %s", path, strerror(errno));
	status = wait_for(lib, *lock, path, err);
	if (!status)
		status = read_again(lib, err);
	if (status)
		cas_mul_library_unlock(*lock);
	return status;
}

void cas_mul_library_unlock(int lock)
{
	close(lock);
}

cas_status cas_mul_library_add(struct cas_mul_library *lib, const struct cas_mul_entry *entry,
	const struct cas_mul8u *mul, struct cas_err *err)
{
	int lock;
	cas_status status = cas_mul_library_lock(lib, &lock, err);

	if (status)
		return status;
	status = cas_mul_library_put(lib, entry, mul, err);
	cas_mul_library_unlock(lock);
	return status;
}

/* A file that no entry names is not the library's to write over, or to drop if something fails. */
static cas_status check_free(const struct cas_mul_library *lib, const char *name, struct cas_err *err)
{
	char path[sizeof(lib->folder) + sizeof(lib->entries->file) + 1];

	snprintf(path, sizeof(path), "%s/%s", lib->folder, name);
	if (access(path, F_OK))
		return CAS_OK;
	return cas_err_set(err, CAS_INPUT, "%s: is there, but not in the library's manifest: yours, to be moved away, or "
		"left by an import that was killed, to be removed", path);
}

cas_status cas_mul_library_enter(struct cas_mul_library *lib, const struct cas_mul_entry *entry,
	const struct cas_mul8u *mul, struct cas_err *err)
{
	struct cas_mul_entry *more, mine = *entry;
	cas_status status = cas_mul_library_may_add(lib, entry->name, err);

	snprintf(mine.file, sizeof(mine.file), "%s.bin", mine.name);
	if (!status)
		status = check_free(lib, mine.file, err);
	if (status)
		return status;
	if (lib->count >= CAS_MUL_LIBRARY_MAX)
		return cas_err_set(err, CAS_INPUT, "%s: a library holds at most %d multipliers", lib->folder,
			CAS_MUL_LIBRARY_MAX);
	more = realloc(lib->entries, sizeof(*more) * ((size_t)lib->count + 1));
	if (!more)
		return cas_err_set(err, CAS_ENV, "out of memory");
	mine.is_signed = mul->is_signed;
	lib->entries = more;
	lib->entries[lib->count++] = mine;
	return CAS_OK;
}

cas_status cas_mul_library_stage(struct cas_mul_library *lib, const struct cas_mul_entry *entry,
	const struct cas_mul8u *mul, struct cas_err *err)
{
	cas_status status = cas_mul_library_enter(lib, entry, mul, err);

	if (status)
		return status;
	status = write_table(lib, &lib->entries[lib->count - 1], mul, err);
	lib->count -= status != CAS_OK; /* there is no file of it to drop */
	return status;
}

void cas_mul_library_drop(struct cas_mul_library *lib, int count)
{
	char path[sizeof(lib->folder) + sizeof(lib->entries->file) + 1];

	while (lib->count > count) {
		snprintf(path, sizeof(path), "%s/%s", lib->folder, lib->entries[--lib->count].file);
		unlink(path);
	}
}

cas_status cas_mul_library_commit(struct cas_mul_library *lib, int count, struct cas_err *err)
{
	cas_status status = write_manifest(lib, err);

	if (status)
		cas_mul_library_drop(lib, count);
	return status;
}

cas_status cas_mul_library_put(struct cas_mul_library *lib, const struct cas_mul_entry *entry,
	const struct cas_mul8u *mul, struct cas_err *err)
{
	int count = lib->count;
	cas_status status = cas_mul_library_stage(lib, entry, mul, err);

	return status ? status : cas_mul_library_commit(lib, count, err);
}
