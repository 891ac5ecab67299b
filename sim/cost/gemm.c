#include "cost/cost.h"
#include "cost/timing.h"

enum { MOST = 1 << 24 };

/* DRAM that is never late: a word a cycle without latency, and room for four passes, so that a burst has been
 * requested three loads before its own. */
static struct cas_accel weights_in_time(const struct cas_accel *accel)
{
	struct cas_accel a = *accel;

	a.dram_beat_bytes = a.cols;
	a.dram_cycles_per_beat = 1;
	a.dram_latency_cycles = 0;
	a.buffers.weight_bytes = 4 * (uint64_t)a.rows * (uint64_t)a.cols;
	return a;
}

static cas_status check_sizes(uint64_t m, uint64_t k, uint64_t n, struct cas_err *err)
{
	if (m < 1 || k < 1 || n < 1 || m > MOST || k > MOST || n > MOST ||
	    m * k > ((uint64_t)1 << 62) / n)
		return cas_err_set(err, CAS_INPUT, "a product of %llux%llux%llu: each size must be 1..%d and "
			"their product at most 2^62", (unsigned long long)m, (unsigned long long)k,
			(unsigned long long)n, MOST);
	return CAS_OK;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

cas_status cas_cost_gemm(struct cas_gemm_cost *cost, uint64_t m, uint64_t k, uint64_t n,
	const struct cas_accel *accel, struct cas_err *err)
{
	struct cas_accel a = weights_in_time(accel);
	struct cas_step step = {.kind = CAS_STEP_CONV, .k_groups = 1, .k_per_group = (int)k, .n = (int)n,
		.m = m, .macs = m * k * n};
	struct cas_program program = {.rows = a.rows, .cols = a.cols, .depth = a.accumulator_depth,
		.steps = 1, .step = &step};
	uint64_t pes = (uint64_t)a.rows * (uint64_t)a.cols;
	uint64_t depth = (uint64_t)a.accumulator_depth, cols = (uint64_t)a.cols, words;
	struct cas_timing timing;
	cas_status status = check_sizes(m, k, n, err);

	if (status)
		return status;
	status = cas_timing_run(&timing, &program, &a, 0, err);
	if (status)
		return status;
	words = k * ((n + cols - 1) / cols) * ((m + depth - 1) / depth);
	*cost = (struct cas_gemm_cost){.macs = step.macs, .cycles = timing.cycles,
		.bound_cycles = max_u64((step.macs + pes - 1) / pes, words)};
	cost->utilization = (double)cost->macs / ((double)pes * (double)cost->cycles);
	cas_timing_clear(&timing);
	return CAS_OK;
}
