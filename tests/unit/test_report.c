/* Reports: tables, numbers for people, and a report of an evaluation made by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "report/facts.h"
#include "report/json_parts.h"
#include "report/notes.h"
#include "report/report.h"

static struct cas_table small_table(void)
{
	struct cas_table table;

	cas_table_init(&table, "lrrl");
	for (int i = 0; i < 12; i++) {
		static const char *const cell[] = {"name", "µJ", "idle", "by", "a<b", "1", "", "x,\"y\"",
			"long name", "1,234", "", ""};

		cas_table_add(&table, "%s", cell[i]);
	}
	return table;
}

static void text_tables_align_by_characters_and_drop_empty_columns(void **state)
{
	struct cas_table table = small_table();
	struct cas_buf out;

	(void)state;
	cas_buf_init(&out, 1000);
	cas_table_text(&table, 2, &out);
	assert_string_equal(out.data,
		"  name          µJ  by\n"
		"  a<b            1  x,\"y\"\n"
		"  long name  1,234\n");
	cas_buf_clear(&out);
	cas_table_clear(&table);
}

static void html_tables_escape_their_text(void **state)
{
	struct cas_table table = small_table();
	struct cas_buf out;

	(void)state;
	cas_buf_init(&out, 1000);
	cas_table_html(&table, &out);
	assert_string_equal(out.data, "<table>\n"
		"<tr><th>name</th><th class=\"r\">µJ</th><th>by</th></tr>\n"
		"<tr><td>a&lt;b</td><td class=\"r\">1</td><td>x,&quot;y&quot;</td></tr>\n"
		"<tr><td>long name</td><td class=\"r\">1,234</td><td></td></tr>\n</table>\n");
	cas_buf_clear(&out);
	cas_table_clear(&table);
}

static void csv_keeps_every_column_and_quotes_where_it_must(void **state)
{
	struct cas_table table = small_table();
	struct cas_buf out;

	(void)state;
	cas_buf_init(&out, 1000);
	cas_table_csv(&table, &out);
	assert_string_equal(out.data, "name,µJ,idle,by\na<b,1,,\"x,\"\"y\"\"\"\nlong name,\"1,234\",,\n");
	cas_buf_clear(&out);
	cas_table_clear(&table);
}

static void long_text_is_wrapped_between_words(void **state)
{
	struct cas_buf out;
	char text[400] = "";

	(void)state;
	cas_buf_init(&out, 1000);
	for (int i = 0; i < 40; i++)
		memcpy(text + 5 * i, "word ", 6);
	cas_text_wrap(&out, 2, 2, text);
	assert_true(out.size_bytes > 200);
	for (const char *line = out.data; *line; line = strchr(line, '\n') + 1) {
		assert_true(strcspn(line, "\n") <= 100);
		assert_int_equal(strspn(line, " "), line == out.data ? 2 : 4);
	}
	cas_buf_clear(&out);
}

static void numbers_for_people(void **state)
{
	static const struct {
		const char *(*fn)(char *, uint64_t);
		uint64_t value;
		const char *want;
	} cases[] = {
		{cas_text_count, 0, "0"}, {cas_text_count, 999, "999"}, {cas_text_count, 1000, "1,000"},
		{cas_text_count, UINT64_MAX, "18,446,744,073,709,551,615"}, {cas_text_bytes, 0, "0 B"},
		{cas_text_bytes, 1023, "1,023 B"}, {cas_text_bytes, 65536, "64 KiB"},
		{cas_text_bytes, 3 << 20, "3 MiB"}, {cas_text_bytes, 65537, "65,537 B"},
		{cas_text_short, 999, "999"}, {cas_text_short, 191102976, "191.1 M"},
		{cas_text_short, 12345, "12.3 k"},
	};
	static const struct {
		double value;
		const char *want;
	} reals[] = {{0, "0.000"}, {1, "1.000"}, {12.344, "12.34"}, {333.333333, "333.3"},
		{98765.4, "98765"}, {0.04547, "0.04547"}};
	char text[CAS_NUMBER_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(cases[i].fn(text, cases[i].value), cases[i].want);
	for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++)
		assert_string_equal(cas_text_real(text, reals[i].value), reals[i].want);
}

static void json_numbers_read_back_equal(void **state)
{
	static const double values[] = {88.80261861485761, 0.1, 1.0 / 3, 1e300, -0.0018232500000000002};
	cJSON *root = cJSON_CreateObject(), *back;
	struct cas_buf out;
	struct cas_err err;
	char key[2] = "a";

	(void)state;
	cas_buf_init(&out, 1000);
	for (size_t i = 0; i < 5; i++, key[0]++)
		cas_json_real(root, key, values[i]);
	cas_json_real(root, "none", 0.0 / (out.size_bytes ? 1.0 : 0.0));
	cas_json_u64(root, "most", UINT64_MAX);
	assert_int_equal(cas_json_finish(root, &out, &err), CAS_OK);
	assert_non_null(strstr(out.data, "18446744073709551615"));
	back = cJSON_Parse(out.data);
	key[0] = 'a';
	for (size_t i = 0; i < 5; i++, key[0]++)
		assert_true(cJSON_GetObjectItem(back, key)->valuedouble == values[i]);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(back, "none")));
	cJSON_Delete(back);
	cas_buf_clear(&out);
}

/* Multipliers of a CapsNet of three layers: NGR, but the votes exact. */
static void name_groups(struct cas_eval *eval)
{
	static const char *const names[] = {"Conv1", "Primary", "Class"};
	struct cas_eval_multipliers *m = &eval->multipliers;

	memcpy(eval->config.multiplier, "NGR", 4);
	memcpy(m->entry[0].name, "NGR", 4);
	memcpy(m->entry[1].name, "1JFF", 5);
	m->count = 2;
	eval->net.layers = 3;
	memset(m->used, -1, sizeof m->used);
	for (int l = 0; l < 3; l++)
		memcpy(eval->net.layer[l].name, names[l], strlen(names[l]) + 1);
	m->used[0][CAS_GROUP_LAYER] = m->used[1][CAS_GROUP_LAYER] = 0;
	m->used[1][CAS_GROUP_SQUASH] = m->used[2][CAS_GROUP_SQUASH] = 0;
	m->used[2][CAS_GROUP_VOTES] = 1;
	m->used[2][CAS_GROUP_SUM] = m->used[2][CAS_GROUP_UPDATE] = 0;
	m->mul[0] = m->mul[1] = NULL;
}

