/* Reports of the estimates that need no images: NASCaps's equations, SCALE-Sim's forms, the cycle model. */
#ifndef CAS_REPORT_ESTIMATE_H
#define CAS_REPORT_ESTIMATE_H

#include "base/mem.h"
#include "study/eval.h"

/* Of a network, or of a genotype: then `ops` are the released estimator's reading of it. */
struct cas_estimate {
	char name[CAS_NAME_BYTES + 80];
	struct cas_eval eval; /* without images and data set; `ops` and `nascaps` stand for its own */
	struct cas_err no_network; /* why a genotype is none, if it is: only `nascaps` is there then */
	struct cas_nascaps_ops ops;
	struct cas_nascaps_result nascaps[CAS_NASCAPS_VARIANTS];
	/* Buffers of eval.config.accel that are larger than configured, as the network would not fit; 0: as configured.  The data
	 * buffer is among them only where spills do not help or are not allowed. */
	uint64_t enlarged_bytes[CAS_BUFFERS];
};
void cas_estimate_clear(struct cas_estimate *estimate);

void cas_estimate_text(const struct cas_estimate *estimate, struct cas_buf *out);
/* {name, array, nascaps{paper, released}, scalesim, timing, operations, memory, multipliers,
 * multipliers_without_power, multipliers_without_area, multiplier_area_um2_per_pe, energy}; where there is no
 * network {name, array, nascaps, no_network}.
 * Errors: CAS_ENV without memory. */
cas_status cas_estimate_json(const struct cas_estimate *estimate, struct cas_buf *out,
	struct cas_err *err);

/* One matrix product, M x K by K x N. */
struct cas_gemm_estimate {
	uint64_t m, k, n;
	int rows, cols;
	uint64_t cycles, bound_cycles, passes;
	enum cas_bound bound_by;
	double utilization;
	uint64_t scalesim[CAS_SCALESIM_DATAFLOWS];
};
void cas_gemm_text(const struct cas_gemm_estimate *gemm, struct cas_buf *out);
cas_status cas_gemm_json(const struct cas_gemm_estimate *gemm, struct cas_buf *out, struct cas_err *err);

#endif
