#include "encode_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "study/rtl_limits.h"

/* Into a word of something else. */
static void pack(struct encoder *e, uint64_t *word, enum rtl_field field, int64_t value)
{
	if (!e->status)
		e->status = rtl_field_set(word, field, value, e->where, e->err);
}

void encode_put(struct encoder *e, enum rtl_host sel, uint32_t addr, uint64_t data)
{
	struct rtl_image *image = e->image;

	if (e->status)
		return;
	if (image->writes == image->write_room) {
		size_t room = image->write_room ? 2 * image->write_room : 4096;
		struct rtl_write *grown = realloc(image->write, room * sizeof *grown);

		if (!grown) {
			e->status = cas_err_set(e->err, CAS_ENV, "out of memory for %zu host writes", room);
			return;
		}
		image->write = grown;
		image->write_room = room;
	}
	image->write[image->writes++] = (struct rtl_write){(uint8_t)sel, (uint16_t)addr, data};
}

static void put_field(struct encoder *e, enum rtl_host sel, uint32_t addr, enum rtl_field field, int64_t value)
{
	uint64_t word = 0;

	pack(e, &word, field, value);
	encode_put(e, sel, addr, word);
}

static int div_up(int a, int b)
{
	return (a + b - 1) / b;
}

int encode_bias_rows(struct encoder *e, const struct cas_step *s)
{
	const struct group_plan *group = &e->src->engine->layer[s->layer].group[s->group];
	int *row = &e->bias_row[s->layer][s->group], cols = e->src->program->cols;

	if (*row >= 0)
		return *row;
	*row = e->bias_rows;
	e->bias_rows += div_up(s->n, cols);
	if (e->bias_rows > CAS_RTL_BIAS_ROWS && !e->status)
		e->status = cas_err_set(e->err, CAS_INPUT,
			"the RTL holds lane constants for %d blocks of columns; step %s needs more", CAS_RTL_BIAS_ROWS, s->name);
	for (int n = 0; n < s->n && !e->status; n++)
		put_field(e, RTL_BIAS, (uint32_t)((*row + n / cols) << 8 | n % cols), FIELD_LANE_CONSTANT, group->lane[n]);
	return *row;
}

int encode_coef_table(struct encoder *e, int layer)
{
	const struct cas_squash *squash = &e->src->engine->layer[layer].squash;
	int *table = &e->coef_table[layer];

	if (*table >= 0)
		return *table;
	*table = e->coef_tables++;
	for (int i = 0; i < CAS_SQUASH_ENTRIES; i++)
		put_field(e, RTL_COEF, (uint32_t)(*table << 10 | i), FIELD_COEFFICIENT, squash->coef[i]);
	return *table;
}

int encode_exp_table(struct encoder *e, int layer)
{
	const struct cas_softmax *softmax = &e->src->engine->layer[layer].softmax;
	int *table = &e->exp_table[layer];

	if (*table >= 0)
		return *table;
	*table = e->exp_tables++;
	for (int i = 0; i < CAS_SOFTMAX_ENTRIES; i++)
		put_field(e, RTL_EXP, (uint32_t)(*table << 8 | i), FIELD_EXPONENTIAL, softmax->exp[i]);
	return *table;
}

/* A step's tiles as the prefetch unit counts them. */
static void encode_entry(struct encoder *e, const struct cas_step *s)
{
	int cols = e->src->program->cols;
	uint64_t depth = (uint64_t)e->src->program->depth;
	uint64_t blocks = (uint64_t)div_up(s->n, cols), repeats = 1, entry = 0;

	if (s->kind == CAS_STEP_VOTES)
		blocks *= (uint64_t)s->caps;
	else if (!s->replay)
		repeats = (s->m + depth - 1) / depth;
	pack(e, &entry, FIELD_LIST_BLOCKS, (int64_t)blocks);
	pack(e, &entry, FIELD_LIST_REPEATS, (int64_t)repeats);
	pack(e, &entry, FIELD_LIST_K_GROUPS, s->k_groups);
	pack(e, &entry, FIELD_LIST_K_PER_GROUP, s->k_per_group);
	encode_put(e, RTL_PREFETCH, (uint32_t)e->entries++, entry);
}

