/* Images through the engines, on all threads. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/threads.h"
#include "engine/enginef.h"
#include "study/calibration.h"
#include "study/eval.h"

struct job {
	const struct cas_dataset *set;
	size_t image_bytes;
	const struct cas_engine8 *engine8;
	const struct cas_enginef *enginef;
	struct cas_worker8 **worker8;
	struct cas_workerf **workerf;
	int16_t *answer8, *answerf;
	const struct cas_progress *progress;
	const char *stage;
	pthread_mutex_t lock; /* of `done` and the progress callback */
	size_t done;
};

static void report_progress(struct job *job)
{
	pthread_mutex_lock(&job->lock);
	job->done++;
	if (job->progress && job->progress->fn)
		job->progress->fn(job->progress->ctx, job->stage, job->done, (size_t)job->set->images);
	pthread_mutex_unlock(&job->lock);
}

static void run8(void *ctx, size_t item, int worker)
{
	struct job *job = ctx;

	job->answer8[item] = (int16_t)cas_engine8_run(job->engine8, job->worker8[worker],
		job->set->pixels + item * job->image_bytes, NULL);
	report_progress(job);
}

static void runf(void *ctx, size_t item, int worker)
{
	struct job *job = ctx;

	job->answerf[item] = (int16_t)cas_enginef_run(job->enginef, job->workerf[worker],
		job->set->pixels + item * job->image_bytes, NULL);
	report_progress(job);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static const volatile sig_atomic_t *stop_of(const struct cas_progress *progress)
{
	return progress ? progress->stop : NULL;
}

void cas_eval_mark_patches(const struct cas_program *program, uint8_t patches[CAS_MAX_LAYERS])
{
	for (size_t s = 0; s < program->steps; s++)
		if (program->step[s].kind == CAS_STEP_CONV && program->step[s].patches)
			patches[program->step[s].layer] = 1;
}

static cas_status calibrate(const struct cas_run_config *config, const struct cas_network *net,
	const struct cas_progress *progress, struct cas_engine8 *engine, struct cas_err *err)
{
	int threads = config->threads ? config->threads : cas_threads_available();
	struct cas_dataset calibration = {0};
	int all;
	cas_status status = cas_eval_load_data(config, 1, config->bias_calibration_images, stop_of(progress),
		&calibration, &all, err);

	if (!status)
		status = cas_eval_fit_data(net, &calibration, err);
	if (!status)
		status = cas_engine8_calibrate_bias(engine, calibration.pixels, calibration.images, threads,
			stop_of(progress), err);
	cas_dataset_clear(&calibration);
	return status;
}

cas_status cas_eval_plan8(const struct cas_run_config *config, const struct cas_network *net,
	const struct cas_tables *tables, const struct cas_program *program, int calibrated,
	const struct cas_progress *progress, struct cas_engine8 **out, struct cas_err *err)
{
	struct cas_engine8_options options = {.numerics = config->accel.numerics, .rows = config->accel.rows,
		.isa = config->isa, .uncalibrated = !calibrated || !config->stored_calibration};
	cas_status status = calibrated ? cas_calibration_check(config, net, err) : CAS_OK;

	cas_eval_mark_patches(program, options.patches);
	if (!status)
		status = cas_engine8_plan(out, net, tables, &options, err);
	if (!status && calibrated && config->bias_calibration_images)
		status = calibrate(config, net, progress, *out, err);
	return status;
}

static cas_status run_engine8(struct job *job, int threads, struct cas_eval_accuracy *out,
	struct cas_err *err)
{
	cas_status status = cas_mem_new((void **)&job->worker8, (size_t)threads, sizeof *job->worker8, err);
	double began;

	for (int t = 0; t < threads && !status; t++)
		status = cas_worker8_new(&job->worker8[t], job->engine8, err);
	began = now();
	job->done = 0;
	if (!status)
		status = cas_parallel_for(threads, (size_t)job->set->images, run8, job, stop_of(job->progress), err);
	out->seconds8 = now() - began;
	for (int t = 0; job->worker8 && t < threads; t++) {
		for (int l = 0; job->worker8[t] && l < CAS_MAX_LAYERS; l++)
			out->overflows[l] += cas_worker8_overflows(job->worker8[t], l);
		cas_worker8_free(job->worker8[t]);
	}
	free(job->worker8);
	return status;
}

static cas_status run_enginef(struct job *job, int threads, struct cas_err *err)
{
	cas_status status = cas_mem_new((void **)&job->workerf, (size_t)threads, sizeof *job->workerf, err);

	for (int t = 0; t < threads && !status; t++)
		status = cas_workerf_new(&job->workerf[t], job->enginef, err);
	job->done = 0;
	job->stage = "float engine";
	if (!status)
		status = cas_parallel_for(threads, (size_t)job->set->images, runf, job, stop_of(job->progress), err);
	for (int t = 0; job->workerf && t < threads; t++)
		cas_workerf_free(job->workerf[t]);
	free(job->workerf);
	return status;
}

static void count_right(const struct cas_dataset *set, struct cas_eval_accuracy *out)
{
	out->images = set->images;
	out->correct8 = out->only8 = out->onlyf = out->only_calibrated = out->only_plain = 0;
	out->correctf = out->agree = out->answerf ? 0 : -1;
	out->correct_plain = out->answer_plain ? 0 : -1;
	for (int i = 0; i < set->images; i++) {
		int right8 = out->answer8[i] == set->labels[i];

		out->correct8 += right8;
		if (out->answerf) {
			int rightf = out->answerf[i] == set->labels[i];

			out->correctf += rightf;
			out->only8 += right8 && !rightf;
			out->onlyf += rightf && !right8;
			out->agree += out->answerf[i] == out->answer8[i];
		}
		if (out->answer_plain) {
			int right = out->answer_plain[i] == set->labels[i];

			out->correct_plain += right;
			out->only_calibrated += right8 && !right;
			out->only_plain += right && !right8;
		}
	}
}

cas_status cas_eval_float(const struct cas_run_config *config, const struct cas_network *net,
	const struct cas_dataset *set, const struct cas_progress *progress, int *correct,
	struct cas_err *err)
{
	struct job job = {.set = set, .progress = progress, .lock = PTHREAD_MUTEX_INITIALIZER,
		.image_bytes = (size_t)set->h * (size_t)set->w * (size_t)set->c};
	struct cas_enginef *enginef = NULL;
	cas_status status = cas_mem_new((void **)&job.answerf, (size_t)set->images, sizeof *job.answerf, err);

	if (!status)
		status = cas_enginef_plan(&enginef, net, config->accel.numerics.iterations, err);
	job.enginef = enginef;
	if (!status)
		status = run_enginef(&job, config->threads ? config->threads : cas_threads_available(), err);
	*correct = 0;
	for (int i = 0; !status && i < set->images; i++)
		*correct += job.answerf[i] == set->labels[i];
	cas_enginef_free(enginef);
	free(job.answerf);
	return status;
}

void cas_eval_accuracy_clear(struct cas_eval_accuracy *accuracy)
{
	free(accuracy->answer8);
	free(accuracy->answerf);
	free(accuracy->answer_plain);
	free(accuracy->labels);
	*accuracy = (struct cas_eval_accuracy){0};
}

static int is_calibrated(const struct cas_run_config *config, const struct cas_network *net)
{
	return config->bias_calibration_images || (config->stored_calibration && net->calibration.images);
}

/* The 8-bit engine on all images: as configured, or without any bias calibration. */
static cas_status answer8(struct job *job, const struct cas_run_config *config,
	const struct cas_network *net, const struct cas_tables *tables, const struct cas_program *program,
	int calibrated, int threads, struct cas_eval_accuracy *out, struct cas_err *err)
{
	struct cas_engine8 *engine8 = NULL;
	int16_t **answers = calibrated ? &out->answer8 : &out->answer_plain;
	struct cas_eval_accuracy unused = {0};
	cas_status status = cas_mem_new((void **)answers, (size_t)job->set->images, sizeof **answers, err);

	if (!status)
		status = cas_eval_plan8(config, net, tables, program, calibrated, job->progress, &engine8, err);
	job->engine8 = engine8;
	job->answer8 = *answers;
	job->stage = calibrated ? "8-bit engine" : "uncalibrated";
	if (!status)
		status = run_engine8(job, threads, calibrated ? out : &unused, err);
	for (int l = 0; l < net->layers && !status; l++)
		out->exposed[l] = (uint8_t)cas_engine8_is_exposed(engine8, l);
	cas_engine8_free(engine8);
	return status;
}

cas_status cas_eval_accuracy(const struct cas_run_config *config, const struct cas_network *net,
	const struct cas_eval_multipliers *multipliers, const struct cas_program *program,
	const struct cas_dataset *set, const struct cas_progress *progress, struct cas_eval_accuracy *out,
	struct cas_err *err)
{
	int threads = config->threads ? config->threads : cas_threads_available();
	struct job job = {.set = set, .progress = progress, .lock = PTHREAD_MUTEX_INITIALIZER,
		.image_bytes = (size_t)set->h * (size_t)set->w * (size_t)set->c};
	struct cas_tables tables;
	struct cas_enginef *enginef = NULL;
	cas_status status = cas_mem_new((void **)&out->labels, (size_t)set->images, 1, err);

	cas_eval_tables(multipliers, &tables);
	if (!status)
		memcpy(out->labels, set->labels, (size_t)set->images);
	if (!status && config->float_reference)
		status = cas_mem_new((void **)&out->answerf, (size_t)set->images, sizeof *out->answerf, err);
	if (!status)
		status = answer8(&job, config, net, &tables, program, 1, threads, out, err);
	if (!status && config->compare_uncalibrated && is_calibrated(config, net))
		status = answer8(&job, config, net, &tables, program, 0, threads, out, err);
	if (!status && config->float_reference) {
		status = cas_enginef_plan(&enginef, net, config->accel.numerics.iterations, err);
		job.enginef = enginef;
		job.answerf = out->answerf;
		if (!status)
			status = run_enginef(&job, threads, err);
		cas_enginef_free(enginef);
	}
	if (!status)
		count_right(set, out);
	return status;
}
