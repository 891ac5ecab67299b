/* Are images resized as docs/numerics.md section 1 says?  Expected values: PyTorch 1.13.1,
 * torch.nn.functional.interpolate(mode="bilinear", align_corners=False), in float32, seed 5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/resize.h"

static struct cas_dataset set_of(int images, int h, int w, int c, const uint8_t *pixels)
{
	struct cas_dataset set = {.images = images, .h = h, .w = w, .c = c};
	size_t bytes = (size_t)images * (size_t)h * (size_t)w * (size_t)c;

	set.pixels = malloc(bytes);
	assert_non_null(set.pixels);
	memcpy(set.pixels, pixels, bytes);
	return set;
}

static void values_are_pytorch_s_rounded(void **state)
{
	(void)state;
	static const struct {
		int h, w, to_h, to_w;
		uint8_t from[16];
		double to[48];
	} cases[] = {
		{3, 4, 5, 9, {99, 206, 239, 189, 230, 118, 144, 73, 8, 228, 231, 190},
			{99.0, 116.8333, 164.3889, 207.8333, 222.5, 237.1667, 219.5556, 197.3333, 189.0, 151.4, 154.6333,
			163.2556, 172.4778, 185.9, 199.3222, 178.2889, 152.3333, 142.6, 230.0, 211.3333, 161.5556, 119.4445,
			131.0, 142.5556, 116.3889, 84.8333, 73.0, 96.8, 111.3333, 150.0889, 184.6778, 190.1, 195.5222,
			175.5889, 152.0333, 143.2, 8.0, 44.6667, 142.4444, 228.1667, 229.5, 230.8333, 215.0556, 196.8333,
			190.0}},
		{5, 3, 2, 2, {155, 112, 158, 208, 7, 204, 143, 113, 181, 231, 80, 27, 44, 205, 203},
			{154.375, 152.6875, 166.0, 81.0625}},
		{2, 2, 4, 4, {65, 175, 30, 212}, {65.0, 92.5, 147.5, 175.0, 56.25, 88.25, 152.25, 184.25, 38.75, 79.75,
			161.75, 202.75, 30.0, 75.5, 166.5, 212.0}},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct cas_dataset set = set_of(1, cases[i].h, cases[i].w, 1, cases[i].from);
		struct cas_err err;

		assert_int_equal(cas_dataset_resize(&set, cases[i].to_h, cases[i].to_w, &err), CAS_OK);
		assert_int_equal(set.h, cases[i].to_h);
		assert_int_equal(set.w, cases[i].to_w);
		for (int p = 0; p < cases[i].to_h * cases[i].to_w; p++)
			assert_true(fabs(set.pixels[p] - cases[i].to[p]) <= 0.5001);
		cas_dataset_clear(&set);
	}
}

/* From 1x2 to 1x4: 1/4 and 3/4 of the way between 10 and 13, halves of a code up. */
static void halves_are_rounded_up_and_channels_stay_apart(void **state)
{
	(void)state;
	static const uint8_t two_images[] = {10, 0, 12, 100, 0, 7, 0, 7};
	static const uint8_t want[] = {10, 0, 11, 25, 12, 75, 12, 100, 0, 7, 0, 7, 0, 7, 0, 7};
	struct cas_dataset set = set_of(2, 1, 2, 2, two_images);
	struct cas_err err;

	assert_int_equal(cas_dataset_resize(&set, 1, 4, &err), CAS_OK);
	assert_memory_equal(set.pixels, want, sizeof want); /* 10.5 -> 11, 11.5 -> 12 */
	cas_dataset_clear(&set);
}

static void the_same_size_changes_nothing(void **state)
{
	(void)state;
	static const uint8_t image[] = {1, 2, 3, 4, 5, 6};
	struct cas_dataset set = set_of(1, 2, 3, 1, image);
	const uint8_t *before = set.pixels;
	struct cas_err err;

	assert_int_equal(cas_dataset_resize(&set, 2, 3, &err), CAS_OK);
	assert_ptr_equal(set.pixels, before);
	cas_dataset_clear(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_pytorch_s_rounded),
		cmocka_unit_test(halves_are_rounded_up_and_channels_stay_apart),
		cmocka_unit_test(the_same_size_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
