#include "model/program_place.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t cas_shape_bytes(const struct cas_shape *shape)
{
	if (shape->caps)
		return (uint64_t)shape->caps * (uint64_t)shape->dim;
	return (uint64_t)shape->h * (uint64_t)shape->w * (uint64_t)shape->c;
}

static const char *tensor_name(const struct cas_lowering *lw, int tensor)
{
	return tensor < 0 ? "input" : lw->net->layer[tensor].name;
}

static uint64_t reserve_dram(struct cas_lowering *lw, uint64_t bytes)
{
	uint64_t address = lw->dram_used;

	lw->dram_used += (bytes + 63) / 64 * 64;
	return address;
}

/* Bytes of the input as patches, or 0 where that saves no tile, does not fit beside the layer's
 * output, or is not possible because another layer reads the input as well. */
static uint64_t patch_bytes(const struct cas_lowering *lw)
{
	const struct cas_layer *l = &lw->net->layer[0];
	uint64_t rows = (uint64_t)lw->accel->rows, group, k, bytes;

	if (!lw->accel->input_as_patches || !cas_layer_convolves(l) || l->input != -1)
		return 0;
	for (int i = 1; i < lw->net->layers; i++)
		for (int o = 0; o < cas_layer_inputs(&lw->net->layer[i]); o++)
			if (cas_layer_input(&lw->net->layer[i], o) < 0)
				return 0;
	group = (uint64_t)l->k_w * (uint64_t)l->in.c;
	k = group * (uint64_t)l->k_h;
	if ((k + rows - 1) / rows >= (group + rows - 1) / rows * (uint64_t)l->k_h)
		return 0;
	bytes = k * (uint64_t)l->out.h * (uint64_t)l->out.w;
	return bytes + cas_shape_bytes(&l->out) <= lw->accel->buffers.data_bytes ? bytes : 0;
}

void cas_lowering_init(struct cas_lowering *lw, struct cas_program *program,
	const struct cas_network *net, const struct cas_accel *accel)
{
	uint64_t patches;

	*lw = (struct cas_lowering){.program = program, .net = net, .accel = accel};
	patches = patch_bytes(lw);
	lw->patches = patches > 0;
	for (int t = -1; t < net->layers; t++) {
		struct cas_tensor_place *p = &lw->place[t + 1];

		p->bytes = t < 0 ? cas_shape_bytes(&net->input) : cas_shape_bytes(&net->layer[t].out);
		p->last_use = t;
		if (t < 0 && patches)
			p->bytes = patches;
	}
	for (int i = 0; i < net->layers; i++)
		for (int k = 0; k < cas_layer_inputs(&net->layer[i]); k++)
			lw->place[cas_layer_input(&net->layer[i], k) + 1].last_use = i;
	lw->place[net->layers].last_use = net->layers;
	lw->place[0].in_dram = 1;
	lw->place[0].dram_addr = reserve_dram(lw, lw->place[0].bytes);
	lw->place[net->layers].dram_addr = reserve_dram(lw, lw->place[net->layers].bytes);
}

cas_status cas_lowering_add(struct cas_lowering *lw, const struct cas_step *step, struct cas_err *err)
{
	struct cas_program *p = lw->program;

	if (p->steps == lw->room) {
		size_t room = lw->room ? 2 * lw->room : 32;
		struct cas_step *grown = realloc(p->step, room * sizeof *grown);

		if (!grown)
			return cas_err_set(err, CAS_ENV, "out of memory for %zu program steps", room);
		p->step = grown;
		lw->room = room;
	}
	p->step[p->steps++] = *step;
	return CAS_OK;
}

cas_status cas_lowering_move(struct cas_lowering *lw, enum cas_step_kind kind, int tensor, int layer,
	uint64_t addr, uint64_t dram_addr, uint64_t bytes, struct cas_err *err)
{
	int load = kind == CAS_STEP_LOAD, last = lw->net->layers - 1;
	struct cas_step s = {.kind = kind, .layer = layer, .bytes = bytes, .dram_addr = dram_addr,
		.tensor = CAS_TENSOR_SPILL};

	if (load && tensor < 0)
		s.tensor = CAS_TENSOR_INPUT;
	else if (!load && tensor == last)
		s.tensor = CAS_TENSOR_RESULT;
	else
		lw->program->spills++;
	if (load)
		s.out_addr = addr;
	else
		s.in_addr = addr;
	snprintf(s.name, sizeof s.name, "%s %s", load ? "load" : "store",
		s.tensor == CAS_TENSOR_RESULT ? "result" : tensor_name(lw, tensor));
	return cas_lowering_add(lw, &s, err);
}

/* Live bytes in the data buffer. */
static uint64_t live_bytes(const struct cas_lowering *lw)
{
	uint64_t bytes = 0;

	for (int t = 0; t <= lw->net->layers; t++)
		if (lw->place[t].in_buffer)
			bytes += lw->place[t].bytes;
	return bytes;
}

