/* Genotypes and networks as lists of NASCaps operations; docs/nascaps.md section 2. */
#include "cost/nascaps.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

enum {
	OPS_PER_GENE = 7,     /* a class layer of type 2 and its six routing steps */
	GENOTYPE_SUMS = 3,    /* routing iterations of every genotype */
	CELL_LAYERS = 4,
	OPS_PER_CLASSCAPS = 2 * CAS_MAX_ITERS, /* votes, n sums, n - 1 updates */
};

static int product(uint64_t *out, int count, const int *factor)
{
	*out = 1;
	for (int i = 0; i < count; i++)
		if (__builtin_mul_overflow(*out, (uint64_t)factor[i], out))
			return 0;
	return 1;
}

/* MACs by definition: convolutions by their windows; votes and routing steps by what they connect. */
static cas_status count_macs(struct cas_nascaps_op *op, struct cas_err *err)
{
	const int conv[] = {op->h_out, op->w_out, op->k_h, op->k_w, op->ch_in, op->caps_in, op->ch_out,
		op->caps_out};
	const int votes[] = {op->h_in, op->w_in, op->ch_in, op->caps_in, op->ch_out, op->caps_out};
	const int routing[] = {op->h_in, op->w_in, op->ch_in, op->ch_out, op->caps_out};
	int fits;

	if (op->type == CAS_NASCAPS_CLASS)
		fits = product(&op->macs, 6, votes);
	else if (op->type == CAS_NASCAPS_SUM || op->type == CAS_NASCAPS_UPDATE)
		fits = product(&op->macs, 5, routing);
	else
		fits = product(&op->macs, 8, conv);
	if (!fits)
		return cas_err_set(err, CAS_INPUT, "%s: more than 2^64 - 1 MACs, expected a smaller layer",
			op->name);
	return CAS_OK;
}

/* Append `op` under its name; the list has room by construction. */
static cas_status append(struct cas_nascaps_ops *ops, struct cas_nascaps_op op,
	enum cas_nascaps_type type, const char *layer, const char *step, int number,
	struct cas_err *err)
{
	op.type = type;
	if (number > 0)
		snprintf(op.name, sizeof op.name, "%s%s%d", layer, step, number);
	else
		snprintf(op.name, sizeof op.name, "%s%s", layer, step);
	ops->op[ops->count++] = op;
	return count_macs(&ops->op[ops->count - 1], err);
}

/* `sums` and `updates` in turns, beginning with a sum. */
static cas_status append_routing(struct cas_nascaps_ops *ops, const struct cas_nascaps_op *op,
	const char *layer, int sums, int updates, struct cas_err *err)
{
	cas_status status = CAS_OK;

	for (int i = 1; i <= sums && status == CAS_OK; i++) {
		status = append(ops, *op, CAS_NASCAPS_SUM, layer, "_sum", i, err);
		if (status == CAS_OK && i <= updates)
			status = append(ops, *op, CAS_NASCAPS_UPDATE, layer, "_update", i, err);
	}
	return status;
}

static struct cas_nascaps_op gene_op(const struct cas_gene *gene)
{
	return (struct cas_nascaps_op){
		.h_in = gene->n_in, .w_in = gene->n_in, .ch_in = gene->ch_in, .caps_in = gene->caps_in,
		.k_h = gene->kernel, .k_w = gene->kernel, .stride = gene->stride,
		.h_out = gene->n_out, .w_out = gene->n_out, .ch_out = gene->ch_out,
		.caps_out = gene->caps_out,
	};
}

/* A cell: the first layer shrinks the map; the others read its output, except that in the last cell
 * the released program goes on counting the cell's own input capsules. */
static cas_status append_cell(struct cas_nascaps_ops *ops, const struct cas_gene *gene,
	const char *layer, int last_cell, struct cas_err *err)
{
	struct cas_nascaps_op op = gene_op(gene);
	int layers = last_cell ? CELL_LAYERS - 1 : CELL_LAYERS;
	cas_status status = CAS_OK;

	for (int i = 1; i <= layers && status == CAS_OK; i++) {
		status = append(ops, op, CAS_NASCAPS_CAPS, layer, "_caps", i, err);
		if (i > 1)
			continue;
		op.stride = 1;
		op.h_in = op.w_in = gene->n_in > 1 ? gene->n_in / 2 : 1;
		if (!last_cell)
			op.caps_in = gene->caps_out;
	}
	if (status == CAS_OK && last_cell)
		status = append(ops, op, CAS_NASCAPS_CAPS3D, layer, "_caps3d", 0, err);
	return status;
}

/* The last layer.  Type 1: class layer, then 3 sums and 2 updates; type 2: 3 sums and 3 updates,
 * then the class layer. */
static cas_status append_class(struct cas_nascaps_ops *ops, const struct cas_gene *gene,
	struct cas_err *err)
{
	struct cas_nascaps_op op = gene_op(gene);
	cas_status status;

	if (gene->type == CAS_GENE_CELL) {
		status = append_routing(ops, &op, "class", GENOTYPE_SUMS, GENOTYPE_SUMS, err);
		return status != CAS_OK ? status :
			append(ops, op, CAS_NASCAPS_CLASS, "class", "", 0, err);
	}
	status = append(ops, op, CAS_NASCAPS_CLASS, "class", "", 0, err);
	return status != CAS_OK ? status :
		append_routing(ops, &op, "class", GENOTYPE_SUMS, GENOTYPE_SUMS - 1, err);
}

