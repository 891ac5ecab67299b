/* Equations of the two variants; docs/nascaps.md section 3. */
#include "cost/nascaps.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

enum { MAX_SIDE_PES = 4096, MAX_STAGES = 64, WORD_BITS = 128, VALUE_BITS = 8 };

struct cas_nascaps_params cas_nascaps_params_default(void)
{
	return (struct cas_nascaps_params){
		.rows = 16,
		.cols = 16,
		.stages = 1,
		.period_ns = 3.0,
		.pe_mw = 0.4815,
		.mem_cell_mw = 0.2303,
		.access_pj = 16.6414, /* CACTI 7: read of 16 bytes, 64 KiB, 45 nm, itrs-lop */
	};
}

static int usable(double value)
{
	return isfinite(value) && value >= 0.0;
}

static cas_status check_params(const struct cas_nascaps_params *params, struct cas_err *err)
{
	if (params->rows < 1 || params->rows > MAX_SIDE_PES || params->cols < 1 ||
	    params->cols > MAX_SIDE_PES)
		return cas_err_set(err, CAS_INPUT,
			"NASCaps model: an array of %dx%d is outside 1..%d rows and columns",
			params->rows, params->cols, (int)MAX_SIDE_PES);
	if (params->stages < 1 || params->stages > MAX_STAGES)
		return cas_err_set(err, CAS_INPUT,
			"NASCaps model: %d is outside 1..%d pipeline stages",
			params->stages, (int)MAX_STAGES);
	if (!usable(params->period_ns) || params->period_ns <= 0.0)
		return cas_err_set(err, CAS_INPUT,
			"NASCaps model: a clock period of %g ns, expected more than 0",
			params->period_ns);
	if (!usable(params->pe_mw) || !usable(params->mem_cell_mw) || !usable(params->access_pj))
		return cas_err_set(err, CAS_INPUT,
			"NASCaps model: powers of %g and %g mW and an access of %g pJ, expected none below 0",
			params->pe_mw, params->mem_cell_mw, params->access_pj);
	return CAS_OK;
}

/* `*value = *value * factor + addend`; 0 if that exceeds 64 bits. */
static int mul_add(uint64_t *value, uint64_t factor, uint64_t addend)
{
	return !__builtin_mul_overflow(*value, factor, value) &&
		!__builtin_add_overflow(*value, addend, value);
}

/* Size of the kernel that Table 1 counts with.  For a class layer the paper prints the input map;
 * the released program takes the kernel, which genotypes do not always keep equal to it. */
static int kernel_size(uint64_t *out, const struct cas_nascaps_op *op, enum cas_nascaps_variant variant)
{
	if (op->type == CAS_NASCAPS_CLASS && variant == CAS_NASCAPS_PAPER) {
		*out = (uint64_t)op->h_in;
		return mul_add(out, (uint64_t)op->w_in, 0);
	}
	*out = (uint64_t)op->k_h;
	return mul_add(out, (uint64_t)op->k_w, 0) &&
		(op->type != CAS_NASCAPS_CAPS3D || mul_add(out, (uint64_t)op->k_h, 0));
}

/* Table 1: weights, sums_per_out, data_per_weight. */
static int table_1(struct cas_nascaps_cost *out, const struct cas_nascaps_op *op,
	enum cas_nascaps_variant variant)
{
	uint64_t ch_in = (uint64_t)op->ch_in, caps_in = (uint64_t)op->caps_in;
	uint64_t ch_out = (uint64_t)op->ch_out, caps_out = (uint64_t)op->caps_out, kernel;

	if (!kernel_size(&kernel, op, variant))
		return 0;
	out->data_per_weight = 1;
	out->weights = out->sums_per_out = kernel;
	if (op->type == CAS_NASCAPS_SUM || op->type == CAS_NASCAPS_UPDATE) {
		out->sums_per_out = caps_in;
		return mul_add(&out->weights, ch_in, 0) && mul_add(&out->weights, ch_out, 0);
	}
	if (!mul_add(&out->weights, ch_in, 1) || !mul_add(&out->weights, ch_out, 0) ||
	    !mul_add(&out->weights, caps_out, 0) || !mul_add(&out->weights, caps_in, 0))
		return 0;
	if (!mul_add(&out->sums_per_out, 1, 1) || !mul_add(&out->sums_per_out, ch_in, 0) ||
	    !mul_add(&out->sums_per_out, caps_in, 0))
		return 0;
	if (op->type == CAS_NASCAPS_CLASS)
		return 1;
	return mul_add(&out->data_per_weight, (uint64_t)op->h_out, 0) &&
		mul_add(&out->data_per_weight, (uint64_t)op->w_out, 0) &&
		mul_add(&out->data_per_weight, ch_in, 0) &&
		mul_add(&out->data_per_weight, caps_in, 0);
}

/* Equations (2) to (4). */
static int count_cycles(struct cas_nascaps_cost *out, const struct cas_nascaps_params *params,
	enum cas_nascaps_variant variant)
{
	uint64_t rows = (uint64_t)params->rows, load_cycles = rows;
	uint64_t group = out->sums_per_out < rows ? out->sums_per_out : rows;

	if (variant == CAS_NASCAPS_RELEASED)
		load_cycles += (uint64_t)params->stages - 1;
	group *= (uint64_t)params->cols;
	out->w_loads = out->weights / group + (out->weights % group != 0);
	out->cycles = out->w_loads;
	return mul_add(&out->cycles, load_cycles, out->data_per_weight);
}

/* max(sums_per_out - rows + 1, 1): partial sums that wait in a column, 15 = rows - 1 in (6). */
static uint64_t waiting(const struct cas_nascaps_cost *cost, const struct cas_nascaps_params *params)
{
	uint64_t rows = (uint64_t)params->rows;

	return cost->sums_per_out > rows ? cost->sums_per_out - rows + 1 : 1;
}

