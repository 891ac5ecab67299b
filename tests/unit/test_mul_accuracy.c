/* The sweep over the library: are its counts those of single runs, and does it go on from a file? */
#include <math.h>

#include "tmpfiles.h"

#include "io/outfile.h"
#include "study/mul_accuracy.h"

enum { IMAGES = 30 };

struct sweep {
	struct cas_run_config config;
	struct cas_mul_accuracy table;
	int calls, fail_at;
	struct cas_mul_accuracy_request request;
};

static cas_status note(void *ctx, const struct cas_mul_accuracy *table, struct cas_err *err)
{
	struct sweep *s = ctx;

	assert_ptr_equal(table, &s->table);
	return ++s->calls == s->fail_at ? cas_err_set(err, CAS_ENV, "no room") : CAS_OK;
}

static struct sweep *new_sweep(const char *names)
{
	static const char *const words[] = {"run.images=30", "run.threads=2"};
	struct sweep *s = calloc(1, sizeof *s);
	struct cas_err err;

	assert_int_equal(cas_run_config_load(NULL, words, 2, ".", &s->config, &err), CAS_OK);
	s->request = (struct cas_mul_accuracy_request){.mapping = {1, 0, 1}, .names = names, .done = note,
		.ctx = s};
	return s;
}

static int single_run(const struct sweep *s, const char *name, enum cas_mapping mapping, int squash)
{
	struct cas_run_config config = s->config;
	struct cas_eval *eval = calloc(1, sizeof *eval);
	struct cas_err err;
	int correct;

	snprintf(config.multiplier, sizeof config.multiplier, "%s", name);
	config.accel.numerics.mapping = mapping;
	if (squash) {
		config.multiplier_groups.count = 1;
		snprintf(config.multiplier_groups.entry[0].key, CAS_MAP_KEY_BYTES, "squash");
		snprintf(config.multiplier_groups.entry[0].value, CAS_MAP_VALUE_BYTES, "%s", name);
	}
	assert_int_equal(cas_eval_run(&config, NULL, eval, &err), CAS_OK);
	correct = eval->accuracy.correct8;
	cas_eval_clear(eval);
	free(eval);
	return correct;
}

static void a_sweep_counts_what_single_runs_count(void **state)
{
	struct sweep *s = new_sweep("QKX,NGR,1JFF");
	struct cas_err err;
	int distinct = 0;

	(void)state;
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_OK);
	assert_int_equal(s->table.count, 3);
	assert_int_equal(s->table.images, IMAGES);
	assert_int_equal(s->calls, 6);
	for (int i = 0; i < 3; i++) {
		const struct cas_mul_accuracy_row *row = &s->table.row[i];

		assert_int_equal(row->correct[CAS_SIGN_MAGNITUDE], single_run(s, row->name, CAS_SIGN_MAGNITUDE, 0));
		assert_int_equal(row->correct[CAS_AFFINE], single_run(s, row->name, CAS_AFFINE, 0));
		assert_int_equal(row->correct[CAS_SIGN_MAGNITUDE_ALIGNED], -1);
		distinct += row->correct[CAS_AFFINE] != s->table.row[2].correct[CAS_AFFINE];
	}
	assert_string_equal(s->table.row[0].name, "QKX");
	assert_true(s->table.row[0].power_mw > 0.0289 && s->table.row[0].power_mw < 0.0291);
	assert_true(distinct > 0); /* else nothing was swept */
	free(s);
}

static void the_squash_unit_is_swept_only_when_asked_for(void **state)
{
	struct sweep *s = new_sweep("DM1");
	struct cas_err err;
	char settings[CAS_MUL_SETTINGS];
	int apart;

	(void)state;
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_OK);
	apart = s->table.row[0].correct[CAS_SIGN_MAGNITUDE];
	assert_int_equal(apart, single_run(s, "DM1", CAS_SIGN_MAGNITUDE, 0));
	memcpy(settings, s->table.settings, sizeof settings);
	memset(&s->table, 0, sizeof s->table);
	s->request.squash = 1;
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_OK);
	assert_int_equal(s->table.row[0].correct[CAS_SIGN_MAGNITUDE],
		single_run(s, "DM1", CAS_SIGN_MAGNITUDE, 1));
	assert_int_not_equal(s->table.row[0].correct[CAS_SIGN_MAGNITUDE], apart);
	assert_string_not_equal(settings, s->table.settings);
	free(s);
}

static void without_names_only_evoapprox_is_swept_and_all_when_asked_for(void **state)
{
	struct sweep *s = new_sweep(NULL);
	struct cas_err err;

	(void)state;
	memset(s->request.mapping, 0, sizeof s->request.mapping);
	s->request.mapping[CAS_SIGN_MAGNITUDE] = 1;
	s->config.images = 1;
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_OK);
	assert_int_equal(s->table.count, 36);
	assert_int_equal(s->calls, 36);
	s->request.all = 1;
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_OK);
	assert_int_equal(s->table.count, 47); /* two are signed and do not fit the mapping: not run */
	assert_int_equal(s->calls, 45);
	free(s);
}

