/* Bias calibration: docs/numerics.md section 4. */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/threads.h"
#include "engine/engine8_internal.h"

void cas_engine8_probe_add(struct cas_worker8 *worker, int layer, enum cas_group group, size_t rows, int n)
{
	struct probe *probe = &worker->probe;
	const struct words sums = words_of(worker, &worker->engine->layer[layer].group[group]);
	const struct words exact = {probe->acc, probe->exact_ordered[group] ? probe->wide : NULL};

	for (size_t row = 0; row < rows; row++)
		for (int i = 0; i < n; i++)
			probe->error[group][i] += word_at(&sums, row * (size_t)n + (size_t)i) -
				word_at(&exact, row * (size_t)n + (size_t)i);
}

/* Everything one calibration pass needs beside the engine. */
struct pass {
	struct cas_engine8 *engine;
	const uint8_t *pixels;
	size_t image_bytes;
	int threads, layer;
	struct cas_worker8 **worker; /* [threads] */
	struct cas_product *exact[CAS_GROUPS];
	struct cas_matmul *mm[CAS_GROUPS];
	struct cas_routing_kernel *routing;
	struct cas_ordered *ordered[CAS_GROUPS];
};

static void run_image(void *ctx, size_t item, int worker)
{
	struct pass *p = ctx;

	cas_engine8_run(p->engine, p->worker[worker], p->pixels + item * p->image_bytes, NULL);
}

/* Sums that a group of the layer takes for one image. */
static int64_t sums_per_image(const struct layer_plan *plan, enum cas_group group)
{
	const struct cas_routing_shape *r = &plan->layer->routing;

	switch (group) {
	case CAS_GROUP_VOTES:
		return (int64_t)r->positions * r->caps;
	case CAS_GROUP_SUM:
		return (int64_t)r->positions * plan->iters;
	case CAS_GROUP_UPDATE:
		return (int64_t)r->positions * r->caps * (plan->iters - 1);
	default:
		return plan->m;
	}
}

static int64_t divide_half_away(int64_t x, int64_t by)
{
	int64_t magnitude = ((x < 0 ? -x : x) * 2 + by) / (2 * by);

	return x < 0 ? -magnitude : magnitude;
}

/* How P_exact of a group is summed: by packed weights, or in 64 bits where 32 do not hold it. */
static cas_status plan_exact_sums(struct pass *p, enum cas_group g, struct cas_err *err)
{
	const struct layer_plan *plan = &p->engine->layer[p->layer];
	const struct group_plan *group = &plan->group[g];
	struct cas_widths unlimited = {p->engine->widths.rows, 40, 48, 0};
	struct cas_bounds bounds;
	cas_status status;

	cas_engine8_bounds(&bounds, p->engine, plan, g, p->exact[g]);
	if (bounds.value > INT32_MAX) {
		status = cas_mem_new((void **)&p->ordered[g], 1, sizeof *p->ordered[g], err);
		if (!status)
			cas_ordered_init(p->ordered[g], p->exact[g], &unlimited, 1);
		return status;
	}
	if (g != CAS_GROUP_LAYER && g != CAS_GROUP_VOTES)
		return CAS_OK;
	return cas_matmul_plan_blocks(&p->mm[g], p->exact[g], (const int8_t *)plan->w,
		plan->layer->kind == CAS_CLASSCAPS ? plan->layer->in.caps : 1, group->k, group->n,
		p->engine->options.isa, err);
}

/* The exact products of the layer's groups, and the weights packed for them. */
static cas_status plan_exact(struct pass *p, const uint16_t *exact_table, struct cas_err *err)
{
	const struct layer_plan *plan = &p->engine->layer[p->layer];
	const struct cas_numerics *num = &p->engine->options.numerics;
	cas_status status = CAS_OK;

	for (int g = 0; g < CAS_GROUPS && !status; g++) {
		const struct group_plan *group = &plan->group[g];
		const struct cas_format *in = cas_network_format_of(p->engine->net, plan->layer->input);
		struct cas_product_spec spec = {.mapping = (enum cas_product_mapping)num->mapping, .w_signed = 1};

		if (!group->product)
			continue;
		spec.a_signed = g == CAS_GROUP_UPDATE || (g != CAS_GROUP_SUM && in->sign == CAS_S8);
		status = cas_mem_new((void **)&p->exact[g], 1, sizeof *p->exact[g], err);
		if (status)
			break;
		cas_product_make(p->exact[g], exact_table, &spec);
		status = plan_exact_sums(p, (enum cas_group)g, err);
	}
	if (!status && p->exact[CAS_GROUP_SUM])
		status = cas_routing_kernel_plan(&p->routing, p->exact[CAS_GROUP_SUM], p->exact[CAS_GROUP_UPDATE],
			p->engine->options.isa, err);
	return status;
}

/* The exact multiplier that the mapping takes. */
static void fill_exact(uint16_t table[65536], enum cas_mapping mapping)
{
	for (int i = 0; i < 65536; i++)
		table[i] = (uint16_t)(mapping == CAS_SIGNED ? (int8_t)(i >> 8) * (int8_t)i : (i >> 8) * (i & 255));
}

