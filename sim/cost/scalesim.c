#include "cost/scalesim.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

enum { STEPS_PER_LAYER = 3 };

static uint64_t divide_up(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

/* folds_a * folds_b * (skew + streamed - 2) - 1. */
static uint64_t folded(uint64_t folds_a, uint64_t folds_b, uint64_t skew, uint64_t streamed)
{
	uint64_t cycles;

	if (__builtin_add_overflow(skew, streamed, &cycles))
		return UINT64_MAX;
	cycles -= 2;
	if (__builtin_mul_overflow(folds_a, folds_b, &folds_a) ||
	    __builtin_mul_overflow(cycles, folds_a, &cycles))
		return UINT64_MAX;
	return cycles - 1;
}

uint64_t cas_scalesim_cycles(enum cas_scalesim_dataflow dataflow, uint64_t m, uint64_t n, uint64_t k,
	uint64_t rows, uint64_t cols)
{
	uint64_t once, twice; /* R + C, 2R + C */

	if (!m || !n || !k || !rows || !cols)
		return 0;
	if (__builtin_add_overflow(rows, cols, &once))
		return UINT64_MAX;
	if (dataflow == CAS_SCALESIM_OS)
		return folded(divide_up(m, rows), divide_up(n, cols), once, k);
	if (__builtin_add_overflow(once, rows, &twice))
		return UINT64_MAX;
	if (dataflow == CAS_SCALESIM_WS)
		return folded(divide_up(k, rows), divide_up(n, cols), twice, m);
	return folded(divide_up(k, rows), divide_up(m, cols), twice, n);
}

/* Append a step with its MACs and cycles, and add them to the totals. */
static cas_status append(struct cas_scalesim_result *out, const struct cas_layer *layer,
	const char *part, const uint64_t gemm[4], struct cas_err *err)
{
	struct cas_scalesim_step *step = &out->step[out->count++];
	int fits = 1;

	*step = (struct cas_scalesim_step){.repeats = gemm[0], .m = gemm[1], .n = gemm[2],
		.k = gemm[3], .macs = 1};
	snprintf(step->name, sizeof step->name, "%s%s", layer->name, part);
	for (int i = 0; i < 4; i++)
		fits = fits && !__builtin_mul_overflow(step->macs, gemm[i], &step->macs);
	fits = fits && !__builtin_add_overflow(out->macs, step->macs, &out->macs);
	for (int d = 0; d < CAS_SCALESIM_DATAFLOWS; d++) {
		uint64_t one = cas_scalesim_cycles((enum cas_scalesim_dataflow)d, step->m, step->n,
			step->k, (uint64_t)out->rows, (uint64_t)out->cols);

		fits = fits && one != UINT64_MAX &&
			!__builtin_mul_overflow(one, step->repeats, &step->cycles[d]) &&
			!__builtin_add_overflow(out->cycles[d], step->cycles[d], &out->cycles[d]);
	}
	if (!fits)
		return cas_err_set(err, CAS_INPUT,
			"%s: its SCALE-Sim count, or the sum up to here, exceeds 64 bits, expected a smaller layer",
			step->name);
	return CAS_OK;
}

static cas_status append_routing(struct cas_scalesim_result *out, const struct cas_layer *layer,
	int iterations, struct cas_err *err)
{
	const struct cas_routing_shape *r = &layer->routing;
	uint64_t iters = (uint64_t)(iterations > 0 ? iterations : layer->iters);
	uint64_t positions = (uint64_t)r->positions, caps = (uint64_t)r->caps, dim_in = (uint64_t)r->dim_in;
	uint64_t classes = (uint64_t)r->classes, dim = (uint64_t)r->dim;
	uint64_t area = (uint64_t)layer->k_h * (uint64_t)layer->k_w;
	const uint64_t own[4] = {caps, 1, classes * dim, dim_in};
	const uint64_t shared[4] = {1, positions * caps, classes * dim, area * dim_in};
	const uint64_t sum[4] = {positions * classes * iters, 1, dim, caps};
	const uint64_t update[4] = {positions * classes * (iters - 1), caps, 1, dim};
	cas_status status;

	if (!layer->in.caps || !dim_in)
		return cas_err_set(err, CAS_INPUT,
			"%s: %s reads a map of %dx%dx%d without capsules, expected capsules",
			layer->name, cas_layer_kind_name(layer->kind), layer->in.h, layer->in.w, layer->in.c);
	if (iters < 1 || iters > CAS_MAX_ITERS)
		return cas_err_set(err, CAS_INPUT, "%s: %llu is outside 1..%d routing iterations",
			layer->name, (unsigned long long)iters, (int)CAS_MAX_ITERS);
	status = append(out, layer, "_votes", layer->kind == CAS_CLASSCAPS ? own : shared, err);
	if (status == CAS_OK)
		status = append(out, layer, "_sum", sum, err);
	if (status == CAS_OK && iters > 1)
		status = append(out, layer, "_update", update, err);
	return status;
}

static cas_status append_layer(struct cas_scalesim_result *out, const struct cas_layer *layer,
	int iterations, struct cas_err *err)
{
	uint64_t c_in = (uint64_t)layer->in.c;
	uint64_t gemm[4] = {1, (uint64_t)layer->out.h * (uint64_t)layer->out.w,
		(uint64_t)layer->channels, (uint64_t)layer->k_h * (uint64_t)layer->k_w * c_in};

	if (!cas_layer_has_weights(layer))
		return CAS_OK;
	if (cas_layer_routes(layer))
		return append_routing(out, layer, iterations, err);
	if (layer->kind == CAS_PRIMARYCAPS)
		gemm[2] = (uint64_t)layer->types * (uint64_t)layer->dim;
	if (layer->kind == CAS_FC) {
		gemm[1] = 1;
		gemm[3] = (uint64_t)layer->in.h * (uint64_t)layer->in.w * c_in;
	}
	return append(out, layer, "", gemm, err);
}

cas_status cas_scalesim_network(struct cas_scalesim_result *out, const struct cas_network *net,
	int rows, int cols, int iterations, struct cas_err *err)
{
	void *memory;
	cas_status status;

	*out = (struct cas_scalesim_result){.rows = rows, .cols = cols};
	if (rows < 1 || cols < 1)
		return cas_err_set(err, CAS_INPUT, "SCALE-Sim: an array of %dx%d, expected at least 1x1",
			rows, cols);
	status = cas_mem_new(&memory, (size_t)net->layers * STEPS_PER_LAYER, sizeof *out->step, err);
	out->step = memory;
	for (int i = 0; i < net->layers && status == CAS_OK; i++)
		status = append_layer(out, &net->layer[i], iterations, err);
	if (status != CAS_OK)
		cas_scalesim_result_clear(out);
	return status;
}

void cas_scalesim_result_clear(struct cas_scalesim_result *result)
{
	free(result->step);
	*result = (struct cas_scalesim_result){0};
}

const char *cas_scalesim_dataflow_name(enum cas_scalesim_dataflow dataflow)
{
	static const char *const name[CAS_SCALESIM_DATAFLOWS] = {"ws", "os", "is"};

	return name[dataflow];
}

const char *cas_scalesim_leaves_out(void)
{
	return "Each tile is charged as a full one, the loading of weights overlaps no computing, and "
		"memory stalls, activation functions and routing's softmax are left out.";
}
