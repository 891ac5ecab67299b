/* Do run files, overrides and defaults give the configuration that the table promises? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/outfile.h"
#include "study/run_config.h"

static char folder[] = "/tmp/capsacc-test-XXXXXX";
static char here[512];

static int set_up(void **state)
{
	(void)state;
	return !mkdtemp(folder) || !getcwd(here, sizeof here);
}

static int tear_down(void **state)
{
	char path[600];
	(void)state;
	static const char *const names[] = {"run.yaml", "again.yaml", "across.yaml", "net"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		remove(path);
	}
	return rmdir(folder);
}

static const char *in_folder(char path[600], const char *name)
{
	snprintf(path, 600, "%s/%s", folder, name);
	return path;
}

static void defaults(struct cas_run_config *config, const char *home)
{
	struct cas_err err = {""};
	if (cas_run_config_load(NULL, NULL, 0, home, config, &err))
		fail_msg("%s", err.text);
}

static void defaults_are_those_of_the_design(void **state)
{
	(void)state;
	struct cas_run_config c;
	defaults(&c, "/home-of-it");
	assert_string_equal(c.file, "");
	assert_string_equal(c.home, "/home-of-it");
	assert_string_equal(c.network_path, "/home-of-it/models/capsnet-digits");
	assert_string_equal(c.technology_file, "/home-of-it/configs/tech/45nm.yaml");
	assert_string_equal(c.multiplier_library, "/home-of-it/mul8u_lib");
	assert_int_equal(c.data_set, CAS_USE_DIGITS);
	assert_int_equal(c.data_split, CAS_USE_TEST);
	assert_int_equal(c.data_seed, 3);
	assert_string_equal(c.data_path, "");
	assert_int_equal(c.images, 1000);
	assert_int_equal(c.float_reference, 1);
	assert_int_equal(c.accel.rows, 16);
	assert_int_equal(c.accel.cols, 16);
	assert_true(c.accel.clock_mhz == 1000 / 3.0);
	assert_int_equal(c.accel.accumulator_depth, 512);
	assert_int_equal(c.accel.buffers.data_bytes, 256 * 1024);
	assert_int_equal(c.accel.buffers.v_bytes, 4096);
	assert_int_equal(c.accel.dram_beat_bytes, 16);
	assert_int_equal(c.accel.dram_latency_cycles, 32);
	assert_int_equal(c.accel.squash_lanes, 4);
	assert_int_equal(c.accel.skip_first_softmax, 1);
	assert_int_equal(c.accel.numerics.mapping, CAS_SIGN_MAGNITUDE_ALIGNED);
	assert_int_equal(c.accel.numerics.psum_bits, 25);
	assert_int_equal(c.accel.numerics.acc_bits, 32);
	assert_int_equal(c.accel.numerics.overflow, CAS_WRAP);
	assert_int_equal(c.accel.numerics.requant, CAS_REQUANT_MULTIPLIER);
	assert_string_equal(c.multiplier, "1JFF");
	assert_int_equal(c.multiplier_groups.count, 0);
}

static void words_of_choices_match_their_enums(void **state)
{
	(void)state;
	assert_string_equal(cas_data_set_name(CAS_USE_CIFAR10), "cifar10");
	assert_string_equal(cas_mapping_name(CAS_SIGN_MAGNITUDE), "sign_magnitude");
	assert_string_equal(cas_mapping_name(CAS_AFFINE), "affine");
	assert_string_equal(cas_mapping_name(CAS_SIGNED), "signed");
	assert_string_equal(cas_overflow_name(CAS_SATURATE), "saturate");
	assert_string_equal(cas_requant_name(CAS_REQUANT_SHIFT), "shift");
}

/* Every row changed by an override must change the struct, and only its own member. */
static void every_key_reaches_its_member(void **state)
{
	(void)state;
	const struct cas_schema *schema = cas_run_config_schema();
	struct cas_run_config before;
	defaults(&before, NULL);
	for (size_t i = 0; i < schema->count; i++) {
		const struct cas_key *key = &schema->key[i];
		struct cas_run_config after;
		struct cas_err err = {""};
		char text[300], value[40] = "/x";
		const char *override = text;
		if (key->type == CAS_KEY_BOOL)
			snprintf(value, sizeof value, "%s", !strcmp(key->def, "true") ? "false" : "true");
		else if (key->type == CAS_KEY_CHOICE)
			snprintf(value, sizeof value, "%s", key->choices[!strcmp(key->choices[0], key->def)]);
		else if (key->max != 0)
			snprintf(value, sizeof value, "%.17g", strcmp(key->path, "array.cols") ? key->min + 1 : 17);
		if (!strcmp(value, key->def))
			snprintf(value, sizeof value, "%.17g", key->min + 2);
		snprintf(text, sizeof text, "%s%s=%s", key->path, key->type == CAS_KEY_MAP ? ".x" : "", value);
		if (cas_run_config_load(NULL, &override, 1, NULL, &after, &err))
			fail_msg("%s", err.text);
		char *a = (char *)&before, *b = (char *)&after;
		assert_memory_not_equal(a + key->offset, b + key->offset, key->size_bytes);
		memcpy(b + key->offset, a + key->offset, key->size_bytes);
		after.accel.dram_beat_bytes = before.accel.dram_beat_bytes; /* follows from another */
		assert_memory_equal(a, b, sizeof before);
	}
}

