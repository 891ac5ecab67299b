/* What a run is asked to do: one YAML file, one struct, one table of keys (run_config.c).
 * docs/config.md is printed from that table.
 */
#ifndef CAS_STUDY_RUN_CONFIG_H
#define CAS_STUDY_RUN_CONFIG_H

#include <stdint.h>

#include "base/mem.h"
#include "base/status.h"
#include "engine/matmul.h"
#include "io/schema.h"
#include "model/accelerator.h"

enum cas_data_set { CAS_USE_DIGITS, CAS_USE_MNIST, CAS_USE_FASHION, CAS_USE_CIFAR10, CAS_USE_SVHN,
	CAS_USE_SETS };
enum cas_data_split { CAS_USE_TEST, CAS_USE_TRAIN };

/* Paths are absolute, or empty where the key is empty. */
struct cas_run_config {
	char file[CAS_PATH_BYTES]; /* the configuration's own path; empty: defaults alone */
	char home[CAS_PATH_BYTES];
	char name[64];

	struct cas_accel accel;
	int dram_beat_bytes; /* as configured: 0 stands for what accel.dram_beat_bytes says */

	char network_path[CAS_PATH_BYTES]; /* folder or network.yaml */

	enum cas_data_set data_set;
	char data_path[CAS_PATH_BYTES]; /* folder of the files; empty: CAPSACC_DATA, then data/ */
	enum cas_data_split data_split;
	uint64_t data_seed;             /* digits: seed of the set that is drawn */

	int images;          /* 0: all */
	int threads;         /* 0: all processors */
	int float_reference; /* run the float32 engine as well */
	enum cas_isa isa;    /* of the 8-bit engine's kernels */

	int bias_calibration_images;       /* 0: off */
	int compare_uncalibrated;          /* where calibrated, also run without */
	int stored_calibration;            /* use the one that the network carries, if any */

	char multiplier[CAS_MAP_VALUE_BYTES];    /* where no group says otherwise */
	struct cas_string_map multiplier_groups; /* layer name or votes, sum, update, squash -> name */
	struct cas_place multiplier_at; /* of multipliers.default, in `file` */
	char multiplier_library[CAS_PATH_BYTES]; /* folder with manifest.yaml */

	char technology_file[CAS_PATH_BYTES];
	char output_dir[CAS_PATH_BYTES]; /* results are written below it */
	int traffic;                     /* write traffic.csv, too */
};

const struct cas_schema *cas_run_config_schema(void);

/* "digits", "mnist", ... as in `data.set`. */
const char *cas_data_set_name(enum cas_data_set set);
/* "sign_magnitude", ... as in `numerics.mapping`. */
const char *cas_mapping_name(enum cas_mapping mapping);
/* "wrap" or "saturate"; "multiplier" or "shift". */
const char *cas_overflow_name(enum cas_overflow overflow);
const char *cas_requant_name(enum cas_requant_mode mode);

/* Defaults, then the file `path` (NULL: none), then `overrides` ("array.rows=8").  `home` is the
 * folder that holds configs/, models/ and mul8u_lib/ (NULL: the working directory).
 * Checks across keys: dram.beat_bytes <= array.cols (0 becomes the smaller of 16 and array.cols).
 * Errors: CAS_INPUT, `file:line:column: key: ...` or `--set key=value: key: ...`; CAS_ENV. */
cas_status cas_run_config_load(const char *path, const char *const *overrides,
	size_t override_count, const char *home, struct cas_run_config *out, struct cas_err *err);

/* The resolved configuration as YAML; loading it gives the same configuration. */
void cas_run_config_write(const struct cas_run_config *config, struct cas_buf *buf);

/* docs/config.md, whole. */
void cas_run_config_markdown(struct cas_buf *buf);

#endif
