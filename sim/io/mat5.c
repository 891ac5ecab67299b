#include "io/mat5.h"

#include <assert.h>
#include <limits.h>
#include <string.h>
#include <zlib.h>

enum {
	HEADER_BYTES = 128, VERSION_AT = 124, TAG_BYTES = 8, SMALL_BYTES = 4, MAX_DIMS = 64,
	ELEMENT_MATRIX = 14, ELEMENT_PACKED = 15, FLAG_COMPLEX = 8,
	BLOCK_BYTES = 1 << 16,
	MOST_RATIO = 1032, /* deflate: 258 bytes by 2 bits */
};

static uint32_t u32_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

/* One element of the file with its tag, as it is or unpacked. */
struct stream {
	const char *label;
	size_t element_at;
	const uint8_t *next; /* not packed */
	size_t left;
	int packed;
	z_stream z;
	size_t at;           /* bytes taken */
};

static cas_status stream_open(struct stream *s, const char *label, const uint8_t *data, size_t element_at,
	struct cas_err *err)
{
	size_t size = u32_at(data + element_at + 4);

	*s = (struct stream){.label = label, .element_at = element_at, .next = data + element_at,
		.left = TAG_BYTES + size, .packed = u32_at(data + element_at) == ELEMENT_PACKED};
	s->z.next_in = (Bytef *)(data + element_at + TAG_BYTES);
	s->z.avail_in = (uInt)size;
	if (s->packed && inflateInit(&s->z) != Z_OK)
		return cas_err_set(err, CAS_ENV, "%s: out of memory for decompression", label);
	return CAS_OK;
}

static void stream_close(struct stream *s)
{
	if (s->packed)
		inflateEnd(&s->z);
}

static cas_status ends_early(const struct stream *s, struct cas_err *err)
{
	return cas_err_set(err, CAS_INPUT, "%s: byte %zu: the %sarray there ends early", s->label,
		s->element_at, s->packed ? "compressed " : "");
}

static cas_status unpack_error(const struct stream *s, int code, struct cas_err *err)
{
	if (code == Z_MEM_ERROR)
		return cas_err_set(err, CAS_ENV, "%s: out of memory for decompression", s->label);
	if (code == Z_OK || code == Z_BUF_ERROR || code == Z_STREAM_END)
		return ends_early(s, err);
	return cas_err_set(err, CAS_INPUT, "%s: byte %zu: the compressed array there is damaged: %s", s->label,
		s->element_at, s->z.msg ? s->z.msg : "not of zlib");
}

/* zlib's next `bytes` bytes to `out`. */
static cas_status unpack(struct stream *s, uint8_t *out, size_t bytes, struct cas_err *err)
{
	while (bytes) {
		uInt room = (uInt)(bytes < INT_MAX ? bytes : INT_MAX), got;
		int code;

		s->z.next_out = out;
		s->z.avail_out = room;
		code = inflate(&s->z, Z_NO_FLUSH);
		got = room - s->z.avail_out;
		out += got;
		bytes -= got;
		if (code != Z_OK && (code != Z_STREAM_END || bytes))
			return unpack_error(s, code, err);
	}
	return CAS_OK;
}

/* A compressed array's checksum stands behind its last byte. */
static cas_status check_end(struct stream *s, struct cas_err *err)
{
	uint8_t more;
	int code;

	if (!s->packed)
		return CAS_OK;
	s->z.next_out = &more;
	s->z.avail_out = 1;
	code = inflate(&s->z, Z_NO_FLUSH);
	if (!s->z.avail_out)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: the compressed array there has more than its %zu "
			"bytes", s->label, s->element_at, s->at);
	return code == Z_STREAM_END ? CAS_OK : unpack_error(s, code, err);
}

