/* NASCaps operations and costs: expansion, refusals, overflow.  Figures: tests/cross/test_nascaps.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cost/nascaps.h"

static void must(cas_status status, const struct cas_err *err)
{
	if (status != CAS_OK)
		fail_msg("%s", err->text);
}

/* n_in, ch_in, caps_in, kernel, n_out, ch_out, caps_out; the stride enters no equation. */
static struct cas_nascaps_op make_op(enum cas_nascaps_type type, const int shape[7])
{
	return (struct cas_nascaps_op){.name = "op", .type = type, .h_in = shape[0], .w_in = shape[0],
		.ch_in = shape[1], .caps_in = shape[2], .k_h = shape[3], .k_w = shape[3], .stride = 1,
		.h_out = shape[4], .w_out = shape[4], .ch_out = shape[5], .caps_out = shape[6]};
}

static const int conv1[7] = {28, 1, 1, 9, 20, 256, 1};

/* Sabour's CapsNet for MNIST with its shapes. */
static void fill_capsnet(struct cas_network *net)
{
	static const struct cas_shape map = {20, 20, 256, 0, 0}, capsules = {6, 6, 256, 1152, 8};

	*net = (struct cas_network){.layers = 3, .input = {28, 28, 1, 0, 0}};
	net->layer[0] = (struct cas_layer){.name = "Conv1", .kind = CAS_CONV2D, .k_h = 9, .k_w = 9,
		.stride = 1, .channels = 256, .in = net->input, .out = map};
	net->layer[1] = (struct cas_layer){.name = "PrimaryCaps", .kind = CAS_PRIMARYCAPS, .k_h = 9,
		.k_w = 9, .stride = 2, .types = 32, .dim = 8, .in = map, .out = capsules};
	net->layer[2] = (struct cas_layer){.name = "ClassCaps", .kind = CAS_CLASSCAPS, .channels = 10,
		.dim = 16, .iters = 3, .in = capsules, .out = {1, 1, 160, 10, 16}};
}

/* One genotype with every kind of row; capsules of differing sizes tell the cells' rules apart. */
static void genotypes_expand_by_the_released_rules(void **state)
{
	static const char text[] = "[[0,64,3,1,3,1,64,128,1],[1,64,128,1,3,1,64,32,2],"
		"[2,64,32,2,3,2,32,32,4],[2,33,32,4,3,2,16,32,8],[2,16,32,8,4,1,1,10,16],[-1],[1]]";
	static const struct {
		const char *name;
		enum cas_nascaps_type type;
		int n_in, caps_in;
	} want[] = {
		{"conv1", CAS_NASCAPS_CONV, 64, 1},
		{"caps2", CAS_NASCAPS_CAPS, 64, 1},
		{"cell3_caps1", CAS_NASCAPS_CAPS, 64, 2},
		{"cell3_caps2", CAS_NASCAPS_CAPS, 32, 4},
		{"cell3_caps3", CAS_NASCAPS_CAPS, 32, 4},
		{"cell3_caps4", CAS_NASCAPS_CAPS, 32, 4},
		{"cell4_caps1", CAS_NASCAPS_CAPS, 33, 4},
		{"cell4_caps2", CAS_NASCAPS_CAPS, 16, 4},
		{"cell4_caps3", CAS_NASCAPS_CAPS, 16, 4},
		{"cell4_caps3d", CAS_NASCAPS_CAPS3D, 16, 4},
		{"class_sum1", CAS_NASCAPS_SUM, 16, 8},
		{"class_update1", CAS_NASCAPS_UPDATE, 16, 8},
		{"class_sum2", CAS_NASCAPS_SUM, 16, 8},
		{"class_update2", CAS_NASCAPS_UPDATE, 16, 8},
		{"class_sum3", CAS_NASCAPS_SUM, 16, 8},
		{"class_update3", CAS_NASCAPS_UPDATE, 16, 8},
		{"class", CAS_NASCAPS_CLASS, 16, 8},
	};
	struct cas_genotype genotype;
	struct cas_nascaps_ops ops;
	struct cas_err err;

	(void)state;
	must(cas_genotype_parse(&genotype, "g", text, strlen(text), &err), &err);
	must(cas_nascaps_from_genotype(&ops, &genotype, &err), &err);
	assert_int_equal(ops.count, sizeof want / sizeof *want);
	for (int i = 0; i < ops.count; i++) {
		assert_string_equal(ops.op[i].name, want[i].name);
		assert_int_equal(ops.op[i].type, want[i].type);
		assert_int_equal(ops.op[i].h_in, want[i].n_in);
		assert_int_equal(ops.op[i].w_in, want[i].n_in);
		assert_int_equal(ops.op[i].caps_in, want[i].caps_in);
	}
	cas_nascaps_ops_clear(&ops);
}

