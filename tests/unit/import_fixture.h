/* A library in a temporary folder, and files to import into it.  Include after cmocka.h. */
#ifndef TESTS_UNIT_IMPORT_FIXTURE_H
#define TESTS_UNIT_IMPORT_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "io/outfile.h"
#include "study/mul_import.h"
#include "study/mul_workdir.h"

struct fixture {
	struct cas_workdir home;
	struct cas_mul_library lib;
	struct cas_mul8u got, want;
	char path[600];
};

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct cas_err err = {""};

	*state = f;
	return cas_workdir_make(&f->home, &err) || cas_mul_library_name(f->home.path, &f->lib, &err);
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	cas_mul_library_close(&f->lib);
	cas_workdir_remove(&f->home);
	free(f);
	return 0;
}

static inline const char *file(struct fixture *f, const char *name, const char *text)
{
	struct cas_err err = {""};

	cas_workdir_path(&f->home, name, f->path, sizeof(f->path));
	assert_int_equal(cas_outfile_write(f->path, text, strlen(text), &err), CAS_OK);
	return f->path;
}

static inline struct cas_mul_import request(const char *path, const char *name)
{
	return (struct cas_mul_import){.source = {.path = path}, .name = name, .power_mw = -1,
		.area_um2 = -1, .delay_ns = -1};
}

static inline void expect_table(struct fixture *f, const char *name)
{
	struct cas_err err = {""};

	assert_int_equal(cas_mul_library_get(&f->lib, name, &f->got, &err), CAS_OK);
	assert_memory_equal(f->got.product, f->want.product, sizeof(f->want.product));
}

#endif
