/* Planning of the 8-bit engine: product tables, scales, packed weights, geometry. */
#include <stdlib.h>

#include "base/mem.h"
#include "engine/engine8_internal.h"

/* The product table for a truth table and a signedness of the first operand (the second is always
 * signed); made once and shared. */
static cas_status product_for(struct cas_engine8 *e, const uint16_t *table, int a_signed,
	const struct cas_product **out, struct cas_err *err)
{
	const struct cas_numerics *num = &e->options.numerics;
	struct cas_product_spec spec = {
		.mapping = (enum cas_product_mapping)num->mapping, .a_signed = a_signed, .w_signed = 1,
		.swap_operands = num->swap_operands, .zero_gating = num->zero_gating,
	};
	struct cas_product *made;
	cas_status status;

	for (int i = 0; i < e->products; i++)
		if (e->product[i].table == table && e->product[i].a_signed == a_signed) {
			*out = e->product[i].product;
			return CAS_OK;
		}
	if (e->products == CAS_MAX_PRODUCTS)
		return cas_err_set(err, CAS_INPUT, "more than %d different multipliers in one network",
			CAS_MAX_PRODUCTS / 2);
	status = cas_mem_new((void **)&made, 1, sizeof *made, err);
	if (status)
		return status;
	cas_product_make(made, table, &spec);
	e->product[e->products].table = table;
	e->product[e->products].a_signed = a_signed;
	e->product[e->products++].product = made;
	*out = made;
	return CAS_OK;
}

struct group_request {
	enum cas_group group;
	const uint16_t *table;
	int a_signed, k, n;
	double ratio;                    /* scale of P / scale of the result, before the mapping's e */
	const struct cas_format *format; /* of the result: clamp */
	int relu;
	const int8_t *w;                 /* NULL: both operands are dynamic */
	int blocks;                      /* of w, each of k rows: lower capsules with weights of their own, else 1 */
	size_t sums;                     /* computed at a time */
};

/* What is added to each channel's sum: bias and calibration. */
static cas_status plan_lane(struct cas_engine8 *e, struct layer_plan *plan,
	const struct group_request *ask, struct cas_err *err)
{
	struct group_plan *group = &plan->group[ask->group];
	const int32_t *stored = e->options.uncalibrated ? NULL : plan->layer->calibration[ask->group];
	const int32_t *bias = ask->group == CAS_GROUP_LAYER ? plan->layer->b32 : NULL;
	cas_status status = cas_mem_new((void **)&group->lane, (size_t)ask->n, sizeof *group->lane, err);

	if (!status)
		status = cas_mem_new((void **)&group->q, (size_t)ask->n, sizeof *group->q, err);
	for (int n = 0; n < ask->n && !status; n++) {
		group->q[n] = stored ? stored[n] : 0;
		group->lane[n] = group->q[n] + (bias ? cas_scale_half_away(bias[n], group->product->shift) : 0);
	}
	e->calibrated |= stored != NULL;
	return status;
}

static void grow(size_t *size, size_t need)
{
	*size = need > *size ? need : *size;
}

static cas_status plan_group(struct cas_engine8 *e, struct layer_plan *plan,
	const struct group_request *ask, struct cas_err *err)
{
	struct group_plan *group = &plan->group[ask->group];
	cas_status status = product_for(e, ask->table, ask->a_signed, &group->product, err);

	if (status)
		return status;
	group->k = ask->k;
	group->n = ask->n;
	group->rq.hi = ask->format->sign == CAS_U8 ? 255 : 127;
	group->rq.lo = ask->format->sign == CAS_U8 || ask->relu ? 0 : -127;
	status = cas_requant_make(&group->rq, ask->ratio, e->options.numerics.requant == CAS_REQUANT_SHIFT,
		err);
	if (status)
		return status;
	group->rq.shift += group->product->shift;
	status = cas_engine8_plan_order(e, plan, ask->group, err);
	if (!status && group->ordered)
		grow(&e->wide_words, ask->sums);
	if (!status)
		status = plan_lane(e, plan, ask, err);
	if (status || !ask->w || group->ordered)
		return status;
	return cas_matmul_plan_blocks(&group->mm, group->product, ask->w, ask->blocks, ask->k, ask->n,
		e->options.isa, err);
}

static cas_status plan_squash(struct cas_engine8 *e, struct layer_plan *plan, const uint16_t *table,
	struct cas_err *err)
{
	struct cas_product_spec spec = {
		.mapping = (enum cas_product_mapping)e->options.numerics.mapping,
		.swap_operands = e->options.numerics.swap_operands,
		.zero_gating = e->options.numerics.zero_gating,
	};

