/* A genotype as a network that can be run: the second reading of a NASCaps genotype (the first is
 * cost/nascaps.h, the released estimator's).  docs/nascaps.md says where the two differ.
 */
#ifndef CAS_MODEL_GENOTYPE_NETWORK_H
#define CAS_MODEL_GENOTYPE_NETWORK_H

#include <stddef.h>

#include "model/genotype.h"
#include "model/network.h"

/* What a network is called that is made of the genotype `file`: *name is the file without its folder, of which
 * the bytes returned count, without ".json". */
size_t cas_genotype_name(const char *file, const char **name);

/* Fill `net` (float32, without weights, shapes derived): type 0 becomes a conv2d with ReLU, type 1 a
 * convcaps2d, type 2 a cell of DeepCaps (the cell before the class layer with ConvCaps3D as its skip);
 * all with padding (kernel - 1) / 2.  The last row is the class capsules over all capsules there are;
 * the skip position s adds those that enter row s.  Capsules and classes route `CAS_GENOTYPE_ITERS` times.
 * Errors: CAS_INPUT, `file: row R: ...` with both shapes where rows do not fit one another; after capsules
 * the number of kinds and the elements must be the same, not their product.  The last row may not be of
 * type 0, and there are 2..25 rows. */
enum { CAS_GENOTYPE_ITERS = 3 };
cas_status cas_genotype_network(struct cas_network *net, const struct cas_genotype *genotype,
	const char *file, struct cas_err *err);

#endif
