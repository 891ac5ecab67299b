#include "model/genotype_network.h"

#include <stdio.h>
#include <string.h>

struct builder {
	struct cas_network *net;
	const struct cas_genotype *genotype;
	const char *file;
	int entering[CAS_GENOTYPE_MAX_LAYERS]; /* the layer that each row reads, -1: the input */
	struct cas_err *err;
};

static struct cas_layer *append(struct builder *b, enum cas_layer_kind kind, int input)
{
	struct cas_layer *layer = &b->net->layer[b->net->layers++];

	*layer = (struct cas_layer){.kind = kind, .input = input, .iters = CAS_GENOTYPE_ITERS};
	return layer;
}

/* A convolution of a gene; names count rows from 1. */
static void append_conv(struct builder *b, int row, enum cas_layer_kind kind, int input, int stride,
	const char *prefix, const char *part)
{
	const struct cas_gene *gene = &b->genotype->layer[row];
	struct cas_layer *layer = append(b, kind, input);

	snprintf(layer->name, sizeof layer->name, "%s%d%s", prefix, row + 1, part);
	layer->k_h = layer->k_w = gene->kernel;
	layer->stride = stride;
	layer->pad = (gene->kernel - 1) / 2;
	layer->no_bias = kind != CAS_CONV2D;
	layer->relu = kind == CAS_CONV2D;
	layer->channels = gene->ch_out * (kind == CAS_CONV2D ? gene->caps_out : 1);
	layer->types = gene->ch_out;
	layer->dim = gene->caps_out;
}

/* x = L1, then L3(L2(x)) + skip(x). */
static void append_cell(struct builder *b, int row, int before)
{
	int x = b->net->layers;
	int last = row + 2 == b->genotype->layers;

	append_conv(b, row, CAS_PRIMARYCAPS, before, b->genotype->layer[row].stride, "cell", "_l1");
	append_conv(b, row, last ? CAS_CONVCAPS3D : CAS_PRIMARYCAPS, x, 1, "cell", "_skip");
	append_conv(b, row, CAS_PRIMARYCAPS, x, 1, "cell", "_l2");
	append_conv(b, row, CAS_PRIMARYCAPS, x + 2, 1, "cell", "_l3");
	append(b, CAS_ADD, x + 3)->input2 = x + 1;
	snprintf(b->net->layer[x + 4].name, CAS_NAME_BYTES, "cell%d_add", row + 1);
}

static void append_class(struct builder *b, const struct cas_gene *gene, int skip)
{
	struct cas_layer *layer;

	if (skip >= 0) {
		layer = append(b, CAS_CONCAT, b->net->layers - 1);
		layer->input2 = b->entering[skip];
		snprintf(layer->name, sizeof layer->name, "concat");
	}
	layer = append(b, CAS_CLASSCAPS, b->net->layers - 1);
	snprintf(layer->name, sizeof layer->name, "class");
	layer->channels = b->net->classes = gene->ch_out;
	layer->dim = gene->caps_out;
}

/* What a row says of its input or output beside what the network has there.  Where capsules go to
 * capsules their kinds and elements are compared; a convolution sees, and gives, channels. */
static cas_status check_side(const struct builder *b, int row, int is_out, const struct cas_shape *is)
{
	const struct cas_gene *g = &b->genotype->layer[row];
	int n = is_out ? g->n_out : g->n_in, ch = is_out ? g->ch_out : g->ch_in;
	int caps = is_out ? g->caps_out : g->caps_in;
	int capsules = is->caps && g->type != CAS_GENE_CONV;
	char kinds[32] = "";

	if (is->h == n && is->w == n && is->c == ch * caps && (!capsules || is->dim == caps))
		return CAS_OK;
	if (capsules)
		snprintf(kinds, sizeof kinds, " (%d of %d)", is->c / is->dim, is->dim);
	return cas_err_set(b->err, CAS_INPUT, "%s: row %d: its %s is %dx%dx%d (%d of %d), but %s %dx%dx%d%s",
		b->file, row + 1, is_out ? "output" : "input", n, n, ch * caps, ch, caps,
		is_out ? "kernel, stride and padding give" : "the row before gives", is->h, is->w, is->c, kinds);
}

