/* The float engine: planning, convolutions as matrix products, the walk over the layers. */
#include "engine/enginef.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/enginef_internal.h"

/* Weights and biases as floats, whichever type the network holds. */
static cas_status copy_weights(const struct cas_network *net, struct layerf *plan, size_t rows,
	struct cas_err *err)
{
	const struct cas_layer *layer = plan->layer;
	size_t count = rows * (size_t)plan->n;
	double bias_scale = cas_network_format_of(net, layer->input)->scale * layer->weight_scale;
	cas_status status = cas_mem_new((void **)&plan->w, count, sizeof *plan->w, err);

	if (!status && (layer->bf || layer->b32))
		status = cas_mem_new((void **)&plan->b, (size_t)plan->n, sizeof *plan->b, err);
	if (status)
		return status;
	if (!net->quantized) {
		memcpy(plan->w, layer->wf, count * sizeof *plan->w);
		if (plan->b)
			memcpy(plan->b, layer->bf, (size_t)plan->n * sizeof *plan->b);
		return CAS_OK;
	}
	for (size_t i = 0; i < count; i++)
		plan->w[i] = (float)(layer->w8[i] * layer->weight_scale);
	for (int n = 0; plan->b && n < plan->n; n++)
		plan->b[n] = (float)(layer->b32[n] * bias_scale);
	return CAS_OK;
}

static void grow(size_t *size, size_t need)
{
	*size = need > *size ? need : *size;
}

static cas_status plan_routing(struct cas_enginef *e, struct layerf *plan, struct cas_err *err)
{
	const struct cas_layer *layer = plan->layer;
	const struct cas_routing_shape *r = &layer->routing;
	int shared = layer->kind == CAS_CONVCAPS3D;
	size_t votes = (size_t)r->positions * (size_t)r->caps;

	plan->k = r->dim_in * (shared ? layer->k_h * layer->k_w : 1);
	plan->m = r->positions * r->caps;
	plan->n = r->classes * r->dim;
	grow(&e->votes_floats, votes * (size_t)plan->n);
	grow(&e->logits_floats, (size_t)r->caps * (size_t)r->classes);
	grow(&e->v_floats, (size_t)plan->n);
	if (shared)
		grow(&e->patch_floats, votes * (size_t)plan->k);
	return copy_weights(e->net, plan, (size_t)plan->k * (shared ? 1 : (size_t)r->caps), err);
}

static cas_status plan_layer(struct cas_enginef *e, struct layerf *plan, struct cas_err *err)
{
	const struct cas_layer *layer = plan->layer;

	if (!cas_layer_has_weights(layer))
		return CAS_OK;
	if (cas_layer_routes(layer))
		return plan_routing(e, plan, err);
	plan->n = layer->out.c;
	if (layer->kind == CAS_FC) {
		plan->k = layer->in.h * layer->in.w * layer->in.c;
		plan->m = 1;
	} else {
		plan->k = layer->k_h * layer->k_w * layer->in.c;
		plan->m = layer->out.h * layer->out.w;
		grow(&e->patch_floats, (size_t)plan->m * (size_t)plan->k);
	}
	return copy_weights(e->net, plan, (size_t)plan->k, err);
}

cas_status cas_enginef_plan(struct cas_enginef **out, const struct cas_network *net, int iterations,
	struct cas_err *err)
{
	struct cas_enginef *e;
	cas_status status = cas_mem_new((void **)&e, 1, sizeof *e, err);

	if (status)
		return status;
	openblas_set_num_threads(1); /* one image a thread: the workers are ours */
	e->net = net;
	e->iterations = iterations;
	e->layers = net->layers;
	for (int i = 0; i < net->layers && !status; i++) {
		e->layer[i].layer = &net->layer[i];
		status = plan_layer(e, &e->layer[i], err);
	}
	if (status) {
		cas_enginef_free(e);
		return status;
	}
	*out = e;
	return CAS_OK;
}

void cas_enginef_free(struct cas_enginef *e)
{
	for (int i = 0; e && i < e->layers; i++) {
		free(e->layer[i].w);
		free(e->layer[i].b);
	}
	free(e);
}

static size_t floats_of(const struct cas_shape *shape)
{
	return (size_t)shape->h * (size_t)shape->w * (size_t)shape->c;
}

cas_status cas_workerf_new(struct cas_workerf **out, const struct cas_enginef *e, struct cas_err *err)
{
	struct cas_workerf *w;
	cas_status status = cas_mem_new((void **)&w, 1, sizeof *w, err);

	if (status)
		return status;
	w->engine = e;
	status = cas_mem_new((void **)&w->input, floats_of(&e->net->input), sizeof(float), err);
	if (!status)
		status = cas_mem_new((void **)&w->patches, e->patch_floats, sizeof(float), err);
	if (!status)
		status = cas_mem_new((void **)&w->votes, e->votes_floats, sizeof(float), err);
	if (!status)
		status = cas_mem_new((void **)&w->logits, e->logits_floats, sizeof(float), err);
	if (!status)
		status = cas_mem_new((void **)&w->coupling, e->logits_floats, sizeof(float), err);
	if (!status)
		status = cas_mem_new((void **)&w->v, e->v_floats, sizeof(float), err);
	for (int i = 0; i < e->layers && !status; i++)
		status = cas_mem_new((void **)&w->result[i], floats_of(&e->net->layer[i].out), sizeof(float), err);
	if (status) {
		cas_workerf_free(w);
		return status;
	}
	*out = w;
	return CAS_OK;
}