	cas_product_squares(table, &spec, plan->square, &plan->square_shift);
	return cas_squash_make(&plan->squash, plan->layer->pre.scale, plan->layer->dim, err);
}

/* Where the terms of every sum begin in the padded map: a sum for each position, or (ConvCaps3D) for
 * each position and type of capsule, whose terms are `types` capsules apart. */
static cas_status plan_geometry(struct cas_engine8 *e, struct layer_plan *plan, struct cas_err *err)
{
	const struct cas_layer *layer = plan->layer;
	int votes = layer->kind == CAS_CONVCAPS3D, types = votes ? layer->routing.caps : 1;
	size_t row = (size_t)(layer->in.w + 2 * layer->pad) * (size_t)layer->in.c;
	cas_status status;

	plan->padded_h = layer->in.h + 2 * layer->pad;
	plan->padded_w = layer->in.w + 2 * layer->pad;
	plan->m = layer->out.h * layer->out.w * types;
	plan->groups = votes ? layer->k_h * layer->k_w : layer->k_h;
	plan->group_len = votes ? layer->in.dim : layer->k_w * layer->in.c;
	plan->group_stride = row;
	if (layer->pad)
		grow(&e->padded_bytes, (size_t)plan->padded_h * row);
	status = cas_mem_new((void **)&plan->offset, (size_t)plan->m, sizeof *plan->offset, err);
	for (int m = 0; m < plan->m && !status; m++) {
		int position = m / types, y = position / layer->out.w, x = position % layer->out.w;

		plan->offset[m] = (uint32_t)((size_t)(y * layer->stride) * row +
			(size_t)(x * layer->stride) * (size_t)layer->in.c +
			(size_t)(m % types) * (size_t)plan->group_len * (size_t)votes);
	}
	return status;
}

static cas_status plan_fc_geometry(struct layer_plan *plan, struct cas_err *err)
{
	const struct cas_shape *in = &plan->layer->in;

	plan->m = plan->groups = 1;
	plan->group_len = in->h * in->w * in->c;
	return cas_mem_new((void **)&plan->offset, 1, sizeof *plan->offset, err);
}

static cas_status plan_conv(struct cas_engine8 *e, struct layer_plan *plan,
	const uint16_t *const table[CAS_GROUPS], struct cas_err *err)
{
	const struct cas_layer *layer = plan->layer;
	const struct cas_format *in = cas_network_format_of(e->net, layer->input);
	const struct cas_format *result = layer->kind == CAS_PRIMARYCAPS ? &layer->pre : &layer->result;
	struct group_request ask = {
		.group = CAS_GROUP_LAYER, .table = table[CAS_GROUP_LAYER], .a_signed = in->sign == CAS_S8,
		.ratio = in->scale * layer->weight_scale / result->scale, .format = result,
		.relu = layer->relu, .w = layer->w8, .blocks = 1,
	};
	cas_status status = layer->kind == CAS_FC ? plan_fc_geometry(plan, err) : plan_geometry(e, plan, err);

	if (status)
		return status;
	ask.k = plan->groups * plan->group_len;
	ask.n = layer->out.c;
	grow(&e->patch_bytes, (size_t)ask.k);
	ask.sums = (size_t)plan->m * (size_t)ask.n;
	grow(&e->acc_words, ask.sums);
	status = plan_group(e, plan, &ask, err);
	if (status)
		return status;
	return layer->kind == CAS_PRIMARYCAPS ? plan_squash(e, plan, table[CAS_GROUP_SQUASH], err) : CAS_OK;
}

/* Terms of a vote, and blocks of weights: each lower capsule has its own, or all share a kernel. */
static cas_status plan_votes(struct cas_engine8 *e, struct layer_plan *plan, int *terms, int *blocks,
	struct cas_err *err)
{
	const struct cas_layer *layer = plan->layer;
	cas_status status;

	*terms = layer->routing.dim_in;
	*blocks = layer->routing.caps;
	if (layer->kind == CAS_CLASSCAPS)
		return CAS_OK;
	status = plan_geometry(e, plan, err);
	*terms = plan->groups * plan->group_len;
	*blocks = 1;
	grow(&e->patch_bytes, (size_t)plan->m * (size_t)*terms);
	if (!status)
		status = cas_mem_new((void **)&plan->patch, (size_t)plan->m, sizeof *plan->patch, err);
	for (int m = 0; m < plan->m && !status; m++)
		plan->patch[m] = (uint32_t)m * (uint32_t)*terms;
	return status;
}

