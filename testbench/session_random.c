/* Random sessions: small networks with everything that the RTL does, at sizes around the array's. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "model/mul_library.h"
#include "session_internal.h"

/* Sets of tables: exact first; 2HH and 2AC do not give 0 for 0 x 0.  Those of signed multipliers come last; the
 * very last is drawn, since the library's have no surprises at 0 x 0. */
enum { TABLE_SETS = 3, FIRST_SIGNED = RTL_TABLES - 2 };
static const char *const table_names[TABLE_SETS][RTL_TABLES - 1] = {
	{"1JFF", "2HH", "17KS", "JV3", "L40", "YX7", "EXACTS"},
	{"1JFF", "2AC", "125K", "14VP", "GS2", "PKY", "TRUNCS4"},
	{"1JFF", "2HH", "185Q", "12N4", "96D", "ZFB", "EXACTS"},
};

static int between(struct cas_rng *rng, int low, int high)
{
	return low + (int)cas_rng_below(rng, (uint64_t)(high - low + 1));
}

static int chance(struct cas_rng *rng, int percent)
{
	return between(rng, 0, 99) < percent;
}

/* log-uniform */
static double scale_between(struct cas_rng *rng, double low, double high)
{
	return low * pow(high / low, cas_rng_unit(rng));
}

/* A signed multiplier with errors anywhere, also beyond the exact products' range. */
static void draw_signed(struct cas_mul8u *mul, int set)
{
	struct cas_rng rng = cas_rng_init((uint64_t)set, 78);

	mul->is_signed = 1;
	for (uint32_t i = 0; i < CAS_MUL8U_PAIRS; i++)
		mul->product[i] = (uint16_t)(chance(&rng, 5) ? between(&rng, 0, UINT16_MAX) :
			cas_mul8s_exact_at(i) + between(&rng, -200, 200));
}

static cas_status load_tables(struct session *s, int set, struct cas_err *err)
{
	struct cas_mul_library lib = {0};
	cas_status status = cas_mul_library_open(".", &lib, err);

	for (int i = 0; i < RTL_TABLES && !status; i++) {
		void *memory;

		status = cas_mem_new(&memory, 1, sizeof *s->own->loaded[i], err);
		s->own->loaded[i] = status ? NULL : memory;
		if (!status && i == RTL_TABLES - 1)
			draw_signed(s->own->loaded[i], set);
		else if (!status)
			status = cas_mul_library_get(&lib, table_names[set][i], s->own->loaded[i], err);
		if (!status)
			s->own->slot[s->own->slots++] = s->own->loaded[i]->product;
	}
	cas_mul_library_close(&lib);
	return status;
}

static void draw_accel(struct session *s, struct cas_rng *rng, int rows, int cols, int table_set)
{
	static const int widths[] = {1, 2, 3, 4, 5, 7, 8, 16};
	struct cas_accel *a = &s->accel;
	int tile = rows * cols;

	*a = (struct cas_accel){.rows = rows, .cols = cols, .clock_mhz = 333, .squash_lanes = 4};
	a->accumulator_depth = chance(rng, 40) ? 512 : between(rng, 1, 40);
	a->buffers = (struct cas_buffer_sizes){.data_bytes = 1 << 18, .votes_bytes = 1 << 18,
		.logits_bytes = 1 << 14, .coupling_bytes = 1 << 14, .v_bytes = 1 << 12};
	a->buffers.weight_bytes = (uint64_t)(chance(rng, 50) ? between(rng, tile, 4 * tile) : 65536);
	do
		a->dram_beat_bytes = chance(rng, 40) ? cols : widths[between(rng, 0, 7)];
	while (a->dram_beat_bytes > cols);
	a->dram_cycles_per_beat = chance(rng, 60) ? 1 : between(rng, 2, 5);
	a->dram_latency_cycles = chance(rng, 30) ? between(rng, 1, 4) : between(rng, 1, 120);
	a->skip_first_softmax = chance(rng, 60);
	a->input_as_patches = chance(rng, 60);
	a->numerics = (struct cas_numerics){.mapping = (enum cas_mapping)between(rng, 0, CAS_MAPPINGS - 1),
		.psum_bits = chance(rng, 50) ? 25 : between(rng, 8, chance(rng, 80) ? 20 : 40),
		.acc_bits = chance(rng, 50) ? 32 : between(rng, 8, chance(rng, 80) ? 22 : 48),
		.overflow = chance(rng, 50) ? CAS_SATURATE : CAS_WRAP,
		.swap_operands = table_set / TABLE_SETS & 1, .zero_gating = table_set / TABLE_SETS >> 1 & 1,
		.requant = chance(rng, 25) ? CAS_REQUANT_SHIFT : CAS_REQUANT_MULTIPLIER};
}

static struct cas_layer *add_layer(struct cas_network *net, enum cas_layer_kind kind)
{
	struct cas_layer *l = &net->layer[net->layers];

	*l = (struct cas_layer){.kind = kind, .input = net->layers - 1};
	snprintf(l->name, sizeof l->name, "%s%d", cas_layer_kind_name(kind), net->layers);
	net->layers++;
	return l;
}