static void iterations_can_be_replaced(void **state)
{
	struct cas_nascaps_ops ops;
	struct cas_network net;
	struct cas_err err;

	(void)state;
	fill_capsnet(&net);
	for (int iterations = 1; iterations <= CAS_MAX_ITERS; iterations++) {
		must(cas_nascaps_from_network(&ops, &net, iterations, &err), &err);
		assert_int_equal(ops.count, 3 + 2 * iterations - 1);
		assert_int_equal(ops.op[ops.count - 1].type, CAS_NASCAPS_SUM);
		cas_nascaps_ops_clear(&ops);
	}
	assert_int_equal(cas_nascaps_from_network(&ops, &net, 17, &err), CAS_INPUT);
	assert_string_equal(err.text, "ClassCaps: 17 is outside 1..16 routing iterations");
}

static void maps_need_not_be_square_and_plain_layers_have_capsules_of_one(void **state)
{
	struct cas_nascaps_params params = cas_nascaps_params_default();
	struct cas_network net = {.layers = 2};
	struct cas_nascaps_result result;
	struct cas_nascaps_ops ops;
	struct cas_err err;

	(void)state;
	net.layer[0] = (struct cas_layer){.name = "Conv", .kind = CAS_CONV2D, .k_h = 3, .k_w = 5,
		.stride = 1, .channels = 4, .in = {10, 12, 2, 0, 0}, .out = {8, 8, 4, 0, 0}};
	net.layer[1] = (struct cas_layer){.name = "Fc", .kind = CAS_FC, .channels = 6,
		.in = {8, 8, 4, 0, 0}, .out = {1, 1, 6, 0, 0}};
	must(cas_nascaps_from_network(&ops, &net, 0, &err), &err);
	for (int v = 0; v < CAS_NASCAPS_VARIANTS; v++) {
		must(cas_nascaps_estimate(&result, &ops, &params, (enum cas_nascaps_variant)v, &err), &err);
		assert_int_equal(result.variant, v);
		assert_int_equal(result.op[0].weights, (2 * 15 + 1) * 4);
		assert_int_equal(result.op[0].sums_per_out, 16 * 2);
		assert_int_equal(result.op[0].data_per_weight, 64 * 2);
		assert_int_equal(result.op[0].macs, 64 * 15 * 2 * 4);
		assert_int_equal(result.op[1].weights, (4 * 64 + 1) * 6);
		assert_int_equal(result.op[1].data_per_weight, 1);
		assert_int_equal(result.op[1].macs, 256 * 6);
		cas_nascaps_result_clear(&result);
	}
	cas_nascaps_ops_clear(&ops);
}

static void class_capsules_need_capsules(void **state)
{
	struct cas_nascaps_ops ops;
	struct cas_network net;
	struct cas_err err;

	(void)state;
	fill_capsnet(&net);
	net.layer[2].in = net.layer[1].in;
	assert_int_equal(cas_nascaps_from_network(&ops, &net, 0, &err), CAS_INPUT);
	assert_string_equal(err.text, "ClassCaps: classcaps reads a map of 20x20x256 without capsules, "
		"expected capsules");
	assert_null(ops.op);
}

static void parameters_outside_their_range_are_refused(void **state)
{
	static const struct {
		struct cas_nascaps_params params;
		const char *message;
	} cases[] = {
		{{0, 16, 1, 3.0, 1.0, 1.0, 1.0}, "NASCaps model: an array of 0x16 is outside 1..4096 rows and columns"},
		{{16, 4097, 1, 3.0, 1.0, 1.0, 1.0}, "NASCaps model: an array of 16x4097 is outside 1..4096 rows and columns"},
		{{16, 16, 0, 3.0, 1.0, 1.0, 1.0}, "NASCaps model: 0 is outside 1..64 pipeline stages"},
		{{16, 16, 1, 0.0, 1.0, 1.0, 1.0}, "NASCaps model: a clock period of 0 ns, expected more than 0"},
		{{16, 16, 1, 3.0, -1.0, 1.0, 2.0},
			"NASCaps model: powers of -1 and 1 mW and an access of 2 pJ, expected none below 0"},
	};
	struct cas_nascaps_op op = make_op(CAS_NASCAPS_CONV, conv1);
	struct cas_nascaps_cost cost;
	struct cas_err err;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(cas_nascaps_cost_op(&cost, &op, &cases[i].params, CAS_NASCAPS_PAPER, &err),
			CAS_INPUT);
		assert_string_equal(err.text, cases[i].message);
	}
}

