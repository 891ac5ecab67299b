/* The program: a network lowered onto an accelerator, as explicit data.
 *
 * A program is a list of steps that run one after the other; a step of the array is a list of passes
 * (tiles), which cas_program_tiles unrolls.  The engine, the cost model and the RTL's controller all
 * take their loops from here.  Definitions: docs/timing.md sections 4 to 6.
 *
 * Order of terms (what narrow accumulators see): within a step and a block of columns, K runs in
 * natural order; a K chunk is a run of at most `rows` consecutive terms of one k group (never across
 * a group), summed top to bottom inside the array, then added to the accumulator:
 *
 *   step     k_groups  k_per_group  n        vectors m                     group (multiplier)
 *   CONV     k_h       k_w * c_in   c_out    out positions, raster order   LAYER
 *   CONV, patches / fc: 1, K        c_out    out positions / 1             LAYER
 *   CONV, types > 0: k_h k_w, dim_in  J * D  out positions x types         VOTES
 *   VOTES    1         dim_in       J * D    1 for each capsule i          VOTES
 *   SUM      1         I            J * D    the distinct j of a tile      SUM
 *   UPDATE   1         D            J        I * J, order i, j             UPDATE
 */
#ifndef CAS_MODEL_PROGRAM_H
#define CAS_MODEL_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "model/accelerator.h"
#include "model/network.h"

enum cas_step_kind {
	CAS_STEP_LOAD,    /* DRAM to data buffer */
	CAS_STEP_STORE,   /* data buffer to DRAM */
	CAS_STEP_CONV,    /* convolution; with k_h = k_w = 1 also patches and fully connected */
	CAS_STEP_SQUASH,
	CAS_STEP_VOTES,
	CAS_STEP_SOFTMAX, /* logits to coupling, where not chained to an update */
	CAS_STEP_SUM,
	CAS_STEP_UPDATE,
	CAS_STEP_ADD,     /* one or two maps, rescaled and added */
	CAS_STEP_POOL,
	CAS_STEP_KINDS
};

enum cas_buffer {
	CAS_BUF_DATA, CAS_BUF_WEIGHT, CAS_BUF_VOTES, CAS_BUF_LOGITS, CAS_BUF_COUPLING, CAS_BUF_V,
	CAS_BUFFERS
};

/* What a LOAD or STORE moves. */
enum cas_tensor { CAS_TENSOR_INPUT, CAS_TENSOR_RESULT, CAS_TENSOR_SPILL };

enum { CAS_STEP_NAME_BYTES = CAS_NAME_BYTES + 24, CAS_LOGIT_BYTES = 1 };

/* One step.  Fields that a kind does not use are 0.  Addresses are bytes in the named memory. */
struct cas_step {
	char name[CAS_STEP_NAME_BYTES]; /* "Conv1", "ClassCaps sum 2", "load input" */
	enum cas_step_kind kind;
	int layer;           /* index into the network */
	int iteration;       /* routing iteration, from 1; 0 outside routing */
	int position;        /* ConvCaps3D: which position routes; steps that differ in it have one name */
	enum cas_group group; /* whose multiplier the products use */
	uint64_t macs;       /* by definition (docs/networks.md), not what masked columns also compute */

	/* array steps: the matrix product, see the table above; m counts all vectors of the step
	 * (for VOTES and SUM those against one tile, see cas_pass) */
	int k_groups, k_per_group, n;
	uint64_t m;

	/* CONV: geometry of the map that is streamed (patches: the map of patches, k 1x1) */
	int in_h, in_w, in_c, out_h, out_w;
	int k_h, k_w, stride, pad;
	int patches;         /* 1: the input was written as patches [out position][K] */
	int row_first, row_count; /* output rows computed by this step (all, unless spilled in bands) */
	int in_row_first;    /* input row that lies at in_addr (0 unless in bands) */
	int relu;
	int types;           /* > 0: votes of ConvCaps3D. Vector q is position q / types, type q % types: its
	                      * terms are dim_in bytes of the map's pixel, its result goes to votes memory */
	int replay;          /* 1: a column block's weights are fetched once for all vector blocks */

	/* VOTES, SUM, UPDATE, SQUASH, SOFTMAX */
	int caps;            /* I; SQUASH: capsules squashed (in place; in routing, where iteration > 0,
	                      * v memory is written as well) */
	int classes;         /* J */
	int dim_in, dim;
	int constant_coupling; /* SUM: coupling is the constant of the skipped first softmax */
	int chained_softmax; /* UPDATE: the softmax of the next iteration follows in the pipeline */
	int first_update;    /* UPDATE: logits are still zero, so they are written, not added to */

