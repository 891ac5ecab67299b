/* Convolutions, primary capsules and fully connected layers of the 8-bit engine. */
#include <string.h>

#include "engine/engine8_internal.h"

const uint8_t *cas_engine8_pad(struct cas_worker8 *worker, const struct layer_plan *plan,
	const uint8_t *in)
{
	const struct cas_layer *layer = plan->layer;
	size_t row = (size_t)layer->in.w * (size_t)layer->in.c, pad = (size_t)layer->pad;
	size_t padded_row = (size_t)plan->padded_w * (size_t)layer->in.c;

	if (!pad)
		return in;
	memset(worker->padded, 0, (size_t)plan->padded_h * padded_row);
	for (size_t y = 0; y < (size_t)layer->in.h; y++)
		memcpy(worker->padded + (y + pad) * padded_row + pad * (size_t)layer->in.c, in + y * row, row);
	return worker->padded;
}

static void sums_by_reference(struct cas_worker8 *worker, const struct layer_plan *plan,
	const struct cas_product *product, const uint8_t *in, int32_t *acc, uint64_t *overflows)
{
	const struct group_plan *group = &plan->group[CAS_GROUP_LAYER];
	struct cas_engine8_options options = worker->engine->options;
	size_t n_all = (size_t)group->n;
	int patches = options.patches[plan->layer - worker->engine->net->layer];
	uint8_t *patch = worker->patches;

	for (int m = 0; m < plan->m; m++) {
		for (int g = 0; g < plan->groups; g++)
			memcpy(patch + (size_t)g * (size_t)plan->group_len,
				in + plan->offset[m] + (size_t)g * plan->group_stride, (size_t)plan->group_len);
		for (int n = 0; n < group->n; n++) {
			struct cas_terms terms = {
				.a = patch, .a_step = 1, .a_group = (size_t)plan->group_len,
				.w = plan->w + n, .w_step = n_all, .w_group = (size_t)plan->group_len * n_all,
				.groups = patches ? 1 : plan->groups,
				.len = patches ? plan->groups * plan->group_len : plan->group_len,
			};

			acc[(size_t)m * n_all + (size_t)n] = (int32_t)cas_reference_sum(product,
				&worker->engine->widths, &terms, overflows);
		}
	}
}

static void sums(struct cas_worker8 *worker, const struct layer_plan *plan, const uint8_t *in)
{
	const struct group_plan *group = &plan->group[CAS_GROUP_LAYER];
	struct cas_rows rows = {in, plan->offset, plan->m, plan->groups, plan->group_len, plan->group_stride};
	int index = (int)(plan->layer - worker->engine->net->layer);

	if (group->exposed)
		sums_by_reference(worker, plan, group->product, in, worker->acc, &worker->overflows[index]);
	else
		cas_matmul_run(group->mm, &rows, 0, worker->acc);
	if (worker->probe.layer == index) {
		cas_matmul_run(worker->probe.exact_mm[CAS_GROUP_LAYER], &rows, 0, worker->probe.acc);
		cas_engine8_probe_add(&worker->probe, CAS_GROUP_LAYER, worker->acc, (size_t)plan->m, group->n);
	}
}

void cas_engine8_run_conv(struct cas_worker8 *worker, int index, const uint8_t *in,
	const struct cas_tap *tap)
{
	const struct layer_plan *plan = &worker->engine->layer[index];
	const struct group_plan *group = &plan->group[CAS_GROUP_LAYER];
	size_t count = (size_t)plan->m * (size_t)group->n;
	uint8_t *out = worker->result[index];

	sums(worker, plan, cas_engine8_pad(worker, plan, in));
	cas_tap_call(tap, index, CAS_TAP_SUMS, 0, worker->acc, count);
	cas_engine8_requantise(group, worker->acc, (size_t)plan->m, group->n, out);
	if (plan->layer->kind == CAS_PRIMARYCAPS) {
		size_t dim = (size_t)plan->layer->dim;

		cas_tap_call(tap, index, CAS_TAP_PRE, 0, out, count);
		for (size_t i = 0; i < count; i += dim)
			cas_squash_apply(&plan->squash, plan->square, plan->square_shift,
				(const int8_t *)out + i, (int)dim, (int8_t *)out + i);
	}
	cas_tap_call(tap, index, CAS_TAP_RESULT, 0, out, count);
}
