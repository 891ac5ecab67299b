/* SVHN's cropped digits: MATLAB files with X, uint8 [32][32][3][images] in column order, and y, the labels
 * 1..10 where 10 stands for the digit 0.
 * Source: ufldl.stanford.edu/housenumbers, "Format 2".
 */
#ifndef CAS_IO_SVHN_H
#define CAS_IO_SVHN_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "io/mat5.h"

enum {
	CAS_SVHN_SIDE = 32,
	CAS_SVHN_CHANNELS = 3,
	CAS_SVHN_PIXEL_BYTES = CAS_SVHN_SIDE * CAS_SVHN_SIDE * CAS_SVHN_CHANNELS,
	CAS_SVHN_MAX_IMAGES = 1 << 20,
};

struct cas_svhn {
	size_t images;           /* 1..CAS_SVHN_MAX_IMAGES */
	uint8_t *labels;         /* [images], 0..9; owned */
	struct cas_mat5_array x; /* where the pixels are in: */
	const uint8_t *data;
	char *owned;             /* the file's bytes, where they are ours */
};

/* Read the labels and find the pixels.  The bytes stay the caller's and must outlive *svhn; `label` names
 * them in messages.
 * Errors: CAS_INPUT: not a MATLAB 5 file (io/mat5.h), X or y missing or of another type or shape, another
 * number of labels than of images, a label that is not 1..10 (image from 0); CAS_ENV: out of memory. */
cas_status cas_svhn_parse(const char *label, const void *data, size_t size_bytes, struct cas_svhn *svhn,
	struct cas_err *err);

/* The same for a file, plain or gzip-compressed: its bytes (182 MB for the published training set) are in
 * memory until cas_svhn_clear, the pixels never all at once.  Errors: also those of cas_file_read_gz. */
cas_status cas_svhn_read(const char *path, struct cas_svhn *svhn, struct cas_err *err);
void cas_svhn_clear(struct cas_svhn *svhn);

/* Pixels of images first .. first + count - 1 < images, as [count][32][32][3].
 * Errors: CAS_INPUT: the compressed pixels, those of other images too, are damaged or end early; CAS_ENV. */
cas_status cas_svhn_pixels(const char *label, const struct cas_svhn *svhn, size_t first, size_t count,
	uint8_t *pixels, struct cas_err *err);

#endif