static void what_was_run_before_is_not_run_again(void **state)
{
	struct sweep *s = new_sweep("QKX,NGR");
	struct cas_err err;
	int expected;

	(void)state;
	s->fail_at = 3;
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_ENV);
	assert_string_equal(err.text, "no room");
	expected = s->table.row[0].correct[CAS_AFFINE];
	assert_int_equal(s->table.row[1].correct[CAS_AFFINE], -1);
	s->table.row[0].correct[CAS_AFFINE] = 1; /* what no run gives, so that a second run would show */
	assert_int_not_equal(expected, 1);
	s->fail_at = 0;
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_OK);
	assert_int_equal(s->calls, 4);
	assert_int_equal(s->table.row[0].correct[CAS_AFFINE], 1);
	assert_int_equal(s->table.row[1].correct[CAS_AFFINE], single_run(s, "NGR", CAS_AFFINE, 0));
	free(s);
}

static void results_of_another_run_are_not_gone_on_with(void **state)
{
	struct sweep *s = new_sweep("1JFF");
	struct cas_err err;
	char want[200];

	(void)state;
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_OK);
	s->config.threads = 1; /* decides nothing, nor do the instructions */
	s->config.isa = CAS_ISA_PORTABLE;
	snprintf(s->config.name, sizeof s->config.name, "other");
	s->config.traffic = s->config.float_reference = 1;
	snprintf(s->config.technology_file, sizeof s->config.technology_file, "other");
	s->config.accel.cols = s->config.accel.dram_beat_bytes = 8;
	s->config.accel.buffers.weight_bytes *= 2;
	s->config.accel.numerics.iterations = 3; /* as the network says */
	s->config.accel.numerics.mapping = CAS_AFFINE;
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_OK);
	s->config.accel.numerics.iterations = 0;
	s->config.images = IMAGES + 1;
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_INPUT);
	assert_string_equal(err.text, "the results so far are of 30 images, not of 31");
	s->config.images = IMAGES;
	s->config.accel.rows = 8;
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_INPUT);
	s->config.accel.rows = 16;
	s->config.multiplier_groups.count = 1;
	memcpy(&s->config.multiplier_groups.entry[0], &(struct { char key[64], value[64]; }){"votes", "NGR"}, 128);
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_INPUT);
	s->config.multiplier_groups.count = 0;
	s->config.data_seed++; /* other digits, as many */
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_INPUT);
	s->config.data_seed--;
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_OK);
	s->table.row[0].power_mw = 7; /* only shown, and the library's */
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_OK);
	assert_true(s->table.row[0].power_mw < 1);
	snprintf(want, sizeof want, "the results so far of 1JFF are of another table (x%s, now %s)", s->table.row[0].table + 1,
		s->table.row[0].table);
	s->table.row[0].table[0] = 'x'; /* as of another library */
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_INPUT);
	assert_string_equal(err.text, want);
	s->table.count = 0;
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_OK);
	s->config.accel.numerics.zero_gating = 1;
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_INPUT);
	snprintf(want, sizeof want, "the results so far were made with other settings or weights (%s, now ",
		s->table.settings);
	assert_memory_equal(err.text, want, strlen(want));
	snprintf(s->table.dataset, sizeof s->table.dataset, "mnist");
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_INPUT);
	assert_string_equal(err.text,
		"the results so far are of capsnet-digits on mnist, not of capsnet-digits on digits");
	s->request.names = "NGS";
	memset(&s->table, 0, sizeof s->table);
	assert_int_equal(cas_mul_accuracy_run(&s->config, &s->request, NULL, &s->table, &err), CAS_INPUT);
	assert_string_equal(err.text, "multiplier 'NGS' is unknown, the nearest name is NGR");
	free(s);
}

/* A table with rows (power, right answers of 100 in sign_magnitude). */
static void fill(struct cas_mul_accuracy *table)
{
	static const struct { const char *name; double power_mw; int correct; } rows[] = {
		{"D", 0.4, 99}, {"C", 0.3, 99}, {"B", 0.2, 50}, {"E", 0.2, 49}, {"A", 0.1, 60}, {"U", -1, 100},
		{"N", 0.05, -1},
	};

	*table = (struct cas_mul_accuracy){.network = "net", .dataset = "set", .settings = "0123456789abcdef",
		.images = 100, .count = 7};
	for (int i = 0; i < 7; i++) {
		struct cas_mul_accuracy_row *row = &table->row[i];

		snprintf(row->name, sizeof row->name, "%s", rows[i].name);
		memcpy(row->table, "fedcba9876543210", sizeof row->table);
		row->power_mw = rows[i].power_mw;
		for (int m = 0; m < CAS_MAPPINGS; m++)
			row->correct[m] = m == CAS_SIGN_MAGNITUDE ? rows[i].correct : -1;
	}
}

