#include <cjson/cJSON.h>

#include "model/digits.h"
#include "report/facts.h"
#include "report/json_parts.h"
#include "report/report.h"
#include "report/operations.h"

static void add_what(cJSON *root, const struct cas_eval *eval)
{
	const struct cas_accel *accel = &eval->config.accel;
	cJSON *network = cJSON_AddObjectToObject(root, "network");
	cJSON *dataset = cJSON_AddObjectToObject(root, "dataset");
	cJSON *array = cJSON_AddObjectToObject(root, "array");

	cJSON_AddStringToObject(network, "name", eval->net.name);
	cas_json_u64(network, "parameters", eval->net.parameters);
	cas_json_u64(network, "macs", eval->net.macs);
	cas_json_real(network, "layers", eval->net.layers);
	cJSON_AddBoolToObject(network, "quantized", eval->net.quantized);
	cJSON_AddStringToObject(network, "provenance", eval->net.provenance);
	cJSON_AddStringToObject(dataset, "name", eval->dataset);
	cJSON_AddStringToObject(dataset, "split",
		eval->config.data_split == CAS_USE_TRAIN ? "train" : "test");
	if (eval->config.data_set == CAS_USE_DIGITS)
		cas_json_u64(dataset, "seed", eval->config.data_split == CAS_USE_TRAIN ? CAS_DIGITS_TRAIN_SEED
			: eval->config.data_seed);
	cas_json_real(dataset, "images", eval->accuracy.images);
	cas_json_real(dataset, "available_images", eval->dataset_images);
	cas_json_real(array, "rows", accel->rows);
	cas_json_real(array, "cols", accel->cols);
	cas_json_multipliers(root, eval);
	cJSON_AddStringToObject(root, "mapping", cas_mapping_name(accel->numerics.mapping));
}

static void add_numerics(cJSON *root, const struct cas_eval *eval)
{
	const struct cas_numerics *n = &eval->config.accel.numerics;
	cJSON *numerics = cJSON_AddObjectToObject(root, "numerics");

	cJSON_AddBoolToObject(numerics, "swap_operands", n->swap_operands);
	cJSON_AddBoolToObject(numerics, "zero_gating", n->zero_gating);
	cas_json_real(numerics, "routing_iterations", n->iterations);
	cJSON_AddStringToObject(numerics, "requant", cas_requant_name(n->requant));
	cas_json_real(numerics, "psum_bits", n->psum_bits);
	cas_json_real(numerics, "accumulator_bits", n->acc_bits);
	cJSON_AddStringToObject(numerics, "overflow", cas_overflow_name(n->overflow));
	cas_json_real(numerics, "bias_calibration_images", eval->config.bias_calibration_images);
	cas_json_real(numerics, "stored_calibration_images",
		eval->config.stored_calibration ? eval->net.calibration.images : 0);
}

static void add_accuracy(cJSON *root, const struct cas_eval *eval)
{
	const struct cas_eval_accuracy *a = &eval->accuracy;
	struct cas_interval interval = cas_report_interval(a->correct8, a->images);
	cJSON *accuracy = cJSON_AddObjectToObject(root, "accuracy");
	cJSON *reference;

	cas_json_real(accuracy, "top1", (double)a->correct8 / a->images);
	cas_json_real(accuracy, "correct", a->correct8);
	cas_json_real(accuracy, "images", a->images);
	cas_json_real(accuracy, "low95", interval.low);
	cas_json_real(accuracy, "high95", interval.high);
	if (a->correctf >= 0) {
		reference = cJSON_AddObjectToObject(accuracy, "float");
		cas_json_real(reference, "top1", (double)a->correctf / a->images);
		cas_json_real(reference, "correct", a->correctf);
		cas_json_real(reference, "agree", a->agree);
		cas_json_real(reference, "only_8bit", a->only8);
		cas_json_real(reference, "only_float", a->onlyf);
		cas_json_real(reference, "p_value", cas_report_mcnemar(a->only8, a->onlyf));
	}
	if (a->correct_plain >= 0) {
		reference = cJSON_AddObjectToObject(accuracy, "uncalibrated");
		cas_json_real(reference, "top1", (double)a->correct_plain / a->images);
		cas_json_real(reference, "correct", a->correct_plain);
		cas_json_real(reference, "only_calibrated", a->only_calibrated);
		cas_json_real(reference, "only_uncalibrated", a->only_plain);
		cas_json_real(reference, "p_value", cas_report_mcnemar(a->only_calibrated, a->only_plain));
	}
	if (eval->net.float_accuracy >= 0)
		cas_json_real(accuracy, "float_recorded", eval->net.float_accuracy);
}

