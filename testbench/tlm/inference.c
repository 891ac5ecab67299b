#include "inference.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/engine8.h"
#include "io/home.h"
#include "model/network_load.h"
#include "study/eval.h"

struct inference_private {
	struct cas_eval eval;
	struct cas_tables tables;
	struct cas_engine8 *engine;
	struct cas_worker8 *worker;
};

/* As cas_eval_run does, without images. */
static cas_status prepare(struct inference_private *own, const struct cas_run_config *config, struct cas_err *err)
{
	struct cas_eval *eval = &own->eval;
	cas_status status = cas_network_load(&eval->net, config->network_path, CAS_NETWORK_WEIGHTS, err);

	eval->config = *config;
	if (!status)
		status = cas_technology_read(&eval->tech, config->technology_file, err);
	if (!status)
		status = cas_eval_load_multipliers(config, &eval->net, &eval->multipliers, err);
	if (!status)
		status = cas_program_lower(&eval->program, &eval->net, &config->accel, err);
	if (!status)
		status = cas_eval_cost(eval, err);
	if (status)
		return status;
	cas_eval_tables(&eval->multipliers, &own->tables);
	status = cas_eval_plan8(config, &eval->net, &own->tables, &eval->program, 1, NULL, &own->engine, err);
	return status ? status : cas_worker8_new(&own->worker, own->engine, err);
}

static size_t result_bytes(const struct cas_program *program)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < program->steps; i++)
		if (program->step[i].kind == CAS_STEP_STORE && program->step[i].tensor == CAS_TENSOR_RESULT)
			bytes += program->step[i].bytes;
	return (size_t)bytes;
}

cas_status inference_open(struct inference **out, const char *path, const char *const *overrides, size_t count,
	struct cas_err *err)
{
	char home[CAS_PATH_BYTES];
	void *memory[3] = {NULL, NULL, NULL};
	struct cas_run_config *config;
	struct inference *n;
	cas_status status = cas_mem_new(&memory[0], 1, sizeof *n, err);

	if (!status)
		status = cas_mem_new(&memory[1], 1, sizeof *n->own, err);
	if (!status)
		status = cas_mem_new(&memory[2], 1, sizeof *config, err);
	if (status) {
		for (int i = 0; i < 3; i++)
			free(memory[i]);
		return status;
	}
	n = memory[0];
	n->own = memory[1];
	config = memory[2];
	status = cas_home_dir(home, sizeof home, err);
	if (!status)
		status = cas_run_config_load(path, overrides, count, home, config, err);
	if (!status)
		status = prepare(n->own, config, err);
	free(config);
	if (status) {
		inference_close(n);
		return status;
	}
	n->image_bytes = (size_t)n->own->eval.net.input.h * (size_t)n->own->eval.net.input.w *
		(size_t)n->own->eval.net.input.c;
	n->result_bytes = result_bytes(&n->own->eval.program);
	n->classes = n->own->eval.net.classes;
	n->cycles = n->own->eval.cost.total.cycles;
	n->clock_mhz = n->own->eval.config.accel.clock_mhz;
	*out = n;
	return CAS_OK;
}

void inference_close(struct inference *n)
{
	if (!n)
		return;
	cas_worker8_free(n->own->worker);
	cas_engine8_free(n->own->engine);
	cas_eval_clear(&n->own->eval);
	free(n->own);
	free(n);
}

int inference_run(struct inference *n, const uint8_t *image, uint8_t *result)
{
	int answer = cas_engine8_run(n->own->engine, n->own->worker, image, NULL);

	memcpy(result, cas_worker8_result(n->own->worker, n->own->eval.net.layers - 1), n->result_bytes);
	return answer;
}

cas_status inference_images(const struct inference *n, int count, uint8_t **pixels, uint8_t **labels,
	struct cas_err *err)
{
	struct cas_dataset set = {0};
	int all;
	cas_status status = cas_eval_load_data(&n->own->eval.config, 0, count, NULL, &set, &all, err);

	if (!status)
		status = cas_eval_fit_data(&n->own->eval.net, &set, err);
	if (!status) {
		*pixels = set.pixels;
		*labels = set.labels;
		set.pixels = set.labels = NULL;
	}
	cas_dataset_clear(&set);
	return status;
}