static void run_files_in_configs_load(void **state)
{
	(void)state;
	static const char *const files[] = {"configs/run/digits.yaml", "configs/run/mnist.yaml",
		"configs/run/fashion.yaml"};
	for (int i = 0; i < 3; i++) {
		struct cas_run_config c;
		struct cas_err err = {""};
		char path[600];
		if (cas_run_config_load(files[i], NULL, 0, NULL, &c, &err))
			fail_msg("%s", err.text);
		assert_int_equal(c.data_set, i);
		assert_int_equal(c.images, i == 0 ? 1000 : 0);
		snprintf(path, sizeof path, "%s/results/%s", here, cas_data_set_name(c.data_set));
		assert_string_equal(c.output_dir, path);
		snprintf(path, sizeof path, "%s/%s", here, files[i]);
		assert_string_equal(c.file, path);
	}
}

static void the_resolved_configuration_loads_to_the_same(void **state)
{
	(void)state;
	static const char *const overrides[] = {"array.rows=7", "array.cols=9", "name=a \"b\": #c",
		"multipliers.groups.conv1=NGR", "multipliers.groups.classcaps.sum=19DB",
		"array.clock_mhz=0.1", "buffers.data_bytes=1000001", "output.dir=x"};
	struct cas_run_config a, b;
	struct cas_err err = {""};
	struct cas_buf buf;
	char path[600];
	assert_int_equal(cas_run_config_load(NULL, overrides, 8, NULL, &a, &err), CAS_OK);
	assert_int_equal(a.accel.dram_beat_bytes, 9);
	cas_buf_init(&buf, 100000);
	cas_run_config_write(&a, &buf);
	in_folder(path, "again.yaml");
	assert_int_equal(cas_outfile_write(path, buf.data, buf.size_bytes, &err), CAS_OK);
	if (cas_run_config_load(path, NULL, 0, NULL, &b, &err))
		fail_msg("%s", err.text);
	assert_string_equal(b.file, path);
	memset(b.file, 0, sizeof b.file);
	assert_int_equal(b.dram_beat_bytes, 0); /* so that it is a base for other widths of the array */
	assert_true(b.multiplier_at.line > 0 && b.multiplier_groups.entry[1].at.line > b.multiplier_at.line);
	b.multiplier_at = (struct cas_place){0, 0};
	for (int i = 0; i < b.multiplier_groups.count; i++)
		b.multiplier_groups.entry[i].at = b.multiplier_at;
	assert_memory_equal(&a, &b, sizeof a);
	cas_buf_clear(&buf);
}

static void paths_are_looked_for_beside_the_file_first(void **state)
{
	(void)state;
	char run[600], net[600];
	struct cas_run_config c;
	struct cas_err err = {""};
	static const char text[] = "network: {path: net}\ntechnology: {file: no-such}\n"
		"multipliers: {library: tests}\ndata: {path: ./data-of-mine}\n";
	in_folder(run, "run.yaml");
	assert_int_equal(cas_outfile_write(run, text, strlen(text), &err), CAS_OK);
	assert_int_equal(cas_outfile_write(in_folder(net, "net"), "", 0, &err), CAS_OK);
	assert_int_equal(cas_run_config_load(run, NULL, 0, "/home-of-it", &c, &err), CAS_OK);
	assert_string_equal(c.network_path, net);
	snprintf(net, sizeof net, "%s/tests", here);
	assert_string_equal(c.multiplier_library, net); /* in the working directory */
	assert_string_equal(c.technology_file, in_folder(net, "no-such")); /* nowhere: beside the file */
	assert_string_equal(c.data_path, in_folder(net, "data-of-mine"));

	const char *override = "network.path=usr";
	assert_int_equal(cas_run_config_load(run, &override, 1, "/", &c, &err), CAS_OK);
	assert_string_equal(c.network_path, "//usr"); /* in the home */
}

