#include "engine/matmul_rows.h"

#include <stdlib.h>

#include "base/mem.h"

enum { PAIR_MAX = 16383, SLOT_MAX = 65535, SPREAD_MAX = 2 * SLOT_MAX };

static void put_slot(uint8_t *slot, int entries, int i, int32_t value, int lo_bits)
{
	slot[i] = (uint8_t)(value & ((1 << lo_bits) - 1));
	slot[entries + i] = (uint8_t)(value >> lo_bits);
}

static void range_of(const int32_t *row, int entries, int32_t *least, int32_t *spread)
{
	int32_t lo = row[0], hi = row[0];

	for (int i = 1; i < entries; i++) {
		lo = row[i] < lo ? row[i] : lo;
		hi = row[i] > hi ? row[i] : hi;
	}
	*least = lo;
	*spread = hi - lo;
}

/* row: entries values.  A spread of up to 131,070 (sign and 16 bits) takes two slots. */
static void fill(uint8_t *first, uint8_t *second, const int32_t *row, int entries, int32_t least, int lo_bits)
{
	for (int i = 0; i < entries; i++) {
		int32_t x = row[i] - least, head = x < SLOT_MAX ? x : SLOT_MAX;

		put_slot(first, entries, i, head, lo_bits);
		put_slot(second, entries, i, x - head, lo_bits);
	}
}

/* Returns whether the row fits. */
static int make_row(struct cas_row_tables *t, int a, const int32_t *row)
{
	int32_t narrow[128], least, spread;

	range_of(row, 256, &least, &spread);
	if (spread > SPREAD_MAX)
		return 0;
	t->offset8[a] = least;
	if (spread || least)
		t->flags[a] |= CAS_ROW_FULL;
	if (spread > SLOT_MAX)
		t->flags[a] |= CAS_ROW_FULL2;
	fill(t->row8[a], t->row8[256 + a], row, 256, least, 8);

	for (int i = 0; i < 128; i++)
		narrow[i] = row[i < 64 ? i : i + 128]; /* byte of the 7-bit two's complement number i */
	range_of(narrow, 128, &least, &spread);
	t->offset7[a] = least;
	if (spread || least)
		t->flags[a] |= spread <= PAIR_MAX ? CAS_ROW_PAIR : CAS_ROW_WIDE;
	if (spread > SLOT_MAX)
		t->flags[a] |= CAS_ROW_WIDE2;
	fill(t->row7[a], t->row7[256 + a], narrow, 128, least, spread <= PAIR_MAX ? 7 : 8);
	return 1;
}

cas_status cas_row_tables_new(struct cas_row_tables **out, const struct cas_product *product,
	int subtract_zero, struct cas_err *err)
{
	struct cas_row_tables *t;
	cas_status status = cas_mem_new((void **)&t, 1, sizeof *t, err);

	if (status)
		return status;
	for (int a = 0; a < 256; a++) {
		int32_t row[256];

		for (int w = 0; w < 256; w++)
			row[w] = product->value[a << 8 | w] - (subtract_zero ? product->value[w] : 0);
		if (!make_row(t, a, row)) {
			free(t);
			*out = NULL;
			return CAS_OK;
		}
	}
	*out = t;
	return CAS_OK;
}
