/* A NASCaps genotype: the row-of-integers description of a capsule network that a search changes.
 *
 * Text form (JSON): [[type, n_in, ch_in, caps_in, kernel, stride, n_out, ch_out, caps_out], ...,
 * [skip], [resize]].  In the released files `ch_out` counts the kinds of capsules and `caps_out` is
 * the dimension of each (the paper says it the other way round).
 * Source: NASCaps section 3.1, Fig. 6, and its released genotypes.
 */
#ifndef CAS_MODEL_GENOTYPE_H
#define CAS_MODEL_GENOTYPE_H

#include <stddef.h>

#include "base/status.h"

enum {
	CAS_GENOTYPE_MAX_LAYERS = 64,
	CAS_GENOTYPE_FIELDS = 9,
	CAS_GENOTYPE_MAX_BYTES = 1 << 20,
	CAS_GENOTYPE_MAX_CAPS = 4096, /* caps_in, caps_out */
};

enum cas_gene_type {
	CAS_GENE_CONV, /* 0: convolution */
	CAS_GENE_CAPS, /* 1: capsule layer; the class layer when last */
	CAS_GENE_CELL, /* 2: CapsCell of four capsule layers; the class layer when last */
	CAS_GENE_TYPES
};

struct cas_gene {
	enum cas_gene_type type;
	int n_in;     /* side of the input map, 1..CAS_MAX_SIDE */
	int ch_in;    /* 1..CAS_MAX_CHANNELS */
	int caps_in;  /* elements of an input capsule, 1..CAS_GENOTYPE_MAX_CAPS */
	int kernel;   /* side, 1..CAS_MAX_SIDE */
	int stride;   /* 1..CAS_MAX_SIDE */
	int n_out;    /* side of the output map, 1..CAS_MAX_SIDE */
	int ch_out;   /* 1..CAS_MAX_CHANNELS */
	int caps_out; /* 1..CAS_GENOTYPE_MAX_CAPS */
};

struct cas_genotype {
	int layers;   /* 1..CAS_GENOTYPE_MAX_LAYERS */
	struct cas_gene layer[CAS_GENOTYPE_MAX_LAYERS];
	int skip;     /* position of the skip connection, -1 for none, otherwise 0..layers - 1 */
	int resize;   /* 1: inputs as they are, 2: enlarged before the first layer */
};

/* Read `text` (`size_bytes` long, need not end in NUL; at most CAS_GENOTYPE_MAX_BYTES).  `file` only
 * names the source in messages.  Each number's range is checked; that the rows fit one another is
 * not, as the released model does not ask it and released genotypes break it.
 * Errors: CAS_INPUT, `file:line:column: ...` for text that is no JSON, otherwise
 * `file: row R, field F (name): ...`, both counted from 1. */
cas_status cas_genotype_parse(struct cas_genotype *out, const char *file, const char *text,
	size_t size_bytes, struct cas_err *err);

#endif
