/* Does `capsacc-sim mul` say what docs/multipliers.md says?  Runs $CAPSACC_SIM, or build/capsacc-sim;
 * skipped where neither is there. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "io/outfile.h"
#include "study/mul_process.h"
#include "study/mul_workdir.h"

struct fixture {
	char program[1100], root[512];
	struct cas_workdir dir;
	char *output; /* of the last run, standard error included */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *program = getenv("CAPSACC_SIM");
	struct cas_err err = {""};

	*state = f;
	if (!f || !getcwd(f->root, sizeof(f->root) - 32))
		return -1;
	program = program ? program : "build/capsacc-sim"; /* it is run in another folder */
	snprintf(f->program, sizeof(f->program), "%.480s%s%.480s", *program == '/' ? "" : f->root,
		*program == '/' ? "" : "/", program);
	return (int)cas_workdir_make(&f->dir, &err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cas_workdir_remove(&f->dir);
	free(f->output);
	free(f);
	return 0;
}

/* Run `mul` with these arguments (ended by NULL) in the temporary folder; returns the exit code. */
static int run(struct fixture *f, ...)
{
	const char *argv[16] = {f->program, "mul"};
	struct cas_process process = {.argv = argv, .folder = f->dir.path, .output = "output",
		.limit_s = 60, .file_bytes = 16 << 20};
	struct cas_err err = {""};
	char path[600];
	size_t size_bytes;
	va_list arguments;
	int n = 2;

	if (access(f->program, X_OK)) {
		print_message("%s is not built: skipped\n", f->program);
		skip();
	}
	va_start(arguments, f);
	do
		argv[n] = va_arg(arguments, const char *);
	while (argv[n++] && n < 16);
	va_end(arguments);
	assert_int_equal(cas_process_run(&process, &err), CAS_OK);
	assert_int_equal(process.end, CAS_PROCESS_EXITED);
	cas_workdir_path(&f->dir, "output", path, sizeof(path));
	free(f->output);
	f->output = NULL;
	assert_int_equal(cas_file_read(path, 16 << 20, &f->output, &size_bytes, &err), CAS_OK);
	return process.code;
}

static double number(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItem(object, key);

	if (!cJSON_IsNumber(item))
		fail_msg("no number '%s'", key);
	return item->valuedouble;
}

static void profile_prints_one_json_object_with_the_documented_keys(void **state)
{
	struct fixture *f = *state;
	const char *end;
	cJSON *root;

	assert_int_equal(run(f, "profile", "NGR", "--json", "--home", f->root, NULL), 0);
	root = cJSON_ParseWithOpts(f->output, &end, 0);
	assert_non_null(root);
	assert_string_equal(end, "\n");
	assert_string_equal(cJSON_GetObjectItem(root, "name")->valuestring, "NGR");
	assert_true(number(root, "wce") == 161);
	assert_true(number(root, "mae") > 42.28 && number(root, "mae") < 42.29);
	assert_true(number(root, "ep") > 0.9636 && number(root, "ep") < 0.9637);
	assert_true(number(root, "mre") > 0.01895 && number(root, "mre") < 0.01905);
	assert_true(number(root, "mse") > 2763 && number(root, "mse") < 2764);
	assert_true(number(root, "na_uniform") > 0.00005 && number(root, "na_uniform") < 0.00015);
	assert_true(number(root, "nm_uniform") > 0.00075 && number(root, "nm_uniform") < 0.00085);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "distributions")), 3);
	cJSON_Delete(root);
}

static void two_profiles_with_one_seed_are_the_same_text(void **state)
{
	struct fixture *f = *state;
	char *first;

	assert_int_equal(run(f, "profile", "DM1", "--seed", "7", "--home", f->root, NULL), 0);
	first = f->output;
	f->output = NULL;
	assert_int_equal(run(f, "profile", "DM1", "--seed=7", "--home", f->root, NULL), 0);
	assert_string_equal(first, f->output);
	assert_int_equal(run(f, "profile", "DM1", "--seed=8", "--home", f->root, NULL), 0);
	assert_string_not_equal(first, f->output);
	free(first);
}

