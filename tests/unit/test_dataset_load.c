#include "unit/tmpfiles.h"

#include "io/cifar.h"
#include "io/outfile.h"
#include "model/dataset_load.h"
#include "study/run_config.h"

enum { IMAGES = 5, H = 2, W = 3 };

/* IDX images whose bytes count up, and labels 9, 8, ...; each plain or compressed. */
static void make_idx(const char *folder, const char *split, unsigned images, unsigned labels, int gz)
{
	uint8_t image_file[256] = {0, 0, 8, 3, 0, 0, 0, (uint8_t)images, 0, 0, 0, H, 0, 0, 0, W};
	uint8_t label_file[64] = {0, 0, 8, 1, 0, 0, 0, (uint8_t)labels};
	char path[256];

	for (size_t i = 0; i < images * H * W; i++)
		image_file[16 + i] = (uint8_t)i;
	for (size_t i = 0; i < labels; i++)
		label_file[8 + i] = (uint8_t)(9 - i);
	snprintf(path, sizeof path, "%s/%s-images-idx3-ubyte%s", folder, split, gz ? ".gz" : "");
	if (gz)
		tmp_write_gz(path, image_file, 16 + images * H * W);
	else
		tmp_write(path, image_file, 16 + images * H * W);
	snprintf(path, sizeof path, "%s/%s-labels-idx1-ubyte%s", folder, split, gz ? ".gz" : "");
	if (gz)
		tmp_write_gz(path, label_file, 8 + labels);
	else
		tmp_write(path, label_file, 8 + labels);
}

static void a_range_of_an_idx_set_is_loaded(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_dataset_source source = {CAS_DATA_MNIST, CAS_SPLIT_TEST, tmp->folder, NULL};
	struct cas_dataset set;
	struct cas_err err;

	make_idx(tmp->folder, "t10k", IMAGES, IMAGES, 0);
	make_idx(tmp->folder, "train", 2, 2, 1);
	assert_int_equal(cas_dataset_load(&source, 1, 3, &set, &err), CAS_OK);
	assert_string_equal(set.name, "mnist");
	assert_int_equal(set.images, 3);
	assert_int_equal(set.h, H);
	assert_int_equal(set.w, W);
	assert_int_equal(set.c, 1);
	assert_int_equal(set.classes, 10);
	for (size_t i = 0; i < 3 * H * W; i++)
		assert_int_equal(set.pixels[i], H * W + i);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(set.labels[i], 8 - i);
	cas_dataset_clear(&set);
	assert_int_equal(cas_dataset_load(&source, 3, 0, &set, &err), CAS_OK);
	assert_int_equal(set.images, 2);
	assert_int_equal(set.labels[1], 5);
	cas_dataset_clear(&set);
	source.split = CAS_SPLIT_TRAIN;
	assert_int_equal(cas_dataset_load(&source, 0, 0, &set, &err), CAS_OK);
	assert_int_equal(set.images, 2);
	cas_dataset_clear(&set);
}

static void a_range_beyond_the_set_is_refused(void **state)
{
	static const struct {
		int first, count;
		const char *message;
	} cases[] = {
		{0, 6, "mnist: 6 images from image 0 on asked for, but the test set has 5"},
		{5, 0, "mnist: 0 images from image 5 on asked for, but the test set has 5"},
		{4, 2, "mnist: 2 images from image 4 on asked for, but the test set has 5"},
		{-1, 2, "mnist: 2 images from image -1 on asked for, but the test set has 5"},
		{0, -2, "mnist: -2 images from image 0 on asked for, but the test set has 5"},
		{2147483647, 2147483647, "mnist: 2147483647 images from image 2147483647 on asked for, but "
			"the test set has 5"},
	};
	const struct tmp *tmp = *state;
	struct cas_dataset_source source = {CAS_DATA_MNIST, CAS_SPLIT_TEST, tmp->folder, NULL};
	struct cas_dataset set;
	struct cas_err err;

	make_idx(tmp->folder, "t10k", IMAGES, IMAGES, 1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(cas_dataset_load(&source, cases[i].first, cases[i].count, &set, &err),
			CAS_INPUT);
		assert_string_equal(err.text, cases[i].message);
		assert_null(set.pixels);
	}
}

