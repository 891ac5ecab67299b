#include "report/json_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/facts.h"

void cas_json_u64(cJSON *object, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%llu", (unsigned long long)value);
	cJSON_AddRawToObject(object, key, text);
}

void cas_json_real(cJSON *object, const char *key, double value)
{
	char text[40];
	int digits = 15;

	if (!isfinite(value)) {
		cJSON_AddNullToObject(object, key);
		return;
	}
	do
		snprintf(text, sizeof text, "%.*g", digits, value);
	while (strtod(text, NULL) != value && ++digits <= 17);
	cJSON_AddRawToObject(object, key, text);
}

cJSON *cas_json_item(cJSON *array)
{
	cJSON *item = cJSON_CreateObject();

	if (!cJSON_AddItemToArray(array, item)) {
		cJSON_Delete(item);
		return NULL;
	}
	return item;
}

void cas_json_multipliers(cJSON *root, const struct cas_eval *eval)
{
	cJSON *multipliers = cJSON_AddObjectToObject(root, "multipliers");
	struct cas_report_groups groups;

	cas_report_groups(eval, &groups);
	for (int i = 0; i < groups.count; i++)
		cJSON_AddStringToObject(multipliers, groups.entry[i].group, groups.entry[i].multiplier);
	cas_json_real(root, "multipliers_without_power", cas_report_without_power(eval, NULL));
	cas_json_real(root, "multipliers_without_area", cas_report_without_area(eval, NULL));
	cas_json_real(root, "multiplier_area_um2_per_pe", eval->multipliers.pe_area_um2);
}

static void add_step(cJSON *array, const struct cas_step_cost *step, const struct cas_network *net)
{
	const struct cas_cycles *c = &step->split;
	cJSON *item = cas_json_item(array);

	cJSON_AddStringToObject(item, "name", net->layer[step->step->layer].name);
	cJSON_AddStringToObject(item, "step", step->step->name);
	cJSON_AddStringToObject(item, "kind", cas_step_kind_name(step->step->kind));
	cas_json_real(item, "iteration", step->step->iteration);
	cas_json_u64(item, "macs", step->macs);
	cas_json_u64(item, "cycles", step->cycles);
	cas_json_u64(item, "compute_cycles", c->compute);
	cas_json_u64(item, "stall_cycles", c->weight_stall + c->buffer_stall + c->dram_stall);
	cas_json_u64(item, "bound_cycles", step->bound_cycles);
	cJSON_AddStringToObject(item, "bound_by",
		step->bound_by == CAS_BOUND_NONE ? "none" : cas_bound_name(step->bound_by));
	cas_json_real(item, "utilization", step->utilization);
	cas_json_u64(item, "edge_cycles", c->edge);
	cas_json_u64(item, "unit_cycles", c->unit);
	cas_json_u64(item, "fill_drain_cycles", c->fill_drain);
	cas_json_u64(item, "weight_stall_cycles", c->weight_stall);
	cas_json_u64(item, "buffer_stall_cycles", c->buffer_stall);
	cas_json_u64(item, "dram_stall_cycles", c->dram_stall);
	cJSON_AddBoolToObject(item, "verified", step->verified);
}

void cas_json_timing(cJSON *root, const struct cas_cost *cost, const struct cas_network *net,
	double clock_mhz)
{
	cJSON *timing = cJSON_AddObjectToObject(root, "timing");
	cJSON *layers;

	cas_json_real(timing, "clock_mhz", clock_mhz);
	cas_json_u64(timing, "cycles", cost->total.cycles);
	cas_json_real(timing, "latency_ms", cost->latency_ms);
	cas_json_real(timing, "utilization", cost->total.utilization);
	cas_json_u64(timing, "bound_cycles", cost->total.bound_cycles);
	layers = cJSON_AddArrayToObject(timing, "layers");
	for (size_t s = 0; s < cost->rows; s++)
		add_step(layers, &cost->row[s], net);
}

