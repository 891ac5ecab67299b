/* SVHN's cropped digits: MATLAB files with X, uint8 [32][32][3][images] in column order, and y, the labels
 * 1..10 where 10 stands for the digit 0.  Read through libmatio.
 * Source: ufldl.stanford.edu/housenumbers, "Format 2".
 */
#ifndef CAS_IO_SVHN_H
#define CAS_IO_SVHN_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
	CAS_SVHN_SIDE = 32,
	CAS_SVHN_CHANNELS = 3,
	CAS_SVHN_PIXEL_BYTES = CAS_SVHN_SIDE * CAS_SVHN_SIDE * CAS_SVHN_CHANNELS,
	CAS_SVHN_MAX_IMAGES = 1 << 20,
};

struct cas_svhn {
	size_t images;          /* 1..CAS_SVHN_MAX_IMAGES */
	void *x, *y;            /* matio's variables; owned */
};

/* Errors: CAS_INPUT: not a MATLAB file, X or y missing or of another type or shape, another number of
 * labels than of images, a label that is not 1..10 (image from 0). */
cas_status cas_svhn_read(const char *path, struct cas_svhn *svhn, struct cas_err *err);
void cas_svhn_clear(struct cas_svhn *svhn);

/* Image `index` < images: its pixels as [32][32][3], and its label 0..9. */
uint8_t cas_svhn_image(const struct cas_svhn *svhn, size_t index, uint8_t pixels[CAS_SVHN_PIXEL_BYTES]);

#endif
