/* Do all kernels of table sums give the words of the definition, sum of value[a][w]? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "engine/matmul.h"
#include "engine/matmul_plan.h"
#include "engine/routing_kernel_plan.h"

enum { ISAS = 3, KINDS = 6, MAX_K = 5000, MAX_N = 600, MAX_M = 5 };

static const enum cas_isa isas[ISAS] = {CAS_ISA_PORTABLE, CAS_ISA_AVX2, CAS_ISA_AVX512};

/* What a run drove: sums by kernel, and by kind of row; a kind never driven was not tested. */
struct driven {
	long kernel[8];
	long kind[8][KINDS]; /* pair, wide, full, second of wide, second of full, row 0 subtracted */
	long compared;
};

struct fixture {
	struct cas_product product;
	uint16_t table[65536];
	int8_t *w;
	uint8_t *a;
	int32_t *got;
	int64_t *want;
	struct driven driven;
	struct cas_rng rng;
};

enum operands { RANDOM, SPARSE, ALL_ZERO, ALL_255, ALL_LOWEST, ALL_127, EXTREMES, OPERANDS };

static struct fixture *fixture_new(uint64_t seed)
{
	struct fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->w = malloc((size_t)MAX_K * MAX_N);
	f->a = malloc((size_t)MAX_K * MAX_M * 2);
	f->got = malloc((size_t)MAX_K * MAX_N * sizeof *f->got);
	f->want = malloc((size_t)MAX_K * MAX_N * sizeof *f->want);
	assert_non_null(f->w);
	assert_non_null(f->a);
	assert_non_null(f->got);
	assert_non_null(f->want);
	f->rng = cas_rng_init(seed, 6);
	return f;
}

static void fixture_free(struct fixture *f)
{
	free(f->w);
	free(f->a);
	free(f->got);
	free(f->want);
	free(f);
}

static int below(struct fixture *f, int bound)
{
	return (int)cas_rng_below(&f->rng, (uint64_t)bound);
}

static void read_table(struct fixture *f, const char *name)
{
	char path[300];
	uint8_t raw[131072];
	FILE *file;

	(void)snprintf(path, sizeof path, "mul8u_lib/%s", name);
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fread(raw, 1, sizeof raw, file), sizeof raw);
	(void)fclose(file);
	for (int i = 0; i < 65536; i++)
		f->table[i] = (uint16_t)(raw[2 * i] | raw[2 * i + 1] << 8);
}

/* Nothing that a multiplier would be: all 16 bits, T[0][w] too. */
static void garbage_table(struct fixture *f)
{
	for (int i = 0; i < 65536; i++)
		f->table[i] = (uint16_t)cas_rng_u64(&f->rng);
}

static int any_code(struct fixture *f, int is_signed, enum operands kind)
{
	switch (kind) {
	case RANDOM: return is_signed ? below(f, 255) - 127 : below(f, 256);
	case SPARSE: return below(f, 10) < 7 ? 0 : below(f, 64) - (is_signed ? 32 : 0);
	case ALL_ZERO: return 0;
	case ALL_255: return is_signed ? 127 : 255;
	case ALL_LOWEST: return is_signed ? -127 : 0;
	case ALL_127: return 127;
	default: return is_signed ? below(f, 2) * 254 - 127 : below(f, 2) * 255;
	}
}

static struct cas_product_spec any_spec(struct fixture *f)
{
	return (struct cas_product_spec){.mapping = (enum cas_product_mapping)below(f, 3), .a_signed = below(f, 2),
		.w_signed = below(f, 4) > 0, .swap_operands = below(f, 2), .zero_gating = below(f, 2)};
}

