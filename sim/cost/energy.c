#include "cost/energy.h"

static const char *const component_names[CAS_COMPONENTS] = {
	"multipliers", "adders", "registers", "accumulators", "data_buffer", "weight_buffer",
	"votes_buffer", "logits_buffer", "coupling_buffer", "v_buffer", "dram", "requantise", "squash",
	"softmax", "static",
};

const char *cas_component_name(enum cas_component component)
{
	return component_names[component];
}

enum cas_component cas_component_of(enum cas_buffer buffer)
{
	return (enum cas_component)((int)CAS_E_DATA + (int)buffer);
}

/* Smallest power of two that is >= both sides of the array: the width of a window (A5). */
static int window_bytes(const struct cas_accel *accel)
{
	int width = 1;

	while (width < accel->rows || width < accel->cols)
		width *= 2;
	return width;
}

static uint64_t accumulator_bytes(const struct cas_accel *accel)
{
	return (uint64_t)accel->accumulator_depth * (((uint64_t)accel->numerics.acc_bits + 7) / 8);
}

/* PEs leak by area: what a PE has besides its multiplier, and all multipliers installed. */
static double array_leakage_mw(const struct cas_accel *accel, const struct cas_technology *tech,
	const struct cas_mul_cost *mul)
{
	double multipliers_um2 = mul && mul->static_area_um2 > 0 ? mul->static_area_um2 :
		tech->exact_multiplier_um2.value;
	double pe_um2 = tech->pe_um2.value - tech->exact_multiplier_um2.value + multipliers_um2;

	return accel->rows * accel->cols * pe_um2 * 1e-6 * tech->logic_leakage_mw_per_mm2.value;
}

struct cas_energy_plan cas_energy_plan_of(const struct cas_accel *accel,
	const struct cas_technology *tech, const struct cas_mul_cost *mul)
{
	struct cas_energy_plan plan = {.tech = tech, .clock_mhz = accel->clock_mhz};
	int width = window_bytes(accel);

	plan.psum_add_pj = cas_add_pj(tech, accel->numerics.psum_bits);
	plan.accumulator_add_pj = cas_add_pj(tech, accel->numerics.acc_bits);
	plan.bias_add_pj = tech->add_32bit_pj.value;
	plan.static_mw = tech->dram_background_mw.value + array_leakage_mw(accel, tech, mul);
	for (int b = 0; b < CAS_BUFFERS; b++) {
		plan.buffer[b] = cas_sram_cost(tech, cas_buffer_bytes(accel, (enum cas_buffer)b), width);
		plan.static_mw += plan.buffer[b].leakage_mw;
	}
	plan.accumulator = cas_sram_cost(tech, accumulator_bytes(accel),
		(accel->numerics.acc_bits + 7) / 8);
	plan.accumulator.leakage_mw *= accel->cols;
	plan.static_mw += plan.accumulator.leakage_mw;
	return plan;
}

static double access_pj(const struct cas_sram_cost *sram, const struct cas_access *a)
{
	return sram->read_pj_per_byte * (double)a->read_bytes +
		sram->write_pj_per_byte * (double)a->write_bytes;
}

/* Squaring and its addition, a 16x8-bit coefficient product (two 8x8), and a root for each capsule. */
static double squash_pj(const struct cas_energy_plan *plan, const struct cas_traffic *t, double ratio)
{
	const struct cas_technology *tech = plan->tech;
	double element = 2 * tech->multiply_8bit_pj.value + tech->add_32bit_pj.value;

	return (double)t->squash_products * tech->multiply_8bit_pj.value * ratio +
		(double)t->squash_elements * element + (double)t->squash_capsules * tech->sqrt_pj.value;
}

/* Maximum, exponential, sum, division. */
static double softmax_pj(const struct cas_technology *tech, const struct cas_traffic *t)
{
	return (double)t->softmax_elements * (tech->add_8bit_pj.value + tech->exp_pj.value +
		tech->add_32bit_pj.value + tech->divide_pj.value);
}

struct cas_energy cas_energy_of(const struct cas_energy_plan *plan, const struct cas_traffic *traffic,
	double array_ratio, double squash_ratio, uint64_t cycles)
{
	const struct cas_technology *tech = plan->tech;
	struct cas_energy e = {{0}, 0};

	e.component_pj[CAS_E_MULTIPLIERS] = (double)traffic->products * tech->multiply_8bit_pj.value *
		array_ratio;
	e.component_pj[CAS_E_ADDERS] = (double)traffic->products * plan->psum_add_pj +
		(double)traffic->accumulates * plan->accumulator_add_pj;
	e.component_pj[CAS_E_REGISTERS] = (double)traffic->register_bits * tech->register_bit_pj.value;
	e.component_pj[CAS_E_ACCUMULATORS] = access_pj(&plan->accumulator, &traffic->accumulator);
	for (int b = 0; b < CAS_BUFFERS; b++)
		e.component_pj[cas_component_of((enum cas_buffer)b)] =
			access_pj(&plan->buffer[b], &traffic->buffer[b]);
	e.component_pj[CAS_E_DRAM] = 8 * tech->dram_bit_pj.value *
		(double)(traffic->dram_read_bytes + traffic->dram_write_bytes);
	/* a 32x16-bit product is half an array of 32x32, an 8x16-bit one two of 8x8 */
	e.component_pj[CAS_E_REQUANTISE] = (double)traffic->requantised *
		(plan->bias_add_pj + tech->multiply_32bit_pj.value / 2) +
		(double)traffic->rescaled * (plan->bias_add_pj + 2 * tech->multiply_8bit_pj.value);
	e.component_pj[CAS_E_SQUASH] = squash_pj(plan, traffic, squash_ratio);
	e.component_pj[CAS_E_SOFTMAX] = softmax_pj(tech, traffic);
	/* mW x us = 1000 pJ */
	e.component_pj[CAS_E_STATIC] = plan->static_mw * (double)cycles / plan->clock_mhz * 1000;
	for (int i = 0; i < CAS_COMPONENTS; i++)
		e.total_pj += e.component_pj[i];
	return e;
}
