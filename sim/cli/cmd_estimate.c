/* capsacc-sim estimate */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/estimate_request.h"
#include "io/home.h"
#include "io/outfile.h"
#include "model/genotype_network.h"
#include "model/network_load.h"
#include "model/network_save.h"
#include "report/estimate.h"
#include "report/report.h"

/* Sizes of a matrix product: vectors, terms, outputs. */
enum { MAX_VECTORS = 1 << 20, MAX_TERMS = CAS_MAX_CHANNELS };

/* Cycles alone: energy depends on the multipliers, too. */
static cas_status cycle_model(const struct cas_run_config *config, const struct cas_accel *accel,
	const struct cas_network *net, struct cas_program *program, struct cas_cost *cost,
	struct cas_err *err)
{
	struct cas_technology tech;
	cas_status status = cas_technology_read(&tech, config->technology_file, err);

	if (!status)
		status = cas_program_lower(program, net, accel, err);
	return status ? status : cas_cost_run(cost, program, accel, &tech, NULL, err);
}

/* A matrix product is a 1x1 convolution with M positions. */
static void gemm_network(struct cas_network *net, int m, int k, int n)
{
	struct cas_layer *layer = &net->layer[0];

	*net = (struct cas_network){.name = "gemm", .input = {.h = m, .w = 1, .c = k}, .layers = 1,
		.classes = n};
	*layer = (struct cas_layer){.name = "gemm", .kind = CAS_CONV2D, .input = -1, .k_h = 1, .k_w = 1,
		.stride = 1, .channels = n, .in = net->input, .out = {.h = m, .w = 1, .c = n}};
	layer->macs = net->macs = (uint64_t)m * (uint64_t)k * (uint64_t)n;
	layer->parameters = net->parameters = (uint64_t)k * (uint64_t)n + (uint64_t)n;
}

static cas_status estimate_gemm(const struct cas_run_config *config, const long size[3],
	struct cas_gemm_estimate *out, struct cas_err *err)
{
	struct cas_accel accel = config->accel;
	struct cas_network *net;
	struct cas_program program = {0};
	struct cas_cost cost = {0};
	cas_status status = cas_mem_new((void **)&net, 1, sizeof *net, err);

	if (status)
		return status;
	accel.buffers.data_bytes = (uint64_t)1 << 40; /* what is asked for is the array: any product's operands fit */
	gemm_network(net, (int)size[0], (int)size[1], (int)size[2]);
	status = cycle_model(config, &accel, net, &program, &cost, err);
	*out = (struct cas_gemm_estimate){.m = (uint64_t)size[0], .k = (uint64_t)size[1],
		.n = (uint64_t)size[2], .rows = accel.rows, .cols = accel.cols};
	for (size_t s = 0; !status && s < cost.steps; s++) {
		const struct cas_step_cost *step = &cost.step[s];

		if (step->step->kind != CAS_STEP_CONV)
			continue; /* the operands' way from and to DRAM is not the product's */
		out->cycles = step->cycles;
		out->bound_cycles = step->bound_cycles;
		out->bound_by = step->bound_by;
		out->utilization = step->utilization;
		out->passes = step->passes;
	}
	for (int d = 0; d < CAS_SCALESIM_DATAFLOWS; d++)
		out->scalesim[d] = cas_scalesim_cycles((enum cas_scalesim_dataflow)d, out->m, out->n, out->k,
			(uint64_t)accel.rows, (uint64_t)accel.cols);
	cas_cost_clear(&cost);
	cas_program_clear(&program);
	free(net);
	return status;
}

static cas_status do_gemm(const struct cas_run_config *config, const struct cas_estimate_request *request,
	struct cas_buf *out, struct cas_err *err)
{
	const long max[] = {MAX_VECTORS, MAX_TERMS, MAX_TERMS};
	struct cas_gemm_estimate gemm;
	long size[3];
	cas_status status = cas_parse_sizes("--gemm", "MxKxN", request->gemm, 3, max, size, err);

	if (!status)
		status = estimate_gemm(config, size, &gemm, err);
	if (!status && request->json)
		return cas_gemm_json(&gemm, out, err);
	if (!status)
		cas_gemm_text(&gemm, out);
	return status;
}

static int is_genotype(const char *path)
{
	size_t length = strlen(path);

	return length > 5 && !strcmp(path + length - 5, ".json");
}

/* NASCaps's equations ask for no network, so that rows that make none are no error. */
static cas_status build_network(struct cas_estimate *e, const struct cas_genotype *genotype, const char *path,
	struct cas_err *err)
{
	cas_status status = cas_genotype_network(&e->eval.net, genotype, path, err);

	if (status)
		cas_network_clear(&e->eval.net);
	if (status != CAS_INPUT)
		return status;
	e->no_network = *err;
	return CAS_OK;
}

