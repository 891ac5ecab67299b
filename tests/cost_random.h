/* Random small networks and accelerators for property tests of the program and of the cost model. */
#ifndef TESTS_COST_RANDOM_H
#define TESTS_COST_RANDOM_H

#include "base/rng.h"
#include "cost_networks.h"

static inline int pick(struct cas_rng *rng, int low, int high)
{
	return low + (int)cas_rng_below(rng, (uint64_t)(high - low + 1));
}

/* One to two convolutions, perhaps a pool, then capsules, perhaps a block of them, or a fully connected
 * layer.  (One draw a statement: the order in
 * which a call's arguments are evaluated is the compiler's.) */
static inline void random_network(struct cas_rng *rng, struct cas_network *net)
{
	int a = pick(rng, 5, 14), b = pick(rng, 5, 14), c = pick(rng, 1, 3), k, d;

	start_network(net, a, b, c);
	if (pick(rng, 0, 1)) {
		a = pick(rng, 1, 3);
		b = pick(rng, 1, 3);
		k = pick(rng, 1, 2);
		d = pick(rng, 0, 1);
		c = pick(rng, 1, 40);
		add_conv(net, "A", a, b, k, d, c);
		if (pick(rng, 0, 3) == 0)
			add_pool(net, "M", pick(rng, 1, 2));
	}
	k = pick(rng, 1, 3);
	if (net->layers) {
		const struct cas_shape *map = &net->layer[net->layers - 1].out;

		k = k < map->h ? k : map->h;
		k = k < map->w ? k : map->w;
	}
	if (pick(rng, 0, 3) == 0) {
		add_conv(net, "B", k, k, 1, 0, pick(rng, 1, 20));
		add_fc(net, "F", pick(rng, 1, 30));
		return;
	}
	a = pick(rng, 1, 2);
	b = pick(rng, 1, 5);
	c = pick(rng, 1, 9);
	add_primary(net, "P", k, a, b, c);
	if (pick(rng, 0, 2) == 0)
		add_block(net);
	a = pick(rng, 1, 12);
	b = pick(rng, 1, 18);
	c = pick(rng, 1, 4);
	add_class(net, "C", a, b, c);
	if (pick(rng, 0, 3) == 0)
		add_fc(net, "D", pick(rng, 1, 30));
}

/* Sides from 1 to `side`; buffers sometimes just large enough, DRAM sometimes slow. */
static inline struct cas_accel random_accelerator(struct cas_rng *rng, int side)
{
	int rows = pick(rng, 1, side), cols = pick(rng, 1, side), tile = rows * cols;
	struct cas_accel a = accelerator(rows, cols);

	a.accumulator_depth = pick(rng, 0, 2) ? 512 : pick(rng, 1, 40);
	if (pick(rng, 0, 1)) {
		a.buffers.weight_bytes = (uint64_t)(tile * pick(rng, 1, 6));
		a.buffers.weight_bytes += (uint64_t)pick(rng, 0, 9);
	}
	if (a.buffers.weight_bytes < (uint64_t)tile)
		a.buffers.weight_bytes = (uint64_t)tile;
	a.buffers.votes_bytes = 16 << 20;
	a.buffers.logits_bytes = a.buffers.coupling_bytes = 1 << 20;
	if (pick(rng, 0, 3) == 0)
		a.buffers.data_bytes = (uint64_t)pick(rng, 200, 6000);
	a.dram_beat_bytes = pick(rng, 1, a.cols);
	a.dram_cycles_per_beat = pick(rng, 1, 4);
	a.dram_latency_cycles = pick(rng, 0, 1) ? pick(rng, 0, 4) : pick(rng, 0, 200);
	a.squash_lanes = pick(rng, 1, 8);
	a.skip_first_softmax = pick(rng, 0, 1);
	a.input_as_patches = pick(rng, 0, 1);
	return a;
}

#endif