static cas_status take(struct stream *s, void *out, size_t bytes, struct cas_err *err)
{
	s->at += bytes;
	if (s->packed)
		return unpack(s, out, bytes, err);
	if (bytes > s->left)
		return ends_early(s, err);
	if (bytes)
		memcpy(out, s->next, bytes);
	s->next += bytes;
	s->left -= bytes;
	return CAS_OK;
}

static cas_status skip(struct stream *s, size_t bytes, struct cas_err *err)
{
	uint8_t block[BLOCK_BYTES];
	cas_status status = CAS_OK;

	while (bytes && !status) {
		size_t step = bytes < BLOCK_BYTES ? bytes : BLOCK_BYTES;

		status = take(s, block, step, err);
		bytes -= step;
	}
	return status;
}

struct tag {
	uint32_t type, bytes;
	int small;           /* the data is in the tag's second half */
	uint8_t in_tag[SMALL_BYTES];
};

static cas_status take_tag(struct stream *s, struct tag *tag, struct cas_err *err)
{
	uint8_t bytes[TAG_BYTES];
	cas_status status = take(s, bytes, TAG_BYTES, err);

	if (status)
		return status;
	tag->type = u32_at(bytes);
	tag->bytes = u32_at(bytes + 4);
	memcpy(tag->in_tag, bytes + 4, SMALL_BYTES);
	tag->small = tag->type >> 16 != 0;
	if (tag->small) {
		tag->bytes = tag->type >> 16;
		tag->type &= 0xffff;
	}
	if (tag->small && tag->bytes > SMALL_BYTES)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: in the array there, %u bytes in place of a size, "
			"expected at most 4", s->label, s->element_at, tag->bytes);
	return CAS_OK;
}

/* A small part of an array's header: its first `room` bytes; *tag says how many it has. */
static cas_status take_part(struct stream *s, struct tag *tag, uint8_t *out, size_t room,
	struct cas_err *err)
{
	cas_status status = take_tag(s, tag, err);
	size_t keep, padded;

	if (status)
		return status;
	keep = tag->bytes < room ? tag->bytes : room;
	if (tag->small) {
		memcpy(out, tag->in_tag, keep);
		return CAS_OK;
	}
	padded = ((size_t)tag->bytes + TAG_BYTES - 1) / TAG_BYTES * TAG_BYTES;
	status = take(s, out, keep, err);
	return status ? status : skip(s, padded - keep, err);
}

static size_t type_bytes(uint32_t type)
{
	static const uint8_t bytes[] = {[CAS_MAT5_I8] = 1, [CAS_MAT5_U8] = 1, [CAS_MAT5_I16] = 2,
		[CAS_MAT5_U16] = 2, [CAS_MAT5_I32] = 4, [CAS_MAT5_U32] = 4, [CAS_MAT5_F32] = 4, [CAS_MAT5_F64] = 8};

	return type < sizeof bytes ? bytes[type] : 0;
}

/* Flags, dimensions and name, which begin every array. */
static cas_status take_header(struct stream *s, struct cas_mat5_array *array, struct cas_err *err)
{
	uint8_t flags[8] = {0}, dims[4 * MAX_DIMS], name[CAS_MAT5_NAME_BYTES] = {0};
	struct tag tag;
	cas_status status = take_part(s, &tag, flags, sizeof flags, err);

	if (!status)
		status = take_part(s, &tag, dims, sizeof dims, err);
	if (status)
		return status;
	array->dims = (int)(tag.bytes / 4);
	if (tag.bytes % 4 || tag.bytes > sizeof dims || array->dims < 2)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: %u bytes of dimensions in the array there, "
			"expected 8..%zu", s->label, s->element_at, tag.bytes, sizeof dims);
	array->class = (enum cas_mat5_class)flags[0];
	if ((flags[0] != CAS_MAT5_UINT8 && flags[0] != CAS_MAT5_DOUBLE) || flags[1] & FLAG_COMPLEX ||
	    array->dims > CAS_MAT5_MAX_DIMS)
		array->class = CAS_MAT5_OTHER;
	for (int i = 0; i < CAS_MAT5_MAX_DIMS; i++)
		array->dim[i] = i < array->dims ? u32_at(dims + 4 * i) : 1;
	status = take_part(s, &tag, name, sizeof name, err);
	if (status)
		return status;
	if (tag.bytes < sizeof name)
		memcpy(array->name, name, sizeof name);
	return CAS_OK;
}

