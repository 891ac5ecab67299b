/* Counting the operand pairs that a multiplier really sees (ReD-CaNe, section III.B: the "real" input
 * distribution). */
#include <string.h>

#include "engine/engine8_internal.h"

struct count {
	const struct cas_engine8 *engine;
	struct cas_worker8 *worker;
	const uint8_t *in;   /* the layer's input codes */
	int layer;
	enum cas_group group;
	uint64_t *histogram;
	uint8_t x[256], y[256]; /* table operand of a byte */
};

/* Each term's activations meet each of its weights: the product of two histograms. */
static void add_products(struct count *c, const uint32_t a_count[256], const uint32_t w_count[256])
{
	for (int a = 0; a < 256; a++)
		for (int w = 0; a_count[a] && w < 256; w++)
			c->histogram[c->x[a] << 8 | c->y[w]] += (uint64_t)a_count[a] * w_count[w];
}

static void count_weights(const uint8_t *w, int n, uint32_t w_count[256])
{
	memset(w_count, 0, 256 * sizeof *w_count);
	for (int i = 0; i < n; i++)
		w_count[w[i]]++;
}

static void count_conv(struct count *c)
{
	const struct layer_plan *plan = &c->engine->layer[c->layer];
	const uint8_t *in = plan->layer->pad ? c->worker->padded : c->in, *w = plan->w;
	int n = plan->group[CAS_GROUP_LAYER].n;
	uint32_t a_count[256], w_count[256];

	for (int g = 0; g < plan->groups; g++)
		for (int k = 0; k < plan->group_len; k++, w += n) {
			memset(a_count, 0, sizeof a_count);
			for (int m = 0; m < plan->m; m++)
				a_count[in[plan->offset[m] + (size_t)g * plan->group_stride + (size_t)k]]++;
			count_weights(w, n, w_count);
			add_products(c, a_count, w_count);
		}
}

/* ConvCaps3D: term k of every vote meets the weights of row k. */
static void count_shared_votes(struct count *c)
{
	const struct layer_plan *plan = &c->engine->layer[c->layer];
	int n = plan->group[CAS_GROUP_VOTES].n, terms = plan->group[CAS_GROUP_VOTES].k;
	uint32_t a_count[256], w_count[256];

	for (int k = 0; k < terms; k++) {
		memset(a_count, 0, sizeof a_count);
		for (int m = 0; m < plan->m; m++)
			a_count[c->worker->patches[plan->patch[m] + (uint32_t)k]]++;
		count_weights(plan->w + (size_t)k * (size_t)n, n, w_count);
		add_products(c, a_count, w_count);
	}
}

static void count_votes(struct count *c)
{
	const struct layer_plan *plan = &c->engine->layer[c->layer];
	size_t terms = (size_t)plan->layer->in.caps * (size_t)plan->layer->in.dim;
	int n = plan->group[CAS_GROUP_VOTES].n;
	uint32_t a_count[256] = {0}, w_count[256];

	for (size_t t = 0; t < terms; t++) {
		a_count[c->in[t]] = 1;
		count_weights(plan->w + t * (size_t)n, n, w_count);
		add_products(c, a_count, w_count);
		a_count[c->in[t]] = 0;
	}
}

/* Votes of the position that routes. */
static const uint8_t *votes_at(const struct count *c, int position)
{
	const struct cas_routing_shape *r = &c->engine->layer[c->layer].layer->routing;

	return (const uint8_t *)c->worker->votes +
		(size_t)position * (size_t)r->caps * (size_t)r->classes * (size_t)r->dim;
}

static void count_sum(struct count *c, int position)
{
	const struct cas_routing_shape *r = &c->engine->layer[c->layer].layer->routing;
	const uint8_t *coupling = c->worker->coupling, *votes = votes_at(c, position);

	for (int ij = 0; ij < r->caps * r->classes; ij++)
		for (int d = 0; d < r->dim; d++)
			c->histogram[c->x[coupling[ij]] << 8 | c->y[*votes++]]++;
}

static void count_update(struct count *c, int position)
{
	const struct cas_routing_shape *r = &c->engine->layer[c->layer].layer->routing;
	const uint8_t *votes = votes_at(c, position), *v = (const uint8_t *)c->worker->v;
	int n = r->classes * r->dim;

	for (int i = 0; i < r->caps; i++)
		for (int jd = 0; jd < n; jd++)
			c->histogram[c->x[*votes++] << 8 | c->y[v[jd]]]++;
}

static void count_squash(struct count *c, const uint8_t *codes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		c->histogram[c->x[codes[i]] << 8 | c->x[codes[i]]]++;
}

static void on_tensor(void *ctx, const struct cas_tap_event *event)
{
	struct count *c = ctx;
	const struct layer_plan *plan = &c->engine->layer[c->layer];

	if (event->layer != c->layer)
		return;
	if (c->group == CAS_GROUP_LAYER && event->tensor == CAS_TAP_RESULT &&
	    plan->group[CAS_GROUP_LAYER].product)
		count_conv(c);
	else if (c->group == CAS_GROUP_VOTES && event->tensor == CAS_TAP_VOTES)
		plan->layer->kind == CAS_CLASSCAPS ? count_votes(c) : count_shared_votes(c);
	else if (c->group == CAS_GROUP_SUM && event->tensor == CAS_TAP_COUPLING)
		count_sum(c, event->position);
	else if (c->group == CAS_GROUP_UPDATE && event->tensor == CAS_TAP_V && event->iter + 1 < plan->iters)
		count_update(c, event->position);
	else if (c->group == CAS_GROUP_SQUASH && event->tensor == CAS_TAP_PRE)
		count_squash(c, event->data, event->count);
}

int cas_engine8_count_operands(const struct cas_engine8 *engine, struct cas_worker8 *worker,
	const uint8_t *pixels, int layer, enum cas_group group, uint64_t histogram[65536])
{
	const struct cas_layer *l = engine->layer[layer].layer;
	enum cas_product_mapping mapping = (enum cas_product_mapping)engine->options.numerics.mapping;
	struct count c = {.engine = engine, .worker = worker, .layer = layer, .group = group,
		.histogram = histogram, .in = l->input < 0 ? pixels : worker->result[l->input]};
	struct cas_tap tap = {on_tensor, &c};
	int a_signed = group == CAS_GROUP_UPDATE || group == CAS_GROUP_SQUASH ||
		(group != CAS_GROUP_SUM && cas_network_format_of(engine->net, l->input)->sign == CAS_S8);

	if (group == CAS_GROUP_SQUASH && (mapping == CAS_MAP_AFFINE || mapping == CAS_MAP_SIGNED))
		mapping = CAS_MAP_SIGN_MAGNITUDE; /* the unit squares magnitudes */
	for (int b = 0; b < 256; b++) {
		c.x[b] = cas_product_operand(mapping, a_signed, (uint8_t)b);
		c.y[b] = cas_product_operand(mapping, 1, (uint8_t)b);
	}
	return cas_engine8_run(engine, worker, pixels, &tap);
}
