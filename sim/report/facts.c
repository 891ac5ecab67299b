#include "report/facts.h"

#include <math.h>
#include <string.h>

#include "study/rtl_limits.h"

static const char *const group_names[CAS_GROUPS] = {
	[CAS_GROUP_VOTES] = "votes", [CAS_GROUP_SUM] = "sum", [CAS_GROUP_UPDATE] = "update",
	[CAS_GROUP_SQUASH] = "squash",
};

static int listed(const struct cas_report_groups *groups, const char *name)
{
	for (int i = 0; i < groups->count; i++)
		if (!strcmp(groups->entry[i].group, name))
			return 1;
	return 0;
}

void cas_report_groups(const struct cas_eval *eval, struct cas_report_groups *out)
{
	const struct cas_eval_multipliers *m = &eval->multipliers;

	out->count = 0;
	for (int l = 0; l < eval->net.layers; l++)
		for (int g = 0; g < CAS_GROUPS; g++) {
			const char *name = g ? group_names[g] : eval->net.layer[l].name;

			if (m->used[l][g] < 0 || listed(out, name))
				continue;
			out->entry[out->count].group = name;
			out->entry[out->count++].multiplier = m->entry[m->used[l][g]].name;
		}
}

void cas_report_multipliers(const struct cas_eval *eval, struct cas_buf *out)
{
	struct cas_report_groups groups;
	const char *main = eval->config.multiplier;
	int others = 0, mains = 0;

	cas_report_groups(eval, &groups);
	for (int i = 0; i < groups.count; i++)
		mains += !strcmp(groups.entry[i].multiplier, main);
	if (!mains && groups.count)
		main = groups.entry[0].multiplier;
	cas_buf_printf(out, "%s", main);
	for (int i = 0; i < groups.count; i++)
		if (strcmp(groups.entry[i].multiplier, main))
			cas_buf_printf(out, "%s %s (%s)", others++ ? "," : " but for", groups.entry[i].group,
				groups.entry[i].multiplier);
	if (!others)
		cas_buf_printf(out, " everywhere");
}

static void list_name(const char *name, int before, struct cas_buf *out)
{
	if (out)
		cas_buf_printf(out, "%s%s", before ? ", " : "", name);
}

/* The squash unit's multipliers are not in the PEs. */
static int on_array(const struct cas_eval *eval, int multiplier)
{
	for (int l = 0; l < eval->net.layers; l++)
		for (int g = 0; g < CAS_GROUPS; g++)
			if (g != CAS_GROUP_SQUASH && eval->multipliers.used[l][g] == multiplier)
				return 1;
	return 0;
}

int cas_report_without_area(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_eval_multipliers *m = &eval->multipliers;
	int count = 0;

	for (int i = 0; i < m->count; i++)
		if (m->entry[i].area_um2 < 0 && on_array(eval, i))
			list_name(m->entry[i].name, count++, out);
	return count;
}

int cas_report_without_power(const struct cas_eval *eval, struct cas_buf *out)
{
	const struct cas_eval_multipliers *m = &eval->multipliers;
	int count = 0;

	for (int i = 0; i < m->count; i++)
		if (m->entry[i].power_mw < 0)
			list_name(m->entry[i].name, count++, out);
	return count;
}

void cas_report_multiplier_area(const struct cas_eval *eval, struct cas_buf *out)
{
	char area[CAS_NUMBER_BYTES];

	cas_buf_printf(out, "; %s µm² in each processing element",
		cas_text_real(area, eval->multipliers.pe_area_um2));
	if (!cas_report_without_area(eval, NULL))
		return;
	cas_buf_printf(out, " (area of ");
	cas_report_without_area(eval, out);
	cas_buf_printf(out, " not stated, counted as exact)");
}

double cas_report_layer_pj(const struct cas_eval *eval, int layer)
{
	double pj = 0;

	for (size_t s = 0; s < eval->cost.steps; s++)
		if (eval->cost.step[s].step->layer == layer)
			pj += eval->cost.step[s].energy.total_pj;
	return pj;
}

void cas_report_bound_cycles(const struct cas_cost *cost, uint64_t cycles[CAS_BOUNDS + 1])
{
	memset(cycles, 0, (CAS_BOUNDS + 1) * sizeof cycles[0]);
	for (size_t s = 0; s < cost->steps; s++)
		cycles[cost->step[s].bound_by] += cost->step[s].cycles;
}

void cas_report_binding(const struct cas_eval *eval, struct cas_buf *out)
{
	uint64_t cycles[CAS_BOUNDS + 1];
	int said = 0;

	cas_report_bound_cycles(&eval->cost, cycles);
	cas_buf_printf(out, "What binds: %s.  Share of the cycles by the resource that limits their step:",
		cas_bound_name(eval->cost.total.bound_by));
	for (int b = 0; b <= CAS_BOUNDS; b++)
		if (cycles[b])
			cas_buf_printf(out, "%s %s %.1f%%", said++ ? "," : "",
				b == CAS_BOUND_NONE ? "none" : cas_bound_name((enum cas_bound)b),
				100 * (double)cycles[b] / (double)eval->cost.total.cycles);
	cas_buf_printf(out, ".");
}

uint64_t cas_report_weight_bytes(const struct cas_network *net)
{
	uint64_t bytes = net->parameters;

	for (int l = 0; l < net->layers; l++)
		if (cas_layer_has_bias(&net->layer[l]))
			bytes += 3 * (uint64_t)net->layer[l].out.c;
	return bytes;
}

uint64_t cas_report_activation_bytes(const struct cas_cost *cost)
{
	uint64_t bytes = 0;

	for (int b = 0; b < CAS_BUFFERS; b++)
		if (b != CAS_BUF_WEIGHT)
			bytes += cost->buffer[b].peak_bytes;
	return bytes;
}

double cas_report_utilization(const struct cas_eval *eval, uint64_t macs, uint64_t cycles)
{
	double pes = (double)eval->config.accel.rows * eval->config.accel.cols;

	return cycles ? (double)macs / (pes * (double)cycles) : 0;
}

struct cas_interval cas_report_interval(int part, int whole)
{
	const double z = 1.959963984540054; /* 97.5 % of a normal distribution lie below */
	double n = whole, p = part / n, scale = 1 / (1 + z * z / n);
	double centre = (p + z * z / (2 * n)) * scale;
	double half = z * scale * sqrt(p * (1 - p) / n + z * z / (4 * n * n));

	return (struct cas_interval){fmax(centre - half, 0), fmin(centre + half, 1)};
}

/* Sum of the binomial's terms from the smaller count down; each follows from the one before, so that
 * only the first needs logarithms. */
double cas_report_mcnemar(int only_a, int only_b)
{
	int n = only_a + only_b, least = only_a < only_b ? only_a : only_b;
	double logarithm = -n * log(2), term, sum = 0;

	for (int k = 1; k <= least; k++)
		logarithm += log((double)(n - k + 1) / k);
	term = exp(logarithm);
	for (int k = least; k >= 0; k--) {
		sum += term;
		term *= (double)k / (n - k + 1);
	}
	return fmin(2 * sum, 1);
}

const char *cas_report_rtl_misfit(const struct cas_eval *eval)
{
	return cas_rtl_misfit(&eval->config.accel, &eval->net, &eval->program, eval->multipliers.count);
}
