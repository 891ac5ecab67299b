#include "io/idx.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/outfile.h"

enum { TYPE_U8 = 0x08, MAGIC_BYTES = 4, DIM_BYTES = 4 };

static const char *type_name(uint8_t type)
{
	switch (type) {
	case 0x09: return "signed byte";
	case 0x0b: return "int16";
	case 0x0c: return "int32";
	case 0x0d: return "float32";
	case 0x0e: return "float64";
	default: return "none that IDX knows";
	}
}

static cas_status check_magic(const char *label, const uint8_t *bytes, size_t size_bytes,
	struct cas_err *err)
{
	if (size_bytes < MAGIC_BYTES)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: file ends, expected the %d bytes of an IDX "
			"magic", label, size_bytes, MAGIC_BYTES);
	if (bytes[0] || bytes[1])
		return cas_err_set(err, CAS_INPUT, "%s: byte 0: 0x%02x%02x, expected 0x0000, the start of an "
			"IDX magic", label, bytes[0], bytes[1]);
	if (bytes[2] != TYPE_U8)
		return cas_err_set(err, CAS_INPUT, "%s: byte 2: element type 0x%02x (%s), expected 0x08 "
			"(unsigned byte)", label, bytes[2], type_name(bytes[2]));
	if (bytes[3] < 1 || bytes[3] > CAS_IDX_MAX_DIMS)
		return cas_err_set(err, CAS_INPUT, "%s: byte 3: %d dimensions, expected 1..%d", label,
			bytes[3], CAS_IDX_MAX_DIMS);
	return CAS_OK;
}

static cas_status read_dims(const char *label, const uint8_t *bytes, size_t size_bytes,
	struct cas_idx *idx, struct cas_err *err)
{
	idx->dims = bytes[3];
	idx->offset_bytes = MAGIC_BYTES + (size_t)idx->dims * DIM_BYTES;
	idx->count = 1;
	if (size_bytes < idx->offset_bytes)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: file ends, expected the %zu-byte header of "
			"%d dimensions", label, size_bytes, idx->offset_bytes, idx->dims);
	for (int i = 0; i < idx->dims; i++) {
		size_t at = MAGIC_BYTES + (size_t)i * DIM_BYTES;
		uint32_t dim = (uint32_t)bytes[at] << 24 | (uint32_t)bytes[at + 1] << 16 |
			(uint32_t)bytes[at + 2] << 8 | bytes[at + 3];

		if (!dim)
			return cas_err_set(err, CAS_INPUT, "%s: byte %zu: dimension %d is 0, expected at least 1",
				label, at, i + 1);
		if (dim > CAS_IDX_MAX_VALUES / idx->count)
			return cas_err_set(err, CAS_INPUT, "%s: byte %zu: dimension %d is %u, which makes more "
				"than %d values", label, at, i + 1, dim, CAS_IDX_MAX_VALUES);
		idx->dim[i] = dim;
		idx->count *= dim;
	}
	return CAS_OK;
}

static void write_dims(const struct cas_idx *idx, char *text, size_t room_bytes)
{
	size_t used = 0;

	for (int i = 0; i < idx->dims && used < room_bytes; i++)
		used += (size_t)snprintf(text + used, room_bytes - used, i ? "x%zu" : "%zu", idx->dim[i]);
}

cas_status cas_idx_parse(const char *label, const void *data, size_t size_bytes,
	struct cas_idx *idx, struct cas_err *err)
{
	const uint8_t *bytes = data;
	struct cas_idx found = {0};
	char dims[64];
	size_t end;
	cas_status status;

	*idx = (struct cas_idx){0};
	status = check_magic(label, bytes, size_bytes, err);
	if (!status)
		status = read_dims(label, bytes, size_bytes, &found, err);
	if (status)
		return status;
	write_dims(&found, dims, sizeof dims);
	end = found.offset_bytes + found.count;
	if (size_bytes < end)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: file ends, expected %zu bytes in all for "
			"%s values", label, size_bytes, end, dims);
	if (size_bytes > end)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: %zu more bytes, expected the end after "
			"%s values", label, end, size_bytes - end, dims);
	found.values = bytes + found.offset_bytes;
	*idx = found;
	return CAS_OK;
}

cas_status cas_idx_read(const char *path, struct cas_idx *idx, struct cas_err *err)
{
	/* One byte more than the longest good file, so that a longer one is met by the parser's message. */
	size_t max_bytes = MAGIC_BYTES + CAS_IDX_MAX_DIMS * DIM_BYTES + (size_t)CAS_IDX_MAX_VALUES + 1;
	size_t size_bytes;
	char *data;
	cas_status status;

	*idx = (struct cas_idx){0};
	status = cas_file_read_gz(path, max_bytes, &data, &size_bytes, err);
	if (status)
		return status;
	status = cas_idx_parse(path, data, size_bytes, idx, err);
	if (status)
		free(data);
	else
		idx->owned = data;
	return status;
}

void cas_idx_clear(struct cas_idx *idx)
{
	free(idx->owned);
	*idx = (struct cas_idx){0};
}
