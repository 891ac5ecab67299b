/* Evaluation of one design point: accuracy of a network on a data set with the chosen multipliers,
 * and the cost of one inference on the accelerator.  What `capsacc-sim run` prints.
 */
#ifndef CAS_STUDY_EVAL_H
#define CAS_STUDY_EVAL_H

#include <signal.h>
#include <stdint.h>

#include "base/status.h"
#include "cost/cost.h"
#include "cost/nascaps.h"
#include "cost/scalesim.h"
#include "engine/engine8.h"
#include "model/dataset.h"
#include "model/mul_library.h"
#include "model/network.h"
#include "model/program.h"
#include "model/technology.h"
#include "study/run_config.h"

enum { CAS_EVAL_MULTIPLIERS = 64 };

/* The multipliers of a run: which table each operation group uses. */
struct cas_eval_multipliers {
	int count;                                     /* distinct ones */
	struct cas_mul8u *mul[CAS_EVAL_MULTIPLIERS];   /* owned */
	struct cas_mul_entry entry[CAS_EVAL_MULTIPLIERS];
	int8_t used[CAS_MAX_LAYERS][CAS_GROUPS];       /* index into mul; -1 where there is no such group */
	double exact_power_mw, exact_area_um2;         /* of 1JFF, the yardstick */
	double pe_area_um2;                            /* of all multipliers that each PE must hold */
};

/* Right answers of an engine. */
struct cas_eval_accuracy {
	int images;
	int correct8;               /* 8-bit engine */
	int correctf;               /* float engine on the same weights; -1: not run */
	int agree;                  /* images on which both engines give one answer; -1: not run */
	int only8, onlyf;           /* images that one engine alone got right; 0: not run */
	int correct_plain;          /* 8-bit engine without the bias calibration; -1: there is none, or not run */
	int only_calibrated, only_plain; /* images that it alone got right; 0: not run */
	int16_t *answer8, *answerf, *answer_plain; /* [images], owned; the last two may be NULL */
	uint8_t *labels;            /* [images], owned */
	uint64_t overflows[CAS_MAX_LAYERS];
	uint8_t exposed[CAS_MAX_LAYERS]; /* 1: a width can cut sums of the layer (cas_engine8_is_exposed) */
	double seconds8;            /* wall time of the 8-bit engine's part; for the terminal only */
};

struct cas_eval {
	struct cas_run_config config;
	struct cas_network net;
	struct cas_eval_multipliers multipliers;
	char dataset[64];
	int dataset_images;         /* in the split, before `images` cut it */
	struct cas_eval_accuracy accuracy;
	struct cas_technology tech;
	struct cas_program program;
	struct cas_cost cost;       /* of one inference */
	struct cas_nascaps_ops nascaps_ops;
	struct cas_nascaps_result nascaps[CAS_NASCAPS_VARIANTS];
	struct cas_scalesim_result scalesim;
};

/* How far long work is.  `stage` is a word for the user; called from any thread, one at a time. */
struct cas_progress {
	void (*fn)(void *ctx, const char *stage, size_t done, size_t total); /* NULL: silent */
	void *ctx;
	const volatile sig_atomic_t *stop; /* non-zero: give up with CAS_INTERRUPTED; may be NULL */
};

/* Everything.  `out` is the caller's: cas_eval_clear, also after an error.
 * Errors: CAS_INPUT (configuration, network, data, multipliers), CAS_ENV, CAS_INTERRUPTED. */
cas_status cas_eval_run(const struct cas_run_config *config, const struct cas_progress *progress,
	struct cas_eval *out, struct cas_err *err);

/* The parts, for studies that vary one of them. */
cas_status cas_eval_load_multipliers(const struct cas_run_config *config, const struct cas_network *net,
	struct cas_eval_multipliers *out, struct cas_err *err);
void cas_eval_tables(const struct cas_eval_multipliers *multipliers, struct cas_tables *out);
/* The first `count` images (0: all) of the split that the configuration names; `all`: images in it.
 * With `calibration`, always the training split.  Errors: CAS_INPUT, CAS_ENV; CAS_INTERRUPTED if *stop
 * was set meanwhile (stop may be NULL). */
cas_status cas_eval_load_data(const struct cas_run_config *config, int calibration, int count,
	const volatile sig_atomic_t *stop, struct cas_dataset *out, int *all, struct cas_err *err);
/* Where data.path is empty and the set has files, make it the folder that CAPSACC_DATA or data/ leads
 * to, absolute: the resolved configuration then repeats the run from anywhere.
 * Errors: CAS_INPUT if there is no such set. */
cas_status cas_eval_find_data(struct cas_run_config *config, struct cas_err *err);
/* Resize the images to the network's input where it asks for that (net->resize).
 * Errors: CAS_INPUT if they are not of the network's input shape then, or have more classes; CAS_ENV. */
cas_status cas_eval_fit_data(const struct cas_network *net, struct cas_dataset *set,
	struct cas_err *err);
/* The 8-bit engine as the run has it: patches where the program reads patches, and, if `calibrated`, the bias
 * calibration that the network carries or that is configured.  net and the tables' contents must outlive it;
 * *out is NULL before, and the caller's (cas_engine8_free) also after an error.
 * Errors: those of cas_calibration_check, of cas_engine8_plan and of the calibration. */
cas_status cas_eval_plan8(const struct cas_run_config *config, const struct cas_network *net,
	const struct cas_tables *tables, const struct cas_program *program, int calibrated,
	const struct cas_progress *progress, struct cas_engine8 **out, struct cas_err *err);
cas_status cas_eval_accuracy(const struct cas_run_config *config, const struct cas_network *net,
	const struct cas_eval_multipliers *multipliers, const struct cas_program *program,
	const struct cas_dataset *set, const struct cas_progress *progress, struct cas_eval_accuracy *out,
	struct cas_err *err);
/* The float engine alone, on a float or an 8-bit network: images answered right. */
cas_status cas_eval_float(const struct cas_run_config *config, const struct cas_network *net,
	const struct cas_dataset *set, const struct cas_progress *progress, int *correct,
	struct cas_err *err);
void cas_eval_accuracy_clear(struct cas_eval_accuracy *accuracy);
void cas_eval_multipliers_clear(struct cas_eval_multipliers *multipliers);
/* 1 for each layer whose input the program reads as patches: one group of terms. */
void cas_eval_mark_patches(const struct cas_program *program, uint8_t patches[CAS_MAX_LAYERS]);
cas_status cas_eval_cost(struct cas_eval *eval, struct cas_err *err);

void cas_eval_clear(struct cas_eval *eval);

#endif
