/* A network's files in a folder of their own, for the tests that load networks. */
#ifndef TESTS_NETWORK_FOLDER_H
#define TESTS_NETWORK_FOLDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/outfile.h"

static char folder[] = "/tmp/capsacc-test-XXXXXX";

static inline int set_up(void **state)
{
	(void)state;
	return !mkdtemp(folder);
}

static inline const char *in_folder(char path[300], const char *name)
{
	snprintf(path, 300, "%s/%s", folder, name);
	return path;
}

static inline int tear_down(void **state)
{
	char path[300];

	(void)state;
	remove(in_folder(path, "network.yaml"));
	remove(in_folder(path, "weights.safetensors"));
	return rmdir(folder);
}

static inline void write_yaml(const char *text)
{
	char path[300];
	struct cas_err err;

	assert_int_equal(cas_outfile_write(in_folder(path, "network.yaml"), text, strlen(text), &err), CAS_OK);
}

#endif