static void nothing_overflows_unseen(void **state)
{
	static const int big[7] = {4096, 65536, 4096, 4096, 4096, 65536, 4096};
	struct cas_nascaps_params params = cas_nascaps_params_default();
	struct cas_genotype genotype;
	struct cas_nascaps_ops ops;
	struct cas_nascaps_cost cost;
	struct cas_err err;
	static const char text[] = "[[0,4096,65536,4096,4096,1,4096,65536,4096],[-1],[1]]";

	(void)state;
	for (int type = 0; type < CAS_NASCAPS_TYPES; type++) {
		struct cas_nascaps_op op = make_op((enum cas_nascaps_type)type, big);

		if (type == CAS_NASCAPS_SUM || type == CAS_NASCAPS_UPDATE)
			continue; /* 2^56 weights: these fit */
		assert_int_equal(cas_nascaps_cost_op(&cost, &op, &params, CAS_NASCAPS_RELEASED, &err),
			CAS_INPUT);
		assert_string_equal(err.text,
			"op: a count of the NASCaps model exceeds 64 bits, expected a smaller layer");
	}
	must(cas_genotype_parse(&genotype, "g", text, strlen(text), &err), &err);
	assert_int_equal(cas_nascaps_from_genotype(&ops, &genotype, &err), CAS_INPUT);
	assert_string_equal(err.text, "conv1: more than 2^64 - 1 MACs, expected a smaller layer");
}

static void totals_do_not_wrap_either(void **state)
{
	/* ten times 2^56 weights in 2^61 cycles on 1 x 1 with 32 stages and one row */
	struct cas_nascaps_params params = {.rows = 1, .cols = 1, .stages = 32, .period_ns = 1.0};
	const int shape[7] = {1, 65536, 1, 4096, 1, 65536, 1};
	struct cas_nascaps_op op[10];
	struct cas_nascaps_ops ops = {.count = 10, .op = op};
	struct cas_nascaps_result result;
	struct cas_err err;

	(void)state;
	for (int i = 0; i < 10; i++) {
		op[i] = make_op(CAS_NASCAPS_SUM, shape);
		snprintf(op[i].name, sizeof op[i].name, "step%d", i);
	}
	assert_int_equal(cas_nascaps_estimate(&result, &ops, &params, CAS_NASCAPS_RELEASED, &err),
		CAS_INPUT);
	assert_string_equal(err.text, "step7: the NASCaps model's totals up to here exceed 64 bits, "
		"expected a smaller network");
	assert_null(result.op);
}

static void each_variant_says_what_it_leaves_out(void **state)
{
	(void)state;
	for (int v = 0; v < CAS_NASCAPS_VARIANTS; v++) {
		const char *text = cas_nascaps_leaves_out((enum cas_nascaps_variant)v);

		assert_int_equal(strncmp(text, "Search score, not cycles of the array:", 38), 0);
		assert_ptr_equal(strchr(text, '.'), text + strlen(text) - 1); /* one sentence */
	}
	assert_string_equal(cas_nascaps_variant_name(CAS_NASCAPS_PAPER), "paper");
	assert_string_equal(cas_nascaps_variant_name(CAS_NASCAPS_RELEASED), "released");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(genotypes_expand_by_the_released_rules),
		cmocka_unit_test(iterations_can_be_replaced),
		cmocka_unit_test(maps_need_not_be_square_and_plain_layers_have_capsules_of_one),
		cmocka_unit_test(class_capsules_need_capsules),
		cmocka_unit_test(parameters_outside_their_range_are_refused),
		cmocka_unit_test(nothing_overflows_unseen),
		cmocka_unit_test(totals_do_not_wrap_either),
		cmocka_unit_test(each_variant_says_what_it_leaves_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
