/* Operand pairs over images and threads: as many as the network multiplies, whoever counts them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/network_load.h"
#include "study/mul_operands.h"

enum { IMAGES = 3 };

struct fixture {
	struct cas_run_config config;
	struct cas_network net;
	struct cas_dataset set;
	struct cas_mul_operands one, other;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct cas_err err;
	int all;

	*state = f;
	if (!f || cas_run_config_load(NULL, NULL, 0, ".", &f->config, &err) ||
	    cas_network_load(&f->net, f->config.network_path, CAS_NETWORK_WEIGHTS, &err))
		return -1;
	return (int)cas_eval_load_data(&f->config, 0, IMAGES, NULL, &f->set, &all, &err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cas_dataset_clear(&f->set);
	cas_network_clear(&f->net);
	free(f);
	return 0;
}

static void count(struct fixture *f, const char *name, struct cas_mul_operands *out)
{
	struct cas_mul_group group;
	struct cas_err err;

	assert_int_equal(cas_mul_group_find(&f->net, name, NULL, &group, &err), CAS_OK);
	assert_int_equal(cas_mul_operands_count(&f->config, &f->net, &f->set, &group, NULL, out, &err), CAS_OK);
}

static const struct cas_layer *class_capsules(const struct fixture *f)
{
	return &f->net.layer[f->net.layers - 1];
}

static void each_group_has_the_pairs_that_its_shape_says(void **state)
{
	struct fixture *f = *state;
	const struct cas_layer *c = class_capsules(f);
	uint64_t votes = (uint64_t)c->in.caps * (uint64_t)c->channels * (uint64_t)c->dim;
	uint64_t squares = votes / (uint64_t)c->in.caps * (uint64_t)c->iters;

	assert_int_equal(c->kind, CAS_CLASSCAPS);
	for (int l = 0; l < f->net.layers; l++) {
		const struct cas_layer *layer = &f->net.layer[l];

		if (layer->kind == CAS_PRIMARYCAPS)
			squares += (uint64_t)layer->out.caps * (uint64_t)layer->out.dim;
		if (layer->kind == CAS_CLASSCAPS)
			continue;
		count(f, layer->name, &f->one);
		assert_int_equal(f->one.pairs, IMAGES * (uint64_t)layer->out.h * (uint64_t)layer->out.w *
			(uint64_t)layer->out.c * (uint64_t)(layer->k_h * layer->k_w * layer->in.c));
	}
	count(f, "votes", &f->one);
	assert_int_equal(f->one.pairs, IMAGES * votes * (uint64_t)c->in.dim);
	count(f, "sum", &f->one);
	assert_int_equal(f->one.pairs, IMAGES * votes * (uint64_t)c->iters);
	count(f, "update", &f->one);
	assert_int_equal(f->one.pairs, IMAGES * votes * (uint64_t)(c->iters - 1));
	count(f, "squash", &f->one);
	assert_int_equal(f->one.pairs, IMAGES * squares);
}

static void counts_do_not_depend_on_the_number_of_threads(void **state)
{
	struct fixture *f = *state;

	f->config.threads = 1;
	count(f, "votes", &f->one);
	f->config.threads = 3;
	count(f, "votes", &f->other);
	assert_memory_equal(&f->one, &f->other, sizeof f->one);
	assert_true(f->one.pairs > 0);
}

static void totals_are_those_of_the_histogram(void **state)
{
	struct fixture *f = *state;
	double first = 0, second = 0, square = 0;
	uint64_t zero = 0;

	count(f, "votes", &f->one);
	for (int p = 0; p < CAS_MUL8U_PAIRS; p++) {
		double n = (double)f->one.histogram[p];
		int x = p / 256, y = p % 256;

		first += n * x;
		second += n * y;
		square += n * x * y * x * y;
		zero += x && y ? 0 : f->one.histogram[p];
	}
	assert_int_equal(f->one.with_zero, zero);
	assert_true(zero > 0 && zero < f->one.pairs);
	assert_true(fabs(f->one.mean_first * (double)f->one.pairs - first) < 1e-6 * first);
	assert_true(fabs(f->one.mean_second * (double)f->one.pairs - second) < 1e-6 * second);
	assert_true(fabs(f->one.rms_product * f->one.rms_product * (double)f->one.pairs - square) < 1e-6 * square);
}

static void swapped_operands_are_counted_as_the_table_is_indexed(void **state)
{
	struct fixture *f = *state;

	f->config.accel.numerics.swap_operands = 0;
	count(f, "votes", &f->one);
	f->config.accel.numerics.swap_operands = 1;
	count(f, "votes", &f->other);
	f->config.accel.numerics.swap_operands = 0;
	for (int x = 0; x < 256; x++)
		for (int y = 0; y < 256; y++)
			assert_int_equal(f->one.histogram[x << 8 | y], f->other.histogram[y << 8 | x]);
	assert_true(f->one.mean_first == f->other.mean_second);
}

static void the_mapping_decides_which_operands_there_are(void **state)
{
	struct fixture *f = *state;

	f->config.accel.numerics.mapping = CAS_SIGN_MAGNITUDE;
	count(f, "votes", &f->one);
	f->config.accel.numerics.mapping = CAS_SIGN_MAGNITUDE_ALIGNED;
	count(f, "votes", &f->other);
	for (int x = 0; x < 256; x++)
		for (int y = 0; y < 256; y++) { /* both signed: magnitudes below 128, aligned by one bit */
			if (x > 127 || y > 127)
				assert_int_equal(f->one.histogram[x << 8 | y], 0);
			else
				assert_int_equal(f->one.histogram[x << 8 | y], f->other.histogram[2 * x << 8 | 2 * y]);
		}
	f->config.accel.numerics.mapping = CAS_AFFINE;
	count(f, "votes", &f->other);
	assert_true(fabs(f->other.mean_second - 128) < 3);
	assert_true(f->one.mean_second < 64);
	f->config.accel.numerics.mapping = CAS_SIGN_MAGNITUDE_ALIGNED;
}

