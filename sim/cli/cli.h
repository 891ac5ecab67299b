/* The commands.  Each gets its own name as argv[0] and returns the program's exit status; it has said
 * on standard error what went wrong. */
#ifndef CAS_CLI_CLI_H
#define CAS_CLI_CLI_H

#include <signal.h>

#include "base/mem.h"
#include "base/status.h"
#include "study/eval.h"

int cas_cmd_run(int argc, char **argv);
int cas_cmd_config(int argc, char **argv);
int cas_cmd_estimate(int argc, char **argv);
int cas_cmd_quantize(int argc, char **argv);
int cas_cmd_report(int argc, char **argv);
int cas_cmd_cosim(int argc, char **argv);

/* Write the message on standard error as one line and return the exit status. */
int cas_cli_fail(cas_status status, const struct cas_err *err);

/* Write `text` to standard output.  Errors: CAS_ENV if the text was not complete or cannot be written
 * (a full disk behind a redirection). */
cas_status cas_cli_print(const struct cas_buf *text, struct cas_err *err);

/* Ctrl-C (and SIGTERM, and SIGHUP unless it is ignored) from now on set the flag that is returned; a second one ends the program. */
const volatile sig_atomic_t *cas_cli_catch_signals(void);

/* A progress bar with the time that is left, on standard error if that is a terminal. */
struct cas_progress_bar {
	int on;
	double began, drawn;
	const char *stage;
};
/* `progress` refers to `bar` and to the flag of Ctrl-C. */
void cas_progress_start(struct cas_progress_bar *bar, int quiet, struct cas_progress *progress);
void cas_progress_end(struct cas_progress_bar *bar);

#endif
