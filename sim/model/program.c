#include "model/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/program_place.h"

static const char *const kind_names[CAS_STEP_KINDS] = {
	"load", "store", "conv", "squash", "votes", "softmax", "sum", "update", "add",
	"pool",
};
static const char *const buffer_names[CAS_BUFFERS] = {
	"data", "weight", "votes", "logits", "coupling", "v",
};

const char *cas_step_kind_name(enum cas_step_kind kind)
{
	return kind_names[kind];
}

const char *cas_buffer_name(enum cas_buffer buffer)
{
	return buffer_names[buffer];
}

uint64_t cas_buffer_bytes(const struct cas_accel *accel, enum cas_buffer buffer)
{
	const struct cas_buffer_sizes *b = &accel->buffers;

	switch (buffer) {
	case CAS_BUF_DATA:
		return b->data_bytes;
	case CAS_BUF_WEIGHT:
		return b->weight_bytes;
	case CAS_BUF_VOTES:
		return b->votes_bytes;
	case CAS_BUF_LOGITS:
		return b->logits_bytes;
	case CAS_BUF_COUPLING:
		return b->coupling_bytes;
	default:
		return b->v_bytes;
	}
}

struct cas_step cas_lowering_step(const struct cas_lowering *lw, int layer, enum cas_step_kind kind,
	const char *what, int iteration)
{
	struct cas_step s = {.kind = kind, .layer = layer, .iteration = iteration};
	const char *name = lw->net->layer[layer].name;

	if (iteration)
		snprintf(s.name, sizeof s.name, "%s %s %d", name, what, iteration);
	else
		snprintf(s.name, sizeof s.name, "%s%s%s", name, *what ? " " : "", what);
	return s;
}

uint64_t cas_lowering_reserve_weights(struct cas_lowering *lw, uint64_t words)
{
	uint64_t address = lw->program->weight_dram_bytes;

	lw->program->weight_dram_bytes += words * (uint64_t)lw->program->cols;
	return address;
}

uint64_t cas_lowering_words(const struct cas_program *p, uint64_t terms, uint64_t n)
{
	return (n + (uint64_t)p->cols - 1) / (uint64_t)p->cols * terms;
}

cas_status cas_lowering_check_weights(const struct cas_lowering *lw, int layer, int k_per_group,
	struct cas_err *err)
{
	int rho = k_per_group < lw->accel->rows ? k_per_group : lw->accel->rows;
	uint64_t need = (uint64_t)rho * (uint64_t)lw->accel->cols;

	if (need > lw->accel->buffers.weight_bytes)
		return cas_err_set(err, CAS_INPUT, "layer %s: weight buffer: one tile of %d x %d weights needs "
			"%llu bytes, it has %llu; raise buffers.weight_bytes", lw->net->layer[layer].name, rho,
			lw->accel->cols, (unsigned long long)need,
			(unsigned long long)lw->accel->buffers.weight_bytes);
	return CAS_OK;
}

/* The matrix product of a convolution or fully connected layer, over all its output rows. */
static struct cas_step conv_template(const struct cas_lowering *lw, int layer)
{
	const struct cas_layer *l = &lw->net->layer[layer];
	struct cas_step s = cas_lowering_step(lw, layer, CAS_STEP_CONV, "", 0);
	int fc = l->kind == CAS_FC;

	s.group = CAS_GROUP_LAYER;
	s.relu = l->relu;
	s.n = l->out.c;
	s.out_h = fc ? 1 : l->out.h;
	s.out_w = fc ? 1 : l->out.w;
	s.patches = lw->patches && l->input < 0;
	if (fc || s.patches) {
		s.in_h = s.out_h;
		s.in_w = s.out_w;
		s.in_c = fc ? (int)cas_shape_bytes(&l->in) : l->k_h * l->k_w * l->in.c;
		s.k_h = s.k_w = s.stride = 1;
	} else {
		s.in_h = l->in.h;
		s.in_w = l->in.w;
		s.in_c = l->in.c;
		s.k_h = l->k_h;
		s.k_w = l->k_w;
		s.stride = l->stride;
		s.pad = l->pad;
	}
	s.k_groups = s.k_h;
	s.k_per_group = s.k_w * s.in_c;
	return s;
}

void cas_lowering_set_rows(const struct cas_lowering *lw, struct cas_step *s, int first, int count)
{
	uint64_t terms = (uint64_t)s->k_groups * (uint64_t)s->k_per_group;

	s->row_first = first;
	s->row_count = count;
	s->m = (uint64_t)count * (uint64_t)s->out_w * (uint64_t)(s->types ? s->types : 1);
	s->macs = s->m * terms * (uint64_t)s->n;
	s->replay = terms && s->m > (uint64_t)lw->program->depth &&
		terms <= lw->accel->buffers.weight_bytes / (uint64_t)lw->program->cols;
}

