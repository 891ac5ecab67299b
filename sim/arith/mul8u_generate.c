#include "arith/mul8u_generate.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void cas_mul8u_make_exact(struct cas_mul8u *mul)
{
	uint32_t i;

	for (i = 0; i < CAS_MUL8U_PAIRS; i++)
		mul->product[i] = (uint16_t)cas_mul8u_exact_at(i);
}

static uint32_t broken_product(uint32_t a, uint32_t b, int columns, int rows)
{
	uint32_t sum = 0;
	int i, j;

	for (j = rows; j < 8; j++)
		for (i = 0; i < 8; i++)
			if (i + j >= columns)
				sum += (a >> i & b >> j & 1) << (i + j);
	return sum;
}

void cas_mul8u_make_broken_array(struct cas_mul8u *mul, int columns, int rows)
{
	uint32_t i;

	assert(columns >= 0 && columns <= 15 && rows >= 0 && rows <= 8);
	for (i = 0; i < CAS_MUL8U_PAIRS; i++)
		mul->product[i] = (uint16_t)broken_product(i >> 8, i & 255, columns, rows);
}

void cas_mul8s_make_truncated(struct cas_mul8u *mul, int columns)
{
	uint32_t i;

	assert(columns >= 0 && columns <= 7);
	mul->is_signed = 1;
	for (i = 0; i < CAS_MUL8U_PAIRS; i++) {
		uint32_t all = broken_product(i >> 8, i & 255, 0, 0), kept = broken_product(i >> 8, i & 255, columns, 0);

		/* below column 7 the unsigned array's partial products are the signed one's */
		mul->product[i] = (uint16_t)(cas_mul8s_exact_at(i) - (int32_t)(all - kept));
	}
}

/* Position of the leading one of x >= 1. */
static int leading_one(uint32_t x)
{
	int k = 0;

	while (x >> (k + 1))
		k++;
	return k;
}

/* 2^(k+l) (1 + x + y), or 2^(k+l+1) (x + y) where the fractions carry: both are integers. */
static uint32_t mitchell_product(uint32_t a, uint32_t b)
{
	uint32_t one, fractions;
	int k, l;

	if (a == 0 || b == 0)
		return 0;
	k = leading_one(a);
	l = leading_one(b);
	one = 1u << (k + l);
	fractions = ((a - (1u << k)) << l) + ((b - (1u << l)) << k);
	return fractions < one ? one + fractions : 2 * fractions;
}

void cas_mul8u_make_mitchell(struct cas_mul8u *mul)
{
	uint32_t i;

	for (i = 0; i < CAS_MUL8U_PAIRS; i++)
		mul->product[i] = (uint16_t)mitchell_product(i >> 8, i & 255);
}

static uint32_t drum_operand(uint32_t x, int bits)
{
	int cut;

	if (x < 1u << bits)
		return x;
	cut = leading_one(x) + 1 - bits;
	return (x >> cut | 1) << cut;
}

void cas_mul8u_make_drum(struct cas_mul8u *mul, int bits)
{
	uint32_t i;

	assert(bits >= 2 && bits <= 8);
	for (i = 0; i < CAS_MUL8U_PAIRS; i++)
		mul->product[i] = (uint16_t)(drum_operand(i >> 8, bits) * drum_operand(i & 255, bits));
}

/* `text` is `prefix` and a number low..high without leading zeros, and nothing else. */
static int numbered(const char *text, const char *prefix, int low, int high, int *out)
{
	size_t length = strlen(prefix);
	char again[32];

	if (strncmp(text, prefix, length) || sscanf(text + length, "%2d", out) != 1)
		return 0;
	snprintf(again, sizeof(again), "%s%d", prefix, *out);
	return strcmp(again, text) == 0 && *out >= low && *out <= high;
}

static int broken_name(const char *name, int *columns, int *rows)
{
	char prefix[16];

	for (*columns = 1; *columns <= 15; ++*columns) {
		snprintf(prefix, sizeof(prefix), "BAM%d-", *columns);
		if (numbered(name, prefix, 1, 7, rows))
			return 1;
	}
	return 0;
}

cas_status cas_mul8u_generate(struct cas_mul8u *mul, const char *name, struct cas_err *err)
{
	int k, columns;

	memset(mul->name, 0, sizeof(mul->name));
	mul->is_signed = 0;
	if (strcmp(name, "EXACT") == 0)
		cas_mul8u_make_exact(mul);
	else if (strcmp(name, "EXACTS") == 0)
		cas_mul8s_make_truncated(mul, 0);
	else if (strcmp(name, "MITCHELL") == 0)
		cas_mul8u_make_mitchell(mul);
	else if (numbered(name, "TRUNC", 1, 15, &k))
		cas_mul8u_make_broken_array(mul, k, 0);
	else if (numbered(name, "TRUNCS", 1, 7, &k))
		cas_mul8s_make_truncated(mul, k);
	else if (numbered(name, "DRUM", 2, 7, &k))
		cas_mul8u_make_drum(mul, k);
	else if (broken_name(name, &columns, &k))
		cas_mul8u_make_broken_array(mul, columns, k);
	else
		return cas_err_set(err, CAS_INPUT, "'%.40s' cannot be generated, expected EXACT, TRUNC1 "
			"to TRUNC15, BAM<1-15>-<1-7>, MITCHELL, or DRUM2 to DRUM7; signed: EXACTS, TRUNCS1 to TRUNCS7",
			name);
	snprintf(mul->name, sizeof(mul->name), "%s", name);
	return CAS_OK;
}