static void rows_sort_by_power_and_the_front_is_what_nothing_beats(void **state)
{
	static const char order[] = "NABECDU";
	static const int front[] = {0, 1, 0, 0, 1, 0, 0};
	struct cas_mul_accuracy *table = calloc(1, sizeof *table);

	(void)state;
	fill(table);
	cas_mul_accuracy_sort(table);
	for (int i = 0; i < 7; i++) {
		assert_int_equal(table->row[i].name[0], order[i]);
		assert_int_equal(cas_mul_accuracy_on_front(table, i, CAS_SIGN_MAGNITUDE), front[i]);
		assert_int_equal(cas_mul_accuracy_on_front(table, i, CAS_AFFINE), 0);
	}
	free(table);
}

static void the_standard_error_is_that_of_a_share(void **state)
{
	(void)state;
	assert_true(fabs(cas_mul_accuracy_error(9000, 10000) - 0.003) < 1e-15);
	assert_true(cas_mul_accuracy_error(100, 100) == 0 && cas_mul_accuracy_error(0, 0) == 0);
}

static void a_table_is_read_as_it_was_written(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_mul_accuracy *table = calloc(1, sizeof *table), *read = calloc(1, sizeof *read);
	struct cas_buf text;
	struct cas_err err;
	char path[128];

	fill(table);
	table->row[0].correct[CAS_AFFINE] = 0;
	cas_buf_init(&text, 1 << 16);
	cas_mul_accuracy_csv(table, &text);
	snprintf(path, sizeof path, "%s/t.csv", tmp->folder);
	assert_int_equal(cas_outfile_write(path, text.data, text.size_bytes, &err), CAS_OK);
	assert_int_equal(cas_mul_accuracy_read(path, read, &err), CAS_OK);
	table->count--; /* N was never run, so it has no line */
	memset(&table->row[6], 0, sizeof table->row[6]);
	assert_memory_equal(read, table, sizeof *table);
	assert_non_null(strstr(text.data, "\nnet,set,100,0123456789abcdef,A,fedcba9876543210,0.1,sign_magnitude,60,0.600000,0.048990\n"));
	cas_buf_clear(&text);
	free(table);
	free(read);
}

static void a_damaged_table_is_refused_with_its_line(void **state)
{
#define FIRST "network,dataset,images,settings,multiplier,table,power_mw,mapping,correct,accuracy,standard_error\n"
#define GOOD "n,d,100,0123,NGR,77,0.2,affine,60,0.6,0.04\n"
	static const struct { const char *text, *message; } cases[] = {
		{"a,b\n", "1: not a table of accuracies, which begins with network,dataset,images,settings,"
			"multiplier,table,power_mw,mapping,correct,accuracy,standard_error"},
		{FIRST GOOD "n,d,100,0123,NGR,77,0.2,affine,6", "3: the line is cut off"},
		{FIRST "n,d,100\n", "2: not 11 fields"},
		{FIRST "n,d,0,0123,NGR,77,0.2,affine,60,0.6,0.04\n", "2: no network, data set, number of images and settings"},
		{FIRST GOOD "n,d,101,0123,DM1,78,0.2,affine,60,0.6,0.04\n",
			"3: of another network, data set, number of images or other settings than the lines above"},
		{FIRST "n,d,100,0123,NGR,77,-1,affine,60,0.6,0.04\n", "2: no multiplier, table and power"},
		{FIRST "n,d,100,0123,NGR,77,0.2,afine,60,0.6,0.04\n", "2: no such mapping"},
		{FIRST "n,d,100,0123,NGR,77,0.2,affine,101,0.6,0.04\n", "2: not as many right answers as there can be"},
		{FIRST GOOD "n,d,100,0123,NGR,78,0.2,sign_magnitude,60,0.6,0.04\n",
			"3: of another table than a line above of this multiplier"},
		{FIRST GOOD GOOD, "3: a multiplier and mapping that an earlier line has"},
	};
	const struct tmp *tmp = *state;
	struct cas_mul_accuracy *read = calloc(1, sizeof *read);
	struct cas_err err;
	char path[128], want[400];

	snprintf(path, sizeof path, "%s/t.csv", tmp->folder);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(cas_outfile_write(path, cases[i].text, strlen(cases[i].text), &err), CAS_OK);
		assert_int_equal(cas_mul_accuracy_read(path, read, &err), CAS_INPUT);
		snprintf(want, sizeof want, "%s:%s", path, cases[i].message);
		assert_string_equal(err.text, want);
	}
	free(read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sweep_counts_what_single_runs_count),
		cmocka_unit_test(the_squash_unit_is_swept_only_when_asked_for),
		cmocka_unit_test(without_names_only_evoapprox_is_swept_and_all_when_asked_for),
		cmocka_unit_test(what_was_run_before_is_not_run_again),
		cmocka_unit_test(results_of_another_run_are_not_gone_on_with),
		cmocka_unit_test(rows_sort_by_power_and_the_front_is_what_nothing_beats),
		cmocka_unit_test(the_standard_error_is_that_of_a_share),
		cmocka_unit_test_setup_teardown(a_table_is_read_as_it_was_written, tmp_setup, tmp_teardown),
		cmocka_unit_test_setup_teardown(a_damaged_table_is_refused_with_its_line, tmp_setup, tmp_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
