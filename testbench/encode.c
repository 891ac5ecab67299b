#include "encode.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/engine8_internal.h"
#include "study/rtl_limits.h"

enum { DESC_WORDS = 16 };

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
};

static void put(struct encoder *e, enum rtl_host sel, uint32_t addr, uint64_t data)
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

static int div_up(int a, int b)
{
	return (a + b - 1) / b;
}

/* Two halves of a descriptor's word. */
static uint64_t halves(int64_t high, int64_t low)
{
	return (uint64_t)high << 32 | ((uint64_t)low & 0xffffffff);
}

static int slot_of(const struct rtl_source *src, const struct cas_step *s)
{
	for (int i = 0; i < src->slots; i++)
		if (src->slot[i] == src->tables->table[s->layer][s->group])
			return i;
	return 0;
}

/* Lane constants of a layer's group: one row for each block of columns, once for all its steps. */
static int bias_rows_of(struct encoder *e, const struct cas_step *s)
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
		put(e, RTL_BIAS, (uint32_t)((*row + n / cols) << 8 | n % cols), (uint64_t)group->lane[n]);
	return *row;
}

static int coef_table_of(struct encoder *e, int layer)
{
	const struct cas_squash *squash = &e->src->engine->layer[layer].squash;
	int *table = &e->coef_table[layer];

	if (*table >= 0)
		return *table;
	*table = e->coef_tables++;
	for (int i = 0; i < CAS_SQUASH_ENTRIES; i++)
		put(e, RTL_COEF, (uint32_t)(*table << 10 | i), squash->coef[i]);
	return *table;
}

static int exp_table_of(struct encoder *e, int layer)
{
	const struct cas_softmax *softmax = &e->src->engine->layer[layer].softmax;
	int *table = &e->exp_table[layer];

	if (*table >= 0)
		return *table;
	*table = e->exp_tables++;
	for (int i = 0; i < CAS_SOFTMAX_ENTRIES; i++)
		put(e, RTL_EXP, (uint32_t)(*table << 8 | i), softmax->exp[i]);
	return *table;
}

static int is_signed(const struct encoder *e, int tensor)
{
	return cas_network_format_of(e->src->net, tensor)->sign == CAS_S8;
}

static const struct cas_rescale *rescale_of(const struct encoder *e, const struct cas_step *s)
{
	return &e->src->engine->layer[s->layer].rescale[s->operand];
}

/* ADD in word 0: its first operand, and its clamp. */
static uint64_t add_flags(const struct encoder *e, const struct cas_step *s)
{
	const struct cas_rescale *rs = rescale_of(e, s);
	int first = cas_layer_input(&e->src->net->layer[s->layer], s->operand);

	return (uint64_t)is_signed(e, first) << 7 | (uint64_t)(rs->lo == 0) << 14 | (uint64_t)(rs->hi == 255) << 15 |
		(uint64_t)rs->shift << 16 | (uint64_t)rs->mult[0] << 32;
}

/* POOL in word 0: its requantisation, by 1 for a maximum, and its clamp. */
static uint64_t pool_flags(const struct encoder *e, const struct cas_step *s)
{
	const struct layer_plan *plan = &e->src->engine->layer[s->layer];
	const struct cas_requant *rq = &plan->average;
	int max = plan->layer->pool == CAS_POOL_MAX;

	return (uint64_t)is_signed(e, plan->layer->input) << 7 | (uint64_t)(rq->lo == 0) << 14 |
		(uint64_t)(rq->hi == 255) << 15 | (uint64_t)(max ? 0 : rq->shift) << 16 | (uint64_t)(max ? 1 : rq->mult) << 32;
}

/* Word 13: the second operand of an ADD, places of a kernel's row, unit tables. */
static uint64_t word_13(struct encoder *e, const struct cas_step *s)
{
	const struct cas_layer *layer = &e->src->net->layer[s->layer];
	int pool = s->kind == CAS_STEP_POOL;
	uint64_t w = (uint64_t)(s->types || pool ? s->k_w : 1) << 9 | (uint64_t)(s->types > 0) << 1;

	w |= (uint64_t)(pool && layer->pool == CAS_POOL_MAX);

	if (s->kind == CAS_STEP_SQUASH)
		w |= (uint64_t)coef_table_of(e, s->layer) << 4;
	if (s->kind == CAS_STEP_SOFTMAX || s->chained_softmax)
		w |= (uint64_t)exp_table_of(e, s->layer) << 4;
	if (s->kind == CAS_STEP_ADD && s->operands == 2)
		w |= (uint64_t)s->in2_addr << 32 | (uint64_t)rescale_of(e, s)->mult[1] << 16 | 1 << 3 |
			(uint64_t)is_signed(e, layer->input2) << 2;
	return w;
}

