/* The writing half of io/safetensors.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/outfile.h"
#include "io/safetensors_check.h"

/* A JSON string; bytes above 0x7f are taken to be UTF-8 and pass. */
static void add_string(struct cas_buf *buf, const char *text)
{
	cas_buf_add(buf, "\"", 1);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			cas_buf_printf(buf, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			cas_buf_printf(buf, "\\u%04x", *text);
		else
			cas_buf_add(buf, text, 1);
	}
	cas_buf_add(buf, "\"", 1);
}

static void add_tensor(struct cas_buf *buf, const struct cas_st_tensor *tensor, uint64_t begin)
{
	add_string(buf, tensor->name);
	cas_buf_printf(buf, ":{\"dtype\":\"%s\",\"shape\":[", cas_dtype_name(tensor->dtype));
	for (int i = 0; i < tensor->dims; i++)
		cas_buf_printf(buf, i ? ",%" PRIu64 : "%" PRIu64, tensor->shape[i]);
	cas_buf_printf(buf, "],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}", begin,
		begin + tensor->size_bytes);
}

static void add_metadata(struct cas_buf *buf, const struct cas_st_pair metadata[], size_t pairs)
{
	add_string(buf, CAS_ST_METADATA_KEY);
	cas_buf_add(buf, ":{", 2);
	for (size_t i = 0; i < pairs; i++) {
		cas_buf_add(buf, ",", i ? 1 : 0);
		add_string(buf, metadata[i].key);
		cas_buf_add(buf, ":", 1);
		add_string(buf, metadata[i].value);
	}
	cas_buf_add(buf, "}", 1);
}

/* The names by the reader's rules. */
static cas_status check_names(const char *path, const struct cas_st_tensor tensors[], size_t count,
	const struct cas_st_pair metadata[], size_t pairs, struct cas_err *err)
{
	struct cas_st_name *names;
	void *memory;
	cas_status status = cas_mem_new(&memory, count > pairs ? count : pairs, sizeof *names, err);

	if (status)
		return status;
	names = memory;
	for (size_t i = 0; i < count; i++)
		names[i] = (struct cas_st_name){tensors[i].name, i};
	status = cas_st_sort_names(path, "tensor", names, count, err);
	if (!status && cas_st_search(names, count, CAS_ST_METADATA_KEY))
		status = cas_err_set(err, CAS_INPUT, "%s: a tensor is named " CAS_ST_METADATA_KEY, path);
	for (size_t i = 0; !status && i < pairs; i++)
		names[i] = (struct cas_st_name){metadata[i].key, i};
	if (!status)
		status = cas_st_sort_names(path, "metadata key", names, pairs, err);
	free(names);
	return status;
}

/* The header with its padding.  sizes[i] becomes the bytes of tensor i. */
static cas_status make_header(const char *path, const struct cas_st_tensor tensors[], size_t count,
	const struct cas_st_pair metadata[], size_t pairs, uint64_t sizes[], struct cas_buf *buf,
	struct cas_err *err)
{
	uint64_t begin = 0;

	cas_buf_add(buf, "{", 1);
	if (pairs)
		add_metadata(buf, metadata, pairs);
	for (size_t i = 0; i < count; i++) {
		struct cas_st_tensor tensor = tensors[i];
		cas_status status;

		if (tensor.dims < 0 || tensor.dims > CAS_ST_MAX_DIMS)
			return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": %d dimensions, expected 0..%d", path,
				tensor.name, tensor.dims, CAS_ST_MAX_DIMS);
		status = cas_st_size(path, &tensor, err);
		if (status)
			return status;
		cas_buf_add(buf, ",", i || pairs ? 1 : 0);
		add_tensor(buf, &tensor, begin);
		sizes[i] = tensor.size_bytes;
		begin += tensor.size_bytes;
	}
	cas_buf_add(buf, "}", 1);
	while (!buf->failed && buf->size_bytes % 8)
		cas_buf_add(buf, " ", 1);
	if (buf->failed)
		return cas_err_set(err, CAS_INPUT, "%s: header of more than %d bytes, or out of memory", path,
			CAS_ST_MAX_HEADER_BYTES);
	return CAS_OK;
}

static cas_status write_file(const char *path, const struct cas_buf *header,
	const struct cas_st_tensor tensors[], const uint64_t sizes[], size_t count, struct cas_err *err)
{
	uint64_t length = header->size_bytes;
	struct cas_outfile out;
	cas_status status = cas_outfile_open(&out, path, err);

	if (status)
		return status;
	cas_outfile_add(&out, &length, sizeof length);
	cas_outfile_add(&out, header->data, header->size_bytes);
	for (size_t i = 0; i < count; i++)
		cas_outfile_add(&out, tensors[i].data, (size_t)sizes[i]);
	return cas_outfile_commit(&out, err);
}

cas_status cas_safetensors_write(const char *path, const struct cas_st_tensor tensors[], size_t count,
	const struct cas_st_pair metadata[], size_t pairs, struct cas_err *err)
{
	struct cas_buf header;
	void *sizes = NULL;
	cas_status status = check_names(path, tensors, count, metadata, pairs, err);

	cas_buf_init(&header, CAS_ST_MAX_HEADER_BYTES);
	if (!status)
		status = cas_mem_new(&sizes, count, sizeof(uint64_t), err);
	if (!status)
		status = make_header(path, tensors, count, metadata, pairs, sizes, &header, err);
	if (!status)
		status = write_file(path, &header, tensors, sizes, count, err);
	free(sizes);
	cas_buf_clear(&header);
	return status;
}