/* gnuplot draws; its SVG holds the words, its PNG begins as a PNG does. */
static void plots_are_svg_or_png_by_their_names(void **state)
{
	static const char *const files[] = {"histogram.svg", "heat.svg", "heat.png"};
	static const char *const words[] = {"NGR: error of 9 products, summed", "NGR: mean error (approximate - exact)",
		NULL};
	struct fixture *f = *state;

	int code = run(f, "profile", "NGR", "--histogram", files[0], "--terms", "9", "--heat-map", files[1],
		"--home", f->root, NULL);
	if (code == 3) {
		print_message("%s", f->output);
		skip();
	}
	assert_int_equal(code, 0);
	assert_int_equal(run(f, "profile", "NGR", "--heat-map", files[2], "--home", f->root, NULL), 0);
	for (int i = 0; i < 3; i++) {
		char path[600], *text;
		size_t size_bytes;

		cas_workdir_path(&f->dir, files[i], path, sizeof(path));
		assert_int_equal(cas_file_read(path, 4 << 20, &text, &size_bytes, &(struct cas_err){""}), CAS_OK);
		if (words[i])
			assert_non_null(strstr(text, words[i]));
		else
			assert_memory_equal(text, "\211PNG", 4);
		free(text);
	}
}

static void list_is_sorted_and_marks_the_front(void **state)
{
	struct fixture *f = *state;
	const cJSON *item;
	double last = -1;
	int exact = 0;
	cJSON *root;

	assert_int_equal(run(f, "list", "--json", "--sort", "mre", "--home", f->root, NULL), 0);
	root = cJSON_Parse(f->output);
	assert_non_null(root);
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "multipliers")) {
		assert_true(number(item, "mre") >= last);
		last = number(item, "mre");
		exact += cJSON_IsTrue(cJSON_GetObjectItem(item, "pareto")) && last == 0;
	}
	assert_int_equal(exact, 1);
	cJSON_Delete(root);
}

static void a_table_goes_out_and_comes_in_again(void **state)
{
	static const char *const files[] = {"t.csv", "t.npy", "t.hex", "t.bin"};
	static const char empty[] = "schema: capsacc-multipliers/1\nmultipliers: []\n";
	struct fixture *f = *state;
	char folder[600], lib[700];
	size_t i;

	snprintf(folder, sizeof(folder), "%s/home", f->dir.path);
	snprintf(lib, sizeof(lib), "%s/mul8u_lib/manifest.yaml", folder);
	snprintf(folder, sizeof(folder), "%s/home/mul8u_lib", f->dir.path);
	assert_int_equal(cas_mkdirs(folder, &(struct cas_err){""}), CAS_OK);
	*strrchr(folder, '/') = '\0';
	assert_int_equal(cas_outfile_write(lib, empty, strlen(empty), &(struct cas_err){""}), CAS_OK);
	for (i = 0; i < 4; i++) {
		char name[8] = "T0";

		name[1] = (char)('0' + i);
		assert_int_equal(run(f, "export", "JV3", files[i], "--home", f->root, NULL), 0);
		assert_int_equal(run(f, "import", files[i], "--name", name, "--power", "0.5", "--home", folder,
			NULL), 0);
		assert_int_equal(run(f, "show", name, "--json", "--home", folder, NULL), 0);
		assert_non_null(strstr(f->output,
			"eebd2e95cda4e309d451d566077d9fca64419879921f7a33bc2ebefd1a18d4a5"));
	}
	assert_int_equal(run(f, "import", "t.csv", "--name", "T0", "--home", folder, NULL), 2);
	assert_non_null(strstr(f->output, "a multiplier 'T0' is already in the library\n"));
}

static void energy_prints_both_rules_beside_the_paper(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, "energy", "--home", f->root, NULL), 0);
	assert_non_null(strstr(f->output, "energy as power                    28.3 %    1.2 %   29.5 %"));
	assert_non_null(strstr(f->output, "energy as power x delay            31.2 %    2.0 %   33.2 %"));
	assert_non_null(strstr(f->output, "ReD-CaNe Fig. 5 (NGR, 5LT)         28.3 %    1.9 %   30.2 %"));
}

