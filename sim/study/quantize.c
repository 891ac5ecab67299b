#include "study/quantize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "engine/enginef.h"

enum { BINS = 4096 };

/* Tensors whose range decides a scale. */
enum observed { RESULT, PRE, VOTES, LOGITS, OBSERVED };

/* What one worker saw of every tensor. */
struct ranges {
	float top[CAS_MAX_LAYERS][OBSERVED];
	uint64_t *bins[CAS_MAX_LAYERS][OBSERVED]; /* of |x| / top over 0..1; NULL in the first pass */
};

struct watch {
	const struct cas_network *net;
	const struct cas_enginef *engine;
	struct cas_workerf **worker;
	struct ranges *seen;      /* [threads] */
	const struct ranges *all; /* tops over all workers, for the second pass */
	const uint8_t *pixels;
	size_t image_bytes;
	int threads;
};

struct tap_ctx {
	const struct watch *watch;
	struct ranges *seen;
};

struct cas_quantize_options cas_quantize_options_default(void)
{
	return (struct cas_quantize_options){.weight_percentile = 100, .result_percentile = 100,
		.pre_percentile = 99.99, .threads = 1};
}

static int observed_of(const struct cas_layer *layer, enum cas_tap_tensor tensor)
{
	switch (tensor) {
	case CAS_TAP_RESULT:
		return cas_layer_squashes(layer) ? -1 : RESULT;
	case CAS_TAP_PRE:
		return PRE;
	case CAS_TAP_VOTES:
		return VOTES;
	case CAS_TAP_LOGITS:
		return LOGITS;
	default:
		return -1;
	}
}

static void observe(void *ctx, const struct cas_tap_event *event)
{
	struct tap_ctx *c = ctx;
	int what = observed_of(&c->watch->net->layer[event->layer], event->tensor);
	const float *x = event->data;
	uint64_t *bins;
	float top;

	if (what < 0)
		return;
	bins = c->seen->bins[event->layer][what];
	if (bins) {
		top = c->watch->all->top[event->layer][what];
		for (size_t i = 0; i < event->count; i++) {
			float part = fabsf(x[i]) / top;

			bins[part < 1 ? (int)(part * BINS) : BINS - 1]++; /* not a number: the last, too */
		}
		return;
	}
	top = c->seen->top[event->layer][what];
	for (size_t i = 0; i < event->count; i++)
		top = fabsf(x[i]) > top ? fabsf(x[i]) : top;
	c->seen->top[event->layer][what] = top;
}

static void watch_image(void *ctx, size_t item, int worker)
{
	struct watch *w = ctx;
	struct tap_ctx c = {w, &w->seen[worker]};
	struct cas_tap tap = {observe, &c};

	cas_enginef_run(w->engine, w->worker[worker], w->pixels + item * w->image_bytes, &tap);
}

static void merge_tops(struct watch *w, struct ranges *all)
{
	for (int t = 0; t < w->threads; t++)
		for (int l = 0; l < w->net->layers; l++)
			for (int o = 0; o < OBSERVED; o++)
				all->top[l][o] = fmaxf(all->top[l][o], w->seen[t].top[l][o]);
}

/* Percentile asked for a tensor. */
static double percentile_of(const struct cas_layer *layer, int what,
	const struct cas_quantize_options *options)
{
	return what == PRE && layer->kind == CAS_PRIMARYCAPS ? options->pre_percentile
		: options->result_percentile;
}

static cas_status make_bins(struct watch *w, const struct cas_quantize_options *options,
	struct cas_err *err)
{
	cas_status status = CAS_OK;

	for (int t = 0; t < w->threads; t++)
		for (int l = 0; l < w->net->layers; l++)
			for (int o = 0; o < OBSERVED && !status; o++)
				if (w->all->top[l][o] > 0 && percentile_of(&w->net->layer[l], o, options) < 100)
					status = cas_mem_new((void **)&w->seen[t].bins[l][o], BINS, sizeof(uint64_t), err);
	return status;
}

