/* Accesses and operations of one step, by unrolling it.  Definitions: docs/energy.md section 3. */
#ifndef CAS_COST_TRAFFIC_H
#define CAS_COST_TRAFFIC_H

#include "cost/cost.h"

/* Widths of PE registers, bits: sign, 8-bit magnitude (or code) and valid; sign and magnitude. */
enum { CAS_ACTIVATION_BITS = 10, CAS_WEIGHT_BITS = 9 };

struct cas_traffic cas_traffic_of(const struct cas_program *program, size_t index,
	const struct cas_accel *accel);

/* Port words of a step that its cycles cannot fall below: stationary words through the weight port;
 * words through the votes port. */
struct cas_port_words {
	uint64_t weight, votes;
};
struct cas_port_words cas_port_words_of(const struct cas_step *step,
	const struct cas_traffic *traffic);

#endif