static void every_operation_group_is_named_once(void **state)
{
	struct cas_eval *eval = calloc(1, sizeof *eval);
	struct cas_report_groups groups;
	struct cas_buf out;
	static const char *const want[] = {"Conv1", "Primary", "squash", "votes", "sum", "update"};

	(void)state;
	assert_non_null(eval);
	name_groups(eval);
	cas_report_groups(eval, &groups);
	assert_int_equal(groups.count, 6);
	for (int i = 0; i < 6; i++) {
		assert_string_equal(groups.entry[i].group, want[i]);
		assert_string_equal(groups.entry[i].multiplier, i == 3 ? "1JFF" : "NGR");
	}
	cas_buf_init(&out, 1000);
	cas_report_multipliers(eval, &out);
	assert_string_equal(out.data, "NGR but for votes (1JFF)");
	cas_buf_clear(&out);
	free(eval);
}

static void what_binds_is_what_the_cost_model_says_of_the_total(void **state)
{
	struct cas_eval *eval = calloc(1, sizeof *eval);
	struct cas_step_cost step[3] = {{.cycles = 30, .bound_by = CAS_BOUND_COMPUTE},
		{.cycles = 60, .bound_by = CAS_BOUND_DRAM}, {.cycles = 10, .bound_by = CAS_BOUND_NONE}};
	struct cas_buf out;

	(void)state;
	assert_non_null(eval);
	eval->cost.step = step;
	eval->cost.steps = 3;
	eval->cost.total.cycles = 100;
	eval->cost.total.bound_by = CAS_BOUND_WEIGHT_PORT;
	cas_buf_init(&out, 1000);
	cas_report_binding(eval, &out);
	assert_non_null(strstr(out.data, "What binds: "));
	assert_non_null(strstr(out.data, " 60.0%"));
	assert_int_equal(strncmp(out.data + strlen("What binds: "), cas_bound_name(CAS_BOUND_WEIGHT_PORT),
		strlen(cas_bound_name(CAS_BOUND_WEIGHT_PORT))), 0);
	assert_non_null(strstr(out.data, "none 10.0%"));
	cas_buf_clear(&out);
	free(eval);
}