/* Words of one block of columns: k groups, pieces, rows of a piece from the last; weight of (k, column)
 * at w[k * n + column]. */
static uint8_t *pack_block(uint8_t *out, const uint8_t *w, const struct cas_step *s, int n_first,
	const struct cas_program *p)
{
	for (int g = 0; g < s->k_groups; g++)
		for (int k = 0; k < s->k_per_group; k += p->rows) {
			int rho = s->k_per_group - k < p->rows ? s->k_per_group - k : p->rows;

			for (int r = rho - 1; r >= 0; r--)
				for (int c = 0; c < p->cols; c++)
					*out++ = n_first + c < s->n ?
						w[((size_t)g * (size_t)s->k_per_group + (size_t)(k + r)) * (size_t)s->n +
						(size_t)(n_first + c)] : 0;
		}
	return out;
}

static void pack_weights(struct encoder *e, const struct cas_step *s)
{
	const struct cas_program *p = e->src->program;
	const uint8_t *w = e->src->engine->layer[s->layer].w;
	uint8_t *out = e->image->weights + s->dram_addr;
	int outer = s->kind == CAS_STEP_VOTES ? s->caps : 1;

	for (int i = 0; i < outer; i++)
		for (int n = 0; n < s->n; n += p->cols)
			out = pack_block(out, w + (size_t)i * (size_t)s->k_per_group * (size_t)s->n, s, n, p);
}

/* Widths beyond what the RTL has cannot overflow in the networks that it does: cas_rtl_check. */
static void encode_widths(struct encoder *e)
{
	const struct cas_numerics *n = &e->src->accel->numerics;
	int psum = n->psum_bits < CAS_RTL_PSUM_BITS ? n->psum_bits : CAS_RTL_PSUM_BITS;
	int acc = n->acc_bits < CAS_RTL_ACC_BITS ? n->acc_bits : CAS_RTL_ACC_BITS;

	uint64_t widths = 0;

	pack(e, &widths, FIELD_PSUM_BITS, psum - 1);
	pack(e, &widths, FIELD_ACC_BITS, acc - 1);
	pack(e, &widths, FIELD_SATURATE, n->overflow == CAS_SATURATE);
	encode_put(e, RTL_WIDTHS, 0, widths);
}

static void encode_settings(struct encoder *e)
{
	const struct cas_accel *a = e->src->accel;
	uint64_t settings = 0;

	pack(e, &settings, FIELD_MAPPING, a->numerics.mapping);
	pack(e, &settings, FIELD_ENTRIES, e->entries);
	pack(e, &settings, FIELD_DEPTH, a->accumulator_depth);
	pack(e, &settings, FIELD_BEAT_BYTES, a->dram_beat_bytes);
	pack(e, &settings, FIELD_ROOM, (int64_t)(a->buffers.weight_bytes / (uint64_t)a->cols));
	encode_put(e, RTL_SETTINGS, 0, settings);
}

cas_status rtl_encode(struct rtl_image *image, const struct rtl_source *src, struct cas_err *err)
{
	struct encoder e = {.src = src, .image = image, .err = err};
	void *weights;

	*image = (struct rtl_image){0};
	memset(e.bias_row, -1, sizeof e.bias_row);
	memset(e.coef_table, -1, sizeof e.coef_table);
	memset(e.exp_table, -1, sizeof e.exp_table);
	e.status = cas_rtl_check(src->accel, src->net, src->program, src->slots, err);
	image->weight_bytes = src->program->weight_dram_bytes;
	if (!e.status)
		e.status = cas_mem_new(&weights, image->weight_bytes + 1, 1, err);
	if (e.status)
		return e.status;
	image->weights = weights;
	for (size_t i = 0; i < src->program->steps; i++) {
		encode_step(&e, i);
		if (cas_step_has_weights(&src->program->step[i])) {
			encode_entry(&e, &src->program->step[i]);
			pack_weights(&e, &src->program->step[i]);
		}
	}
	e.where = "settings";
	encode_settings(&e);
	encode_widths(&e);
	if (e.status)
		rtl_image_clear(image);
	return e.status;
}

void rtl_image_clear(struct rtl_image *image)
{
	free(image->write);
	free(image->weights);
	*image = (struct rtl_image){0};
}
