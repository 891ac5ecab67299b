#include "report/operations.h"

#include "model/network_ops.h"
#include "report/json_parts.h"

enum { KINDS = 5 };

static const char *const kinds[KINDS] = {"multiply", "add", "divide", "exp", "sqrt"};

static void counts_of(const struct cas_ops *ops, uint64_t count[KINDS])
{
	count[0] = ops->multiply;
	count[1] = ops->add;
	count[2] = ops->divide;
	count[3] = ops->exp;
	count[4] = ops->sqrt;
}

static void add_row(struct cas_table *table, const char *name, const struct cas_ops *ops, int exact)
{
	char text[CAS_NUMBER_BYTES];
	uint64_t count[KINDS];

	counts_of(ops, count);
	cas_table_add(table, "%s", name);
	for (int k = 0; k < KINDS; k++) {
		if (exact)
			cas_table_add(table, "%llu", (unsigned long long)count[k]);
		else
			cas_table_add(table, "%s", count[k] ? cas_text_count(text, count[k]) : "");
	}
}

void cas_operations_table(const struct cas_network *net, int iterations, int exact,
	struct cas_table *table)
{
	struct cas_ops total = cas_network_ops(net, iterations);

	cas_table_init(table, "lrrrrr");
	cas_table_add(table, "%s", "layer");
	for (int k = 0; k < KINDS; k++)
		cas_table_add(table, "%s", kinds[k]);
	for (int l = 0; l < net->layers; l++) {
		struct cas_ops ops = cas_layer_ops(&net->layer[l], iterations);

		add_row(table, net->layer[l].name, &ops, exact);
	}
	add_row(table, "total", &total, exact);
}

static void put_counts(cJSON *object, const struct cas_ops *ops)
{
	uint64_t count[KINDS];

	counts_of(ops, count);
	for (int k = 0; k < KINDS; k++)
		cas_json_u64(object, kinds[k], count[k]);
}

void cas_json_operations(cJSON *root, const struct cas_network *net, int iterations)
{
	struct cas_ops total = cas_network_ops(net, iterations);
	cJSON *operations = cJSON_AddObjectToObject(root, "operations"), *layers;

	put_counts(cJSON_AddObjectToObject(operations, "total"), &total);
	layers = cJSON_AddArrayToObject(operations, "layers");
	for (int l = 0; l < net->layers; l++) {
		struct cas_ops ops = cas_layer_ops(&net->layer[l], iterations);
		cJSON *item = cas_json_item(layers);

		cJSON_AddStringToObject(item, "name", net->layer[l].name);
		put_counts(item, &ops);
	}
}
