/* Energy from counts.  Definitions: docs/energy.md. */
#ifndef CAS_COST_ENERGY_H
#define CAS_COST_ENERGY_H

#include "cost/cost.h"

/* Energies that depend on sizes, worked out once. */
struct cas_energy_plan {
	const struct cas_technology *tech;
	struct cas_sram_cost buffer[CAS_BUFFERS];
	struct cas_sram_cost accumulator; /* of one column; leakage of all columns */
	double psum_add_pj, accumulator_add_pj, bias_add_pj;
	double static_mw;
	double clock_mhz;
};

/* mul may be NULL: one exact multiplier a PE. */
struct cas_energy_plan cas_energy_plan_of(const struct cas_accel *accel,
	const struct cas_technology *tech, const struct cas_mul_cost *mul);

/* Energy of a step's events and of `cycles` cycles of static power.  Ratios: power of the multiplier
 * that forms `products` (array_ratio), and of the one that squares in the squash (squash_ratio). */
struct cas_energy cas_energy_of(const struct cas_energy_plan *plan, const struct cas_traffic *traffic,
	double array_ratio, double squash_ratio, uint64_t cycles);

#endif