static void images_and_labels_that_disagree_are_refused(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_dataset_source source = {CAS_DATA_FASHION, CAS_SPLIT_TEST, tmp->folder, NULL};
	static const uint8_t bad_label[] = {0, 0, 8, 1, 0, 0, 0, 2, 9, 10}, one_dim[] = {0, 0, 8, 1, 0, 0,
		0, 2, 9, 9}, wide[] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0x10, 1};
	char images[256], labels[256], expected[1024], *big = calloc(1, 16 + 4097);
	struct cas_dataset set;
	struct cas_err err;

	tmp_path(tmp, "t10k-images-idx3-ubyte", images);
	tmp_path(tmp, "t10k-labels-idx1-ubyte", labels);
	make_idx(tmp->folder, "t10k", 2, 3, 0);
	assert_int_equal(cas_dataset_load(&source, 0, 0, &set, &err), CAS_INPUT);
	snprintf(expected, sizeof expected, "%s: 3 labels, expected one for each of the 2 images of %s",
		labels, images);
	assert_string_equal(err.text, expected);
	tmp_write(labels, bad_label, sizeof bad_label);
	assert_int_equal(cas_dataset_load(&source, 0, 1, &set, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text),
		"t10k-labels-idx1-ubyte: byte 9: label 10 of image 1, expected 0..9");
	tmp_write(labels, "", 0);
	assert_int_equal(cas_dataset_load(&source, 0, 1, &set, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text),
		"t10k-labels-idx1-ubyte: byte 0: file ends, expected the 4 bytes of an IDX magic");
	tmp_write(labels, one_dim, sizeof one_dim);
	tmp_write(images, one_dim, sizeof one_dim);
	assert_int_equal(cas_dataset_load(&source, 0, 1, &set, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text), "t10k-images-idx3-ubyte: byte 3: dimensions are 1, "
		"expected 3 (images, height, width)");
	assert_non_null(big);
	memcpy(big, wide, sizeof wide);
	tmp_write(images, big, 16 + 4097);
	free(big);
	assert_int_equal(cas_dataset_load(&source, 0, 1, &set, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text), "t10k-images-idx3-ubyte: images of 1 x 4097 pixels, "
		"expected at most 4096 x 4096");
	make_idx(tmp->folder, "t10k", 2, 2, 1);
	make_idx(tmp->folder, "t10k", 2, 2, 0);
	assert_int_equal(rename(images, labels), 0); /* plain comes before .gz */
	assert_int_equal(cas_dataset_load(&source, 0, 1, &set, &err), CAS_INPUT);
	assert_string_equal(tmp_strip(tmp, err.text),
		"t10k-labels-idx1-ubyte: byte 3: dimensions are 3, expected 1 (labels)");
}

/* Five files of one and two records each; every record's pixels are its number. */
static void make_cifar(const char *folder)
{
	uint8_t *bytes = malloc(2 * CAS_CIFAR_RECORD_BYTES);
	char path[256];
	uint8_t record = 0;

	assert_non_null(bytes);
	for (int file = 1; file <= 5; file++) {
		unsigned records = file % 2 ? 1 : 2;

		for (size_t r = 0; r < records; r++, record++) {
			memset(bytes + r * CAS_CIFAR_RECORD_BYTES, record, CAS_CIFAR_RECORD_BYTES);
		}
		snprintf(path, sizeof path, "%s/data_batch_%d.bin%s", folder, file, file == 4 ? ".gz" : "");
		if (file == 4)
			tmp_write_gz(path, bytes, records * CAS_CIFAR_RECORD_BYTES);
		else
			tmp_write(path, bytes, records * CAS_CIFAR_RECORD_BYTES);
	}
	free(bytes);
}

