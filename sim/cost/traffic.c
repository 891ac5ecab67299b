#include "cost/traffic.h"

#include "cost/timing.h"

static void count_read(struct cas_access *a, uint64_t accesses, uint64_t bytes_each)
{
	a->reads += accesses;
	a->read_bytes += accesses * bytes_each;
}

static void count_write(struct cas_access *a, uint64_t accesses, uint64_t bytes_each)
{
	a->writes += accesses;
	a->write_bytes += accesses * bytes_each;
}

static uint64_t beat_bytes(const struct cas_accel *accel, uint64_t bytes)
{
	return cas_timing_beats(accel, bytes) * (uint64_t)accel->dram_beat_bytes;
}

/* Registers of the PEs written while a run loads and streams. */
static uint64_t register_bits(const struct cas_accel *accel, const struct cas_pass *run)
{
	uint64_t rho = (uint64_t)run->rho, m = (uint64_t)run->m, cols = (uint64_t)accel->cols;
	uint64_t load = cols * CAS_WEIGHT_BITS * (rho * (rho + 1) / 2 + rho);
	uint64_t stream = m * (rho * cols * CAS_ACTIVATION_BITS +
		(uint64_t)accel->rows * (uint64_t)run->n * (uint64_t)accel->numerics.psum_bits);

	return run->repeat * (load + stream);
}

/* What a run writes into the accumulators for each pass: routing sums and updates mask columns. */
static uint64_t words_kept(const struct cas_step *step, const struct cas_pass *run)
{
	if (step->kind == CAS_STEP_SUM)
		return (uint64_t)run->n;
	if (step->kind == CAS_STEP_UPDATE)
		return (uint64_t)run->m;
	return (uint64_t)run->m * (uint64_t)run->n;
}

static void count_columns(struct cas_traffic *t, const struct cas_accel *accel,
	const struct cas_step *step, const struct cas_pass *run)
{
	uint64_t kept = words_kept(step, run), bytes = ((uint64_t)accel->numerics.acc_bits + 7) / 8;

	t->products += run->repeat * (uint64_t)run->m * (uint64_t)run->rho * (uint64_t)run->n;
	t->register_bits += register_bits(accel, run);
	count_read(&t->accumulator, (run->repeat - run->firsts) * kept, bytes);
	count_write(&t->accumulator, (run->repeat - run->lasts) * kept, bytes);
	t->accumulates += (run->repeat - run->firsts) * kept;
	t->requantised += run->lasts * kept;
}

static void count_weights(struct cas_traffic *t, const struct cas_accel *accel,
	const struct cas_pass *run)
{
	uint64_t words = run->repeat * (uint64_t)run->rho, bytes = (uint64_t)accel->cols;

	count_read(&t->buffer[CAS_BUF_WEIGHT], words, bytes);
	if (run->fetch) {
		count_write(&t->buffer[CAS_BUF_WEIGHT], words, bytes);
		t->dram_read_bytes += words * beat_bytes(accel, bytes);
	}
}

/* Operands in, results out. */
static void count_run(struct cas_traffic *t, const struct cas_accel *accel, const struct cas_step *s,
	const struct cas_pass *run)
{
	uint64_t vectors = run->repeat * (uint64_t)run->m, rho = (uint64_t)run->rho;
	uint64_t loads = run->repeat * rho, n = (uint64_t)run->n, m = (uint64_t)run->m;

	count_columns(t, accel, s, run);
	switch (s->kind) {
	case CAS_STEP_CONV:
	case CAS_STEP_VOTES:
		count_weights(t, accel, run);
		count_read(&t->buffer[CAS_BUF_DATA], vectors, rho);
		count_write(&t->buffer[s->group == CAS_GROUP_VOTES ? CAS_BUF_VOTES : CAS_BUF_DATA],
			run->lasts * m, n);
		break;
	case CAS_STEP_SUM:
		count_read(&t->buffer[CAS_BUF_VOTES], loads, n);
		if (!s->constant_coupling)
			count_read(&t->buffer[CAS_BUF_COUPLING], vectors, rho);
		count_write(&t->buffer[CAS_BUF_DATA], run->lasts, n);
		break;
	default:
		count_read(&t->buffer[CAS_BUF_V], loads, n);
		count_read(&t->buffer[CAS_BUF_VOTES], vectors, rho);
		if (!s->first_update)
			count_read(&t->buffer[CAS_BUF_LOGITS], run->lasts * m, CAS_LOGIT_BYTES);
		count_write(&t->buffer[CAS_BUF_LOGITS], run->lasts * m, CAS_LOGIT_BYTES);
	}
}

