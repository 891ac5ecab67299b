/* Where each step of a program writes. */
#include "check_internal.h"

static struct region *add_region(struct check *c, size_t step, int slot, int memory, uint64_t addr,
	size_t bytes, const char *tensor, cas_status *status, struct cas_err *err)
{
	struct region *r = &c->region[step][slot];
	void *memory_of[2] = {NULL, NULL};

	*r = (struct region){memory, addr, bytes, tensor, NULL, NULL, 0};
	for (int i = 0; i < 2 && !*status; i++)
		*status = cas_mem_new(&memory_of[i], bytes + 1, 1, err);
	r->want = memory_of[0];
	r->seen = memory_of[1];
	return r;
}

cas_status check_add_regions(struct check *c, size_t i, struct cas_err *err)
{
	const struct cas_step *s = &c->program->step[i];
	size_t pairs = (size_t)s->caps * (size_t)s->classes;
	cas_status status = CAS_OK;

	switch (s->kind) {
	case CAS_STEP_LOAD:
		add_region(c, i, 0, CAS_BUF_DATA, s->out_addr, s->bytes, "loaded bytes", &status, err);
		break;
	case CAS_STEP_CONV:
		add_region(c, i, 0, s->types ? CAS_BUF_VOTES : CAS_BUF_DATA, s->out_addr, (size_t)s->m * (size_t)s->n,
			s->types ? "votes" : "outputs", &status, err);
		break;
	case CAS_STEP_STORE:
		add_region(c, i, 0, CHECK_DRAM, s->dram_addr, s->bytes, "stored bytes", &status, err);
		break;
	case CAS_STEP_ADD:
		add_region(c, i, 0, CAS_BUF_DATA, s->out_addr, s->bytes, "added codes", &status, err);
		break;
	case CAS_STEP_POOL:
		add_region(c, i, 0, CAS_BUF_DATA, s->out_addr, (size_t)s->m * (size_t)s->in_c, "pooled codes", &status, err);
		break;
	case CAS_STEP_SQUASH:
		add_region(c, i, 0, CAS_BUF_DATA, s->out_addr, (size_t)s->caps * (size_t)s->dim, "capsules", &status, err);
		if (s->iteration)
			add_region(c, i, 1, CAS_BUF_V, 0, ((size_t)s->dim + CHECK_V_BANKS - 1) / CHECK_V_BANKS * CHECK_V_BANKS *
				(size_t)s->caps, "v", &status, err);
		break;
	case CAS_STEP_VOTES:
		add_region(c, i, 0, CAS_BUF_VOTES, 0, pairs * (size_t)s->dim, "votes", &status, err);
		break;
	case CAS_STEP_SUM:
		add_region(c, i, 0, CAS_BUF_DATA, s->out_addr, (size_t)s->classes * (size_t)s->dim, "weighted sums",
			&status, err);
		break;
	case CAS_STEP_UPDATE:
		add_region(c, i, 0, CAS_BUF_LOGITS, 0, pairs, "logits", &status, err);
		if (s->chained_softmax)
			add_region(c, i, 1, CAS_BUF_COUPLING, 0, pairs, "couplings", &status, err);
		break;
	case CAS_STEP_SOFTMAX:
		add_region(c, i, 1, CAS_BUF_COUPLING, 0, pairs, "couplings", &status, err);
		break;
	default:
		break;
	}
	return status;
}