static void cifar_training_images_are_counted_over_the_five_files(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_dataset_source source = {CAS_DATA_CIFAR10, CAS_SPLIT_TRAIN, tmp->folder, NULL};
	struct cas_dataset set;
	struct cas_err err;

	make_cifar(tmp->folder);
	for (int first = 0; first < 7; first++)
		for (int count = 1; first + count <= 7; count++) {
			assert_int_equal(cas_dataset_load(&source, first, count, &set, &err), CAS_OK);
			assert_int_equal(set.images, count);
			assert_int_equal(set.h * set.w * set.c, CAS_CIFAR_PIXEL_BYTES);
			for (int i = 0; i < count; i++) {
				assert_int_equal(set.labels[i], first + i);
				assert_int_equal(set.pixels[i * CAS_CIFAR_PIXEL_BYTES], first + i);
				assert_int_equal(set.pixels[(i + 1) * CAS_CIFAR_PIXEL_BYTES - 1], first + i);
			}
			cas_dataset_clear(&set);
		}
	assert_int_equal(cas_dataset_load(&source, 0, 8, &set, &err), CAS_INPUT);
	assert_string_equal(err.text,
		"cifar10: 8 images from image 0 on asked for, but the training set has 7");
}

static void a_missing_set_says_which_files_go_where_and_where_to_get_them(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_dataset_source source = {CAS_DATA_MNIST, CAS_SPLIT_TEST, "none", "root"};
	struct cas_dataset set;
	struct cas_err err;
	char path[256], expected[1024], home[1024];

	assert_int_equal(cas_dataset_load(&source, 0, 0, &set, &err), CAS_INPUT);
	assert_string_equal(err.text, "mnist: test set not found (no t10k-images-idx3-ubyte): expected "
		"t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, plain or .gz, in none; get them from "
		"http://yann.lecun.com/exdb/mnist or a mirror such as ossci-datasets");
	make_cifar(tmp->folder);
	unlink(tmp_path(tmp, "data_batch_3.bin", path));
	source = (struct cas_dataset_source){CAS_DATA_CIFAR10, CAS_SPLIT_TRAIN, tmp->folder, NULL};
	assert_int_equal(cas_dataset_load(&source, 0, 0, &set, &err), CAS_INPUT);
	snprintf(expected, sizeof expected, "cifar10: training set not found (no data_batch_3.bin): "
		"expected data_batch_1.bin, data_batch_2.bin, data_batch_3.bin, data_batch_4.bin, "
		"data_batch_5.bin, plain or .gz, in %s; get them from "
		"https://www.cs.toronto.edu/~kriz/cifar.html (binary version)", tmp->folder);
	assert_string_equal(err.text, expected);
	/* The rest runs where there is no ./data. */
	assert_non_null(getcwd(home, sizeof home));
	assert_int_equal(chdir(tmp->folder), 0);
	source = (struct cas_dataset_source){CAS_DATA_FASHION, CAS_SPLIT_TRAIN, NULL, NULL};
	assert_int_equal(cas_dataset_load(&source, 0, 0, &set, &err), CAS_INPUT);
	assert_string_equal(err.text, "fashion: training set not found (no train-images-idx3-ubyte): "
		"expected train-images-idx3-ubyte, train-labels-idx1-ubyte, plain or .gz, in "
		"./data/fashion-mnist or $CAPSACC_DATA/fashion-mnist (CAPSACC_DATA is not set); get them from "
		"https://github.com/zalandoresearch/fashion-mnist");
	source.root = "/root-of-data";
	assert_int_equal(cas_dataset_load(&source, 0, 0, &set, &err), CAS_INPUT);
	assert_non_null(strstr(err.text, " in /root-of-data/fashion-mnist or ./data/fashion-mnist; "));
	assert_int_equal(chdir(home), 0);
}

