#include "study/eval.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/network_load.h"
#include "model/resize.h"

/* Area of the multipliers that each PE must hold: all that the groups on the array use.  The library's
 * areas are of one technology: in another they scale as the exact one's does. */
static double pe_multiplier_area(const struct cas_eval_multipliers *m, const struct cas_network *net,
	const struct cas_technology *tech)
{
	double area = 0;

	for (int i = 0; i < m->count; i++) {
		int on_array = 0;

		for (int l = 0; l < net->layers; l++)
			for (int g = 0; g < CAS_GROUPS; g++)
				on_array |= g != CAS_GROUP_SQUASH && m->used[l][g] == i;
		if (on_array)
			area += m->entry[i].area_um2 >= 0 ? m->entry[i].area_um2 : m->exact_area_um2;
	}
	return area * (tech->exact_multiplier_um2.value / m->exact_area_um2);
}

/* Network, accelerator and published equations; needs net, multipliers, program. */
cas_status cas_eval_cost(struct cas_eval *eval, struct cas_err *err)
{
	const struct cas_accel *accel = &eval->config.accel;
	struct cas_nascaps_params params = cas_nascaps_params_default();
	struct cas_eval_multipliers *m = &eval->multipliers;
	struct cas_mul_cost mul;
	cas_status status;

	cas_mul_cost_exact(&mul);
	mul.static_area_um2 = m->pe_area_um2 = pe_multiplier_area(m, &eval->net, &eval->tech);
	for (int l = 0; l < eval->net.layers; l++)
		for (int g = 0; g < CAS_GROUPS; g++)
			if (m->used[l][g] >= 0 && m->entry[m->used[l][g]].power_mw >= 0)
				mul.power_ratio[l][g] = m->entry[m->used[l][g]].power_mw / m->exact_power_mw;
	status = cas_cost_run(&eval->cost, &eval->program, accel, &eval->tech, &mul, err);
	if (status)
		return status;
	params.rows = accel->rows;
	params.cols = accel->cols;
	params.period_ns = 1000 / accel->clock_mhz;
	status = cas_nascaps_from_network(&eval->nascaps_ops, &eval->net, accel->numerics.iterations, err);
	for (int v = 0; v < CAS_NASCAPS_VARIANTS && !status; v++)
		status = cas_nascaps_estimate(&eval->nascaps[v], &eval->nascaps_ops, &params,
			(enum cas_nascaps_variant)v, err);
	if (!status)
		status = cas_scalesim_network(&eval->scalesim, &eval->net, accel->rows, accel->cols,
			accel->numerics.iterations, err);
	return status;
}

cas_status cas_eval_fit_data(const struct cas_network *net, struct cas_dataset *set,
	struct cas_err *err)
{
	if (net->resize && set->c == net->input.c) {
		cas_status status = cas_dataset_resize(set, net->input.h, net->input.w, err);

		if (status)
			return status;
	}
	if (set->h != net->input.h || set->w != net->input.w || set->c != net->input.c)
		return cas_err_set(err, CAS_INPUT,
			"data set %s has images of %dx%dx%d, network %s expects %dx%dx%d", set->name, set->h, set->w,
			set->c, net->name, net->input.h, net->input.w, net->input.c);
	if (set->classes > net->classes)
		return cas_err_set(err, CAS_INPUT, "data set %s has %d classes, network %s only %d", set->name,
			set->classes, net->name, net->classes);
	return CAS_OK;
}

cas_status cas_eval_run(const struct cas_run_config *config, const struct cas_progress *progress,
	struct cas_eval *eval, struct cas_err *err)
{
	struct cas_dataset set = {0};
	cas_status status;

	*eval = (struct cas_eval){.config = *config};
	if (access(config->network_path, F_OK))
		return cas_err_set(err, CAS_INPUT, "network.path: %s: %s; a relative path is looked for beside the "
			"configuration, in the working directory and in %s", config->network_path, strerror(errno),
			config->home);
	status = cas_network_load(&eval->net, config->network_path, CAS_NETWORK_WEIGHTS, err);
	if (!status)
		status = cas_technology_read(&eval->tech, config->technology_file, err);
	if (!status)
		status = cas_eval_load_multipliers(config, &eval->net, &eval->multipliers, err);
	if (!status)
		status = cas_program_lower(&eval->program, &eval->net, &config->accel, err);
	if (!status)
		status = cas_eval_cost(eval, err);
	if (!status)
		status = cas_eval_find_data(&eval->config, err);
	if (!status)
		status = cas_eval_load_data(config, 0, config->images, progress ? progress->stop : NULL, &set,
			&eval->dataset_images, err);
	if (!status)
		status = cas_eval_fit_data(&eval->net, &set, err);
	if (!status)
		status = cas_eval_accuracy(config, &eval->net, &eval->multipliers, &eval->program, &set, progress,
			&eval->accuracy, err);
	memcpy(eval->dataset, set.name, sizeof eval->dataset);
	cas_dataset_clear(&set);
	return status;
}

void cas_eval_multipliers_clear(struct cas_eval_multipliers *multipliers)
{
	for (int i = 0; i < multipliers->count; i++)
		free(multipliers->mul[i]);
	multipliers->count = 0;
}

void cas_eval_clear(struct cas_eval *eval)
{
	cas_eval_multipliers_clear(&eval->multipliers);
	cas_eval_accuracy_clear(&eval->accuracy);
	cas_nascaps_ops_clear(&eval->nascaps_ops);
	for (int v = 0; v < CAS_NASCAPS_VARIANTS; v++)
		cas_nascaps_result_clear(&eval->nascaps[v]);
	cas_scalesim_result_clear(&eval->scalesim);
	cas_cost_clear(&eval->cost);
	cas_program_clear(&eval->program);
	cas_network_clear(&eval->net);
	*eval = (struct cas_eval){0};
}
