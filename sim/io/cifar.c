#include "io/cifar.h"

#include <assert.h>
#include <stdlib.h>

#include "io/outfile.h"

cas_status cas_cifar_parse(const char *label, const void *data, size_t size_bytes,
	struct cas_cifar *cifar, struct cas_err *err)
{
	const uint8_t *bytes = data;
	size_t records = size_bytes / CAS_CIFAR_RECORD_BYTES;

	*cifar = (struct cas_cifar){0};
	if (!size_bytes || size_bytes % CAS_CIFAR_RECORD_BYTES)
		return cas_err_set(err, CAS_INPUT, "%s: %zu bytes, expected a multiple of the %d bytes of a "
			"CIFAR-10 record", label, size_bytes, CAS_CIFAR_RECORD_BYTES);
	for (size_t i = 0; i < records; i++) {
		size_t at = i * CAS_CIFAR_RECORD_BYTES;

		if (bytes[at] >= CAS_CIFAR_CLASSES)
			return cas_err_set(err, CAS_INPUT, "%s: byte %zu: record %zu: label %d, expected 0..%d",
				label, at, i, bytes[at], CAS_CIFAR_CLASSES - 1);
	}
	cifar->records = records;
	cifar->bytes = bytes;
	return CAS_OK;
}

cas_status cas_cifar_read(const char *path, struct cas_cifar *cifar, struct cas_err *err)
{
	size_t size_bytes;
	char *data;
	cas_status status;

	*cifar = (struct cas_cifar){0};
	status = cas_file_read_gz(path, CAS_CIFAR_MAX_BYTES, &data, &size_bytes, err);
	if (status)
		return status;
	status = cas_cifar_parse(path, data, size_bytes, cifar, err);
	if (status)
		free(data);
	else
		cifar->owned = data;
	return status;
}

void cas_cifar_clear(struct cas_cifar *cifar)
{
	free(cifar->owned);
	*cifar = (struct cas_cifar){0};
}

uint8_t cas_cifar_record(const struct cas_cifar *cifar, size_t index,
	uint8_t pixels[CAS_CIFAR_PIXEL_BYTES])
{
	enum { PLANE_BYTES = CAS_CIFAR_SIDE * CAS_CIFAR_SIDE };
	const uint8_t *record;

	assert(index < cifar->records);
	record = cifar->bytes + index * CAS_CIFAR_RECORD_BYTES;
	for (size_t i = 0; i < PLANE_BYTES; i++)
		for (size_t c = 0; c < CAS_CIFAR_CHANNELS; c++)
			pixels[i * CAS_CIFAR_CHANNELS + c] = record[1 + c * PLANE_BYTES + i];
	return record[0];
}