static void accuracy_goes_on_from_its_file_and_shows_it_without_running(void **state)
{
	struct fixture *f = *state;
	const cJSON *row;
	char *first;
	cJSON *root;

	assert_int_equal(run(f, "accuracy", "--images=20", "--names=QKX,1JFF", "--mappings=sign_magnitude",
		"--csv", "a.csv", "--home", f->root, NULL), 0);
	assert_non_null(strstr(f->output, "capsnet-digits, digits, 20 images: right answers in percent"));
	assert_int_equal(run(f, "accuracy", "--images=20", "--names=NGR", "--csv=a.csv", "--json",
		"--home", f->root, NULL), 0);
	root = cJSON_Parse(f->output);
	assert_non_null(root);
	assert_true(number(root, "images") == 20);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "multipliers")), 3);
	cJSON_ArrayForEach(row, cJSON_GetObjectItem(root, "multipliers")) {
		const cJSON *mappings = cJSON_GetObjectItem(row, "mappings");
		int is_ngr = !strcmp(cJSON_GetObjectItem(row, "name")->valuestring, "NGR");

		assert_int_equal(cJSON_GetArraySize(mappings), is_ngr ? 3 : 1);
		assert_true(number(cJSON_GetObjectItem(mappings, "sign_magnitude"), "accuracy") * 20 ==
			number(cJSON_GetObjectItem(mappings, "sign_magnitude"), "correct"));
	}
	cJSON_Delete(root);
	assert_int_equal(run(f, "accuracy", "--from", "a.csv", "--markdown", NULL), 0);
	assert_memory_equal(f->output, "| mul8u | power, mW | sign_magnitude | sign_magnitude_aligned | affine |\n"
		"|---|---|---|---|---|\n| QKX | 0.029 | **", 110);
	first = f->output;
	f->output = NULL;
	assert_int_equal(run(f, "accuracy", "--from", "a.csv", "--markdown", NULL), 0);
	assert_string_equal(first, f->output);
	free(first);
	assert_int_equal(run(f, "accuracy", "--images=21", "--csv=a.csv", "--home", f->root, NULL), 2);
	assert_string_equal(f->output, "capsacc-sim: the results so far are of 20 images, not of 21\n");
}

static void the_accuracy_table_of_the_documentation_is_that_of_its_file(void **state)
{
	struct fixture *f = *state;
	char path[600], *docs;
	size_t size_bytes;

	snprintf(path, sizeof(path), "%s/docs/multipliers.md", f->root);
	assert_int_equal(cas_file_read(path, 1 << 20, &docs, &size_bytes, &(struct cas_err){""}), CAS_OK);
	snprintf(path, sizeof(path), "%s/docs/mul-accuracy-mnist.csv", f->root);
	assert_int_equal(run(f, "accuracy", "--from", path, "--markdown", NULL), 0);
	assert_memory_equal(f->output, "| mul8u |", 9);
	assert_non_null(strstr(docs, f->output));
	free(docs);
}

static void profile_of_a_group_has_the_noise_over_its_operands(void **state)
{
	struct fixture *f = *state;
	const cJSON *row, *mapping;
	cJSON *root;

	assert_int_equal(run(f, "profile", "QKX", "--group", "votes", "--images", "2", "--json", "--threads=1",
		"--home", f->root, NULL), 0);
	root = cJSON_Parse(f->output);
	assert_non_null(root);
	assert_string_equal(cJSON_GetObjectItem(root, "group")->valuestring, "votes");
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "multipliers")), 1);
	row = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "multipliers"), 0);
	assert_true(number(row, "na_uniform") > 0.0508 && number(row, "na_uniform") < 0.0510);
	assert_true(number(cJSON_GetObjectItem(row, "redcane_table4"), "na_real") == 0.0293);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(row, "mappings")), 3);
	cJSON_ArrayForEach(mapping, cJSON_GetObjectItem(row, "mappings")) {
		/* Table IV prints exact - approximate, mean_error is approximate - exact. */
		assert_true(number(mapping, "mean_error") < 0);
		assert_true(fabs(number(mapping, "na_real") * 65535 + number(mapping, "mean_error")) < 1e-6);
		assert_true(number(mapping, "nm_real") > 0);
		/* Half of what QKX multiplies is lost here; offset codes have no such figure. */
		if (strcmp(mapping->string, "affine"))
			assert_true(number(mapping, "relative") > 0.2 && number(mapping, "relative") < 1);
		else
			assert_null(cJSON_GetObjectItem(mapping, "relative"));
	}
	cJSON_Delete(root);
	assert_int_equal(run(f, "profile", "--all", "--group=sum", "--layer=classcaps", "--images=1", "--csv",
		"--mapping=affine", "--home", f->root, NULL), 0);
	assert_memory_equal(f->output, "name,na_uniform,nm_uniform,na_affine,nm_affine,mean_error_affine,"
		"relative_affine,na_modeled_paper,nm_modeled_paper,na_real_paper,nm_real_paper\n1JFF,0,0,", 151);
}

