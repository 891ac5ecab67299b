#include "study/mul_operands.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arith/mul8u_generate.h"
#include "base/mem.h"
#include "base/threads.h"
#include "model/network_shape.h"

static const char *const routing_groups[CAS_GROUPS] = {
	[CAS_GROUP_VOTES] = "votes", [CAS_GROUP_SUM] = "sum", [CAS_GROUP_UPDATE] = "update",
	[CAS_GROUP_SQUASH] = "squash",
};

static int find_layer(const struct cas_network *net, const char *name)
{
	for (int l = 0; l < net->layers; l++)
		if (!strcmp(net->layer[l].name, name))
			return l;
	return -1;
}

static cas_status no_such_group(const struct cas_network *net, const char *group, const char *layer,
	struct cas_err *err)
{
	char names[256] = "";
	size_t at = 0;

	for (int l = 0; l < net->layers && at + CAS_NAME_BYTES + 2 < sizeof names; l++)
		if (cas_layer_has_group(&net->layer[l], CAS_GROUP_LAYER))
			at += (size_t)snprintf(names + at, sizeof names - at, "%s, ", net->layer[l].name);
	return cas_err_set(err, CAS_INPUT, "network %s has no products '%.40s'%s%.40s; expected %svotes, sum, update or squash",
		net->name, group, layer ? " in layer " : "", layer ? layer : "", names);
}

cas_status cas_mul_group_find(const struct cas_network *net, const char *group, const char *layer,
	struct cas_mul_group *out, struct cas_err *err)
{
	int at = find_layer(net, layer ? layer : group), g = CAS_GROUP_VOTES, found = 0;

	while (g < CAS_GROUPS && strcmp(group, routing_groups[g]))
		g++;
	*out = (struct cas_mul_group){.group = CAS_GROUP_LAYER, .first = at, .end = at + 1};
	if (g < CAS_GROUPS)
		*out = (struct cas_mul_group){.group = (enum cas_group)g, .first = layer ? at : 0,
			.end = layer ? at + 1 : net->layers};
	else if (layer && strcmp(group, layer))
		return no_such_group(net, group, layer, err);
	for (int l = out->first < 0 ? 0 : out->first; l < out->end; l++)
		found |= cas_layer_has_group(&net->layer[l], out->group);
	return found ? CAS_OK : no_such_group(net, group, layer, err);
}

struct job {
	const struct cas_network *net;
	const struct cas_dataset *set;
	const struct cas_mul_group *group;
	const struct cas_progress *progress;
	struct cas_engine8 *engine;
	int threads;
	struct cas_worker8 **worker;  /* [threads] */
	uint64_t (*histogram)[CAS_MUL8U_PAIRS]; /* [threads]; sums of integers: in any order the same */
	pthread_mutex_t lock;         /* of `done` and the progress callback */
	size_t done;
};

static void count_image(void *ctx, size_t item, int worker)
{
	struct job *job = ctx;
	size_t image_bytes = (size_t)job->set->h * (size_t)job->set->w * (size_t)job->set->c;

	for (int l = job->group->first; l < job->group->end; l++)
		if (cas_layer_has_group(&job->net->layer[l], job->group->group))
			cas_engine8_count_operands(job->engine, job->worker[worker],
				job->set->pixels + item * image_bytes, l, job->group->group, job->histogram[worker]);
	pthread_mutex_lock(&job->lock);
	job->done++;
	if (job->progress && job->progress->fn)
		job->progress->fn(job->progress->ctx, "operands", job->done, (size_t)job->set->images);
	pthread_mutex_unlock(&job->lock);
}

static void add_up(const struct job *job, int swap, struct cas_mul_operands *out)
{
	double first = 0, second = 0, square = 0;

	memset(out, 0, sizeof *out);
	for (uint32_t i = 0; i < CAS_MUL8U_PAIRS; i++) {
		uint32_t x = swap ? i & 255 : i >> 8, y = swap ? i >> 8 : i & 255;
		uint64_t count = 0;

		for (int t = 0; t < job->threads; t++)
			count += job->histogram[t][i];
		out->histogram[x << 8 | y] = count;
		out->pairs += count;
		out->with_zero += x && y ? 0 : count;
		first += (double)count * x;
		second += (double)count * y;
		square += (double)count * ((double)x * y) * ((double)x * y);
	}
	out->mean_first = out->pairs ? first / (double)out->pairs : 0;
	out->mean_second = out->pairs ? second / (double)out->pairs : 0;
	out->rms_product = out->pairs ? sqrt(square / (double)out->pairs) : 0;
}

static cas_status plan(struct job *job, const struct cas_run_config *config,
	const struct cas_mul8u *exact, struct cas_err *err)
{
	struct cas_engine8_options options = {.numerics = config->accel.numerics, .rows = config->accel.rows};
	struct cas_tables tables;
	cas_status status;

	for (int l = 0; l < CAS_MAX_LAYERS; l++)
		for (int g = 0; g < CAS_GROUPS; g++)
			tables.table[l][g] = exact->product;
	status = cas_engine8_plan(&job->engine, job->net, &tables, &options, err);
	if (!status)
		status = cas_mem_new((void **)&job->worker, (size_t)job->threads, sizeof *job->worker, err);
	if (!status)
		status = cas_mem_new((void **)&job->histogram, (size_t)job->threads, sizeof *job->histogram, err);
	for (int t = 0; t < job->threads && !status; t++)
		status = cas_worker8_new(&job->worker[t], job->engine, err);
	return status;
}

cas_status cas_mul_operands_count(const struct cas_run_config *config, const struct cas_network *net,
	const struct cas_dataset *set, const struct cas_mul_group *group,
	const struct cas_progress *progress, struct cas_mul_operands *out, struct cas_err *err)
{
	struct job job = {.net = net, .set = set, .group = group, .progress = progress,
		.threads = config->threads ? config->threads : cas_threads_available(),
		.lock = PTHREAD_MUTEX_INITIALIZER};
	struct cas_mul8u *exact;
	cas_status status = cas_mem_new((void **)&exact, 1, sizeof *exact, err);

	if (!status)
		status = cas_mul8u_generate(exact, "EXACT", err);
	if (!status)
		status = plan(&job, config, exact, err);
	if (!status)
		status = cas_parallel_for(job.threads, (size_t)set->images, count_image, &job,
			progress ? progress->stop : NULL, err);
	if (!status)
		add_up(&job, config->accel.numerics.swap_operands, out);
	for (int t = 0; job.worker && t < job.threads; t++)
		cas_worker8_free(job.worker[t]);
	free(job.worker);
	free(job.histogram);
	cas_engine8_free(job.engine);
	free(exact);
	return status;
}