static void faults_of_several_keys_name_the_place_of_one(void **state)
{
	(void)state;
	static const char *const text[] = {"array: {cols: 8}\ndram:\n  beat_bytes: 16\n",
		"array.cols: 8\ndram.beat_bytes: 9\n"};
	static const char *const message[] = {"%s:3:15: dram.beat_bytes: 16 bytes, expected at most array.cols (8): a "
		"weight row is as wide as the array (0: as wide as fits)",
		"%s:2:18: dram.beat_bytes: 9 bytes, expected at most array.cols (8): a "
		"weight row is as wide as the array (0: as wide as fits)"};
	static const char *const seed[] = {"data.split=train", "data.seed=4"};
	struct cas_run_config c;
	struct cas_err err = {""};
	char path[600], want[1000];

	in_folder(path, "across.yaml");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(cas_outfile_write(path, text[i], strlen(text[i]), &err), CAS_OK);
		assert_int_equal(cas_run_config_load(path, NULL, 0, NULL, &c, &err), CAS_INPUT);
		snprintf(want, sizeof want, message[i], path);
		assert_string_equal(err.text, want);
	}
	assert_int_equal(cas_run_config_load(NULL, seed, 2, NULL, &c, &err), CAS_INPUT);
	assert_string_equal(err.text, "data.seed: 4, but data.split is train: the training digits have one seed of their "
		"own; expected data.split: test, or no data.seed");
}

static void faults_are_one_line_with_a_place(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"array.rows=0", "--set array.rows=0: array.rows: 0 is outside 1..256 rows"},
		{"array.rowz=8", "--set array.rowz=8: array.rowz: unknown key; did you mean array.rows?"},
		{"numerics.mapping=afine", "--set numerics.mapping=afine: numerics.mapping: \"afine\" is none "
			"of sign_magnitude, sign_magnitude_aligned, affine, signed"},
		{"dram.beat_bytes=32", "dram.beat_bytes: 32 bytes, expected at most array.cols (16): a weight "
			"row is as wide as the array (0: as wide as fits)"},
		{"run.threads=65", "--set run.threads=65: run.threads: 65 is outside 0..64 threads"},
		{"buffers.v_bytes=2 GiB",
			"--set buffers.v_bytes=2 GiB: buffers.v_bytes: 2 GiB is outside 16..1073741824 bytes"},
		{"network.path=", "--set network.path=: network.path: nothing is not a path"},
		{"output.dir=", "--set output.dir=: output.dir: nothing is not a path"},
	};
	struct cas_run_config c;
	struct cas_err err = {""};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(cas_run_config_load(NULL, &cases[i][0], 1, NULL, &c, &err), CAS_INPUT);
		assert_string_equal(err.text, cases[i][1]);
	}
	assert_int_equal(cas_run_config_load("no.yaml", NULL, 0, NULL, &c, &err), CAS_INPUT);
	assert_string_equal(err.text, "no.yaml: cannot open: No such file or directory");
}

static void the_page_of_keys_is_printed_from_the_table(void **state)
{
	(void)state;
	struct cas_buf buf;
	struct cas_err err = {""};
	char *page;
	size_t size_bytes;
	cas_buf_init(&buf, 1 << 20);
	cas_run_config_markdown(&buf);
	assert_int_equal(cas_buf_check(&buf, &err), CAS_OK);
	if (cas_file_read("docs/config.md", 1 << 20, &page, &size_bytes, &err))
		fail_msg("%s", err.text);
	assert_string_equal(page, buf.data);
	free(page);
	cas_buf_clear(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_design),
		cmocka_unit_test(words_of_choices_match_their_enums),
		cmocka_unit_test(every_key_reaches_its_member),
		cmocka_unit_test(run_files_in_configs_load),
		cmocka_unit_test(the_resolved_configuration_loads_to_the_same),
		cmocka_unit_test(paths_are_looked_for_beside_the_file_first),
		cmocka_unit_test(faults_of_several_keys_name_the_place_of_one),
		cmocka_unit_test(faults_are_one_line_with_a_place),
		cmocka_unit_test(the_page_of_keys_is_printed_from_the_table),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
