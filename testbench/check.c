#include "check_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


cas_status check_new(struct check **out, const struct cas_network *net, const struct cas_accel *accel,
	const struct cas_program *program, const struct cas_engine8 *engine, const uint64_t *model_cycles,
	struct cas_err *err)
{
	struct check *c;
	void *memory;
	cas_status status = cas_mem_new(&memory, 1, sizeof *c, err);

	if (status)
		return status;
	c = memory;
	*c = (struct check){.net = net, .accel = accel, .program = program, .engine = engine};
	cas_buf_init(&c->text, 1 << 16);
	status = cas_mem_new(&memory, program->steps, sizeof *c->region, err);
	c->region = status ? NULL : memory;
	if (!status)
		status = cas_mem_new(&memory, program->steps, sizeof *c->step, err);
	c->step = status ? NULL : memory;
	if (!status)
		status = cas_mem_new(&memory, program->steps, sizeof *c->cycles, err);
	c->cycles = status ? NULL : memory;
	if (!status)
		status = cas_mem_new(&memory, program->steps, sizeof *c->tiles, err);
	c->tiles = status ? NULL : memory;
	if (!status)
		status = cas_worker8_new(&c->worker, engine, err);
	for (size_t i = 0; i < program->steps && !status; i++) {
		c->step[i].model_cycles = model_cycles[i];
		status = check_add_regions(c, i, err);
	}
	if (status)
		check_free(c);
	else
		*out = c;
	return status;
}

void check_free(struct check *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->region && i < c->program->steps; i++)
		for (int k = 0; k < REGIONS; k++) {
			free(c->region[i][k].want);
			free(c->region[i][k].seen);
		}
	cas_worker8_free(c->worker);
	cas_buf_clear(&c->text);
	free(c->region);
	free(c->step);
	free(c->cycles);
	free(c->tiles);
	free(c);
}

/* [i][j] of the engine to [j][i] of coupling memory. */
static void transpose(uint8_t *to, const uint8_t *from, size_t caps, size_t classes)
{
	for (size_t i = 0; i < caps; i++)
		for (size_t j = 0; j < classes; j++)
			to[j * caps + i] = from[i * classes + j];
}

/* [j][d] of the engine to v memory, bank d mod CHECK_V_BANKS with [d / CHECK_V_BANKS][j]; elements that are not there
 * must not be written. */
static void spread(struct region *v, const uint8_t *from, size_t classes, size_t dim)
{
	memset(v->seen, 1, v->bytes);
	for (size_t j = 0; j < classes; j++)
		for (size_t d = 0; d < dim; d++) {
			size_t at = (d / CHECK_V_BANKS * classes + j) * CHECK_V_BANKS + d % CHECK_V_BANKS;

			v->want[at] = from[j * dim + d];
			v->seen[at] = 0;
		}
}

/* Does this step of the program write the tensor of this event?  The slot of its region, or -1. */
static int slot_for(const struct check *c, const struct cas_step *s, const struct cas_tap_event *ev)
{
	int primary = c->net->layer[s->layer].kind == CAS_PRIMARYCAPS;

	if (s->layer != ev->layer || s->position != ev->position)
		return -1;
	switch (s->kind) {
	case CAS_STEP_ADD:
	case CAS_STEP_POOL:
		return ev->tensor == CAS_TAP_RESULT ? 0 : -1;
	case CAS_STEP_CONV:
		if (s->types)
			return ev->tensor == CAS_TAP_VOTES ? 0 : -1;
		return ev->tensor == (primary ? CAS_TAP_PRE : CAS_TAP_RESULT) ? 0 : -1;
	case CAS_STEP_SQUASH:
		if (s->iteration)
			return ev->tensor == CAS_TAP_V && ev->iter == s->iteration - 1 ? 0 : -1;
		return ev->tensor == CAS_TAP_RESULT ? 0 : -1;
	case CAS_STEP_VOTES:
		return ev->tensor == CAS_TAP_VOTES ? 0 : -1;
	case CAS_STEP_SUM:
		return ev->tensor == CAS_TAP_PRE && ev->iter == s->iteration - 1 ? 0 : -1;
	case CAS_STEP_UPDATE:
		if (ev->tensor == CAS_TAP_LOGITS && ev->iter == s->iteration - 1)
			return 0;
		return s->chained_softmax && ev->tensor == CAS_TAP_COUPLING && ev->iter == s->iteration ? 1 : -1;
	case CAS_STEP_SOFTMAX:
		return ev->tensor == CAS_TAP_COUPLING && ev->iter == s->iteration - 1 ? 1 : -1;
	default:
		return -1;
	}
}

