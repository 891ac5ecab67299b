/* Writing network.yaml. */
#ifndef CAS_MODEL_NETWORK_SAVE_H
#define CAS_MODEL_NETWORK_SAVE_H

#include "base/mem.h"
#include "model/network.h"

/* Append the network.yaml of `net` (shapes derived): int8 with its scales (as many digits as a
 * double needs, so that they read back equal) if net->quantized, else float32 in native capsule
 * order.  `weights_file`: the name of the safetensors file, relative to network.yaml. */
void cas_network_write(const struct cas_network *net, const char *weights_file,
	struct cas_buf *buf);

#endif
