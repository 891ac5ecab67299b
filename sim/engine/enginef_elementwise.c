/* Layers without weights in float32: sums and concatenations of maps, pooling. */
#include <math.h>
#include <string.h>

#include "engine/enginef_internal.h"

static size_t floats_of(const struct cas_shape *shape)
{
	return (size_t)shape->h * (size_t)shape->w * (size_t)shape->c;
}

/* Sum over one window, and its maximum; outside of the map there is nothing. */
static void read_window(const struct cas_layer *layer, const float *in, int y, int x, int c, float *sum,
	float *top)
{
	*sum = 0;
	*top = -INFINITY;
	for (int ky = 0; ky < layer->k_h; ky++)
		for (int kx = 0; kx < layer->k_w; kx++) {
			int iy = y * layer->stride + ky - layer->pad, ix = x * layer->stride + kx - layer->pad;
			float value;

			if (iy < 0 || iy >= layer->in.h || ix < 0 || ix >= layer->in.w)
				continue;
			value = in[((size_t)iy * (size_t)layer->in.w + (size_t)ix) * (size_t)layer->in.c + (size_t)c];
			*sum += value;
			*top = value > *top ? value : *top;
		}
}

static void run_pool(const struct cas_layer *layer, const float *in, float *out)
{
	for (int y = 0; y < layer->out.h; y++)
		for (int x = 0; x < layer->out.w; x++)
			for (int c = 0; c < layer->out.c; c++) {
				float sum, top;

				read_window(layer, in, y, x, c, &sum, &top);
				*out++ = layer->pool == CAS_POOL_MAX ? top : sum / (float)(layer->k_h * layer->k_w);
			}
}

static void run_add(const struct cas_layer *layer, const float *const in[2], float *out)
{
	size_t count = floats_of(&layer->out);

	for (size_t i = 0; i < count; i++) {
		float sum = in[0][i] + in[1][i];

		out[i] = layer->relu && !(sum > 0) ? 0 : sum;
	}
}

void cas_enginef_run_elementwise(struct cas_workerf *w, int index, const float *const in[2],
	const struct cas_tap *tap)
{
	const struct cas_layer *layer = w->engine->layer[index].layer;
	float *out = w->result[index];
	size_t first = floats_of(&layer->in), count = floats_of(&layer->out);

	if (layer->kind == CAS_POOL) {
		run_pool(layer, in[0], out);
	} else if (layer->kind == CAS_ADD) {
		run_add(layer, in, out);
	} else {
		memcpy(out, in[0], first * sizeof *out);
		memcpy(out + first, in[1], (count - first) * sizeof *out);
	}
	cas_tap_call(tap, index, CAS_TAP_RESULT, 0, out, count);
}
