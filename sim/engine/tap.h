/* Taps: a callback on the named tensors of a running inference.  Studies observe (and, in the float
 * engine, change) values through it; the engines know nothing of studies. */
#ifndef CAS_ENGINE_TAP_H
#define CAS_ENGINE_TAP_H

#include <stddef.h>

enum cas_tap_tensor {
	CAS_TAP_SUMS,     /* outputs of a convolution, fully connected layer or vote product, before activation:
	                      * float in the float engine; the 8-bit engine gives P, int32
	                      * (where P can leave 32 bits, the nearest number that does not) */
	CAS_TAP_PRE,      /* before a squash (every routing iteration): float, or s8 codes */
	CAS_TAP_RESULT,   /* of the layer: float, or codes as the layer's format says */
	CAS_TAP_VOTES,    /* [positions][caps][classes][dim]: float, or s8 codes */
	CAS_TAP_COUPLING, /* [caps][classes] of an iteration: float, or u8 codes */
	CAS_TAP_V,        /* [classes][dim] of an iteration: float, or s8 codes */
	CAS_TAP_LOGITS,   /* [caps][classes] after an update: float, or s8 codes */
	CAS_TAP_TENSORS
};

struct cas_tap_event {
	int layer;               /* index in the network */
	enum cas_tap_tensor tensor;
	int iter;                /* routing iteration from 0; 0 elsewhere */
	int position;            /* convcaps3d, tensors of an iteration: which position routes; else 0 */
	void *data;              /* valid during the call; the float engine goes on with what it finds there */
	size_t count;            /* elements */
};

typedef void cas_tap_fn(void *ctx, const struct cas_tap_event *event);

struct cas_tap {
	cas_tap_fn *fn; /* NULL: no tap */
	void *ctx;
};

static inline void cas_tap_call_at(const struct cas_tap *tap, int layer, enum cas_tap_tensor tensor,
	int iter, int position, void *data, size_t count)
{
	if (tap && tap->fn)
		tap->fn(tap->ctx, &(struct cas_tap_event){layer, tensor, iter, position, data, count});
}

static inline void cas_tap_call(const struct cas_tap *tap, int layer, enum cas_tap_tensor tensor,
	int iter, void *data, size_t count)
{
	cas_tap_call_at(tap, layer, tensor, iter, 0, data, count);
}

#endif
