#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cost/timing.h"
#include "model/network_load.h"
#include "session_internal.h"
#include "study/rtl_limits.h"

static const char *const kind_names[SESSION_KINDS] = {
	"convolution", "padding", "stride", "patches", "fully connected", "several blocks of vectors",
	"weights replayed", "weights fetched again", "capsules", "convcaps3d", "convcaps3d with a stride",
	"add", "concat", "largest of a window", "average of a window", "padded window", "chained softmax", "softmax step",
	"first softmax computed", "sign_magnitude", "sign_magnitude_aligned", "affine", "signed", "slow memory",
	"part beats", "approximate multiplier", "power-of-two scales", "narrow partial sums", "narrow accumulators",
	"wrapped sums", "saturated sums",
};

const char *session_kind_name(enum session_kind kind)
{
	return kind_names[kind];
}

cas_status session_new(struct session **out, struct cas_err *err)
{
	void *memory, *own;
	cas_status status = cas_mem_new(&memory, 1, sizeof **out, err);

	if (status)
		return status;
	status = cas_mem_new(&own, 1, sizeof *(*out)->own, err);
	if (status) {
		free(memory);
		return status;
	}
	*out = memory;
	(*out)->own = own;
	return CAS_OK;
}

static void mark(struct session *s, enum session_kind kind, int is_there)
{
	if (is_there)
		s->kinds |= UINT64_C(1) << kind;
}

/* Of a multiplier of either kind. */
static int is_exact(const uint16_t *table)
{
	uint32_t p = 0, q = 0;

	while (p < CAS_MUL8U_PAIRS && table[p] == cas_mul8u_exact_at(p))
		p++;
	while (q < CAS_MUL8U_PAIRS && table[q] == (uint16_t)cas_mul8s_exact_at(q))
		q++;
	return p == CAS_MUL8U_PAIRS || q == CAS_MUL8U_PAIRS;
}

static void mark_pool(struct session *s, const struct cas_step *p)
{
	enum cas_pool_op op = s->net.layer[p->layer].pool;

	if (p->kind != CAS_STEP_POOL)
		return;
	mark(s, op == CAS_POOL_MAX ? SESSION_POOL_MAX : SESSION_POOL_AVERAGE, 1);
	mark(s, SESSION_POOL_PADDED, p->pad);
}

static void mark_kinds(struct session *s)
{
	const struct cas_accel *a = &s->accel;

	mark(s, SESSION_SIGN_MAGNITUDE, a->numerics.mapping == CAS_SIGN_MAGNITUDE);
	mark(s, SESSION_ALIGNED, a->numerics.mapping == CAS_SIGN_MAGNITUDE_ALIGNED);
	mark(s, SESSION_AFFINE, a->numerics.mapping == CAS_AFFINE);
	mark(s, SESSION_SIGNED, a->numerics.mapping == CAS_SIGNED);
	mark(s, SESSION_SLOW_MEMORY, a->dram_cycles_per_beat > 1 || a->dram_beat_bytes < a->cols);
	mark(s, SESSION_PART_BEATS, a->cols % a->dram_beat_bytes != 0);
	mark(s, SESSION_POWER_OF_TWO, a->numerics.requant == CAS_REQUANT_SHIFT);
	mark(s, SESSION_NARROW_PSUM, a->numerics.psum_bits < CAS_RTL_PSUM_BITS);
	mark(s, SESSION_NARROW_ACC, a->numerics.acc_bits < CAS_RTL_ACC_BITS);
	for (int i = 0; i < s->own->slots; i++)
		mark(s, SESSION_APPROXIMATE, !is_exact(s->own->slot[i]));
	for (size_t i = 0; i < s->program.steps; i++) {
		const struct cas_step *p = &s->program.step[i];
		int several = p->kind == CAS_STEP_CONV && p->m > (uint64_t)s->program.depth;

		mark(s, SESSION_CONV, p->kind == CAS_STEP_CONV);
		mark(s, SESSION_PADDED, p->kind == CAS_STEP_CONV && p->pad);
		mark(s, SESSION_STRIDED, p->kind == CAS_STEP_CONV && p->stride > 1);
		mark(s, SESSION_PATCHES, p->patches);
		mark(s, SESSION_FC, s->net.layer[p->layer].kind == CAS_FC);
		mark(s, SESSION_BLOCKS, several);
		mark(s, SESSION_REPLAY, several && p->replay);
		mark(s, SESSION_REFETCH, several && !p->replay);
		mark(s, SESSION_CAPSULES, p->kind == CAS_STEP_VOTES);
		mark(s, SESSION_CONVCAPS3D, p->types > 0);
		mark(s, SESSION_STRIDED_VOTES, p->types > 1 && p->stride > 1);
		mark(s, SESSION_ADD, p->operands == 2);
		mark(s, SESSION_CONCAT, p->operand == 1);
		mark_pool(s, p);
		mark(s, SESSION_CHAINED, p->chained_softmax);
		mark(s, SESSION_SOFTMAX_STEP, p->kind == CAS_STEP_SOFTMAX);
		mark(s, SESSION_FIRST_SOFTMAX, p->kind == CAS_STEP_SOFTMAX && p->iteration == 1);
	}
}

uint64_t session_kinds(const struct session *s)
{
	int kind = s->accel.numerics.overflow == CAS_SATURATE ? SESSION_SATURATED : SESSION_WRAPPED;
	uint64_t kinds = s->kinds;

	for (int l = 0; l < s->net.layers; l++)
		if (check_layers(s->check)[l].model_overflows)
			kinds |= UINT64_C(1) << kind;
	return kinds;
}

