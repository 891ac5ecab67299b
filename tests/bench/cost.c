/* Time of the cost model, and peak memory of a whole run. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bench.h"
#include "cost/cost.h"
#include "study/run_config.h"

extern char **environ;

struct job {
	const struct cas_network *net;
	struct cas_run_config *config;
	struct cas_technology tech;
	uint64_t cycles;
};

static void run_cost(void *ctx, int part)
{
	struct job *j = ctx;
	struct cas_program program;
	struct cas_cost cost;
	struct cas_err err;

	(void)part;
	if (cas_program_lower(&program, j->net, &j->config->accel, &err) ||
	    cas_cost_run(&cost, &program, &j->config->accel, &j->tech, NULL, &err))
		bench_fail(err.text);
	j->cycles = cost.total.cycles;
	cas_cost_clear(&cost);
	cas_program_clear(&program);
}

/* The largest resident set of `capsacc-sim run`, both engines, two threads. */
static void measure_memory(struct bench_results *r, const struct bench_data *data)
{
	char *const argv[] = {"capsacc-sim", "run", "configs/run/mnist.yaml", "--data",
		data->real_mnist ? "mnist" : "digits", "--images", "200", "--threads", "2", "--multiplier", "NGR", "--quiet",
		"--no-files", NULL};
	struct rusage usage;
	pid_t child;
	int status;

	if (posix_spawn(&child, "build/capsacc-sim", NULL, NULL, argv, environ) || waitpid(child, &status, 0) != child)
		bench_fail("build/capsacc-sim cannot be run");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		bench_fail("capsacc-sim run failed");
	(void)getrusage(RUSAGE_CHILDREN, &usage);
	r->peak_kib = usage.ru_maxrss;
	r->peak_images = 200;
}

void bench_cost(struct bench_results *r, const struct bench_data *data)
{
	struct job job = {.net = &data->mnist.net, .config = bench_memory(sizeof *job.config)};
	struct bench_runner runner = {.run = run_cost, .ctx = &job, .parts = 1};
	struct cas_err err;

	if (cas_run_config_load("configs/run/mnist.yaml", NULL, 0, ".", job.config, &err) ||
	    cas_technology_read(&job.tech, job.config->technology_file, &err))
		bench_fail(err.text);
	bench_race(&runner, 1, 0.05, 0.5);
	r->cost_model_s = runner.best_s;
	r->modelled_cycles = job.cycles;
	free(job.config);
	measure_memory(r, data);
}
