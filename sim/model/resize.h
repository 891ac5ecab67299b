/* Bilinear resizing of a data set's images in exact integers (docs/numerics.md section 1): what the host
 * does before images reach the accelerator, as the papers enlarge CIFAR-10 to 64x64.
 */
#ifndef CAS_MODEL_RESIZE_H
#define CAS_MODEL_RESIZE_H

#include "base/status.h"
#include "model/dataset.h"

/* Replace the set's images by images of h x w (1..CAS_MAX_SIDE); channels stay.  Nothing happens where
 * they have that size.  Source: the sampling positions of PyTorch's bilinear with align_corners=False.
 * Errors: CAS_ENV without memory; the set is unchanged then. */
cas_status cas_dataset_resize(struct cas_dataset *set, int h, int w, struct cas_err *err);

#endif