	uint64_t votes_addr; /* VOTES, SUM, UPDATE: where the votes of the position that routes begin */
	int operands;        /* ADD: 1 or 2 maps of `bytes` elements */
	int operand;         /* ADD of one: which input of its layer this is (concat) */
	uint64_t in2_addr;   /* ADD of two: the second map */

	uint64_t in_addr, out_addr;  /* data buffer; LOAD writes out_addr, STORE reads in_addr */
	uint64_t bytes;              /* LOAD, STORE, ADD */
	enum cas_tensor tensor;      /* LOAD, STORE */
	uint64_t dram_addr;          /* LOAD, STORE: activations; CONV, VOTES: packed weights */
	uint64_t weight_words;       /* CONV, VOTES: words of `cols` bytes in DRAM, in load order */
};

struct cas_program {
	int rows, cols, depth;       /* as the accelerator has them */
	size_t steps;
	struct cas_step *step;       /* owned */
	uint64_t weight_dram_bytes;  /* packed weights at DRAM address 0; activations follow */
	uint64_t dram_bytes;
	uint64_t peak_bytes[CAS_BUFFERS]; /* largest live bytes; CAS_BUF_WEIGHT is 0: timing knows it */
	int spills;                  /* moves and bands that exist because a tensor did not fit the data
	                              * buffer; such a program is not run by the RTL */
};

/* Lower `net` (shapes known, weights not needed) onto `accel`.  program is overwritten; free it with
 * cas_program_clear.
 * Errors: CAS_INPUT if a tensor does not fit its buffer (names layer, buffer, needed and available
 * bytes, and the key to change); CAS_ENV without memory. */
cas_status cas_program_lower(struct cas_program *program, const struct cas_network *net,
	const struct cas_accel *accel, struct cas_err *err);
void cas_program_clear(struct cas_program *program);

const char *cas_step_kind_name(enum cas_step_kind kind); /* "conv", "sum", ... */
const char *cas_buffer_name(enum cas_buffer buffer);     /* "data", "weight", ... */
uint64_t cas_buffer_bytes(const struct cas_accel *accel, enum cas_buffer buffer);

/* 1 for CONV, VOTES, SUM, UPDATE. */
int cas_step_on_array(const struct cas_step *step);

/* 1 for CONV and VOTES: stationary operands are weights, from DRAM through the weight buffer. */
int cas_step_has_weights(const struct cas_step *step);

/* One pass of the array: rho rows x n columns of stationary operands, against m vectors. */
struct cas_pass {
	int rho, n;          /* rows 1..rows and columns 1..cols in use */
	int m;               /* vectors, 1..depth (SUM: 1..cols) */
	int k_group, k_first; /* first term: k_group, offset in it */
	int n_first;         /* first column of the step's n; UPDATE: first j */
	uint64_t m_first;    /* first vector; CONV: position in the whole output map (y * out_w + x);
	                      * VOTES: capsule i; SUM: 0.  UPDATE, J_b the block's columns:
	                      * vector q is (i, j) = (q / J_b, n_first + q % J_b) */
	int j_first;         /* SUM: first j of the tile; vectors are j_first .. j_first + m - 1 */
	int first, last;     /* first K chunk overwrites the accumulators, last forwards them */
	int fetch;           /* stationary words come from DRAM for this pass (rho words of cols bytes) */
	int release;         /* the words leave the weight buffer after this pass's load */
	uint64_t repeat;     /* passes in this run, 1 from cas_program_tile_next */
	uint64_t firsts, lasts; /* how many of them are first, are last */
};

/* Unroller.  Fields are private; copy freely. */
struct cas_tiles {
	const struct cas_program *program;
	const struct cas_step *step;
	uint64_t outer, block; /* VOTES: capsule; block of vectors */
	int n_first, k_group, k_first, done;
};

/* Passes of step `index` in program order; none for steps that are not on the array. */
struct cas_tiles cas_program_tiles(const struct cas_program *program, size_t index);

/* Next pass; 0 when there is none. */
int cas_program_tile_next(struct cas_tiles *tiles, struct cas_pass *pass);

/* Next run of `repeat` consecutive passes that agree in rho, m, n, fetch and release (`first`, `last`,
 * places as of the run's first pass); the runs' order and sum are those of the passes. */
int cas_program_tile_next_run(struct cas_tiles *tiles, struct cas_pass *pass);

/* Passes of a step. */
uint64_t cas_program_tile_count(const struct cas_program *program, size_t index);

#endif