/* Upper edge of the bin in which `percentile` of the values have been counted. */
static void cut_tops(struct watch *w, struct ranges *all, const struct cas_quantize_options *options)
{
	for (int l = 0; l < w->net->layers; l++)
		for (int o = 0; o < OBSERVED; o++) {
			uint64_t count[BINS] = {0}, total = 0, sum = 0;
			int bin = 0;

			if (!w->seen[0].bins[l][o])
				continue;
			for (int t = 0; t < w->threads; t++)
				for (int b = 0; b < BINS; b++)
					count[b] += w->seen[t].bins[l][o][b];
			for (int b = 0; b < BINS; b++)
				total += count[b];
			while (bin < BINS - 1 && (double)(sum += count[bin]) <
				percentile_of(&w->net->layer[l], o, options) / 100 * (double)total)
				bin++;
			all->top[l][o] *= (float)(bin + 1) / BINS;
		}
}

/* Fill `all` with the range of every observed tensor over the images. */
static cas_status find_ranges(struct watch *w, struct ranges *all, int images,
	const struct cas_quantize_options *options, struct cas_err *err)
{
	cas_status status = cas_parallel_for(w->threads, (size_t)images, watch_image, w, options->stop, err);

	if (status)
		return status;
	merge_tops(w, all);
	w->all = all;
	status = make_bins(w, options, err);
	if (!status && (options->result_percentile < 100 || options->pre_percentile < 100)) {
		status = cas_parallel_for(w->threads, (size_t)images, watch_image, w, options->stop, err);
		if (!status)
			cut_tops(w, all, options);
	}
	return status;
}

static cas_status watch_network(const struct cas_network *net, const uint8_t *pixels, int images,
	const struct cas_quantize_options *options, struct ranges *all, struct cas_err *err)
{
	struct cas_enginef *engine = NULL;
	struct watch w = {.net = net, .pixels = pixels, .threads = options->threads,
		.image_bytes = (size_t)net->input.h * (size_t)net->input.w * (size_t)net->input.c};
	cas_status status = cas_enginef_plan(&engine, net, 0, err);

	w.engine = engine;
	if (!status)
		status = cas_mem_new((void **)&w.seen, (size_t)w.threads, sizeof *w.seen, err);
	if (!status)
		status = cas_mem_new((void **)&w.worker, (size_t)w.threads, sizeof *w.worker, err);
	for (int t = 0; t < w.threads && !status; t++)
		status = cas_workerf_new(&w.worker[t], engine, err);
	if (!status)
		status = find_ranges(&w, all, images, options, err);
	for (int t = 0; t < w.threads; t++) {
		for (int l = 0; w.seen && l < net->layers; l++)
			for (int o = 0; o < OBSERVED; o++)
				free(w.seen[t].bins[l][o]);
		if (w.worker)
			cas_workerf_free(w.worker[t]);
	}
	free(w.seen);
	free(w.worker);
	cas_enginef_free(engine);
	return status;
}

