#include "model/program.h"

/* One loop nest serves all kinds, outer first: capsule (VOTES), column block, block of vectors,
 * k group, K chunk.  Loops that a kind does not have run once. */

int cas_step_on_array(const struct cas_step *step)
{
	return step->kind == CAS_STEP_CONV || step->kind == CAS_STEP_VOTES ||
		step->kind == CAS_STEP_SUM || step->kind == CAS_STEP_UPDATE;
}

int cas_step_has_weights(const struct cas_step *step)
{
	return step->kind == CAS_STEP_CONV || step->kind == CAS_STEP_VOTES;
}

static int min_int(int a, int b)
{
	return a < b ? a : b;
}

static int columns(const struct cas_tiles *t)
{
	return min_int(t->program->cols, t->step->n - t->n_first);
}

/* Vectors that stream against the current column block, over all its blocks. */
static uint64_t vectors(const struct cas_tiles *t)
{
	switch (t->step->kind) {
	case CAS_STEP_CONV:
		return t->step->m;
	case CAS_STEP_UPDATE:
		return (uint64_t)t->step->caps * (uint64_t)columns(t);
	default:
		return 1;
	}
}

static uint64_t blocks(const struct cas_tiles *t)
{
	uint64_t depth = (uint64_t)t->program->depth;

	return (vectors(t) + depth - 1) / depth;
}

struct cas_tiles cas_program_tiles(const struct cas_program *program, size_t index)
{
	const struct cas_step *step = &program->step[index];

	return (struct cas_tiles){.program = program, .step = step, .done = !cas_step_on_array(step)};
}

/* Leave the current k group after its last chunk. */
static void next_group(struct cas_tiles *t)
{
	t->k_first = 0;
	if (++t->k_group < t->step->k_groups)
		return;
	t->k_group = 0;
	if (++t->block < blocks(t))
		return;
	t->block = 0;
	t->n_first += columns(t);
	if (t->n_first < t->step->n)
		return;
	t->n_first = 0;
	if (t->step->kind == CAS_STEP_VOTES && ++t->outer < (uint64_t)t->step->caps)
		return;
	t->done = 1;
}

/* Where the pass's vectors start and how many there are. */
static void fill_vectors(const struct cas_tiles *t, struct cas_pass *pass)
{
	const struct cas_step *s = t->step;
	uint64_t depth = (uint64_t)t->program->depth, left = vectors(t) - t->block * depth;

	pass->m = (int)(left < depth ? left : depth);
	pass->m_first = t->block * depth;
	if (s->kind == CAS_STEP_CONV)
		pass->m_first += (uint64_t)s->row_first * (uint64_t)s->out_w;
	if (s->kind == CAS_STEP_VOTES)
		pass->m_first = t->outer;
	if (s->kind == CAS_STEP_SUM) {
		pass->j_first = t->n_first / s->dim;
		pass->m = (t->n_first + pass->n - 1) / s->dim - pass->j_first + 1;
	}
}

static void fill(const struct cas_tiles *t, struct cas_pass *pass)
{
	const struct cas_step *s = t->step;
	int weights = cas_step_has_weights(s);

	*pass = (struct cas_pass){
		.rho = min_int(t->program->rows, s->k_per_group - t->k_first),
		.n = columns(t),
		.k_group = t->k_group,
		.k_first = t->k_first,
		.n_first = t->n_first,
		.first = t->k_group == 0 && t->k_first == 0,
		.fetch = weights && !(s->replay && t->block > 0),
		.release = weights && !(s->replay && t->block + 1 < blocks(t)),
		.repeat = 1,
	};
	pass->last = t->k_group == s->k_groups - 1 && t->k_first + pass->rho == s->k_per_group;
	pass->firsts = (uint64_t)pass->first;
	pass->lasts = (uint64_t)pass->last;
	fill_vectors(t, pass);
}

int cas_program_tile_next(struct cas_tiles *tiles, struct cas_pass *pass)
{
	if (tiles->done)
		return 0;
	fill(tiles, pass);
	tiles->k_first += pass->rho;
	if (tiles->k_first >= tiles->step->k_per_group)
		next_group(tiles);
	return 1;
}

/* The passes of one k group that are equal: all full chunks, or the part one. */
static int next_in_group(struct cas_tiles *t, struct cas_pass *pass)
{
	int left, rows = t->program->rows;

	if (t->done)
		return 0;
	fill(t, pass);
	left = t->step->k_per_group - t->k_first;
	if (left > rows) {
		pass->repeat = (uint64_t)(left / rows);
		if (left % rows == 0 && t->k_group == t->step->k_groups - 1)
			pass->lasts = 1;
	}
	t->k_first += pass->rho * (int)pass->repeat;
	if (t->k_first >= t->step->k_per_group)
		next_group(t);
	return 1;
}

int cas_program_tile_next_run(struct cas_tiles *tiles, struct cas_pass *pass)
{
	struct cas_tiles ahead;
	struct cas_pass more;

	if (!next_in_group(tiles, pass))
		return 0;
	for (ahead = *tiles; next_in_group(&ahead, &more); *tiles = ahead) {
		if (more.rho != pass->rho || more.m != pass->m || more.n != pass->n ||
		    more.fetch != pass->fetch || more.release != pass->release)
			break;
		pass->repeat += more.repeat;
		pass->firsts += more.firsts;
		pass->lasts += more.lasts;
	}
	return 1;
}

uint64_t cas_program_tile_count(const struct cas_program *program, size_t index)
{
	struct cas_tiles tiles = cas_program_tiles(program, index);
	struct cas_pass pass;
	uint64_t count = 0;

	while (cas_program_tile_next_run(&tiles, &pass))
		count += pass.repeat;
	return count;
}
