/* Cycles a second of the Verilated 16x16 array, and the cost model's time for the same inference. */
#include <cjson/cJSON.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "cost/cost.h"
#include "io/outfile.h"
#include "model/network_load.h"
#include "study/run_config.h"

extern char **environ;

static const char json_path[] = "build/bench-cosim.json", config_path[] = "configs/run/digits.yaml";

enum { JSON_MOST = 1 << 22, MISSING = 3 };

/* `capsacc-sim cosim` builds its bench where it is not there yet, which takes about half a minute.  Returns
 * its exit status. */
static int cosimulate(void)
{
	char *const argv[] = {"capsacc-sim", "cosim", (char *)(uintptr_t)config_path, "--images", "20", "--json", NULL};
	posix_spawn_file_actions_t actions;
	pid_t child;
	int status;

	if (posix_spawn_file_actions_init(&actions) ||
	    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, json_path, O_WRONLY | O_CREAT | O_TRUNC, 0644) ||
	    posix_spawn(&child, "build/capsacc-sim", &actions, NULL, argv, environ) || waitpid(child, &status, 0) != child)
		bench_fail("build/capsacc-sim cannot be run");
	(void)posix_spawn_file_actions_destroy(&actions);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void read_rate(struct bench_results *r)
{
	struct cas_err err;
	char *text;
	size_t bytes;
	cJSON *json;

	if (cas_file_read(json_path, JSON_MOST, &text, &bytes, &err))
		bench_fail(err.text);
	json = cJSON_ParseWithLength(text, bytes);
	r->rtl_cycles_per_s = cJSON_GetNumberValue(cJSON_GetObjectItem(json, "rtl_cycles_per_second"));
	r->rtl_cycles = cJSON_GetNumberValue(cJSON_GetObjectItem(json, "rtl_cycles")); /* of one inference */
	cJSON_Delete(json);
	free(text);
}

struct job {
	struct cas_network net;
	struct cas_run_config config;
	struct cas_technology tech;
};

static void run_cost(void *ctx, int part)
{
	struct job *j = ctx;
	struct cas_program program;
	struct cas_cost cost;
	struct cas_err err;

	(void)part;
	if (cas_program_lower(&program, &j->net, &j->config.accel, &err) ||
	    cas_cost_run(&cost, &program, &j->config.accel, &j->tech, NULL, &err))
		bench_fail(err.text);
	cas_cost_clear(&cost);
	cas_program_clear(&program);
}

void bench_rtl(struct bench_results *r, const struct bench_data *data)
{
	struct job *job;
	struct bench_runner runner = {.run = run_cost, .parts = 1};
	struct cas_err err;
	int status = cosimulate();

	(void)data;
	if (status == MISSING)
		return; /* it said what is missing */
	if (status)
		bench_fail("capsacc-sim cosim failed");
	read_rate(r);
	job = bench_memory(sizeof *job);
	runner.ctx = job;
	if (cas_run_config_load(config_path, NULL, 0, ".", &job->config, &err) ||
	    cas_network_load(&job->net, job->config.network_path, CAS_NETWORK_SHAPES, &err) ||
	    cas_technology_read(&job->tech, job->config.technology_file, &err))
		bench_fail(err.text);
	bench_race(&runner, 1, 0.05, 0.5);
	r->rtl_cost_model_s = runner.best_s;
	cas_network_clear(&job->net);
	free(job);
}