struct cas_step cas_lowering_squash(const struct cas_lowering *lw, int layer, int caps, uint64_t addr,
	int iteration)
{
	struct cas_step s = cas_lowering_step(lw, layer, CAS_STEP_SQUASH, "squash", iteration);

	s.group = CAS_GROUP_SQUASH;
	s.caps = caps;
	s.dim = lw->net->layer[layer].dim;
	s.in_addr = s.out_addr = addr;
	return s;
}

static cas_status add_conv(struct cas_lowering *lw, const struct cas_step *conv, struct cas_err *err)
{
	const struct cas_layer *l = &lw->net->layer[conv->layer];
	cas_status status = cas_lowering_add(lw, conv, err);

	if (!status && l->kind == CAS_PRIMARYCAPS) {
		struct cas_step s = cas_lowering_squash(lw, conv->layer, (int)conv->m * l->types, conv->out_addr, 0);

		status = cas_lowering_add(lw, &s, err);
	}
	return status;
}

/* One band of a convolution or pool whose tensors do not fit together: rows in, rows computed, rows out. */
static cas_status add_band(struct cas_lowering *lw, struct cas_step conv, int first, int count,
	struct cas_err *err)
{
	const struct cas_layer *l = &lw->net->layer[conv.layer];
	struct cas_rows in = cas_band_rows(l, first, count);
	uint64_t in_row = (uint64_t)l->in.w * (uint64_t)l->in.c;
	uint64_t out_row = (uint64_t)l->out.w * (uint64_t)l->out.c;
	struct cas_tensor_place *from = &lw->place[l->input + 1], *to = &lw->place[conv.layer + 1];
	cas_status status;

	lw->program->spills++;
	cas_lowering_set_rows(lw, &conv, first, count);
	snprintf(conv.name, sizeof conv.name, "%s rows %d-%d", l->name, first, first + count - 1);
	conv.in_row_first = in.first;
	conv.in_addr = 0;
	conv.out_addr = (uint64_t)in.count * in_row;
	status = cas_lowering_move(lw, CAS_STEP_LOAD, l->input, conv.layer, 0,
		from->dram_addr + (uint64_t)in.first * in_row, (uint64_t)in.count * in_row, err);
	if (!status)
		status = add_conv(lw, &conv, err);
	if (!status)
		status = cas_lowering_move(lw, CAS_STEP_STORE, conv.layer, conv.layer, conv.out_addr,
			to->dram_addr + (uint64_t)first * out_row, (uint64_t)count * out_row, err);
	return status;
}

static cas_status add_bands(struct cas_lowering *lw, const struct cas_step *conv, int band, struct cas_err *err)
{
	cas_status status = CAS_OK;

	for (int first = 0; first < conv->out_h && !status; first += band)
		status = add_band(lw, *conv, first, conv->out_h - first < band ? conv->out_h - first : band, err);
	return status;
}

static cas_status lower_conv(struct cas_lowering *lw, int layer, struct cas_err *err)
{
	struct cas_step conv;
	int band;
	cas_status status = cas_lowering_place(lw, layer, &band, err);

	if (status)
		return status;
	conv = conv_template(lw, layer);
	status = cas_lowering_check_weights(lw, layer, conv.k_per_group, err);
	if (status)
		return status;
	conv.weight_words = cas_lowering_words(lw->program, (uint64_t)conv.k_groups * (uint64_t)conv.k_per_group,
		(uint64_t)conv.n);
	conv.dram_addr = cas_lowering_reserve_weights(lw, conv.weight_words);
	if (band)
		return add_bands(lw, &conv, band, err);
	cas_lowering_set_rows(lw, &conv, 0, conv.out_h);
	conv.in_addr = lw->place[lw->net->layer[layer].input + 1].addr;
	conv.out_addr = lw->place[layer + 1].addr;
	return add_conv(lw, &conv, err);
}

/* A part of an addition whose maps do not fit together: bytes of each operand in, added, out. */
static cas_status add_chunk(struct cas_lowering *lw, struct cas_step s, uint64_t first, uint64_t bytes,
	struct cas_err *err)
{
	const struct cas_layer *l = &lw->net->layer[s.layer];
	uint64_t begins = s.operand ? lw->place[l->input + 1].bytes : 0; /* of this part of the result */
	cas_status status = CAS_OK;

