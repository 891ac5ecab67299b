/* The ports of a Verilog module, from the C++ class that Verilator makes of it. */
#ifndef CAS_STUDY_MUL_PORTS_H
#define CAS_STUDY_MUL_PORTS_H

#include "base/status.h"

enum {
	CAS_MUL_PORTS = 3,
	CAS_MUL_PORT_BYTES = 64,
	CAS_MUL_MEMBER_BYTES = 3 * CAS_MUL_PORT_BYTES + 8 /* "__" becomes "___05F", "delete" "__SYM__delete" */
};

struct cas_mul_ports {
	char name[CAS_MUL_PORTS][CAS_MUL_PORT_BYTES]; /* first operand, second, product */
	char member[CAS_MUL_PORTS][CAS_MUL_MEMBER_BYTES]; /* of Verilator's class; filled in by _check */
};

/* Cut "FIRST,SECOND,PRODUCT" into names.
 * Errors: CAS_INPUT unless it is three different identifiers. */
cas_status cas_mul_ports_parse(const char *text, struct cas_mul_ports *out, struct cas_err *err);

/* Whether a module is driven completely through these ports: two inputs of 8 bits, an output of 16, and no
 * other input (a clock, an enable).  `header` is the text of Verilator's class, whose members read
 * VL_IN8(&A,7,0); "__" in a name, and names that are words of C++, are written otherwise there.
 * Errors: CAS_INPUT, in terms of the module; the caller prepends the file. */
cas_status cas_mul_ports_check(const char *header, const char *module,
	struct cas_mul_ports *ports, struct cas_err *err);

#endif
