/* Arithmetic operations of one inference by kind, counted by definition (docs/networks.md, Counts), as
 * ReD-CaNe's Table I lists them: what has to be computed, however it is computed.
 */
#ifndef CAS_MODEL_NETWORK_OPS_H
#define CAS_MODEL_NETWORK_OPS_H

#include <stdint.h>

#include "model/network.h"

struct cas_ops {
	uint64_t multiply, add, divide, exp, sqrt;
};

/* `layer` as cas_network_shape left it; iterations > 0 stands in for the layer's own. */
struct cas_ops cas_layer_ops(const struct cas_layer *layer, int iterations);
struct cas_ops cas_network_ops(const struct cas_network *net, int iterations);

#endif