static void evoapprox_as_given_makes_the_library_that_is_committed(void **state)
{
	struct fixture *f = *state;
	const char *data = getenv("CAPSACC_DATA");
	char folder[600], path[700], *mine, *committed, *generated;
	size_t size_bytes;

	snprintf(folder, sizeof(folder), "%.500s/../evoapprox8b", data ? data : "../shared/data");
	if (access(folder, R_OK)) {
		print_message("%s is not there: skipped\n", folder);
		skip();
	}
	if (folder[0] != '/') {
		char relative[600];

		memcpy(relative, folder, sizeof(relative));
		snprintf(folder, sizeof(folder), "%.300s/%.290s", f->root, relative);
	}
	snprintf(path, sizeof(path), "%s/new", f->dir.path);
	assert_int_equal(run(f, "import", "--evoapprox", folder, "--home", path, NULL), 0);
	snprintf(path, sizeof(path), "%s/new/mul8u_lib/manifest.yaml", f->dir.path);
	assert_int_equal(cas_file_read(path, 1 << 20, &mine, &size_bytes, &(struct cas_err){""}), CAS_OK);
	snprintf(path, sizeof(path), "%s/mul8u_lib/manifest.yaml", f->root);
	assert_int_equal(cas_file_read(path, 1 << 20, &committed, &size_bytes, &(struct cas_err){""}),
		CAS_OK);
	/* The committed one goes on with the generated multipliers. */
	generated = strstr(committed, "  - name: \"TRUNC4\"");
	assert_non_null(generated);
	*generated = '\0';
	assert_string_equal(mine, committed);
	free(mine);
	free(committed);
}

