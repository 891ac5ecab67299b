#include "io/safetensors.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/safetensors_check.h"

cas_status cas_safetensors_parse(const char *label, const void *data, size_t size_bytes,
	struct cas_safetensors **out, struct cas_err *err)
{
	struct cas_safetensors *st;
	size_t header_bytes;
	void *memory;
	cas_status status;

	*out = NULL;
	status = cas_st_find_header(label, data, size_bytes, &header_bytes, err);
	if (!status)
		status = cas_mem_new(&memory, 1, sizeof *st, err);
	if (status)
		return status;
	st = memory;
	st->data = (const uint8_t *)data + CAS_ST_LENGTH_BYTES + header_bytes;
	st->data_bytes = size_bytes - CAS_ST_LENGTH_BYTES - header_bytes;
	status = cas_mem_new(&memory, strlen(label) + 1, 1, err);
	if (!status) {
		st->label = memory;
		memcpy(st->label, label, strlen(label) + 1);
		status = cas_st_parse_json(st, (const uint8_t *)data + CAS_ST_LENGTH_BYTES, header_bytes, err);
	}
	if (!status)
		status = cas_st_read_tensors(st, err);
	if (status)
		cas_safetensors_close(st);
	else
		*out = st;
	return status;
}

/* Map a regular file that is not empty; an empty one is left to the parser's message. */
static cas_status map_file(const char *path, void **map, size_t *map_bytes, struct cas_err *err)
{
	struct stat info;
	cas_status status = CAS_OK;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*map = NULL;
	*map_bytes = 0;
	if (fd < 0)
		return cas_err_set(err, CAS_INPUT, "%s: cannot open: %s", path, strerror(errno));
	if (fstat(fd, &info))
		status = cas_err_set(err, CAS_ENV, "%s: cannot stat: %s", path, strerror(errno));
	else if (!S_ISREG(info.st_mode))
		status = cas_err_set(err, CAS_INPUT, "%s: is not a regular file", path);
	else if (info.st_size > 0) {
		*map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (*map == MAP_FAILED) {
			*map = NULL;
			status = cas_err_set(err, CAS_ENV, "%s: cannot map: %s", path, strerror(errno));
		} else {
			*map_bytes = (size_t)info.st_size;
		}
	}
	close(fd);
	return status;
}

cas_status cas_safetensors_open(const char *path, struct cas_safetensors **st, struct cas_err *err)
{
	size_t map_bytes;
	void *map;
	cas_status status;

	*st = NULL;
	status = map_file(path, &map, &map_bytes, err);
	if (status)
		return status;
	status = cas_safetensors_parse(path, map ? map : "", map_bytes, st, err);
	if (status) {
		if (map)
			munmap(map, map_bytes);
		return status;
	}
	(*st)->map = map;
	(*st)->map_bytes = map_bytes;
	return CAS_OK;
}

void cas_safetensors_close(struct cas_safetensors *st)
{
	if (!st)
		return;
	if (st->map)
		munmap(st->map, st->map_bytes);
	cJSON_Delete(st->json);
	free(st->tensors);
	free(st->by_name);
	free(st->metadata);
	free(st->by_key);
	free(st->label);
	free(st);
}

size_t cas_safetensors_count(const struct cas_safetensors *st)
{
	return st->count;
}

const struct cas_st_tensor *cas_safetensors_at(const struct cas_safetensors *st, size_t index)
{
	return &st->tensors[index];
}

const struct cas_st_tensor *cas_safetensors_find(const struct cas_safetensors *st, const char *name)
{
	const struct cas_st_name *found = cas_st_search(st->by_name, st->count, name);

	return found ? &st->tensors[found->index] : NULL;
}

size_t cas_safetensors_metadata_count(const struct cas_safetensors *st)
{
	return st->pairs;
}

struct cas_st_pair cas_safetensors_metadata_at(const struct cas_safetensors *st, size_t index)
{
	return st->metadata[index];
}

const char *cas_safetensors_metadata(const struct cas_safetensors *st, const char *key)
{
	const struct cas_st_name *found = cas_st_search(st->by_key, st->pairs, key);

	return found ? st->metadata[found->index].value : NULL;
}

/* "F32 [16,1,9,9]" */
static void describe(char *text, size_t room_bytes, enum cas_dtype dtype, int dims,
	const uint64_t shape[])
{
	size_t used = (size_t)snprintf(text, room_bytes, "%s [", cas_dtype_name(dtype));

	for (int i = 0; i < dims; i++)
		used += (size_t)snprintf(text + used, room_bytes - used, i ? ",%" PRIu64 : "%" PRIu64,
			shape[i]);
	snprintf(text + used, room_bytes - used, "]");
}

cas_status cas_safetensors_fetch(const struct cas_safetensors *st, const char *name,
	enum cas_dtype dtype, int dims, const uint64_t shape[], void *out, struct cas_err *err)
{
	const struct cas_st_tensor *tensor = cas_safetensors_find(st, name);
	char found[16 + 22 * CAS_ST_MAX_DIMS], wanted[sizeof found];
	int same;

	assert(dims >= 0 && dims <= CAS_ST_MAX_DIMS);
	describe(wanted, sizeof wanted, dtype, dims, shape);
	if (!tensor)
		return cas_err_set(err, CAS_INPUT, "%s: no tensor \"%s\", expected %s", st->label, name,
			wanted);
	same = tensor->dtype == dtype && tensor->dims == dims;
	for (int i = 0; same && i < dims; i++)
		same = tensor->shape[i] == shape[i];
	if (!same) {
		describe(found, sizeof found, tensor->dtype, tensor->dims, tensor->shape);
		return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\" is %s, expected %s", st->label, name,
			found, wanted);
	}
	if (tensor->size_bytes)
		memcpy(out, tensor->data, (size_t)tensor->size_bytes);
	return CAS_OK;
}
