/* SCALE-Sim's closed forms against its own runs, and their use over a network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cost/scalesim.h"

enum { RECORDED_RUNS = 7, FIELDS = 13 };

/* Split one line of plain CSV in place. */
static int split(char *line, char *field[FIELDS])
{
	int count = 0;

	line[strcspn(line, "\r\n")] = '\0';
	while (line && count < FIELDS) {
		char *comma = strchr(line, ',');

		field[count++] = line;
		if (comma)
			*comma++ = '\0';
		line = comma;
	}
	return count;
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	assert_true(end != text && *end == '\0');
	return value;
}

static enum cas_scalesim_dataflow dataflow_of(const char *word)
{
	int d = 0;

	while (d < CAS_SCALESIM_DATAFLOWS &&
	       strcmp(word, cas_scalesim_dataflow_name((enum cas_scalesim_dataflow)d)))
		d++;
	assert_in_range(d, 0, CAS_SCALESIM_DATAFLOWS - 1);
	return (enum cas_scalesim_dataflow)d;
}

static void the_forms_equal_every_recorded_run(void **state)
{
	FILE *file = fopen("tests/data/scalesim.csv", "r");
	char line[512], *field[FIELDS];
	int compared = 0;

	(void)state;
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof line, file));
	assert_int_equal(split(line, field), FIELDS);
	assert_string_equal(field[8], "compute_cycles");
	while (fgets(line, sizeof line, file)) {
		assert_int_equal(split(line, field), FIELDS);
		assert_int_equal(cas_scalesim_cycles(dataflow_of(field[3]), number(field[4]),
			number(field[5]), number(field[6]), number(field[1]), number(field[2])),
			number(field[8]) - number(field[9]));
		compared++;
	}
	fclose(file);
	assert_int_equal(compared, RECORDED_RUNS);
}

/* By hand: 2 x 3 PEs, M 5, N 7, K 4. */
static void each_dataflow_folds_and_streams_its_own_sizes(void **state)
{
	(void)state;
	/* K in 2 folds of rows, N in 3 of columns: 6 tiles of 4 + 3 + 5 - 2 = 10 */
	assert_int_equal(cas_scalesim_cycles(CAS_SCALESIM_WS, 5, 7, 4, 2, 3), 59);
	/* M in 3 folds of rows, N in 3 of columns: 9 tiles of 2 + 3 + 4 - 2 = 7 */
	assert_int_equal(cas_scalesim_cycles(CAS_SCALESIM_OS, 5, 7, 4, 2, 3), 62);
	/* K in 2 folds of rows, M in 2 of columns: 4 tiles of 4 + 3 + 7 - 2 = 12 */
	assert_int_equal(cas_scalesim_cycles(CAS_SCALESIM_IS, 5, 7, 4, 2, 3), 47);
}

/* The mirror: keeping the inputs is keeping the weights of the transposed product. */
static void input_stationary_is_weight_stationary_transposed(void **state)
{
	(void)state;
	for (uint64_t m = 1; m < 20; m += 3)
		for (uint64_t n = 1; n < 20; n++)
			assert_int_equal(cas_scalesim_cycles(CAS_SCALESIM_IS, m, n, 9, 4, 5),
				cas_scalesim_cycles(CAS_SCALESIM_WS, n, m, 9, 4, 5));
}

static void counts_that_do_not_fit_saturate_and_empty_products_take_nothing(void **state)
{
	(void)state;
	for (int d = 0; d < CAS_SCALESIM_DATAFLOWS; d++) {
		enum cas_scalesim_dataflow flow = (enum cas_scalesim_dataflow)d;

		assert_int_equal(cas_scalesim_cycles(flow, UINT64_MAX, UINT64_MAX, UINT64_MAX, 1, 1),
			UINT64_MAX);
		assert_int_equal(cas_scalesim_cycles(flow, 1, 1, 1, UINT64_MAX, UINT64_MAX), UINT64_MAX);
		assert_int_equal(cas_scalesim_cycles(flow, 1u << 20, 1u << 30, UINT64_C(1) << 40, 1, 1),
			UINT64_MAX);
		assert_int_equal(cas_scalesim_cycles(flow, 0, 4, 4, 2, 2), 0);
		assert_int_equal(cas_scalesim_cycles(flow, 4, 4, 4, 2, 0), 0);
	}
	/* the largest single tile that fits: 2 + 1 + M - 2 - 1 */
	assert_int_equal(cas_scalesim_cycles(CAS_SCALESIM_WS, UINT64_MAX - 3, 1, 1, 1, 1), UINT64_MAX - 3);
	assert_int_equal(cas_scalesim_cycles(CAS_SCALESIM_WS, UINT64_MAX - 2, 1, 1, 1, 1), UINT64_MAX);
}

