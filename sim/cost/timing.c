#include "cost/timing.h"

#include <stdlib.h>

#include "base/mem.h"
#include "cost/weight_stream.h"

struct player {
	const struct cas_program *program;
	const struct cas_accel *accel;
	struct cas_weight_stream stream;
	int plain;
	uint64_t now;              /* start of the step */
	/* array steps */
	struct cas_timing_step *out;
	uint64_t *port_stall;      /* the cause that a step's late loads are booked to */
	uint64_t issue, issue_m;   /* s and M of the last pass */
	uint64_t streamed;         /* sum of M */
};

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t div_up(uint64_t a, uint64_t b)
{
	return (a + b - 1) / b;
}

uint64_t cas_timing_beats(const struct cas_accel *accel, uint64_t bytes)
{
	return div_up(bytes, (uint64_t)accel->dram_beat_bytes);
}

uint64_t cas_timing_word_cycles(const struct cas_accel *accel)
{
	return (uint64_t)accel->dram_cycles_per_beat * cas_timing_beats(accel, (uint64_t)accel->cols);
}

/* One pass: its load, its issue, and the cause of the wait between the last pass and this one. */
static cas_status play_pass(struct player *p, const struct cas_pass *pass, struct cas_err *err)
{
	int first = p->out->passes == 0;
	uint64_t rho = (uint64_t)pass->rho, m = (uint64_t)pass->m, arrived = 0, loaded, ready, in_time;

	loaded = (first ? p->now + CAS_T_HEADER : p->issue) + rho;
	ready = first ? loaded : p->issue + p->issue_m;
	in_time = max_u64(ready, loaded);
	if (pass->fetch) {
		cas_weight_stream_fetch(&p->stream, rho, &arrived);
		loaded = max_u64(loaded, arrived + 1);
		p->out->fetched_words += rho;
	}
	if (first)
		p->out->split.fill_drain += CAS_T_HEADER + rho;
	*p->port_stall += in_time - ready;
	p->issue = max_u64(in_time, loaded);
	p->out->split.dram_stall += p->issue - in_time;
	p->issue_m = m;
	p->streamed += m;
	p->out->passes++;
	if (pass->release)
		return cas_weight_stream_release(&p->stream,
			(struct cas_releases){rho, loaded, 0, 1}, err);
	return CAS_OK;
}

/* `count` passes like the last one, whose words are in the buffer: each takes as long as the longer of
 * its load and its vectors. */
static cas_status skip_resident(struct player *p, const struct cas_pass *pass, uint64_t count,
	struct cas_err *err)
{
	uint64_t rho = (uint64_t)pass->rho, m = (uint64_t)pass->m, each = max_u64(rho, m);
	uint64_t first_loaded = p->issue + rho;

	p->issue += count * each;
	p->streamed += count * m;
	p->out->passes += count;
	*p->port_stall += count * (each - m);
	if (pass->release)
		return cas_weight_stream_release(&p->stream,
			(struct cas_releases){rho, first_loaded, each, count}, err);
	return CAS_OK;
}

/* `count` passes in a steady state of `each` cycles, the last one having been played. */
static void skip_steady(struct player *p, const struct cas_pass *pass, uint64_t count, uint64_t each)
{
	uint64_t rho = (uint64_t)pass->rho, m = (uint64_t)pass->m, in_time = max_u64(rho, m);

	cas_weight_stream_skip(&p->stream, count, rho, each);
	p->issue += count * each;
	p->streamed += count * m;
	p->out->passes += count;
	p->out->fetched_words += count * rho;
	*p->port_stall += count * (in_time - m);
	p->out->split.dram_stall += count * (each - in_time);
}

/* A run of equal passes.  Once a pass has moved every part of the state by the same number of cycles,
 * so will the next: the recurrence has no other inputs. */
static cas_status play_run(struct player *p, const struct cas_pass *run, struct cas_err *err)
{
	struct cas_stream_mark before = {0}, now;
	uint64_t last_issue = 0, left = run->repeat;
	cas_status status = CAS_OK;

	while (left > 0 && !status) {
		status = play_pass(p, run, err);
		left--;
		if (p->plain || status || left == 0)
			continue;
		if (!run->fetch)
			return skip_resident(p, run, left, err);
		if (!run->release)
			continue;
		now = cas_weight_stream_mark(&p->stream);
		if (left + 1 < run->repeat &&
		    cas_stream_mark_shifted(&before, &now, p->issue - last_issue)) {
			skip_steady(p, run, left, p->issue - last_issue);
			left = 0;
		}
		before = now;
		last_issue = p->issue;
	}
	return status;
}