static void add_nascaps_cost(cJSON *object, const struct cas_nascaps_cost *cost)
{
	cas_json_u64(object, "cycles", cost->cycles);
	cas_json_real(object, "latency_ms", cost->latency_ms);
	cas_json_real(object, "energy_mj", cost->energy_mj);
	cas_json_u64(object, "memory_bytes", cost->memory_bytes);
	cas_json_u64(object, "macs", cost->macs);
	cas_json_real(object, "utilization", cost->utilization);
}

static void add_variant(cJSON *nascaps, const struct cas_nascaps_result *result,
	const struct cas_nascaps_ops *ops)
{
	cJSON *variant = cJSON_AddObjectToObject(nascaps, cas_nascaps_variant_name(result->variant));
	cJSON *layers;

	add_nascaps_cost(variant, &result->total);
	cas_json_real(variant, "layers_above_full_utilization", result->above_full);
	cJSON_AddStringToObject(variant, "leaves_out", cas_nascaps_leaves_out(result->variant));
	layers = cJSON_AddArrayToObject(variant, "layers");
	for (int i = 0; i < result->count; i++) {
		cJSON *item = cas_json_item(layers);

		cJSON_AddStringToObject(item, "name", ops->op[i].name);
		cJSON_AddStringToObject(item, "type", cas_nascaps_type_name(ops->op[i].type));
		add_nascaps_cost(item, &result->op[i]);
	}
}

void cas_json_nascaps(cJSON *root, const struct cas_nascaps_result *result,
	const struct cas_nascaps_ops *ops)
{
	cJSON *nascaps = cJSON_AddObjectToObject(root, "nascaps");

	for (int v = 0; v < CAS_NASCAPS_VARIANTS; v++)
		add_variant(nascaps, &result[v], ops);
}

void cas_json_scalesim(cJSON *root, const struct cas_scalesim_result *result)
{
	cJSON *scalesim = cJSON_AddObjectToObject(root, "scalesim");
	double pes = (double)result->rows * result->cols;
	cJSON *utilization, *layers;

	for (int d = 0; d < CAS_SCALESIM_DATAFLOWS; d++)
		cas_json_u64(scalesim, cas_scalesim_dataflow_name((enum cas_scalesim_dataflow)d),
			result->cycles[d]);
	utilization = cJSON_AddObjectToObject(scalesim, "utilization");
	for (int d = 0; d < CAS_SCALESIM_DATAFLOWS; d++)
		cas_json_real(utilization, cas_scalesim_dataflow_name((enum cas_scalesim_dataflow)d),
			(double)result->macs / (pes * (double)result->cycles[d]));
	cJSON_AddStringToObject(scalesim, "leaves_out", cas_scalesim_leaves_out());
	layers = cJSON_AddArrayToObject(scalesim, "layers");
	for (int i = 0; i < result->count; i++) {
		const struct cas_scalesim_step *step = &result->step[i];
		cJSON *item = cas_json_item(layers);

		cJSON_AddStringToObject(item, "name", step->name);
		cas_json_u64(item, "repeats", step->repeats);
		cas_json_u64(item, "m", step->m);
		cas_json_u64(item, "n", step->n);
		cas_json_u64(item, "k", step->k);
		for (int d = 0; d < CAS_SCALESIM_DATAFLOWS; d++)
			cas_json_u64(item, cas_scalesim_dataflow_name((enum cas_scalesim_dataflow)d), step->cycles[d]);
	}
}

cas_status cas_json_finish(cJSON *root, struct cas_buf *out, struct cas_err *err)
{
	char *text = cJSON_Print(root);
	cas_status status = CAS_OK;

	if (text)
		cas_buf_printf(out, "%s\n", text);
	else
		status = cas_err_set(err, CAS_ENV, "no memory for a report");
	cJSON_free(text);
	cJSON_Delete(root);
	return status;
}