static cas_status append_gene(struct cas_nascaps_ops *ops, const struct cas_genotype *genotype,
	int index, struct cas_err *err)
{
	const struct cas_gene *gene = &genotype->layer[index];
	int layers_left = genotype->layers - index;
	char name[CAS_NAME_BYTES];

	if (gene->type == CAS_GENE_CONV)
		return append(ops, gene_op(gene), CAS_NASCAPS_CONV, "conv", "", index + 1, err);
	if (layers_left == 1)
		return append_class(ops, gene, err);
	if (gene->type == CAS_GENE_CAPS)
		return append(ops, gene_op(gene), CAS_NASCAPS_CAPS, "caps", "", index + 1, err);
	snprintf(name, sizeof name, "cell%d", index + 1);
	return append_cell(ops, gene, name, layers_left == 2, err);
}

static cas_status new_ops(struct cas_nascaps_ops *out, int room, struct cas_err *err)
{
	void *memory;
	cas_status status = cas_mem_new(&memory, (size_t)room, sizeof *out->op, err);

	*out = (struct cas_nascaps_ops){.op = memory};
	return status;
}

cas_status cas_nascaps_from_genotype(struct cas_nascaps_ops *out, const struct cas_genotype *genotype,
	struct cas_err *err)
{
	cas_status status = new_ops(out, genotype->layers * OPS_PER_GENE, err);

	for (int i = 0; i < genotype->layers && status == CAS_OK; i++)
		status = append_gene(out, genotype, i, err);
	if (status != CAS_OK)
		cas_nascaps_ops_clear(out);
	return status;
}

/* Class capsules over a map see it whole: kernel = map.  Capsules that form no map are 1 x 1. */
static cas_status append_classcaps(struct cas_nascaps_ops *ops, const struct cas_layer *layer,
	int iterations, struct cas_err *err)
{
	int h = layer->in.h, w = layer->in.w, caps = layer->in.caps;
	int iters = iterations > 0 ? iterations : layer->iters;
	struct cas_nascaps_op op = {.caps_in = layer->in.dim, .stride = 1, .h_out = 1, .w_out = 1,
		.ch_out = layer->channels, .caps_out = layer->dim};
	cas_status status;

	if (caps < 1 || layer->in.dim < 1)
		return cas_err_set(err, CAS_INPUT,
			"%s: classcaps reads a map of %dx%dx%d without capsules, expected capsules",
			layer->name, h, w, layer->in.c);
	if (iters < 1 || iters > CAS_MAX_ITERS)
		return cas_err_set(err, CAS_INPUT, "%s: %d is outside 1..%d routing iterations",
			layer->name, iters, (int)CAS_MAX_ITERS);
	if (h < 1 || w < 1 || (int64_t)caps % ((int64_t)h * w) != 0)
		h = w = 1;
	op.h_in = op.k_h = h;
	op.w_in = op.k_w = w;
	op.ch_in = caps / (h * w);
	status = append(ops, op, CAS_NASCAPS_CLASS, layer->name, "", 0, err);
	return status != CAS_OK ? status :
		append_routing(ops, &op, layer->name, iters, iters - 1, err);
}

static cas_status append_layer(struct cas_nascaps_ops *ops, const struct cas_layer *layer,
	int iterations, struct cas_err *err)
{
	struct cas_nascaps_op op = {.h_in = layer->in.h, .w_in = layer->in.w, .ch_in = layer->in.c,
		.caps_in = 1, .k_h = layer->k_h, .k_w = layer->k_w, .stride = layer->stride,
		.h_out = layer->out.h, .w_out = layer->out.w, .ch_out = layer->channels, .caps_out = 1};

	if (!cas_layer_has_weights(layer))
		return CAS_OK; /* the equations have no sums, concatenations or pools of maps */
	if (layer->kind == CAS_CLASSCAPS)
		return append_classcaps(ops, layer, iterations, err);
	if (layer->kind == CAS_FC) {
		op.k_h = op.h_in;
		op.k_w = op.w_in;
		op.stride = op.h_out = op.w_out = 1;
		return append(ops, op, CAS_NASCAPS_CLASS, layer->name, "", 0, err);
	}
	if (layer->kind == CAS_CONV2D)
		return append(ops, op, CAS_NASCAPS_CONV, layer->name, "", 0, err);
	op.ch_out = layer->types;
	op.caps_out = layer->dim;
	if (layer->kind == CAS_CONVCAPS3D) { /* routing at a position has no equation */
		op.ch_in = layer->routing.caps;
		op.caps_in = layer->routing.dim_in;
		return append(ops, op, CAS_NASCAPS_CAPS3D, layer->name, "", 0, err);
	}
	return append(ops, op, CAS_NASCAPS_CAPS, layer->name, "", 0, err);
}

cas_status cas_nascaps_from_network(struct cas_nascaps_ops *out, const struct cas_network *net,
	int iterations, struct cas_err *err)
{
	cas_status status = new_ops(out, net->layers * OPS_PER_CLASSCAPS, err);

	for (int i = 0; i < net->layers && status == CAS_OK; i++)
		status = append_layer(out, &net->layer[i], iterations, err);
	if (status != CAS_OK)
		cas_nascaps_ops_clear(out);
	return status;
}

void cas_nascaps_ops_clear(struct cas_nascaps_ops *ops)
{
	free(ops->op);
	*ops = (struct cas_nascaps_ops){0};
}
