/* Which groups need the hardware's order of additions or 64-bit sums, and what becomes of those sums. */
#include "base/mem.h"
#include "engine/engine8_internal.h"

/* From here on the vectorised scaling, exact for |L| < 2^37, could meet more (q may be as large as P). */
enum { NARROW_TERMS = 1 << 19 };

static int is_cut(const struct cas_bounds *b, const struct cas_widths *widths)
{
	return !cas_bounds_fit(b->psum_lo, b->psum_hi, widths->psum_bits) ||
		!cas_bounds_fit(b->acc_lo, b->acc_hi, widths->acc_bits);
}

/* The exact bound of each output's weights takes a walk over all of them, so the rough one is tried first. */
void cas_engine8_bounds(struct cas_bounds *out, const struct cas_engine8 *e, const struct layer_plan *plan,
	enum cas_group group, const struct cas_product *product)
{
	int k = plan->group[group].k, n = plan->group[group].n;
	int own = plan->layer->kind == CAS_CLASSCAPS; /* weights for each lower capsule */
	int one_run = own || plan->layer->kind == CAS_FC || e->options.patches[plan->layer - e->net->layer];
	struct cas_reach reach;

	cas_bounds_any(out, product, e->widths.rows, k);
	if ((group != CAS_GROUP_LAYER && group != CAS_GROUP_VOTES) ||
	    (!is_cut(out, &e->widths) && out->value <= INT32_MAX))
		return;
	*out = (struct cas_bounds){0};
	cas_reach_init(&reach, product);
	for (int i = 0; i < (own ? plan->layer->routing.caps : 1); i++)
		cas_bounds_add(out, &reach, e->widths.rows, plan->w + (size_t)i * (size_t)k * (size_t)n,
			one_run ? 1 : plan->groups, one_run ? k : plan->group_len, n);
}

cas_status cas_engine8_plan_order(struct cas_engine8 *e, struct layer_plan *plan, enum cas_group group,
	struct cas_err *err)
{
	struct group_plan *g = &plan->group[group];
	struct cas_bounds bounds;
	cas_status status;

	if (g->k >= CAS_MAX_TERMS)
		return cas_err_set(err, CAS_INPUT, "sums of %d products; the engine adds up to %d: make the layer's input "
			"or kernel smaller", g->k, CAS_MAX_TERMS - 1);
	cas_engine8_bounds(&bounds, e, plan, group, g->product);
	g->exposed = is_cut(&bounds, &e->widths);
	if (!g->exposed && bounds.value <= INT32_MAX && g->k < NARROW_TERMS && !e->options.reference_only)
		return CAS_OK;
	status = cas_mem_new((void **)&g->ordered, 1, sizeof *g->ordered, err);
	if (status)
		return status;
	cas_ordered_init(g->ordered, g->product, &e->widths,
		cas_bounds_fit(bounds.psum_lo, bounds.psum_hi, e->widths.psum_bits));
	g->ordered->plain = e->options.reference_only;
	return CAS_OK;
}

void cas_engine8_settle(struct cas_worker8 *worker, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int64_t x = worker->wide[i] < INT32_MIN ? INT32_MIN : worker->wide[i];

		worker->acc[i] = (int32_t)(x > INT32_MAX ? INT32_MAX : x);
	}
}

/* A sum in order is scaled from 64 bits even where the bound of P is below 2^31: once a width cuts, affine's
 * corrections no longer cancel. */
void cas_engine8_scale(const struct cas_worker8 *worker, const struct group_plan *group, size_t rows,
	int channels, uint8_t *codes)
{
	const int64_t *sum = worker->wide;

	if (!group->ordered) {
		cas_engine8_requantise(group, worker->acc, rows, channels, codes);
		return;
	}
	for (size_t row = 0; row < rows; row++)
		for (int n = 0; n < channels; n++)
			*codes++ = (uint8_t)cas_requant_apply(&group->rq, *sum++ + group->lane[n]);
}
