#include "cli/estimate_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/home.h"

cas_status cas_parse_sizes(const char *option, const char *form, const char *text, int count,
	const long max[], long out[], struct cas_err *err)
{
	const char *at = text;

	for (int i = 0; i < count; i++) {
		char *end;

		errno = 0;
		out[i] = strtol(at, &end, 10);
		if (errno || end == at || *at == ' ' || *end != (i + 1 < count ? 'x' : 0))
			return cas_err_set(err, CAS_INPUT, "%s %.60s: expected %s, integers with an x between them",
				option, text, form);
		if (out[i] < 1 || out[i] > max[i])
			return cas_err_set(err, CAS_INPUT, "%s %.60s: %ld is outside 1..%ld", option, text, out[i],
				max[i]);
		at = end + 1;
	}
	return CAS_OK;
}

/* Whether `key` is one of the words up to NULL, or in a section that is ("array."). */
static int is_among(const char *const word[], const char *key, size_t bytes)
{
	for (; *word; word++) {
		size_t length = strlen(*word);

		if ((*word)[length - 1] == '.' ? bytes > length && !strncmp(key, *word, length)
			: bytes == length && !memcmp(key, *word, length))
			return 1;
	}
	return 0;
}

/* What cannot change what is printed is a misunderstanding. */
static cas_status check_options(const struct cas_estimate_request *request, struct cas_err *err)
{
	if (request->gemm && request->clock)
		return cas_err_set(err, CAS_INPUT, "--clock: nothing that estimate --gemm prints depends on this option");
	if (request->gemm && request->write_network)
		return cas_err_set(err, CAS_INPUT, "--write-network: --gemm is no network; expected NETWORK|GENOTYPE.json");
	return CAS_OK;
}

/* The same of keys. */
static cas_status check_keys(const struct cas_estimate_request *request, struct cas_err *err)
{
	static const char *const network[] = {"array.", "accumulator.depth", "accumulator.bits", "pe.", "buffers.",
		"dram.", "squash.", "routing.", "lowering.", "numerics.mapping", "multipliers.", "technology.", NULL};
	static const char *const gemm[] = {"array.rows", "array.cols", "accumulator.depth", "buffers.weight_bytes", "dram.",
		NULL};

	for (size_t i = 0; i < request->overrides.count; i++) {
		const char *word = request->overrides.word[i];
		int bytes = (int)strcspn(word, "=");

		if (!is_among(request->gemm ? gemm : network, word, (size_t)bytes))
			return cas_err_set(err, CAS_INPUT, "--set %.*s: nothing that estimate%s prints depends on this key", bytes,
				word, request->gemm ? " --gemm" : "");
	}
	return CAS_OK;
}

cas_status cas_estimate_configure(struct cas_estimate_request *request, struct cas_run_config **out,
	struct cas_err *err)
{
	const long max[] = {256, 256};
	char home[CAS_PATH_BYTES], text[32];
	long size[2];
	cas_status status = check_options(request, err);

	if (!status)
		status = cas_home_dir(home, sizeof home, err);
	if (!status && request->array) {
		status = cas_parse_sizes("--array", "RxC", request->array, 2, max, size, err);
		for (int i = 0; i < 2 && !status; i++) {
			snprintf(text, sizeof text, "%ld", size[i]);
			status = cas_overrides_add(&request->overrides, i ? "array.cols" : "array.rows", text, err);
		}
	}
	if (!status && request->clock)
		status = cas_overrides_add(&request->overrides, "array.clock_mhz", request->clock, err);
	if (!status)
		status = cas_mem_new((void **)out, 1, sizeof **out, err);
	if (!status)
		status = cas_run_config_load(NULL, (const char *const *)request->overrides.word,
			request->overrides.count, home, *out, err);
	return status ? status : check_keys(request, err);
}

int cas_estimate_is_set(const struct cas_estimate_request *request, const char *key)
{
	size_t bytes = strlen(key);

	for (size_t i = 0; i < request->overrides.count; i++)
		if (!strncmp(request->overrides.word[i], key, bytes) && request->overrides.word[i][bytes] == '=')
			return 1;
	return 0;
}
