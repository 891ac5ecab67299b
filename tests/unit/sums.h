/* What the tests of table sums share: operands, tables, exact sums and their comparison. */
#ifndef TESTS_UNIT_SUMS_H
#define TESTS_UNIT_SUMS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>

#include "base/rng.h"
#include "engine/matmul_plan.h"

enum { KINDS = 6, MAX_K = 5000, MAX_N = 600, MAX_M = 5 };

/* Kernels that a plan can be told to use: AVX-512 stands for VNNI, too, where products are exact. */
enum { KERNELS = CAS_MM_AVX512 + 1 };

enum operands { RANDOM, SPARSE, ALL_ZERO, ALL_255, ALL_LOWEST, ALL_127, EXTREMES, ALTERNATING, OPERANDS };

/* What a run drove: sums by kernel, by kind of row and by kinds of operands; what was never driven was not
 * tested. */
struct driven {
	long kernel[8];
	long kind[8][KINDS]; /* pair, wide, full, second of wide, second of full, row 0 subtracted */
	long operands[OPERANDS][OPERANDS];
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

static inline struct fixture *fixture_new(uint64_t seed)
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

static inline void fixture_free(struct fixture *f)
{
	free(f->w);
	free(f->a);
	free(f->got);
	free(f->want);
	free(f);
}

static inline int below(struct fixture *f, int bound)
{
	return (int)cas_rng_below(&f->rng, (uint64_t)bound);
}

static inline void read_table(struct fixture *f, const char *name)
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
static inline void garbage_table(struct fixture *f)
{
	for (int i = 0; i < 65536; i++)
		f->table[i] = (uint16_t)cas_rng_u64(&f->rng);
}

static inline int any_code(struct fixture *f, int is_signed, enum operands kind)
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

static inline void fill_codes(struct fixture *f, uint8_t *code, int count, int is_signed, enum operands kind)
{
	for (int i = 0; i < count; i++)
		code[i] = (uint8_t)(kind != ALTERNATING ? any_code(f, is_signed, kind) :
			i & 1 ? (is_signed ? 127 : 255) : (is_signed ? -127 : 0));
}

static inline struct cas_product_spec any_spec(struct fixture *f)
{
	return (struct cas_product_spec){.mapping = (enum cas_product_mapping)below(f, 4), .a_signed = below(f, 2),
		.w_signed = below(f, 4) > 0, .swap_operands = below(f, 2), .zero_gating = below(f, 2)};
}

static inline void compare(struct fixture *f, size_t count, const char *what)
{
	for (size_t i = 0; i < count; i++)
		if (f->got[i] != f->want[i])
			fail_msg("%s: sum %zu is %ld, expected %ld", what, i, (long)f->got[i], (long)f->want[i]);
	f->driven.compared += (long)count;
}

static inline void fill(struct fixture *f, const struct cas_product_spec *spec, enum operands a, enum operands w, int k, int n)
{
	cas_product_make(&f->product, f->table, spec);
	fill_codes(f, f->a, MAX_K * 2, spec->a_signed, a);
	fill_codes(f, (uint8_t *)f->w, k * n, spec->w_signed, w);
	f->driven.operands[a][w]++;
}

static inline int machine_has(enum cas_mm_kernel kernel)
{
	return cas_mm_choose(CAS_ISA_BEST) >= kernel;
}

/* Call `test` with each table of the library, those of signed multipliers too, in f->table, and with its
 * number; returns how many. */
static inline int each_table(struct fixture *f, void (*test)(struct fixture *f, int number))
{
	DIR *dir = opendir("mul8u_lib");
	struct dirent *entry;
	int tables = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		if (length < 4 || strcmp(entry->d_name + length - 4, ".bin") != 0)
			continue;
		read_table(f, entry->d_name);
		test(f, tables++);
	}
	(void)closedir(dir);
	assert_true(tables >= 36);
	return tables;
}

/* Every kind of first operands has met every kind of second ones. */
static inline void all_operands_were_driven(const struct fixture *f)
{
	for (int a = 0; a < OPERANDS; a++)
		for (int w = 0; w < OPERANDS; w++)
			if (!f->driven.operands[a][w])
				fail_msg("operands %d and %d never met", a, w);
}

#endif
