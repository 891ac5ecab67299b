/* Writes the made digits as the four IDX files that models/train.py reads:
 *
 *     build/make_digits FOLDER
 *
 * 60,000 training images of seed 1 and 10,000 test images of seed 3 (sim/model/digits.h).
 */
#include <stdio.h>

#include "model/digits.h"

/* IDX: two zero bytes, type 8 (unsigned byte), number of dimensions, each as 32 bits big-endian. */
static int write_idx(const char *folder, const char *name, const int *dims, int count,
	const uint8_t *data)
{
	char path[4096];
	unsigned char head[16] = {0, 0, 8, (unsigned char)count};
	size_t bytes = 1, head_bytes = 4 + 4 * (size_t)count;
	int length = snprintf(path, sizeof path, "%s/%s", folder, name), bad;
	FILE *f = length < (int)sizeof path ? fopen(path, "wb") : NULL;

	if (!f) {
		perror(path);
		return 1;
	}
	for (int i = 0; i < count; i++) {
		bytes *= (size_t)dims[i];
		for (int k = 0; k < 4; k++)
			head[4 + 4 * i + k] = (unsigned char)((unsigned)dims[i] >> (24 - 8 * k));
	}
	bad = fwrite(head, 1, head_bytes, f) != head_bytes || fwrite(data, 1, bytes, f) != bytes;
	if (fclose(f) != 0 || bad) {
		perror(path);
		return 1;
	}
	return 0;
}

static int write_set(const char *folder, uint64_t seed, int count, const char *images,
	const char *labels)
{
	struct cas_dataset set;
	struct cas_err err;
	int bad;

	if (cas_digits_make(seed, 0, count, 1, NULL, &set, &err) != CAS_OK) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	bad = write_idx(folder, images, (int[]){set.images, set.h, set.w}, 3, set.pixels)
		|| write_idx(folder, labels, (int[]){set.images}, 1, set.labels);
	cas_dataset_clear(&set);
	return bad;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_digits FOLDER\n");
		return 2;
	}
	return write_set(argv[1], CAS_DIGITS_TRAIN_SEED, CAS_DIGITS_TRAIN_IMAGES,
			"train-images-idx3-ubyte", "train-labels-idx1-ubyte")
		|| write_set(argv[1], CAS_DIGITS_TEST_SEED, CAS_DIGITS_TEST_IMAGES,
			"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");
}