/* Sabour's CapsNet for MNIST with its shapes. */
static void fill_capsnet(struct cas_network *net)
{
	static const struct cas_shape conv1 = {20, 20, 256, 0, 0}, capsules = {6, 6, 256, 1152, 8};

	*net = (struct cas_network){.layers = 3, .input = {28, 28, 1, 0, 0}};
	net->layer[0] = (struct cas_layer){.name = "Conv1", .kind = CAS_CONV2D, .k_h = 9, .k_w = 9,
		.stride = 1, .channels = 256, .in = net->input, .out = conv1};
	net->layer[1] = (struct cas_layer){.name = "PrimaryCaps", .kind = CAS_PRIMARYCAPS, .k_h = 9,
		.k_w = 9, .stride = 2, .types = 32, .dim = 8, .in = conv1, .out = capsules};
	net->layer[2] = (struct cas_layer){.name = "ClassCaps", .kind = CAS_CLASSCAPS, .channels = 10,
		.dim = 16, .iters = 3, .routing = {1, 1152, 8, 10, 16}, .in = capsules, .out = {1, 1, 160, 10, 16}};
}

static void capsnet_is_the_sum_of_its_products(void **state)
{
	/* WS on 16 x 16; Conv1, PrimaryCaps and votes are measured runs, routing is by hand:
	 * sum 30 x (72 (48 + 1 - 2) - 1), update 20 x (1 (48 + 1152 - 2) - 1) */
	static const struct {
		const char *name;
		uint64_t ws, macs;
	} want[] = {
		{"Conv1", 42815, 8294400},
		{"PrimaryCaps", 1700351, 191102976},
		{"ClassCaps_votes", 540288, 1474560},
		{"ClassCaps_sum", 30 * 3383, 3 * 184320},
		{"ClassCaps_update", 20 * 1197, 2 * 184320},
	};
	struct cas_scalesim_result result;
	struct cas_network net;
	struct cas_err err;
	uint64_t ws = 0, macs = 0;

	(void)state;
	fill_capsnet(&net);
	assert_int_equal(cas_scalesim_network(&result, &net, 16, 16, 0, &err), CAS_OK);
	assert_int_equal(result.count, 5);
	for (int i = 0; i < 5; i++) {
		assert_string_equal(result.step[i].name, want[i].name);
		assert_int_equal(result.step[i].cycles[CAS_SCALESIM_WS], want[i].ws);
		assert_int_equal(result.step[i].macs, want[i].macs);
		ws += want[i].ws;
		macs += want[i].macs;
	}
	assert_int_equal(result.cycles[CAS_SCALESIM_WS], ws);
	assert_int_equal(result.macs, macs);
	cas_scalesim_result_clear(&result);
	assert_int_equal(cas_scalesim_network(&result, &net, 16, 16, 1, &err), CAS_OK);
	assert_int_equal(result.count, 4); /* one iteration updates nothing */
	cas_scalesim_result_clear(&result);
}

static void a_fully_connected_layer_is_one_row(void **state)
{
	struct cas_network net = {.layers = 1};
	struct cas_scalesim_result result;
	struct cas_err err;

	(void)state;
	net.layer[0] = (struct cas_layer){.name = "Fc", .kind = CAS_FC, .channels = 10,
		.in = {4, 5, 3, 0, 0}, .out = {1, 1, 10, 0, 0}};
	assert_int_equal(cas_scalesim_network(&result, &net, 8, 4, 0, &err), CAS_OK);
	/* K 60 in 8 folds, N 10 in 3: 24 (16 + 4 + 1 - 2) - 1 */
	assert_int_equal(result.cycles[CAS_SCALESIM_WS], 455);
	cas_scalesim_result_clear(&result);
}

static void a_network_that_cannot_be_counted_is_refused(void **state)
{
	struct cas_scalesim_result result;
	struct cas_network net;
	struct cas_err err;

	(void)state;
	fill_capsnet(&net);
	assert_int_equal(cas_scalesim_network(&result, &net, 0, 16, 0, &err), CAS_INPUT);
	assert_string_equal(err.text, "SCALE-Sim: an array of 0x16, expected at least 1x1");
	assert_int_equal(cas_scalesim_network(&result, &net, 16, 16, 17, &err), CAS_INPUT);
	assert_string_equal(err.text, "ClassCaps: 17 is outside 1..16 routing iterations");
	net.layer[2].in = net.layer[0].out;
	assert_int_equal(cas_scalesim_network(&result, &net, 16, 16, 0, &err), CAS_INPUT);
	assert_string_equal(err.text, "ClassCaps: classcaps reads a map of 20x20x256 without capsules, "
		"expected capsules");
	net.layer[0].in.c = net.layer[0].channels = 1 << 30;
	assert_int_equal(cas_scalesim_network(&result, &net, 16, 16, 0, &err), CAS_INPUT);
	assert_string_equal(err.text, "Conv1: its SCALE-Sim count, or the sum up to here, exceeds 64 "
		"bits, expected a smaller layer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_forms_equal_every_recorded_run),
		cmocka_unit_test(each_dataflow_folds_and_streams_its_own_sizes),
		cmocka_unit_test(input_stationary_is_weight_stationary_transposed),
		cmocka_unit_test(counts_that_do_not_fit_saturate_and_empty_products_take_nothing),
		cmocka_unit_test(capsnet_is_the_sum_of_its_products),
		cmocka_unit_test(a_fully_connected_layer_is_one_row),
		cmocka_unit_test(a_network_that_cannot_be_counted_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
