/* Votes and dynamic routing (classcaps, convcaps3d) in the 8-bit engine; docs/numerics.md section 9. */
#include <string.h>

#include "engine/engine8_internal.h"

struct routing {
	struct cas_worker8 *worker;
	const struct layer_plan *plan;
	const struct cas_tap *tap;
	int index;              /* of the layer */
	size_t caps, classes, dim;
	int measured;           /* the probe is on this layer */
	int position;           /* that routes */
	const int8_t *votes;    /* its votes [caps][classes][dim] */
};

void cas_engine8_gather_votes(struct cas_worker8 *worker, const struct layer_plan *plan,
	const uint8_t *in)
{
	size_t c = (size_t)plan->layer->in.c, length = (size_t)plan->group_len;
	uint8_t *to = worker->patches;

	for (int m = 0; m < plan->m; m++)
		for (int y = 0; y < plan->layer->k_h; y++)
			for (int x = 0; x < plan->layer->k_w; x++, to += length)
				memcpy(to, in + plan->offset[m] + (size_t)y * plan->group_stride + (size_t)x * c, length);
}

/* One vote for all classes; ConvCaps3D adds its kernel's positions one after the other. */
static struct cas_terms vote_terms(const struct routing *r, const uint8_t *u, size_t vote)
{
	const struct layer_plan *plan = r->plan;
	size_t n_all = r->classes * r->dim, terms = (size_t)plan->group[CAS_GROUP_VOTES].k;
	int shared = plan->layer->kind == CAS_CONVCAPS3D;
	size_t length = shared ? (size_t)plan->group_len : terms;

	return (struct cas_terms){
		.a = u + vote * terms, .a_step = 1, .a_group = length,
		.w = plan->w + (shared ? 0 : vote * terms * n_all), .w_step = n_all, .w_group = length * n_all,
		.groups = shared ? plan->groups : 1, .len = (int)length,
	};
}

static void votes_in_order(const struct routing *r, const struct cas_ordered *ordered, const uint8_t *u,
	size_t votes, int64_t *acc, uint64_t *overflows)
{
	size_t n = r->classes * r->dim;

	for (size_t i = 0; i < votes; i++) {
		struct cas_terms terms = vote_terms(r, u, i);

		cas_ordered_sums(ordered, &terms, (int)n, acc + i * n, overflows);
	}
}

static void votes_by_matmul(const struct routing *r, const struct cas_matmul *mm, const uint8_t *u,
	int32_t *acc)
{
	const struct layer_plan *plan = r->plan;

	if (plan->layer->kind == CAS_CLASSCAPS)
		cas_matmul_run_blocks(mm, u, (int)r->caps, plan->layer->in.dim, acc);
	else
		cas_matmul_run(mm, &(struct cas_rows){r->worker->patches, plan->patch, plan->m, 1,
			plan->groups * plan->group_len, 0}, 0, acc);
}

/* Votes of all positions, one product of all types and positions with the shared kernel, or of each
 * lower capsule with its own weights. */
static void make_votes(const struct routing *r, const uint8_t *in)
{
	const struct group_plan *group = &r->plan->group[CAS_GROUP_VOTES];
	struct cas_worker8 *w = r->worker;
	size_t n = r->classes * r->dim, votes = (size_t)r->plan->layer->routing.positions * r->caps;
	const uint8_t *u = in;

	if (r->plan->layer->kind == CAS_CONVCAPS3D) {
		cas_engine8_gather_votes(w, r->plan, cas_engine8_pad(w, r->plan, in));
		u = w->patches;
	}
	if (group->ordered) {
		votes_in_order(r, group->ordered, u, votes, w->wide, &w->overflows[r->index]);
		cas_engine8_settle(w, votes * n);
	} else {
		votes_by_matmul(r, group->mm, u, w->acc);
	}
	if (r->measured) {
		if (w->probe.exact_ordered[CAS_GROUP_VOTES])
			votes_in_order(r, w->probe.exact_ordered[CAS_GROUP_VOTES], u, votes, w->probe.wide,
				&w->probe.overflows);
		else
			votes_by_matmul(r, w->probe.exact_mm[CAS_GROUP_VOTES], u, w->probe.acc);
		cas_engine8_probe_add(w, r->index, CAS_GROUP_VOTES, votes, (int)n);
	}
	cas_tap_call(r->tap, r->index, CAS_TAP_SUMS, 0, w->acc, votes * n);
	cas_engine8_scale(w, group, votes, (int)n, (uint8_t *)w->votes);
	cas_tap_call(r->tap, r->index, CAS_TAP_VOTES, 0, w->votes, votes * n);
}

static void sum_by_kernel(const struct routing *r, const struct cas_routing_kernel *kernel, int32_t *acc)
{
	cas_routing_sum(kernel, r->worker->coupling, r->votes, (int)r->caps, (int)r->classes,
		(int)r->dim, acc);
}

static void sum_in_order(const struct routing *r, const struct cas_ordered *ordered, int64_t *acc,
	uint64_t *overflows)
{
	for (size_t j = 0; j < r->classes; j++) {
		struct cas_terms terms = {
			.a = r->worker->coupling + j, .a_step = r->classes,
			.w = (const uint8_t *)r->votes + j * r->dim, .w_step = r->classes * r->dim,
			.groups = 1, .len = (int)r->caps,
		};

		cas_ordered_sums(ordered, &terms, (int)r->dim, acc + j * r->dim, overflows);
	}
}

