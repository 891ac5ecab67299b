/* A step's descriptor. */
#include <string.h>

#include "encode_internal.h"

static void set(struct encoder *e, enum rtl_field field, int64_t value)
{
	if (!e->status)
		e->status = rtl_field_set(e->w, field, value, e->where, e->err);
}

static int slot_of(const struct rtl_source *src, const struct cas_step *s)
{
	for (int i = 0; i < src->slots; i++)
		if (src->slot[i] == src->tables->table[s->layer][s->group])
			return i;
	return 0;
}

static int is_signed(const struct encoder *e, int tensor)
{
	return cas_network_format_of(e->src->net, tensor)->sign == CAS_S8;
}

static const struct cas_rescale *rescale_of(const struct encoder *e, const struct cas_step *s)
{
	return &e->src->engine->layer[s->layer].rescale[s->operand];
}

/* Multiplier, shift and clamp of what leaves the array, an ADD or a POOL. */
static void set_requant(struct encoder *e, int64_t mult, int shift, int lo, int hi)
{
	set(e, FIELD_MULT, mult);
	set(e, FIELD_SHIFT, shift);
	set(e, FIELD_LO_0, lo == 0);
	set(e, FIELD_HI_255, hi == 255);
}

static void set_add(struct encoder *e, const struct cas_step *s)
{
	const struct cas_layer *layer = &e->src->net->layer[s->layer];
	const struct cas_rescale *rs = rescale_of(e, s);

	set(e, FIELD_A_SIGNED, is_signed(e, cas_layer_input(layer, s->operand)));
	set_requant(e, rs->mult[0], rs->shift, rs->lo, rs->hi);
	if (s->operands != 2)
		return;
	set(e, FIELD_TWO, 1);
	set(e, FIELD_IN2_ADDR, (int64_t)s->in2_addr);
	set(e, FIELD_MULT2, rs->mult[1]);
	set(e, FIELD_SIGNED2, is_signed(e, layer->input2));
}

/* A maximum is requantised by 1. */
static void set_pool(struct encoder *e, const struct cas_step *s)
{
	const struct layer_plan *plan = &e->src->engine->layer[s->layer];
	const struct cas_requant *rq = &plan->average;
	int max = plan->layer->pool == CAS_POOL_MAX;

	set(e, FIELD_A_SIGNED, is_signed(e, plan->layer->input));
	set(e, FIELD_POOL_MAX, max);
	set_requant(e, max ? 1 : rq->mult, max ? 0 : rq->shift, rq->lo, rq->hi);
}

static void set_array(struct encoder *e, const struct cas_step *s)
{
	const struct layer_plan *plan = &e->src->engine->layer[s->layer];
	const struct cas_requant *rq = &plan->group[s->group].rq;
	int from_map = s->kind == CAS_STEP_CONV || s->kind == CAS_STEP_VOTES;

	set(e, FIELD_MUL_SEL, slot_of(e->src, s));
	set(e, FIELD_A_SIGNED, s->kind == CAS_STEP_UPDATE || (from_map && is_signed(e, plan->layer->input)));
	set(e, FIELD_ZERO_LOGITS, s->first_update);
	set(e, FIELD_CHAINED_SOFTMAX, s->chained_softmax);
	set(e, FIELD_CONSTANT_COUPLING, s->constant_coupling);
	set(e, FIELD_REPLAY, s->replay);
	set_requant(e, rq->mult, rq->shift, rq->lo, rq->hi);
	set(e, FIELD_BIAS_ROW, encode_bias_rows(e, s));
	set(e, FIELD_N, s->n);
	set(e, FIELD_K_GROUPS, s->k_groups);
	set(e, FIELD_K_PER_GROUP, s->k_per_group);
	set(e, FIELD_OUTER, s->kind == CAS_STEP_VOTES ? s->caps : 1);
	if (s->constant_coupling)
		set(e, FIELD_CONSTANT, cas_softmax_uniform(s->classes));
	if (s->chained_softmax)
		set(e, FIELD_TABLE_SEL, encode_exp_table(e, s->layer));
}