/* A random session has no configuration: its numerics are the accelerator's. */
static cas_status plan(struct session *s, const struct cas_run_config *config, struct cas_err *err)
{
	struct cas_engine8_options options = {.numerics = s->accel.numerics, .rows = s->accel.rows};

	if (config)
		return cas_eval_plan8(config, &s->net, &s->own->tables, &s->program, 1, NULL, &s->engine, err);
	cas_eval_mark_patches(&s->program, options.patches);
	return cas_engine8_plan(&s->engine, &s->net, &s->own->tables, &options, err);
}

static cas_status time_and_check(struct session *s, struct cas_err *err)
{
	struct cas_timing timing;
	uint64_t *cycles;
	void *memory;
	cas_status status = cas_timing_run(&timing, &s->program, &s->accel, 0, err);

	if (status)
		return status;
	s->model_cycles = timing.cycles;
	status = cas_mem_new(&memory, timing.steps, sizeof *cycles, err);
	if (!status) {
		cycles = memory;
		for (size_t i = 0; i < timing.steps; i++)
			cycles[i] = timing.step[i].cycles;
		status = check_new(&s->check, &s->net, &s->accel, &s->program, s->engine, cycles, err);
		free(cycles);
	}
	cas_timing_clear(&timing);
	return status;
}

cas_status session_prepare(struct session *s, const struct cas_run_config *config, struct cas_err *err)
{
	struct rtl_source source = {.net = &s->net, .accel = &s->accel, .program = &s->program,
		.tables = &s->own->tables, .slots = s->own->slots};
	void *dram;
	cas_status status = cas_program_lower(&s->program, &s->net, &s->accel, err);

	memcpy(source.slot, s->own->slot, sizeof source.slot);
	if (!status)
		status = plan(s, config, err);
	source.engine = s->engine;
	if (!status)
		status = rtl_encode(&s->image, &source, err);
	if (!status)
		status = time_and_check(s, err);
	if (!status)
		status = cas_mem_new(&dram, s->program.dram_bytes, 1, err);
	if (status)
		return status;
	s->dram = dram;
	mark_kinds(s);
	return CAS_OK;
}

/* The distinct tables of the run, each in a slot. */
static cas_status fill_slots(struct session *s, struct cas_err *err)
{
	struct session_private *own = s->own;

	cas_eval_tables(&own->multipliers, &own->tables);
	if (own->multipliers.count > RTL_TABLES)
		return cas_err_set(err, CAS_INPUT, "the RTL does not do more than %d different multipliers", RTL_TABLES);
	own->slots = own->multipliers.count;
	for (int i = 0; i < own->slots; i++)
		own->slot[i] = own->multipliers.mul[i]->product;
	return CAS_OK;
}

static cas_status take_images(struct session *s, const struct cas_run_config *config, int images,
	struct cas_err *err)
{
	struct cas_dataset set = {0};
	int all;
	cas_status status = cas_eval_load_data(config, 0, images, NULL, &set, &all, err);

	if (!status)
		status = cas_eval_fit_data(&s->net, &set, err);

	if (!status) {
		s->pixels = set.pixels;
		s->images = set.images;
		set.pixels = NULL;
	}
	cas_dataset_clear(&set);
	return status;
}

cas_status session_open_config(struct session **out, const char *path, const char *const *overrides,
	size_t count, int images, struct cas_err *err)
{
	struct cas_run_config *config;
	struct session *s;
	void *memory;
	cas_status status = cas_mem_new(&memory, 1, sizeof *config, err);

	if (status)
		return status;
	config = memory;
	status = session_new(&s, err);
	if (status) {
		free(config);
		return status;
	}
	/* From the source tree's root, or as `capsacc-sim cosim` says. */
	status = cas_run_config_load(path, overrides, count, getenv("CAPSACC_HOME"), config, err);
	if (!status)
		status = cas_network_load(&s->net, config->network_path, CAS_NETWORK_WEIGHTS, err);
	s->accel = config->accel;
	if (!status)
		status = cas_eval_load_multipliers(config, &s->net, &s->own->multipliers, err);
	if (!status)
		status = fill_slots(s, err);
	if (!status)
		status = session_prepare(s, config, err);
	if (!status)
		status = take_images(s, config, images, err);
	free(config);
	if (status)
		session_close(s);
	else
		*out = s;
	return status;
}

cas_status session_write_tables(const struct session *s, const char *path, struct cas_err *err)
{
	FILE *f = fopen(path, "w");
	struct cas_mul8u *from = malloc(sizeof *from), *to = malloc(sizeof *to);
	int good = f && from && to;

	for (int i = 0; good && i < s->own->slots; i++) {
		memcpy(from->product, s->own->slot[i], sizeof from->product);
		cas_mul8u_transform(from, s->accel.numerics.swap_operands, s->accel.numerics.zero_gating, to);
		for (int p = 0; p < CAS_MUL8U_PAIRS; p++)
			fprintf(f, "%04x\n", to->product[p]);
	}
	if (f && fclose(f))
		good = 0;
	free(from);
	free(to);
	return good ? CAS_OK : cas_err_set(err, CAS_ENV, "%s: the multipliers' tables could not be written", path);
}

void session_close(struct session *s)
{
	if (!s)
		return;
	check_free(s->check);
	cas_engine8_free(s->engine);
	rtl_image_clear(&s->image);
	cas_program_clear(&s->program);
	cas_network_clear(&s->net);
	for (int i = 0; i < s->own->multipliers.count; i++)
		free(s->own->multipliers.mul[i]);
	for (int i = 0; i < RTL_TABLES; i++)
		free(s->own->loaded[i]);
	for (int i = 0; i < s->own->weight_arrays; i++)
		free(s->own->weights[i]);
	free(s->dram);
	free(s->pixels);
	free(s->own);
	free(s);
}
