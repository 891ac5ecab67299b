/* Does a NASCaps genotype become the network that it stands for? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "model/genotype_network.h"
#include "model/network_load.h"
#include "model/network_ops.h"

static void build(struct cas_network *net, const char *text)
{
	struct cas_genotype g;
	struct cas_err err = {""};

	if (cas_genotype_parse(&g, "g.json", text, strlen(text), &err) || cas_genotype_network(net, &g, "g.json", &err))
		fail_msg("%s", err.text);
}

static const char deepcaps[] = "[[0,64,3,1,3,1,64,128,1],[2,64,32,4,3,2,32,32,4],[2,32,32,4,3,2,16,32,8],"
	"[2,16,32,8,3,2,8,32,8],[2,8,32,8,3,2,4,32,8],[2,4,32,8,4,1,1,10,16],[4],[2]]";

/* models/deepcaps.yaml is the paper's, whose class capsules have 32 elements, the genotype's have 16. */
static void deepcaps_is_deepcaps(void **state)
{
	(void)state;
	static struct cas_network a, b;
	struct cas_err err = {""};

	build(&a, deepcaps);
	assert_int_equal(cas_network_load(&b, "models/deepcaps.yaml", CAS_NETWORK_SHAPES, &err), CAS_OK);
	assert_int_equal(a.layers, b.layers);
	assert_int_equal(a.resize, 1);
	for (int i = 0; i < a.layers; i++) {
		const struct cas_layer *x = &a.layer[i], *y = &b.layer[i];
		uint64_t wider = x->kind == CAS_CLASSCAPS ? 2 : 1;

		assert_int_equal(x->kind, y->kind);
		assert_int_equal(x->input, y->input);
		if (cas_layer_inputs(x) == 2)
			assert_int_equal(x->input2, y->input2);
		assert_int_equal(x->parameters * wider, y->parameters);
		assert_int_equal(x->macs * wider, y->macs);
		assert_int_equal(x->out.h, y->out.h);
		assert_int_equal(x->out.caps, y->out.caps);
	}
	/* by hand: the paper's less half of the class layer */
	assert_int_equal(a.parameters, 13358592 - 2560 * 10 * 16 * 8);
}

static void a_network_without_cells_is_a_chain(void **state)
{
	(void)state;
	static struct cas_network net;

	build(&net, "[[0,64,3,1,9,1,64,32,1],[0,64,32,1,9,2,32,8,1],[1,32,8,1,9,2,16,32,11],[1,16,32,11,3,1,16,8,4],"
		"[1,16,8,4,16,1,16,10,64],[-1],[2]]");
	assert_int_equal(net.layers, 5);
	assert_int_equal(net.layer[1].out.h, 32);
	assert_int_equal(net.layer[2].out.caps, 16 * 16 * 32);
	assert_int_equal(net.layer[2].parameters, 9 * 9 * 8 * 32 * 11);
	assert_int_equal(net.layer[4].routing.caps, 16 * 16 * 8);
	assert_int_equal(net.layer[4].parameters, 2048 * 4 * 640);
	assert_int_equal(net.classes, 10);
}