static void a_group_that_the_network_lacks_is_answered_with_those_it_has(void **state)
{
	struct fixture *f = *state;
	const char *class_name = class_capsules(f)->name;
	struct cas_mul_group group;
	struct cas_err err;
	char want[300], names[100] = "";
	size_t at = 0;

	for (int l = 0; l + 1 < f->net.layers; l++)
		at += (size_t)snprintf(names + at, sizeof names - at, "%s, ", f->net.layer[l].name);
	assert_int_equal(cas_mul_group_find(&f->net, "vote", NULL, &group, &err), CAS_INPUT);
	snprintf(want, sizeof want, "network %s has no products 'vote'; expected %svotes, sum, update or squash",
		f->net.name, names);
	assert_string_equal(err.text, want);
	assert_int_equal(cas_mul_group_find(&f->net, class_name, NULL, &group, &err), CAS_INPUT);
	assert_int_equal(cas_mul_group_find(&f->net, "votes", f->net.layer[0].name, &group, &err), CAS_INPUT);
	snprintf(want, sizeof want, "network %s has no products 'votes' in layer %s; expected %svotes, sum, update or squash",
		f->net.name, f->net.layer[0].name, names);
	assert_string_equal(err.text, want);
	assert_int_equal(cas_mul_group_find(&f->net, f->net.layer[0].name, class_name, &group, &err), CAS_INPUT);
	assert_int_equal(cas_mul_group_find(&f->net, "votes", "none", &group, &err), CAS_INPUT);
	assert_int_equal(cas_mul_group_find(&f->net, "squash", class_name, &group, &err), CAS_OK);
	assert_int_equal(group.first, f->net.layers - 1);
	assert_int_equal(group.end, f->net.layers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_group_has_the_pairs_that_its_shape_says),
		cmocka_unit_test(counts_do_not_depend_on_the_number_of_threads),
		cmocka_unit_test(totals_are_those_of_the_histogram),
		cmocka_unit_test(swapped_operands_are_counted_as_the_table_is_indexed),
		cmocka_unit_test(the_mapping_decides_which_operands_there_are),
		cmocka_unit_test(a_group_that_the_network_lacks_is_answered_with_those_it_has),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
