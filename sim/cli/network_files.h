/* A network's folder: network.yaml and weights.safetensors. */
#ifndef CAS_CLI_NETWORK_FILES_H
#define CAS_CLI_NETWORK_FILES_H

#include "base/status.h"
#include "model/network.h"

/* Write an 8-bit network to `folder`, which is made if need be; network.yaml comes last, so that a
 * folder that has one is complete.  Errors: CAS_ENV, CAS_INPUT as io/outfile.h. */
cas_status cas_network_files_write(const struct cas_network *net, const char *folder,
	struct cas_err *err);

#endif
