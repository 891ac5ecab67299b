/* Votes and dynamic routing (classcaps, convcaps3d) in float32. */
#include <math.h>
#include <string.h>

#include "engine/enginef_internal.h"

void cas_enginef_squash(float *s, size_t dim)
{
	float norm2 = 0, factor;

	for (size_t d = 0; d < dim; d++)
		norm2 += s[d] * s[d];
	factor = sqrtf(norm2) / (1 + norm2);
	for (size_t d = 0; d < dim; d++)
		s[d] *= factor;
}

/* votes[i][n] = sum_k u[i][k] W[i][k][n] */
static void make_votes(const struct layerf *plan, size_t caps, size_t dim_in, const float *u,
	float *restrict votes)
{
	size_t n_all = (size_t)plan->n;
	const float *w = plan->w;

	memset(votes, 0, caps * n_all * sizeof *votes);
	for (size_t i = 0; i < caps; i++, votes += n_all)
		for (size_t k = 0; k < dim_in; k++, w += n_all) {
			float x = u[i * dim_in + k];

			for (size_t n = 0; n < n_all; n++)
				votes[n] += x * w[n];
		}
}

static void softmax(const float *logits, size_t classes, float *coupling)
{
	float top = logits[0], sum = 0;

	for (size_t j = 1; j < classes; j++)
		top = fmaxf(top, logits[j]);
	for (size_t j = 0; j < classes; j++)
		sum += coupling[j] = expf(logits[j] - top);
	for (size_t j = 0; j < classes; j++)
		coupling[j] /= sum;
}

static void weighted_sum(const struct cas_workerf *w, const float *votes, size_t caps, size_t classes,
	size_t dim)
{
	float *restrict s = w->v;

	memset(s, 0, classes * dim * sizeof *s);
	for (size_t i = 0; i < caps; i++)
		for (size_t j = 0; j < classes; j++, votes += dim) {
			float c = w->coupling[i * classes + j];

			for (size_t d = 0; d < dim; d++)
				s[j * dim + d] += c * votes[d];
		}
}

static void update(const struct cas_workerf *w, const float *votes, size_t caps, size_t classes,
	size_t dim)
{
	for (size_t i = 0; i < caps; i++)
		for (size_t j = 0; j < classes; j++, votes += dim) {
			float sum = 0;

			for (size_t d = 0; d < dim; d++)
				sum += votes[d] * w->v[j * dim + d];
			w->logits[i * classes + j] += sum;
		}
}

static void route_position(struct cas_workerf *w, int index, int position, const struct cas_tap *tap)
{
	const struct cas_layer *layer = w->engine->layer[index].layer;
	size_t caps = (size_t)layer->routing.caps, classes = (size_t)layer->routing.classes;
	size_t dim = (size_t)layer->routing.dim, n = classes * dim;
	const float *votes = w->votes + (size_t)position * caps * n;
	int iters = w->engine->iterations ? w->engine->iterations : layer->iters;

	memset(w->logits, 0, caps * classes * sizeof *w->logits);
	for (int iter = 0; iter < iters; iter++) {
		for (size_t i = 0; i < caps; i++)
			softmax(w->logits + i * classes, classes, w->coupling + i * classes);
		cas_tap_call_at(tap, index, CAS_TAP_COUPLING, iter, position, w->coupling, caps * classes);
		weighted_sum(w, votes, caps, classes, dim);
		cas_tap_call_at(tap, index, CAS_TAP_PRE, iter, position, w->v, n);
		for (size_t j = 0; j < classes; j++)
			cas_enginef_squash(w->v + j * dim, dim);
		cas_tap_call_at(tap, index, CAS_TAP_V, iter, position, w->v, n);
		if (iter + 1 < iters) {
			update(w, votes, caps, classes, dim);
			cas_tap_call_at(tap, index, CAS_TAP_LOGITS, iter, position, w->logits, caps * classes);
		}
	}
	memcpy(w->result[index] + (size_t)position * n, w->v, n * sizeof *w->v);
}

void cas_enginef_run_routing(struct cas_workerf *w, int index, const float *in,
	const struct cas_tap *tap)
{
	const struct layerf *plan = &w->engine->layer[index];
	const struct cas_routing_shape *r = &plan->layer->routing;
	size_t n = (size_t)plan->n, votes = (size_t)plan->m * n;

	if (plan->layer->kind == CAS_CLASSCAPS) {
		make_votes(plan, (size_t)r->caps, (size_t)r->dim_in, in, w->votes);
	} else {
		cas_enginef_patches(plan->layer, r->caps, in, w->patches);
		cas_enginef_product(plan, w->patches, plan->m, w->votes);
	}
	cas_tap_call(tap, index, CAS_TAP_SUMS, 0, w->votes, votes);
	cas_tap_call(tap, index, CAS_TAP_VOTES, 0, w->votes, votes);
	for (int position = 0; position < r->positions; position++)
		route_position(w, index, position, tap);
	cas_tap_call(tap, index, CAS_TAP_RESULT, 0, w->result[index], (size_t)r->positions * n);
}
