/* Command line of `capsacc-sim mul`. */
#ifndef CAS_CLI_MUL_ARGS_H
#define CAS_CLI_MUL_ARGS_H

#include <stdint.h>

#include "base/status.h"
#include "cli/data_option.h"
#include "cli/options.h"

enum { CAS_MUL_WORDS = 2 };

struct cas_mul_args {
	const char *word[CAS_MUL_WORDS]; /* arguments that are no options, in order; NULL beyond */
	int words;
	const char *home;                /* folder that holds mul8u_lib; NULL: found */
	const char *sort, *metric;
	const char *name, *source, *licence, *top, *ports, *evoapprox, *generate;
	const char *multiplier, *adder;
	const char *histogram, *heat_map; /* SVG files to write */
	int terms;                       /* of the histogram; 0: 1 */
	const char *config, *group, *layer, *mapping; /* profile: whose operands */
	const char *data[CAS_DATA_WORDS];
	struct cas_overrides overrides;  /* of the configuration: --set, --network, --threads */
	int images;                      /* 0: the default */
	double power_mw, area_um2, delay_ns; /* -1: not given */
	uint64_t seed;
	int limit_s;                     /* 0: the default */
	uint64_t given;                  /* a bit for each option, for cas_mul_args_check */
	int json, csv, all, force, is_signed, signed_table, swap, zero_gating, markdown, help;
};

/* Parse argv[first..argc).  `--key value` and `--key=value` are the same; `--` ends the options.
 * `out` is the caller's: cas_mul_args_clear, also after an error.
 * Errors: CAS_INPUT for an unknown option, a missing or malformed value, too many words. */
cas_status cas_mul_args_parse(int argc, char **argv, int first, struct cas_mul_args *out,
	struct cas_err *err);

/* Whether every option that was given says something to the command: none is passed over.
 * Errors: CAS_INPUT: an option of another command, or of another source of an import; several formats. */
cas_status cas_mul_args_check(const char *command, const struct cas_mul_args *args, struct cas_err *err);
void cas_mul_args_clear(struct cas_mul_args *args);

#endif
