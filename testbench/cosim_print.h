// What the bench of the whole accelerator prints about a run: a table, or one JSON object.
#ifndef CAPSACC_COSIM_PRINT_H
#define CAPSACC_COSIM_PRINT_H

#include <cstdint>

#include "session.h"

struct RunSummary {
	int images = 0;                   // that were run
	uint64_t cycles = 0;              // of the RTL, all images
	double seconds = 0;               // of processor time for them
	const char *stopped_in = nullptr; // the step in which the last image was given up
};

void print_table(const session &s, const RunSummary &run);
void print_json(const session &s, const RunSummary &run);

#endif