static void note_peak(struct cas_lowering *lw, enum cas_buffer buffer, uint64_t bytes)
{
	if (bytes > lw->program->peak_bytes[buffer])
		lw->program->peak_bytes[buffer] = bytes;
}

static int is_free(const struct cas_lowering *lw, uint64_t addr, uint64_t bytes)
{
	for (int t = 0; t <= lw->net->layers; t++) {
		const struct cas_tensor_place *p = &lw->place[t];

		if (p->in_buffer && addr < p->addr + p->bytes && p->addr < addr + bytes)
			return 0;
	}
	return addr + bytes <= lw->accel->buffers.data_bytes;
}

/* Lowest free place: address 0 or the end of a live tensor. */
static int find_low(const struct cas_lowering *lw, uint64_t bytes, uint64_t *addr)
{
	int found = is_free(lw, 0, bytes);

	*addr = 0;
	for (int t = 0; t <= lw->net->layers; t++) {
		const struct cas_tensor_place *p = &lw->place[t];
		uint64_t end = p->addr + p->bytes;

		if (p->in_buffer && is_free(lw, end, bytes) && (!found || end < *addr)) {
			*addr = end;
			found = 1;
		}
	}
	return found;
}

/* Tensors of even index grow from the bottom, odd ones from the top where the top is free, so that a
 * chain of layers never fragments the buffer. */
static int allocate(struct cas_lowering *lw, int tensor)
{
	struct cas_tensor_place *p = &lw->place[tensor];
	uint64_t size = lw->accel->buffers.data_bytes, addr;

	if (p->bytes <= size && tensor % 2 && is_free(lw, size - p->bytes, p->bytes))
		addr = size - p->bytes;
	else if (!find_low(lw, p->bytes, &addr))
		return 0;
	p->addr = addr;
	p->in_buffer = 1;
	return 1;
}

/* Tensors that a layer needs in the buffer at once: its one or two inputs, then its output. */
struct needed {
	int tensor[3], count;
	int resident[3]; /* was there before the layer */
};

static struct needed needed_by(const struct cas_lowering *lw, int layer)
{
	const struct cas_layer *l = &lw->net->layer[layer];
	struct needed n = {.count = 0};

	for (int k = 0; k < cas_layer_inputs(l); k++)
		if (k == 0 || l->input2 != l->input)
			n.tensor[n.count++] = cas_layer_input(l, k) + 1;
	n.tensor[n.count++] = layer + 1;
	for (int i = 0; i < n.count; i++)
		n.resident[i] = lw->place[n.tensor[i]].in_buffer;
	return n;
}

static uint64_t bytes_of(const struct cas_lowering *lw, const struct needed *n)
{
	uint64_t bytes = 0;

	for (int i = 0; i < n->count; i++)
		bytes += lw->place[n->tensor[i]].bytes;
	return bytes;
}

/* Room for all that is not there yet, or for nothing. */
static int allocate_all(struct cas_lowering *lw, const struct needed *n)
{
	int had[3], done = 1;

	for (int i = 0; i < n->count; i++) {
		had[i] = lw->place[n->tensor[i]].in_buffer;
		done = done && (had[i] || allocate(lw, n->tensor[i]));
	}
	for (int i = 0; i < n->count && !done; i++)
		lw->place[n->tensor[i]].in_buffer = had[i];
	if (done)
		note_peak(lw, CAS_BUF_DATA, live_bytes(lw));
	return done;
}

static int keeps(const struct needed *keep, int tensor)
{
	for (int i = 0; keep && i < keep->count; i++)
		if (keep->tensor[i] == tensor)
			return 1;
	return 0;
}

/* Write tensors to DRAM, if they are not there already, and drop them from the buffer. */
static cas_status evict(struct cas_lowering *lw, int layer, const struct needed *keep,
	struct cas_err *err)
{
	for (int t = 0; t <= lw->net->layers; t++) {
		struct cas_tensor_place *p = &lw->place[t];

		if (!p->in_buffer || keeps(keep, t))
			continue;
		if (!p->in_dram) {
			cas_status status;

			p->dram_addr = reserve_dram(lw, p->bytes);
			status = cas_lowering_move(lw, CAS_STEP_STORE, t - 1, layer, p->addr, p->dram_addr,
				p->bytes, err);
			if (status)
				return status;
			p->in_dram = 1;
		}
		p->in_buffer = 0;
	}
	return CAS_OK;
}

/* Raising its key is no advice where no configuration has as much. */
static cas_status does_not_fit(const struct cas_lowering *lw, const struct cas_layer *l, enum cas_buffer b,
	uint64_t need, int could_spill, struct cas_err *err)
{
	uint64_t size = cas_buffer_bytes(lw->accel, b);
	const char *name = cas_buffer_name(b);

	if (need > CAS_BUFFER_MAX_BYTES || size >= CAS_BUFFER_MAX_BYTES)
		return cas_err_set(err, CAS_INPUT, "layer %s: %s buffer: %llu bytes needed, the largest buffers.%s_bytes "
			"is %d%s", l->name, name, (unsigned long long)need, name, CAS_BUFFER_MAX_BYTES,
			could_spill ? "; set buffers.allow_spills" : "");
	return cas_err_set(err, CAS_INPUT, "layer %s: %s buffer: %llu bytes needed, it has %llu; raise buffers.%s_bytes%s",
		l->name, name, (unsigned long long)need, (unsigned long long)size, name,
		could_spill ? " or set buffers.allow_spills" : "");
}

