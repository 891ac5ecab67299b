/* The NASCaps hardware model: latency, energy and memory of a network from closed equations.
 *
 * Two variants, normative text in docs/nascaps.md:
 *   released  what the program published with the paper computes; reproduces its Table 3.
 *   paper     Table 1 and equations (2)-(7) as printed, what they leave open fixed as stated there.
 * Both are search scores, not cycles of the array: activations are streamed once a layer and not
 * once a weight tile, so that the implied utilisation can exceed 1.  A reader of these results must
 * be told (cas_nascaps_leaves_out).
 *
 * Use: build operations from a genotype or a network, estimate, read the plain result, clear both.
 * Source: NASCaps (Marchisio et al., ICCAD 2020) section 3.2, Table 1, equations (2)-(7).
 */
#ifndef CAS_COST_NASCAPS_H
#define CAS_COST_NASCAPS_H

#include <stdint.h>

#include "base/status.h"
#include "model/genotype.h"
#include "model/network.h"

enum cas_nascaps_variant { CAS_NASCAPS_PAPER, CAS_NASCAPS_RELEASED, CAS_NASCAPS_VARIANTS };

enum cas_nascaps_type {
	CAS_NASCAPS_CONV,
	CAS_NASCAPS_CAPS,   /* convolutional capsules, PrimaryCaps included */
	CAS_NASCAPS_CAPS3D, /* convolutional capsules with a three-dimensional kernel */
	CAS_NASCAPS_CLASS,  /* fully connected capsules (votes); fully connected with caps 1 */
	CAS_NASCAPS_SUM,    /* one routing step: weighted sum */
	CAS_NASCAPS_UPDATE, /* one routing step: agreement with the logits */
	CAS_NASCAPS_TYPES
};

/* One operation.  All shape fields >= 1.  `ch` counts kinds of capsules, `caps` is the elements of
 * one (1 for plain maps); the equations only ever use their products. */
struct cas_nascaps_op {
	char name[CAS_NAME_BYTES + 32]; /* layer, and the step within it */
	enum cas_nascaps_type type;
	int h_in, w_in, ch_in, caps_in;
	int k_h, k_w, stride;
	int h_out, w_out, ch_out, caps_out;
	uint64_t macs; /* by definition, not by the model */
};

/* In order of execution; owned: cas_nascaps_ops_clear. */
struct cas_nascaps_ops {
	int count;
	struct cas_nascaps_op *op;
};

struct cas_nascaps_params {
	int rows, cols;     /* PEs, 1..4096 each */
	int stages;         /* pipeline stages of a PE, 1..64; `released` only */
	double period_ns;   /* T, > 0 */
	double pe_mw;       /* P_PE, power of one PE, >= 0 */
	double mem_cell_mw; /* P_mem, power of one accumulator word, >= 0; `released` only */
	double access_pj;   /* en_mem, one 128-bit memory access, >= 0; `paper` only */
};

struct cas_nascaps_cost {
	uint64_t weights;         /* numbers; one byte each */
	uint64_t sums_per_out;    /* terms added for an output value */
	uint64_t data_per_weight; /* values multiplied by one weight; 1 if not convolutional */
	uint64_t w_loads;         /* groups of weights loaded */
	uint64_t cycles;
	uint64_t macs;            /* the operation's */
	double utilization;       /* macs / (rows * cols * cycles), 1 is full; above 1: not physical */
	double latency_s, latency_ms;
	double energy_mj;
	uint64_t memory_bytes;    /* = weights */
};

/* op[i] belongs to operation i of the list.  `total` holds sums; sums_per_out and data_per_weight,
 * which do not add up, are 0 there.  Owned: cas_nascaps_result_clear. */
struct cas_nascaps_result {
	enum cas_nascaps_variant variant;
	int count;
	struct cas_nascaps_cost *op;
	struct cas_nascaps_cost total;
	int above_full; /* operations whose implied utilisation exceeds 1 */
};

/* The setting of the paper's Table 3: 16 x 16, 1 stage, T = 3 ns, P_PE = 0.4815 mW,
 * P_mem = 0.2303 mW, and en_mem = 16.6414 pJ. */
struct cas_nascaps_params cas_nascaps_params_default(void);

/* Operations of a genotype, by the released program's rules of expansion.
 * Errors: CAS_INPUT if an operation's MACs exceed 64 bits; CAS_ENV. */
cas_status cas_nascaps_from_genotype(struct cas_nascaps_ops *out, const struct cas_genotype *genotype,
	struct cas_err *err);

/* Operations of a network whose shapes are derived (cas_network_shape).  classcaps gives its class
 * layer and `iters` sums with `iters - 1` updates between them; `iterations` > 0 replaces the
 * network's own count (1..CAS_MAX_ITERS).
 * Errors: CAS_INPUT for class capsules that do not read capsules, or MACs beyond 64 bits; CAS_ENV. */
cas_status cas_nascaps_from_network(struct cas_nascaps_ops *out, const struct cas_network *net,
	int iterations, struct cas_err *err);

/* One operation's cost.  Counts are exact; energies and latencies are evaluated in the order of
 * docs/nascaps.md, so that they agree with the released program in the last digit.
 * Errors: CAS_INPUT, parameters out of range or a count beyond 64 bits, naming the operation. */
cas_status cas_nascaps_cost_op(struct cas_nascaps_cost *out, const struct cas_nascaps_op *op,
	const struct cas_nascaps_params *params, enum cas_nascaps_variant variant,
	struct cas_err *err);

/* Every operation's cost and the totals.  Errors: as cas_nascaps_cost_op; CAS_ENV. */
cas_status cas_nascaps_estimate(struct cas_nascaps_result *out, const struct cas_nascaps_ops *ops,
	const struct cas_nascaps_params *params, enum cas_nascaps_variant variant,
	struct cas_err *err);

/* "paper", "released"; and one sentence on what that variant leaves out, ending in a full stop. */
const char *cas_nascaps_variant_name(enum cas_nascaps_variant variant);
const char *cas_nascaps_leaves_out(enum cas_nascaps_variant variant);
/* "conv", "caps", "caps3d", "class", "sum", "update". */
const char *cas_nascaps_type_name(enum cas_nascaps_type type);

/* Both may be called on a zeroed struct, and after a failure. */
void cas_nascaps_ops_clear(struct cas_nascaps_ops *ops);
void cas_nascaps_result_clear(struct cas_nascaps_result *result);

#endif