static cas_status play_array(struct player *p, size_t index, struct cas_err *err)
{
	const struct cas_step *s = &p->program->step[index];
	struct cas_cycles *split = &p->out->split;
	struct cas_tiles tiles = cas_program_tiles(p->program, index);
	uint64_t tail = (uint64_t)p->program->rows + (uint64_t)p->program->cols + CAS_T_COLUMN_TAIL;
	uint64_t pes = (uint64_t)p->program->rows * (uint64_t)p->program->cols;
	struct cas_pass run;
	cas_status status = CAS_OK;

	p->port_stall = cas_step_has_weights(s) ? &split->weight_stall : &split->buffer_stall;
	p->streamed = 0;
	while (!status && (p->plain ? cas_program_tile_next(&tiles, &run) :
	    cas_program_tile_next_run(&tiles, &run)))
		status = play_run(p, &run, err);
	if (s->chained_softmax)
		tail += 2 * (uint64_t)s->classes + CAS_T_UNIT_TAIL;
	p->out->cycles = p->issue + p->issue_m + tail - p->now;
	split->fill_drain += tail;
	split->compute = div_up(s->macs, pes);
	split->edge = p->streamed - split->compute;
	return status;
}

/* `work` cycles of a unit behind a header and a pipeline of `depth` cycles. */
static void play_unit(struct player *p, uint64_t work, uint64_t depth)
{
	p->out->cycles = CAS_T_HEADER + work + depth;
	p->out->split.unit = work;
	p->out->split.fill_drain = CAS_T_HEADER + depth;
}

static cas_status play_move(struct player *p, const struct cas_step *s, struct cas_err *err)
{
	uint64_t begin = p->now + CAS_T_HEADER + (uint64_t)p->accel->dram_latency_cycles;
	uint64_t cycles = (uint64_t)p->accel->dram_cycles_per_beat * cas_timing_beats(p->accel, s->bytes);

	p->out->cycles = begin + cycles - p->now;
	p->out->split.fill_drain = CAS_T_HEADER;
	p->out->split.dram_stall = p->out->cycles - CAS_T_HEADER;
	return cas_weight_stream_block(&p->stream, begin, begin + cycles, err);
}

static cas_status play_step(struct player *p, size_t index, struct cas_err *err)
{
	const struct cas_step *s = &p->program->step[index];
	uint64_t beats = div_up((uint64_t)s->dim, (uint64_t)p->accel->squash_lanes);
	uint64_t classes = (uint64_t)s->classes;

	switch (s->kind) {
	case CAS_STEP_LOAD:
	case CAS_STEP_STORE:
		return play_move(p, s, err);
	case CAS_STEP_SQUASH:
		play_unit(p, (uint64_t)s->caps * beats, beats + CAS_T_UNIT_TAIL);
		return CAS_OK;
	case CAS_STEP_SOFTMAX:
		play_unit(p, (uint64_t)s->caps * classes, 2 * classes + CAS_T_UNIT_TAIL);
		return CAS_OK;
	case CAS_STEP_ADD: /* one window of the data buffer a cycle, operands in turn */
		play_unit(p, (uint64_t)s->operands * div_up(s->bytes, (uint64_t)p->accel->cols), CAS_T_COLUMN_TAIL);
		return CAS_OK;
	case CAS_STEP_POOL: /* the same, one window for each place of the kernel */
		play_unit(p, s->m * (uint64_t)s->k_h * (uint64_t)s->k_w *
			div_up((uint64_t)s->in_c, (uint64_t)p->accel->cols), CAS_T_COLUMN_TAIL);
		return CAS_OK;
	default:
		return play_array(p, index, err);
	}
}

cas_status cas_timing_run(struct cas_timing *timing, const struct cas_program *program,
	const struct cas_accel *accel, int plain, struct cas_err *err)
{
	struct player p = {.program = program, .accel = accel, .plain = plain};
	void *steps;
	cas_status status;

	*timing = (struct cas_timing){.steps = program->steps};
	status = cas_mem_new(&steps, program->steps, sizeof *timing->step, err);
	if (status)
		return status;
	timing->step = steps;
	cas_weight_stream_init(&p.stream, accel->buffers.weight_bytes / (uint64_t)accel->cols,
		(uint64_t)accel->dram_latency_cycles, cas_timing_word_cycles(accel));
	for (size_t i = 0; i < program->steps && !status; i++) {
		p.out = &timing->step[i];
		p.out->start_cycle = p.now;
		status = play_step(&p, i, err);
		p.now += p.out->cycles;
	}
	timing->cycles = p.now;
	timing->weight_peak_words = p.stream.peak_words;
	cas_weight_stream_clear(&p.stream);
	if (status)
		cas_timing_clear(timing);
	return status;
}

void cas_timing_clear(struct cas_timing *timing)
{
	free(timing->step);
	*timing = (struct cas_timing){0};
}
