/* Are SVHN's .mat files read, and refused where they are not what they should be?  The files are made
 * here, by libmatio. */
#include "unit/tmpfiles.h"

#include <matio.h>

#include "io/svhn.h"
#include "model/dataset_load.h"

enum { IMAGES = 3 };

struct fault {
	size_t side;       /* of X, in place of 32 */
	int labels;        /* in place of IMAGES */
	double last_label; /* in place of 10 */
	int skip_y, x_double;
};

/* Pixel (row, col, channel) of image i; all differ within an image's neighbourhood. */
static uint8_t pixel(size_t i, size_t row, size_t col, size_t c)
{
	return (uint8_t)(i * 91 + row * 7 + col * 3 + c * 50);
}

static void add(mat_t *file, const char *name, enum matio_classes class, enum matio_types type, int rank,
	size_t *dims, void *data)
{
	matvar_t *v = Mat_VarCreate(name, class, type, rank, dims, data, 0);

	assert_non_null(v);
	assert_int_equal(Mat_VarWrite(file, v, MAT_COMPRESSION_ZLIB), 0);
	Mat_VarFree(v);
}

static void make(const char *path, const struct fault *f)
{
	size_t side = f->side ? f->side : 32, n = f->labels ? (size_t)f->labels : IMAGES, at = 0;
	size_t x_dims[4] = {side, 32, 3, IMAGES}, y_dims[2] = {n, 1};
	uint8_t *x = calloc(side * 32 * 3 * IMAGES, sizeof(double));
	double y[8] = {1, 2, 10, 4, 5, 6, 7, 8};
	mat_t *file = Mat_CreateVer(path, NULL, MAT_FT_MAT5);

	assert_non_null(file);
	for (size_t i = 0; i < IMAGES; i++)
		for (size_t c = 0; c < 3; c++)
			for (size_t col = 0; col < 32; col++)
				for (size_t row = 0; row < side; row++)
					x[at++] = pixel(i, row, col, c);
	if (f->last_label != 0)
		y[2] = f->last_label;
	add(file, "X", f->x_double ? MAT_C_DOUBLE : MAT_C_UINT8, f->x_double ? MAT_T_DOUBLE : MAT_T_UINT8, 4,
		x_dims, x);
	if (!f->skip_y)
		add(file, "y", MAT_C_DOUBLE, MAT_T_DOUBLE, 2, y_dims, y);
	Mat_Close(file);
	free(x);
}

static void images_and_labels_are_read_in_our_order(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_dataset_source source = {CAS_DATA_SVHN, CAS_SPLIT_TEST, tmp->folder, NULL};
	struct cas_dataset set;
	struct cas_err err = {""};
	char path[256];

	snprintf(path, sizeof path, "%s/test_32x32.mat", tmp->folder);
	make(path, &(struct fault){0});
	if (cas_dataset_load(&source, 1, 0, &set, &err))
		fail_msg("%s", err.text);
	assert_int_equal(set.images, 2);
	assert_int_equal(set.h, 32);
	assert_int_equal(set.c, 3);
	assert_int_equal(set.labels[0], 2);
	assert_int_equal(set.labels[1], 0); /* 10 is the digit 0 */
	for (size_t i = 0; i < 2; i++)
		for (size_t row = 0; row < 32; row++)
			for (size_t col = 0; col < 32; col++)
				for (size_t c = 0; c < 3; c++)
					assert_int_equal(set.pixels[((i * 32 + row) * 32 + col) * 3 + c],
						pixel(i + 1, row, col, c));
	cas_dataset_clear(&set);
	assert_int_equal(cas_dataset_load(&source, 2, 2, &set, &err), CAS_INPUT);
	assert_string_equal(err.text, "svhn: 2 images from image 2 on asked for, but the test set has 3");
}

static void other_files_are_refused(void **state)
{
	const struct tmp *tmp = *state;
	static const struct {
		struct fault fault;
		const char *message;
	} cases[] = {
		{{.side = 31}, "X is missing or not of uint8 [32][32][3][images], 1..1048576 images"},
		{{.x_double = 1}, "X is missing or not of uint8 [32][32][3][images], 1..1048576 images"},
		{{.skip_y = 1}, "y is missing or not one label (uint8 or double) for each of the 3 images"},
		{{.labels = 4}, "y is missing or not one label (uint8 or double) for each of the 3 images"},
		{{.last_label = 11}, "label 11 of image 2, expected 1..10"},
		{{.last_label = 2.5}, "label 2.5 of image 2, expected 1..10"},
	};
	char path[256], whole[400];
	struct cas_svhn svhn;
	struct cas_err err;

	snprintf(path, sizeof path, "%s/x.mat", tmp->folder);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		make(path, &cases[i].fault);
		assert_int_equal(cas_svhn_read(path, &svhn, &err), CAS_INPUT);
		snprintf(whole, sizeof whole, "%s: %s", path, cases[i].message);
		assert_string_equal(err.text, whole);
	}
}

/* A file cut anywhere gives an error and no crash. */
static void truncated_files_are_refused(void **state)
{
	const struct tmp *tmp = *state;
	char path[256], *bytes = malloc(1 << 20);
	struct cas_svhn svhn;
	struct cas_err err;
	size_t size;
	FILE *f;

	snprintf(path, sizeof path, "%s/x.mat", tmp->folder);
	make(path, &(struct fault){0});
	f = fopen(path, "rb");
	size = fread(bytes, 1, 1 << 20, f);
	fclose(f);
	for (size_t cut = 0; cut < size; cut += size / 40 + 1) {
		tmp_write(path, bytes, cut);
		assert_int_equal(cas_svhn_read(path, &svhn, &err), CAS_INPUT);
		assert_null(svhn.x);
	}
	remove(path);
	assert_int_equal(cas_svhn_read(path, &svhn, &err), CAS_INPUT);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(images_and_labels_are_read_in_our_order, tmp_setup, tmp_teardown),
		cmocka_unit_test_setup_teardown(other_files_are_refused, tmp_setup, tmp_teardown),
		cmocka_unit_test_setup_teardown(truncated_files_are_refused, tmp_setup, tmp_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
