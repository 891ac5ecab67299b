/* Counting a layer's multiplications by definition, apart by operation. */
#ifndef CAS_MODEL_NETWORK_SHAPE_H
#define CAS_MODEL_NETWORK_SHAPE_H

#include <stdint.h>

#include "model/accelerator.h"
#include "model/network.h"

/* MACs of one inference.  A convolution's count includes terms that meet padding, as the array
 * streams them.  layer->macs = main + iters * sum + (iters - 1) * update. */
struct cas_layer_macs {
	uint64_t main;   /* conv2d, primarycaps: h_out w_out c_out k_h k_w c_in; fc: in * out;
	                  * classcaps: the votes, caps_in dim_in classes dim; convcaps3d: the votes,
	                  * positions types_in k_h k_w dim_in types dim */
	uint64_t sum;    /* routing: one weighted sum, positions caps classes dim; else 0 */
	uint64_t update; /* routing: one logits update, the same number; else 0 */
};

/* `layer` as cas_network_shape left it. */
struct cas_layer_macs cas_layer_macs_of(const struct cas_layer *layer);

/* 1 if the layer multiplies in this operation group (docs/numerics.md section 2). */
int cas_layer_has_group(const struct cas_layer *layer, enum cas_group group);

#endif