static void count_kinds(struct fixture *f, const struct cas_matmul *mm, const uint8_t *a, int k, int k_first)
{
	const struct cas_row_tables *t = mm->less_zero && k_first == 0 && k == mm->k ? mm->less_zero : mm->plain;
	long *kind = f->driven.kind[mm->kernel];

	f->driven.kernel[mm->kernel]++;
	if (!t || !mm->wide)
		return;
	for (int i = 0; i < k; i++) {
		int flags = t->flags[a[i]], wide = mm->wide[k_first + i];

		kind[0] += !wide && flags & CAS_ROW_PAIR;
		kind[1] += !wide && flags & CAS_ROW_WIDE;
		kind[2] += wide && flags & CAS_ROW_FULL;
		kind[3] += !wide && flags & CAS_ROW_WIDE2;
		kind[4] += wide && flags & CAS_ROW_FULL2;
	}
	kind[5] += t == mm->less_zero;
}

static void compare(struct fixture *f, size_t count, const char *what)
{
	for (size_t i = 0; i < count; i++)
		if (f->got[i] != f->want[i])
			fail_msg("%s: sum %zu is %ld, expected %ld", what, i, (long)f->got[i], (long)f->want[i]);
	f->driven.compared += (long)count;
}

/* Naive sums in 64 bits of the terms k_first .. k_first + k - 1, one row of activations. */
static void naive(struct fixture *f, const uint8_t *a, int k_first, int k, int n, int64_t *want)
{
	memset(want, 0, (size_t)n * sizeof *want);
	for (int i = 0; i < k; i++)
		for (int j = 0; j < n; j++)
			want[j] += f->product.value[a[i] << 8 | (uint8_t)f->w[(size_t)(k_first + i) * (size_t)n + (size_t)j]];
}

struct shape {
	int m, k, n;           /* weights [k][n] */
	int k_first;
	int groups, group_len; /* terms used: groups * group_len */
	size_t stride;
};

static void run_shape(struct fixture *f, const struct shape *s, enum cas_isa isa)
{
	struct cas_matmul *mm;
	struct cas_err err;
	uint32_t offset[MAX_M];
	uint8_t terms[MAX_K];
	int used = s->groups * s->group_len;
	struct cas_rows rows = {f->a, offset, s->m, s->groups, s->group_len, s->stride};

	assert_int_equal(cas_matmul_plan(&mm, &f->product, f->w, s->k, s->n, isa, &err), CAS_OK);
	for (int m = 0; m < s->m; m++) {
		offset[m] = (uint32_t)(m * 3);
		for (int k = 0; k < used; k++)
			terms[k] = f->a[offset[m] + (size_t)(k / s->group_len) * s->stride + (size_t)(k % s->group_len)];
		naive(f, terms, s->k_first, used, s->n, f->want + (size_t)m * (size_t)s->n);
		count_kinds(f, mm, terms, used, s->k_first);
	}
	memset(f->got, 0x5a, (size_t)s->m * (size_t)s->n * sizeof *f->got);
	cas_matmul_run(mm, &rows, s->k_first, f->got);
	compare(f, (size_t)s->m * (size_t)s->n, cas_matmul_kernel(mm));
	cas_matmul_free(mm);
}

static void fill(struct fixture *f, const struct cas_product_spec *spec, enum operands a, enum operands w, int k, int n)
{
	cas_product_make(&f->product, f->table, spec);
	for (int i = 0; i < MAX_K * 2; i++)
		f->a[i] = (uint8_t)any_code(f, spec->a_signed, a);
	for (int i = 0; i < k * n; i++)
		f->w[i] = (int8_t)any_code(f, spec->w_signed, w);
}

static struct shape any_shape(struct fixture *f)
{
	static const int widths[] = {1, 2, 10, 15, 16, 17, 31, 33, 63, 64, 65, 100, 128, 160, 192, 200, 255, 256, 257, 300};
	struct shape s = {.m = 1 + below(f, MAX_M), .n = widths[below(f, 20)]};

	s.groups = 1 + below(f, 4);
	s.group_len = 1 + below(f, below(f, 3) ? 40 : 200);
	s.stride = (size_t)s.group_len + (size_t)below(f, 5);
	s.k_first = below(f, 3) ? 0 : below(f, 20);
	s.k = s.groups * s.group_len + s.k_first + (below(f, 2) ? 0 : below(f, 20));
	return s;
}

