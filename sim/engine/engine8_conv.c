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

/* Position by position, its terms gathered first. */
static void sums_in_order(struct cas_worker8 *worker, const struct layer_plan *plan,
	const struct cas_ordered *ordered, const uint8_t *in, int64_t *acc, uint64_t *overflows)
{
	size_t n = (size_t)plan->group[CAS_GROUP_LAYER].n, length = (size_t)plan->group_len;
	int patches = worker->engine->options.patches[plan->layer - worker->engine->net->layer];
	uint8_t *patch = worker->patches;
	const struct cas_terms terms = {
		.a = patch, .a_step = 1, .a_group = length, .w = plan->w, .w_step = n, .w_group = length * n,
		.groups = patches ? 1 : plan->groups,
		.len = patches ? plan->groups * plan->group_len : plan->group_len,
	};

	for (int m = 0; m < plan->m; m++) {
		for (size_t g = 0; g < (size_t)plan->groups; g++)
			memcpy(patch + g * length, in + plan->offset[m] + g * plan->group_stride, length);
		cas_ordered_sums(ordered, &terms, (int)n, acc + (size_t)m * n, overflows);
	}
}

static void sums(struct cas_worker8 *worker, const struct layer_plan *plan, const uint8_t *in)
{
	const struct group_plan *group = &plan->group[CAS_GROUP_LAYER];
	struct cas_rows rows = {in, plan->offset, plan->m, plan->groups, plan->group_len, plan->group_stride};
	int index = (int)(plan->layer - worker->engine->net->layer);
	struct probe *probe = &worker->probe;

	if (group->ordered) {
		sums_in_order(worker, plan, group->ordered, in, worker->wide, &worker->overflows[index]);
		cas_engine8_settle(worker, (size_t)plan->m * (size_t)group->n);
	} else {
		cas_matmul_run(group->mm, &rows, 0, worker->acc);
	}
	if (probe->layer != index)
		return;
	if (probe->exact_ordered[CAS_GROUP_LAYER])
		sums_in_order(worker, plan, probe->exact_ordered[CAS_GROUP_LAYER], in, probe->wide, &probe->overflows);
	else
		cas_matmul_run(probe->exact_mm[CAS_GROUP_LAYER], &rows, 0, probe->acc);
	cas_engine8_probe_add(worker, index, CAS_GROUP_LAYER, (size_t)plan->m, group->n);
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
	cas_engine8_scale(worker, group, (size_t)plan->m, group->n, out);
	if (plan->layer->kind == CAS_PRIMARYCAPS) {
		size_t dim = (size_t)plan->layer->dim;

		cas_tap_call(tap, index, CAS_TAP_PRE, 0, out, count);
		for (size_t i = 0; i < count; i += dim)
			cas_squash_apply(&plan->squash, plan->square, plan->square_shift,
				(const int8_t *)out + i, (int)dim, (int8_t *)out + i);
	}
	cas_tap_call(tap, index, CAS_TAP_RESULT, 0, out, count);
}
