#include "model/mul_format.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "io/outfile.h"
#include "model/mul_manifest.h"
#include "model/mul_npy.h"

enum { MAX_BYTES = 4 << 20 }; /* of a text form: 65,536 cells of up to 64 bytes */

cas_status cas_mul_format_of(const char *path, enum cas_mul_format *out, struct cas_err *err)
{
	static const struct {
		const char *ending;
		enum cas_mul_format format;
	} endings[] = {
		{".bin", CAS_MUL_RAW}, {".raw", CAS_MUL_RAW}, {".hex", CAS_MUL_HEX},
		{".mem", CAS_MUL_HEX}, {".csv", CAS_MUL_CSV}, {".npy", CAS_MUL_NPY},
	};
	const char *dot = strrchr(path, '.');
	size_t i;

	for (i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcasecmp(dot, endings[i].ending) == 0) {
			*out = endings[i].format;
			return CAS_OK;
		}
	return cas_err_set(err, CAS_INPUT,
		"%s: a table's file name ends in .bin, .raw, .hex, .mem, .csv or .npy", path);
}

/* A place in a text, for messages. */
struct cursor {
	const char *path, *at;
	int line;
	const char *line_start;
};

static cas_status complain(const struct cursor *c, struct cas_err *err, const char *what)
{
	return cas_err_set(err, CAS_INPUT, "%s:%d:%d: %s", c->path, c->line,
		(int)(c->at - c->line_start) + 1, what);
}

static void skip_blanks(struct cursor *c)
{
	while (*c->at == ' ' || *c->at == '\t' || *c->at == '\r')
		c->at++;
}

static void next_line(struct cursor *c)
{
	c->at++;
	c->line++;
	c->line_start = c->at;
}

/* A run of digits of `base` with a value of at most 65535. */
static int take_value(struct cursor *c, int base, uint16_t *out)
{
	const char *start = c->at;
	unsigned long value = 0;

	for (;; c->at++) {
		int digit = *c->at >= '0' && *c->at <= '9' ? *c->at - '0' :
			*c->at >= 'a' && *c->at <= 'f' ? *c->at - 'a' + 10 :
			*c->at >= 'A' && *c->at <= 'F' ? *c->at - 'A' + 10 : 16;

		if (digit >= base)
			break;
		value = value * (unsigned long)base + (unsigned long)digit;
		if (value > 65535)
			break;
	}
	if (c->at == start || value > 65535) {
		c->at = start;
		return 0;
	}
	*out = (uint16_t)value;
	return 1;
}

/* A decimal product; of a signed table also a negative one. */
static int take_product(struct cursor *c, int is_signed, uint16_t *out)
{
	const char *start = c->at;

	if (!is_signed || *c->at != '-')
		return take_value(c, 10, out);
	c->at++;
	if (!take_value(c, 10, out) || *out > 32768) {
		c->at = start;
		return 0;
	}
	*out = (uint16_t)-*out;
	return 1;
}

static cas_status parse_csv(struct cursor *c, struct cas_mul8u *mul, struct cas_err *err)
{
	int a, b;

	for (a = 0; a < 256; a++) {
		for (b = 0; b < 256; b++) {
			skip_blanks(c);
			if (!take_product(c, mul->is_signed, &mul->product[a << 8 | b]))
				return complain(c, err, *c->at && *c->at != '\n' ? mul->is_signed ?
					"expected an integer -32768..65535" : "expected an integer 0..65535" :
					"expected 256 lines of 256 cells");
			skip_blanks(c);
			if (b < 255 && *c->at != ',')
				return complain(c, err, "expected ',' and 256 cells a line");
			c->at += b < 255;
		}
		if (*c->at && *c->at != '\n')
			return complain(c, err, "expected the end of the line after 256 cells");
		if (*c->at)
			next_line(c);
	}
	for (; *c->at == '\n' || *c->at == '\r';)
		next_line(c);
	return *c->at ? complain(c, err, "expected the end of the file after 256 lines") : CAS_OK;
}

/* White space and comments; leaves the cursor at a word or at the end. */
static void skip_hex_space(struct cursor *c)
{
	for (;;) {
		skip_blanks(c);
		if (c->at[0] == '/' && c->at[1] == '/')
			while (*c->at && *c->at != '\n')
				c->at++;
		if (*c->at != '\n')
			return;
		next_line(c);
	}
}

static cas_status parse_hex(struct cursor *c, struct cas_mul8u *mul, struct cas_err *err)
{
	uint32_t i;

	for (i = 0; i < CAS_MUL8U_PAIRS; i++) {
		skip_hex_space(c);
		if (!*c->at)
			return complain(c, err, "the file ends early, expected 65536 words");
		if (!take_value(c, 16, &mul->product[i]) || (*c->at && !strchr(" \t\r\n/", *c->at)))
			return complain(c, err, "expected a word of hex digits up to ffff");
	}
	skip_hex_space(c);
	return *c->at ? complain(c, err, "expected the end of the file after 65536 words") : CAS_OK;
}

static cas_status read_text(const char *path, enum cas_mul_format format, struct cas_mul8u *mul,
	struct cas_err *err)
{
	struct cursor cursor = {.path = path, .line = 1};
	size_t size_bytes;
	char *text;
	cas_status status = cas_file_read(path, MAX_BYTES, &text, &size_bytes, err);

	if (status)
		return status;
	cursor.at = cursor.line_start = text;
	status = format == CAS_MUL_CSV ? parse_csv(&cursor, mul, err) : parse_hex(&cursor, mul, err);
	free(text);
	return status;
}

cas_status cas_mul_format_read(const char *path, enum cas_mul_format format,
	struct cas_mul8u *mul, struct cas_err *err)
{
	char sha256[65];

	switch (format) {
	case CAS_MUL_RAW:
		return cas_mul_table_read(path, mul, sha256, err);
	case CAS_MUL_NPY:
		return cas_mul_npy_read(path, mul, err);
	default:
		return read_text(path, format, mul, err);
	}
}

static void print_text(const struct cas_mul8u *mul, enum cas_mul_format format,
	struct cas_buf *buf)
{
	uint32_t i;

	for (i = 0; i < CAS_MUL8U_PAIRS; i++)
		if (format == CAS_MUL_HEX)
			cas_buf_printf(buf, "%04x\n", (unsigned)mul->product[i]);
		else
			cas_buf_printf(buf, "%d%c", (int)cas_mul8u_value_at(mul, i), (i & 255) == 255 ? '\n' : ',');
}

cas_status cas_mul_format_write(const char *path, enum cas_mul_format format,
	const struct cas_mul8u *mul, struct cas_err *err)
{
	struct cas_buf buf;
	uint8_t *bytes;
	void *memory;
	cas_status status = cas_mem_new(&memory, CAS_MUL8U_BYTES, 1, err);

	if (status)
		return status;
	bytes = memory;
	cas_buf_init(&buf, MAX_BYTES);
	if (format == CAS_MUL_HEX || format == CAS_MUL_CSV) {
		print_text(mul, format, &buf);
	} else {
		if (format == CAS_MUL_NPY)
			cas_mul_npy_header(mul->is_signed, &buf);
		cas_mul8u_to_bytes(mul, bytes);
		cas_buf_add(&buf, bytes, CAS_MUL8U_BYTES);
	}
	status = cas_buf_check(&buf, err);
	if (!status)
		status = cas_outfile_write(path, buf.data, buf.size_bytes, err);
	cas_buf_clear(&buf);
	free(memory);
	return status;
}