void cas_workerf_free(struct cas_workerf *w)
{
	if (!w)
		return;
	free(w->input);
	free(w->patches);
	free(w->votes);
	free(w->logits);
	free(w->coupling);
	free(w->v);
	for (int i = 0; i < w->engine->layers; i++)
		free(w->result[i]);
	free(w);
}

void cas_enginef_patches(const struct cas_layer *layer, int types, const float *in, float *patches)
{
	size_t c_in = (size_t)layer->in.c, c = c_in / (size_t)types;

	for (int row = 0; row < layer->out.h * layer->out.w * types; row++) {
		int position = row / types, y = position / layer->out.w, x = position % layer->out.w;

		for (int k = 0; k < layer->k_h * layer->k_w; k++, patches += c) {
			int iy = y * layer->stride + k / layer->k_w - layer->pad;
			int ix = x * layer->stride + k % layer->k_w - layer->pad;

			if (iy < 0 || iy >= layer->in.h || ix < 0 || ix >= layer->in.w)
				memset(patches, 0, c * sizeof *patches);
			else
				memcpy(patches, in + (size_t)(iy * layer->in.w + ix) * c_in + (size_t)(row % types) * c,
					c * sizeof *patches);
		}
	}
}

void cas_enginef_product(const struct layerf *plan, const float *a, int m, float *out)
{
	size_t n = (size_t)plan->n;

	cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, plan->n, plan->k, 1, a, plan->k,
		plan->w, plan->n, 0, out, plan->n);
	for (size_t i = 0; plan->b && i < (size_t)m * n; i++)
		out[i] += plan->b[i % n];
}

static void run_conv(struct cas_workerf *w, int index, const float *in, const struct cas_tap *tap)
{
	const struct layerf *plan = &w->engine->layer[index];
	const struct cas_layer *layer = plan->layer;
	float *out = w->result[index];
	size_t count = (size_t)plan->m * (size_t)plan->n;
	const float *a = in;

	if (layer->kind != CAS_FC) {
		cas_enginef_patches(layer, 1, in, w->patches);
		a = w->patches;
	}
	cas_enginef_product(plan, a, plan->m, out);
	cas_tap_call(tap, index, CAS_TAP_SUMS, 0, out, count);
	for (size_t i = 0; layer->relu && i < count; i++)
		out[i] = out[i] > 0 ? out[i] : 0;
	if (layer->kind == CAS_PRIMARYCAPS) {
		cas_tap_call(tap, index, CAS_TAP_PRE, 0, out, count);
		for (size_t i = 0; i < count; i += (size_t)layer->dim)
			cas_enginef_squash(out + i, (size_t)layer->dim);
	}
	cas_tap_call(tap, index, CAS_TAP_RESULT, 0, out, count);
}

static int answer(const struct cas_layer *last, const float *values)
{
	int capsules = last->out.caps > 0;
	int classes = capsules ? last->out.caps : last->out.h * last->out.w * last->out.c;
	int dim = capsules ? last->out.dim : 1, best = 0;
	float most = 0;

	for (int j = 0; j < classes; j++) {
		float score = 0;

		for (int d = 0; d < dim; d++)
			score += capsules ? values[j * dim + d] * values[j * dim + d] : values[j];
		if (j == 0 || score > most) {
			most = score;
			best = j;
		}
	}
	return best;
}

int cas_enginef_run(const struct cas_enginef *e, struct cas_workerf *w, const uint8_t *pixels,
	const struct cas_tap *tap)
{
	size_t inputs = floats_of(&e->net->input);
	const struct cas_format *format = &e->net->input_format;
	int last = e->layers - 1, is_signed = format->sign == CAS_S8;

	for (size_t i = 0; i < inputs; i++)
		w->input[i] = (float)((is_signed ? (int8_t)pixels[i] : pixels[i]) * format->scale);
	for (int i = 0; i < e->layers; i++) {
		const struct cas_layer *layer = &e->net->layer[i];
		const float *in[2] = {NULL, NULL};

		for (int k = 0; k < cas_layer_inputs(layer); k++)
			in[k] = cas_layer_input(layer, k) < 0 ? w->input : w->result[cas_layer_input(layer, k)];
		if (cas_layer_routes(layer))
			cas_enginef_run_routing(w, i, in[0], tap);
		else if (cas_layer_has_weights(layer))
			run_conv(w, i, in[0], tap);
		else
			cas_enginef_run_elementwise(w, i, in, tap);
	}
	return answer(&e->net->layer[last], w->result[last]);
}

const float *cas_workerf_result(const struct cas_workerf *worker, int layer)
{
	return worker->result[layer];
}
