/* Class capsules with dynamic routing in the 8-bit engine; docs/numerics.md section 9. */
#include <string.h>

#include "engine/engine8_internal.h"

struct routing {
	struct cas_worker8 *worker;
	const struct layer_plan *plan;
	const struct cas_tap *tap;
	int index;              /* of the layer */
	size_t caps, classes, dim;
	size_t dim_in;
	int measured;           /* the probe is on this layer */
};

static void votes_by_reference(const struct routing *r, const struct cas_product *product,
	const uint8_t *u, int32_t *acc, uint64_t *overflows)
{
	size_t n_all = r->classes * r->dim;

	for (size_t i = 0; i < r->caps; i++)
		for (size_t n = 0; n < n_all; n++) {
			struct cas_terms terms = {
				.a = u + i * r->dim_in, .a_step = 1,
				.w = r->plan->w + i * r->dim_in * n_all + n, .w_step = n_all,
				.groups = 1, .len = (int)r->dim_in,
			};

			acc[i * n_all + n] = (int32_t)cas_reference_sum(product, &r->worker->engine->widths,
				&terms, overflows);
		}
}

static void votes_by_matmul(const struct routing *r, const struct cas_matmul *mm, const uint8_t *u,
	int32_t *acc)
{
	cas_matmul_run_blocks(mm, u, (int)r->caps, (int)r->dim_in, acc);
}

static void make_votes(const struct routing *r, const uint8_t *u)
{
	const struct group_plan *group = &r->plan->group[CAS_GROUP_VOTES];
	struct cas_worker8 *w = r->worker;
	size_t n = r->classes * r->dim;

	if (group->exposed)
		votes_by_reference(r, group->product, u, w->acc, &w->overflows[r->index]);
	else
		votes_by_matmul(r, group->mm, u, w->acc);
	if (r->measured) {
		votes_by_matmul(r, w->probe.exact_mm[CAS_GROUP_VOTES], u, w->probe.acc);
		cas_engine8_probe_add(&w->probe, CAS_GROUP_VOTES, w->acc, r->caps, (int)n);
	}
	cas_tap_call(r->tap, r->index, CAS_TAP_SUMS, 0, w->acc, r->caps * n);
	cas_engine8_requantise(group, w->acc, r->caps, (int)n, (uint8_t *)w->votes);
	cas_tap_call(r->tap, r->index, CAS_TAP_VOTES, 0, w->votes, r->caps * n);
}

static void sum_by_kernel(const struct routing *r, const struct cas_routing_kernel *kernel, int32_t *acc)
{
	cas_routing_sum(kernel, r->worker->coupling, r->worker->votes, (int)r->caps, (int)r->classes,
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
				.w = (const uint8_t *)w->votes + j * r->dim + d, .w_step = n,
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
	cas_tap_call(r->tap, r->index, CAS_TAP_PRE, iter, w->v, n);
	for (size_t j = 0; j < r->classes; j++)
		cas_squash_apply(&r->plan->squash, r->plan->square, r->plan->square_shift,
			w->v + j * r->dim, (int)r->dim, w->v + j * r->dim);
	cas_tap_call(r->tap, r->index, CAS_TAP_V, iter, w->v, n);
}

static void update_by_kernel(const struct routing *r, const struct cas_routing_kernel *kernel,
	int32_t *acc)
{
	cas_routing_update(kernel, r->worker->votes, r->worker->v, (int)r->caps, (int)r->classes,
		(int)r->dim, acc);
}

static void update_by_reference(const struct routing *r, int32_t *acc)
{
	struct cas_worker8 *w = r->worker;

	for (size_t ij = 0; ij < r->caps * r->classes; ij++) {
		struct cas_terms terms = {
			.a = (const uint8_t *)w->votes + ij * r->dim, .a_step = 1,
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
	cas_tap_call(r->tap, r->index, CAS_TAP_LOGITS, iter, w->logits, count);
}

void cas_engine8_run_classcaps(struct cas_worker8 *worker, int index, const uint8_t *in,
	const struct cas_tap *tap)
{
	const struct layer_plan *plan = &worker->engine->layer[index];
	const struct cas_layer *layer = plan->layer;
	struct routing r = {
		.worker = worker, .plan = plan, .tap = tap, .index = index,
		.caps = (size_t)layer->in.caps, .classes = (size_t)layer->channels,
		.dim = (size_t)layer->dim, .dim_in = (size_t)layer->in.dim,
		.measured = worker->probe.layer == index,
	};

	make_votes(&r, in);
	memset(worker->logits, 0, r.caps * r.classes);
	for (int iter = 0; iter < plan->iters; iter++) {
		for (size_t i = 0; i < r.caps; i++)
			cas_softmax_apply(&plan->softmax, worker->logits + i * r.classes, layer->channels,
				worker->coupling + i * r.classes);
		cas_tap_call(tap, index, CAS_TAP_COUPLING, iter, worker->coupling, r.caps * r.classes);
		make_capsules(&r, iter);
		if (iter + 1 < plan->iters)
			update_logits(&r, iter);
	}
	memcpy(worker->result[index], worker->v, r.classes * r.dim);
	cas_tap_call(tap, index, CAS_TAP_RESULT, 0, worker->result[index], r.classes * r.dim);
}