static void draw_window(struct cas_layer *l, struct cas_rng *rng)
{
	l->k_h = between(rng, 1, 4);
	l->k_w = chance(rng, 70) ? l->k_h : between(rng, 1, 5);
	l->stride = chance(rng, 60) ? 1 : between(rng, 2, 3);
	l->pad = chance(rng, 50) ? 0 : between(rng, 1, 2);
}

/* A block like DeepCaps's last behind layer x, the capsules it begins with: a convolution of them, plus
 * what ConvCaps3D makes of them, and perhaps both beside each other.  Both keep the map's sides. */
static void draw_block(struct cas_network *net, struct cas_rng *rng)
{
	int x = net->layers - 1, side = chance(rng, 60) ? 3 : 1;
	struct cas_layer *l;

	for (int i = 0; i < 2; i++) {
		l = add_layer(net, i ? CAS_CONVCAPS3D : CAS_PRIMARYCAPS);
		l->input = x;
		l->k_h = l->k_w = side;
		l->stride = l->no_bias = 1;
		l->pad = side / 2;
		l->types = net->layer[x].types;
		l->dim = net->layer[x].dim;
		l->iters = between(rng, 1, 3);
	}
	l = add_layer(net, CAS_ADD);
	l->input = x + 1;
	l->input2 = x + 2;
	l->relu = chance(rng, 20);
	if (chance(rng, 50))
		return;
	l = add_layer(net, CAS_CONCAT);
	l->input2 = x;
}

/* ConvCaps3D on its own: any kernel, other types and dimensions than it reads. */
static void draw_routed_map(struct cas_network *net, struct cas_rng *rng)
{
	struct cas_layer *l = add_layer(net, CAS_CONVCAPS3D);

	draw_window(l, rng);
	l->no_bias = 1;
	l->types = between(rng, 1, 6);
	l->dim = between(rng, 1, 10);
	l->iters = between(rng, 1, 3);
}

static void draw_pool(struct cas_network *net, struct cas_rng *rng)
{
	struct cas_layer *l = add_layer(net, CAS_POOL);

	draw_window(l, rng);
	l->pad = between(rng, 0, (l->k_h < l->k_w ? l->k_h : l->k_w) - 1);
	l->pool = chance(rng, 50) ? CAS_POOL_MAX : CAS_POOL_AVERAGE;
}

static void draw_layers(struct session *s, struct cas_rng *rng)
{
	struct cas_network *net = &s->net;
	struct cas_layer *l;
	int convs = between(rng, 0, 2), capsules = chance(rng, 65);

	net->input = (struct cas_shape){.h = between(rng, 4, 9), .w = between(rng, 4, 9), .c = between(rng, 1, 3)};
	net->input_format = (struct cas_format){CAS_U8, 1.0 / 255};
	if (!capsules && !convs)
		convs = 1;
	for (int i = 0; i < convs; i++) {
		l = add_layer(net, CAS_CONV2D);
		draw_window(l, rng);
		l->channels = between(rng, 1, 20);
		l->relu = chance(rng, 70);
	}
	if (convs && chance(rng, 40))
		draw_pool(net, rng);
	if (capsules) {
		l = add_layer(net, CAS_PRIMARYCAPS);
		draw_window(l, rng);
		l->types = between(rng, 1, 3);
		l->dim = between(rng, 1, 10);
		if (chance(rng, 30))
			draw_block(net, rng);
		else if (chance(rng, 40))
			draw_routed_map(net, rng);
		l = add_layer(net, CAS_CLASSCAPS);
		l->channels = chance(rng, 70) ? between(rng, 1, 10) : between(rng, 11, 24);
		l->dim = chance(rng, 70) ? between(rng, 1, 16) : between(rng, 17, 24);
		l->iters = between(rng, 1, 4);
	} else if (chance(rng, 50)) {
		l = add_layer(net, CAS_FC);
		l->channels = between(rng, 1, 40);
	}
	net->classes = net->layer[net->layers - 1].channels;
	net->quantized = 1;
	net->float_accuracy = -1;
}

static cas_status random_array(struct session *s, size_t count, size_t size, void **out, struct cas_err *err)
{
	cas_status status = cas_mem_new(out, count, size, err);

	if (!status)
		s->own->weights[s->own->weight_arrays++] = *out;
	return status;
}

static cas_status draw_weights(struct session *s, struct cas_layer *l, size_t outputs, struct cas_rng *rng,
	struct cas_err *err)
{
	size_t biases = cas_layer_has_bias(l) ? outputs : 0, count = (size_t)l->parameters - biases;
	void *memory;
	int8_t *w;
	int32_t *b;
	cas_status status = random_array(s, count, 1, &memory, err);

	if (status)
		return status;
	w = memory;
	for (size_t i = 0; i < count; i++)
		w[i] = (int8_t)(chance(rng, 8) ? 0 : between(rng, -127, 127));
	l->w8 = w;
	if (!biases)
		return CAS_OK;
	status = random_array(s, biases, sizeof *b, &memory, err);
	if (status)
		return status;
	b = memory;
	for (size_t i = 0; i < biases; i++)
		b[i] = between(rng, -30000, 30000);
	l->b32 = b;
	return CAS_OK;
}

