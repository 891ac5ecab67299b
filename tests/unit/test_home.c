#include "unit/tmpfiles.h"

#include "io/home.h"
#include "io/outfile.h"

static void make_home(const struct tmp *tmp)
{
	struct cas_err err;
	char path[256];

	assert_int_equal(cas_mkdirs(tmp_path(tmp, "home/mul8u_lib", path), &err), CAS_OK);
	assert_int_equal(cas_mkdirs(tmp_path(tmp, "home/configs", path), &err), CAS_OK);
	assert_int_equal(cas_mkdirs(tmp_path(tmp, "home/build/configs", path), &err), CAS_OK);
}

static void the_setting_is_taken_and_checked(void **state)
{
	const struct tmp *tmp = *state;
	char path[256], out[256], expected[512];
	struct cas_err err;

	make_home(tmp);
	assert_int_equal(cas_home_find(tmp_path(tmp, "home//", path), "/x", out, sizeof out, &err), CAS_OK);
	assert_string_equal(out, tmp_path(tmp, "home", path));
	assert_int_equal(cas_home_find(tmp_path(tmp, "home/build", path), path, out, sizeof out, &err),
		CAS_ENV);
	snprintf(expected, sizeof expected, "CAPSACC_HOME is %s, expected a folder that holds mul8u_lib "
		"and configs", path);
	assert_string_equal(err.text, expected);
}

static void without_a_setting_the_nearest_folder_above_the_program_is_found(void **state)
{
	const struct tmp *tmp = *state;
	char path[256], home[256], out[256];
	struct cas_err err;

	make_home(tmp);
	tmp_path(tmp, "home", home);
	tmp_path(tmp, "home/build/tests/unit/program", path); /* home/build has no mul8u_lib */
	assert_int_equal(cas_home_find("", path, out, sizeof out, &err), CAS_OK);
	assert_string_equal(out, home);
	assert_int_equal(cas_home_find(NULL, path, out, strlen(home) + 1, &err), CAS_OK);
	assert_int_equal(cas_home_find(NULL, path, out, strlen(home), &err), CAS_ENV);
}

static void a_program_outside_is_told_what_to_set(void **state)
{
	char out[256];
	struct cas_err err;

	(void)state;
	assert_int_equal(cas_home_find(NULL, "/none/bin/program", out, sizeof out, &err), CAS_ENV);
	assert_string_equal(err.text, "no folder above /none/bin/program holds mul8u_lib and configs: set "
		"CAPSACC_HOME to the folder of capsacc-sim that does");
	assert_int_equal(cas_home_find(NULL, NULL, out, sizeof out, &err), CAS_ENV);
	assert_string_equal(err.text, "no folder above the program holds mul8u_lib and configs: set "
		"CAPSACC_HOME to the folder of capsacc-sim that does");
}

static void the_environment_variable_is_used(void **state)
{
	const struct tmp *tmp = *state;
	char path[256], out[256];
	struct cas_err err;

	make_home(tmp);
	assert_int_equal(setenv("CAPSACC_HOME", tmp_path(tmp, "home", path), 1), 0);
	assert_int_equal(cas_home_dir(out, sizeof out, &err), CAS_OK);
	assert_string_equal(out, path);
	unsetenv("CAPSACC_HOME");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_setting_is_taken_and_checked, tmp_setup, tmp_teardown),
		cmocka_unit_test_setup_teardown(
			without_a_setting_the_nearest_folder_above_the_program_is_found, tmp_setup,
			tmp_teardown),
		cmocka_unit_test(a_program_outside_is_told_what_to_set),
		cmocka_unit_test_setup_teardown(the_environment_variable_is_used, tmp_setup, tmp_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