static cas_status read_genotype(const char *path, struct cas_estimate *e, struct cas_err *err)
{
	struct cas_genotype genotype;
	const char *name;
	size_t name_bytes = cas_genotype_name(path, &name), bytes = 0;
	char *text = NULL;
	cas_status status = cas_file_read(path, CAS_GENOTYPE_MAX_BYTES, &text, &bytes, err);

	if (!status)
		status = cas_genotype_parse(&genotype, path, text, bytes, err);
	if (!status)
		status = cas_nascaps_from_genotype(&e->ops, &genotype, err);
	if (!status)
		status = build_network(e, &genotype, path, err);
	snprintf(e->name, sizeof e->name, "%.*s", (int)name_bytes, name);
	free(text);
	return status;
}

static cas_status read_network(const char *path, struct cas_estimate *e, struct cas_err *err)
{
	cas_status status = cas_network_load(&e->eval.net, path, CAS_NETWORK_SHAPES, err);

	if (!status)
		status = cas_nascaps_from_network(&e->ops, &e->eval.net, e->eval.config.accel.numerics.iterations, err);
	snprintf(e->name, sizeof e->name, "%s", e->eval.net.name);
	return status;
}

/* The size that is doubled until the network fits; not below 1 KiB. */
static void enlarge(struct cas_estimate *e, enum cas_buffer b, uint64_t *size)
{
	*size = *size < 1024 ? 1024 : 2 * *size;
	*size = *size < CAS_BUFFER_MAX_BYTES ? *size : CAS_BUFFER_MAX_BYTES;
	e->enlarged_bytes[b] = *size;
}

/* Lower the network, where a buffer does not hold it onto a larger one: what binds is the question here; a run,
 * which has a given accelerator, refuses instead.  What may spill does, as in a run.  Each buffer's largest size
 * comes first: what that does not hold, no run takes. */
static cas_status fit_buffers(struct cas_estimate *e, struct cas_err *err)
{
	const uint64_t most = CAS_BUFFER_MAX_BYTES;
	struct cas_eval *eval = &e->eval;
	struct cas_accel ample = eval->config.accel;
	struct cas_buffer_sizes *sizes = &eval->config.accel.buffers;
	uint64_t *const size[CAS_BUFFERS] = {[CAS_BUF_VOTES] = &sizes->votes_bytes,
		[CAS_BUF_LOGITS] = &sizes->logits_bytes, [CAS_BUF_COUPLING] = &sizes->coupling_bytes,
		[CAS_BUF_V] = &sizes->v_bytes};
	cas_status status;

	ample.buffers = (struct cas_buffer_sizes){.data_bytes = most, .weight_bytes = sizes->weight_bytes,
		.votes_bytes = most, .logits_bytes = most, .coupling_bytes = most, .v_bytes = most};
	status = cas_program_lower(&eval->program, &eval->net, &ample, err);
	if (status)
		return status;
	for (enum cas_buffer b = CAS_BUF_DATA; b < CAS_BUFFERS; b++)
		while (size[b] && *size[b] < eval->program.peak_bytes[b])
			enlarge(e, b, size[b]);
	for (;;) {
		cas_program_clear(&eval->program);
		status = cas_program_lower(&eval->program, &eval->net, &eval->config.accel, err);
		if (status != CAS_INPUT || sizes->data_bytes == most)
			return status;
		enlarge(e, CAS_BUF_DATA, &sizes->data_bytes);
	}
}

/* What a run's report has of a network, but for its images. */
static cas_status estimate_cost(struct cas_eval *eval, struct cas_err *err)
{
	cas_status status = cas_technology_read(&eval->tech, eval->config.technology_file, err);

	if (!status)
		status = cas_eval_load_multipliers(&eval->config, &eval->net, &eval->multipliers, err);
	return status ? status : cas_eval_cost(eval, err);
}

/* The network alone, for a run or for training. */
static cas_status write_network(const struct cas_estimate *e, const char *folder, struct cas_err *err)
{
	char path[CAS_PATH_BYTES];
	struct cas_buf text;
	cas_status status = CAS_OK;

	if (e->no_network.text[0])
		return cas_err_set(err, CAS_INPUT, "%s", e->no_network.text);
	if (snprintf(path, sizeof path, "%s/network.yaml", folder) >= (int)sizeof path)
		return cas_err_set(err, CAS_INPUT, "%.60s...: too long a path", folder);
	if (!access(path, F_OK))
		return cas_err_set(err, CAS_INPUT, "--write-network: %s: is there already and would be written over; "
			"expected another folder", path);
	cas_buf_init(&text, CAS_REPORT_MAX_BYTES);
	cas_network_write(&e->eval.net, "weights.safetensors", &text);
	status = cas_buf_check(&text, err);
	if (!status)
		status = cas_mkdirs(folder, err);
	if (!status)
		status = cas_outfile_write(path, text.data, text.size_bytes, err);
	cas_buf_clear(&text);
	return status;
}

