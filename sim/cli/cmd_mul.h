/* `capsacc-sim mul`: the multiplier library at the command line (docs/multipliers.md). */
#ifndef CAS_CLI_CMD_MUL_H
#define CAS_CLI_CMD_MUL_H

#include <cjson/cJSON.h>

#include "cli/mul_args.h"
#include "model/mul_library.h"
#include "study/mul_summary.h"

/* What the abbreviations of the tables mean. */
#define CAS_MUL_LEGEND_ERRORS \
	"MAE, WCE: mean and worst absolute error; MRE, WCRE: mean and worst relative error; EP: share of wrong\n" \
	"  products; MSE: mean squared error (docs/multipliers.md)\n"
#define CAS_MUL_LEGEND_NOISE \
	"NA, NM: mean and standard deviation of the error, relative to 65535; NA positive: products too small\n"
#define CAS_MUL_LEGEND_FIT \
	"KS: Kolmogorov-Smirnov distance of the errors from the Gaussian fitted to them\n"

/* argv[0] is "mul", argv[1] the sub-command.  Returns the program's exit code. */
int cas_cmd_mul(int argc, char **argv);

/* `mul accuracy`: argv[0] is "accuracy". */
int cas_cmd_mul_accuracy(int argc, char **argv);

/* The sub-commands; they print to standard output. */
cas_status cas_mul_list(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct cas_err *err);
cas_status cas_mul_show(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct cas_err *err);
cas_status cas_mul_profile(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct cas_err *err);
cas_status cas_mul_import(struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct cas_err *err);
cas_status cas_mul_export(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct cas_err *err);
cas_status cas_mul_energy_print(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct cas_err *err);
cas_status cas_mul_area(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct cas_err *err);

/* `profile --group`: noise over the operands of a network, in place of uniform ones. */
cas_status cas_mul_profile_operands(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct cas_err *err);

/* name, power_mw, area_um2, delay_ns (null where unknown), mae, wce, wcre, ep, mre, mse,
 * na_uniform, nm_uniform, ... of one multiplier. */
void cas_mul_json_row(cJSON *object, const struct cas_mul_summary *row);

/* Print and free the tree.  Errors: CAS_ENV without memory. */
cas_status cas_mul_json_print(cJSON *root, struct cas_err *err);

#endif
