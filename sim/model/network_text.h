/* network.yaml without the weights.  Internal to model/network_load.c. */
#ifndef CAS_MODEL_NETWORK_TEXT_H
#define CAS_MODEL_NETWORK_TEXT_H

#include "io/schema.h"
#include "model/network.h"

enum cas_capsule_order { CAS_ORDER_BY_FORMAT, CAS_ORDER_TYPE_Y_X, CAS_ORDER_Y_X_TYPE };

/* What the file says besides the network itself. */
struct cas_network_text {
	struct cas_network net;
	enum cas_capsule_order order;       /* never BY_FORMAT once read */
	char weights[CAS_PATH_BYTES];       /* path of the file */
	const struct cas_yaml_node *layers; /* into the document while it is read; NULL afterwards */
};

/* Read a document whose name is its file's path; shapes are derived.
 * Errors: as cas_network_load, without those of tensors. */
cas_status cas_network_text_parse(struct cas_network_text *out, const struct cas_yaml *doc,
	struct cas_err *err);

#endif