static void count_softmax(struct cas_traffic *t, const struct cas_step *s)
{
	uint64_t pairs = (uint64_t)s->caps * (uint64_t)s->classes;

	/* the first softmax sees zeros that were never written */
	if (s->kind == CAS_STEP_SOFTMAX && s->iteration > 1)
		count_read(&t->buffer[CAS_BUF_LOGITS], pairs, CAS_LOGIT_BYTES);
	count_write(&t->buffer[CAS_BUF_COUPLING], pairs, 1);
	t->softmax_elements += pairs;
}

static void count_squash(struct cas_traffic *t, const struct cas_accel *accel,
	const struct cas_step *s)
{
	uint64_t caps = (uint64_t)s->caps, elements = caps * (uint64_t)s->dim;
	uint64_t lanes = (uint64_t)accel->squash_lanes;
	uint64_t accesses = caps * (((uint64_t)s->dim + lanes - 1) / lanes);
	struct cas_access *data = &t->buffer[CAS_BUF_DATA], *v = &t->buffer[CAS_BUF_V];

	data->reads += accesses;
	data->read_bytes += elements;
	data->writes += accesses;
	data->write_bytes += elements;
	if (s->iteration) {
		v->writes += accesses;
		v->write_bytes += elements;
	}
	t->squash_elements += elements;
	t->squash_products += elements;
	t->squash_capsules += caps;
}

static uint64_t windows(uint64_t bytes, const struct cas_accel *accel)
{
	return (bytes + (uint64_t)accel->cols - 1) / (uint64_t)accel->cols;
}

static void count_add(struct cas_traffic *t, const struct cas_accel *accel, const struct cas_step *s)
{
	uint64_t operands = (uint64_t)s->operands;
	struct cas_access *data = &t->buffer[CAS_BUF_DATA];

	data->reads += operands * windows(s->bytes, accel);
	data->read_bytes += operands * s->bytes;
	data->writes += windows(s->bytes, accel);
	data->write_bytes += s->bytes;
	t->rescaled += operands * s->bytes;
}

/* Every place of the kernel is read, in the padding too; the results are requantised. */
static void count_pool(struct cas_traffic *t, const struct cas_accel *accel, const struct cas_step *s)
{
	uint64_t channels = (uint64_t)s->in_c, places = s->m * (uint64_t)s->k_h * (uint64_t)s->k_w;
	struct cas_access *data = &t->buffer[CAS_BUF_DATA];

	data->reads += places * windows(channels, accel);
	data->read_bytes += places * channels;
	data->writes += s->m * windows(channels, accel);
	data->write_bytes += s->m * channels;
	t->accumulates += places * channels;
	t->requantised += s->m * channels;
}

static void count_move(struct cas_traffic *t, const struct cas_accel *accel, const struct cas_step *s)
{
	struct cas_access *data = &t->buffer[CAS_BUF_DATA];
	uint64_t beats = cas_timing_beats(accel, s->bytes);

	if (s->kind == CAS_STEP_LOAD) {
		t->dram_read_bytes += beat_bytes(accel, s->bytes);
		data->writes += beats;
		data->write_bytes += s->bytes;
	} else {
		t->dram_write_bytes += beat_bytes(accel, s->bytes);
		data->reads += beats;
		data->read_bytes += s->bytes;
	}
}

struct cas_traffic cas_traffic_of(const struct cas_program *program, size_t index,
	const struct cas_accel *accel)
{
	const struct cas_step *s = &program->step[index];
	struct cas_tiles tiles = cas_program_tiles(program, index);
	struct cas_traffic t = {0};
	struct cas_pass run;

	while (cas_program_tile_next_run(&tiles, &run))
		count_run(&t, accel, s, &run);
	if (s->kind == CAS_STEP_LOAD || s->kind == CAS_STEP_STORE)
		count_move(&t, accel, s);
	if (s->kind == CAS_STEP_ADD)
		count_add(&t, accel, s);
	if (s->kind == CAS_STEP_POOL)
		count_pool(&t, accel, s);
	if (s->kind == CAS_STEP_SQUASH)
		count_squash(&t, accel, s);
	if (s->kind == CAS_STEP_SOFTMAX || s->chained_softmax)
		count_softmax(&t, s);
	return t;
}

struct cas_port_words cas_port_words_of(const struct cas_step *step,
	const struct cas_traffic *traffic)
{
	struct cas_port_words words = {0, 0};

	if (cas_step_has_weights(step))
		words.weight = traffic->buffer[CAS_BUF_WEIGHT].reads;
	if (step->kind == CAS_STEP_SUM || step->kind == CAS_STEP_UPDATE)
		words.votes = traffic->buffer[CAS_BUF_VOTES].reads;
	return words;
}
