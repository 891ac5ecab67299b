/* Pieces of JSON that a run's report and the estimates share. */
#ifndef CAS_REPORT_JSON_PARTS_H
#define CAS_REPORT_JSON_PARTS_H

#include <cjson/cJSON.h>

#include "base/mem.h"
#include "base/status.h"
#include "cost/cost.h"
#include "cost/nascaps.h"
#include "cost/scalesim.h"
#include "study/eval.h"

/* cJSON itself prints numbers beyond 2^53, and doubles, in a way that reads back only nearly equal;
 * these write every digit that it takes.  What is not finite becomes null. */
void cas_json_u64(cJSON *object, const char *key, uint64_t value);
void cas_json_real(cJSON *object, const char *key, double value);
cJSON *cas_json_item(cJSON *array); /* a new object at its end, or NULL */

/* multipliers{group: name}, multipliers_without_power, multipliers_without_area, multiplier_area_um2_per_pe */
void cas_json_multipliers(cJSON *root, const struct cas_eval *eval);

/* timing{clock_mhz, cycles, ..., layers[...]}: one entry a step. */
void cas_json_timing(cJSON *root, const struct cas_cost *cost, const struct cas_network *net,
	double clock_mhz);

/* nascaps{paper{...}, released{...}}; `result` has CAS_NASCAPS_VARIANTS entries. */
void cas_json_nascaps(cJSON *root, const struct cas_nascaps_result *result,
	const struct cas_nascaps_ops *ops);

/* scalesim{ws, os, is, utilization{...}, leaves_out, layers[...]} */
void cas_json_scalesim(cJSON *root, const struct cas_scalesim_result *result);

/* Append the tree's text and a newline, and free the tree.  Errors: CAS_ENV without memory. */
cas_status cas_json_finish(cJSON *root, struct cas_buf *out, struct cas_err *err);

#endif
