/* Inside of the 8-bit engine, shared by engine8*.c only. */
#ifndef CAS_ENGINE_ENGINE8_INTERNAL_H
#define CAS_ENGINE_ENGINE8_INTERNAL_H

#include "arith/fixed.h"
#include "arith/softmax.h"
#include "arith/squash.h"
#include "engine/engine8.h"
#include "engine/bounds.h"
#include "engine/ordered.h"
#include "engine/routing_kernel.h"

/* One operation group of a layer: which products, how they are summed, how the sum is scaled. */
struct group_plan {
	const struct cas_product *product;
	struct cas_matmul *mm;  /* NULL: by `ordered`, or (sum, update) by layer_plan.routing */
	struct cas_ordered *ordered; /* in order and 64 bits: where exposed, where P is long, and with reference_only */
	struct cas_requant rq;  /* shift includes the mapping's e */
	int k, n;               /* terms, output channels of the calibration */
	int exposed;            /* a width can overflow */
	int64_t *q;             /* [n] bias calibration, included in lane */
	int64_t *lane;          /* [n] added to P: round(b 2^e) + q; |lane| < 2^36 if not `ordered` */
};

struct layer_plan {
	const struct cas_layer *layer;
	struct group_plan group[CAS_GROUPS];
	/* convolutions and fc (as a convolution of one position) */
	int padded_h, padded_w, m, groups, group_len;
	size_t group_stride;
	uint32_t *offset;        /* [m] */
	uint32_t *patch;         /* convcaps3d: [m], where a vote's terms stand in worker->patches */
	/* add, concat: concat rescales each operand alone */
	struct cas_rescale rescale[2];
	struct cas_requant average; /* pool */
	const uint8_t *w;        /* weight bytes [k][n] */
	/* squash, softmax */
	struct cas_squash squash;
	int32_t square[128];
	int square_shift;
	struct cas_softmax softmax;
	struct cas_routing_kernel *routing; /* sum and update, where not in order */
	int iters;
};

enum { CAS_MAX_PRODUCTS = 64 };

struct cas_engine8 {
	const struct cas_network *net;
	struct cas_engine8_options options;
	struct cas_widths widths;
	int layers;
	struct layer_plan layer[CAS_MAX_LAYERS];
	/* one product table for each (truth table, signedness) in use */
	int products;
	struct { const uint16_t *table; int a_signed; struct cas_product *product; } product[CAS_MAX_PRODUCTS];
	int calibrated; /* the lanes hold a bias calibration */
	size_t padded_bytes, patch_bytes, acc_words, wide_words, votes_bytes, logits_bytes, v_bytes;
};

/* Sums in 32 bits, or in 64 where that is not NULL. */
struct words {
	const int32_t *narrow;
	const int64_t *wide;
};

static inline int64_t word_at(const struct words *words, size_t i)
{
	return words->wide ? words->wide[i] : words->narrow[i];
}

/* Sum of P - P_exact of each channel of each group, while a calibration measures one layer. */
struct probe {
	int layer;                            /* -1: off */
	struct cas_matmul *exact_mm[CAS_GROUPS];
	struct cas_routing_kernel *exact_routing;
	struct cas_ordered *exact_ordered[CAS_GROUPS]; /* where P_exact can leave 32 bits; else NULL */
	int64_t *error[CAS_GROUPS];           /* [n] */
	int32_t *acc;                         /* P_exact, as long as worker->acc */
	int64_t *wide;                        /* the same in 64 bits; NULL if no group of the layer needs it */
	uint64_t overflows;                   /* none */
};

struct cas_worker8 {
	const struct cas_engine8 *engine;
	uint8_t *padded;  /* the map of a layer inside its padding */
	uint8_t *patches; /* terms of one sum after the other, where they are gathered */
	int32_t *acc;     /* P; of a group that is summed in order the nearest that 32 bits hold, for taps */
	int64_t *wide;    /* P of groups that are summed in order */
	int8_t *votes, *v, *logits;
	uint8_t *coupling;
	uint8_t *result[CAS_MAX_LAYERS];
	uint64_t overflows[CAS_MAX_LAYERS];
	struct probe probe;
};

/* Scale P + lane[channel] to codes; `channels` varies fastest. */
void cas_engine8_requantise(const struct group_plan *group, const int32_t *acc, size_t rows,
	int channels, uint8_t *codes);

/* How far the sums of a group of the layer can go with `product`. */
void cas_engine8_bounds(struct cas_bounds *out, const struct cas_engine8 *e, const struct layer_plan *plan,
	enum cas_group group, const struct cas_product *product);

/* Decide whether the group is exposed and how it is summed.  group->k and product are known. */
cas_status cas_engine8_plan_order(struct cas_engine8 *e, struct layer_plan *plan, enum cas_group group,
	struct cas_err *err);

/* Copy `count` sums, summed in order, to worker->acc. */
void cas_engine8_settle(struct cas_worker8 *worker, size_t count);

/* The sums of the group that was computed last. */
static inline struct words words_of(const struct cas_worker8 *worker, const struct group_plan *group)
{
	return (struct words){worker->acc, group->ordered ? worker->wide : NULL};
}

/* cas_engine8_requantise of those. */
void cas_engine8_scale(const struct cas_worker8 *worker, const struct group_plan *group, size_t rows,
	int channels, uint8_t *codes);

/* Add P - P_exact of the rows x n sums just computed to the probe's errors of a group. */
void cas_engine8_probe_add(struct cas_worker8 *worker, int layer, enum cas_group group, size_t rows, int n);

/* The input map inside a border of the code 0; `in` itself where there is no padding. */
const uint8_t *cas_engine8_pad(struct cas_worker8 *worker, const struct layer_plan *plan,
	const uint8_t *in);

/* ConvCaps3D: copy the terms of all votes to worker->patches: [m][groups][group_len]. */
void cas_engine8_gather_votes(struct cas_worker8 *worker, const struct layer_plan *plan,
	const uint8_t *in);

void cas_engine8_run_conv(struct cas_worker8 *worker, int index, const uint8_t *in,
	const struct cas_tap *tap);
void cas_engine8_run_routing(struct cas_worker8 *worker, int index, const uint8_t *in,
	const struct cas_tap *tap);

/* add, concat, pool (engine8_elementwise.c). */
cas_status cas_engine8_plan_elementwise(struct cas_engine8 *e, struct layer_plan *plan,
	struct cas_err *err);
void cas_engine8_run_elementwise(struct cas_worker8 *worker, int index, const uint8_t *const in[2],
	const struct cas_tap *tap);

#endif