/* Where a step's part of its layer's tensor begins: the second part of a concatenation is its end. */
static size_t first_of(const struct check *c, const struct cas_step *s)
{
	const struct cas_shape *in = &c->net->layer[s->layer].in;

	return s->kind == CAS_STEP_ADD && s->operand ? (size_t)in->h * (size_t)in->w * (size_t)in->c : 0;
}

static void keep(void *ctx, const struct cas_tap_event *ev)
{
	struct check *c = ctx;

	for (size_t i = 0; i < c->program->steps; i++) {
		const struct cas_step *s = &c->program->step[i];
		int slot = slot_for(c, s, ev);

		if (slot < 0)
			continue;
		if (ev->tensor == CAS_TAP_V)
			spread(&c->region[i][1], ev->data, (size_t)s->caps, (size_t)s->dim);
		if (slot == 1)
			transpose(c->region[i][1].want, ev->data, (size_t)s->caps, (size_t)s->classes);
		else
			memcpy(c->region[i][0].want, (const uint8_t *)ev->data + first_of(c, s), c->region[i][0].bytes);
	}
}

/* The input as the program's first LOAD wants it: the map, or patches of the first convolution. */
static void place_input(const struct check *c, const uint8_t *pixels, uint8_t *to)
{
	const struct cas_network *net = c->net;
	const struct cas_layer *l = &net->layer[0];
	int patches = 0;

	for (size_t i = 0; i < c->program->steps; i++)
		patches |= c->program->step[i].layer == 0 && c->program->step[i].patches;
	if (!patches) {
		memcpy(to, pixels, (size_t)net->input.h * (size_t)net->input.w * (size_t)net->input.c);
		return;
	}
	for (int p = 0; p < l->out.h * l->out.w; p++)
		for (int ky = 0; ky < l->k_h; ky++)
			for (int kx = 0; kx < l->k_w; kx++)
				for (int ch = 0; ch < net->input.c; ch++) {
					int y = p / l->out.w * l->stride - l->pad + ky, x = p % l->out.w * l->stride - l->pad + kx;
					int inside = y >= 0 && y < net->input.h && x >= 0 && x < net->input.w;

					*to++ = inside ? pixels[(y * net->input.w + x) * net->input.c + ch] : 0;
				}
}

/* What the moves bring and take. */
static void place_move(struct check *c, size_t i, const uint8_t *pixels, uint8_t *dram)
{
	const struct cas_step *s = &c->program->step[i];

	if (s->kind == CAS_STEP_LOAD) {
		place_input(c, pixels, dram + s->dram_addr);
		memcpy(c->region[i][0].want, dram + s->dram_addr, s->bytes);
	}
	if (s->kind == CAS_STEP_STORE)
		memcpy(c->region[i][0].want, cas_worker8_result(c->worker, s->layer), s->bytes);
}

void check_begin(struct check *c, const uint8_t *pixels, uint8_t *dram)
{
	struct cas_tap tap = {keep, c};

	for (size_t i = 0; i < c->program->steps; i++) {
		c->tiles[i] = cas_program_tiles(c->program, i);
		c->cycles[i] = 0;
		for (int k = 0; k < REGIONS; k++)
			if (c->region[i][k].seen)
				memset(c->region[i][k].seen, 0, c->region[i][k].bytes);
	}
	c->answer = cas_engine8_run(c->engine, c->worker, pixels, &tap);
	c->images++;
	for (int l = 0; l < c->net->layers; l++)
		c->layer[l].model_overflows = cas_worker8_overflows(c->worker, l);
	for (size_t i = 0; i < c->program->steps; i++)
		place_move(c, i, pixels, dram);
}

/* Of a byte and its place; sums of such do not depend on the order. */
static uint64_t digest(int image, uint64_t index, uint8_t byte)
{
	uint64_t z = ((uint64_t)image << 48 | index << 8 | byte) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return z ^ z >> 27;
}

static void complain(struct check *c, size_t step, const struct region *r, uint64_t index, int got, int want)
{
	const struct cas_step *s = &c->program->step[step];

	if (c->complaints++ >= COMPLAINTS)
		return;
	if (r)
		cas_buf_printf(&c->text, "image %d, layer %s, step %s, %s[%llu]: got %d, want %d\n", c->images,
			c->net->layer[s->layer].name, s->name, r->tensor, (unsigned long long)index, got, want);
	else
		cas_buf_printf(&c->text, "image %d, step %s: a write of %d to byte %llu of a memory that it does not write\n",
			c->images, s->name, got, (unsigned long long)index);
}