static const struct {
	const char *word[4], *message;
} BAD[] = {
	{{"lst"}, "unknown command \"mul lst\"; did you mean \"mul list\"?"},
	{{"acuracy"}, "unknown command \"mul acuracy\"; did you mean \"mul accuracy\"?"},
	{{"frobnicate"}, "unknown command \"mul frobnicate\"; see capsacc-sim mul --help"},
	{{"list", "--frobnicate"}, "mul: unknown option --frobnicate; see capsacc-sim mul --help"},
	{{"list", "--srot", "mre"}, "mul: unknown option --srot; did you mean --sort?"},
	{{"list", "--s", "mre"}, "mul: option --s is ambiguous; see capsacc-sim mul --help"},
	{{"list", "--sort", "x"}, "--sort: 'x' is none of name, power, area, delay, mae, wce, wcre, ep, mre, "
		"mse, nm"},
	{{"list", "--metric=power"}, "--metric: 'power' is none of mae, wce, wcre, ep, mre, mse, nm"},
	{{"profile", "NGR", "--group=sum", "--images=20000"}, "digits: 20000 images asked for, but the test set "
		"has 10000"},
	{{"profile", "NGR", "--group=sum", "--images=10000001"}, "--images: '10000001' is not an integer "
		"1..10000000"},
	{{"list", "--json=1"}, "--json takes no value"},
	{{"show"}, "show: expected the name of one multiplier"},
	{{"show", "ngr"}, "multiplier 'ngr' is unknown, the nearest name is NGR"},
	{{"profile"}, "profile: expected the name of one multiplier, or --all"},
	{{"profile", "NGR", "--all"}, "profile: expected the name of one multiplier, or --all"},
	{{"list", "--mapping=affine"}, "--mapping is no option of mul list"},
	{{"list", "--network=x"}, "--network is no option of mul list"},
	{{"list", "--csv", "--json"}, "--json, --csv and --markdown exclude each other"},
	{{"show", "NGR", "--csv"}, "--csv is no option of mul show"},
	{{"export", "NGR", "x.bin", "--json"}, "--json is no option of mul export"},
	{{"profile", "NGR", "--csv", "--json"}, "--json, --csv and --markdown exclude each other"},
	{{"profile", "NGR", "--terms=9"}, "--terms are those of --histogram, which is missing"},
	{{"profile", "NGR", "--group=sum", "--seed=2"}, "--seed is no option of mul profile --group"},
	{{"energy", "--sort=mae"}, "--sort is no option of mul energy"},
	{{"area", "x.v", "--ports=x,y,z"}, "--ports is no option of mul area"},
	{{"import", "x.bin", "--top=x"}, "--top is no option of mul import of a table"},
	{{"import", "x.c", "--ports=x,y,z"}, "--ports is no option of mul import of a C model"},
	{{"import", "x.v", "--zero-gating"}, "--zero-gating is no option of mul import of a netlist"},
	{{"import", "--generate=DRUM7", "--name=X"}, "--name is no option of mul import --generate"},
	{{"import", "--evoapprox=x", "--power=1"}, "--power is no option of mul import --evoapprox"},
	{{"profile", "NGR", "--seed=-1"}, "--seed: '-1' is not an integer 0..18446744073709551615"},
	{{"profile", "NGR", "--heat-map=x.pdf"}, "x.pdf: expected a name that ends in .svg or .png"},
	{{"profile", "--all", "--heat-map=x.svg"}, "--histogram and --heat-map are for one multiplier"},
	{{"profile", "NGR", "--terms=0"}, "--terms: '0' is not an integer 1..16384"},
	{{"profile", "NGR", "--images=5"}, "profile: a network's operands need --group: the name of a "
		"convolution, or votes, sum, update or squash"},
	{{"profile", "NGR", "--group=sum", "--mapping=exact"}, "--mapping exact: expected sign_magnitude, "
		"sign_magnitude_aligned or affine"},
	{{"profile", "NGR", "--group=sums"}, "network capsnet-digits has no products 'sums'; expected "
		"conv1, primarycaps, votes, sum, update or squash"},
	{{"profile", "NGR", "--group=sum", "--heat-map=x.svg"}, "--histogram and --heat-map go without --group"},
	{{"accuracy", "--mappings=exact"}, "--mappings exact: expected all, or some of sign_magnitude, "
		"sign_magnitude_aligned, affine, signed with commas between"},
	{{"accuracy", "--names=NGS", "--images=1"}, "multiplier 'NGS' is unknown, the nearest name is NGR"},
	{{"accuracy", "--from=a.csv", "--images=1"}, "mul accuracy: --from runs nothing and goes with --json "
		"or --markdown alone"},
	{{"accuracy", "--from=a.csv", "--squash"}, "mul accuracy: --from runs nothing and goes with --json "
		"or --markdown alone"},
	{{"accuracy", "--json", "--markdown"}, "mul accuracy: --json and --markdown exclude each other"},
	{{"accuracy", "--names=NGR", "--all"}, "mul accuracy: --names and --all exclude each other"},
	{{"import", "x.bin"}, "import: expected FILE --name NAME, --evoapprox FOLDER or --generate NAME"},
	{{"import", "x.bin", "--power=a"}, "--power: 'a' is not a number of 0 or more"},
	{{"import", "--generate", "DRUM9"}, "'DRUM9' cannot be generated, expected EXACT, TRUNC1 to "
		"TRUNC15, BAM<1-15>-<1-7>, MITCHELL, or DRUM2 to DRUM7; signed: EXACTS, TRUNCS1 to TRUNCS7"},
	{{"import", "x.bin", "--signed", "--signed-table"}, "import: --signed (by magnitude) and --signed-table "
		"(as it is) exclude each other"},
	{{"export", "NGR", "x.txt"}, "x.txt: a table's file name ends in .bin, .raw, .hex, .mem, .csv or "
		".npy"},
	{{"export", "NGR"}, "export: expected NAME FILE"},
};

static void bad_command_lines_are_one_clear_line_and_exit_code_2(void **state)
{
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		const char *const *w = BAD[i].word;
		char want[300], home[600];

		snprintf(home, sizeof(home), "--home=%s", f->root);
		assert_int_equal(run(f, w[0], home, w[1], w[2], w[3], NULL), 2);
		snprintf(want, sizeof(want), "capsacc-sim: %s\n", BAD[i].message);
		assert_string_equal(f->output, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(profile_prints_one_json_object_with_the_documented_keys),
		cmocka_unit_test(two_profiles_with_one_seed_are_the_same_text),
		cmocka_unit_test(plots_are_svg_or_png_by_their_names),
		cmocka_unit_test(list_is_sorted_and_marks_the_front),
		cmocka_unit_test(a_table_goes_out_and_comes_in_again),
		cmocka_unit_test(energy_prints_both_rules_beside_the_paper),
		cmocka_unit_test(accuracy_goes_on_from_its_file_and_shows_it_without_running),
		cmocka_unit_test(the_accuracy_table_of_the_documentation_is_that_of_its_file),
		cmocka_unit_test(profile_of_a_group_has_the_noise_over_its_operands),
		cmocka_unit_test(evoapprox_as_given_makes_the_library_that_is_committed),
		cmocka_unit_test(bad_command_lines_are_one_clear_line_and_exit_code_2),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
