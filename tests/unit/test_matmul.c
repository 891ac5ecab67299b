/* Do all kernels of table sums give the words of the definition, sum of value[a][w]? */
#include "unit/sums.h"

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

static void run_shape(struct fixture *f, const struct shape *s, enum cas_mm_kernel kernel)
{
	struct cas_matmul *mm;
	struct cas_err err;
	uint32_t offset[MAX_M];
	uint8_t terms[MAX_K];
	int used = s->groups * s->group_len;
	struct cas_rows rows = {f->a, offset, s->m, s->groups, s->group_len, s->stride};

	assert_int_equal(cas_mm_plan(&mm, &f->product, f->w, s->k, s->n, kernel, &err), CAS_OK);
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

static void all_kernels(struct fixture *f, const struct shape *s)
{
	for (int i = 0; i < KERNELS; i++)
		if (machine_has((enum cas_mm_kernel)i))
			run_shape(f, s, (enum cas_mm_kernel)i);
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
		all_kernels(f, &s);
	}
	assert_true(f->driven.kernel[CAS_MM_VNNI] > 0 || !machine_has(CAS_MM_AVX512));
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
				all_kernels(f, &s);
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
			all_kernels(f, &s);
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
		all_kernels(f, &s);
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
	all_kernels(f, &s);
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
		for (int kernel = 0; kernel < KERNELS; kernel++) {
			struct cas_matmul *mm;

			if (!machine_has((enum cas_mm_kernel)kernel))
				continue;
			assert_int_equal(cas_mm_plan(&mm, &f->product, f->w, blocks * k_each, n, (enum cas_mm_kernel)kernel, &err),
				CAS_OK);
			memset(f->got, 0x5a, (size_t)(blocks * n) * sizeof *f->got);
			cas_matmul_run_blocks(mm, f->a, blocks, k_each, f->got);
			compare(f, (size_t)(blocks * n), cas_matmul_kernel(mm));
			cas_matmul_free(mm);
		}
	}
	fixture_free(f);
}

/* In each mapping: random shapes with random operands, and each kind of first operands with a kind of
 * second ones that changes from table to table. */
static void drive_table(struct fixture *f, int number)
{
	for (int mapping = 0; mapping < 4; mapping++) {
		struct cas_product_spec spec = any_spec(f);

		spec.mapping = (enum cas_product_mapping)mapping;
		spec.w_signed = 1;
		for (int i = 0; i < OPERANDS + 2; i++) {
			struct shape s = any_shape(f);
			int a = i % OPERANDS, w = i < OPERANDS ? (i + number + mapping) % OPERANDS : SPARSE;

			s.n = s.n > 130 && i ? 130 : s.n;
			fill(f, &spec, (enum operands)a, (enum operands)w, s.k, s.n);
			all_kernels(f, &s);
		}
	}
}

static void all_tables_of_the_library_agree_on_every_kernel(void **state)
{
	struct fixture *f = fixture_new(6);
	int runs = each_table(f, drive_table) * 4 * (OPERANDS + 2);

	(void)state;
	all_operands_were_driven(f);
	f->driven.kernel[CAS_MM_AVX512] += f->driven.kernel[CAS_MM_VNNI];
	for (int kernel = 0; kernel < KERNELS; kernel++)
		assert_true(f->driven.kernel[kernel] >= runs || !machine_has((enum cas_mm_kernel)kernel));
	fixture_free(f);
}

struct choice {
	int blocks, k, n;
	int most; /* weight */
	const char *kernel;
};

/* Where AVX2's permutes are slower (measured; docs/performance.md): large weights, sums of few terms, few
 * outputs. */
static void avx2_is_chosen_where_it_is_faster(void **state)
{
	static const struct choice choices[] = {
		{1, 300, 64, 31, "avx2"}, {1, 300, 64, 127, "portable"}, {1, 81, 256, 127, "portable"}, {1, 32, 256, 31, "avx2"},
		{1, 300, 2, 31, "portable"}, {1, 3, 256, 31, "portable"}, {40, 3, 64, 31, "portable"}, {40, 30, 64, 31, "avx2"},
	};
	struct fixture *f = fixture_new(9);
	struct cas_product_spec spec = {.mapping = CAS_MAP_ALIGNED, .w_signed = 1};

	(void)state;
	if (!machine_has(CAS_MM_AVX2)) {
		fixture_free(f);
		print_message("avx2 is not on this machine\n");
		skip();
	}
	read_table(f, "NGR.bin");
	cas_product_make(&f->product, f->table, &spec);
	for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
		const struct choice *c = &choices[i];
		struct cas_matmul *mm;
		struct cas_err err;

		for (int j = 0; j < c->blocks * c->k * c->n; j++)
			f->w[j] = (int8_t)(below(f, 2 * c->most + 1) - c->most);
		assert_int_equal(cas_matmul_plan_blocks(&mm, &f->product, f->w, c->blocks, c->k, c->n, CAS_ISA_AVX2, &err),
			CAS_OK);
		if (strcmp(cas_matmul_kernel(mm), c->kernel) != 0)
			fail_msg("choice %zu is %s, expected %s", i, cas_matmul_kernel(mm), c->kernel);
		cas_matmul_free(mm);
	}
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
		cmocka_unit_test(avx2_is_chosen_where_it_is_faster),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
