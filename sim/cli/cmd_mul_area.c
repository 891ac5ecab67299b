/* mul area */
#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/cmd_mul.h"
#include "study/mul_area.h"

cas_status cas_mul_area(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct cas_err *err)
{
	struct cas_mul_source source = {.path = args->word[0], .top = args->top, .stop = cas_cli_catch_signals()};
	struct cas_mul_area_estimate area;
	cas_status status;
	cJSON *root;

	(void)lib;
	if (args->words != 1)
		return cas_err_set(err, CAS_INPUT, "area: expected one netlist");
	status = cas_mul_area_estimate(&source, &area, err);
	if (status)
		return status;
	if (args->json) {
		root = cJSON_CreateObject();
		cJSON_AddNumberToObject(root, "transistors", (double)area.transistors);
		cJSON_AddNumberToObject(root, "exact_transistors", (double)area.exact_transistors);
		cJSON_AddNumberToObject(root, "relative_area", area.relative);
		return cas_mul_json_print(root, err);
	}
	printf("about %" PRIu64 " transistors, %.1f %% of an exact multiplier's %" PRIu64
		" (estimate: generic gates, Yosys)\n", area.transistors, 100 * area.relative,
		area.exact_transistors);
	return CAS_OK;
}
