/* What one inference costs: cycles, traffic, energy, by step and in total.  Depends on shapes and on
 * the accelerator only, never on data.  Definitions: docs/timing.md, docs/energy.md.
 */
#ifndef CAS_COST_COST_H
#define CAS_COST_COST_H

#include <stdint.h>

#include "base/status.h"
#include "model/accelerator.h"
#include "model/program.h"
#include "model/technology.h"

/* Cycles by cause; they add up to the step's cycles exactly. */
struct cas_cycles {
	uint64_t compute;      /* ceil(macs / (rows * cols)): the array's work at its ideal rate */
	uint64_t edge;         /* vectors stream, but PEs are idle (part tiles) or masked (routing) */
	uint64_t unit;         /* squash, softmax, addition or pool, array idle */
	uint64_t fill_drain;   /* step header, first load, pipeline tail */
	uint64_t weight_stall; /* array waits for the weight port (a tile's load exceeds its vectors) */
	uint64_t buffer_stall; /* the same on the votes or v port */
	uint64_t dram_stall;   /* waits for words from DRAM; LOAD and STORE transfers */
};

/* Lower bounds of a step's cycles; 0 where a resource is not used. */
enum cas_bound { CAS_BOUND_COMPUTE, CAS_BOUND_WEIGHT_PORT, CAS_BOUND_VOTES_PORT, CAS_BOUND_DRAM,
	CAS_BOUND_UNIT, CAS_BOUND_NONE, CAS_BOUNDS = CAS_BOUND_NONE };
const char *cas_bound_name(enum cas_bound bound); /* "compute", "weight port", ... */

struct cas_access {
	uint64_t reads, writes;           /* port accesses */
	uint64_t read_bytes, write_bytes; /* bytes that are used of them */
};

/* Events of a step; docs/energy.md section 3 defines each. */
struct cas_traffic {
	struct cas_access buffer[CAS_BUFFERS];
	struct cas_access accumulator;
	uint64_t dram_read_bytes, dram_write_bytes; /* whole beats */
	uint64_t products;         /* 8x8-bit products formed in the array, masked ones included */
	uint64_t squash_products;  /* 8x8-bit products of the squash unit */
	uint64_t accumulates;      /* additions below the array */
	uint64_t register_bits;    /* bits written into PE registers */
	uint64_t requantised;      /* words through the column lanes */
	uint64_t rescaled;         /* codes of maps that are added, scaled by 16 bits each */
	uint64_t squash_elements, squash_capsules;
	uint64_t softmax_elements;
};

enum cas_component {
	CAS_E_MULTIPLIERS, CAS_E_ADDERS, CAS_E_REGISTERS, CAS_E_ACCUMULATORS,
	CAS_E_DATA, CAS_E_WEIGHT, CAS_E_VOTES, CAS_E_LOGITS, CAS_E_COUPLING, CAS_E_V, /* cas_buffer order */
	CAS_E_DRAM, CAS_E_REQUANTISE, CAS_E_SQUASH, CAS_E_SOFTMAX, CAS_E_STATIC,
	CAS_COMPONENTS
};
const char *cas_component_name(enum cas_component component); /* "multipliers", "data_buffer", ... */

struct cas_energy {
	double component_pj[CAS_COMPONENTS];
	double total_pj;
};

struct cas_step_cost {
	const struct cas_step *step; /* name, layer, iteration, kind; points into the program */
	uint64_t macs;
	uint64_t passes;
	uint64_t start_cycle, cycles;
	struct cas_cycles split;
	uint64_t bound[CAS_BOUNDS];
	uint64_t bound_cycles;       /* the largest; never above cycles */
	enum cas_bound bound_by;
	double utilization;          /* macs / (rows * cols * cycles), 0..1 */
	struct cas_traffic traffic;
	struct cas_energy energy;
	int verified;                /* 1: cycles were confirmed by RTL; nothing is, so far */
};

struct cas_buffer_cost {
	uint64_t size_bytes, peak_bytes;
	struct cas_access access;
};

struct cas_dram_cost { /* bytes, whole beats */
	uint64_t weight_read, input_read, spill_read, result_write, spill_write;
};

struct cas_cost {
	size_t steps;
	struct cas_step_cost *step;  /* owned; in program order */
	size_t rows;                 /* steps as tables show them: those that differ only in the position
	                              * that routes are one row, their sum */
	struct cas_step_cost *row;   /* owned; in order of their first steps */
	struct cas_step_cost total;  /* step is NULL; bound[] sums over steps, DRAM: all transfers;
	                              * bound_cycles: see docs/timing.md section 8 */
	struct cas_buffer_cost buffer[CAS_BUFFERS];
	struct cas_buffer_cost accumulator;
	struct cas_dram_cost dram;
	double latency_ms;           /* cycles / clock */
	double static_mw;
	int spills;                  /* steps made by spills: unverified whatever `verified` says */
};

/* What the multipliers do to energy.  power_ratio: power of the multiplier in use over that of the
 * exact one (1.0), by layer and operation group.  static_area_um2: area, in one PE, of all
 * multipliers that are installed (idle ones leak too); 0 stands for one exact multiplier. */
struct cas_mul_cost {
	double power_ratio[CAS_MAX_LAYERS][CAS_GROUPS];
	double static_area_um2;
};

/* All ratios 1, one multiplier a PE. */
void cas_mul_cost_exact(struct cas_mul_cost *mul);

/* Cost of one inference.  mul may be NULL: exact multipliers.  `cost` is overwritten; free it with
 * cas_cost_clear; it points into `program`, which must outlive it.
 * Errors: CAS_INPUT if the weight buffer is smaller than one tile; CAS_ENV without memory. */
cas_status cas_cost_run(struct cas_cost *cost, const struct cas_program *program,
	const struct cas_accel *accel, const struct cas_technology *tech,
	const struct cas_mul_cost *mul, struct cas_err *err);
void cas_cost_clear(struct cas_cost *cost);

/* Component that a buffer's accesses are charged to. */
enum cas_component cas_component_of(enum cas_buffer buffer);

#endif
