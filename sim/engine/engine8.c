/* Running the 8-bit engine: workers, the walk over the layers, the answer. */
#include "engine/engine8.h"

#include <stdlib.h>

#include "base/mem.h"
#include "engine/engine8_internal.h"

static size_t result_bytes(const struct cas_shape *shape)
{
	return (size_t)shape->h * (size_t)shape->w * (size_t)shape->c;
}

cas_status cas_worker8_new(struct cas_worker8 **out, const struct cas_engine8 *engine,
	struct cas_err *err)
{
	struct cas_worker8 *w;
	cas_status status = cas_mem_new((void **)&w, 1, sizeof *w, err);

	if (status)
		return status;
	w->engine = engine;
	w->probe.layer = -1;
	status = cas_mem_new((void **)&w->padded, engine->padded_bytes, 1, err);
	if (!status)
		status = cas_mem_new((void **)&w->patches, engine->patch_bytes, 1, err);
	if (!status)
		status = cas_mem_new((void **)&w->acc, engine->acc_words, sizeof *w->acc, err);
	if (!status)
		status = cas_mem_new((void **)&w->wide, engine->wide_words, sizeof *w->wide, err);
	if (!status)
		status = cas_mem_new((void **)&w->votes, engine->votes_bytes, 1, err);
	if (!status)
		status = cas_mem_new((void **)&w->logits, engine->logits_bytes, 1, err);
	if (!status)
		status = cas_mem_new((void **)&w->coupling, engine->logits_bytes, 1, err);
	if (!status)
		status = cas_mem_new((void **)&w->v, engine->v_bytes, 1, err);
	for (int i = 0; i < engine->layers && !status; i++)
		status = cas_mem_new((void **)&w->result[i], result_bytes(&engine->net->layer[i].out), 1, err);
	if (status) {
		cas_worker8_free(w);
		return status;
	}
	*out = w;
	return CAS_OK;
}

void cas_worker8_free(struct cas_worker8 *w)
{
	if (!w)
		return;
	free(w->padded);
	free(w->patches);
	free(w->acc);
	free(w->wide);
	free(w->votes);
	free(w->logits);
	free(w->coupling);
	free(w->v);
	for (int i = 0; i < w->engine->layers; i++)
		free(w->result[i]);
	free(w);
}

/* The class: longest capsule by exact squares, or largest code; the lowest index wins a tie. */
static int answer(const struct cas_layer *last, const uint8_t *codes)
{
	int capsules = last->out.caps > 0;
	int classes = capsules ? last->out.caps : last->out.h * last->out.w * last->out.c;
	int dim = capsules ? last->out.dim : 1, best = 0;
	int64_t most = INT64_MIN;

	for (int j = 0; j < classes; j++) {
		int64_t score = 0;

		for (int d = 0; d < dim; d++) {
			int code = last->result.sign == CAS_S8 ? (int8_t)codes[j * dim + d] : codes[j * dim + d];

			score += capsules ? code * code : code;
		}
		if (score > most) {
			most = score;
			best = j;
		}
	}
	return best;
}

int cas_engine8_run(const struct cas_engine8 *engine, struct cas_worker8 *worker,
	const uint8_t *pixels, const struct cas_tap *tap)
{
	for (int i = 0; i < engine->layers; i++) {
		const struct cas_layer *layer = &engine->net->layer[i];
		const uint8_t *in[2] = {NULL, NULL};

		for (int k = 0; k < cas_layer_inputs(layer); k++)
			in[k] = cas_layer_input(layer, k) < 0 ? pixels : worker->result[cas_layer_input(layer, k)];
		if (cas_layer_routes(layer))
			cas_engine8_run_routing(worker, i, in[0], tap);
		else if (cas_layer_has_weights(layer))
			cas_engine8_run_conv(worker, i, in[0], tap);
		else
			cas_engine8_run_elementwise(worker, i, in, tap);
	}
	return answer(&engine->net->layer[engine->layers - 1], worker->result[engine->layers - 1]);
}

const uint8_t *cas_worker8_result(const struct cas_worker8 *worker, int layer)
{
	return worker->result[layer];
}

uint64_t cas_worker8_overflows(const struct cas_worker8 *worker, int layer)
{
	return worker->overflows[layer];
}

int cas_engine8_is_exposed(const struct cas_engine8 *engine, int layer)
{
	for (int g = 0; g < CAS_GROUPS; g++)
		if (engine->layer[layer].group[g].exposed)
			return 1;
	return 0;
}
