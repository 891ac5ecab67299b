#include "study/run_config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/threads.h"
#include "io/home.h"
#include "io/yaml.h"
#include "model/digits.h"

static const char *const data_sets[] = {"digits", "mnist", "fashion", "cifar10", "svhn", NULL};
static const char *const splits[] = {"test", "train", NULL};
static const char *const overflows[] = {"wrap", "saturate", NULL};
static const char *const mappings[] = {"sign_magnitude", "sign_magnitude_aligned", "affine",
	"signed", NULL};
static const char *const isas[] = {"best", "portable", "avx2", "avx512", NULL};
static const char *const requants[] = {"multiplier", "shift", NULL};

/* The widest beat that is taken where dram.beat_bytes is left at 0. */
enum { USUAL_BEAT_BYTES = 16 };

#define AT(member) \
	offsetof(struct cas_run_config, member), sizeof ((struct cas_run_config *)0)->member
#define PLAIN(path, type, member, def, help) {path, type, AT(member), 0, 0, "", def, NULL, help}
#define RANGE(path, type, member, min, max, unit, def, help) \
	{path, type, AT(member), min, max, unit, def, NULL, help}
#define CHOICE(path, member, words, def, help) \
	{path, CAS_KEY_CHOICE, AT(member), 0, 0, "", def, words, help}
