/* Tabulating a multiplier that is given as a C function or a Verilog module.  This runs the user's
 * own compiler and then the user's own code: only on request, in a temporary folder, with time
 * limits, but with the user's rights. */
#ifndef CAS_STUDY_MUL_SOURCE_H
#define CAS_STUDY_MUL_SOURCE_H

#include <signal.h>

#include "arith/mul8u.h"
#include "arith/mul8u_claims.h"
#include "base/status.h"

/* What the comment at the head of an EvoApproxLib file says; -1 and empty texts where it is silent. */
struct cas_mul_header {
	double power_mw, area_um2, delay_ns;
	struct cas_mul_claims claims;
};

/* Lines like `// MAE% = 2.27 %`, `// MSE = 35240.883e2`, `// PDK45_PWR = 0.016 mW`; others are
 * passed over. */
void cas_mul_header_parse(const char *text, struct cas_mul_header *out);

struct cas_mul_source {
	const char *path;     /* .c or .v */
	const char *top;      /* function or module; NULL: the file's name without its ending */
	const char *ports;    /* Verilog: "first,second,product"; NULL: "B,A,O" */
	int is_signed;        /* operands are int8_t and the product int16_t */
	int run_s, compile_s; /* time limits in seconds; 0: 20 and 120 */
	const volatile sig_atomic_t *stop; /* non-zero: give up with CAS_INTERRUPTED; may be NULL */
};

enum { CAS_MUL_TOP_BYTES = 64, CAS_MUL_SOURCE_MAX_BYTES = 4 << 20 };

/* Name of the function or module to use: source->top, or the file's name; `text` is the file.
 * Errors: CAS_INPUT if it is no identifier or does not occur in the text. */
cas_status cas_mul_source_top(const struct cas_mul_source *source, const char *text,
	char out[CAS_MUL_TOP_BYTES], struct cas_err *err);

/* Call the function for all 65,536 pairs; its result is cut to 16 bits before anything compares it.
 * Argument order: EvoApproxLib's C models are f(B, A) and its netlists have ports A, B, O; the
 * tables' first operand is the C function's first argument, which is port B.
 * Signed: operands are two's complement codes, the table a signed one (arith/mul8u.h; the caller sets
 * mul->is_signed).
 * All pairs are asked for twice, in opposite orders.
 * Errors: CAS_INPUT: unreadable file, no such function, other ports than these, does not compile (first
 * line of the compiler's complaint), crashes, runs longer than its limit, answers otherwise the second time; CAS_ENV: compiler or Verilator
 * missing (names the package), no temporary folder; CAS_INTERRUPTED. */
cas_status cas_mul_source_tabulate(const struct cas_mul_source *source, struct cas_mul8u *mul,
	struct cas_mul_header *header, struct cas_err *err);

#endif