static void all_isas(struct fixture *f, const struct shape *s)
{
	for (int i = 0; i < ISAS; i++)
		run_shape(f, s, isas[i]);
}

static int machine_has(enum cas_mm_kernel kernel)
{
	return cas_mm_choose(CAS_ISA_BEST) >= kernel;
}

static void every_kernel_gives_the_sum_of_values(void **state)
{
	static const char *const tables[] = {"1JFF.bin", "NGR.bin", "2P7.bin", "2HH.bin", "QKX.bin", ""};
	struct fixture *f = fixture_new(1);

	(void)state;
	for (int i = 0; i < 240; i++) {
		struct cas_product_spec spec = any_spec(f);
		struct shape s = any_shape(f);

		if (tables[i % 6][0])
			read_table(f, tables[i % 6]);
		else
			garbage_table(f);
		fill(f, &spec, (enum operands)below(f, 2), (enum operands)below(f, 2), s.k, s.n);
		all_isas(f, &s);
	}
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx512vnni") && machine_has(CAS_MM_AVX512))
		assert_true(f->driven.kernel[CAS_MM_VNNI] > 0);
#endif
	for (int kernel = CAS_MM_PORTABLE; kernel <= CAS_MM_AVX512; kernel++) {
		if (!machine_has((enum cas_mm_kernel)kernel)) {
			print_message("%s is not on this machine\n", cas_mm_name((enum cas_mm_kernel)kernel));
			continue;
		}
		assert_true(f->driven.kernel[kernel] > 0);
		for (int kind = 0; kind < KINDS && kernel != CAS_MM_PORTABLE; kind++)
			if (!f->driven.kind[kernel][kind])
				fail_msg("%s: kind of row %d was never driven", cas_mm_name((enum cas_mm_kernel)kernel), kind);
	}
	assert_true(f->driven.compared > 100000);
	fixture_free(f);
}

static void extreme_operands_do_not_overflow_a_lane(void **state)
{
	struct fixture *f = fixture_new(2);

	(void)state;
	garbage_table(f);
	for (int i = 0; i < 2; i++) { /* the largest and the smallest bytes throughout */
		for (int a = 0; a < OPERANDS; a++)
			for (int w = 0; w < OPERANDS; w++) {
				struct cas_product_spec spec = any_spec(f);
				struct shape s = {1, 700, 70, 0, 1, 700, 700};

				fill(f, &spec, (enum operands)a, (enum operands)w, s.k, s.n);
				all_isas(f, &s);
			}
		memset(f->table, 255, sizeof f->table);
	}
	fixture_free(f);
}

/* Spreads of a row just below and above what two rows may have to be added in bytes, and one slot
 * may hold: +-8191 and +-8192, +-32767 and +-32768. */
static void rows_at_the_border_between_kinds_are_exact(void **state)
{
	struct fixture *f = fixture_new(8);

	(void)state;
	for (int border = 8191; border <= 32767; border += 32767 - 8191)
		for (int wide = 0; wide < 2; wide++) {
			struct cas_product_spec spec = {.mapping = CAS_MAP_SIGN_MAGNITUDE, .w_signed = 1, .zero_gating = 1};
			struct shape s = {1, 300, 70, 0, 1, 300, 300};

			for (int i = 0; i < 65536; i++)
				f->table[i] = (uint16_t)(border + (i >> 8 & 1));
			fill(f, &spec, RANDOM, wide ? EXTREMES : SPARSE, s.k, s.n);
			for (int i = 0; i < 2 * s.n; i++)
				f->w[i] = 1;
			all_isas(f, &s);
		}
	fixture_free(f);
}

static void sums_longer_than_a_block_are_put_together(void **state)
{
	struct fixture *f = fixture_new(3);

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct cas_product_spec spec = {.mapping = (enum cas_product_mapping)(i % 3), .w_signed = 1};
		struct shape s = {2, 4700, 40, 0, 5, 940, 941};

		read_table(f, i < 3 ? "NGR.bin" : "2AC.bin");
		fill(f, &spec, i & 1 ? SPARSE : RANDOM, i & 1 ? SPARSE : RANDOM, s.k, s.n);
		all_isas(f, &s);
	}
	fixture_free(f);
}

