#include "io/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Temporaries of one process that may be left over or in use at a time. */
enum { MAX_TEMPORARIES = 100 };

static void clear(struct cas_outfile *out)
{
	free(out->path);
	free(out->temporary);
	*out = (struct cas_outfile){0};
}

/* O_EXCL: a leftover of a crashed process with our number, or a link laid by someone else, must not
 * be written through. */
static int create_temporary(struct cas_outfile *out, size_t room_bytes)
{
	int fd = -1;

	for (int i = 0; i < MAX_TEMPORARIES; i++) {
		snprintf(out->temporary, room_bytes, "%s.tmp.%ld.%d", out->path, (long)getpid(), i);
		fd = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd >= 0 || errno != EEXIST)
			break;
	}
	return fd;
}

cas_status cas_outfile_open(struct cas_outfile *out, const char *path, struct cas_err *err)
{
	size_t length = strlen(path), room_bytes = length + 48;
	struct stat info;
	void *memory;
	cas_status status;
	int fd;

	*out = (struct cas_outfile){0};
	if (!path[0])
		return cas_err_set(err, CAS_INPUT, "the file to write has no name");
	if (!stat(path, &info) && !S_ISREG(info.st_mode))
		return cas_err_set(err, CAS_INPUT, "%s: is not a regular file, not replacing it", path);
	status = cas_mem_new(&memory, length + 1, 1, err);
	if (status)
		return status;
	out->path = memory;
	memcpy(out->path, path, length + 1);
	status = cas_mem_new(&memory, room_bytes, 1, err);
	if (status) {
		clear(out);
		return status;
	}
	out->temporary = memory;
	fd = create_temporary(out, room_bytes);
	if (fd >= 0)
		out->stream = fdopen(fd, "wb");
	if (!out->stream) {
		status = cas_err_set(err, CAS_ENV, "%s: cannot create: %s", path, strerror(errno));
		if (fd >= 0) {
			close(fd);
			unlink(out->temporary);
		}
		clear(out);
	}
	return status;
}

void cas_outfile_add(struct cas_outfile *out, const void *data, size_t size_bytes)
{
	if (!size_bytes || out->failed_errno)
		return;
	if (fwrite(data, 1, size_bytes, out->stream) != size_bytes)
		out->failed_errno = errno ? errno : EIO;
}

cas_status cas_outfile_commit(struct cas_outfile *out, struct cas_err *err)
{
	cas_status status = CAS_OK;
	int failed = out->failed_errno;

	/* A full disk may show only here, when the last block is flushed. */
	if (fclose(out->stream) && !failed)
		failed = errno ? errno : EIO;
	if (failed)
		status = cas_err_set(err, CAS_ENV, "%s: cannot write: %s", out->path, strerror(failed));
	else if (rename(out->temporary, out->path))
		status = cas_err_set(err, CAS_ENV, "%s: cannot rename %s to it: %s", out->path,
			out->temporary, strerror(errno));
	if (status)
		unlink(out->temporary);
	clear(out);
	return status;
}

void cas_outfile_abort(struct cas_outfile *out)
{
	if (!out->stream)
		return;
	fclose(out->stream);
	unlink(out->temporary);
	clear(out);
}

cas_status cas_outfile_write(const char *path, const void *data, size_t size_bytes,
	struct cas_err *err)
{
	struct cas_outfile out;
	cas_status status = cas_outfile_open(&out, path, err);

	if (status)
		return status;
	cas_outfile_add(&out, data, size_bytes);
	return cas_outfile_commit(&out, err);
}

static cas_status make_one(const char *path, struct cas_err *err)
{
	struct stat info;
	int failed;

	if (!mkdir(path, 0777))
		return CAS_OK;
	failed = errno;
	/* Some file systems say EROFS or EACCES for a folder that is there; ask for the folder itself. */
	if (!stat(path, &info)) {
		if (S_ISDIR(info.st_mode))
			return CAS_OK;
		failed = ENOTDIR;
	}
	return cas_err_set(err, CAS_ENV, "%s: cannot create folder: %s", path, strerror(failed));
}

cas_status cas_mkdirs(const char *path, struct cas_err *err)
{
	size_t length = strlen(path);
	void *memory;
	char *part;
	cas_status status = cas_mem_new(&memory, length + 1, 1, err);

	if (status)
		return status;
	part = memory;
	memcpy(part, path, length + 1);
	for (size_t i = 1; i < length && !status; i++) {
		if (part[i] != '/' || part[i - 1] == '/')
			continue;
		part[i] = '\0';
		status = make_one(part, err);
		part[i] = '/';
	}
	if (!status)
		status = make_one(path, err);
	free(part);
	return status;
}

cas_status cas_folder_check(const char *path, struct cas_err *err)
{
	size_t bytes = strlen(path) + 1;
	void *memory;
	struct stat info;
	char *part, *slash;
	cas_status status = cas_mem_new(&memory, bytes + 2, 1, err);

	if (status)
		return status;
	part = memory;
	memcpy(part, path, bytes);
	while (stat(part, &info) && errno == ENOENT && (slash = strrchr(part, '/')) && slash != part)
		*slash = '\0';
	if (stat(part, &info) && errno == ENOENT)
		memcpy(part, part[0] == '/' ? "/" : ".", 2); /* a name alone, or directly below the root */
	if (!stat(part, &info) && !S_ISDIR(info.st_mode))
		status = cas_err_set(err, CAS_INPUT, "%s: is not a folder", part);
	else if (access(part, W_OK | X_OK))
		status = cas_err_set(err, CAS_ENV, "%s: %s", part, strerror(errno));
	free(part);
	return status;
}

int cas_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}
