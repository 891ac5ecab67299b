#include "io/svhn.h"

#include <errno.h>
#include <matio.h>
#include <string.h>
#include <unistd.h>

enum { ZERO = 10 }; /* the label of the digit 0 */

/* Label of an image: 8-bit integers, or doubles as MATLAB makes them. */
static double label_at(const matvar_t *y, size_t index)
{
	return y->class_type == MAT_C_DOUBLE ? ((const double *)y->data)[index]
		: (double)((const uint8_t *)y->data)[index];
}

static cas_status check_images(const char *path, const matvar_t *x, size_t *images, struct cas_err *err)
{
	size_t n = x && x->rank >= 3 ? x->rank == 4 ? x->dims[3] : 1 : 0; /* one image loses its last dimension */

	if (!x || x->class_type != MAT_C_UINT8 || x->isComplex || (x->rank != 4 && x->rank != 3) ||
	    x->dims[0] != CAS_SVHN_SIDE || x->dims[1] != CAS_SVHN_SIDE || x->dims[2] != CAS_SVHN_CHANNELS ||
	    n < 1 || n > CAS_SVHN_MAX_IMAGES)
		return cas_err_set(err, CAS_INPUT, "%s: X is missing or not of uint8 [32][32][3][images], 1..%d "
			"images", path, CAS_SVHN_MAX_IMAGES);
	*images = n;
	return CAS_OK;
}

static cas_status check_labels(const char *path, const matvar_t *y, size_t images, struct cas_err *err)
{
	if (!y || (y->class_type != MAT_C_UINT8 && y->class_type != MAT_C_DOUBLE) || y->isComplex ||
	    y->rank != 2 || (y->dims[0] != images && y->dims[1] != images) ||
	    (y->dims[0] != 1 && y->dims[1] != 1))
		return cas_err_set(err, CAS_INPUT, "%s: y is missing or not one label (uint8 or double) for each of "
			"the %zu images", path, images);
	return CAS_OK;
}

static cas_status check_values(const char *path, const struct cas_svhn *svhn, struct cas_err *err)
{
	const matvar_t *x = svhn->x, *y = svhn->y;

	if (!x->data || x->nbytes != svhn->images * CAS_SVHN_PIXEL_BYTES || !y->data ||
	    y->nbytes != svhn->images * (y->class_type == MAT_C_DOUBLE ? sizeof(double) : 1))
		return cas_err_set(err, CAS_INPUT, "%s: X or y ends early", path);
	for (size_t i = 0; i < svhn->images; i++) {
		double label = label_at(y, i);

		if (!(label >= 1 && label <= ZERO) || label != (int)label)
			return cas_err_set(err, CAS_INPUT, "%s: label %g of image %zu, expected 1..10", path, label, i);
	}
	return CAS_OK;
}

/* Types and shapes are looked at before any data is read, so that a lying header costs no memory. */
static cas_status read_variables(const char *path, mat_t *file, struct cas_svhn *svhn,
	struct cas_err *err)
{
	matvar_t *x = Mat_VarReadInfo(file, "X"), *y = Mat_VarReadInfo(file, "y");
	cas_status status = check_images(path, x, &svhn->images, err);

	if (!status)
		status = check_labels(path, y, svhn->images, err);
	Mat_VarFree(x);
	Mat_VarFree(y);
	if (status)
		return status;
	svhn->x = Mat_VarRead(file, "X");
	svhn->y = Mat_VarRead(file, "y");
	if (!svhn->x || !svhn->y)
		return cas_err_set(err, CAS_INPUT, "%s: X or y cannot be read", path);
	return check_values(path, svhn, err);
}

cas_status cas_svhn_read(const char *path, struct cas_svhn *svhn, struct cas_err *err)
{
	mat_t *file;
	cas_status status;

	*svhn = (struct cas_svhn){0};
	if (access(path, R_OK))
		return cas_err_set(err, CAS_INPUT, "%s: cannot open: %s", path, strerror(errno));
	file = Mat_Open(path, MAT_ACC_RDONLY);
	if (!file)
		return cas_err_set(err, CAS_INPUT, "%s: not a MATLAB file", path);
	status = read_variables(path, file, svhn, err);
	Mat_Close(file);
	if (status)
		cas_svhn_clear(svhn);
	return status;
}

void cas_svhn_clear(struct cas_svhn *svhn)
{
	Mat_VarFree(svhn->x);
	Mat_VarFree(svhn->y);
	*svhn = (struct cas_svhn){0};
}

uint8_t cas_svhn_image(const struct cas_svhn *svhn, size_t index, uint8_t pixels[CAS_SVHN_PIXEL_BYTES])
{
	const matvar_t *x = svhn->x;
	const uint8_t *image = (const uint8_t *)x->data + index * CAS_SVHN_PIXEL_BYTES;

	for (size_t row = 0; row < CAS_SVHN_SIDE; row++)
		for (size_t col = 0; col < CAS_SVHN_SIDE; col++)
			for (size_t c = 0; c < CAS_SVHN_CHANNELS; c++)
				*pixels++ = image[(c * CAS_SVHN_SIDE + col) * CAS_SVHN_SIDE + row];
	return (uint8_t)((int)label_at(svhn->y, index) % ZERO);
}