/* How the windows of a map lie: of a convolution into n channels, or of a POOL. */
static void set_map(struct encoder *e, const struct cas_step *s, int n, int rows)
{
	int64_t row = (int64_t)s->in_w * s->in_c;
	int64_t y_first = (int64_t)s->row_first * s->stride - s->pad;

	set(e, FIELD_OUT_ADDR, (int64_t)s->out_addr);
	set(e, FIELD_IN_ADDR, (int64_t)s->in_addr + (y_first - s->in_row_first) * row);
	set(e, FIELD_P_COUNT, rows);
	set(e, FIELD_X_FIRST, -(int64_t)s->pad * s->in_c);
	set(e, FIELD_GROUP_STEP, row);
	set(e, FIELD_ROW_STEP, s->stride * row);
	set(e, FIELD_OUT_P_STEP, n);
	set(e, FIELD_OUT_Q_STEP, n);
	set(e, FIELD_ROW_BYTES, row);
	set(e, FIELD_IN_H, s->in_h);
	set(e, FIELD_Y_STEP, s->stride);
	set(e, FIELD_Y_FIRST, y_first);
}

static void set_conv(struct encoder *e, const struct cas_step *s)
{
	uint64_t depth = (uint64_t)e->src->program->depth;
	int64_t blocks = (int64_t)((s->m + depth - 1) / depth);

	set_map(e, s, s->n, s->row_count);
	set(e, FIELD_BLOCKS, blocks);
	set(e, FIELD_BLOCKS_LAST, blocks);
	set(e, FIELD_KX_COUNT, s->types ? s->k_w : 1);
	set(e, FIELD_Q_COUNT, (int64_t)s->out_w * (s->types ? s->types : 1));
	set(e, FIELD_X_STEP, s->types ? s->k_per_group : (int64_t)s->stride * s->in_c);
	if (s->types) { /* a row of vectors: the types of each position in turn, dim_in bytes apart */
		set(e, FIELD_TO_VOTES, 1);
		set(e, FIELD_KX_STEP, s->in_c);
		set(e, FIELD_X_JUMP, (int64_t)(s->stride - 1) * s->in_c);
		set(e, FIELD_LAST_TYPE, s->types - 1);
	}
}

static void set_pool_windows(struct encoder *e, const struct cas_step *s)
{
	set_map(e, s, s->in_c, s->out_h);
	set(e, FIELD_N, s->in_c);
	set(e, FIELD_K_GROUPS, s->k_h);
	set(e, FIELD_Q_COUNT, s->out_w);
	set(e, FIELD_X_STEP, (int64_t)s->stride * s->in_c);
	set(e, FIELD_KX_COUNT, s->k_w);
	set(e, FIELD_KX_STEP, s->in_c);
}

static void set_votes(struct encoder *e, const struct cas_step *s)
{
	set(e, FIELD_IN_ADDR, (int64_t)s->in_addr);
	set(e, FIELD_OUTER_OUT, (int64_t)s->classes * s->dim);
	set(e, FIELD_OUTER_IN, s->dim_in);
	set(e, FIELD_Q_COUNT, 1);
	set(e, FIELD_P_COUNT, 1);
	set(e, FIELD_BLOCKS, 1);
	set(e, FIELD_BLOCKS_LAST, 1);
	set(e, FIELD_KX_COUNT, 1);
}

static void set_sum(struct encoder *e, const struct cas_step *s)
{
	set(e, FIELD_OUT_ADDR, (int64_t)s->out_addr);
	set(e, FIELD_X_STEP, s->caps);
	set(e, FIELD_LD_STEP, (int64_t)s->classes * s->dim);
	set(e, FIELD_LD_BASE, (int64_t)s->votes_addr);
	set(e, FIELD_Q_COUNT, 1);
	set(e, FIELD_P_COUNT, 1);
	set(e, FIELD_BLOCKS, 1);
	set(e, FIELD_BLOCKS_LAST, 1);
	set(e, FIELD_KX_COUNT, 1);
}