static void weights_are_counted_in_bytes_and_biases_in_four(void **state)
{
	struct cas_network *net = calloc(1, sizeof *net);

	(void)state;
	assert_non_null(net);
	net->layers = 2;
	net->parameters = 90 + 10 + 50; /* weights and biases of the first layer, weights of the second */
	net->layer[0].kind = CAS_CONV2D;
	net->layer[0].out.c = 10;
	net->layer[1].kind = CAS_CLASSCAPS;
	net->layer[1].out.c = 50;
	assert_int_equal(cas_report_weight_bytes(net), 90 + 4 * 10 + 50);
	free(net);
}

/* 81 of 263 is Wilson's example in Newcombe, Stat. Med. 17 (1998), table I: 0.2553 to 0.3662. */
static void the_interval_of_a_share_is_wilsons(void **state)
{
	struct cas_interval i = cas_report_interval(81, 263);

	(void)state;
	assert_int_equal(lround(1e4 * i.low), 2553);
	assert_int_equal(lround(1e4 * i.high), 3662);
	i = cas_report_interval(20, 20);
	assert_true(i.low < 0.9 && i.high == 1);
	i = cas_report_interval(0, 20);
	assert_true(i.low < 1e-15 && i.high > 0.1);
}

/* Worked by hand: 0 of 3 is 2/8; 1 of 5 is 2 (1 + 5) / 32; 10 of 10 is certain; the last one by
 * Python's fractions. */
static void paired_answers_are_tested_exactly(void **state)
{
	(void)state;
	assert_true(cas_report_mcnemar(0, 0) == 1);
	assert_true(fabs(cas_report_mcnemar(0, 3) - 0.25) < 1e-12);
	assert_true(fabs(cas_report_mcnemar(3, 0) - 0.25) < 1e-12);
	assert_true(fabs(cas_report_mcnemar(1, 4) - 0.375) < 1e-12);
	assert_true(cas_report_mcnemar(10, 10) == 1);
	assert_true(cas_report_mcnemar(10, 11) == 1);
	assert_true(fabs(cas_report_mcnemar(12, 30) / 0.007915897334896727 - 1) < 1e-9);
	assert_true(cas_report_mcnemar(0, 60000) < 1e-300);
	assert_true(fabs(cas_report_mcnemar(29900, 30100) / 0.4165542794446592 - 1) < 1e-6);
}

