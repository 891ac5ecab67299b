/* mul energy */
#include <stdio.h>

#include "cli/cmd_mul.h"
#include "study/mul_energy.h"

static const char *const RULE[CAS_ENERGY_RULES] = {"power", "power_delay"};

static cas_status print_json(const struct cas_mul_energy *e, const char *multiplier,
	const char *adder, struct cas_err *err)
{
	const struct cas_mul_paper_operation *operations = cas_mul_paper_operations();
	cJSON *root = cJSON_CreateObject(), *object, *list;
	int i;

	cJSON_AddStringToObject(root, "multiplier", multiplier);
	cJSON_AddStringToObject(root, "adder", adder);
	cJSON_AddNumberToObject(root, "total_mj", e->total_mj);
	list = cJSON_AddArrayToObject(root, "operations");
	for (i = 0; i < CAS_PAPER_OPERATIONS; i++) {
		object = cJSON_CreateObject();
		cJSON_AddStringToObject(object, "name", operations[i].name);
		cJSON_AddNumberToObject(object, "count", operations[i].count);
		cJSON_AddNumberToObject(object, "unit_pj", operations[i].unit_pj);
		cJSON_AddNumberToObject(object, "share", e->operation_mj[i] / e->total_mj);
		cJSON_AddItemToArray(list, object);
	}
	object = cJSON_AddObjectToObject(root, "saved");
	for (i = 0; i < CAS_ENERGY_RULES; i++) {
		cJSON *rule = cJSON_AddObjectToObject(object, RULE[i]);

		cJSON_AddNumberToObject(rule, "xm", e->saved_xm[i]);
		cJSON_AddNumberToObject(rule, "xa", e->saved_xa[i]);
		cJSON_AddNumberToObject(rule, "xam", e->saved_xam[i]);
	}
	object = cJSON_AddObjectToObject(root, "redcane_fig5_ngr_5lt");
	cJSON_AddNumberToObject(object, "xm", CAS_PAPER_SAVED_XM);
	cJSON_AddNumberToObject(object, "xa", CAS_PAPER_SAVED_XA);
	cJSON_AddNumberToObject(object, "xam", CAS_PAPER_SAVED_XAM);
	return cas_mul_json_print(root, err);
}

static void print_text(const struct cas_mul_energy *e, const char *multiplier, const char *adder)
{
	const struct cas_mul_paper_operation *operations = cas_mul_paper_operations();
	int i;

	printf("DeepCaps, one inference (operations and unit energies of ReD-CaNe Table I): %.4f mJ\n",
		e->total_mj);
	for (i = 0; i < CAS_PAPER_OPERATIONS; i++)
		printf("  %-16s %10.4g x %7.4f pJ  %6.2f %%\n", operations[i].name, operations[i].count,
			operations[i].unit_pj, 100 * e->operation_mj[i] / e->total_mj);
	printf("  Fig. 4: multiplications %.0f %%, additions %.0f %%\n", 100 * CAS_PAPER_SHARE_MULTIPLY,
		100 * CAS_PAPER_SHARE_ADD);
	printf("saved with multiplier %s (XM), adder %s (XA), both (XAM)\n", multiplier, adder);
	printf("  %-32s %8s %8s %8s\n", "", "XM", "XA", "XAM");
	for (i = 0; i < CAS_ENERGY_RULES; i++)
		printf("  %-32s %6.1f %% %6.1f %% %6.1f %%\n", i == CAS_ENERGY_BY_POWER ?
			"energy as power" : "energy as power x delay", 100 * e->saved_xm[i],
			100 * e->saved_xa[i], 100 * e->saved_xam[i]);
	printf("  %-32s %6.1f %% %6.1f %% %6.1f %%\n", "ReD-CaNe Fig. 5 (NGR, 5LT)",
		100 * CAS_PAPER_SAVED_XM, 100 * CAS_PAPER_SAVED_XA, 100 * CAS_PAPER_SAVED_XAM);
}

cas_status cas_mul_energy_print(const struct cas_mul_library *lib, const struct cas_mul_args *args,
	struct cas_err *err)
{
	const char *multiplier = args->multiplier ? args->multiplier : "NGR";
	const char *adder = args->adder ? args->adder : "5LT";
	struct cas_mul_energy energy;
	cas_status status;

	if (args->words)
		return cas_err_set(err, CAS_INPUT, "energy takes no argument but --multiplier and --adder");
	status = cas_mul_energy_compute(lib, multiplier, adder, &energy, err);
	if (status)
		return status;
	if (args->json)
		return print_json(&energy, multiplier, adder, err);
	print_text(&energy, multiplier, adder);
	return CAS_OK;
}
