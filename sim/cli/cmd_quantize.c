/* capsacc-sim quantize */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/threads.h"
#include "cli/cli.h"
#include "cli/data_option.h"
#include "cli/network_files.h"
#include "cli/options.h"
#include "io/home.h"
#include "io/outfile.h"
#include "io/plain_text.h"
#include "model/network_load.h"
#include "report/report.h"
#include "study/calibration.h"
#include "study/quantize.h"

struct request {
	struct cas_overrides overrides; /* of the configuration that an evaluation runs with */
	const char *data[CAS_DATA_WORDS];
	const char *network, *out, *provenance;
	int images, bias_calibration, evaluate, threads, quiet;
	double float_accuracy;
	struct cas_quantize_options options;
};

static void print_scales(const struct cas_network *net, struct cas_buf *out)
{
	cas_buf_printf(out, "%s in 8 bits; real value = code x scale\n", net->name);
	for (int l = 0; l < net->layers; l++) {
		const struct cas_layer *layer = &net->layer[l];

		cas_buf_printf(out, "  %-16s ", layer->name);
		if (cas_layer_has_weights(layer))
			cas_buf_printf(out, "weights %.6g, ", layer->weight_scale);
		cas_buf_printf(out, "result %.6g (%s)", layer->result.scale, layer->result.sign == CAS_U8 ? "0..255" : "-127..127");
		if (layer->pre.scale > 0)
			cas_buf_printf(out, ", before squash %.6g", layer->pre.scale);
		if (cas_layer_routes(layer))
			cas_buf_printf(out, ", votes %.6g, logits %.6g", layer->votes.scale, layer->logit_scale);
		cas_buf_printf(out, "\n");
	}
}

/* Text and figure that the network carries on; what is not given stays as it was. */
static cas_status annotate(const struct request *request, struct cas_network *net, struct cas_err *err)
{
	if (request->float_accuracy >= 0)
		net->float_accuracy = request->float_accuracy;
	if (!request->provenance)
		return CAS_OK;
	if (strlen(request->provenance) >= sizeof net->provenance)
		return cas_err_set(err, CAS_INPUT, "--provenance: longer than %zu bytes",
			sizeof net->provenance - 1);
	memcpy(net->provenance, request->provenance, strlen(request->provenance) + 1);
	if (!cas_plain_text_check(request->provenance, err))
		return CAS_OK;
	cas_err_prepend(err, "--provenance");
	return CAS_INPUT;
}

static cas_status calibrate(const struct request *request, const struct cas_run_config *config,
	const struct cas_network *net, struct cas_network *out, struct cas_err *err)
{
	struct cas_dataset set = {0};
	int all;
	cas_status status = cas_eval_load_data(config, 1, request->images, request->options.stop, &set, &all, err);

	if (!status)
		status = cas_eval_fit_data(net, &set, err);
	if (!status)
		status = cas_quantize(out, net, set.pixels, set.images, &request->options, err);
	cas_dataset_clear(&set);
	return status;
}

static void print_accuracy(const struct cas_eval *eval, int correct, struct cas_buf *out)
{
	const struct cas_eval_accuracy *a = &eval->accuracy;

	cas_buf_printf(out, "Accuracy on %d images of %s, none of them used above:\n", a->images,
		eval->dataset);
	cas_buf_printf(out, "  %6.2f %%  float32 network\n", 100 * (double)correct / a->images);
	cas_buf_printf(out, "  %6.2f %%  8-bit network on the accelerator\n",
		100 * (double)a->correct8 / a->images);
	if (a->correct_plain >= 0)
		cas_buf_printf(out, "  %6.2f %%  the same without the bias calibration\n",
			100 * (double)a->correct_plain / a->images);
	cas_buf_printf(out, "  %6.2f %%  8-bit weights in float32 arithmetic\n",
		100 * (double)a->correctf / a->images);
}