/* Too large to be in the buffer at once: in parts, from DRAM to DRAM. */
static cas_status place_bands(struct cas_lowering *lw, int layer, uint64_t need, int *band, struct cas_err *err)
{
	const struct cas_layer *l = &lw->net->layer[layer];
	struct cas_tensor_place *out = &lw->place[layer + 1];
	cas_status status;

	*band = cas_lowering_band(lw, l, &need);
	if (!*band)
		return does_not_fit(lw, l, CAS_BUF_DATA, need, 0, err);
	status = evict(lw, layer, NULL, err);
	if (status)
		return status;
	note_peak(lw, CAS_BUF_DATA, need);
	if (layer + 1 < lw->net->layers)
		out->dram_addr = reserve_dram(lw, out->bytes);
	out->in_dram = 1;
	return CAS_OK;
}

/* Inputs and output fit together: send the other tensors to DRAM and, if the inputs still lie in the
 * way, move them too.  An empty buffer always takes all. */
static cas_status make_room(struct cas_lowering *lw, int layer, struct needed *n, struct cas_err *err)
{
	cas_status status = evict(lw, layer, n, err);

	if (status || allocate_all(lw, n))
		return status;
	status = evict(lw, layer, NULL, err);
	for (int i = 0; i < n->count; i++)
		n->resident[i] = 0;
	if (!status && !allocate_all(lw, n))
		assert(0);
	return status;
}

cas_status cas_lowering_place(struct cas_lowering *lw, int layer, int *band, struct cas_err *err)
{
	const struct cas_layer *l = &lw->net->layer[layer];
	struct needed n = needed_by(lw, layer);
	uint64_t need = live_bytes(lw);
	cas_status status = CAS_OK;

	*band = 0;
	for (int i = 0; i < n.count; i++)
		need += n.resident[i] ? 0 : lw->place[n.tensor[i]].bytes;
	if (!allocate_all(lw, &n)) {
		if (!lw->accel->allow_spills)
			return does_not_fit(lw, l, CAS_BUF_DATA, need, 1, err);
		if (bytes_of(lw, &n) > lw->accel->buffers.data_bytes)
			return place_bands(lw, layer, bytes_of(lw, &n), band, err);
		status = make_room(lw, layer, &n, err);
	}
	for (int i = 0; i + 1 < n.count && !status; i++) {
		const struct cas_tensor_place *p = &lw->place[n.tensor[i]];

		if (!n.resident[i])
			status = cas_lowering_move(lw, CAS_STEP_LOAD, n.tensor[i] - 1, layer, p->addr, p->dram_addr,
				p->bytes, err);
	}
	return status;
}

cas_status cas_lowering_routing_buffers(struct cas_lowering *lw, int layer, int iterations,
	struct cas_err *err)
{
	const struct cas_layer *l = &lw->net->layer[layer];
	const struct cas_routing_shape *r = &l->routing;
	uint64_t pairs = (uint64_t)r->caps * (uint64_t)r->classes;
	uint64_t v = (uint64_t)r->classes * (uint64_t)r->dim;
	int softmax = iterations > 1 || !lw->accel->skip_first_softmax;
	const uint64_t need[CAS_BUFFERS] = {
		[CAS_BUF_VOTES] = (uint64_t)r->positions * pairs * (uint64_t)r->dim,
		[CAS_BUF_LOGITS] = softmax ? pairs * CAS_LOGIT_BYTES : 0,
		[CAS_BUF_COUPLING] = softmax ? pairs : 0,
		[CAS_BUF_V] = v,
	};

	for (enum cas_buffer b = CAS_BUF_VOTES; b < CAS_BUFFERS; b++) {
		if (need[b] > cas_buffer_bytes(lw->accel, b))
			return does_not_fit(lw, l, b, need[b], 0, err);
		note_peak(lw, b, need[b]);
	}
	return CAS_OK;
}

void cas_lowering_release(struct cas_lowering *lw, int layer)
{
	for (int t = 0; t <= lw->net->layers; t++)
		if (lw->place[t].last_use <= layer)
			lw->place[t].in_buffer = 0;
}

void cas_lowering_finish(struct cas_lowering *lw)
{
	struct cas_program *p = lw->program;
	uint64_t base = (p->weight_dram_bytes + 63) / 64 * 64;

	for (size_t i = 0; i < p->steps; i++)
		if (p->step[i].kind == CAS_STEP_LOAD || p->step[i].kind == CAS_STEP_STORE)
			p->step[i].dram_addr += base;
	p->dram_bytes = base + lw->dram_used;
}