/* Two layers, the second of capsules; a layer whose name begins like another's is told apart. */
static void operations_of_published_models_find_their_layer(void **state)
{
	struct cas_eval *eval = calloc(1, sizeof *eval);
	struct cas_nascaps_op op[4] = {{.name = "a"}, {.name = "a_b"}, {.name = "a_b_sum1"},
		{.name = "a_b_update1"}};
	struct cas_nascaps_cost cost[4] = {{.cycles = 10, .macs = 40}, {.cycles = 20, .macs = 40},
		{.cycles = 30, .macs = 40}, {.cycles = 50, .macs = 80}};
	struct cas_scalesim_step scale[3] = {{.name = "a", .cycles = {7}, .macs = 28},
		{.name = "a_b_votes", .cycles = {8}, .macs = 28}, {.name = "a_b_sum", .cycles = {9}, .macs = 28}};
	struct cas_step step[3] = {{.kind = CAS_STEP_LOAD}, {.kind = CAS_STEP_CONV},
		{.kind = CAS_STEP_SUM, .layer = 1}};
	struct cas_step_cost steps[3] = {{.step = &step[0], .cycles = 3},
		{.step = &step[1], .cycles = 20, .macs = 40}, {.step = &step[2], .cycles = 100, .macs = 160}};
	struct cas_table table;
	struct cas_buf out;

	(void)state;
	assert_non_null(eval);
	eval->config.accel.rows = eval->config.accel.cols = 2;
	eval->net.layers = 2;
	memcpy(eval->net.layer[0].name, "a", 2);
	memcpy(eval->net.layer[1].name, "a_b", 4);
	eval->nascaps_ops = (struct cas_nascaps_ops){4, op};
	eval->nascaps[0].op = eval->nascaps[1].op = cost;
	eval->scalesim.count = 3;
	eval->scalesim.step = scale;
	eval->cost.steps = 3;
	eval->cost.step = steps;
	cas_report_by_layer(eval, &table);
	cas_buf_init(&out, 2000);
	cas_table_csv(&table, &out);
	assert_string_equal(out.data,
		"layer,this model,util,NASCaps printed,util,released,util,SCALE-Sim WS,util\n"
		"a,20,50.0,10,100.0,10,100.0,7,100.0\n"
		"a_b,100,40.0,100,40.0,100,40.0,17,82.4\n"
		"\"load, store\",3,,,,,,,\n"
		"total,123,40.7,110,45.5,110,45.5,24,87.5\n");
	cas_buf_clear(&out);
	cas_table_clear(&table);
	free(eval);
}

static void layers_that_may_overflow_are_named_and_counted_apart(void **state)
{
	struct cas_eval *eval = calloc(1, sizeof *eval);
	struct cas_buf out;

	(void)state;
	assert_non_null(eval);
	name_groups(eval);
	eval->accuracy.correctf = eval->accuracy.correct_plain = -1;
	cas_buf_init(&out, 1000);
	cas_report_notes_accuracy(eval, &out);
	assert_int_equal(out.size_bytes, 0);
	eval->accuracy.exposed[0] = eval->accuracy.exposed[2] = 1;
	eval->accuracy.overflows[2] = 1234;
	cas_report_notes_accuracy(eval, &out);
	assert_string_equal(out.data, "Sums that may leave their width: Conv1, Class.  They are added one by one in "
		"the hardware's order, which is slower (docs/performance.md).\n"
		"Overflows: 1,234 additions to sums of layer Class left their width (wrap).\n");
	cas_buf_clear(&out);
	free(eval);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_tables_align_by_characters_and_drop_empty_columns),
		cmocka_unit_test(html_tables_escape_their_text),
		cmocka_unit_test(csv_keeps_every_column_and_quotes_where_it_must),
		cmocka_unit_test(long_text_is_wrapped_between_words),
		cmocka_unit_test(numbers_for_people),
		cmocka_unit_test(json_numbers_read_back_equal),
		cmocka_unit_test(every_operation_group_is_named_once),
		cmocka_unit_test(what_binds_is_what_the_cost_model_says_of_the_total),
		cmocka_unit_test(weights_are_counted_in_bytes_and_biases_in_four),
		cmocka_unit_test(the_interval_of_a_share_is_wilsons),
		cmocka_unit_test(paired_answers_are_tested_exactly),
		cmocka_unit_test(operations_of_published_models_find_their_layer),
		cmocka_unit_test(layers_that_may_overflow_are_named_and_counted_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
