#include "model/network_ops.h"

#include "model/network_shape.h"

static uint64_t elements(const struct cas_shape *shape)
{
	return (uint64_t)shape->h * (uint64_t)shape->w * (uint64_t)shape->c;
}

/* v = (n / (1 + n)) (s (1 / sqrt n)), n = |s|^2: D squares and 2 D scalings, D sums with the 1, two
 * divisions and a root. */
static void add_squashes(struct cas_ops *ops, uint64_t capsules, uint64_t dim)
{
	ops->multiply += 3 * capsules * dim;
	ops->add += capsules * dim;
	ops->divide += 2 * capsules;
	ops->sqrt += capsules;
}

/* Of J logits: J exponentials, their sum, J divisions.  (The first one of a routing is counted too.) */
static void add_softmaxes(struct cas_ops *ops, uint64_t logits)
{
	ops->exp += logits;
	ops->add += logits;
	ops->divide += logits;
}

static void add_routing(struct cas_ops *ops, const struct cas_layer *layer, uint64_t iterations)
{
	const struct cas_routing_shape *r = &layer->routing;
	uint64_t positions = (uint64_t)r->positions, classes = (uint64_t)r->classes;

	add_softmaxes(ops, iterations * positions * (uint64_t)r->caps * classes);
	add_squashes(ops, iterations * positions * classes, (uint64_t)r->dim);
}

struct cas_ops cas_layer_ops(const struct cas_layer *layer, int iterations)
{
	struct cas_layer_macs macs = cas_layer_macs_of(layer);
	uint64_t iters = (uint64_t)(iterations > 0 ? iterations : layer->iters), out = elements(&layer->out);
	struct cas_ops ops = {.multiply = macs.main, .add = macs.main};

	if (cas_layer_routes(layer)) {
		ops.multiply += iters * macs.sum + (iters - 1) * macs.update;
		ops.add = ops.multiply;
		add_routing(&ops, layer, iters);
	} else if (cas_layer_squashes(layer)) {
		add_squashes(&ops, (uint64_t)layer->out.caps, (uint64_t)layer->dim);
	} else if (layer->kind == CAS_ADD) {
		ops.add = out;
	} else if (layer->kind == CAS_POOL && layer->pool == CAS_POOL_AVERAGE) {
		ops.add = out * (uint64_t)layer->k_h * (uint64_t)layer->k_w;
		ops.divide = out;
	}
	return ops;
}

struct cas_ops cas_network_ops(const struct cas_network *net, int iterations)
{
	struct cas_ops total = {0};

	for (int l = 0; l < net->layers; l++) {
		struct cas_ops ops = cas_layer_ops(&net->layer[l], iterations);

		total.multiply += ops.multiply;
		total.add += ops.add;
		total.divide += ops.divide;
		total.exp += ops.exp;
		total.sqrt += ops.sqrt;
	}
	return total;
}