void check_write(struct check *c, size_t step, int memory, uint64_t addr, const uint8_t *mask,
	const uint8_t *data, size_t bytes)
{
	struct check_step *out = &c->step[step];

	for (size_t k = 0; k < bytes; k++) {
		struct region *r = NULL;
		uint64_t at = addr + k, index;

		if (!mask[k])
			continue;
		for (int i = 0; i < REGIONS; i++) {
			struct region *try = &c->region[step][i];

			if (try->want && try->memory == memory && at >= try->addr && at < try->addr + try->bytes)
				r = try;
		}
		if (!r) {
			out->strays++;
			complain(c, step, NULL, at, data[k], 0);
			continue;
		}
		index = at - r->addr;
		out->compared++;
		out->repeated += r->seen[index];
		r->seen[index] = 1;
		r->digest += digest(c->images, index, data[k]);
		if (data[k] != r->want[index]) {
			out->mismatches++;
			complain(c, step, r, index, data[k], r->want[index]);
		}
	}
}

void check_pass(struct check *c, size_t step, int first, int last, int rows)
{
	struct cas_pass pass;
	struct check_step *out = &c->step[step];

	out->passes++;
	if (!cas_program_tile_next(&c->tiles[step], &pass) || pass.first != first || pass.last != last ||
	    pass.rho != rows)
		out->wrong_passes++;
}

void check_step_end(struct check *c, size_t step, uint64_t cycles)
{
	struct cas_pass pass;

	c->cycles[step] += cycles; /* a step that ends twice shows */
	while (cas_program_tile_next(&c->tiles[step], &pass))
		c->step[step].wrong_passes++;
}

void check_overflows(struct check *c, size_t step, uint32_t overflows)
{
	c->layer[c->program->step[step].layer].rtl_overflows += overflows;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* Of several images the one shown is that which differs most. */
static void compare_cycles(struct check_step *out, uint64_t cycles, int images)
{
	out->wrong_cycles += cycles != out->model_cycles;
	if (images == 1 || distance(cycles, out->model_cycles) > distance(out->rtl_cycles, out->model_cycles))
		out->rtl_cycles = cycles;
}

void check_end(struct check *c)
{
	for (size_t i = 0; i < c->program->steps; i++) {
		compare_cycles(&c->step[i], c->cycles[i], c->images);
		for (int k = 0; k < REGIONS; k++)
			for (size_t b = 0; c->region[i][k].want && b < c->region[i][k].bytes; b++)
				c->step[i].missing += !c->region[i][k].seen[b];
	}
	for (int l = 0; l < c->net->layers; l++)
		c->layer[l].wrong_overflows += c->layer[l].rtl_overflows != c->layer[l].model_overflows;
}

uint64_t check_wrong_bytes(const struct check_step *s)
{
	return s->mismatches + s->missing + s->repeated + s->strays;
}

struct check_sum check_total(const struct check *c)
{
	struct check_sum sum = {0};

	for (size_t i = 0; i < c->program->steps; i++) {
		const struct check_step *s = &c->step[i];

		sum.compared += s->compared;
		sum.wrong += check_wrong_bytes(s);
		sum.rtl_cycles += s->rtl_cycles;
		sum.model_cycles += s->model_cycles;
		sum.wrong_cycles += s->wrong_cycles;
		sum.wrong_passes += s->wrong_passes;
	}
	for (int l = 0; l < c->net->layers; l++)
		sum.wrong_overflows += c->layer[l].wrong_overflows;
	return sum;
}

int check_agrees(const struct check *c)
{
	struct check_sum sum = check_total(c);

	return sum.compared && !sum.wrong && !sum.wrong_cycles && !sum.wrong_passes && !sum.wrong_overflows;
}

static struct check_tensor *tensor_of(struct check_tensor *all, size_t *count, const char *layer, const char *tensor)
{
	for (size_t i = 0; i < *count; i++)
		if (!strcmp(all[i].layer, layer) && !strcmp(all[i].tensor, tensor))
			return &all[i];
	all[*count] = (struct check_tensor){layer, tensor, 0};
	return &all[(*count)++];
}

size_t check_tensors(const struct check *c, struct check_tensor all[CHECK_TENSORS])
{
	size_t count = 0;

	for (size_t i = 0; i < c->program->steps; i++)
		for (int k = 0; k < REGIONS; k++) {
			const struct region *r = &c->region[i][k];
			struct check_tensor *t;

			/* what a LOAD brings may be patches or not */
			if (!r->want || c->program->step[i].kind == CAS_STEP_LOAD)
				continue;
			t = tensor_of(all, &count, c->net->layer[c->program->step[i].layer].name, r->tensor);
			t->digest = t->digest * 31 + r->digest;
		}
	return count;
}

int check_answer(const struct check *c)
{
	return c->answer;
}

const struct check_step *check_steps(const struct check *c)
{
	return c->step;
}

const struct check_layer *check_layers(const struct check *c)
{
	return c->layer;
}

const char *check_complaints(const struct check *c)
{
	return c->text.data ? c->text.data : "";
}