static cas_status count_values(const struct stream *s, struct cas_mat5_array *array, struct cas_err *err)
{
	array->values = 1;
	for (int i = 0; i < CAS_MAT5_MAX_DIMS; i++)
		if (array->dim[i] > INT32_MAX || __builtin_mul_overflow(array->values, array->dim[i],
		    &array->values) || array->values > UINT32_MAX)
			return cas_err_set(err, CAS_INPUT, "%s: byte %zu: %s: dimension %d is %zu, which no file can "
				"hold", s->label, s->element_at, array->name, i + 1, array->dim[i]);
	return CAS_OK;
}

/* The tag of the values is held against the dimensions and against the array's `end`. */
static cas_status take_data_tag(struct stream *s, struct cas_mat5_array *array, size_t end,
	struct cas_err *err)
{
	struct tag tag;
	size_t stored;
	cas_status status = count_values(s, array, err);

	if (!status)
		status = take_tag(s, &tag, err);
	if (status)
		return status;
	array->type = (enum cas_mat5_type)tag.type;
	array->value_bytes = type_bytes(tag.type);
	array->data_at = s->at - (tag.small ? SMALL_BYTES : 0);
	if (!array->value_bytes)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: %s: values of type %u, expected 1..7 or 9",
			s->label, s->element_at, array->name, tag.type);
	if (tag.bytes != array->values * array->value_bytes)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: %s: %u bytes of values, expected %zu for its "
			"dimensions", s->label, s->element_at, array->name, tag.bytes,
			array->values * array->value_bytes);
	stored = tag.small ? SMALL_BYTES : tag.bytes;
	if (array->data_at + stored > end || end - array->data_at - stored >= TAG_BYTES) /* there may be padding */
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: %s: %zu bytes of values, but its element has %zu",
			s->label, s->element_at, array->name, stored, end > array->data_at ? end - array->data_at : 0);
	array->end_at = end;
	return CAS_OK;
}

static cas_status take_array(struct stream *s, struct cas_mat5_array *array, struct cas_err *err)
{
	struct tag tag;
	size_t packed_bytes = s->z.avail_in;
	cas_status status = take_tag(s, &tag, err);

	if (status)
		return status;
	if (tag.type != ELEMENT_MATRIX || tag.small)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: compressed element of type %u, expected 14, an "
			"array", s->label, s->element_at, tag.type);
	if (s->packed && tag.bytes > packed_bytes * MOST_RATIO)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: an array of %u bytes, but the %zu compressed "
			"bytes of it cannot be that many", s->label, s->element_at, tag.bytes, packed_bytes);
	array->element_at = s->element_at;
	if (!tag.bytes) /* MATLAB's way to say: an empty array without a name */
		return CAS_OK;
	status = take_header(s, array, err);
	if (!status && array->class != CAS_MAT5_OTHER)
		status = take_data_tag(s, array, TAG_BYTES + (size_t)tag.bytes, err);
	return status;
}

static cas_status check_header(const char *label, const uint8_t *bytes, size_t size_bytes,
	struct cas_err *err)
{
	if (size_bytes < HEADER_BYTES)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: file ends, expected the %d bytes of a MATLAB "
			"header", label, size_bytes, HEADER_BYTES);
	bytes += VERSION_AT;
	if (bytes[2] == 'M' && bytes[3] == 'I')
		return cas_err_set(err, CAS_INPUT, "%s: a big-endian MATLAB file, expected a little-endian one", label);
	if (bytes[2] != 'I' || bytes[3] != 'M')
		return cas_err_set(err, CAS_INPUT, "%s: not a MATLAB file of version 5", label);
	if (bytes[1] != 1)
		return cas_err_set(err, CAS_INPUT, "%s: a MATLAB file of format %d, expected 1 (MATLAB's save -v7 "
			"writes it)", label, bytes[1]);
	return CAS_OK;
}