static cas_status attach(struct pass *p, struct cas_worker8 *w, struct cas_err *err)
{
	cas_status status = cas_mem_new((void **)&w->probe.acc, p->engine->acc_words, sizeof *w->probe.acc, err);

	w->probe.layer = p->layer;
	w->probe.exact_routing = p->routing;
	for (int g = 0; g < CAS_GROUPS && !status; g++) {
		w->probe.exact_mm[g] = p->mm[g];
		w->probe.exact_ordered[g] = p->ordered[g];
		if (p->ordered[g] && !w->probe.wide)
			status = cas_mem_new((void **)&w->probe.wide, p->engine->acc_words, sizeof *w->probe.wide, err);
		if (status)
			break;
		if (p->exact[g])
			status = cas_mem_new((void **)&w->probe.error[g], (size_t)p->engine->layer[p->layer].group[g].n,
				sizeof *w->probe.error[g], err);
	}
	return status;
}

static void detach(struct cas_worker8 *w)
{
	free(w->probe.acc);
	free(w->probe.wide);
	for (int g = 0; g < CAS_GROUPS; g++)
		free(w->probe.error[g]);
	w->probe = (struct probe){.layer = -1};
}

static void put_in_force(struct pass *p, int images)
{
	struct layer_plan *plan = &p->engine->layer[p->layer];

	for (int g = 0; g < CAS_GROUPS; g++) {
		int64_t count = sums_per_image(plan, (enum cas_group)g) * images;

		for (int n = 0; p->exact[g] && count && n < plan->group[g].n; n++) {
			int64_t error = 0;

			for (int t = 0; t < p->threads; t++)
				error += p->worker[t]->probe.error[g][n];
			plan->group[g].q[n] = -divide_half_away(error, count);
			plan->group[g].lane[n] += plan->group[g].q[n];
		}
	}
}

static cas_status measure_layer(struct pass *p, const uint16_t *exact_table, int images,
	const volatile sig_atomic_t *stop, struct cas_err *err)
{
	cas_status status = plan_exact(p, exact_table, err);

	for (int t = 0; t < p->threads && !status; t++)
		status = attach(p, p->worker[t], err);
	if (!status)
		status = cas_parallel_for(p->threads, (size_t)images, run_image, p, stop, err);
	if (!status)
		put_in_force(p, images);
	for (int t = 0; t < p->threads; t++)
		detach(p->worker[t]);
	cas_routing_kernel_free(p->routing);
	p->routing = NULL;
	for (int g = 0; g < CAS_GROUPS; g++) {
		cas_matmul_free(p->mm[g]);
		free(p->exact[g]);
		free(p->ordered[g]);
		p->ordered[g] = NULL;
		p->mm[g] = NULL;
		p->exact[g] = NULL;
	}
	return status;
}

cas_status cas_engine8_calibrate_bias(struct cas_engine8 *engine, const uint8_t *pixels, int images,
	int threads, const volatile sig_atomic_t *stop, struct cas_err *err)
{
	const struct cas_shape *in = &engine->net->input;
	struct pass p = {.engine = engine, .pixels = pixels, .threads = threads,
		.image_bytes = (size_t)in->h * (size_t)in->w * (size_t)in->c};
	uint16_t *exact_table;
	cas_status status = cas_mem_new((void **)&exact_table, 65536, sizeof *exact_table, err);

	assert(!engine->calibrated);
	engine->calibrated = 1;
	if (!status)
		fill_exact(exact_table, engine->options.numerics.mapping);
	if (!status)
		status = cas_mem_new((void **)&p.worker, (size_t)threads, sizeof *p.worker, err);
	for (int t = 0; t < threads && !status; t++)
		status = cas_worker8_new(&p.worker[t], engine, err);
	for (p.layer = 0; p.layer < engine->layers && !status; p.layer++)
		status = measure_layer(&p, exact_table, images, stop, err);
	for (int t = 0; p.worker && t < threads; t++)
		cas_worker8_free(p.worker[t]);
	free(p.worker);
	free(exact_table);
	return status;
}

static cas_status store_group(const struct group_plan *group, const int32_t **out, struct cas_err *err)
{
	int32_t *q;
	cas_status status = cas_mem_new((void **)&q, (size_t)group->n, sizeof *q, err);

	for (int n = 0; n < group->n && !status; n++) {
		if (group->q[n] > INT32_MAX || group->q[n] < INT32_MIN)
			status = cas_err_set(err, CAS_INPUT, "a calibration of %lld does not fit 32 bits",
				(long long)group->q[n]);
		q[n] = (int32_t)group->q[n];
	}
	if (status)
		free(q);
	else
		*out = q;
	return status;
}

cas_status cas_engine8_store_calibration(const struct cas_engine8 *engine, struct cas_network *net,
	struct cas_err *err)
{
	cas_status status = CAS_OK;

	for (int l = 0; l < net->layers && !status; l++)
		for (int g = 0; g < CAS_CALIBRATED && !status; g++)
			if (cas_layer_calibrated(&net->layer[l], g))
				status = store_group(&engine->layer[l].group[g], &net->layer[l].calibration[g], err);
	return status;
}