static cas_status do_network(const struct cas_run_config *config, const struct cas_estimate_request *request,
	const char *path, struct cas_buf *out, struct cas_err *err)
{
	struct cas_nascaps_params params = cas_nascaps_params_default();
	char found[CAS_PATH_BYTES];
	struct cas_estimate *e;
	cas_status status = cas_mem_new((void **)&e, 1, sizeof *e, err);

	if (status)
		return status;
	e->eval.config = *config;
	params.rows = config->accel.rows;
	params.cols = config->accel.cols;
	if (cas_estimate_is_set(request, "array.clock_mhz"))
		params.period_ns = 1000 / config->accel.clock_mhz;
	path = cas_home_file(config->home, path, found, sizeof found);
	status = is_genotype(path) ? read_genotype(path, e, err) : read_network(path, e, err);
	if (!status && !e->no_network.text[0])
		status = fit_buffers(e, err);
	if (!status && !e->no_network.text[0])
		status = estimate_cost(&e->eval, err);
	for (int v = 0; v < CAS_NASCAPS_VARIANTS && !status; v++)
		status = cas_nascaps_estimate(&e->nascaps[v], &e->ops, &params, (enum cas_nascaps_variant)v, err);
	if (!status && request->json)
		status = cas_estimate_json(e, out, err);
	else if (!status)
		cas_estimate_text(e, out);
	if (!status && request->write_network) /* last: what is refused leaves no file */
		status = write_network(e, request->write_network, err);
	cas_estimate_clear(e);
	free(e);
	return status;
}

static cas_status estimate(struct cas_estimate_request *request, const char *path, struct cas_err *err)
{
	struct cas_run_config *config = NULL;
	struct cas_buf text;
	cas_status status;

	if (!path == !request->gemm)
		return cas_err_set(err, CAS_INPUT,
			"estimate: expected either NETWORK|GENOTYPE.json or --gemm MxKxN; see capsacc-sim estimate --help");
	status = cas_estimate_configure(request, &config, err);
	cas_buf_init(&text, CAS_REPORT_MAX_BYTES);
	if (!status)
		status = request->gemm ? do_gemm(config, request, &text, err)
			: do_network(config, request, path, &text, err);
	if (!status)
		status = cas_cli_print(&text, err);
	cas_buf_clear(&text);
	free(config);
	return status;
}

int cas_cmd_estimate(int argc, char **argv)
{
	struct cas_estimate_request r = {0};
	const struct cas_option options[] = {
		{"gemm", CAS_OPTION_TEXT, "MxKxN", &r.gemm, NULL, 0, 0,
			"one matrix product: M vectors of K terms, N outputs"},
		{"array", CAS_OPTION_TEXT, "RxC", &r.array, NULL, 0, 0, "processing elements (16x16)"},
		{"clock", CAS_OPTION_TEXT, "MHZ", &r.clock, NULL, 0, 0, "clock; NASCaps's period of 3 ns if left out"},
		{"set", CAS_OPTION_SET, "KEY=VALUE", &r.overrides, NULL, 0, 0, "any other key that decides the cost, e.g. a buffer's size, multipliers.default"},
		{"write-network", CAS_OPTION_TEXT, "DIR", &r.write_network, NULL, 0, 0,
			"write the network.yaml of what is estimated, e.g. of a genotype"},
		{"json", CAS_OPTION_FLAG, NULL, &r.json, NULL, 0, 0, "print one JSON object"},
	};
	const struct cas_usage usage = {.command = "estimate", .arguments = "NETWORK|GENOTYPE.json",
		.purpose = "What published cost models say of a network (its folder or network.yaml) or of a NASCaps\n"
			"genotype: NASCaps as printed and as released, beside SCALE-Sim and this program's cycle model.\n",
		.examples = "  capsacc-sim estimate models/capsnet-mnist --array 32x32\n"
			"  capsacc-sim estimate configs/genotypes/deepcaps.json --json\n"
			"  capsacc-sim estimate configs/genotypes/capsnet.json --write-network my-network\n"
			"  capsacc-sim estimate --gemm 400x81x256 --array 16x16\n",
		.option = options, .options = sizeof options / sizeof options[0], .max_arguments = 1};
	struct cas_err err;
	int first, helped;
	cas_status status = cas_options_parse(argc, argv, &usage, &first, &helped, &err);

	if (!status && !helped)
		status = estimate(&r, first < argc ? argv[first] : NULL, &err);
	cas_overrides_clear(&r.overrides);
	return cas_cli_fail(status, &err);
}
