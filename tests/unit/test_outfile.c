#include "unit/tmpfiles.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "io/outfile.h"

static void assert_content(const char *path, const char *expected)
{
	struct cas_err err;
	size_t size;
	char *data;

	assert_int_equal(cas_file_read(path, 1000, &data, &size, &err), CAS_OK);
	assert_int_equal(size, strlen(expected));
	assert_string_equal(data, expected);
	free(data);
}

static void a_file_is_written_and_replaced_and_no_temporary_stays(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_err err;
	char path[256];

	tmp_path(tmp, "out", path);
	assert_int_equal(cas_outfile_write(path, "one", 3, &err), CAS_OK);
	assert_content(path, "one");
	assert_int_equal(cas_outfile_write(path, "second", 6, &err), CAS_OK);
	assert_content(path, "second");
	assert_int_equal(cas_outfile_write(path, "", 0, &err), CAS_OK);
	assert_content(path, "");
	assert_int_equal(tmp_entries(tmp->folder), 1);
}

static void pieces_are_joined_and_an_abandoned_file_never_appears(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_outfile out, second;
	struct cas_err err;
	char path[256];

	tmp_path(tmp, "out", path);
	assert_int_equal(cas_outfile_open(&out, path, &err), CAS_OK);
	assert_int_equal(cas_outfile_open(&second, path, &err), CAS_OK);
	cas_outfile_add(&out, "a", 1);
	cas_outfile_add(&out, "bc", 2);
	cas_outfile_add(&second, "x", 1);
	assert_int_equal(tmp_entries(tmp->folder), 2); /* each has its own temporary */
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(cas_outfile_commit(&out, &err), CAS_OK);
	cas_outfile_abort(&second);
	assert_content(path, "abc");
	assert_int_equal(tmp_entries(tmp->folder), 1);
}

/* A limit on the file's size stands for a full disk: write fails half way (with EFBIG). */
static void a_failed_write_leaves_the_old_file_and_nothing_else(void **state)
{
	const struct tmp *tmp = *state;
	struct rlimit old, small;
	char path[256], *big = calloc(1, 1 << 20);
	struct cas_err err;
	cas_status large, flushed;

	assert_non_null(big);
	tmp_write(tmp_path(tmp, "out", path), "old", 3);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){1000, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	large = cas_outfile_write(path, big, 1 << 20, &err);
	flushed = cas_outfile_write(path, big, 1001, &err); /* fits stdio's buffer: fails in fclose */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	free(big);
	assert_int_equal(large, CAS_ENV);
	assert_int_equal(flushed, CAS_ENV);
	assert_string_equal(tmp_strip(tmp, err.text), "out: cannot write: File too large");
	assert_content(path, "old");
	assert_int_equal(tmp_entries(tmp->folder), 1);
}

static void places_that_cannot_be_written_are_named(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_err err;
	char path[256];

	assert_int_equal(cas_outfile_write(tmp_path(tmp, "no/out", path), "x", 1, &err), CAS_ENV);
	assert_string_equal(tmp_strip(tmp, err.text),
		"no/out: cannot create: No such file or directory");
	assert_int_equal(cas_outfile_write("/dev/full", "x", 1, &err), CAS_INPUT);
	assert_string_equal(err.text, "/dev/full: is not a regular file, not replacing it");
	assert_int_equal(cas_outfile_write(tmp->folder, "x", 1, &err), CAS_INPUT);
	assert_int_equal(cas_outfile_write("", "x", 1, &err), CAS_INPUT);
	assert_string_equal(err.text, "the file to write has no name");
}

static void a_folder_that_cannot_be_written_to_is_known_before_the_work(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_err err;
	char path[256];

	assert_int_equal(cas_folder_check(tmp->folder, &err), CAS_OK);
	assert_int_equal(cas_folder_check(tmp_path(tmp, "a/b/c", path), &err), CAS_OK);
	assert_int_equal(cas_folder_check("not-there", &err), CAS_OK);
	assert_int_equal(cas_folder_check("not-there/nor-this/", &err), CAS_OK);
	assert_int_equal(cas_outfile_write(tmp_path(tmp, "file", path), "x", 1, &err), CAS_OK);
	assert_int_equal(cas_folder_check(path, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text), "file: is not a folder");
	assert_int_equal(cas_folder_check(tmp_path(tmp, "file/below", path), &err), CAS_ENV);
	assert_string_equal(tmp_strip(tmp, err.text), "file/below: Not a directory");
	assert_int_equal(unlink(tmp_path(tmp, "file", path)), 0);
}

static void folders_are_made_with_those_above_them(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_err err;
	struct stat info;
	char path[256];

	for (int again = 0; again < 2; again++)
		assert_int_equal(cas_mkdirs(tmp_path(tmp, "a//b/c/", path), &err), CAS_OK);
	assert_int_equal(stat(tmp_path(tmp, "a/b/c", path), &info), 0);
	assert_true(S_ISDIR(info.st_mode));
	assert_int_equal(cas_mkdirs(".", &err), CAS_OK);
	assert_int_equal(cas_mkdirs("/", &err), CAS_OK);
	assert_int_equal(cas_mkdirs("", &err), CAS_ENV);
	assert_string_equal(err.text, ": cannot create folder: No such file or directory");
	tmp_write(tmp_path(tmp, "a/file", path), "x", 1);
	assert_int_equal(cas_mkdirs(tmp_path(tmp, "a/file/d", path), &err), CAS_ENV);
	assert_string_equal(tmp_strip(tmp, err.text), "a/file: cannot create folder: Not a directory");
}

