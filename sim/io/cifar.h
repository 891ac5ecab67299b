/* CIFAR-10 in its binary form: records of one label byte and 3072 pixel bytes, which are three
 * 32 x 32 planes (red, green, blue), rows first.
 * Source: www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
 */
#ifndef CAS_IO_CIFAR_H
#define CAS_IO_CIFAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
	CAS_CIFAR_SIDE = 32,
	CAS_CIFAR_CHANNELS = 3,
	CAS_CIFAR_PIXEL_BYTES = CAS_CIFAR_SIDE * CAS_CIFAR_SIDE * CAS_CIFAR_CHANNELS,
	CAS_CIFAR_RECORD_BYTES = 1 + CAS_CIFAR_PIXEL_BYTES,
	CAS_CIFAR_CLASSES = 10,
	CAS_CIFAR_MAX_BYTES = 1 << 29,
};

struct cas_cifar {
	size_t records;       /* >= 1 */
	const uint8_t *bytes; /* [records][CAS_CIFAR_RECORD_BYTES], every label checked */
	char *owned;          /* the file's bytes, NULL after _parse */
};

/* Check the records in memory; cifar->bytes is `data`, which stays the caller's.  `label` stands for
 * the file's name in messages.
 * Errors: CAS_INPUT: no record, a size that is no multiple of a record, a label above 9 (with the
 * number of the record, from 0). */
cas_status cas_cifar_parse(const char *label, const void *data, size_t size_bytes,
	struct cas_cifar *cifar, struct cas_err *err);

/* The same for a file, plain or gzip-compressed.  Errors: also those of cas_file_read_gz. */
cas_status cas_cifar_read(const char *path, struct cas_cifar *cifar, struct cas_err *err);
void cas_cifar_clear(struct cas_cifar *cifar);

/* Record `index` < records: its pixels as [32][32][3], and its label 0..9. */
uint8_t cas_cifar_record(const struct cas_cifar *cifar, size_t index,
	uint8_t pixels[CAS_CIFAR_PIXEL_BYTES]);

#endif
