/* Makes MATLAB 5 files byte by byte, also such that MATLAB would not write. */
#ifndef TESTS_UNIT_MAT5_MAKE_H
#define TESTS_UNIT_MAT5_MAKE_H

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MAT_CLASS_DOUBLE = 6, MAT_CLASS_UINT8 = 9 };

struct bytes {
	uint8_t *data;
	size_t size;
};

static inline void bytes_add(struct bytes *b, const void *data, size_t size)
{
	b->data = realloc(b->data, b->size + size + 1);
	assert(b->data);
	if (size)
		memcpy(b->data + b->size, data, size);
	b->size += size;
}

static inline void bytes_u32(struct bytes *b, uint32_t value)
{
	uint8_t little[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};

	bytes_add(b, little, 4);
}

/* An element with its tag; of 4 bytes and less in MATLAB's short form. */
static inline void mat5_element(struct bytes *b, uint32_t type, const void *data, size_t size)
{
	static const uint8_t zeros[8];

	if (size && size <= 4) {
		bytes_u32(b, (uint32_t)size << 16 | type);
		bytes_add(b, data, size);
		bytes_add(b, zeros, 4 - size);
		return;
	}
	bytes_u32(b, type);
	bytes_u32(b, (uint32_t)size);
	bytes_add(b, data, size);
	bytes_add(b, zeros, (8 - size % 8) % 8);
}

static inline void mat5_header(struct bytes *b)
{
	char header[128] = "MATLAB 5.0 MAT-file";

	memcpy(header + 124, "\0\1IM", 4);
	bytes_add(b, header, sizeof header);
}

struct mat5_spec {
	const char *name;
	uint32_t class, type, dims, dim[5];
	const void *data;
	size_t size; /* of the data, whatever the dimensions say */
	int packed;
};

static inline void mat5_array(struct bytes *b, const struct mat5_spec *spec)
{
	struct bytes inner = {0}, whole = {0}, dims = {0};
	uint8_t flags[8] = {(uint8_t)spec->class, (uint8_t)(spec->class >> 8)};

	mat5_element(&inner, 6, flags, 8);
	for (uint32_t i = 0; i < spec->dims; i++)
		bytes_u32(&dims, spec->dim[i]);
	mat5_element(&inner, 5, dims.data, dims.size);
	mat5_element(&inner, 1, spec->name, strlen(spec->name));
	mat5_element(&inner, spec->type, spec->data, spec->size);
	mat5_element(&whole, 14, inner.data, inner.size);
	if (spec->packed) {
		uLong bound = compressBound(whole.size);
		uint8_t *packed = malloc(bound);

		assert(packed && compress(packed, &bound, whole.data, whole.size) == Z_OK);
		bytes_u32(b, 15);
		bytes_u32(b, (uint32_t)bound);
		bytes_add(b, packed, bound);
		free(packed);
	} else {
		bytes_add(b, whole.data, whole.size);
	}
	free(inner.data);
	free(whole.data);
	free(dims.data);
}

/* X with `images` images whose pixels are their place in the file times 7, modulo 251. */
static inline void svhn_x(struct bytes *b, uint32_t images, int packed)
{
	size_t size = (size_t)images * 3072;
	uint8_t *pixels = malloc(size + 1);

	assert(pixels);
	for (size_t i = 0; i < size; i++)
		pixels[i] = (uint8_t)(i * 7 % 251);
	mat5_array(b, &(struct mat5_spec){"X", MAT_CLASS_UINT8, 2, 4, {32, 32, 3, images}, pixels, size, packed});
	free(pixels);
}

/* y as MATLAB writes doubles that are small integers; labels 1, 2, .. 10, 1, .. */
static inline void svhn_y(struct bytes *b, uint32_t images, int packed)
{
	uint8_t *labels = malloc(images + 1);

	assert(labels);
	for (size_t i = 0; i < images; i++)
		labels[i] = (uint8_t)(i % 10 + 1);
	mat5_array(b, &(struct mat5_spec){"y", MAT_CLASS_DOUBLE, 2, 2, {images, 1}, labels, images, packed});
	free(labels);
}

/* A good file; bit 0 of `kind`: y comes first, bit 1: compressed. */
static inline struct bytes svhn_file(uint32_t images, int kind)
{
	struct bytes b = {0};

	mat5_header(&b);
	if (kind & 1)
		svhn_y(&b, images, kind & 2);
	svhn_x(&b, images, kind & 2);
	if (!(kind & 1))
		svhn_y(&b, images, kind & 2);
	return b;
}

#endif