static cas_status plan_routing(struct cas_engine8 *e, struct layer_plan *plan,
	const uint16_t *const table[CAS_GROUPS], struct cas_err *err)
{
	const struct cas_layer *layer = plan->layer;
	const struct cas_routing_shape *r = &layer->routing;
	const struct cas_format *in = cas_network_format_of(e->net, layer->input);
	const struct cas_format logit = {CAS_S8, layer->logit_scale};
	int n = r->classes * r->dim, terms, blocks;
	size_t votes = (size_t)r->positions * (size_t)r->caps * (size_t)n;
	cas_status status = plan_votes(e, plan, &terms, &blocks, err);
	const struct group_request ask[] = {
		{CAS_GROUP_VOTES, table[CAS_GROUP_VOTES], in->sign == CAS_S8, terms, n,
			in->scale * layer->weight_scale / layer->votes.scale, &layer->votes, 0, layer->w8, blocks, votes},
		{CAS_GROUP_SUM, table[CAS_GROUP_SUM], 0, r->caps, n,
			0x1p-8 * layer->votes.scale / layer->pre.scale, &layer->pre, 0, NULL, 0, (size_t)n},
		{CAS_GROUP_UPDATE, table[CAS_GROUP_UPDATE], 1, r->dim, r->classes,
			layer->votes.scale * 0x1p-7 / layer->logit_scale, &logit, 0, NULL, 0,
			(size_t)r->caps * (size_t)r->classes},
	};

	for (int i = 0; i < 3 && !status; i++)
		status = plan_group(e, plan, &ask[i], err);
	if (!status)
		status = cas_routing_kernel_plan(&plan->routing, plan->group[CAS_GROUP_SUM].product,
			plan->group[CAS_GROUP_UPDATE].product, e->options.isa, err);
	if (!status)
		status = cas_softmax_make(&plan->softmax, layer->logit_scale, err);
	if (!status)
		status = plan_squash(e, plan, table[CAS_GROUP_SQUASH], err);
	plan->iters = e->options.numerics.iterations ? e->options.numerics.iterations : layer->iters;
	grow(&e->acc_words, votes);
	grow(&e->votes_bytes, votes);
	grow(&e->logits_bytes, (size_t)r->caps * (size_t)r->classes);
	grow(&e->v_bytes, (size_t)n);
	return status;
}

static cas_status plan_layer(struct cas_engine8 *e, struct layer_plan *plan,
	const uint16_t *const table[CAS_GROUPS], struct cas_err *err)
{
	if (cas_layer_routes(plan->layer))
		return plan_routing(e, plan, table, err);
	if (cas_layer_has_weights(plan->layer))
		return plan_conv(e, plan, table, err);
	return cas_engine8_plan_elementwise(e, plan, err);
}

cas_status cas_engine8_plan(struct cas_engine8 **out, const struct cas_network *net,
	const struct cas_tables *tables, const struct cas_engine8_options *options, struct cas_err *err)
{
	struct cas_engine8 *e;
	cas_status status;

	if (!net->quantized)
		return cas_err_set(err, CAS_INPUT,
			"%s: the 8-bit engine needs an 8-bit network, this one is float32: run `capsacc-sim quantize`", net->name);
	status = cas_mem_new((void **)&e, 1, sizeof *e, err);
	if (status)
		return status;
	e->net = net;
	e->options = *options;
	e->widths = (struct cas_widths){options->rows, options->numerics.psum_bits,
		options->numerics.acc_bits, options->numerics.overflow == CAS_SATURATE};
	e->layers = net->layers;
	for (int i = 0; i < net->layers && !status; i++) {
		struct layer_plan *plan = &e->layer[i];

		plan->layer = &net->layer[i];
		plan->w = (const uint8_t *)plan->layer->w8;
		status = plan_layer(e, plan, tables->table[i], err);
		if (status)
			cas_err_prepend(err, "layer %s", plan->layer->name);
	}
	if (status) {
		cas_engine8_free(e);
		return status;
	}
	*out = e;
	return CAS_OK;
}

void cas_engine8_free(struct cas_engine8 *e)
{
	if (!e)
		return;
	for (int i = 0; i < e->layers; i++) {
		for (int g = 0; g < CAS_GROUPS; g++) {
			cas_matmul_free(e->layer[i].group[g].mm);
			free(e->layer[i].group[g].ordered);
			free(e->layer[i].group[g].lane);
			free(e->layer[i].group[g].q);
		}
		cas_routing_kernel_free(e->layer[i].routing);
		free(e->layer[i].offset);
		free(e->layer[i].patch);
	}
	for (int i = 0; i < e->products; i++)
		free(e->product[i].product);
	free(e);
}