static void reading_stops_at_the_maximum(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_err err;
	char path[256], *data;
	size_t size;

	tmp_write(tmp_path(tmp, "in", path), "12345", 5);
	assert_int_equal(cas_file_read(path, 5, &data, &size, &err), CAS_OK);
	assert_string_equal(data, "12345");
	free(data);
	assert_int_equal(cas_file_read(path, 4, &data, &size, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text), "in: longer than 4 bytes");
	assert_null(data);
	tmp_write_gz(path, "12345", 5);
	assert_int_equal(cas_file_read_gz(path, 4, &data, &size, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text), "in: longer than 4 bytes");
	assert_int_equal(cas_file_read_gz(path, 5, &data, &size, &err), CAS_OK);
	assert_string_equal(data, "12345");
	free(data);
	assert_int_equal(cas_file_read("/dev/zero", 1 << 20, &data, &size, &err), CAS_INPUT);
	assert_string_equal(err.text, "/dev/zero: longer than 1048576 bytes");
	assert_int_equal(cas_file_read(tmp->folder, 4, &data, &size, &err), CAS_INPUT);
	assert_non_null(strstr(err.text, ": is a folder, expected a file"));
	assert_int_equal(cas_file_read_gz(tmp->folder, 4, &data, &size, &err), CAS_INPUT);
	assert_non_null(strstr(err.text, ": is a folder, expected a file"));
	assert_int_equal(cas_file_read(tmp_path(tmp, "none", path), 4, &data, &size, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text), "none: cannot open: No such file or directory");
}

/* Opening a pipe without a writer would otherwise wait for one. */
static void a_pipe_or_a_device_is_no_file_of_data(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_err err;
	char path[256], *data;
	size_t size;

	assert_int_equal(mkfifo(tmp_path(tmp, "pipe", path), 0600), 0);
	alarm(20);
	assert_int_equal(cas_file_read_gz(path, 4, &data, &size, &err), CAS_INPUT);
	alarm(0);
	assert_string_equal(tmp_strip(tmp, err.text), "pipe: is a pipe or a device, expected a file");
	assert_null(data);
	assert_int_equal(cas_file_read_gz("/dev/zero", 4, &data, &size, &err), CAS_INPUT);
	assert_string_equal(err.text, "/dev/zero: is a pipe or a device, expected a file");
}

static void what_follows_a_compressed_stream_is_another_or_refused(void **state)
{
	static const char *const tails[] = {"x", "junk", "\x1f", "\x1f\x8c..."};
	const struct tmp *tmp = *state;
	struct cas_err err;
	char path[256], bytes[200], expected[200], *data;
	size_t size, one;
	FILE *file;

	tmp_write_gz(tmp_path(tmp, "in", path), "12345", 5);
	file = fopen(path, "rb");
	assert_non_null(file);
	one = fread(bytes, 1, 100, file);
	fclose(file);
	memcpy(bytes + one, bytes, one);
	tmp_write(path, bytes, 2 * one);
	assert_int_equal(cas_file_read_gz(path, 10, &data, &size, &err), CAS_OK);
	assert_int_equal(size, 10);
	assert_string_equal(data, "1234512345");
	free(data);
	assert_int_equal(cas_file_read_gz(path, 9, &data, &size, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text), "in: longer than 9 bytes");
	tmp_write(path, bytes, 2 * one - 3);
	assert_int_equal(cas_file_read_gz(path, 10, &data, &size, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text), "in: compressed data is truncated");
	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		memcpy(bytes + one, tails[i], strlen(tails[i]));
		tmp_write(path, bytes, one + strlen(tails[i]));
		assert_int_equal(cas_file_read_gz(path, 10, &data, &size, &err), CAS_INPUT);
		snprintf(expected, sizeof expected, "in: byte %zu: %zu more bytes, expected the end after the "
			"compressed data", one, strlen(tails[i]));
		assert_string_equal(tmp_strip(tmp, err.text), expected);
		assert_null(data);
	}
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, tmp_setup, tmp_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(a_file_is_written_and_replaced_and_no_temporary_stays),
		EACH(pieces_are_joined_and_an_abandoned_file_never_appears),
		EACH(a_failed_write_leaves_the_old_file_and_nothing_else),
		EACH(places_that_cannot_be_written_are_named),
		EACH(folders_are_made_with_those_above_them),
		EACH(a_folder_that_cannot_be_written_to_is_known_before_the_work),
		EACH(reading_stops_at_the_maximum),
		EACH(a_pipe_or_a_device_is_no_file_of_data),
		EACH(what_follows_a_compressed_stream_is_another_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