static void make_capsules(const struct routing *r, int iter)
{
	const struct group_plan *group = &r->plan->group[CAS_GROUP_SUM];
	struct cas_worker8 *w = r->worker;
	size_t n = r->classes * r->dim;

	if (group->ordered)
		sum_in_order(r, group->ordered, w->wide, &w->overflows[r->index]);
	else
		sum_by_kernel(r, r->plan->routing, w->acc);
	if (r->measured) {
		if (w->probe.exact_ordered[CAS_GROUP_SUM])
			sum_in_order(r, w->probe.exact_ordered[CAS_GROUP_SUM], w->probe.wide, &w->probe.overflows);
		else
			sum_by_kernel(r, w->probe.exact_routing, w->probe.acc);
		cas_engine8_probe_add(w, r->index, CAS_GROUP_SUM, 1, (int)n);
	}
	cas_engine8_scale(w, group, 1, (int)n, (uint8_t *)w->v);
	cas_tap_call_at(r->tap, r->index, CAS_TAP_PRE, iter, r->position, w->v, n);
	for (size_t j = 0; j < r->classes; j++)
		cas_squash_apply(&r->plan->squash, r->plan->square, r->plan->square_shift,
			w->v + j * r->dim, (int)r->dim, w->v + j * r->dim);
	cas_tap_call_at(r->tap, r->index, CAS_TAP_V, iter, r->position, w->v, n);
}

static void update_by_kernel(const struct routing *r, const struct cas_routing_kernel *kernel,
	int32_t *acc)
{
	cas_routing_update(kernel, r->votes, r->worker->v, (int)r->caps, (int)r->classes,
		(int)r->dim, acc);
}

static void update_in_order(const struct routing *r, const struct cas_ordered *ordered, int64_t *acc,
	uint64_t *overflows)
{
	cas_ordered_pairs(ordered, (const uint8_t *)r->votes, (const uint8_t *)r->worker->v,
		(int)(r->caps * r->classes), (int)r->classes, (int)r->dim, acc, overflows);
}

static void update_logits(const struct routing *r, int iter)
{
	const struct group_plan *group = &r->plan->group[CAS_GROUP_UPDATE];
	struct cas_worker8 *w = r->worker;
	size_t count = r->caps * r->classes;
	struct words words;

	if (group->ordered)
		update_in_order(r, group->ordered, w->wide, &w->overflows[r->index]);
	else
		update_by_kernel(r, r->plan->routing, w->acc);
	if (r->measured) { /* at most 256 terms, so P_exact fits 32 bits */
		update_by_kernel(r, w->probe.exact_routing, w->probe.acc);
		cas_engine8_probe_add(w, r->index, CAS_GROUP_UPDATE, r->caps, (int)r->classes);
	}
	words = words_of(w, group);
	for (size_t ij = 0; ij < count; ij++) {
		int delta = cas_requant_apply(&group->rq, word_at(&words, ij) + group->lane[ij % r->classes]);
		int logit = w->logits[ij] + delta;

		w->logits[ij] = (int8_t)(logit < -127 ? -127 : logit > 127 ? 127 : logit);
	}
	cas_tap_call_at(r->tap, r->index, CAS_TAP_LOGITS, iter, r->position, w->logits, count);
}

static void route_position(const struct routing *r, int8_t *out)
{
	const struct layer_plan *plan = r->plan;
	struct cas_worker8 *w = r->worker;

	memset(w->logits, 0, r->caps * r->classes);
	for (int iter = 0; iter < plan->iters; iter++) {
		for (size_t i = 0; i < r->caps; i++)
			cas_softmax_apply(&plan->softmax, w->logits + i * r->classes, (int)r->classes,
				w->coupling + i * r->classes);
		cas_tap_call_at(r->tap, r->index, CAS_TAP_COUPLING, iter, r->position, w->coupling,
			r->caps * r->classes);
		make_capsules(r, iter);
		if (iter + 1 < plan->iters)
			update_logits(r, iter);
	}
	memcpy(out, w->v, r->classes * r->dim);
}

void cas_engine8_run_routing(struct cas_worker8 *worker, int index, const uint8_t *in,
	const struct cas_tap *tap)
{
	const struct layer_plan *plan = &worker->engine->layer[index];
	const struct cas_routing_shape *shape = &plan->layer->routing;
	struct routing r = {
		.worker = worker, .plan = plan, .tap = tap, .index = index, .caps = (size_t)shape->caps,
		.classes = (size_t)shape->classes, .dim = (size_t)shape->dim,
		.measured = worker->probe.layer == index, .votes = worker->votes,
	};
	size_t n = r.classes * r.dim;
	int8_t *out = (int8_t *)worker->result[index];

	make_votes(&r, in);
	for (; r.position < shape->positions; r.position++, r.votes += r.caps * n)
		route_position(&r, out + (size_t)r.position * n);
	cas_tap_call(tap, index, CAS_TAP_RESULT, 0, out, (size_t)shape->positions * n);
}
