/* What `capsacc-sim estimate` is asked, and the configuration that follows. */
#ifndef CAS_CLI_ESTIMATE_REQUEST_H
#define CAS_CLI_ESTIMATE_REQUEST_H

#include "cli/options.h"
#include "study/run_config.h"

struct cas_estimate_request {
	struct cas_overrides overrides;
	const char *gemm, *array, *clock, *write_network;
	int json;
};

/* Numbers with an 'x' between them, each 1..max[i]; `form` is how a user would write them.
 * Errors: CAS_INPUT. */
cas_status cas_parse_sizes(const char *option, const char *form, const char *text, int count,
	const long max[], long out[], struct cas_err *err);

/* The defaults with what the request sets; *out is the caller's (free), also after an error.
 * Errors: CAS_INPUT, also for a key or option that nothing depends on that is printed; CAS_ENV. */
cas_status cas_estimate_configure(struct cas_estimate_request *request, struct cas_run_config **out,
	struct cas_err *err);

/* Whether the request sets a key, by whichever option; after cas_estimate_configure. */
int cas_estimate_is_set(const struct cas_estimate_request *request, const char *key);

#endif
