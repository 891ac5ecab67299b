/* Quotients of what was measured, by name. */
#ifndef BENCH_RATIOS_H
#define BENCH_RATIOS_H

#include "bench.h"

int bench_ratio_count(void);
const char *bench_ratio_name(int index);

/* 0 if one of the two was not measured, or there is no such name. */
double bench_ratio(const struct bench_results *r, const char *name);

#endif
