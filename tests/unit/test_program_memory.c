/* Programs as plays of tags: every byte of the data buffer and of DRAM says which element of which tensor it
 * is, and every step must find the elements that it reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../cost_random.h"
#include "model/network_load.h"
#include "model/program.h"
#include "model/program_place.h"

/* Tensor t (0: the input, i + 1: layer i's output) element e; 0 is nothing. */
static uint64_t tag(int tensor, uint64_t element)
{
	return (uint64_t)(tensor + 1) << 32 | element;
}

struct play {
	const struct cas_network *net;
	const struct cas_program *program;
	uint64_t *buffer, *dram;
	uint8_t *touched; /* [buffer_bytes]: 1 where anything was ever written */
	uint64_t buffer_bytes;
	uint64_t added[CAS_MAX_LAYERS][2]; /* bytes of each operand of ADDs so far */
};

static void expect(const struct play *p, const struct cas_step *s, uint64_t addr, int tensor, uint64_t first, uint64_t bytes)
{
	assert_true(addr + bytes <= p->buffer_bytes);
	for (uint64_t i = 0; i < bytes; i++)
		if (p->buffer[addr + i] != tag(tensor, first + i))
			fail_msg("%s: byte %llu of tensor %d is not at %llu", s->name, (unsigned long long)(first + i), tensor,
				(unsigned long long)(addr + i));
}

static void put(struct play *p, uint64_t addr, int tensor, uint64_t first, uint64_t bytes)
{
	assert_true(addr + bytes <= p->buffer_bytes);
	for (uint64_t i = 0; i < bytes; i++)
		p->buffer[addr + i] = tag(tensor, first + i);
	memset(p->touched + addr, 1, bytes);
}

/* CONV, POOL: rows of the one map, rows of the other. */
static void play_rows(struct play *p, const struct cas_step *s)
{
	const struct cas_layer *l = &p->net->layer[s->layer];
	uint64_t in_row = (uint64_t)l->in.w * (uint64_t)l->in.c, out_row = (uint64_t)l->out.w * (uint64_t)l->out.c;
	int count = s->kind == CAS_STEP_POOL && !s->row_count ? l->out.h : s->row_count;
	struct cas_rows in = cas_band_rows(l, s->row_first, count);

	if (l->kind == CAS_FC)
		in = (struct cas_rows){0, l->in.h};
	expect(p, s, s->in_addr + (uint64_t)(in.first - s->in_row_first) * in_row, l->input + 1,
		(uint64_t)in.first * in_row, (uint64_t)in.count * in_row);
	if (!s->types)
		put(p, s->out_addr, s->layer + 1, (uint64_t)s->row_first * out_row, (uint64_t)count * out_row);
}

static void play_add(struct play *p, const struct cas_step *s)
{
	const struct cas_layer *l = &p->net->layer[s->layer];
	uint64_t *first = &p->added[s->layer][s->operand];
	uint64_t begins = s->operand ? cas_shape_bytes(cas_network_shape_of(p->net, l->input)) : 0;

	for (int k = 0; k < s->operands; k++)
		expect(p, s, k ? s->in2_addr : s->in_addr, cas_layer_input(l, s->operand + k) + 1, *first, s->bytes);
	put(p, s->out_addr, s->layer + 1, begins + *first, s->bytes);
	*first += s->bytes;
}

static void play_step(struct play *p, const struct cas_step *s)
{
	const struct cas_layer *l = &p->net->layer[s->layer];
	uint64_t size = (uint64_t)s->caps * (uint64_t)s->dim;

	switch (s->kind) {
	case CAS_STEP_LOAD:
		assert_true(s->dram_addr + s->bytes <= p->program->dram_bytes && s->out_addr + s->bytes <= p->buffer_bytes);
		memcpy(p->buffer + s->out_addr, p->dram + s->dram_addr, s->bytes * sizeof *p->dram);
		memset(p->touched + s->out_addr, 1, s->bytes);
		break;
	case CAS_STEP_STORE:
		assert_true(s->dram_addr + s->bytes <= p->program->dram_bytes && s->in_addr + s->bytes <= p->buffer_bytes);
		memcpy(p->dram + s->dram_addr, p->buffer + s->in_addr, s->bytes * sizeof *p->dram);
		break;
	case CAS_STEP_CONV:
	case CAS_STEP_POOL:
		play_rows(p, s);
		break;
	case CAS_STEP_ADD:
		play_add(p, s);
		break;
	case CAS_STEP_VOTES:
		expect(p, s, s->in_addr, l->input + 1, 0, cas_shape_bytes(&l->in));
		break;
	case CAS_STEP_SQUASH:
		if (s->iteration)
			put(p, s->out_addr, s->layer + 1, (uint64_t)s->position * size, size);
		break;
	default:
		break;
	}
}