static void add_memory(cJSON *root, const struct cas_eval *eval)
{
	const struct cas_cost *cost = &eval->cost;
	cJSON *memory = cJSON_AddObjectToObject(root, "memory");
	cJSON *dram, *buffers;

	cas_json_u64(memory, "weight_bytes", cas_report_weight_bytes(&eval->net));
	cas_json_u64(memory, "packed_weight_bytes", eval->program.weight_dram_bytes);
	cas_json_u64(memory, "peak_activation_bytes", cas_report_activation_bytes(cost));
	cas_json_u64(memory, "dram_read_bytes", cost->total.traffic.dram_read_bytes);
	cas_json_u64(memory, "dram_write_bytes", cost->total.traffic.dram_write_bytes);
	dram = cJSON_AddObjectToObject(memory, "dram");
	cas_json_u64(dram, "weight_read_bytes", cost->dram.weight_read);
	cas_json_u64(dram, "input_read_bytes", cost->dram.input_read);
	cas_json_u64(dram, "spill_read_bytes", cost->dram.spill_read);
	cas_json_u64(dram, "result_write_bytes", cost->dram.result_write);
	cas_json_u64(dram, "spill_write_bytes", cost->dram.spill_write);
	cas_json_real(memory, "spill_steps", cost->spills);
	buffers = cJSON_AddArrayToObject(memory, "buffers");
	for (int b = 0; b <= CAS_BUFFERS; b++) {
		const struct cas_buffer_cost *buffer = b < CAS_BUFFERS ? &cost->buffer[b] : &cost->accumulator;
		cJSON *item = cas_json_item(buffers);

		cJSON_AddStringToObject(item, "name",
			b < CAS_BUFFERS ? cas_buffer_name((enum cas_buffer)b) : "accumulators");
		cas_json_u64(item, "size_bytes", buffer->size_bytes);
		cas_json_u64(item, "peak_bytes", buffer->peak_bytes);
		cas_json_u64(item, "reads", buffer->access.reads);
		cas_json_u64(item, "writes", buffer->access.writes);
		cas_json_u64(item, "read_bytes", buffer->access.read_bytes);
		cas_json_u64(item, "write_bytes", buffer->access.write_bytes);
	}
}

static void add_energy(cJSON *root, const struct cas_eval *eval)
{
	const struct cas_energy *total = &eval->cost.total.energy;
	cJSON *energy = cJSON_AddObjectToObject(root, "energy");
	cJSON *components, *layers, *steps;

	cas_json_real(energy, "total_uj", total->total_pj / 1e6);
	cas_json_real(energy, "static_uj", total->component_pj[CAS_E_STATIC] / 1e6);
	cas_json_real(energy, "static_mw", eval->cost.static_mw);
	cJSON_AddStringToObject(energy, "technology", eval->tech.name);
	components = cJSON_AddObjectToObject(energy, "components");
	for (int c = 0; c < CAS_COMPONENTS; c++)
		cas_json_real(components, cas_component_name((enum cas_component)c),
			total->component_pj[c] / 1e6);
	layers = cJSON_AddArrayToObject(energy, "layers");
	for (int l = 0; l < eval->net.layers; l++) {
		cJSON *item = cas_json_item(layers);

		cJSON_AddStringToObject(item, "name", eval->net.layer[l].name);
		cas_json_real(item, "uj", cas_report_layer_pj(eval, l) / 1e6);
	}
	steps = cJSON_AddArrayToObject(energy, "steps");
	for (size_t s = 0; s < eval->cost.rows; s++) {
		cJSON *item = cas_json_item(steps);

		cJSON_AddStringToObject(item, "step", eval->cost.row[s].step->name);
		cas_json_real(item, "uj", eval->cost.row[s].energy.total_pj / 1e6);
	}
}

static void add_rtl(cJSON *root, const struct cas_eval *eval)
{
	const char *misfit = cas_report_rtl_misfit(eval);
	cJSON *rtl = cJSON_AddObjectToObject(root, "rtl");

	cJSON_AddBoolToObject(rtl, "supported", !misfit);
	if (misfit)
		cJSON_AddStringToObject(rtl, "reason", misfit);
}

static void add_overflows(cJSON *root, const struct cas_eval *eval)
{
	cJSON *overflows = cJSON_AddObjectToObject(root, "overflows");
	cJSON *exposed = cJSON_AddArrayToObject(root, "may_overflow");

	for (int l = 0; l < eval->net.layers; l++)
		cas_json_u64(overflows, eval->net.layer[l].name, eval->accuracy.overflows[l]);
	for (int l = 0; l < eval->net.layers; l++)
		if (eval->accuracy.exposed[l])
			cJSON_AddItemToArray(exposed, cJSON_CreateString(eval->net.layer[l].name));
}

cas_status cas_report_json(const struct cas_eval *eval, const char *created, struct cas_buf *out,
	struct cas_err *err)
{
	cJSON *root = cJSON_CreateObject();

	cJSON_AddStringToObject(root, "schema", "capsacc-report/1");
	cJSON_AddStringToObject(root, "program", "capsacc-sim " CAS_VERSION);
	cJSON_AddStringToObject(root, "created", created);
	cJSON_AddStringToObject(root, "name", eval->config.name);
	add_what(root, eval);
	add_numerics(root, eval);
	add_accuracy(root, eval);
	cas_json_timing(root, &eval->cost, &eval->net, eval->config.accel.clock_mhz);
	add_memory(root, eval);
	add_energy(root, eval);
	cas_json_operations(root, &eval->net, eval->config.accel.numerics.iterations);
	cas_json_nascaps(root, eval->nascaps, &eval->nascaps_ops);
	cas_json_scalesim(root, &eval->scalesim);
	add_overflows(root, eval);
	add_rtl(root, eval);
	return cas_json_finish(root, out, err);
}
