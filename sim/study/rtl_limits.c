#include "study/rtl_limits.h"

#include <stddef.h>

static const char *accel_misfit(const struct cas_accel *a)
{
	const struct cas_buffer_sizes *b = &a->buffers;

	if (a->cols < CAS_RTL_LANES)
		return "array.cols below 4";
	if (a->squash_lanes != CAS_RTL_LANES)
		return "squash.lanes other than 4";
	if (a->accumulator_depth > CAS_RTL_DEPTH)
		return "accumulator.depth above 512";
	if (b->data_bytes > CAS_RTL_DATA_BYTES || b->votes_bytes > CAS_RTL_VOTES_BYTES ||
	    b->logits_bytes > CAS_RTL_LOGITS_BYTES || b->coupling_bytes > CAS_RTL_COUPLING_BYTES ||
	    b->v_bytes > CAS_RTL_V_BYTES)
		return "buffers above 256 KiB of data, 256 KiB of votes, 16 KiB of logits, 16 KiB of coupling, "
			"4 KiB of v";
	if (b->weight_bytes / (uint64_t)a->cols > CAS_RTL_WEIGHT_WORDS)
		return "buffers.weight_bytes above 16,384 words of array.cols bytes";
	if (a->dram_latency_cycles < 1)
		return "dram.latency_cycles 0";
	return NULL;
}

static const char *net_misfit(const struct cas_network *net)
{
	int capsules = 0;

	for (int i = 0; i < net->layers; i++) {
		const struct cas_layer *l = &net->layer[i];
		int groups = (l->dim + CAS_RTL_LANES - 1) / CAS_RTL_LANES;

		capsules += cas_layer_squashes(l);
		if (l->kind == CAS_POOL && (l->k_h > CAS_RTL_KERNEL || l->k_w > CAS_RTL_KERNEL))
			return "pool with a kernel above 127";
		if (cas_layer_routes(l) && groups * l->routing.classes > CAS_RTL_V_BYTES / CAS_RTL_LANES)
			return "class capsules of more than 1,024 groups of 4 elements";
		if (l->kind == CAS_CONVCAPS3D && l->k_w > CAS_RTL_KERNEL)
			return "convcaps3d with a kernel above 127";
	}
	return capsules > CAS_RTL_UNIT_TABLES ? "more than 32 capsule layers" : NULL;
}

/* Blocks of columns that have lane constants of their own: those of each layer's group, once. */
static int64_t constant_blocks(const struct cas_program *p)
{
	uint8_t seen[CAS_MAX_LAYERS] = {0};
	int64_t blocks = 0;

	for (size_t i = 0; i < p->steps; i++) {
		const struct cas_step *s = &p->step[i];

		if (!cas_step_on_array(s) || seen[s->layer] >> s->group & 1)
			continue;
		seen[s->layer] |= (uint8_t)(1 << s->group);
		blocks += (s->n + p->cols - 1) / p->cols;
	}
	return blocks;
}

/* Tiles of a step with weights, as the prefetch unit counts them: blocks in 20 bits, repeats in 12, k groups in
 * 12, terms of a group in 20. */
static int is_countable(const struct cas_program *p, const struct cas_step *s)
{
	uint64_t depth = (uint64_t)p->depth, blocks = ((uint64_t)s->n + (uint64_t)p->cols - 1) / (uint64_t)p->cols;
	uint64_t repeats = s->kind == CAS_STEP_VOTES || s->replay ? 1 : (s->m + depth - 1) / depth;

	if (s->kind == CAS_STEP_VOTES)
		blocks *= (uint64_t)s->caps;
	return !(blocks >> 20 || repeats >> 12 || s->k_groups >> 12 || s->k_per_group >> 20);
}

/* Blocks of vectors of a step, which the walkers count in 16 bits: CONV, UPDATE. */
static uint64_t vector_blocks(const struct cas_program *p, const struct cas_step *s)
{
	uint64_t depth = (uint64_t)p->depth, columns = s->classes < p->cols ? (uint64_t)s->classes : (uint64_t)p->cols;

	if (s->kind == CAS_STEP_CONV)
		return (s->m + depth - 1) / depth;
	return s->kind == CAS_STEP_UPDATE ? ((uint64_t)s->caps * columns + depth - 1) / depth : 1;
}

static const char *program_misfit(const struct cas_program *p)
{
	int weighted = 0, long_sums = 0, uncountable = 0, many_blocks = 0;

	for (size_t i = 0; i < p->steps; i++) {
		const struct cas_step *s = &p->step[i];

		weighted += cas_step_has_weights(s);
		many_blocks += vector_blocks(p, s) > CAS_RTL_BLOCKS;
		uncountable += cas_step_has_weights(s) && !is_countable(p, s);
		long_sums += cas_step_on_array(s) && (int64_t)s->k_groups * s->k_per_group > CAS_RTL_TERMS;
	}
	if (long_sums)
		return "sums of more than 32,768 terms";
	if (p->spills)
		return "layers that do not fit the data buffer (spills)";
	if (p->steps > CAS_RTL_STEPS)
		return "more than 512 steps";
	if (weighted > CAS_RTL_WEIGHT_STEPS)
		return "more than 32 steps with weights";
	if (many_blocks)
		return "a step of more than 65,535 blocks of accumulator.depth vectors";
	if (uncountable)
		return "a step of more tiles than the prefetch unit counts";
	return constant_blocks(p) > CAS_RTL_BIAS_ROWS ? "lane constants of more than 256 blocks of columns" : NULL;
}

const char *cas_rtl_misfit(const struct cas_accel *accel, const struct cas_network *net,
	const struct cas_program *program, int multipliers)
{
	const char *what = accel_misfit(accel);

	if (!what && multipliers > CAS_RTL_TABLES)
		what = "more than 8 different multipliers";
	if (!what)
		what = net_misfit(net);
	return !what && program ? program_misfit(program) : what;
}

cas_status cas_rtl_check(const struct cas_accel *accel, const struct cas_network *net,
	const struct cas_program *program, int multipliers, struct cas_err *err)
{
	const char *what = cas_rtl_misfit(accel, net, program, multipliers);

	if (what)
		return cas_err_set(err, CAS_INPUT, "the RTL does not do this configuration: %s", what);
	return CAS_OK;
}