/* Released: the accumulators' power lasts as long as the operation.  The order of the products is
 * part of the result: it decides the last digit. */
static int energy_released(struct cas_nascaps_cost *cost, const struct cas_nascaps_params *params)
{
	double array_mw = params->pe_mw * params->rows * params->cols, power_mw;
	uint64_t cells = (uint64_t)params->cols;

	if (cost->data_per_weight != 1 && !mul_add(&cells, waiting(cost, params), 0))
		return 0;
	power_mw = array_mw + (double)cells * params->mem_cell_mw;
	cost->energy_mj = power_mw * (double)cost->cycles * (params->period_ns * 1e-9);
	return 1;
}

/* Equations (6) and (7), summed over operations. */
static int energy_paper(struct cas_nascaps_cost *cost, const struct cas_nascaps_params *params)
{
	uint64_t accesses = (uint64_t)params->cols, words;
	uint64_t per_column = cost->data_per_weight == 1 ? (uint64_t)params->rows : waiting(cost, params);

	if (!mul_add(&accesses, per_column, 0))
		return 0;
	words = accesses;
	if (!mul_add(&words, VALUE_BITS, WORD_BITS - 1))
		return 0;
	words /= WORD_BITS;
	cost->energy_mj = (double)words * params->access_pj * 1e-9 +
		cost->latency_s * params->pe_mw * params->rows * params->cols;
	return 1;
}

static double utilization(const struct cas_nascaps_cost *cost, const struct cas_nascaps_params *params)
{
	return (double)cost->macs / ((double)params->rows * params->cols * (double)cost->cycles);
}

cas_status cas_nascaps_cost_op(struct cas_nascaps_cost *out, const struct cas_nascaps_op *op,
	const struct cas_nascaps_params *params, enum cas_nascaps_variant variant,
	struct cas_err *err)
{
	cas_status status = check_params(params, err);
	int fits;

	*out = (struct cas_nascaps_cost){.macs = op->macs};
	if (status != CAS_OK)
		return status;
	fits = table_1(out, op, variant) && count_cycles(out, params, variant);
	if (fits) {
		out->latency_s = (double)out->cycles * (params->period_ns * 1e-9);
		out->latency_ms = out->latency_s * 1e3;
		out->memory_bytes = out->weights;
		out->utilization = utilization(out, params);
		fits = variant == CAS_NASCAPS_RELEASED ? energy_released(out, params) :
			energy_paper(out, params);
	}
	if (!fits)
		return cas_err_set(err, CAS_INPUT,
			"%s: a count of the NASCaps model exceeds 64 bits, expected a smaller layer",
			op->name);
	return CAS_OK;
}

/* Sums in order of execution, latency and energy as running sums of the operations' own values. */
static int add(struct cas_nascaps_cost *total, const struct cas_nascaps_cost *cost)
{
	total->latency_s += cost->latency_s;
	total->energy_mj += cost->energy_mj;
	return !__builtin_add_overflow(total->weights, cost->weights, &total->weights) &&
		!__builtin_add_overflow(total->w_loads, cost->w_loads, &total->w_loads) &&
		!__builtin_add_overflow(total->cycles, cost->cycles, &total->cycles) &&
		!__builtin_add_overflow(total->macs, cost->macs, &total->macs);
}

cas_status cas_nascaps_estimate(struct cas_nascaps_result *out, const struct cas_nascaps_ops *ops,
	const struct cas_nascaps_params *params, enum cas_nascaps_variant variant,
	struct cas_err *err)
{
	void *memory;
	cas_status status = cas_mem_new(&memory, (size_t)ops->count, sizeof *out->op, err);

	*out = (struct cas_nascaps_result){.variant = variant, .count = ops->count, .op = memory};
	for (int i = 0; i < ops->count && status == CAS_OK; i++) {
		status = cas_nascaps_cost_op(&out->op[i], &ops->op[i], params, variant, err);
		if (status == CAS_OK && !add(&out->total, &out->op[i]))
			status = cas_err_set(err, CAS_INPUT,
				"%s: the NASCaps model's totals up to here exceed 64 bits, expected a smaller network",
				ops->op[i].name);
		out->above_full += out->op[i].utilization > 1.0;
	}
	if (status != CAS_OK) {
		cas_nascaps_result_clear(out);
		return status;
	}
	out->total.latency_ms = out->total.latency_s * 1e3;
	out->total.memory_bytes = out->total.weights;
	if (out->total.cycles)
		out->total.utilization = utilization(&out->total, params);
	return CAS_OK;
}

void cas_nascaps_result_clear(struct cas_nascaps_result *result)
{
	free(result->op);
	*result = (struct cas_nascaps_result){0};
}

const char *cas_nascaps_variant_name(enum cas_nascaps_variant variant)
{
	return variant == CAS_NASCAPS_PAPER ? "paper" : "released";
}

const char *cas_nascaps_leaves_out(enum cas_nascaps_variant variant)
{
	if (variant == CAS_NASCAPS_PAPER)
		return "Search score, not cycles of the array: activations are streamed once a layer "
			"and not once a weight tile, memory is accessed once a layer and not over its run, and "
			"squash, softmax, buffers and DRAM are left out.";
	return "Search score, not cycles of the array: activations are streamed once a layer and not "
		"once a weight tile, accumulators draw power by the length of a sum, and squash, softmax, "
		"buffers and DRAM are left out.";
}

const char *cas_nascaps_type_name(enum cas_nascaps_type type)
{
	static const char *const name[CAS_NASCAPS_TYPES] = {"conv", "caps", "caps3d", "class", "sum",
		"update"};

	return name[type];
}
