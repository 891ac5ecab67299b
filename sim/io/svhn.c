#include "io/svhn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/outfile.h"

enum { ZERO = 10 }; /* the label of the digit 0 */

static cas_status check_images(const char *label, const struct cas_mat5_array *x, size_t *images,
	struct cas_err *err)
{
	if (!*x->name || x->class != CAS_MAT5_UINT8 || x->type != CAS_MAT5_U8 || x->dims < 3 ||
	    x->dim[0] != CAS_SVHN_SIDE || x->dim[1] != CAS_SVHN_SIDE || x->dim[2] != CAS_SVHN_CHANNELS ||
	    x->dim[3] < 1 || x->dim[3] > CAS_SVHN_MAX_IMAGES)
		return cas_err_set(err, CAS_INPUT, "%s: X is missing or not of uint8 [32][32][3][images], 1..%d "
			"images", label, CAS_SVHN_MAX_IMAGES);
	*images = x->dim[3]; /* MATLAB drops a last dimension of 1; here it is 1 then */
	return CAS_OK;
}

static cas_status check_labels(const char *label, const struct cas_mat5_array *y, size_t images,
	struct cas_err *err)
{
	if (!*y->name || y->class == CAS_MAT5_OTHER || y->dims != 2 || y->values != images ||
	    (y->dim[0] != 1 && y->dim[1] != 1))
		return cas_err_set(err, CAS_INPUT, "%s: y is missing or not one label (uint8 or double) for each of "
			"the %zu images", label, images);
	return CAS_OK;
}

/* `stored` has y's values, as they are in the file. */
static cas_status convert_labels(const char *label, const struct cas_mat5_array *y, const uint8_t *stored,
	uint8_t *labels, struct cas_err *err)
{
	for (size_t i = 0; i < y->values; i++) {
		double value = cas_mat5_value(y->type, stored + i * y->value_bytes);

		if (!(value >= 1 && value <= ZERO) || value != (int)value)
			return cas_err_set(err, CAS_INPUT, "%s: label %g of image %zu, expected 1..10", label, value, i);
		labels[i] = (uint8_t)((int)value % ZERO);
	}
	return CAS_OK;
}

static cas_status read_labels(const char *label, const void *data, const struct cas_mat5_array *y,
	struct cas_svhn *svhn, struct cas_err *err)
{
	void *stored, *labels;
	cas_status status = cas_mem_new(&stored, y->values, y->value_bytes, err);

	if (!status)
		status = cas_mem_new(&labels, svhn->images, 1, err);
	if (!status) {
		svhn->labels = labels;
		status = cas_mat5_read(label, data, y, 0, y->values * y->value_bytes, stored, err);
	}
	if (!status)
		status = convert_labels(label, y, stored, labels, err);
	free(stored);
	return status;
}

cas_status cas_svhn_parse(const char *label, const void *data, size_t size_bytes, struct cas_svhn *svhn,
	struct cas_err *err)
{
	static const char *const names[] = {"X", "y"};
	struct cas_mat5_array found[2];
	cas_status status = cas_mat5_find(label, data, size_bytes, names, 2, found, err);

	*svhn = (struct cas_svhn){.data = data, .x = found[0]};
	if (!status)
		status = check_images(label, &found[0], &svhn->images, err);
	if (!status)
		status = check_labels(label, &found[1], svhn->images, err);
	if (!status)
		status = read_labels(label, data, &found[1], svhn, err);
	if (status)
		cas_svhn_clear(svhn);
	return status;
}

cas_status cas_svhn_read(const char *path, struct cas_svhn *svhn, struct cas_err *err)
{
	/* Labels of 8 bytes, and 1 MiB for headers and other arrays. */
	size_t max_bytes = (size_t)CAS_SVHN_MAX_IMAGES * (CAS_SVHN_PIXEL_BYTES + 8) + (1 << 20), size_bytes;
	char *data;
	cas_status status;

	*svhn = (struct cas_svhn){0};
	status = cas_file_read_gz(path, max_bytes, &data, &size_bytes, err);
	if (status)
		return status;
	status = cas_svhn_parse(path, data, size_bytes, svhn, err);
	if (status)
		free(data);
	else
		svhn->owned = data;
	return status;
}

void cas_svhn_clear(struct cas_svhn *svhn)
{
	free(svhn->labels);
	free(svhn->owned);
	*svhn = (struct cas_svhn){0};
}

/* One image's planes, in column order, to [32][32][3]. */
static void interleave(uint8_t pixels[CAS_SVHN_PIXEL_BYTES])
{
	uint8_t planes[CAS_SVHN_PIXEL_BYTES];

	memcpy(planes, pixels, sizeof planes);
	for (size_t row = 0; row < CAS_SVHN_SIDE; row++)
		for (size_t col = 0; col < CAS_SVHN_SIDE; col++)
			for (size_t c = 0; c < CAS_SVHN_CHANNELS; c++)
				*pixels++ = planes[(c * CAS_SVHN_SIDE + col) * CAS_SVHN_SIDE + row];
}

cas_status cas_svhn_pixels(const char *label, const struct cas_svhn *svhn, size_t first, size_t count,
	uint8_t *pixels, struct cas_err *err)
{
	cas_status status;

	assert(first <= svhn->images && count <= svhn->images - first);
	status = cas_mat5_read(label, svhn->data, &svhn->x, first * CAS_SVHN_PIXEL_BYTES,
		count * CAS_SVHN_PIXEL_BYTES, pixels, err);
	for (size_t i = 0; i < count && !status; i++)
		interleave(pixels + i * CAS_SVHN_PIXEL_BYTES);
	return status;
}
