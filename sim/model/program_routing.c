/* Lowering of layers that route: votes, then softmax, sum, squash and update at each position. */
#include "model/program_place.h"

/* Where a routing step stands: which position of the layer routes, and in which iteration. */
struct routing_place {
	int layer, position, iteration;
};

/* Numbers that all routing steps of a layer share. */
static struct cas_step routing_step(const struct cas_lowering *lw, struct routing_place at,
	enum cas_step_kind kind, const char *what)
{
	const struct cas_layer *l = &lw->net->layer[at.layer];
	const struct cas_routing_shape *r = &l->routing;
	struct cas_step s = cas_lowering_step(lw, at.layer, kind, what, at.iteration);
	uint64_t n = (uint64_t)r->classes * (uint64_t)r->dim, position = (uint64_t)at.position;

	s.position = at.position;
	s.caps = r->caps;
	s.classes = r->classes;
	s.dim_in = r->dim_in;
	s.dim = r->dim;
	s.k_groups = 1;
	s.in_addr = lw->place[l->input + 1].addr;
	s.out_addr = lw->place[at.layer + 1].addr + position * n;
	s.macs = (uint64_t)s.caps * n;
	s.votes_addr = position * s.macs;
	return s;
}

static cas_status add_votes(struct cas_lowering *lw, int layer, struct cas_err *err)
{
	struct cas_step s = routing_step(lw, (struct routing_place){layer, 0, 0}, CAS_STEP_VOTES, "votes");
	cas_status status = cas_lowering_check_weights(lw, layer, s.dim_in, err);

	if (status)
		return status;
	s.group = CAS_GROUP_VOTES;
	s.k_per_group = s.dim_in;
	s.n = s.classes * s.dim;
	s.m = 1;
	s.macs *= (uint64_t)s.dim_in;
	s.weight_words = (uint64_t)s.caps *
		cas_lowering_words(lw->program, (uint64_t)s.dim_in, (uint64_t)s.n);
	s.dram_addr = cas_lowering_reserve_weights(lw, s.weight_words);
	return cas_lowering_add(lw, &s, err);
}

/* Votes of ConvCaps3D: one kernel for all types, so that it is a convolution whose vectors are the
 * positions' types. */
static cas_status add_shared_votes(struct cas_lowering *lw, int layer, struct cas_err *err)
{
	const struct cas_layer *l = &lw->net->layer[layer];
	struct cas_step s = cas_lowering_step(lw, layer, CAS_STEP_CONV, "votes", 0);
	uint64_t terms = (uint64_t)l->k_h * (uint64_t)l->k_w * (uint64_t)l->in.dim;
	cas_status status = cas_lowering_check_weights(lw, layer, l->in.dim, err);

	if (status)
		return status;
	s.group = CAS_GROUP_VOTES;
	s.types = l->routing.caps;
	s.in_h = l->in.h;
	s.in_w = l->in.w;
	s.in_c = l->in.c;
	s.out_h = l->out.h;
	s.out_w = l->out.w;
	s.k_h = l->k_h;
	s.k_w = l->k_w;
	s.stride = l->stride;
	s.pad = l->pad;
	s.k_groups = l->k_h * l->k_w;
	s.k_per_group = s.dim_in = l->in.dim;
	s.n = l->out.c;
	cas_lowering_set_rows(lw, &s, 0, s.out_h);
	s.in_addr = lw->place[l->input + 1].addr;
	s.weight_words = cas_lowering_words(lw->program, terms, (uint64_t)s.n);
	s.dram_addr = cas_lowering_reserve_weights(lw, s.weight_words);
	return cas_lowering_add(lw, &s, err);
}

static cas_status add_softmax(struct cas_lowering *lw, struct routing_place at, struct cas_err *err)
{
	struct cas_step s = routing_step(lw, at, CAS_STEP_SOFTMAX, "softmax");

	s.k_groups = 0;
	s.macs = 0;
	return cas_lowering_add(lw, &s, err);
}

static cas_status add_sum(struct cas_lowering *lw, struct routing_place at, struct cas_err *err)
{
	struct cas_step s = routing_step(lw, at, CAS_STEP_SUM, "sum");
	struct cas_step squash = cas_lowering_squash(lw, at.layer, s.classes, s.out_addr, at.iteration);
	cas_status status;

	s.group = CAS_GROUP_SUM;
	s.k_per_group = s.caps;
	s.n = s.classes * s.dim;
	s.m = 1;
	s.constant_coupling = at.iteration == 1 && lw->accel->skip_first_softmax;
	status = cas_lowering_add(lw, &s, err);
	if (status)
		return status;
	squash.position = at.position;
	return cas_lowering_add(lw, &squash, err);
}

static cas_status add_update(struct cas_lowering *lw, struct routing_place at, struct cas_err *err)
{
	struct cas_step s = routing_step(lw, at, CAS_STEP_UPDATE, "update");

	s.group = CAS_GROUP_UPDATE;
	s.k_per_group = s.dim;
	s.n = s.classes;
	s.m = (uint64_t)s.caps * (uint64_t)s.classes;
	s.chained_softmax = s.classes <= lw->accel->cols;
	s.first_update = at.iteration == 1;
	return cas_lowering_add(lw, &s, err);
}

static cas_status lower_position(struct cas_lowering *lw, struct routing_place at, int iterations,
	struct cas_err *err)
{
	int chained = 0;
	cas_status status = CAS_OK;

	for (at.iteration = 1; at.iteration <= iterations && !status; at.iteration++) {
		if (!chained && !(at.iteration == 1 && lw->accel->skip_first_softmax))
			status = add_softmax(lw, at, err);
		if (!status)
			status = add_sum(lw, at, err);
		if (!status && at.iteration < iterations)
			status = add_update(lw, at, err);
		chained = lw->net->layer[at.layer].routing.classes <= lw->accel->cols;
	}
	return status;
}

cas_status cas_lowering_routing(struct cas_lowering *lw, int layer, struct cas_err *err)
{
	const struct cas_layer *l = &lw->net->layer[layer];
	int band, iterations = lw->accel->numerics.iterations ? lw->accel->numerics.iterations : l->iters;
	cas_status status = cas_lowering_place(lw, layer, &band, err);

	if (!status)
		status = cas_lowering_routing_buffers(lw, layer, iterations, err);
	if (!status)
		status = l->kind == CAS_CLASSCAPS ? add_votes(lw, layer, err) : add_shared_votes(lw, layer, err);
	for (int p = 0; p < l->routing.positions && !status; p++)
		status = lower_position(lw, (struct routing_place){layer, p, 0}, iterations, err);
	return status;
}
