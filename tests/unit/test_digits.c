/* The made digits: are they the same everywhere, what they claim to be, and hard enough? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "model/digits.h"

enum { PIXELS = CAS_DIGITS_SIDE * CAS_DIGITS_SIDE, CLASSES = CAS_DIGITS_CLASSES };

static struct cas_dataset made(uint64_t seed, int first, int count)
{
	struct cas_dataset set;
	struct cas_err err;

	assert_int_equal(cas_digits_make(seed, first, count, 1, NULL, &set, &err), CAS_OK);
	return set;
}

static uint64_t fnv1a(uint64_t hash, const uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ data[i]) * 0x100000001b3u;
	return hash;
}

static uint64_t checksum(uint64_t seed)
{
	struct cas_dataset set = made(seed, 0, 100);
	uint64_t hash = fnv1a(0xcbf29ce484222325u, set.pixels, 100 * PIXELS);

	hash = fnv1a(hash, set.labels, 100);
	cas_dataset_clear(&set);
	return hash;
}

/* The sums were taken with gcc 12 and clang 14 on x86-64.  The project's trained network belongs
 * to exactly these images: whoever changes the generator trains it again. */
static void the_first_images_of_each_seed_are_the_known_ones(void **state)
{
	(void)state;
	assert_int_equal(checksum(CAS_DIGITS_TRAIN_SEED), 0x6a6805d7464f1e6cu);
	assert_int_equal(checksum(CAS_DIGITS_VALIDATION_SEED), 0xc4b9da63bfcb9fceu);
	assert_int_equal(checksum(CAS_DIGITS_TEST_SEED), 0x9625f9281116f636u);
}

static void an_image_does_not_depend_on_first_and_count(void **state)
{
	struct cas_dataset all = made(7, 0, 60), part = made(7, 23, 11), one = made(7, 59, 1);

	(void)state;
	assert_memory_equal(part.pixels, all.pixels + 23 * PIXELS, 11 * PIXELS);
	assert_memory_equal(part.labels, all.labels + 23, 11);
	assert_memory_equal(one.pixels, all.pixels + 59 * PIXELS, PIXELS);
	assert_int_equal(one.labels[0], all.labels[59]);
	cas_dataset_clear(&all);
	cas_dataset_clear(&part);
	cas_dataset_clear(&one);
}

static void no_image_appears_twice_nor_under_two_seeds(void **state)
{
	struct cas_dataset a = made(CAS_DIGITS_TRAIN_SEED, 0, 300);
	struct cas_dataset b = made(CAS_DIGITS_TEST_SEED, 0, 300);

	(void)state;
	for (int i = 0; i < 300; i++) {
		for (int j = 0; j < 300; j++) {
			assert_memory_not_equal(a.pixels + i * PIXELS, b.pixels + j * PIXELS, PIXELS);
			if (i != j)
				assert_memory_not_equal(a.pixels + i * PIXELS, a.pixels + j * PIXELS,
					PIXELS);
		}
	}
	cas_dataset_clear(&a);
	cas_dataset_clear(&b);
}

static void the_set_says_its_shape(void **state)
{
	struct cas_dataset set = made(1, 5, 3);

	(void)state;
	assert_string_equal(set.name, "digits");
	assert_int_equal(set.images, 3);
	assert_int_equal(set.h, 28);
	assert_int_equal(set.w, 28);
	assert_int_equal(set.c, 1);
	assert_int_equal(set.classes, 10);
	cas_dataset_clear(&set);
}

/* 10,000 draws of probability 1/10 have a standard deviation of 30: 850..1150 is five of them.
 * Equal counts would betray labels that go round in a circle. */
static void labels_are_balanced_but_random(void **state)
{
	struct cas_dataset set = made(CAS_DIGITS_TEST_SEED, 0, 10000);
	int count[256] = {0}, pairs[CLASSES][CLASSES] = {{0}}, exact = 0;

	(void)state;
	for (int i = 0; i < 10000; i++)
		count[set.labels[i]]++;
	for (int k = 0; k < 256; k++) {
		if (k < CLASSES)
			assert_in_range(count[k], 850, 1150);
		else
			assert_int_equal(count[k], 0);
		exact += count[k] == 1000;
	}
	assert_true(exact < CLASSES);
	for (int i = 1; i < 10000; i++)
		pairs[set.labels[i - 1]][set.labels[i]]++;
	for (int a = 0; a < CLASSES; a++)
		for (int b = 0; b < CLASSES; b++)
			assert_in_range(pairs[a][b], 50, 150);
	cas_dataset_clear(&set);
}

/* The whole range is used, the ground is dark, and every image has a digit's worth of ink. */
static void pixels_use_the_range_and_no_image_is_empty(void **state)
{
	struct cas_dataset set = made(CAS_DIGITS_VALIDATION_SEED, 0, 2000);
	int darkest = 255, brightest = 0;
	double sum = 0;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		int bright = 0;

		for (int p = 0; p < PIXELS; p++) {
			int v = set.pixels[i * PIXELS + p];

			darkest = v < darkest ? v : darkest;
			brightest = v > brightest ? v : brightest;
			bright += v > 90;
			sum += v;
		}
		assert_in_range(bright, 10, PIXELS / 2);
	}
	assert_int_equal(darkest, 0);
	assert_int_equal(brightest, 255);
	sum /= 2000.0 * PIXELS;
	assert_true(sum > 25 && sum < 60);
	cas_dataset_clear(&set);
}