/* Word 0: flags and constants. */
static uint64_t word_0(struct encoder *e, size_t index)
{
	const struct cas_step *s = &e->src->program->step[index];
	const struct layer_plan *plan = &e->src->engine->layer[s->layer];
	const struct group_plan *group = &plan->group[s->group];
	int array = cas_step_on_array(s), routing_squash = s->kind == CAS_STEP_SQUASH && s->iteration;
	int zero_logits = s->first_update || (s->kind == CAS_STEP_SOFTMAX && s->iteration == 1);
	uint64_t w = (uint64_t)s->kind;

	if (array || s->kind == CAS_STEP_SQUASH)
		w |= (uint64_t)slot_of(e->src, s) << 4;
	if (array)
		w |= (uint64_t)(s->kind == CAS_STEP_UPDATE || (s->kind != CAS_STEP_SUM &&
			cas_network_format_of(e->src->net, plan->layer->input)->sign == CAS_S8)) << 7;
	w |= (uint64_t)s->chained_softmax << 8 | (uint64_t)zero_logits << 9;
	w |= (uint64_t)s->constant_coupling << 10 | (uint64_t)s->replay << 11;
	w |= (uint64_t)(index + 1 == e->src->program->steps) << 12 | (uint64_t)routing_squash << 13;
	if (array) {
		w |= (uint64_t)(group->rq.lo == 0) << 14 | (uint64_t)(group->rq.hi == 255) << 15;
		w |= (uint64_t)group->rq.shift << 16 | (uint64_t)group->rq.mult << 32;
		w |= (uint64_t)bias_rows_of(e, s) << 48;
	}
	if (s->kind == CAS_STEP_ADD)
		w |= add_flags(e, s);
	if (s->kind == CAS_STEP_POOL)
		w |= pool_flags(e, s);
	if (s->constant_coupling)
		w |= (uint64_t)cas_softmax_uniform(s->classes) << 24;
	return w;
}

/* How the vectors of an array step lie. */
static void conv_words(const struct cas_step *s, int depth, uint64_t w[DESC_WORDS])
{
	int64_t row = (int64_t)s->in_w * s->in_c;
	int64_t y_first = (int64_t)s->row_first * s->stride - s->pad;
	int blocks = (int)((s->m + (uint64_t)depth - 1) / (uint64_t)depth);

	w[1] = halves((int64_t)s->out_addr, (int64_t)s->in_addr + (y_first - s->in_row_first) * row);
	w[2] = (uint64_t)1 << 48 | (uint64_t)s->k_groups << 32 | (uint64_t)s->k_per_group;
	w[3] = (uint64_t)blocks << 48 | (uint64_t)blocks << 32 | (uint64_t)s->n;
	w[4] = halves(s->out_w, s->row_count);
	w[5] = halves(-(int64_t)s->pad * s->in_c, (int64_t)s->stride * s->in_c);
	w[6] = halves(row, s->stride * row);
	w[8] = halves(s->n, s->n);
	w[9] = halves(row, 0);
	w[10] = (uint64_t)s->in_h << 48 | (uint64_t)s->stride << 32 | ((uint64_t)y_first & 0xffff) << 16;
	if (s->types) { /* a row of vectors: the types of each position in turn, dim_in bytes apart */
		w[4] = halves((int64_t)s->out_w * s->types, s->row_count);
		w[5] = halves(-(int64_t)s->pad * s->in_c, s->k_per_group);
		w[14] = halves(s->in_c, 0);
		w[15] = (uint64_t)halves((int64_t)(s->stride - 1) * s->in_c, 0) | (uint64_t)(s->types - 1) << 16;
	}
}

/* The windows of a POOL lie like those of a convolution into as many channels. */
static void pool_words(const struct cas_step *s, uint64_t w[DESC_WORDS])
{
	struct cas_step conv = *s;

	conv.k_groups = s->k_h;
	conv.n = s->in_c;
	conv.row_count = s->out_h;
	conv_words(&conv, 1, w);
	w[14] = halves(s->in_c, 0);
}

static void routing_words(const struct cas_step *s, const struct cas_program *p, uint64_t w[DESC_WORDS])
{
	int64_t j_d = (int64_t)s->classes * s->dim;
	int outer = s->kind == CAS_STEP_VOTES ? s->caps : 1;
	uint64_t blocks = 1, blocks_last = 1;

	if (s->kind == CAS_STEP_UPDATE) {
		uint64_t depth = (uint64_t)p->depth, i = (uint64_t)s->caps;
		uint64_t last = (uint64_t)((s->classes - 1) % p->cols + 1);

		blocks = (i * (uint64_t)p->cols + depth - 1) / depth;
		blocks_last = (i * last + depth - 1) / depth;
	}
	w[2] = (uint64_t)outer << 48 | (uint64_t)1 << 32 | (uint64_t)s->k_per_group;
	w[3] = blocks_last << 48 | blocks << 32 | (uint64_t)s->n;
	w[4] = halves(1, 1);
	switch (s->kind) {
	case CAS_STEP_VOTES:
		w[1] = halves(0, (int64_t)s->in_addr);
		w[7] = halves(j_d, s->dim_in);
		break;
	case CAS_STEP_SUM:
		w[1] = halves((int64_t)s->out_addr, 0);
		w[5] = halves(0, s->caps);
		w[9] = halves(0, j_d);
		w[14] = halves(0, (int64_t)s->votes_addr);
		break;
	default:
		w[1] = halves(0, (int64_t)s->votes_addr);
		w[4] = halves(s->classes, s->caps);
		w[5] = halves(0, s->dim);
		w[6] = halves(0, j_d);
		w[8] = halves(s->classes, 0);
		w[9] = halves(0, s->classes);
	}
}