static void set_update(struct encoder *e, const struct cas_step *s)
{
	const struct cas_program *p = e->src->program;
	int64_t depth = p->depth, last = (s->classes - 1) % p->cols + 1;

	set(e, FIELD_IN_ADDR, (int64_t)s->votes_addr);
	set(e, FIELD_BLOCKS, ((int64_t)s->caps * (s->classes < p->cols ? s->classes : p->cols) + depth - 1) / depth);
	set(e, FIELD_BLOCKS_LAST, (s->caps * last + depth - 1) / depth);
	set(e, FIELD_Q_COUNT, s->classes);
	set(e, FIELD_P_COUNT, s->caps);
	set(e, FIELD_X_STEP, s->dim);
	set(e, FIELD_ROW_STEP, (int64_t)s->classes * s->dim);
	set(e, FIELD_OUT_P_STEP, s->classes);
	set(e, FIELD_LD_STEP, s->classes);
	set(e, FIELD_KX_COUNT, 1);
}

static void set_squash(struct encoder *e, const struct cas_step *s)
{
	const struct cas_squash *squash = &e->src->engine->layer[s->layer].squash;

	set(e, FIELD_MUL_SEL, slot_of(e->src, s));
	set(e, FIELD_BEATS, (s->dim + e->src->accel->squash_lanes - 1) / e->src->accel->squash_lanes);
	set(e, FIELD_INDEX_SHIFT, squash->index_shift);
	set(e, FIELD_SQUASH_SHIFT, squash->shift);
	set(e, FIELD_WRITE_V, s->iteration > 0);
	set(e, FIELD_TABLE_SEL, encode_coef_table(e, s->layer));
}

static void set_kind(struct encoder *e, const struct cas_step *s)
{
	switch (s->kind) {
	case CAS_STEP_CONV:
		set_conv(e, s);
		return;
	case CAS_STEP_VOTES:
		set_votes(e, s);
		return;
	case CAS_STEP_SUM:
		set_sum(e, s);
		return;
	case CAS_STEP_UPDATE:
		set_update(e, s);
		return;
	case CAS_STEP_POOL:
		set_pool(e, s);
		set_pool_windows(e, s);
		return;
	case CAS_STEP_SOFTMAX: /* logits from address 0 */
		set(e, FIELD_ZERO_LOGITS, s->iteration == 1);
		set(e, FIELD_TABLE_SEL, encode_exp_table(e, s->layer));
		return;
	case CAS_STEP_SQUASH:
		set_squash(e, s);
		break;
	case CAS_STEP_ADD:
		set_add(e, s);
		break;
	default:
		break;
	}
	set(e, FIELD_OUT_ADDR, (int64_t)s->out_addr);
	set(e, FIELD_IN_ADDR, (int64_t)s->in_addr);
}

void encode_step(struct encoder *e, size_t index)
{
	const struct cas_step *s = &e->src->program->step[index];

	e->where = s->name;
	memset(e->w, 0, sizeof e->w);
	set(e, FIELD_KIND, s->kind);
	set(e, FIELD_LAST_STEP, index + 1 == e->src->program->steps);
	if (cas_step_on_array(s))
		set_array(e, s);
	set_kind(e, s);
	set(e, FIELD_DIM, s->dim);
	/* a SQUASH in routing has the classes as its capsules */
	set(e, FIELD_CLASSES, s->kind != CAS_STEP_SQUASH ? s->classes : s->iteration ? s->caps : 0);
	set(e, FIELD_CAPS, s->caps);
	set(e, FIELD_BYTES, (int64_t)s->bytes);
	set(e, FIELD_DRAM_ADDR, (int64_t)s->dram_addr);
	for (int i = 0; i < DESC_WORDS; i++)
		encode_put(e, RTL_PROGRAM, (uint32_t)(index << 4 | (size_t)i), e->w[i]);
}