struct linear {
	float weight[CLASSES][PIXELS], bias[CLASSES];
};

/* Softmax of the linear scores; returns the likeliest class. */
static int classify(const struct linear *m, const uint8_t *image, float *x, float *prob)
{
	float total = 0;
	int best = 0;

	for (int p = 0; p < PIXELS; p++)
		x[p] = (float)image[p] / 255;
	for (int k = 0; k < CLASSES; k++) {
		prob[k] = m->bias[k];
		for (int p = 0; p < PIXELS; p++)
			prob[k] += m->weight[k][p] * x[p];
		if (prob[k] > prob[best])
			best = k;
	}
	for (int k = CLASSES - 1; k >= 0; k--)
		if (k != best)
			total += prob[k] = expf(prob[k] - prob[best]);
	prob[best] = 1;
	for (int k = 0; k < CLASSES; k++)
		prob[k] /= total + 1;
	return best;
}

static void train(struct linear *m, const struct cas_dataset *set, float rate)
{
	float x[PIXELS], prob[CLASSES];

	for (int i = 0; i < set->images; i++) {
		classify(m, set->pixels + (size_t)i * PIXELS, x, prob);
		for (int k = 0; k < CLASSES; k++) {
			float step = rate * ((set->labels[i] == k ? 1 : 0) - prob[k]);

			m->bias[k] += step;
			for (int p = 0; p < PIXELS; p++)
				m->weight[k][p] += step * x[p];
		}
	}
}

static double accuracy_percent(const struct linear *m, const struct cas_dataset *set)
{
	float x[PIXELS], prob[CLASSES];
	int right = 0;

	for (int i = 0; i < set->images; i++)
		right += classify(m, set->pixels + (size_t)i * PIXELS, x, prob) == set->labels[i];
	return 100.0 * right / set->images;
}

/* Too easy a set would make every approximation of the accelerator look harmless; one that a
 * linear classifier learns nothing from would be noise. */
static void a_linear_classifier_learns_them_only_in_part(void **state)
{
	static const float rates[] = {0.01f, 0.01f, 0.005f, 0.002f, 0.001f};
	struct cas_dataset set = made(CAS_DIGITS_TRAIN_SEED, 0, 20000);
	struct cas_dataset test = made(CAS_DIGITS_TEST_SEED, 0, 10000);
	struct linear *m = calloc(1, sizeof *m);
	double train_percent, test_percent;

	(void)state;
	assert_non_null(m);
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
		train(m, &set, rates[i]);
	train_percent = accuracy_percent(m, &set);
	test_percent = accuracy_percent(m, &test);
	print_message("linear classifier: %.2f %% of its own images, %.2f %% of others\n",
		train_percent, test_percent);
	assert_true(train_percent > test_percent); /* it did learn, and overfits */
	assert_true(test_percent > 60);
	assert_true(test_percent < 93);
	free(m);
	cas_dataset_clear(&set);
	cas_dataset_clear(&test);
}

static void a_range_outside_the_limits_is_an_error(void **state)
{
	static const struct {
		int first, count;
		const char *message;
	} cases[] = {
		{0, 0, "digits: 0 images from number 0 on, expected at least 1 image and numbers "
			"0..2147483646"},
		{0, -3, "digits: -3 images from number 0 on, expected at least 1 image and numbers "
			"0..2147483646"},
		{-1, 5, "digits: 5 images from number -1 on, expected at least 1 image and numbers "
			"0..2147483646"},
		{2147483647, 1, "digits: 1 images from number 2147483647 on, expected at least 1 image "
			"and numbers 0..2147483646"},
	};
	struct cas_dataset set;
	struct cas_err err;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(cas_digits_make(1, cases[i].first, cases[i].count, 1, NULL, &set, &err),
			CAS_INPUT);
		assert_string_equal(err.text, cases[i].message);
		assert_null(set.pixels);
		assert_null(set.labels);
	}
	set = made(1, 2147483646, 1); /* the last number there is */
	assert_int_equal(set.images, 1);
	cas_dataset_clear(&set);
}

static void threads_draw_the_same_images_and_can_be_stopped(void **state)
{
	const volatile sig_atomic_t stop = 1;
	struct cas_dataset one = made(7, 5, 300), three;
	struct cas_err err;

	(void)state;
	assert_int_equal(cas_digits_make(7, 5, 300, 3, NULL, &three, &err), CAS_OK);
	assert_memory_equal(one.pixels, three.pixels, 300 * PIXELS);
	assert_memory_equal(one.labels, three.labels, 300);
	cas_dataset_clear(&one);
	cas_dataset_clear(&three);
	assert_int_equal(cas_digits_make(7, 5, 300, 3, &stop, &three, &err), CAS_INTERRUPTED);
	assert_string_equal(err.text, "interrupted");
	assert_null(three.pixels);
	assert_null(three.labels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_images_of_each_seed_are_the_known_ones),
		cmocka_unit_test(an_image_does_not_depend_on_first_and_count),
		cmocka_unit_test(no_image_appears_twice_nor_under_two_seeds),
		cmocka_unit_test(the_set_says_its_shape),
		cmocka_unit_test(labels_are_balanced_but_random),
		cmocka_unit_test(pixels_use_the_range_and_no_image_is_empty),
		cmocka_unit_test(a_linear_classifier_learns_them_only_in_part),
		cmocka_unit_test(a_range_outside_the_limits_is_an_error),
		cmocka_unit_test(threads_draw_the_same_images_and_can_be_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
