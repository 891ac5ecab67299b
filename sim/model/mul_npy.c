#include "model/mul_npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/outfile.h"

enum { HEADER_MAX = 4096, MAGIC_BYTES = 8 };

struct layout {
	const uint8_t *data;
	int width;      /* bytes of an element: 2, 4 or 8 */
	int is_signed;
	int big_endian;
};

/* The value behind 'key': in the header's dictionary, blanks skipped, or NULL. */
static const char *value_of(const char *header, const char *key)
{
	const char *at = strstr(header, key);

	if (!at)
		return NULL;
	at += strlen(key);
	while (*at == ' ' || *at == ':')
		at++;
	return at;
}

/* 'descr' is <, >, | or =, then i or u, then the width; = is what this machine writes. */
static int parse_type(const char *descr, struct layout *out)
{
	if (!descr || descr[0] != '\'' || !strchr("<>=", descr[1]) || !descr[1] ||
	    (descr[2] != 'u' && descr[2] != 'i') || !strchr("248", descr[3]) || descr[4] != '\'')
		return 0;
	out->big_endian = descr[1] == '>';
	out->is_signed = descr[2] == 'i';
	out->width = descr[3] - '0';
	return 1;
}

/* Blanks inside the shape do not count. */
static int parse_shape(const char *shape)
{
	char packed[16] = "";
	size_t n = 0;

	for (; shape && *shape && n + 1 < sizeof(packed); shape++) {
		if (*shape == ' ')
			continue;
		packed[n++] = *shape;
		if (*shape == ')')
			break;
	}
	return strcmp(packed, "(256,256)") == 0 || strcmp(packed, "(65536,)") == 0;
}

static cas_status parse_header(const char *path, const uint8_t *bytes, size_t size_bytes,
	struct layout *out, struct cas_err *err)
{
	char header[HEADER_MAX + 1];
	size_t start, length;
	const char *order;

	if (size_bytes < 12 || memcmp(bytes, "\x93NUMPY", 6) || bytes[6] < 1 || bytes[6] > 3)
		return cas_err_set(err, CAS_INPUT, "%s: this is no NumPy array of format 1 to 3", path);
	start = bytes[6] == 1 ? MAGIC_BYTES + 2 : MAGIC_BYTES + 4;
	length = (size_t)(bytes[8] | bytes[9] << 8);
	if (bytes[6] > 1)
		length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
	if (length > HEADER_MAX || start + length > size_bytes)
		return cas_err_set(err, CAS_INPUT, "%s: the header is longer than the file or 4096 bytes", path);
	memcpy(header, bytes + start, length);
	header[length] = '\0';
	order = value_of(header, "'fortran_order'");
	if (!parse_type(value_of(header, "'descr'"), out))
		return cas_err_set(err, CAS_INPUT, "%s: expected integers of 16, 32 or 64 bits", path);
	if (!order || strncmp(order, "False", 5) || !parse_shape(value_of(header, "'shape'")))
		return cas_err_set(err, CAS_INPUT, "%s: expected shape (256, 256) or (65536,) in C order", path);
	if (size_bytes != start + length + (size_t)out->width * CAS_MUL8U_PAIRS)
		return cas_err_set(err, CAS_INPUT, "%s: %zu bytes, expected %zu", path, size_bytes,
			start + length + (size_t)out->width * CAS_MUL8U_PAIRS);
	out->data = bytes + start + length;
	return CAS_OK;
}

/* An unsigned element of 2^63 and more comes out negative. */
static int64_t element(const struct layout *layout, uint32_t i)
{
	const uint8_t *at = layout->data + (size_t)i * (size_t)layout->width;
	int k, spare = 64 - 8 * layout->width;
	uint64_t value = 0;

	for (k = 0; k < layout->width; k++)
		value |= (uint64_t)at[layout->big_endian ? layout->width - 1 - k : k] << 8 * k;
	return layout->is_signed ? (int64_t)(value << spare) >> spare : (int64_t)value;
}

cas_status cas_mul_npy_read(const char *path, struct cas_mul8u *mul, struct cas_err *err)
{
	struct layout layout = {0};
	int lowest = mul->is_signed ? INT16_MIN : 0;
	size_t size_bytes;
	char *data;
	uint32_t i;
	cas_status status = cas_file_read(path, 8 * CAS_MUL8U_PAIRS + 2 * HEADER_MAX, &data, &size_bytes,
		err);

	if (status)
		return status;
	status = parse_header(path, (const uint8_t *)data, size_bytes, &layout, err);
	for (i = 0; !status && i < CAS_MUL8U_PAIRS; i++) {
		int64_t value = element(&layout, i);

		if (value > 65535 || value < lowest)
			status = cas_err_set(err, CAS_INPUT, "%s: element [%u, %u] is outside %d..65535", path,
				(unsigned)(i >> 8), (unsigned)(i & 255), lowest);
		mul->product[i] = (uint16_t)value;
	}
	free(data);
	return status;
}

void cas_mul_npy_header(int is_signed, struct cas_buf *buf)
{
	/* Magic, version 1.0, length 118; the dictionary is padded with blanks to 128 bytes in all. */
	cas_buf_add(buf, "\x93NUMPY\x01\x00\x76\x00", 10);
	cas_buf_printf(buf, "{'descr': '<%c2', %-100s\n", is_signed ? 'i' : 'u',
		"'fortran_order': False, 'shape': (256, 256), }");
}
