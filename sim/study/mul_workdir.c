#include "study/mul_workdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

cas_status cas_workdir_make(struct cas_workdir *dir, struct cas_err *err)
{
	const char *base = getenv("TMPDIR");
	int length;

	if (!base || !*base)
		base = "/tmp";
	if (base[0] != '/' || strpbrk(base, " \t\n"))
		return cas_err_set(err, CAS_ENV, "TMPDIR is '%.200s', expected an absolute path without spaces: make and Yosys "
			"need one", base);
	length = snprintf(dir->path, sizeof(dir->path), "%s/capsacc-XXXXXX", base);
	if (length < 0 || (size_t)length >= sizeof(dir->path))
		return cas_err_set(err, CAS_ENV, "TMPDIR: longer than %zu bytes", sizeof(dir->path));
	if (!mkdtemp(dir->path))
		return cas_err_set(err, CAS_ENV, "%s: %s", dir->path, strerror(errno));
	return CAS_OK;
}

/* Empty the folder `name` in `parent`, `depth` levels deep at most. */
static void empty_folder(int parent, const char *name, int depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!stream) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) == 0 || depth == 0)
			continue;
		empty_folder(fd, entry->d_name, depth - 1);
		unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	closedir(stream);
}

void cas_workdir_remove(struct cas_workdir *dir)
{
	empty_folder(AT_FDCWD, dir->path, 16);
	rmdir(dir->path);
}

cas_status cas_workdir_link_include(const struct cas_workdir *dir, const char *path, struct cas_err *err)
{
	char link[sizeof(dir->path) + 16], folder[PATH_MAX], here[PATH_MAX] = "";
	const char *slash = strrchr(path, '/');
	int length;

	if (path[0] != '/' && !getcwd(here, sizeof(here)))
		return cas_err_set(err, CAS_ENV, "the working directory cannot be named");
	length = snprintf(folder, sizeof(folder), "%s/%.*s", here, slash ? (int)(slash - path) : 0, path);
	if (length < 0 || (size_t)length >= sizeof(folder))
		return cas_err_set(err, CAS_INPUT, "%.200s...: the path is too long", path);
	cas_workdir_path(dir, CAS_WORKDIR_INCLUDE, link, sizeof(link));
	if (symlink(folder, link))
		return cas_err_set(err, CAS_ENV, "%s: %s", link, strerror(errno));
	return CAS_OK;
}

void cas_workdir_path(const struct cas_workdir *dir, const char *name, char *out, size_t out_bytes)
{
	snprintf(out, out_bytes, "%s/%s", dir->path, name);
}
