/* What more than one renderer of a report needs to know: derived from an evaluation, not computed anew.
 */
#ifndef CAS_REPORT_FACTS_H
#define CAS_REPORT_FACTS_H

#include "report/table.h"
#include "study/eval.h"

/* Operation groups in order of the layers: a layer's name, or "votes", "sum", "update", "squash".
 * Strings belong to the evaluation. */
struct cas_report_groups {
	int count;
	struct {
		const char *group, *multiplier;
	} entry[CAS_MAX_LAYERS + CAS_GROUPS];
};
void cas_report_groups(const struct cas_eval *eval, struct cas_report_groups *out);

/* "1JFF everywhere", or "NGR but for votes (1JFF), sum (1JFF)"; appended. */
void cas_report_multipliers(const struct cas_eval *eval, struct cas_buf *out);

/* "; 709.6 µm² in each processing element", and which multipliers that counts as the exact one; appended. */
void cas_report_multiplier_area(const struct cas_eval *eval, struct cas_buf *out);

/* Multipliers on the array whose area, or in use whose power, the library does not state: they count as the
 * exact one.  Returns their number; their names, with commas, are appended to `out` (may be NULL). */
int cas_report_without_area(const struct cas_eval *eval, struct cas_buf *out);
int cas_report_without_power(const struct cas_eval *eval, struct cas_buf *out);

/* Energy of a layer's steps, LOAD and STORE included. */
double cas_report_layer_pj(const struct cas_eval *eval, int layer);

/* Cycles of the steps that each resource binds; index CAS_BOUND_NONE: no bound at all. */
void cas_report_bound_cycles(const struct cas_cost *cost, uint64_t cycles[CAS_BOUNDS + 1]);

/* The sentence on what limits the inference, and the shares; appended, one line. */
void cas_report_binding(const struct cas_eval *eval, struct cas_buf *out);

/* Weights at one byte each, biases at four. */
uint64_t cas_report_weight_bytes(const struct cas_network *net);

/* Sum of the peaks of the buffers that hold activations: data, votes, logits, coupling, v.  They are not all
 * reached at the same time; the first convolution's patches, made by the host, are in the data buffer's. */
uint64_t cas_report_activation_bytes(const struct cas_cost *cost);

/* Wilson's 95 % interval of a share; unlike the standard error it means something at 0 and at 1.
 * whole >= 1.  Source: Wilson, J. Am. Stat. Assoc. 22 (1927). */
struct cas_interval {
	double low, high; /* 0..1 */
};
struct cas_interval cas_report_interval(int part, int whole);

/* McNemar's exact test, two-sided: of `only_a` + `only_b` images that one of two classifiers alone got
 * right, how likely is a split at least this uneven if both are equally good?  0..1; 1 without such
 * images.  Source: McNemar, Psychometrika 12 (1947), with the binomial in place of its approximation. */
double cas_report_mcnemar(int only_a, int only_b);

/* MACs per PE and cycle, of an array of rows x cols. */
double cas_report_utilization(const struct cas_eval *eval, uint64_t macs, uint64_t cycles);

/* What keeps the RTL from doing the configuration, in words; NULL if it does it, so that co-simulation can compare
 * data and cycles.  Says nothing of whether that was done. */
const char *cas_report_rtl_misfit(const struct cas_eval *eval);

/* Tables of a report; each is initialised here and cleared by the caller. */
void cas_report_steps(const struct cas_eval *eval, struct cas_table *table);
void cas_report_buffers(const struct cas_eval *eval, struct cas_table *table);
void cas_report_components(const struct cas_eval *eval, struct cas_table *table);
void cas_report_published(const struct cas_eval *eval, struct cas_table *table);
/* Cycles by layer of this model, NASCaps's two and SCALE-Sim, each with its utilisation in %. */
void cas_report_by_layer(const struct cas_eval *eval, struct cas_table *table);

#endif