static int compare_floats(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* Percentile of |w|: the smallest value with at least that share at or below it. */
static cas_status weight_range(const float *w, size_t count, double percentile, float *range,
	struct cas_err *err)
{
	float *sorted;
	cas_status status = cas_mem_new((void **)&sorted, count, sizeof *sorted, err);
	double rank;

	if (status)
		return status;
	for (size_t i = 0; i < count; i++)
		sorted[i] = fabsf(w[i]);
	qsort(sorted, count, sizeof *sorted, compare_floats);
	rank = ceil(percentile / 100 * (double)count) - 1;
	*range = sorted[rank < 0 ? 0 : (size_t)rank];
	free(sorted);
	return CAS_OK;
}

/* round_half_away(x), clamped to +-limit. */
static double to_code(double x, double limit)
{
	double code = copysign(floor(fabs(x) + 0.5), x);

	return fmin(fmax(code, -limit), limit);
}

/* Codes of a layer's weights and biases; its input's scale is known already. */
static cas_status quantize_weights(struct cas_network *out, struct cas_layer *layer,
	const struct cas_layer *from, double percentile, struct cas_err *err)
{
	size_t bias = from->bf ? (size_t)layer->out.c : 0;
	size_t count = (size_t)layer->parameters - bias;
	double in_scale = cas_network_format_of(out, layer->input)->scale;
	float range = 0;
	int8_t *w8 = NULL;
	int32_t *b32 = NULL;
	cas_status status = weight_range(from->wf, count, percentile, &range, err);

	if (!status && !(range > 0))
		return cas_err_set(err, CAS_INPUT, "all weights are zero, so they have no scale");
	if (!status)
		status = cas_mem_new((void **)&w8, count, 1, err);
	layer->w8 = w8;
	if (!status && bias)
		status = cas_mem_new((void **)&b32, bias, sizeof *b32, err);
	layer->b32 = b32;
	if (status)
		return status;
	layer->weight_scale = range / 127.0;
	for (size_t i = 0; i < count; i++)
		w8[i] = (int8_t)to_code(from->wf[i] / layer->weight_scale, 127);
	for (size_t i = 0; i < bias; i++)
		b32[i] = (int32_t)to_code(from->bf[i] / (in_scale * layer->weight_scale), INT32_MAX);
	return CAS_OK;
}

static cas_status scale_of(const struct ranges *all, int index, int what, double codes, double *scale,
	struct cas_err *err)
{
	static const char *const name[OBSERVED] = {"results", "values before the squash", "votes", "logits"};

	if (!(all->top[index][what] > 0) || !isfinite(all->top[index][what]))
		return cas_err_set(err, CAS_INPUT,
			"its %s were all zero or not finite on the calibration images, so they have no scale", name[what]);
	*scale = all->top[index][what] / codes;
	return CAS_OK;
}

/* Pooling keeps its input's sign, and a maximum its scale. */
static cas_status set_formats(const struct cas_network *net, struct cas_layer *layer, int index,
	const struct ranges *all, struct cas_err *err)
{
	const struct cas_format capsule = {CAS_S8, 0x1p-7}, *in = cas_network_format_of(net, layer->input);
	cas_status status;

	if (!cas_layer_squashes(layer)) {
		layer->result.sign = layer->kind == CAS_POOL ? in->sign : layer->relu ? CAS_U8 : CAS_S8;
		layer->result.scale = in->scale;
		if (layer->kind == CAS_POOL && layer->pool == CAS_POOL_MAX)
			return CAS_OK;
		return scale_of(all, index, RESULT, layer->result.sign == CAS_U8 ? 255 : 127,
			&layer->result.scale, err);
	}
	layer->result = capsule;
	layer->pre.sign = CAS_S8;
	status = scale_of(all, index, PRE, 127, &layer->pre.scale, err);
	if (status || !cas_layer_routes(layer))
		return status;
	layer->votes.sign = CAS_S8;
	status = scale_of(all, index, VOTES, 127, &layer->votes.scale, err);
	layer->logit_scale = 0x1p-7; /* one iteration has no logits */
	if (!status && layer->iters > 1)
		status = scale_of(all, index, LOGITS, 127, &layer->logit_scale, err);
	layer->logit_scale = fmin(fmax(layer->logit_scale, 0x1p-20), 1); /* what the exponentials' table takes */
	return status;
}

static void release(struct cas_network *net)
{
	for (int i = 0; i < net->layers; i++) {
		free((void *)net->layer[i].w8);
		free((void *)net->layer[i].b32);
		for (int g = 0; g < CAS_CALIBRATED; g++)
			free((void *)net->layer[i].calibration[g]);
	}
}

cas_status cas_quantize(struct cas_network *out, const struct cas_network *net, const uint8_t *pixels,
	int images, const struct cas_quantize_options *options, struct cas_err *err)
{
	struct ranges *all;
	cas_status status;

	if (net->quantized)
		return cas_err_set(err, CAS_INPUT, "%s is an 8-bit network already", net->name);
	if (images < 1)
		return cas_err_set(err, CAS_INPUT, "no calibration images");
	status = cas_mem_new((void **)&all, 1, sizeof *all, err);
	if (status)
		return status;
	*out = *net;
	out->quantized = 1;
	out->owned = NULL;
	out->release = release;
	for (int i = 0; i < out->layers; i++) {
		out->layer[i].wf = out->layer[i].bf = NULL;
		out->layer[i].w8 = NULL;
		out->layer[i].b32 = NULL;
	}
	status = watch_network(net, pixels, images, options, all, err);
	for (int i = 0; i < out->layers && !status; i++) {
		status = set_formats(out, &out->layer[i], i, all, err);
		if (!status && cas_layer_has_weights(&out->layer[i]))
			status = quantize_weights(out, &out->layer[i], &net->layer[i], options->weight_percentile, err);
		if (status)
			cas_err_prepend(err, "layer %s", out->layer[i].name);
	}
	free(all);
	if (status)
		cas_network_clear(out);
	return status;
}
