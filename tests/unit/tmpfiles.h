/* A folder for a test's files, made anew for each test and removed with what is in it. */
#ifndef TESTS_UNIT_TMPFILES_H
#define TESTS_UNIT_TMPFILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

struct tmp {
	char folder[64];
};

static inline int tmp_setup(void **state)
{
	struct tmp *tmp = calloc(1, sizeof *tmp);

	assert_non_null(tmp);
	snprintf(tmp->folder, sizeof tmp->folder, "/tmp/capsacc-test-XXXXXX");
	assert_non_null(mkdtemp(tmp->folder));
	*state = tmp;
	return 0;
}

/* Entries of a folder, "." and ".." apart. */
static inline int tmp_entries(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	int count = -2;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count++;
	closedir(dir);
	return count;
}

/* Empty the folder that `fd` is open on, and close it. */
static inline void tmp_empty(int fd)
{
	DIR *dir = fdopendir(fd);
	const struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (unlinkat(fd, entry->d_name, 0)) {
			tmp_empty(openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY));
			unlinkat(fd, entry->d_name, AT_REMOVEDIR);
		}
	}
	closedir(dir);
}

static inline int tmp_teardown(void **state)
{
	struct tmp *tmp = *state;

	tmp_empty(open(tmp->folder, O_RDONLY | O_DIRECTORY));
	assert_int_equal(rmdir(tmp->folder), 0);
	free(tmp);
	return 0;
}

/* The path of `name` in the folder, in `path` (256 bytes). */
static inline const char *tmp_path(const struct tmp *tmp, const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", tmp->folder, name);
	return path;
}

static inline void tmp_write(const char *path, const void *data, size_t size_bytes)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size_bytes, file), size_bytes);
	assert_int_equal(fclose(file), 0);
}

static inline void tmp_write_gz(const char *path, const void *data, unsigned size_bytes)
{
	gzFile file = gzopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(gzwrite(file, data, size_bytes), size_bytes);
	assert_int_equal(gzclose(file), Z_OK);
}

/* The message without the folder in front of it (which differs in each run). */
static inline const char *tmp_strip(const struct tmp *tmp, const char *text)
{
	size_t length = strlen(tmp->folder);

	return strncmp(text, tmp->folder, length) ? text : text + length + 1;
}

#endif
