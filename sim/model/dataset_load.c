#include "model/dataset_load.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/cifar.h"
#include "io/idx.h"
#include "io/svhn.h"

enum { PATH_BYTES = 4096, MAX_FILES = 5, CLASSES = 10, MAX_SIDE = 4096 };

struct kind {
	const char *word, *folder, *where;
	const char *files[2][MAX_FILES + 1]; /* by split, NULL at the end; IDX: images, labels */
};

static const struct kind kinds[CAS_DATA_KINDS] = {
	[CAS_DATA_MNIST] = {"mnist", "mnist",
		"http://yann.lecun.com/exdb/mnist or a mirror such as ossci-datasets",
		{{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
			{"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}}},
	[CAS_DATA_FASHION] = {"fashion", "fashion-mnist", "https://github.com/zalandoresearch/fashion-mnist",
		{{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
			{"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}}},
	[CAS_DATA_CIFAR10] = {"cifar10", "cifar-10",
		"https://www.cs.toronto.edu/~kriz/cifar.html (binary version)",
		{{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
			"data_batch_5.bin"}, {"test_batch.bin"}}},
	[CAS_DATA_SVHN] = {"svhn", "svhn", "http://ufldl.stanford.edu/housenumbers (cropped digits)",
		{{"train_32x32.mat"}, {"test_32x32.mat"}}},
};

const char *cas_dataset_kind_name(enum cas_dataset_kind kind)
{
	return kinds[kind].word;
}

const char *cas_dataset_kind_folder(enum cas_dataset_kind kind)
{
	return kinds[kind].folder;
}

int cas_dataset_kind_parse(const char *word)
{
	for (int i = 0; i < CAS_DATA_KINDS; i++)
		if (!strcmp(word, kinds[i].word))
			return i;
	return -1;
}

/* Paths of one set's files, found. */
struct paths {
	int count;
	char path[MAX_FILES][PATH_BYTES];
};

static int find_file(const char *folder, const char *name, char path[PATH_BYTES])
{
	static const char *const endings[] = {"", ".gz"};

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		int length = snprintf(path, PATH_BYTES, "%s/%s%s", folder, name, endings[i]);

		if (length > 0 && length < PATH_BYTES && !access(path, F_OK))
			return 1;
	}
	return 0;
}

/* How many of the files are there; paths->count only counts up to the first that is not. */
static int find_in(const char *folder, const char *const files[], struct paths *paths)
{
	int there = 0, i;

	paths->count = 0;
	for (i = 0; i < MAX_FILES && files[i]; i++) {
		int found = find_file(folder, files[i], paths->path[i]);

		paths->count += found && there == i;
		there += found;
	}
	return there;
}

static void list_files(const char *const files[], char *text, size_t room_bytes)
{
	size_t used = 0;

	for (int i = 0; files[i] && used < room_bytes; i++)
		used += (size_t)snprintf(text + used, room_bytes - used, i ? ", %s" : "%s", files[i]);
}

/* "folder", or the two places of the search */
static void list_places(const struct cas_dataset_source *source, char *text, size_t room_bytes)
{
	const char *name = kinds[source->kind].folder;

	if (source->folder && *source->folder)
		snprintf(text, room_bytes, "%s", source->folder);
	else if (source->root && *source->root)
		snprintf(text, room_bytes, "%s/%s or ./data/%s", source->root, name, name);
	else
		snprintf(text, room_bytes, "./data/%s or $CAPSACC_DATA/%s (CAPSACC_DATA is not set)", name,
			name);
}

static cas_status find_files(const struct cas_dataset_source *source, struct paths *paths,
	struct cas_err *err)
{
	const struct kind *kind = &kinds[source->kind];
	const char *const *files = kind->files[source->split];
	const char *roots[] = {source->root, "./data"}, *missing;
	char folder[PATH_BYTES - 64], places[512], names[128];
	int there = 0, length;

	paths->count = 0;
	if (source->folder && *source->folder)
		there = find_in(source->folder, files, paths);
	else
		for (size_t i = 0; i < sizeof roots / sizeof *roots && !there; i++) {
			if (!roots[i] || !*roots[i])
				continue;
			length = snprintf(folder, sizeof folder, "%s/%s", roots[i], kind->folder);
			if (length > 0 && (size_t)length < sizeof folder)
				there = find_in(folder, files, paths);
		}
	missing = files[paths->count];
	if (!missing)
		return CAS_OK;
	list_files(files, names, sizeof names);
	list_places(source, places, sizeof places);
	return cas_err_set(err, CAS_INPUT, "%s: %s set not found (no %s): expected %s, plain or .gz, in "
		"%s; get them from %s", kind->word, source->split == CAS_SPLIT_TRAIN ? "training" : "test",
		missing, names, places, kind->where);
}

/* Check the range against the set's size; `*count` 0 becomes what is left. */
static cas_status check_range(const struct cas_dataset_source *source, size_t available, int first,
	int *count, struct cas_err *err)
{
	if (first < 0 || *count < 0 || (size_t)first >= available ||
	    (size_t)*count > available - (size_t)first)
		return cas_err_set(err, CAS_INPUT, "%s: %d images from image %d on asked for, but the %s set "
			"has %zu", kinds[source->kind].word, *count, first,
			source->split == CAS_SPLIT_TRAIN ? "training" : "test", available);
	if (!*count)
		*count = (int)(available - (size_t)first);
	return CAS_OK;
}

/* An empty set of `images` images; the caller fills pixels and labels. */
static cas_status new_set(enum cas_dataset_kind kind, int images, size_t h, size_t w, size_t c,
	struct cas_dataset *set, struct cas_err *err)
{
	void *memory;
	cas_status status = cas_mem_new(&memory, (size_t)images, h * w * c, err);

	if (status)
		return status;
	set->pixels = memory;
	status = cas_mem_new(&memory, (size_t)images, 1, err);
	if (status) {
		cas_dataset_clear(set);
		return status;
	}
	set->labels = memory;
	snprintf(set->name, sizeof set->name, "%s", kinds[kind].word);
	set->images = images;
	set->h = (int)h;
	set->w = (int)w;
	set->c = (int)c;
	set->classes = CLASSES;
	return CAS_OK;
}

static cas_status check_idx_pair(const struct paths *paths, const struct cas_idx *images,
	const struct cas_idx *labels, struct cas_err *err)
{
	if (images->dims != 3)
		return cas_err_set(err, CAS_INPUT, "%s: byte 3: dimensions are %d, expected 3 (images, height, "
			"width)", paths->path[0], images->dims);
	if (images->dim[1] > MAX_SIDE || images->dim[2] > MAX_SIDE)
		return cas_err_set(err, CAS_INPUT, "%s: images of %zu x %zu pixels, expected at most %d x %d",
			paths->path[0], images->dim[1], images->dim[2], MAX_SIDE, MAX_SIDE);
	if (labels->dims != 1)
		return cas_err_set(err, CAS_INPUT, "%s: byte 3: dimensions are %d, expected 1 (labels)",
			paths->path[1], labels->dims);
	if (labels->dim[0] != images->dim[0])
		return cas_err_set(err, CAS_INPUT, "%s: %zu labels, expected one for each of the %zu images of "
			"%s", paths->path[1], labels->dim[0], images->dim[0], paths->path[0]);
	for (size_t i = 0; i < labels->count; i++)
		if (labels->values[i] >= CLASSES)
			return cas_err_set(err, CAS_INPUT, "%s: byte %zu: label %d of image %zu, expected 0..%d",
				paths->path[1], labels->offset_bytes + i, labels->values[i], i, CLASSES - 1);
	return CAS_OK;
}

static cas_status load_idx(const struct cas_dataset_source *source, const struct paths *paths,
	int first, int count, struct cas_dataset *set, struct cas_err *err)
{
	struct cas_idx images = {0}, labels = {0};
	cas_status status = cas_idx_read(paths->path[0], &images, err);

	if (!status)
		status = cas_idx_read(paths->path[1], &labels, err);
	if (!status)
		status = check_idx_pair(paths, &images, &labels, err);
	if (!status)
		status = check_range(source, images.dim[0], first, &count, err);
	if (!status)
		status = new_set(source->kind, count, images.dim[1], images.dim[2], 1, set, err);
	if (!status) {
		size_t image_bytes = images.dim[1] * images.dim[2];

		memcpy(set->pixels, images.values + (size_t)first * image_bytes,
			(size_t)count * image_bytes);
		memcpy(set->labels, labels.values + first, (size_t)count);
	}
	cas_idx_clear(&images);
	cas_idx_clear(&labels);
	return status;
}

/* Images first.. of the files taken one behind the other. */
static void copy_cifar(const struct cas_cifar files[], size_t first, struct cas_dataset *set)
{
	size_t file = 0, at = first;

	for (size_t i = 0; i < (size_t)set->images; i++, at++) {
		for (; at >= files[file].records; file++)
			at -= files[file].records;
		set->labels[i] = cas_cifar_record(&files[file], at,
			set->pixels + i * CAS_CIFAR_PIXEL_BYTES);
	}
}

static cas_status load_cifar(const struct cas_dataset_source *source, const struct paths *paths,
	int first, int count, struct cas_dataset *set, struct cas_err *err)
{
	struct cas_cifar files[MAX_FILES] = {0};
	size_t available = 0;
	cas_status status = CAS_OK;

	for (int i = 0; i < paths->count && !status; i++) {
		status = cas_cifar_read(paths->path[i], &files[i], err);
		available += files[i].records;
	}
	if (!status)
		status = check_range(source, available, first, &count, err);
	if (!status)
		status = new_set(source->kind, count, CAS_CIFAR_SIDE, CAS_CIFAR_SIDE, CAS_CIFAR_CHANNELS, set,
			err);
	if (!status)
		copy_cifar(files, (size_t)first, set);
	for (int i = 0; i < MAX_FILES; i++)
		cas_cifar_clear(&files[i]);
	return status;
}

static cas_status load_svhn(const struct cas_dataset_source *source, const struct paths *paths,
	int first, int count, struct cas_dataset *set, struct cas_err *err)
{
	struct cas_svhn svhn;
	cas_status status = cas_svhn_read(paths->path[0], &svhn, err);

	if (status)
		return status;
	status = check_range(source, svhn.images, first, &count, err);
	if (!status)
		status = new_set(source->kind, count, CAS_SVHN_SIDE, CAS_SVHN_SIDE, CAS_SVHN_CHANNELS, set, err);
	if (!status) {
		memcpy(set->labels, svhn.labels + first, (size_t)count);
		status = cas_svhn_pixels(paths->path[0], &svhn, (size_t)first, (size_t)count, set->pixels, err);
	}
	cas_svhn_clear(&svhn);
	if (status)
		cas_dataset_clear(set);
	return status;
}

cas_status cas_dataset_find(const struct cas_dataset_source *source, char *folder, size_t room_bytes,
	struct cas_err *err)
{
	struct paths *paths;
	void *memory;
	cas_status status = cas_mem_new(&memory, 1, sizeof *paths, err);

	if (status)
		return status;
	paths = memory;
	status = find_files(source, paths, err);
	if (!status) {
		size_t length = (size_t)(strrchr(paths->path[0], '/') - paths->path[0]);

		if (length < room_bytes)
			snprintf(folder, room_bytes, "%.*s", (int)length, paths->path[0]);
		else
			status = cas_err_set(err, CAS_INPUT, "%.60s...: a path of %zu bytes, expected at most %zu",
				paths->path[0], length, room_bytes - 1);
	}
	free(paths);
	return status;
}

cas_status cas_dataset_load(const struct cas_dataset_source *source, int first, int count,
	struct cas_dataset *set, struct cas_err *err)
{
	struct paths *paths;
	void *memory;
	cas_status status;

	assert(source->kind < CAS_DATA_KINDS);
	*set = (struct cas_dataset){0};
	status = cas_mem_new(&memory, 1, sizeof *paths, err);
	if (status)
		return status;
	paths = memory;
	status = find_files(source, paths, err);
	if (!status && source->kind == CAS_DATA_CIFAR10)
		status = load_cifar(source, paths, first, count, set, err);
	else if (!status && source->kind == CAS_DATA_SVHN)
		status = load_svhn(source, paths, first, count, set, err);
	else if (!status)
		status = load_idx(source, paths, first, count, set, err);
	free(paths);
	return status;
}
