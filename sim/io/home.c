#include "io/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static int has_folder(const char *base, const char *name)
{
	char path[PATH_BYTES + 32];
	struct stat info;
	int length = snprintf(path, sizeof path, "%s/%s", base, name);

	return length > 0 && (size_t)length < sizeof path && !stat(path, &info) && S_ISDIR(info.st_mode);
}

static int is_home(const char *base)
{
	return has_folder(base, "mul8u_lib") && has_folder(base, "configs");
}

static cas_status give(const char *path, char out[], size_t out_bytes, struct cas_err *err)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	if (length >= out_bytes)
		return cas_err_set(err, CAS_ENV, "%s: path is longer than %zu bytes", path, out_bytes - 1);
	memcpy(out, path, length);
	out[length] = '\0';
	return CAS_OK;
}

/* Cut the last part off; 0: nothing is left to cut. */
static int go_up(char path[])
{
	char *slash = strrchr(path, '/');

	if (!slash || !path[1])
		return 0;
	slash[slash == path ? 1 : 0] = '\0';
	return 1;
}

cas_status cas_home_find(const char *setting, const char *program, char out[], size_t out_bytes,
	struct cas_err *err)
{
	char path[PATH_BYTES];

	if (setting && *setting) {
		if (!is_home(setting))
			return cas_err_set(err, CAS_ENV, "CAPSACC_HOME is %s, expected a folder that holds "
				"mul8u_lib and configs", setting);
		return give(setting, out, out_bytes, err);
	}
	if (program && strlen(program) < sizeof path) {
		memcpy(path, program, strlen(program) + 1);
		while (go_up(path))
			if (is_home(path))
				return give(path, out, out_bytes, err);
	}
	return cas_err_set(err, CAS_ENV, "no folder above %s holds mul8u_lib and configs: set "
		"CAPSACC_HOME to the folder of capsacc-sim that does", program ? program : "the program");
}

cas_status cas_home_dir(char out[], size_t out_bytes, struct cas_err *err)
{
	char program[PATH_BYTES];
	ssize_t length = readlink("/proc/self/exe", program, sizeof program);
	int known = length > 0 && (size_t)length < sizeof program;

	if (known)
		program[length] = '\0';
	return cas_home_find(getenv("CAPSACC_HOME"), known ? program : NULL, out, out_bytes, err);
}

const char *cas_home_file(const char *home, const char *path, char out[], size_t out_bytes)
{
	int length = snprintf(out, out_bytes, "%s/%s", home, path);
	struct stat info;

	if (path[0] == '/' || !stat(path, &info) || length < 0 || (size_t)length >= out_bytes || stat(out, &info))
		return path;
	return out;
}
