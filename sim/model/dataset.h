/* A set of labelled images in memory. */
#ifndef CAS_MODEL_DATASET_H
#define CAS_MODEL_DATASET_H

#include <stdint.h>

/* Bytes are pixels 0..255, meaning 0..1 (code / 255). */
struct cas_dataset {
	char name[64];
	int images, h, w, c;
	int classes;
	uint8_t *pixels; /* [images][h][w][c], owned */
	uint8_t *labels; /* [images], each < classes, owned */
};

/* Frees what the set owns; the struct itself stays with the caller. */
void cas_dataset_clear(struct cas_dataset *set);

#endif