static cas_status check_element(const char *label, const uint8_t *bytes, size_t size_bytes, size_t at,
	struct cas_err *err)
{
	uint32_t type, size;

	if (size_bytes - at < TAG_BYTES)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: file ends within the tag of an array", label,
			size_bytes);
	type = u32_at(bytes + at);
	size = u32_at(bytes + at + 4);
	if (type != ELEMENT_MATRIX && type != ELEMENT_PACKED)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: element of type %u, expected 14 or 15, an array",
			label, at, type);
	if (size > size_bytes - at - TAG_BYTES)
		return cas_err_set(err, CAS_INPUT, "%s: byte %zu: file ends, expected the %u bytes of the array of "
			"byte %zu", label, size_bytes, size, at);
	return CAS_OK;
}

/* Puts an array where its name is asked for. */
static cas_status keep(const struct stream *s, const struct cas_mat5_array *found,
	const char *const names[], size_t count, struct cas_mat5_array arrays[], struct cas_err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(found->name, names[i]))
			continue;
		if (*arrays[i].name)
			return cas_err_set(err, CAS_INPUT, "%s: byte %zu: %s is there twice", s->label, s->element_at,
				names[i]);
		arrays[i] = *found;
	}
	return CAS_OK;
}

cas_status cas_mat5_find(const char *label, const void *data, size_t size_bytes, const char *const names[],
	size_t count, struct cas_mat5_array arrays[], struct cas_err *err)
{
	const uint8_t *bytes = data;
	cas_status status = check_header(label, bytes, size_bytes, err);

	memset(arrays, 0, count * sizeof *arrays);
	for (size_t at = HEADER_BYTES; !status && at < size_bytes; at += TAG_BYTES + u32_at(bytes + at + 4)) {
		struct cas_mat5_array found = {0};
		struct stream s;

		status = check_element(label, bytes, size_bytes, at, err);
		if (status)
			break;
		status = stream_open(&s, label, bytes, at, err);
		if (!status)
			status = take_array(&s, &found, err);
		if (!status)
			status = keep(&s, &found, names, count, arrays, err);
		stream_close(&s);
	}
	return status;
}

cas_status cas_mat5_read(const char *label, const void *data, const struct cas_mat5_array *array, size_t first,
	size_t bytes, void *out, struct cas_err *err)
{
	struct stream s;
	cas_status status;

	assert(first + bytes <= array->values * array->value_bytes);
	status = stream_open(&s, label, data, array->element_at, err);
	if (!status)
		status = skip(&s, array->data_at + first, err);
	if (!status)
		status = take(&s, out, bytes, err);
	if (!status)
		status = skip(&s, array->end_at - s.at, err);
	if (!status)
		status = check_end(&s, err);
	stream_close(&s);
	return status;
}

double cas_mat5_value(enum cas_mat5_type type, const uint8_t *bytes)
{
	uint64_t whole = 0;
	size_t size = type_bytes(type);
	float single;
	double value;

	for (size_t i = size; i-- > 0;)
		whole = whole << 8 | bytes[i];
	switch (type) {
	case CAS_MAT5_I8: return (int8_t)whole;
	case CAS_MAT5_I16: return (int16_t)whole;
	case CAS_MAT5_I32: return (int32_t)whole;
	case CAS_MAT5_F32:
		memcpy(&single, &(uint32_t){(uint32_t)whole}, sizeof single);
		return single;
	case CAS_MAT5_F64:
		memcpy(&value, &whole, sizeof value);
		return value;
	default: return (double)whole;
	}
}
