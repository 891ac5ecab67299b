/* A fingerprint of all that decides a network's answers. */
#ifndef CAS_STUDY_MUL_FINGERPRINT_H
#define CAS_STUDY_MUL_FINGERPRINT_H

#include "study/eval.h"

enum { CAS_FINGERPRINT_BYTES = 17 };

/* 16 hexadecimal digits (first of a SHA-256) over the images and labels, the network's layers, scales and
 * weights, the numerics, the rows of the array with the order of terms that the program gives its sums,
 * the images of a bias calibration (`calibration`, NULL without one), and the multipliers of groups that
 * have their own and of the squash unit, by their tables.  Not over the mapping and multipliers.default,
 * which a sweep varies; nor over what only costs or is only shown: files' names, technology, columns,
 * threads, output, the float32 network.
 * `squash`: the squash unit takes the swept multiplier, whatever multipliers.groups says.
 * Errors: CAS_INPUT as cas_program_lower; CAS_ENV. */
cas_status cas_mul_fingerprint(const struct cas_run_config *config, const struct cas_network *net,
	const struct cas_dataset *set, const struct cas_dataset *calibration, const struct cas_mul_library *lib, int squash,
	char out[CAS_FINGERPRINT_BYTES], struct cas_err *err);

#endif