/* Both networks on the test split; the 8-bit one as it was written. */
static cas_status evaluate(const struct request *request, struct cas_run_config *config,
	const struct cas_network *net, struct cas_buf *out, struct cas_err *err)
{
	struct cas_progress_bar bar;
	struct cas_progress progress;
	struct cas_dataset set = {0};
	struct cas_eval *eval;
	int correct = 0, all;
	cas_status status = cas_mem_new((void **)&eval, 1, sizeof *eval, err);

	if (status)
		return status;
	config->images = request->evaluate;
	snprintf(config->network_path, sizeof config->network_path, "%s", request->out);
	cas_progress_start(&bar, request->quiet, &progress);
	status = cas_eval_run(config, &progress, eval, err);
	if (!status)
		status = cas_eval_load_data(config, 0, config->images, progress.stop, &set, &all, err);
	if (!status)
		status = cas_eval_fit_data(net, &set, err);
	if (!status)
		status = cas_eval_float(config, net, &set, &progress, &correct, err);
	cas_progress_end(&bar);
	if (!status)
		print_accuracy(eval, correct, out);
	cas_dataset_clear(&set);
	cas_eval_clear(eval);
	free(eval);
	return status;
}

/* The mean errors of the configured multipliers, carried by the network from here on. */
static cas_status calibrate_biases(const struct request *request, const struct cas_run_config *config,
	struct cas_network *net, struct cas_err *err)
{
	const struct cas_progress progress = {.stop = request->options.stop};

	return cas_calibration_store(config, request->bias_calibration, net, &progress, err);
}

static cas_status make(struct request *request, struct cas_run_config *config, struct cas_buf *out,
	struct cas_err *err)
{
	struct cas_network net = {0}, quantized = {0};
	cas_status status = cas_network_load(&net, request->network, CAS_NETWORK_WEIGHTS, err);

	if (!status)
		status = annotate(request, &net, err);
	if (!status)
		status = calibrate(request, config, &net, &quantized, err);
	if (!status && request->bias_calibration)
		status = calibrate_biases(request, config, &quantized, err);
	if (!status && *request->options.stop)
		status = cas_err_set(err, CAS_INTERRUPTED, "interrupted");
	if (!status)
		status = cas_network_files_write(&quantized, request->out, err);
	if (!status) {
		print_scales(&quantized, out);
		if (quantized.calibration.images)
			cas_buf_printf(out, "Biases calibrated on %d training images for multipliers %s, mapping %s.\n",
				quantized.calibration.images, quantized.calibration.multipliers, quantized.calibration.mapping);
		cas_buf_printf(out, "Written to %s: network.yaml, weights.safetensors.\n", request->out);
	}
	if (!status && request->evaluate)
		status = evaluate(request, config, &net, out, err);
	cas_network_clear(&quantized);
	cas_network_clear(&net);
	return status;
}

/* What is there may be replaced if it is an 8-bit network, which can be made again; a float32 one cannot, be it
 * the one that is read or another. */
static cas_status check_out(const struct request *request, struct cas_err *err)
{
	char yaml[CAS_PATH_BYTES + 32], weights[CAS_PATH_BYTES + 32];
	struct cas_network *there;
	int replaceable;
	cas_status status;

	snprintf(yaml, sizeof yaml, "%s/network.yaml", request->out);
	snprintf(weights, sizeof weights, "%s/weights.safetensors", request->out);
	if (access(yaml, F_OK) && access(weights, F_OK))
		return CAS_OK;
	status = cas_mem_new((void **)&there, 1, sizeof *there, err);
	if (status)
		return status;
	status = cas_network_load(there, yaml, CAS_NETWORK_SHAPES, err);
	replaceable = !status && there->quantized;
	cas_network_clear(there);
	free(there);
	if (replaceable || (status && status != CAS_INPUT))
		return status;
	return cas_err_set(err, CAS_INPUT, "--out: %s: holds a network that is not of 8 bits, which would be written over; "
		"expected another folder", request->out);
}

static cas_status quantize(struct request *request, struct cas_err *err)
{
	char home[CAS_PATH_BYTES];
	struct cas_run_config *config;
	char found[CAS_PATH_BYTES];
	struct cas_buf text;
	cas_status status = cas_home_dir(home, sizeof home, err);

	if (!status && (!request->out || !request->out[0]))
		status = cas_err_set(err, CAS_INPUT, "quantize: --out DIR is missing");
	if (!status && (status = cas_folder_check(request->out, err)))
		cas_err_prepend(err, "--out");
	if (!status)
		status = check_out(request, err);
	if (!status)
		status = cas_mem_new((void **)&config, 1, sizeof *config, err);
	if (status)
		return status;
	cas_buf_init(&text, CAS_REPORT_MAX_BYTES);
	request->options.threads = request->threads ? request->threads : cas_threads_available();
	request->options.stop = cas_cli_catch_signals();
	request->network = cas_home_file(home, request->network, found, sizeof found);
	status = cas_run_config_load(NULL, (const char *const *)request->overrides.word,
		request->overrides.count, home, config, err);
	config->threads = request->threads;
	if (!status)
		status = cas_data_option_apply(request->data, config, err);
	if (!status)
		status = make(request, config, &text, err);
	if (!status && !request->quiet)
		status = cas_cli_print(&text, err);
	cas_buf_clear(&text);
	free(config);
	return status;
}