	lw->program->spills++;
	snprintf(s.name, sizeof s.name, "%s%s bytes %llu-%llu", l->name, l->kind == CAS_ADD ? "" : s.operand ? " part 2" :
		" part 1", (unsigned long long)first, (unsigned long long)(first + bytes - 1));
	for (int k = 0; k < s.operands && !status; k++) {
		int tensor = cas_layer_input(l, s.operand + k);

		status = cas_lowering_move(lw, CAS_STEP_LOAD, tensor, s.layer, (uint64_t)k * bytes,
			lw->place[tensor + 1].dram_addr + first, bytes, err);
	}
	s.bytes = bytes;
	s.in_addr = 0;
	s.in2_addr = s.operands == 2 ? bytes : 0;
	s.out_addr = (uint64_t)s.operands * bytes;
	if (!status)
		status = cas_lowering_add(lw, &s, err);
	return status ? status : cas_lowering_move(lw, CAS_STEP_STORE, s.layer, s.layer, s.out_addr,
		lw->place[s.layer + 1].dram_addr + begins + first, bytes, err);
}

/* add: both maps at once; concat: one after the other, each to its part of the result. */
static cas_status lower_pair(struct cas_lowering *lw, int layer, struct cas_err *err)
{
	const struct cas_layer *l = &lw->net->layer[layer];
	int chunk, parts = l->kind == CAS_CONCAT ? 2 : 1;
	cas_status status = cas_lowering_place(lw, layer, &chunk, err);
	uint64_t out = lw->place[layer + 1].addr;

	for (int k = 0; k < parts && !status; k++) {
		struct cas_step s = cas_lowering_step(lw, layer, CAS_STEP_ADD, parts == 1 ? "" : k ? "part 2" : "part 1", 0);
		const struct cas_tensor_place *in = &lw->place[cas_layer_input(l, k) + 1];

		s.operands = 3 - parts;
		s.operand = k;
		s.relu = l->relu;
		s.bytes = in->bytes;
		s.in_addr = in->addr;
		s.in2_addr = parts == 1 ? lw->place[l->input2 + 1].addr : 0;
		s.out_addr = out;
		out += in->bytes;
		for (uint64_t first = 0; chunk && first < in->bytes && !status; first += (uint64_t)chunk)
			status = add_chunk(lw, s, first, in->bytes - first < (uint64_t)chunk ? in->bytes - first : (uint64_t)chunk,
				err);
		if (!chunk)
			status = cas_lowering_add(lw, &s, err);
	}
	return status;
}

static cas_status lower_pool(struct cas_lowering *lw, int layer, struct cas_err *err)
{
	const struct cas_layer *l = &lw->net->layer[layer];
	int band;
	cas_status status = cas_lowering_place(lw, layer, &band, err);
	struct cas_step s = cas_lowering_step(lw, layer, CAS_STEP_POOL, "", 0);

	s.in_h = l->in.h;
	s.in_w = l->in.w;
	s.in_c = l->in.c;
	s.out_h = l->out.h;
	s.out_w = l->out.w;
	s.k_h = l->k_h;
	s.k_w = l->k_w;
	s.stride = l->stride;
	s.pad = l->pad;
	s.m = (uint64_t)l->out.h * (uint64_t)l->out.w;
	s.in_addr = lw->place[l->input + 1].addr;
	s.out_addr = lw->place[layer + 1].addr;
	if (!status && band)
		return add_bands(lw, &s, band, err);
	return status ? status : cas_lowering_add(lw, &s, err);
}

static cas_status lower_layer(struct cas_lowering *lw, int layer, struct cas_err *err)
{
	switch (lw->net->layer[layer].kind) {
	case CAS_CLASSCAPS:
	case CAS_CONVCAPS3D:
		return cas_lowering_routing(lw, layer, err);
	case CAS_ADD:
	case CAS_CONCAT:
		return lower_pair(lw, layer, err);
	case CAS_POOL:
		return lower_pool(lw, layer, err);
	default:
		return lower_conv(lw, layer, err);
	}
}

static cas_status lower_layers(struct cas_lowering *lw, struct cas_err *err)
{
	int last = lw->net->layers - 1;
	const struct cas_tensor_place *result = &lw->place[last + 1];
	cas_status status = CAS_OK;

	for (int i = 0; i < lw->net->layers && !status; i++) {
		status = lower_layer(lw, i, err);
		cas_lowering_release(lw, i);
	}
	if (!status && !result->in_dram)
		status = cas_lowering_move(lw, CAS_STEP_STORE, last, last, result->addr, result->dram_addr,
			result->bytes, err);
	return status;
}

cas_status cas_program_lower(struct cas_program *program, const struct cas_network *net,
	const struct cas_accel *accel, struct cas_err *err)
{
	struct cas_lowering lw;
	cas_status status;

	*program = (struct cas_program){.rows = accel->rows, .cols = accel->cols,
		.depth = accel->accumulator_depth};
	cas_lowering_init(&lw, program, net, accel);
	status = lower_layers(&lw, err);
	cas_lowering_finish(&lw);
	if (status)
		cas_program_clear(program);
	return status;
}

void cas_program_clear(struct cas_program *program)
{
	free(program->step);
	*program = (struct cas_program){0};
}
