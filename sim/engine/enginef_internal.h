/* Inside of the float engine, shared by enginef*.c only. */
#ifndef CAS_ENGINE_ENGINEF_INTERNAL_H
#define CAS_ENGINE_ENGINEF_INTERNAL_H

#include "engine/enginef.h"

struct layerf {
	const struct cas_layer *layer;
	float *w, *b; /* [k][n], [n] (b NULL: none); owned */
	int k, n, m;
};

struct cas_enginef {
	const struct cas_network *net;
	int iterations, layers;
	struct layerf layer[CAS_MAX_LAYERS];
	size_t patch_floats, votes_floats, logits_floats, v_floats;
};

struct cas_workerf {
	const struct cas_enginef *engine;
	float *input, *patches, *votes, *logits, *coupling, *v;
	float *result[CAS_MAX_LAYERS];
};

/* v = |s|^2 / (1 + |s|^2) s / |s|, in place. */
void cas_enginef_squash(float *s, size_t dim);

/* a [m][k] times the layer's weights [k][n], plus its bias. */
void cas_enginef_product(const struct layerf *plan, const float *a, int m, float *out);

/* One row [k_h][k_w][channels] of patches for each output position and each of `types` slices of the
 * input's channels (types x channels of them); zero outside the map. */
void cas_enginef_patches(const struct cas_layer *layer, int types, const float *in, float *patches);

/* Votes and dynamic routing: classcaps, convcaps3d. */
void cas_enginef_run_routing(struct cas_workerf *worker, int index, const float *in,
	const struct cas_tap *tap);

/* add, concat, pool. */
void cas_enginef_run_elementwise(struct cas_workerf *worker, int index, const float *const in[2],
	const struct cas_tap *tap);

#endif
