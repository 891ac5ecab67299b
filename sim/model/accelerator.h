/* The modelled accelerator: array, widths, buffers, DRAM, numerics.  Plain values, filled from a
 * configuration (study/run_config.c holds the one table of keys, ranges and defaults).
 * Definitions: docs/timing.md (sizes, ports), docs/numerics.md (mapping, widths, overflow).
 */
#ifndef CAS_MODEL_ACCELERATOR_H
#define CAS_MODEL_ACCELERATOR_H

#include <stdint.h>

/* How codes become table operands; docs/numerics.md section 3. */
enum cas_mapping { CAS_SIGN_MAGNITUDE, CAS_SIGN_MAGNITUDE_ALIGNED, CAS_AFFINE, CAS_SIGNED,
	CAS_MAPPINGS };
enum cas_overflow { CAS_WRAP, CAS_SATURATE };
enum cas_requant_mode { CAS_REQUANT_MULTIPLIER, CAS_REQUANT_SHIFT };

/* Operation groups: each layer's own products, and within a capsule layer these. */
enum cas_group { CAS_GROUP_LAYER, CAS_GROUP_VOTES, CAS_GROUP_SUM, CAS_GROUP_UPDATE, CAS_GROUP_SQUASH,
	CAS_GROUPS };

struct cas_numerics {
	enum cas_mapping mapping;
	int swap_operands; /* T[w][a] in place of T[a][w] */
	int zero_gating;   /* T[0][x] and T[x][0] read as 0 */
	int psum_bits;     /* partial sums inside the array, two's complement */
	int acc_bits;      /* accumulators below it, two's complement */
	enum cas_overflow overflow;
	enum cas_requant_mode requant;
	int iterations;    /* routing iterations; 0: as the network says */
};

enum { CAS_BUFFER_MAX_BYTES = 1 << 30 }; /* the largest that a configuration may have of any buffer */

struct cas_buffer_sizes {
	uint64_t data_bytes, weight_bytes, votes_bytes, logits_bytes, coupling_bytes, v_bytes;
};

struct cas_accel {
	int rows, cols;             /* PEs; 1..256 each */
	double clock_mhz;
	int accumulator_depth;      /* vectors an accumulator column holds */
	struct cas_buffer_sizes buffers;
	int dram_beat_bytes;        /* bytes of one beat */
	int dram_cycles_per_beat;
	int dram_latency_cycles;
	int squash_lanes;           /* elements the squash unit takes a cycle */
	int skip_first_softmax;     /* first coupling is a constant (CapsAcc) */
	int input_as_patches;       /* the first convolution may read the input as patches */
	int allow_spills;           /* 0: a layer that does not fit is an error */
	struct cas_numerics numerics;
};

#endif
