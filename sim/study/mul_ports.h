/* The ports of a Verilog module, from the C++ class that Verilator makes of it. */
#ifndef CAS_STUDY_MUL_PORTS_H
#define CAS_STUDY_MUL_PORTS_H

#include "base/status.h"

enum {
	CAS_MUL_PORTS = 3,
	CAS_MUL_PORT_BYTES = 64,
	CAS_MUL_MEMBER_BYTES = 3 * CAS_MUL_PORT_BYTES /* "__" becomes "___05F" */
};

struct cas_mul_ports {
	char name[CAS_MUL_PORTS][CAS_MUL_PORT_BYTES]; /* first operand, second, product */
};

/* Cut "FIRST,SECOND,PRODUCT" into names.
 * Errors: CAS_INPUT unless it is three different identifiers. */
cas_status cas_mul_ports_parse(const char *text, struct cas_mul_ports *out, struct cas_err *err);

/* The name of a port's member in Verilator's class, where "__" has a meaning of its own. */
void cas_mul_ports_member(const char port[CAS_MUL_PORT_BYTES], char out[CAS_MUL_MEMBER_BYTES]);

/* Whether a module is driven completely through these ports: two inputs of 8 bits, an output of 16, and no
 * other input (a clock, an enable).  `header` is the text of Verilator's class, whose members read
 * VL_IN8(&A,7,0).
 * Errors: CAS_INPUT, in terms of the module; the caller prepends the file. */
cas_status cas_mul_ports_check(const char *header, const char *module,
	const struct cas_mul_ports *ports, struct cas_err *err);

#endif
