/* The pen strokes of the made digits: for each digit several writing styles (1 with and without
 * flag and foot, 4 open and closed, 7 with and without bar, ...).  Used by digits.c only.
 */
#ifndef CAS_MODEL_DIGITS_STROKES_H
#define CAS_MODEL_DIGITS_STROKES_H

#include "base/rng.h"

enum { CAS_DIGITS_PATH_MAX = 128 }; /* points of a path; the longest style makes fewer */

/* A polyline with pen lifts.  Units: the height of a digit is 1, x to the right, y down,
 * (0, 0) is the middle of the digit. */
struct cas_digits_path {
	int points;
	double x[CAS_DIGITS_PATH_MAX], y[CAS_DIGITS_PATH_MAX];
	int lift[CAS_DIGITS_PATH_MAX]; /* 1: the pen moves to this point without drawing */
};

/* Write `digit` (0..9) in a style that `rng` chooses, every control point moved a little, and
 * flatten its curves (Catmull-Rom splines, four chords each). */
void cas_digits_strokes(int digit, struct cas_rng *rng, struct cas_digits_path *path);

#endif
