/* The operand pairs that a network really feeds to a group of its products: the "real" input
 * distribution of ReD-CaNe, section III.B. */
#ifndef CAS_STUDY_MUL_OPERANDS_H
#define CAS_STUDY_MUL_OPERANDS_H

#include "arith/mul8u.h"
#include "study/eval.h"

/* A group as `multipliers.groups` names it, within one layer or all. */
struct cas_mul_group {
	enum cas_group group;
	int first, end; /* layers first..end-1; those without the group do not count */
};

struct cas_mul_operands {
	uint64_t histogram[CAS_MUL8U_PAIRS]; /* [(first << 8) | second]: how often it was multiplied */
	uint64_t pairs;                      /* their sum */
	uint64_t with_zero;                  /* of these, pairs with a zero operand */
	double mean_first, mean_second;      /* of the operands, 0..255 */
	double rms_product;                  /* root of the mean square of the exact products */
};

/* `group` is the name of a convolution, primary-capsule or fully connected layer, or votes, sum, update
 * or squash; of those, `layer` (or NULL: all together) names a capsule layer.
 * Errors: CAS_INPUT, listing the groups that there are. */
cas_status cas_mul_group_find(const struct cas_network *net, const char *group, const char *layer,
	struct cas_mul_group *out, struct cas_err *err);

/* Count the pairs of the images in `set`, every product of the inference being exact, in the operand
 * mapping of the configuration.  Pairs are those that the table is asked for, after swap_operands:
 * magnitudes for the sign-and-magnitude mappings, offset codes for the affine one.  Counts do not
 * depend on the number of threads.  config->multiplier and its groups are not looked at.
 * Errors: CAS_ENV, CAS_INTERRUPTED; CAS_INPUT as for cas_engine8_plan. */
cas_status cas_mul_operands_count(const struct cas_run_config *config, const struct cas_network *net,
	const struct cas_dataset *set, const struct cas_mul_group *group,
	const struct cas_progress *progress, struct cas_mul_operands *out, struct cas_err *err);

#endif