/* Shapes have been derived for all layers: compare them with what the rows claim.  The class row's
 * kernel and output side are the released estimator's own reading, and mean nothing here. */
static cas_status check_rows(const struct builder *b)
{
	const struct cas_genotype *g = b->genotype;
	cas_status status = CAS_OK;

	for (int row = 0; row < g->layers && !status; row++) {
		status = check_side(b, row, 0, cas_network_shape_of(b->net, b->entering[row]));
		if (!status && row + 1 < g->layers)
			status = check_side(b, row, 1, cas_network_shape_of(b->net, b->entering[row + 1]));
	}
	return status;
}

static void append_row(struct builder *b, int row)
{
	int before = b->net->layers - 1;

	b->entering[row] = before;
	if (row + 1 == b->genotype->layers)
		append_class(b, &b->genotype->layer[row], b->genotype->skip);
	else if (b->genotype->layer[row].type == CAS_GENE_CELL)
		append_cell(b, row, before);
	else if (b->genotype->layer[row].type == CAS_GENE_CAPS)
		append_conv(b, row, CAS_PRIMARYCAPS, before, b->genotype->layer[row].stride, "caps", "");
	else
		append_conv(b, row, CAS_CONV2D, before, b->genotype->layer[row].stride, "conv", "");
}

/* The row of the layer whose shape could not be derived: layers are derived in order, and `in` first. */
static int row_that_failed(const struct builder *b)
{
	int layer = b->net->layers - 1, row = b->genotype->layers - 1;

	while (layer > 0 && !b->net->layer[layer].in.h)
		layer--;
	while (row > 0 && b->entering[row] >= layer)
		row--;
	return row;
}

static cas_status check_form(const struct cas_genotype *genotype, const char *file, struct cas_err *err)
{
	if (genotype->layers < 2 || 5 * genotype->layers + 2 > CAS_MAX_LAYERS)
		return cas_err_set(err, CAS_INPUT, "%s: %d rows of layers, expected 2..%d to make a network", file,
			genotype->layers, (CAS_MAX_LAYERS - 2) / 5);
	if (genotype->layer[genotype->layers - 1].type == CAS_GENE_CONV)
		return cas_err_set(err, CAS_INPUT, "%s: row %d: type 0, a convolution, comes last, expected 1 or 2, "
			"which are the class capsules there", file, genotype->layers);
	return CAS_OK;
}

size_t cas_genotype_name(const char *file, const char **name)
{
	const char *slash = strrchr(file, '/');
	size_t bytes;

	*name = slash ? slash + 1 : file;
	bytes = strlen(*name);
	return bytes > 5 && !strcmp(*name + bytes - 5, ".json") ? bytes - 5 : bytes;
}

cas_status cas_genotype_network(struct cas_network *net, const struct cas_genotype *genotype,
	const char *file, struct cas_err *err)
{
	struct builder b = {.net = net, .genotype = genotype, .file = file, .err = err};
	const struct cas_gene *first = &genotype->layer[0];
	const char *name;
	size_t bytes = cas_genotype_name(file, &name);
	cas_status status;

	memset(net, 0, sizeof *net);
	snprintf(net->name, sizeof net->name, "%.*s", (int)(bytes < sizeof net->name ? bytes : sizeof net->name - 1),
		name);
	net->input = (struct cas_shape){.h = first->n_in, .w = first->n_in, .c = first->ch_in * first->caps_in};
	net->input_format = (struct cas_format){CAS_U8, 1 / 255.0};
	net->resize = genotype->resize == 2;
	net->float_accuracy = -1;
	status = check_form(genotype, file, err);
	if (status)
		return status;
	for (int row = 0; row < genotype->layers; row++)
		append_row(&b, row);
	status = cas_network_shape(net, err);
	if (status)
		cas_err_prepend(err, "%s: row %d", file, row_that_failed(&b) + 1);
	return status ? status : check_rows(&b);
}