static void rows_that_do_not_fit_are_named_with_both_shapes(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"[[0,28,1,1,9,1,28,16,1],[1,28,32,1,9,2,14,4,8],[1,14,4,8,14,1,1,10,16],[-1],[1]]",
			"g.json: row 2: its input is 28x28x32 (32 of 1), but the row before gives 28x28x16"},
		{"[[0,28,1,1,9,1,28,16,1],[1,28,16,1,9,2,13,4,8],[1,14,4,8,14,1,1,10,16],[-1],[1]]",
			"g.json: row 2: its output is 13x13x32 (4 of 8), but kernel, stride and padding give 14x14x32 (4 of 8)"},
		{"[[0,28,1,1,4,1,28,16,1],[1,28,16,1,9,2,14,4,8],[1,14,4,8,14,1,1,10,16],[-1],[1]]",
			"g.json: row 1: its output is 28x28x16 (16 of 1), but kernel, stride and padding give 27x27x16"},
		{"[[0,28,1,1,9,1,28,16,1],[0,28,16,1,9,2,14,4,8],[1,14,4,8,14,1,1,10,16],[-1],[1]]",
			"g.json: row 3: layer class (classcaps): conv2 is a map of 14x14x32, expected capsules"},
		/* the product fits, the capsules do not; in a chain and at the class capsules */
		{"[[0,28,1,1,9,1,28,16,1],[1,28,16,1,9,2,14,4,8],[1,14,8,4,14,1,1,10,16],[-1],[1]]",
			"g.json: row 3: its input is 14x14x32 (8 of 4), but the row before gives 14x14x32 (4 of 8)"},
		{"[[1,28,1,1,9,2,14,4,8],[2,14,16,2,3,2,7,4,8],[1,7,4,8,7,1,1,10,16],[-1],[1]]",
			"g.json: row 2: its input is 14x14x32 (16 of 2), but the row before gives 14x14x32 (4 of 8)"},
		/* no class capsules */
		{"[[0,28,1,1,9,1,28,16,1],[1,28,16,1,9,2,14,4,8],[0,14,4,8,14,1,1,10,16],[-1],[1]]",
			"g.json: row 3: type 0, a convolution, comes last, expected 1 or 2, which are the class capsules there"},
		/* the two ways through a cell with an even kernel */
		{"[[0,28,1,1,9,1,28,16,1],[2,28,16,1,4,2,14,4,8],[1,14,4,8,14,1,1,10,16],[-1],[1]]",
			"g.json: row 2: layer cell2_add (add): cell2_l3 is a map of 12x12x32, 576 capsules of 8, cell2_skip is "
			"a map of 13x13x32, 676 capsules of 8, expected equal shapes"},
		/* a skip from a map without capsules, and from other capsules */
		{"[[0,28,1,1,9,1,28,16,1],[1,28,16,1,9,2,14,4,8],[1,14,4,8,14,1,1,10,16],[1],[1]]",
			"g.json: row 3: layer concat (concat): caps2 is a map of 14x14x32, 784 capsules of 8, conv1 is a map of "
			"28x28x16, expected capsules of equal size"},
		{"[[1,28,1,1,9,2,14,8,4],[1,14,8,4,3,1,14,4,8],[1,14,4,8,14,1,1,10,16],[1],[1]]",
			"g.json: row 3: layer concat (concat): caps2 is a map of 14x14x32, 784 capsules of 8, caps1 is a map of "
			"14x14x32, 1568 capsules of 4, expected capsules of equal size"},
		{"[[0,4,1,1,9,1,4,16,1],[1,4,16,1,64,2,1,4,8],[1,1,4,8,1,1,1,10,16],[-1],[1]]",
			"g.json: row 2: its output is 1x1x32 (4 of 8), but kernel, stride and padding give 2x2x32 (4 of 8)"},
		{"[[0,28,1,1,9,1,28,16,1],[-1],[1]]", "g.json: 1 rows of layers, expected 2..25 to make a network"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		static struct cas_network net;
		struct cas_genotype g;
		struct cas_err err = {""};

		assert_int_equal(cas_genotype_parse(&g, "g.json", cases[i].text, strlen(cases[i].text), &err), CAS_OK);
		assert_int_equal(cas_genotype_network(&net, &g, "g.json", &err), CAS_INPUT);
		assert_string_equal(err.text, cases[i].message);
	}
}

/* A convolution reads channels, whatever capsules they are of. */
static void a_convolution_may_follow_capsules(void **state)
{
	(void)state;
	static struct cas_network net;

	build(&net, "[[1,28,1,1,9,2,14,4,8],[0,14,32,1,3,1,14,8,1],[1,14,8,1,3,1,14,4,8],[1,14,4,8,14,1,1,10,16],[-1],[1]]");
	assert_int_equal(net.layer[1].kind, CAS_CONV2D);
	assert_int_equal(net.layer[1].out.c, 8);
}

/* FIGURES, DeepCaps counted by definition: 1.349 G multiply, 476 K divide, 126 K exp, 175 K sqrt. */
static void deepcaps_has_the_operations_of_its_definition(void **state)
{
	(void)state;
	static struct cas_network net;
	struct cas_err err = {""};

	assert_int_equal(cas_network_load(&net, "models/deepcaps.yaml", CAS_NETWORK_SHAPES, &err), CAS_OK);
	struct cas_ops ops = cas_network_ops(&net, 0);
	assert_int_equal(ops.multiply, 1349299008);
	assert_int_equal(ops.divide, 476220);
	assert_int_equal(ops.exp, 125952);
	assert_int_equal(ops.sqrt, 175134);
	/* FIGURES: 1.347 G, which leaves out the squashes' own sums (one for each squashed element) */
	assert_int_equal(ops.add, 1347009536 + 877504);
	/* one iteration: no update, a third of the softmaxes */
	assert_int_equal(cas_network_ops(&net, 1).exp * 3, ops.exp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deepcaps_is_deepcaps),
		cmocka_unit_test(a_network_without_cells_is_a_chain),
		cmocka_unit_test(a_convolution_may_follow_capsules),
		cmocka_unit_test(rows_that_do_not_fit_are_named_with_both_shapes),
		cmocka_unit_test(deepcaps_has_the_operations_of_its_definition),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