int cas_cmd_quantize(int argc, char **argv)
{
	struct request r = {.images = 1000, .float_accuracy = -1, .options = cas_quantize_options_default()};
	const struct cas_option options[] = {
		{"data", CAS_OPTION_DATA, "SET|DIR", r.data, NULL, 0, 0,
			"calibration images: digits (default), mnist, fashion, cifar10, svhn; or their folder; or both"},
		{"images", CAS_OPTION_INT, "N", &r.images, NULL, 1, 60000, "training images to calibrate on (1000)"},
		{"out", CAS_OPTION_TEXT, "DIR", &r.out, NULL, 0, 0, "folder of the 8-bit network"},
		{"weight-percentile", CAS_OPTION_REAL, "P", &r.options.weight_percentile, NULL, 50.0001, 100,
			"share of |weights| in range, in % (100)"},
		{"result-percentile", CAS_OPTION_REAL, "P", &r.options.result_percentile, NULL, 50.0001, 100,
			"share of results, votes, sums, logits in range (100)"},
		{"pre-percentile", CAS_OPTION_REAL, "P", &r.options.pre_percentile, NULL, 50.0001, 100,
			"share of primary capsules' elements before the squash (99.99)"},
		{"threads", CAS_OPTION_INT, "N", &r.threads, NULL, 0, CAS_THREADS_MAX, "0: all processors"},
		{"provenance", CAS_OPTION_TEXT, "TEXT", &r.provenance, NULL, 0, 0, "where the network comes from"},
		{"float-accuracy", CAS_OPTION_REAL, "X", &r.float_accuracy, NULL, 0, 1,
			"accuracy of the float32 network, 0 to 1, to be recorded"},
		{"evaluate", CAS_OPTION_INT, "N", &r.evaluate, NULL, 1, 1000000,
			"then run both networks on N test images"},
		{"bias-calibration", CAS_OPTION_INT, "N", &r.bias_calibration, NULL, 1, 60000,
			"measure the multipliers' mean errors on N training images; the network carries them"},
		{"multiplier", CAS_OPTION_GROUPS, "NAME", &r.overrides, NULL, 0, 0,
			"multipliers to calibrate for and to evaluate with; as in run"},
		{"set", CAS_OPTION_SET, "KEY=VALUE", &r.overrides, NULL, 0, 0,
			"a key of the configuration that both use, as numerics.mapping=affine"},
		{"quiet", CAS_OPTION_FLAG, NULL, &r.quiet, NULL, 0, 0, "say nothing"},
	};
	const struct cas_usage usage = {.command = "quantize", .arguments = "FLOAT_NETWORK",
		.purpose = "Turn a float32 network (network.yaml and weights.safetensors, docs/networks.md) into an 8-bit\n"
			"one, with scales from the ranges seen on training images.\n",
		.examples = "  capsacc-sim quantize my-capsnet --data mnist --images 1000 --out my-capsnet-8bit\n"
			"  capsacc-sim quantize my-capsnet --data ~/mnist --data mnist --out q --evaluate 1000\n"
			"  capsacc-sim quantize my-capsnet --data mnist --out q --bias-calibration 100 --multiplier 19DB \\\n"
			"      --set numerics.mapping=affine\n",
		.option = options, .options = sizeof options / sizeof options[0],
		.min_arguments = 1, .max_arguments = 1};
	struct cas_err err;
	int first, helped;
	cas_status status = cas_options_parse(argc, argv, &usage, &first, &helped, &err);

	r.network = status || helped ? NULL : argv[first];
	if (!status && !helped)
		status = quantize(&r, &err);
	cas_overrides_clear(&r.overrides);
	return cas_cli_fail(status, &err);
}