/* Ratio that brings sums of k products of codes about a_typical and 64 into the middle of a code. */
static double ratio_for(struct cas_rng *rng, double k, double a_typical)
{
	return scale_between(rng, 15, 120) / (sqrt(k) * a_typical * 64);
}

/* The result of a layer without weights: a scale near those of its operands. */
static void draw_sum(struct session *s, struct cas_layer *l, struct cas_rng *rng)
{
	double a = cas_network_format_of(&s->net, l->input)->scale;
	double b = cas_network_format_of(&s->net, l->input2)->scale;

	l->result = (struct cas_format){l->relu ? CAS_U8 : CAS_S8, fmax(a, b) * scale_between(rng, 0.4, 2.5)};
}

static void draw_unweighted(struct session *s, struct cas_layer *l, struct cas_rng *rng)
{
	const struct cas_format *in = cas_network_format_of(&s->net, l->input);

	if (l->kind == CAS_POOL)
		l->result = (struct cas_format){in->sign, in->scale *
			(l->pool == CAS_POOL_MAX ? 1 : scale_between(rng, 0.3, 2))};
	else
		draw_sum(s, l, rng);
}

static cas_status draw_layer(struct session *s, struct cas_layer *l, struct cas_rng *rng, struct cas_err *err)
{
	const struct cas_format *in = cas_network_format_of(&s->net, l->input);
	double k = l->kind == CAS_FC ? (double)(l->in.h * l->in.w * l->in.c) : l->k_h * l->k_w * l->in.c;
	size_t outputs = (size_t)l->out.c;
	const struct cas_routing_shape *r = &l->routing;

	if (!cas_layer_has_weights(l)) {
		draw_unweighted(s, l, rng);
		return CAS_OK;
	}
	if (cas_layer_routes(l)) {
		double terms = l->kind == CAS_CLASSCAPS ? r->dim_in : r->dim_in * l->k_h * l->k_w;

		l->votes = (struct cas_format){CAS_S8, scale_between(rng, 0.005, 0.05)};
		l->weight_scale = ratio_for(rng, terms, 40) * l->votes.scale / in->scale;
		l->pre = (struct cas_format){CAS_S8,
			l->votes.scale / 256 / ratio_for(rng, r->caps, 256.0 / r->classes)};
		l->logit_scale = fmin(1, l->votes.scale / 128 / ratio_for(rng, l->dim, 50));
		l->result = (struct cas_format){CAS_S8, 1.0 / 128};
	} else {
		struct cas_format *sum = l->kind == CAS_PRIMARYCAPS ? &l->pre : &l->result;
		double ratio = ratio_for(rng, k, in->sign == CAS_U8 ? 100 : 60);

		*sum = (struct cas_format){l->relu ? CAS_U8 : CAS_S8, scale_between(rng, 0.002, 0.2)};
		l->weight_scale = ratio * sum->scale / in->scale;
		if (l->kind == CAS_PRIMARYCAPS)
			l->result = (struct cas_format){CAS_S8, 1.0 / 128};
	}
	return draw_weights(s, l, outputs, rng, err);
}

static cas_status draw_net(struct session *s, struct cas_rng *rng, struct cas_err *err)
{
	cas_status status;

	draw_layers(s, rng);
	status = cas_network_shape(&s->net, err);
	for (int i = 0; i < s->net.layers && !status; i++) {
		status = draw_layer(s, &s->net.layer[i], rng, err);
		for (int g = 0; g < CAS_GROUPS; g++) {
			int is_signed = s->accel.numerics.mapping == CAS_SIGNED;
			/* The squash unit takes either under `signed`. */
			int first = is_signed && (g != CAS_GROUP_SQUASH || chance(rng, 60)) ? FIRST_SIGNED : 0;
			int last = is_signed ? RTL_TABLES - 1 : FIRST_SIGNED - 1;

			s->own->tables.table[i][g] = s->own->slot[between(rng, first, last)];
		}
	}
	return status;
}

cas_status session_open_random(struct session **out, uint64_t seed, int rows, int cols, int table_set,
	struct cas_err *err)
{
	struct cas_rng rng = cas_rng_init(seed, 77);
	struct session *s;
	size_t pixels;
	void *memory;
	cas_status status = session_new(&s, err);

	if (status)
		return status;
	draw_accel(s, &rng, rows, cols, table_set);
	status = load_tables(s, table_set % TABLE_SETS, err);
	if (!status)
		status = draw_net(s, &rng, err);
	if (!status)
		status = session_prepare(s, NULL, err);
	pixels = (size_t)(s->net.input.h * s->net.input.w * s->net.input.c);
	if (!status)
		status = cas_mem_new(&memory, pixels, 1, err);
	if (status) {
		session_close(s);
		return status;
	}
	s->pixels = memory;
	s->images = 1;
	for (size_t i = 0; i < pixels; i++)
		s->pixels[i] = (uint8_t)(chance(&rng, 20) ? 0 : between(&rng, 0, 255));
	*out = s;
	return CAS_OK;
}
