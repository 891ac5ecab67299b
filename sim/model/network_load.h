/* Reading a network: network.yaml and, beside it, weights.safetensors (docs/networks.md).
 *
 * A float32 file has PyTorch's layouts and is permuted into the native ones of model/network.h; an
 * 8-bit file has the native ones.  Either way the weights are copied, so that nothing depends on the
 * file once it is loaded.
 */
#ifndef CAS_MODEL_NETWORK_LOAD_H
#define CAS_MODEL_NETWORK_LOAD_H

#include "base/status.h"
#include "model/network.h"

enum cas_network_parts {
	CAS_NETWORK_SHAPES,  /* network.yaml alone: enough for the cost model */
	CAS_NETWORK_WEIGHTS, /* and the weights */
};

/* `path`: a folder that holds network.yaml, or the YAML file itself.  `out` is the caller's
 * (cas_network_clear), empty after an error.
 * Errors: CAS_INPUT: `file:line:column: key: ...` for the YAML, the layer and both shapes where
 * shapes do not fit, `weights file: tensor: ...` for a tensor that is missing, unused, of another
 * shape or type, or an 8-bit code of -128; CAS_ENV. */
cas_status cas_network_load(struct cas_network *out, const char *path,
	enum cas_network_parts parts, struct cas_err *err);

#endif