/* The network's input is at the first LOAD's address; in the end the result is at the last STORE's. */
static void play_program(const struct cas_network *net, const struct cas_accel *accel, const struct cas_program *program)
{
	struct play p = {.net = net, .program = program, .buffer_bytes = accel->buffers.data_bytes};
	const struct cas_step *last = &program->step[program->steps - 1], *first = program->step;
	uint64_t bytes = cas_shape_bytes(&net->layer[net->layers - 1].out);
	uint64_t in_bytes = cas_shape_bytes(&net->input), touched = 0;

	p.buffer = calloc(p.buffer_bytes, sizeof *p.buffer);
	p.touched = calloc(p.buffer_bytes, 1);
	p.dram = calloc(program->dram_bytes, sizeof *p.dram);
	assert_int_equal(first->kind, CAS_STEP_LOAD);
	for (uint64_t i = 0; i < in_bytes; i++)
		p.dram[first->dram_addr + i] = tag(0, i);
	for (size_t i = 0; i < program->steps; i++)
		play_step(&p, &program->step[i]);
	assert_int_equal(last->kind, CAS_STEP_STORE);
	for (uint64_t i = 0; i < bytes; i++)
		assert_true(p.dram[last->dram_addr + last->bytes - bytes + i] == tag(net->layers, i));
	for (uint64_t i = 0; i < p.buffer_bytes; i++)
		touched += p.touched[i];
	assert_true(program->peak_bytes[CAS_BUF_DATA] <= touched); /* live at one time <= ever written */
	free(p.touched);
	free(p.buffer);
	free(p.dram);
}

static void deepcaps_finds_its_tensors_in_small_buffers(void **state)
{
	static const uint64_t sizes[] = {1 << 20, 400000, 262144, 150000, 100001, 66000};
	struct cas_network *net = calloc(1, sizeof *net);
	struct cas_accel accel = accelerator(16, 16);
	struct cas_err err;
	int spills = 0;

	(void)state;
	if (cas_network_load(net, "models/deepcaps.yaml", CAS_NETWORK_SHAPES, &err))
		fail_msg("%s", err.text);
	accel.input_as_patches = 0;
	accel.allow_spills = 1;
	accel.buffers.votes_bytes = 1 << 20;
	accel.buffers.logits_bytes = accel.buffers.coupling_bytes = 1 << 16;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct cas_program program;
		uint64_t macs = 0;

		accel.buffers.data_bytes = sizes[i];
		if (cas_program_lower(&program, net, &accel, &err))
			fail_msg("%llu bytes: %s", (unsigned long long)sizes[i], err.text);
		play_program(net, &accel, &program);
		for (size_t k = 0; k < program.steps; k++)
			macs += program.step[k].macs;
		assert_int_equal(macs, net->macs);
		assert_true(program.peak_bytes[CAS_BUF_DATA] <= sizes[i]);
		assert_true(program.spills >= spills);
		spills = program.spills;
		cas_program_clear(&program);
	}
	assert_true(spills > 30);
	cas_network_clear(net);
	free(net);
}

static void random_networks_find_their_tensors(void **state)
{
	static struct cas_network net;
	struct cas_rng rng = cas_rng_init(5, 0);
	int played = 0, split[CAS_LAYER_KINDS] = {0};

	(void)state;
	for (int n = 0; n < 3000; n++) {
		struct cas_accel accel;
		struct cas_program program;
		struct cas_err err;

		random_network(&rng, &net);
		accel = random_accelerator(&rng, 16);
		accel.buffers.data_bytes = (uint64_t)pick(&rng, 100, 4000);
		accel.input_as_patches = 0;
		if (cas_program_lower(&program, &net, &accel, &err))
			continue;
		play_program(&net, &accel, &program);
		played++;
		for (size_t i = 0; i < program.steps; i++)
			if (strstr(program.step[i].name, " rows ") || strstr(program.step[i].name, " bytes "))
				split[net.layer[program.step[i].layer].kind]++;
		cas_program_clear(&program);
	}
	print_message("%d played; in parts: %d convolutions, %d capsules, %d pools, %d additions, %d concatenations\n",
		played, split[CAS_CONV2D], split[CAS_PRIMARYCAPS], split[CAS_POOL], split[CAS_ADD], split[CAS_CONCAT]);
	assert_true(played > 500 && split[CAS_CONV2D] > 20 && split[CAS_PRIMARYCAPS] > 20 && split[CAS_POOL] > 20 &&
		split[CAS_ADD] > 20 && split[CAS_CONCAT] > 20);
}

static void a_pair_that_does_not_fit_is_named_with_what_it_needs(void **state)
{
	struct cas_network *net = calloc(1, sizeof *net);
	struct cas_accel accel = accelerator(16, 16);
	struct cas_program program;
	struct cas_err err;

	(void)state;
	assert_int_equal(cas_network_load(net, "models/deepcaps-fashion", CAS_NETWORK_SHAPES, &err), CAS_OK);
	accel.buffers.data_bytes = 33000;
	accel.allow_spills = 0;
	assert_int_equal(cas_program_lower(&program, net, &accel, &err), CAS_INPUT);
	assert_string_equal(err.text, "layer b1l1: data buffer: 37632 bytes needed, it has 33000; raise "
		"buffers.data_bytes or set buffers.allow_spills");
	accel.allow_spills = 1;
	assert_int_equal(cas_program_lower(&program, net, &accel, &err), CAS_OK);
	cas_program_clear(&program);
	cas_network_clear(net);
	free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deepcaps_finds_its_tensors_in_small_buffers),
		cmocka_unit_test(random_networks_find_their_tensors),
		cmocka_unit_test(a_pair_that_does_not_fit_is_named_with_what_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
