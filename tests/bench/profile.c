/* Where the time of one inference goes: the time is read at each tap, which follows a stage. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum stage { CONV1, PRIMARYCAPS, VOTES, SUM, UPDATE, REQUANTISE, SQUASH, SOFTMAX };

enum { PROFILE_IMAGES = 4, PROFILE_RUNS = 40 };

struct clock {
	double last_s, stage_s[BENCH_STAGES];
};

const char *bench_stage_name(int stage)
{
	static const char *const names[] = {"sums of Conv1", "sums of PrimaryCaps", "sums of votes", "sum", "update",
		"requantise", "squash", "softmax"};

	return names[stage];
}

/* The stage that ends with a tensor.  sum and update include the scaling of their few results. */
static int stage_of(const struct cas_tap_event *event)
{
	switch (event->tensor) {
	case CAS_TAP_SUMS: return event->layer;
	case CAS_TAP_VOTES: return REQUANTISE;
	case CAS_TAP_PRE: return event->layer == 2 ? SUM : REQUANTISE;
	case CAS_TAP_RESULT: return event->layer == 0 ? REQUANTISE : SQUASH;
	case CAS_TAP_V: return SQUASH;
	case CAS_TAP_COUPLING: return SOFTMAX;
	default: return UPDATE;
	}
}

static void on_tensor(void *ctx, const struct cas_tap_event *event)
{
	struct clock *c = ctx;
	double now = bench_cpu_s(0);

	c->stage_s[stage_of(event)] += now - c->last_s;
	c->last_s = bench_cpu_s(0);
}

/* Shortest time of each stage of an image over the runs, mean over images. */
static void profile(double us[BENCH_STAGES], const struct bench_set *set, const uint16_t *table, enum cas_isa isa,
	int runs)
{
	struct cas_engine8 *engine = bench_engine(&set->net, table, CAS_SIGN_MAGNITUDE_ALIGNED, isa);
	struct cas_worker8 *worker;
	struct cas_err err;

	if (cas_worker8_new(&worker, engine, &err))
		bench_fail(err.text);
	for (size_t i = 0; i < PROFILE_IMAGES; i++) {
		double best[BENCH_STAGES];

		for (int run = 0; run < runs; run++) {
			struct clock c = {0};
			struct cas_tap tap = {on_tensor, &c};

			c.last_s = bench_cpu_s(0);
			cas_engine8_run(engine, worker, set->images.pixels + i * set->image_bytes, &tap);
			for (int s = 0; s < BENCH_STAGES; s++)
				best[s] = run && best[s] < c.stage_s[s] ? best[s] : c.stage_s[s];
		}
		for (int s = 0; s < BENCH_STAGES; s++)
			us[s] += best[s] * 1e6 / PROFILE_IMAGES;
	}
	cas_worker8_free(worker);
	cas_engine8_free(engine);
}

void bench_profile(struct bench_results *r, const struct bench_data *data)
{
	uint16_t *table = bench_table(data, "NGR");

	for (enum cas_isa isa = CAS_ISA_PORTABLE; isa <= CAS_ISA_AVX512; isa++)
		if (bench_isa_here(isa))
			profile(r->profile_us[isa], &data->mnist, table, isa, isa == CAS_ISA_AVX512 ? PROFILE_RUNS : PROFILE_RUNS / 5);
	free(table);
}
