/* Shared by encode.c and encode_step.c only. */
#ifndef CAPSACC_ENCODE_INTERNAL_H
#define CAPSACC_ENCODE_INTERNAL_H

#include "descriptor.h"
#include "encode.h"
#include "engine/engine8_internal.h"

struct encoder {
	const struct rtl_source *src;
	struct rtl_image *image;
	struct cas_err *err;
	cas_status status;
	int bias_rows;
	int bias_row[CAS_MAX_LAYERS][CAS_GROUPS];
	int coef_tables, exp_tables;
	int coef_table[CAS_MAX_LAYERS], exp_table[CAS_MAX_LAYERS];
	int entries;
	const char *where;     /* the step being encoded, for messages */
	uint64_t w[DESC_WORDS]; /* its descriptor */
};

/* Errors go to e->status; after the first one nothing happens any more. */
void encode_put(struct encoder *e, enum rtl_host sel, uint32_t addr, uint64_t data);
void encode_step(struct encoder *e, size_t index);

/* Where the constants of a step's layer lie, which are written when they are first asked for: lane constants, one
 * row for each block of columns; tables of coefficients and exponentials. */
int encode_bias_rows(struct encoder *e, const struct cas_step *s);
int encode_coef_table(struct encoder *e, int layer);
int encode_exp_table(struct encoder *e, int layer);

#endif
