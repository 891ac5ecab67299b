/* capsacc-sim config */
#include "cli/cli.h"
#include "cli/options.h"
#include "report/report.h"

int cas_cmd_config(int argc, char **argv)
{
	int markdown = 0, json = 0, first, helped;
	const struct cas_option options[] = {
		{"markdown", CAS_OPTION_FLAG, NULL, &markdown, NULL, 0, 0, "as docs/config.md"},
		{"json", CAS_OPTION_FLAG, NULL, &json, NULL, 0, 0, "as a JSON array"},
	};
	const struct cas_usage usage = {.command = "config", .arguments = "",
		.purpose = "Print every key of a run's configuration: type, unit, range, default, meaning.\n",
		.examples = "  capsacc-sim config | less\n  capsacc-sim config --json\n",
		.option = options, .options = sizeof options / sizeof options[0]};
	struct cas_buf text;
	struct cas_err err;
	cas_status status = cas_options_parse(argc, argv, &usage, &first, &helped, &err);

	if (status || helped)
		return cas_cli_fail(status, &err);
	cas_buf_init(&text, CAS_REPORT_MAX_BYTES);
	if (markdown)
		cas_run_config_markdown(&text);
	else
		cas_schema_print(cas_run_config_schema(), json ? CAS_SCHEMA_JSON : CAS_SCHEMA_TEXT, &text);
	status = cas_cli_print(&text, &err);
	cas_buf_clear(&text);
	return cas_cli_fail(status, &err);
}
