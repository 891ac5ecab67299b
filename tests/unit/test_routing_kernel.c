/* Do all kernels of routing give the words of the definition, sums of value[a][w]? */
#include "unit/sums.h"

#include "engine/routing_kernel_plan.h"

/* AVX2 has no kernel of its own for routing. */
enum { ISAS = 2 };
static const enum cas_isa isas[ISAS] = {CAS_ISA_PORTABLE, CAS_ISA_AVX512};

struct routing_case {
	int caps, classes, dim;
	int distinct; /* coefficients */
	enum operands votes;
};

static void routing_one(struct fixture *f, const struct cas_product *update, const struct routing_case *c,
	enum cas_isa isa)
{
	struct cas_routing_kernel *rk;
	struct cas_err err;
	int8_t *votes = f->w, *v = f->w + c->caps * c->classes * c->dim;
	int outputs = c->classes * c->dim, deltas = c->caps * c->classes;

	assert_int_equal(cas_routing_kernel_plan(&rk, &f->product, update, isa, &err), CAS_OK);
	memset(f->want, 0, (size_t)outputs * sizeof *f->want);
	for (int i = 0; i < c->caps; i++)
		for (int jd = 0; jd < outputs; jd++)
			f->want[jd] += f->product.value[f->a[i * c->classes + jd / c->dim] << 8 | (uint8_t)votes[i * outputs + jd]];
	cas_routing_sum(rk, f->a, votes, c->caps, c->classes, c->dim, f->got);
	compare(f, (size_t)outputs, "sum");
	memset(f->want, 0, (size_t)deltas * sizeof *f->want);
	for (int i = 0; i < deltas; i++)
		for (int d = 0; d < c->dim; d++)
			f->want[i] += update->value[(uint8_t)votes[i * c->dim + d] << 8 | (uint8_t)v[i % c->classes * c->dim + d]];
	cas_routing_update(rk, votes, v, c->caps, c->classes, c->dim, f->got);
	compare(f, (size_t)deltas, "update");
	f->driven.kernel[rk->kernel]++;
	cas_routing_kernel_free(rk);
}

static void routing_kernels_give_the_sum_of_values(void **state)
{
	static const struct routing_case cases[] = {
		{1152, 10, 16, 1, RANDOM}, {1152, 10, 16, 40, SPARSE}, {1500, 10, 16, 256, RANDOM}, {1, 1, 1, 256, RANDOM},
		{65, 3, 17, 5, RANDOM}, {63, 11, 8, 256, RANDOM}, {130, 10, 32, 60, RANDOM}, {1100, 2, 5, 3, EXTREMES},
		{2100, 2, 16, 256, ALL_127}, {5, 200, 3, 256, RANDOM}, {700, 4, 33, 200, ALL_LOWEST},
	};
	static const char *const tables[] = {"1JFF.bin", "L40.bin", "2HH.bin", ""};
	struct fixture *f = fixture_new(7);
	struct cas_product *update = calloc(1, sizeof *update);

	(void)state;
	assert_non_null(update);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0] * 8; i++) {
		const struct routing_case *c = &cases[i / 8];
		struct cas_product_spec spec = any_spec(f);

		if (tables[i % 4][0])
			read_table(f, tables[i % 4]);
		else
			garbage_table(f);
		if (i % 8 == 7) /* the largest sums that lanes meet */
			memset(f->table, 255, sizeof f->table);
		spec.a_signed = spec.w_signed = 1;
		cas_product_make(update, f->table, &spec);
		spec.a_signed = 0;
		fill(f, &spec, RANDOM, c->votes, (c->caps + 1) * c->classes, c->dim);
		for (int k = 0; k < c->caps * c->classes; k++)
			f->a[k] = (uint8_t)below(f, c->distinct);
		for (int isa = 0; isa < ISAS; isa++)
			routing_one(f, update, c, isas[isa]);
	}
	assert_true(f->driven.kernel[CAS_MM_PORTABLE] > 0);
	assert_true(f->driven.kernel[CAS_MM_AVX512] > 0 || !machine_has(CAS_MM_AVX512));
	free(update);
	fixture_free(f);
}

static struct routing_case any_case(struct fixture *f)
{
	static const int dims[] = {1, 3, 8, 15, 16, 17, 32, 33};

	return (struct routing_case){.caps = 1 + below(f, below(f, 2) ? 20 : 150), .classes = 1 + below(f, 12),
		.dim = dims[below(f, 8)]};
}

/* In each mapping: each kind of votes with a kind of coefficients and of v that changes from table to table. */
static void drive_table(struct fixture *f, int number)
{
	struct cas_product *update = malloc(sizeof *update);

	assert_non_null(update);
	for (int mapping = 0; mapping < 4; mapping++) {
		struct cas_product_spec spec = any_spec(f);

		spec.mapping = (enum cas_product_mapping)mapping;
		spec.a_signed = spec.w_signed = 1;
		cas_product_make(update, f->table, &spec);
		spec.a_signed = 0;
		for (int i = 0; i < OPERANDS; i++) {
			struct routing_case c = any_case(f);
			enum operands other = (enum operands)((i + number + mapping) % OPERANDS);

			fill(f, &spec, other, (enum operands)i, c.caps * c.classes, c.dim);
			fill_codes(f, (uint8_t *)f->w + c.caps * c.classes * c.dim, c.classes * c.dim, 1, other);
			for (int isa = 0; isa < ISAS; isa++)
				routing_one(f, update, &c, isas[isa]);
		}
	}
	free(update);
}

static void all_tables_of_the_library_agree_on_every_kernel(void **state)
{
	struct fixture *f = fixture_new(10);
	int runs = each_table(f, drive_table) * 4 * OPERANDS;

	(void)state;
	all_operands_were_driven(f);
	assert_true(f->driven.kernel[CAS_MM_PORTABLE] >= runs);
	assert_true(f->driven.kernel[CAS_MM_AVX512] >= runs || !machine_has(CAS_MM_AVX512));
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routing_kernels_give_the_sum_of_values),
		cmocka_unit_test(all_tables_of_the_library_agree_on_every_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
