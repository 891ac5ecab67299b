/* Layer by layer: the cycle model beside the published ones. */
#include <string.h>

#include "report/facts.h"

/* A model's cycles and MACs of one layer. */
struct share {
	uint64_t cycles, macs;
};

enum { MODELS = CAS_NASCAPS_VARIANTS + 2 }; /* this one, NASCaps's two, SCALE-Sim weight-stationary */

struct rows {
	int layers;
	struct share of[CAS_MAX_LAYERS + 1][MODELS]; /* the last row: loads and stores */
};

/* Operations come in order of the layers (some have none), and a layer's first one has its name, or
 * its name and "_votes": the layer that operation `name` belongs to, given that of the one before it. */
static int layer_of(const struct cas_network *net, const char *name, int before)
{
	for (int next = before + 1; next < net->layers; next++) {
		size_t length = strlen(net->layer[next].name);

		if (!strncmp(name, net->layer[next].name, length) &&
		    (!name[length] || !strcmp(name + length, "_votes")))
			return next;
	}
	return before;
}

static void add(struct share *to, uint64_t cycles, uint64_t macs)
{
	to->cycles += cycles;
	to->macs += macs;
}

static void collect(const struct cas_eval *eval, struct rows *rows)
{
	const struct cas_network *net = &eval->net;
	int layer = -1;

	memset(rows, 0, sizeof *rows);
	rows->layers = net->layers;
	for (size_t s = 0; s < eval->cost.steps; s++) {
		const struct cas_step_cost *step = &eval->cost.step[s];
		int moves = step->step->kind == CAS_STEP_LOAD || step->step->kind == CAS_STEP_STORE;

		add(&rows->of[moves ? net->layers : step->step->layer][0], step->cycles, step->macs);
	}
	for (int i = 0; i < eval->nascaps_ops.count; i++) {
		layer = layer_of(net, eval->nascaps_ops.op[i].name, layer);
		for (int v = 0; v < CAS_NASCAPS_VARIANTS && layer >= 0; v++)
			add(&rows->of[layer][1 + v], eval->nascaps[v].op[i].cycles, eval->nascaps[v].op[i].macs);
	}
	layer = -1;
	for (int i = 0; i < eval->scalesim.count; i++) {
		const struct cas_scalesim_step *step = &eval->scalesim.step[i];

		layer = layer_of(net, step->name, layer);
		if (layer >= 0)
			add(&rows->of[layer][MODELS - 1], step->cycles[CAS_SCALESIM_WS], step->macs);
	}
}

static void add_row(const struct cas_eval *eval, struct cas_table *table, const char *name,
	const struct share share[MODELS])
{
	char text[CAS_NUMBER_BYTES];

	cas_table_add(table, "%s", name);
	for (int m = 0; m < MODELS; m++) {
		cas_table_add(table, "%s", share[m].cycles ? cas_text_count(text, share[m].cycles) : "");
		if (share[m].macs)
			cas_table_add(table, "%.1f",
				100 * cas_report_utilization(eval, share[m].macs, share[m].cycles));
		else
			cas_table_add(table, "%s", "");
	}
}

void cas_report_by_layer(const struct cas_eval *eval, struct cas_table *table)
{
	static const char *const heading[] = {"layer", "this model", "util", "NASCaps printed", "util",
		"released", "util", "SCALE-Sim WS", "util"};
	struct rows rows;
	struct share total[MODELS] = {{0}};

	collect(eval, &rows);
	cas_table_init(table, "lrrrrrrrr");
	for (size_t i = 0; i < sizeof heading / sizeof heading[0]; i++)
		cas_table_add(table, "%s", heading[i]);
	for (int l = 0; l <= rows.layers; l++) {
		add_row(eval, table, l < rows.layers ? eval->net.layer[l].name : "load, store", rows.of[l]);
		for (int m = 0; m < MODELS; m++)
			add(&total[m], rows.of[l][m].cycles, rows.of[l][m].macs);
	}
	add_row(eval, table, "total", total);
}
