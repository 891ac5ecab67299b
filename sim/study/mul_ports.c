#include "study/mul_ports.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One member of Verilator's class. */
struct member {
	char kind[16]; /* IN8, OUT16, INOUT, ... */
	char raw[CAS_MUL_MEMBER_BYTES];
	char name[CAS_MUL_MEMBER_BYTES]; /* the port's */
	int bits;
};

static int is_identifier(const char *name)
{
	size_t n;

	for (n = 0; name[n]; n++)
		if (!isalnum((unsigned char)name[n]) && name[n] != '_')
			return 0;
	return n > 0 && !isdigit((unsigned char)name[0]);
}

cas_status cas_mul_ports_parse(const char *text, struct cas_mul_ports *out, struct cas_err *err)
{
	char (*name)[CAS_MUL_PORT_BYTES] = out->name;
	int end = 0;

	if (sscanf(text, "%63[^,],%63[^,],%63[^,]%n", name[0], name[1], name[2], &end) != 3 || text[end] ||
	    !is_identifier(name[0]) || !is_identifier(name[1]) || !is_identifier(name[2]))
		return cas_err_set(err, CAS_INPUT,
			"--ports: '%.63s' is not FIRST,SECOND,PRODUCT (names of three ports)", text);
	for (int i = 0; i < CAS_MUL_PORTS; i++)
		if (!strcmp(name[i], name[(i + 1) % CAS_MUL_PORTS]))
			return cas_err_set(err, CAS_INPUT, "--ports: '%s' is named twice, expected three different ports",
				name[i]);
	return CAS_OK;
}

/* What Verilator writes for "__", and before a word of C++. */
static const char ESCAPE[] = "___05F", KEYWORD[] = "__SYM__";

/* The port's name of a member. */
static void unescape(const char *member, char *name)
{
	const size_t length = sizeof(ESCAPE) - 1;

	memcpy(name, member, strlen(member) + 1);
	if (!strncmp(name, KEYWORD, sizeof(KEYWORD) - 1))
		memmove(name, name + sizeof(KEYWORD) - 1, strlen(name + sizeof(KEYWORD) - 1) + 1);
	while ((name = strstr(name, ESCAPE))) {
		name += 2;
		memmove(name, name + length - 2, strlen(name + length - 2) + 1);
	}
}

/* The member that a line declares; 0 if it declares none.  Older releases write no '&'. */
static int take_member(const char *line, struct member *out)
{
	int left, right, at = 0;

	if (sscanf(line, " VL_%15[A-Z0-9](%n", out->kind, &at) != 1 || !at)
		return 0;
	at += line[at] == '&';
	if (sscanf(line + at, "%199[^,],%d,%d", out->raw, &left, &right) != 3)
		return 0;
	unescape(out->raw, out->name);
	out->bits = abs(left - right) + 1;
	return 1;
}

/* Move to the line after `line`; NULL at the end. */
static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : NULL;
}

static const char *direction(const struct member *member)
{
	if (strncmp(member->kind, "INOUT", 5) == 0)
		return "inout";
	return strncmp(member->kind, "IN", 2) == 0 ? "input" : "output";
}

static cas_status check_port(const char *header, const char *module, const char *port,
	const char *should, int bits, char out[CAS_MUL_MEMBER_BYTES], struct cas_err *err)
{
	struct member member;

	for (; header; header = next_line(header)) {
		if (!take_member(header, &member) || strcmp(member.name, port))
			continue;
		memcpy(out, member.raw, sizeof(member.raw));
		if (strcmp(direction(&member), should) == 0 && member.bits == bits)
			return CAS_OK;
		return cas_err_set(err, CAS_INPUT, "port '%s' of module %s is an %s of %d bit%s, expected an %s of %d",
			port, module, direction(&member), member.bits, member.bits == 1 ? "" : "s", should, bits);
	}
	return cas_err_set(err, CAS_INPUT, "module %s has no port '%s', name its ports with "
		"--ports FIRST,SECOND,PRODUCT", module, port);
}

cas_status cas_mul_ports_check(const char *header, const char *module,
	struct cas_mul_ports *ports, struct cas_err *err)
{
	cas_status status = CAS_OK;
	struct member member;

	for (int i = 0; i < CAS_MUL_PORTS && !status; i++)
		status = check_port(header, module, ports->name[i], i < 2 ? "input" : "output", i < 2 ? 8 : 16,
			ports->member[i], err);
	for (; !status && header; header = next_line(header))
		if (take_member(header, &member) && strcmp(direction(&member), "output") &&
		    strcmp(member.name, ports->name[0]) && strcmp(member.name, ports->name[1]))
			status = cas_err_set(err, CAS_INPUT, "module %s has a further %s '%s', expected a combinational "
				"module of two operands", module, direction(&member), member.name);
	return status;
}
