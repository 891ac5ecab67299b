/* DeepCaps of full size with random weights: there is no trained one here, and time does not depend on what
 * a network has learnt, but for zeros.  Codes are uniform, so that few weights fit the kernels' short way. */
#include <math.h>
#include <stdlib.h>

#include "bench.h"
#include "base/rng.h"
#include "model/network_load.h"

enum { IMAGES = 4 };

static int8_t *random_codes(struct cas_rng *rng, size_t count)
{
	int8_t *w = bench_memory(count);

	for (size_t i = 0; i < count; i++)
		w[i] = (int8_t)((int)cas_rng_below(rng, 255) - 127);
	return w;
}

/* Scales that bring sums of `terms` products of uniform codes to codes of about 60. */
static double ratio_for(double terms)
{
	return 60 / (sqrt(terms) * 70 * 70);
}

static void draw_layer(const struct cas_network *net, struct cas_layer *l, struct cas_rng *rng)
{
	const struct cas_format *in = cas_network_format_of(net, l->input), unit = {CAS_S8, 1.0 / 128};
	size_t biases = cas_layer_has_bias(l) ? (size_t)l->out.c : 0;
	int terms = l->k_h * l->k_w * (l->kind == CAS_CONVCAPS3D ? l->routing.dim_in : l->in.c);

	l->result = l->relu ? (struct cas_format){CAS_U8, 1.0 / 255} : unit;
	if (!cas_layer_has_weights(l))
		return;
	l->w8 = random_codes(rng, (size_t)l->parameters - biases);
	if (biases)
		l->b32 = bench_memory(biases * sizeof *l->b32);
	l->weight_scale = ratio_for(l->kind == CAS_CLASSCAPS ? l->routing.dim_in : terms) * l->result.scale / in->scale;
	l->pre = l->votes = unit;
	l->logit_scale = 1.0 / 128;
}

static void free_weights(struct cas_network *net)
{
	for (int i = 0; i < net->layers; i++) {
		free((void *)(uintptr_t)net->layer[i].w8);
		free((void *)(uintptr_t)net->layer[i].b32);
	}
}

void bench_deepcaps_make(struct bench_set *set)
{
	struct cas_network *net = &set->net;
	struct cas_rng rng = cas_rng_init(1, 0);
	struct cas_err err;

	set->name = "deepcaps";
	if (cas_network_load(net, "models/deepcaps.yaml", CAS_NETWORK_SHAPES, &err))
		bench_fail(err.text);
	for (int i = 0; i < net->layers; i++)
		draw_layer(net, &net->layer[i], &rng);
	net->quantized = 1;
	net->release = free_weights;
	set->image_bytes = (size_t)(net->input.h * net->input.w * net->input.c);
	set->images.images = IMAGES;
	set->images.pixels = bench_memory(IMAGES * set->image_bytes);
	for (size_t i = 0; i < IMAGES * set->image_bytes; i++)
		set->images.pixels[i] = (uint8_t)cas_rng_below(&rng, 256);
}