static void encode_step(struct encoder *e, size_t index)
{
	const struct rtl_source *src = e->src;
	const struct cas_step *s = &src->program->step[index];
	const struct cas_squash *squash = &src->engine->layer[s->layer].squash;
	uint64_t w[DESC_WORDS] = {0};
	int classes = s->classes;

	switch (s->kind) {
	case CAS_STEP_CONV:
		conv_words(s, src->program->depth, w);
		break;
	case CAS_STEP_POOL:
		pool_words(s, w);
		break;
	case CAS_STEP_VOTES:
	case CAS_STEP_SUM:
	case CAS_STEP_UPDATE:
		routing_words(s, src->program, w);
		break;
	case CAS_STEP_SOFTMAX:
		break; /* logits from address 0 */
	default:
		w[1] = halves((int64_t)s->out_addr, (int64_t)s->in_addr);
	}
	if (s->kind == CAS_STEP_SQUASH) {
		int beats = div_up(s->dim, src->accel->squash_lanes);

		w[10] = (uint64_t)beats << 9 | (uint64_t)squash->index_shift << 5 | (uint64_t)squash->shift;
		classes = s->iteration ? s->caps : 0;
	}
	w[0] = word_0(e, index);
	w[11] = (uint64_t)s->dim << 48 | (uint64_t)classes << 32 | (uint64_t)s->caps;
	w[12] = halves((int64_t)s->bytes, (int64_t)s->dram_addr);
	w[13] = word_13(e, s);
	for (int i = 0; i < DESC_WORDS; i++)
		put(e, RTL_PROGRAM, (uint32_t)(index << 4 | (size_t)i), w[i]);
}

/* A step's tiles as the prefetch unit counts them. */
static void encode_entry(struct encoder *e, const struct cas_step *s)
{
	int cols = e->src->program->cols;
	uint64_t depth = (uint64_t)e->src->program->depth;
	uint64_t blocks = (uint64_t)div_up(s->n, cols), repeats = 1;

	if (s->kind == CAS_STEP_VOTES)
		blocks *= (uint64_t)s->caps;
	else if (!s->replay)
		repeats = (s->m + depth - 1) / depth;
	if ((blocks >> 20 || repeats >> 12 || s->k_groups >> 12 || s->k_per_group >> 20) && !e->status)
		e->status = cas_err_set(e->err, CAS_INPUT, "step %s has more tiles than the RTL's prefetch counts", s->name);
	put(e, RTL_PREFETCH, (uint32_t)e->entries++,
		blocks << 44 | repeats << 32 | (uint64_t)s->k_groups << 20 | (uint64_t)s->k_per_group);
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

	put(e, RTL_WIDTHS, 0, (uint64_t)(psum - 1) | (uint64_t)(acc - 1) << 8 |
		(uint64_t)(n->overflow == CAS_SATURATE) << 16);
}

static void check(struct encoder *e)
{
	e->status = cas_rtl_check(e->src->accel, e->src->net, e->src->program, e->err);
	if (!e->status && e->src->slots > CAS_RTL_TABLES)
		e->status = cas_err_set(e->err, CAS_INPUT,
			"the RTL does not do this configuration: more than %d different multipliers", CAS_RTL_TABLES);
}

cas_status rtl_encode(struct rtl_image *image, const struct rtl_source *src, struct cas_err *err)
{
	struct encoder e = {.src = src, .image = image, .err = err};
	const struct cas_accel *a = src->accel;
	void *weights;

	*image = (struct rtl_image){0};
	memset(e.bias_row, -1, sizeof e.bias_row);
	memset(e.coef_table, -1, sizeof e.coef_table);
	memset(e.exp_table, -1, sizeof e.exp_table);
	check(&e);
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
	put(&e, RTL_SETTINGS, 0, (uint64_t)a->numerics.mapping | (uint64_t)e.entries << 8 |
		(uint64_t)a->accumulator_depth << 16 | (uint64_t)a->dram_beat_bytes << 32 |
		(a->buffers.weight_bytes / (uint64_t)a->cols) << 48);
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
