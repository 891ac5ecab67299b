/* answers.csv of stored results, image by image: what a paired test between two runs needs. */
#ifndef CAS_REPORT_ANSWERS_H
#define CAS_REPORT_ANSWERS_H

#include <stdint.h>

#include "base/status.h"

struct cas_answers {
	int images;      /* 0: none */
	int32_t *label, *answer; /* [images], owned */
};

/* Read `folder`/answers.csv; a missing file leaves *out empty and is no error.
 * Errors: CAS_INPUT, `file:line: ...`, for a line that is not image,label,answer...; CAS_ENV. */
cas_status cas_answers_read(const char *folder, struct cas_answers *out, struct cas_err *err);
void cas_answers_clear(struct cas_answers *answers);

/* 1 if both are there and answer the same images (number and labels agree); then how many each alone got
 * right. */
int cas_answers_pair(const struct cas_answers *a, const struct cas_answers *b, int *only_a, int *only_b);

#endif
