#include "cosim_print.h"

#include <cstdio>
#include <vector>

static void print_row(const char *name, uint64_t words, uint64_t wrong, uint64_t rtl, uint64_t model)
{
	std::printf("%-24s %8llu  %10llu  %10llu  %12llu  %10lld\n", name, (unsigned long long)words,
		(unsigned long long)wrong, (unsigned long long)rtl, (unsigned long long)model, (long long)(rtl - model));
}

// Of several images, cycles are those of the image that differs most, step by step.
void print_table(const session &s, const RunSummary &run)
{
	std::printf("%d image%s\nstep                        words  mismatches  RTL cycles  model cycles  difference\n", run.images,
		run.images == 1 ? "" : "s");
	for (size_t i = 0; i < s.program.steps; i++) {
		const check_step &c = check_steps(s.check)[i];

		print_row(s.program.step[i].name, c.compared, check_wrong_bytes(&c), c.rtl_cycles, c.model_cycles);
	}
	for (int l = 0; l < s.net.layers; l++) {
		const check_layer &c = check_layers(s.check)[l];

		if (c.rtl_overflows || c.model_overflows)
			std::printf("%-24s %llu overflows in the RTL, %llu in the model\n", s.net.layer[l].name,
				(unsigned long long)c.rtl_overflows, (unsigned long long)c.model_overflows);
	}
	check_sum sum = check_total(s.check);

	print_row("total", sum.compared, sum.wrong, sum.rtl_cycles, sum.model_cycles);
	if (sum.wrong_cycles)
		std::printf("%llu of %llu steps took other cycles than the model's\n", (unsigned long long)sum.wrong_cycles,
			(unsigned long long)(s.program.steps * (size_t)run.images));
	std::printf("%.0f RTL cycles a second of processor time\n", (double)run.cycles / run.seconds);
}

void print_json(const session &s, const RunSummary &run)
{
	std::printf("{\"images\":%d,\"steps\":[", run.images);
	for (size_t i = 0; i < s.program.steps; i++) {
		const check_step &c = check_steps(s.check)[i];

		std::printf("%s{\"name\":\"%s\",\"rtl_cycles\":%llu,\"model_cycles\":%llu,\"wrong_cycles\":%llu,"
			"\"words_compared\":%llu,\"mismatches\":%llu,\"passes\":%llu,\"wrong_passes\":%llu}", i ? "," : "",
			s.program.step[i].name, (unsigned long long)c.rtl_cycles, (unsigned long long)c.model_cycles,
			(unsigned long long)c.wrong_cycles, (unsigned long long)c.compared,
			(unsigned long long)check_wrong_bytes(&c), (unsigned long long)c.passes,
			(unsigned long long)c.wrong_passes);
	}
	std::printf("],\"overflows\":[");
	for (int l = 0; l < s.net.layers; l++) {
		const check_layer &c = check_layers(s.check)[l];

		std::printf("%s{\"layer\":\"%s\",\"rtl\":%llu,\"model\":%llu}", l ? "," : "", s.net.layer[l].name,
			(unsigned long long)c.rtl_overflows, (unsigned long long)c.model_overflows);
	}
	std::vector<check_tensor> tensors(CHECK_TENSORS);

	tensors.resize(check_tensors(s.check, tensors.data()));
	std::printf("],\"tensors\":[");
	for (size_t i = 0; i < tensors.size(); i++)
		std::printf("%s{\"layer\":\"%s\",\"tensor\":\"%s\",\"digest\":\"%016llx\"}", i ? "," : "", tensors[i].layer,
			tensors[i].tensor, (unsigned long long)tensors[i].digest);
	check_sum sum = check_total(s.check);

	std::printf("],\"words_compared\":%llu,\"mismatches\":%llu,\"wrong_passes\":%llu,\"wrong_cycles\":%llu,"
		"\"rtl_cycles\":%llu,\"model_cycles\":%llu,\"stopped_in\":%s%s%s,\"rtl_cycles_per_second\":%.0f}\n",
		(unsigned long long)sum.compared, (unsigned long long)sum.wrong, (unsigned long long)sum.wrong_passes,
		(unsigned long long)sum.wrong_cycles, (unsigned long long)sum.rtl_cycles,
		(unsigned long long)sum.model_cycles, run.stopped_in ? "\"" : "", run.stopped_in ? run.stopped_in : "null",
		run.stopped_in ? "\"" : "", (double)run.cycles / run.seconds);
}
