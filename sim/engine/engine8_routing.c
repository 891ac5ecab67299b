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

/* One vote: `terms` of its first term; ConvCaps3D adds its kernel's positions one after the other. */
static struct cas_terms vote_terms(const struct routing *r, const uint8_t *u, size_t vote, size_t n)
{
	const struct layer_plan *plan = r->plan;
	size_t n_all = r->classes * r->dim, terms = (size_t)plan->group[CAS_GROUP_VOTES].k;
	int shared = plan->layer->kind == CAS_CONVCAPS3D;
	size_t length = shared ? (size_t)plan->group_len : terms;

	return (struct cas_terms){
		.a = u + vote * terms, .a_step = 1, .a_group = length,
		.w = plan->w + (shared ? 0 : vote * terms * n_all) + n, .w_step = n_all, .w_group = length * n_all,
		.groups = shared ? plan->groups : 1, .len = (int)length,
	};
}

static void votes_by_reference(const struct routing *r, const struct cas_product *product,
	const uint8_t *u, size_t votes, int32_t *acc, uint64_t *overflows)
{
	size_t n_all = r->classes * r->dim;

	for (size_t i = 0; i < votes; i++)
		for (size_t n = 0; n < n_all; n++) {
			struct cas_terms terms = vote_terms(r, u, i, n);

			acc[i * n_all + n] = (int32_t)cas_reference_sum(product, &r->worker->engine->widths,
				&terms, overflows);
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
	if (group->exposed)
		votes_by_reference(r, group->product, u, votes, w->acc, &w->overflows[r->index]);
	else
		votes_by_matmul(r, group->mm, u, w->acc);
	if (r->measured) {
		votes_by_matmul(r, w->probe.exact_mm[CAS_GROUP_VOTES], u, w->probe.acc);
		cas_engine8_probe_add(&w->probe, CAS_GROUP_VOTES, w->acc, votes, (int)n);
	}
	cas_tap_call(r->tap, r->index, CAS_TAP_SUMS, 0, w->acc, votes * n);
	cas_engine8_requantise(group, w->acc, votes, (int)n, (uint8_t *)w->votes);
	cas_tap_call(r->tap, r->index, CAS_TAP_VOTES, 0, w->votes, votes * n);
}

static void sum_by_kernel(const struct routing *r, const struct cas_routing_kernel *kernel, int32_t *acc)
{
	cas_routing_sum(kernel, r->worker->coupling, r->votes, (int)r->caps, (int)r->classes,
		(int)r->dim, acc);
}

static void sum_by_reference(const struct routing *r, int32_t *acc)
{
	const struct group_plan *group = &r->plan->group[CAS_GROUP_SUM];
	struct cas_worker8 *w = r->worker;
	size_t n = r->classes * r->dim;

	for (size_t j = 0; j < r->classes; j++)
		for (size_t d = 0; d < r->dim; d++) {
			struct cas_terms terms = {
				.a = w->coupling + j, .a_step = r->classes,
				.w = (const uint8_t *)r->votes + j * r->dim + d, .w_step = n,
				.groups = 1, .len = (int)r->caps,
			};

			acc[j * r->dim + d] = (int32_t)cas_reference_sum(group->product, &w->engine->widths,
				&terms, &w->overflows[r->index]);
		}
}

static void make_capsules(const struct routing *r, int iter)
{
	const struct group_plan *group = &r->plan->group[CAS_GROUP_SUM];
	struct cas_worker8 *w = r->worker;
	size_t n = r->classes * r->dim;

	if (group->exposed)
		sum_by_reference(r, w->acc);
	else
		sum_by_kernel(r, r->plan->routing, w->acc);
	if (r->measured) {
		sum_by_kernel(r, w->probe.exact_routing, w->probe.acc);
		cas_engine8_probe_add(&w->probe, CAS_GROUP_SUM, w->acc, 1, (int)n);
	}
	cas_engine8_requantise(group, w->acc, 1, (int)n, (uint8_t *)w->v);
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

static void update_by_reference(const struct routing *r, int32_t *acc)
{
	struct cas_worker8 *w = r->worker;

	for (size_t ij = 0; ij < r->caps * r->classes; ij++) {
		struct cas_terms terms = {
			.a = (const uint8_t *)r->votes + ij * r->dim, .a_step = 1,
			.w = (const uint8_t *)w->v + ij % r->classes * r->dim, .w_step = 1,
			.groups = 1, .len = (int)r->dim,
		};

		acc[ij] = (int32_t)cas_reference_sum(r->plan->group[CAS_GROUP_UPDATE].product,
			&w->engine->widths, &terms, &w->overflows[r->index]);
	}
}

static void update_logits(const struct routing *r, int iter)
{
	const struct group_plan *group = &r->plan->group[CAS_GROUP_UPDATE];
	struct cas_worker8 *w = r->worker;
	size_t count = r->caps * r->classes;

	if (group->exposed)
		update_by_reference(r, w->acc);
	else
		update_by_kernel(r, r->plan->routing, w->acc);
	if (r->measured) {
		update_by_kernel(r, w->probe.exact_routing, w->probe.acc);
		cas_engine8_probe_add(&w->probe, CAS_GROUP_UPDATE, w->acc, r->caps, (int)r->classes);
	}
	for (size_t ij = 0; ij < count; ij++) {
		int delta = cas_requant_apply(&group->rq, w->acc[ij] + group->lane[ij % r->classes]);
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
