/* Are SVHN's .mat files read, and refused where they are not what they should be?  The files are made
 * here: by libmatio, which shares nothing with the reader, or byte by byte. */
#include "unit/tmpfiles.h"

#include <matio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "io/svhn.h"
#include "model/dataset_load.h"
#include "unit/mat5_make.h"

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

/* A file of `images` black images to `path`; in another process, whose memory does not count as ours. */
static void make_many(const char *path, uint32_t images)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (!child) {
		struct bytes file = {0};
		uint8_t *zeros = calloc(images, CAS_SVHN_PIXEL_BYTES);

		mat5_header(&file);
		mat5_array(&file, &(struct mat5_spec){"X", 9, 2, 4, {32, 32, 3, images}, zeros,
			(size_t)images * CAS_SVHN_PIXEL_BYTES, 1});
		svhn_y(&file, images, 1);
		tmp_write(path, file.data, file.size);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* 61 MB of pixels, compressed a thousandfold. */
static void few_images_of_many_cost_little_memory(void **state)
{
	enum { MANY = 20000, MOST_KIB = 16 << 10 };
	const struct tmp *tmp = *state;
	struct cas_dataset_source source = {CAS_DATA_SVHN, CAS_SPLIT_TEST, tmp->folder, NULL};
	struct cas_dataset set;
	struct rusage before, after;
	struct cas_err err;
	char path[256];

	make_many(tmp_path(tmp, "test_32x32.mat", path), MANY);
	getrusage(RUSAGE_SELF, &before);
	assert_int_equal(cas_dataset_load(&source, MANY - 1, 1, &set, &err), CAS_OK);
	getrusage(RUSAGE_SELF, &after);
	assert_int_equal(set.labels[0], 0);
	cas_dataset_clear(&set);
	assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, MOST_KIB);
}

static void folders_pipes_and_missing_files_are_refused_and_gz_is_read(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_dataset_source source = {CAS_DATA_SVHN, CAS_SPLIT_TEST, tmp->folder, NULL};
	struct bytes file = svhn_file(3, 2);
	struct cas_dataset set;
	struct cas_err err;
	char path[256], moved[256];

	tmp_write_gz(tmp_path(tmp, "test_32x32.mat.gz", path), file.data, (unsigned)file.size);
	if (cas_dataset_load(&source, 1, 1, &set, &err))
		fail_msg("%s", err.text);
	assert_int_equal(set.labels[0], 2);
	assert_int_equal(set.pixels[0], 3072 * 7 % 251);
	cas_dataset_clear(&set);
	tmp_path(tmp, "test_32x32.mat", path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(cas_dataset_load(&source, 0, 1, &set, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text), "test_32x32.mat: is a folder, expected a file");
	assert_int_equal(rename(path, tmp_path(tmp, "moved", moved)), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	alarm(20); /* instead of waiting for a writer */
	assert_int_equal(cas_dataset_load(&source, 0, 1, &set, &err), CAS_INPUT);
	alarm(0);
	assert_string_equal(tmp_strip(tmp, err.text), "test_32x32.mat: is a pipe or a device, expected a file");
	remove(path);
	assert_int_equal(cas_svhn_read(path, &(struct cas_svhn){0}, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text), "test_32x32.mat: cannot open: No such file or directory");
	free(file.data);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, tmp_setup, tmp_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(images_and_labels_are_read_in_our_order),
		EACH(other_files_are_refused),
		EACH(few_images_of_many_cost_little_memory),
		EACH(folders_pipes_and_missing_files_are_refused_and_gz_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