static void a_code_of_minus_128_counts_as_the_table_of_values_says(void **state)
{
	struct fixture *f = fixture_new(4);
	struct cas_product_spec spec = {.mapping = CAS_MAP_ALIGNED, .a_signed = 1, .w_signed = 1};
	struct shape s = {1, 200, 80, 0, 1, 200, 200};

	(void)state;
	garbage_table(f);
	fill(f, &spec, RANDOM, RANDOM, s.k, s.n);
	memset(f->w + 1000, 128, 3000);
	memset(f->a + 20, 128, 30);
	all_isas(f, &s);
	fixture_free(f);
}

static void blocks_use_their_own_weights(void **state)
{
	struct fixture *f = fixture_new(5);

	(void)state;
	for (int i = 0; i < 12; i++) {
		struct cas_product_spec spec = any_spec(f);
		int blocks = 1 + below(f, 40), k_each = 1 + below(f, 20), n = i % 3 ? 1 + below(f, 320) : 160;
		struct cas_err err;

		read_table(f, i & 1 ? "2P7.bin" : "DM1.bin");
		fill(f, &spec, RANDOM, i & 2 ? SPARSE : RANDOM, blocks * k_each, n);
		for (int b = 0; b < blocks; b++)
			naive(f, f->a + b * k_each, b * k_each, k_each, n, f->want + b * n);
		for (int isa = 0; isa < ISAS; isa++) {
			struct cas_matmul *mm;

			assert_int_equal(cas_matmul_plan(&mm, &f->product, f->w, blocks * k_each, n, isas[isa], &err), CAS_OK);
			memset(f->got, 0x5a, (size_t)(blocks * n) * sizeof *f->got);
			cas_matmul_run_blocks(mm, f->a, blocks, k_each, f->got);
			compare(f, (size_t)(blocks * n), cas_matmul_kernel(mm));
			cas_matmul_free(mm);
		}
	}
	fixture_free(f);
}

static void all_tables_of_the_library_agree_on_every_kernel(void **state)
{
	struct fixture *f = fixture_new(6);
	DIR *dir = opendir("mul8u_lib");
	struct dirent *entry;
	int tables = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		if (length < 4 || strcmp(entry->d_name + length - 4, ".bin") != 0)
			continue;
		read_table(f, entry->d_name);
		for (int i = 0; i < 6; i++) {
			struct cas_product_spec spec = any_spec(f);
			struct shape s = {2, 300, 70, 0, 1, 300, 300};

			spec.mapping = (enum cas_product_mapping)(i % 3);
			fill(f, &spec, i < 3 ? RANDOM : SPARSE, i < 3 ? RANDOM : SPARSE, s.k, s.n);
			all_isas(f, &s);
		}
		tables++;
	}
	(void)closedir(dir);
	assert_true(tables >= 36);
	fixture_free(f);
}

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
	for (int kernel = CAS_MM_PORTABLE; kernel <= CAS_MM_AVX512; kernel++)
		assert_true(f->driven.kernel[kernel] > 0 || !machine_has((enum cas_mm_kernel)kernel));
	free(update);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kernel_gives_the_sum_of_values),
		cmocka_unit_test(extreme_operands_do_not_overflow_a_lane),
		cmocka_unit_test(rows_at_the_border_between_kinds_are_exact),
		cmocka_unit_test(sums_longer_than_a_block_are_put_together),
		cmocka_unit_test(a_code_of_minus_128_counts_as_the_table_of_values_says),
		cmocka_unit_test(blocks_use_their_own_weights),
		cmocka_unit_test(all_tables_of_the_library_agree_on_every_kernel),
		cmocka_unit_test(routing_kernels_give_the_sum_of_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