static void the_root_comes_before_data_and_a_folder_before_both(void **state)
{
	const struct tmp *tmp = *state;
	struct cas_dataset_source source = {CAS_DATA_FASHION, CAS_SPLIT_TEST, "", "root"};
	struct cas_dataset set;
	struct cas_err err;
	char home[1024], folder[64];

	assert_non_null(getcwd(home, sizeof home));
	assert_int_equal(chdir(tmp->folder), 0);
	assert_int_equal(cas_dataset_find(&source, folder, sizeof folder, &err), CAS_INPUT);
	assert_int_equal(cas_mkdirs("root/fashion-mnist", &err), CAS_OK);
	assert_int_equal(cas_mkdirs("data/fashion-mnist", &err), CAS_OK);
	make_idx("data/fashion-mnist", "t10k", 1, 1, 0);
	assert_int_equal(cas_dataset_load(&source, 0, 0, &set, &err), CAS_OK);
	assert_int_equal(set.images, 1);
	cas_dataset_clear(&set);
	assert_int_equal(cas_dataset_find(&source, folder, sizeof folder, &err), CAS_OK);
	assert_string_equal(folder, "./data/fashion-mnist");
	make_idx("root/fashion-mnist", "t10k", 2, 2, 0);
	assert_int_equal(cas_dataset_find(&source, folder, sizeof folder, &err), CAS_OK);
	assert_string_equal(folder, "root/fashion-mnist");
	assert_int_equal(cas_dataset_find(&source, folder, 18, &err), CAS_INPUT);
	assert_string_equal(err.text, "root/fashion-mnist/t10k-images-idx3-ubyte...: a path of 18 bytes, expected at most 17");
	assert_int_equal(cas_dataset_load(&source, 0, 0, &set, &err), CAS_OK);
	assert_int_equal(set.images, 2);
	cas_dataset_clear(&set);
	make_idx(".", "t10k", 3, 3, 0);
	source.folder = ".";
	assert_int_equal(cas_dataset_load(&source, 0, 0, &set, &err), CAS_OK);
	assert_int_equal(set.images, 3);
	assert_int_equal(cas_dataset_find(&source, folder, sizeof folder, &err), CAS_OK);
	assert_string_equal(folder, ".");
	cas_dataset_clear(&set);
	assert_int_equal(chdir(home), 0);
}

static void kinds_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < CAS_DATA_KINDS; i++) {
		assert_int_equal(cas_dataset_kind_parse(cas_dataset_kind_name((enum cas_dataset_kind)i)), i);
		assert_non_null(cas_dataset_kind_folder((enum cas_dataset_kind)i));
	}
	for (int set = 0; set < CAS_USE_SETS; set++) /* digits are drawn */
		assert_int_equal(cas_dataset_kind_parse(cas_data_set_name((enum cas_data_set)set)) >= 0,
			set != CAS_USE_DIGITS);
	assert_int_equal(cas_dataset_kind_parse("MNIST"), -1);
}

/* Counts of labels of the published test sets. */
static void the_published_test_sets_are_read(void **state)
{
	enum { EVEN = 1000 };
	static const int published[CAS_DATA_KINDS][10] = {
		[CAS_DATA_MNIST] = {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009},
		[CAS_DATA_FASHION] = {EVEN, EVEN, EVEN, EVEN, EVEN, EVEN, EVEN, EVEN, EVEN, EVEN},
		[CAS_DATA_CIFAR10] = {EVEN, EVEN, EVEN, EVEN, EVEN, EVEN, EVEN, EVEN, EVEN, EVEN},
		[CAS_DATA_SVHN] = {1744, 5099, 4149, 2882, 2523, 2384, 1977, 2019, 1660, 1595},
	};
	const char *root = getenv("CAPSACC_DATA");

	(void)state;
	root = root && *root ? root : "../shared/data";
	for (int kind = 0; kind < CAS_DATA_KINDS; kind++) {
		struct cas_dataset_source source = {(enum cas_dataset_kind)kind, CAS_SPLIT_TEST, NULL, root};
		struct cas_dataset set;
		struct cas_err err;
		int counts[10] = {0};

		if (access(root, F_OK) || cas_dataset_load(&source, 0, 0, &set, &err)) {
			/* A set that is there must load. */
			if (!access(root, F_OK) && !strstr(err.text, "set not found"))
				fail_msg("%s", err.text);
			print_message("skipped: no %s test set in %s\n", cas_dataset_kind_name(source.kind), root);
			continue;
		}
		for (int i = 0; i < set.images; i++)
			counts[set.labels[i]]++;
		for (int c = 0; c < 10; c++)
			assert_int_equal(counts[c], published[kind][c]);
		cas_dataset_clear(&set);
	}
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, tmp_setup, tmp_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(a_range_of_an_idx_set_is_loaded),
		EACH(a_range_beyond_the_set_is_refused),
		EACH(images_and_labels_that_disagree_are_refused),
		EACH(cifar_training_images_are_counted_over_the_five_files),
		EACH(a_missing_set_says_which_files_go_where_and_where_to_get_them),
		EACH(the_root_comes_before_data_and_a_folder_before_both),
		cmocka_unit_test(kinds_have_names),
		cmocka_unit_test(the_published_test_sets_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