#define BUFFER(name, def, help) \
	RANGE("buffers." #name, CAS_KEY_BYTES, accel.buffers.name, 16, CAS_BUFFER_MAX_BYTES, "bytes", def, help)

static const struct cas_key keys[] = {
	PLAIN("name", CAS_KEY_STRING, name, "run", "a name for the run, shown in its report"),

	PLAIN("network.path", CAS_KEY_PATH, network_path, "models/capsnet-digits",
		"the network: a folder with network.yaml, or that file"),

	CHOICE("data.set", data_set, data_sets, "digits", "the images; digits are drawn by the program"),
	PLAIN("data.path", CAS_KEY_PATH, data_path, "",
		"folder of the data set's files; none: what CAPSACC_DATA names, then data/"),
	CHOICE("data.split", data_split, splits, "test", "which part of the data set"),
	RANGE("data.seed", CAS_KEY_U64, data_seed, 0, 9007199254740992.0, "", "3",
		"digits: the seed they are drawn from; 3 is the held-out test set"),

	RANGE("run.images", CAS_KEY_INT, images, 0, 10000000, "images", "1000",
		"images to run, from the first; 0: all"),
	RANGE("run.threads", CAS_KEY_INT, threads, 0, CAS_THREADS_MAX, "threads", "0",
		"threads; 0: one a processor, at most 64; never changes a result"),
	PLAIN("run.float_reference", CAS_KEY_BOOL, float_reference, "true",
		"also run the float32 network, for the accuracy to compare with"),
	PLAIN("run.compare_uncalibrated", CAS_KEY_BOOL, compare_uncalibrated, "true",
		"where biases are calibrated, also report the accuracy without"),
	CHOICE("run.isa", isa, isas, "best",
		"instructions that the 8-bit engine may use; what the processor lacks is not; never changes a result"),

	RANGE("array.rows", CAS_KEY_INT, accel.rows, 1, 256, "rows", "16",
		"rows of processing elements: terms of a sum at once"),
	RANGE("array.cols", CAS_KEY_INT, accel.cols, 1, 256, "columns", "16",
		"columns of processing elements: outputs at once"),
	RANGE("array.clock_mhz", CAS_KEY_DOUBLE, accel.clock_mhz, 0.001, 100000, "MHz", "333.33333333333331",
		"clock that turns cycles into time; the default is NASCaps's period of 3 ns"),

	RANGE("accumulator.depth", CAS_KEY_INT, accel.accumulator_depth, 1, 65536, "vectors", "512",
		"vectors that the accumulators of a column hold"),
	RANGE("accumulator.bits", CAS_KEY_INT, accel.numerics.acc_bits, 8, 48, "bits", "32",
		"width of an accumulator, two's complement"),
	CHOICE("accumulator.overflow", accel.numerics.overflow, overflows, "wrap",
		"what partial sums and accumulators do beyond their range; counted either way"),

	RANGE("pe.psum_bits", CAS_KEY_INT, accel.numerics.psum_bits, 8, 40, "bits", "25",
		"width of the partial sums inside the array, two's complement"),

	BUFFER(data_bytes, "256 KiB", "data buffer: activations"),
	BUFFER(weight_bytes, "64 KiB", "weight buffer"),
	BUFFER(votes_bytes, "256 KiB", "votes of the lower capsules"),
	BUFFER(logits_bytes, "16 KiB", "routing logits"),
	BUFFER(coupling_bytes, "16 KiB", "coupling coefficients"),
	BUFFER(v_bytes, "4 KiB", "output capsules of a routing iteration"),
	PLAIN("buffers.allow_spills", CAS_KEY_BOOL, accel.allow_spills, "true",
		"layers that do not fit go through DRAM; false: they are an error"),

	RANGE("dram.beat_bytes", CAS_KEY_INT, dram_beat_bytes, 0, 256, "bytes", "0",
		"bytes of one beat, at most array.cols; 0: the smaller of 16 and array.cols"),
	RANGE("dram.cycles_per_beat", CAS_KEY_INT, accel.dram_cycles_per_beat, 1, 1024, "cycles", "1",
		"cycles from one beat to the next"),
	RANGE("dram.latency_cycles", CAS_KEY_INT, accel.dram_latency_cycles, 0, 10000, "cycles", "32",
		"cycles from a request to its first beat"),

	RANGE("squash.lanes", CAS_KEY_INT, accel.squash_lanes, 1, 64, "elements", "4",
		"elements that the squash unit takes a cycle"),

	RANGE("routing.iterations", CAS_KEY_INT, accel.numerics.iterations, 0, 16, "iterations", "0",
		"routing iterations of every capsule layer; 0: as the network says"),
	PLAIN("routing.skip_first_softmax", CAS_KEY_BOOL, accel.skip_first_softmax, "true",
		"take the first couplings as the constant that they are (CapsAcc)"),

	PLAIN("lowering.input_as_patches", CAS_KEY_BOOL, accel.input_as_patches, "true",
		"store the input as patches where that saves tiles"),

	CHOICE("numerics.mapping", accel.numerics.mapping, mappings, "sign_magnitude_aligned",
		"how 8-bit operands address the multiplier's table; signed: a signed multiplier's"),
	PLAIN("numerics.swap_operands", CAS_KEY_BOOL, accel.numerics.swap_operands, "false",
		"first table index is the weight, not the activation"),
	PLAIN("numerics.zero_gating", CAS_KEY_BOOL, accel.numerics.zero_gating, "false",
		"a product with a zero operand is zero, whatever the table says"),
	CHOICE("numerics.requant", accel.numerics.requant, requants, "multiplier",
		"requantise by multiplier and shift, or by a shift alone (power-of-two scales)"),
	RANGE("numerics.bias_calibration", CAS_KEY_INT, bias_calibration_images, 0, 60000, "images",
		"0", "training images whose mean error is taken out through the biases; 0: off"),
	PLAIN("numerics.stored_calibration", CAS_KEY_BOOL, stored_calibration, "true",
		"use the bias calibration that the network carries (quantize --bias-calibration), if it does"),

	PLAIN("multipliers.default", CAS_KEY_STRING, multiplier, "1JFF",
		"multiplier of the array's operation groups not named below; 1JFF is exact (mapping signed: EXACTS)"),
	PLAIN("multipliers.groups", CAS_KEY_MAP, multiplier_groups, "",
		"operation group (a layer's name, votes, sum, update; or squash, else 1JFF) to multiplier"),
	PLAIN("multipliers.library", CAS_KEY_PATH, multiplier_library, "mul8u_lib",
		"folder of the multipliers and their manifest.yaml"),

	PLAIN("technology.file", CAS_KEY_PATH, technology_file, "configs/tech/45nm.yaml",
		"energies and areas"),

	PLAIN("output.dir", CAS_KEY_OUT_PATH, output_dir, "results/run",
		"folder that the results are written to"),
	PLAIN("output.traffic", CAS_KEY_BOOL, traffic, "false",
		"also write traffic.csv: accesses and bytes of every memory, step by step"),
};

static const struct cas_schema schema = {keys, sizeof keys / sizeof keys[0]};

const struct cas_schema *cas_run_config_schema(void)
{
	return &schema;
}

const char *cas_data_set_name(enum cas_data_set set)
{
	return data_sets[set];
}

const char *cas_mapping_name(enum cas_mapping mapping)
{
	return mappings[mapping];
}

const char *cas_overflow_name(enum cas_overflow overflow)
{
	return overflows[overflow];
}

const char *cas_requant_name(enum cas_requant_mode mode)
{
	return requants[mode];
}

/* What a configuration was read from. */
struct source {
	const struct cas_yaml *doc;
	const char *const *overrides;
	size_t override_count;
};

/* Where the key `path` of a message about several keys was given. */
static cas_status at_key(const struct source *source, const char *path, struct cas_err *err)
{
	const struct cas_yaml_node *node = cas_schema_given_at(source->doc, source->overrides, source->override_count, path);

	cas_err_prepend(err, "%s", path);
	if (node)
		cas_err_prepend(err, "%s:%d:%d", source->doc->name, node->line, node->column);
	return CAS_INPUT;
}

/* What no row can say alone. */
static cas_status check_across(struct cas_run_config *config, const struct source *source, struct cas_err *err)
{
	struct cas_accel *a = &config->accel;

	if (config->data_set == CAS_USE_DIGITS && config->data_split == CAS_USE_TRAIN &&
	    config->data_seed != CAS_DIGITS_TEST_SEED) {
		cas_err_set(err, CAS_INPUT, "%llu, but data.split is train: the training digits have one seed of their own; "
			"expected data.split: test, or no data.seed", (unsigned long long)config->data_seed);
		return at_key(source, "data.seed", err);
	}

	a->dram_beat_bytes = config->dram_beat_bytes;
	if (a->dram_beat_bytes == 0)
		a->dram_beat_bytes = a->cols < USUAL_BEAT_BYTES ? a->cols : USUAL_BEAT_BYTES;
	if (a->dram_beat_bytes <= a->cols)
		return CAS_OK;
	cas_err_set(err, CAS_INPUT, "%d bytes, expected at most array.cols (%d): a weight row is "
		"as wide as the array (0: as wide as fits)", a->dram_beat_bytes, a->cols);
	return at_key(source, "dram.beat_bytes", err);
}

static struct cas_place place_of(const struct source *source, const char *path)
{
	const struct cas_yaml_node *node = cas_schema_given_at(source->doc, source->overrides, source->override_count, path);

	return node ? (struct cas_place){node->line, node->column} : (struct cas_place){0, 0};
}

static cas_status absolute(const char *path, char out[CAS_PATH_BYTES], struct cas_err *err)
{
	char here[CAS_PATH_BYTES] = "";
	if (path[0] != '/' && !getcwd(here, sizeof here))
		return cas_err_set(err, CAS_ENV, "the working directory cannot be named");
	int length = strcmp(path, ".") ? snprintf(out, CAS_PATH_BYTES, "%s%s%s", here,
		here[0] ? "/" : "", path) : snprintf(out, CAS_PATH_BYTES, "%s", here);
	if (length >= CAS_PATH_BYTES)
		return cas_err_set(err, CAS_INPUT, "%.60s...: a path of %d bytes, expected at most %d",
			path, length, CAS_PATH_BYTES - 1);
	return CAS_OK;
}

cas_status cas_run_config_load(const char *path, const char *const *overrides,
	size_t override_count, const char *home, struct cas_run_config *out, struct cas_err *err)
{
	struct cas_roots roots = {.home = home ? home : "."};
	struct source source = {NULL, overrides, override_count};
	struct cas_yaml *doc = NULL;
	char found[CAS_PATH_BYTES];
	memset(out, 0, sizeof *out);
	if (path)
		path = cas_home_file(roots.home, path, found, sizeof found);
	cas_status st = absolute(roots.home, out->home, err);
	if (!st && path)
		st = absolute(path, out->file, err);
	if (!st && path)
		st = cas_yaml_read(&doc, path, err);
	if (!st)
		st = cas_schema_load(&schema, doc, overrides, override_count, &roots, out, err);
	source.doc = doc;
	if (!st)
		st = check_across(out, &source, err);
	out->multiplier_at = place_of(&source, "multipliers.default");
	cas_yaml_free(doc);
	return st;
}

void cas_run_config_write(const struct cas_run_config *config, struct cas_buf *buf)
{
	cas_schema_write(&schema, config, buf);
}

void cas_run_config_markdown(struct cas_buf *buf)
{
	cas_buf_printf(buf, "# Configuration of a run\n\n"
		"Printed by `capsacc-sim config --markdown` from the table in `sim/study/run_config.c`; a "
		"test holds the two equal.\n\n"
		"A run reads one YAML file; every key can be left out, and every key can be overridden on "
		"the command line by `--set key=value` (the last one wins); of a map, one entry: `--set "
		"multipliers.groups.votes=NGR`. `array.rows: 8` and `array:` "
		"with `rows: 8` below it are the same. Sizes may be written with KiB, MiB or GiB. The "
		"resolved configuration is written beside the results as `config.yaml`.\n\n"
		"Relative paths in a file are looked for in that file's folder, then in the working "
		"directory, then in the program's home (the folder with `configs/`, `models/` and "
		"`mul8u_lib/`); those on the command line, the configuration itself included, in the working directory, "
		"then in the home; "
		"defaults in the home. `output.dir` is always below the working directory.\n\n"
		"YAML is read strictly: one document, no anchors, aliases, tags or repeated keys, at most "
		"16 levels and 1 MiB.\n\n");
	cas_schema_print(&schema, CAS_SCHEMA_MARKDOWN, buf);
}
