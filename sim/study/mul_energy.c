#include "study/mul_energy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/outfile.h"

static const char PREFIX[] = "add8u_";

/* One line: name,power,area,delay,...; the name is cut of its prefix.  0 if it is malformed. */
static int parse_line(const char *line, struct cas_add_entry *out)
{
	char name[CAS_ADD_NAME + 8];

	if (sscanf(line, "%38[^,],%lf,%lf,%lf,", name, &out->power_mw, &out->area_um2,
	           &out->delay_ns) != 4 || strncmp(name, PREFIX, sizeof(PREFIX) - 1))
		return 0;
	snprintf(out->name, sizeof(out->name), "%.31s", name + sizeof(PREFIX) - 1);
	return out->power_mw >= 0 && out->area_um2 >= 0 && out->delay_ns >= 0;
}

static cas_status search(char *text, const char *path, const char *name, struct cas_add_entry *out,
	struct cas_err *err)
{
	char *line = strchr(text, '\n'); /* after the headings */
	int number;

	for (number = 2; line && line[1]; number++) {
		if (!parse_line(++line, out))
			return cas_err_set(err, CAS_INPUT,
				"%s:%d: expected add8u_NAME, power, area, delay and more", path, number);
		if (strcmp(out->name, name) == 0)
			return CAS_OK;
		line = strchr(line, '\n');
	}
	return cas_err_set(err, CAS_INPUT, "%s: no adder '%.40s' in it", path, name);
}

cas_status cas_add_find(const struct cas_mul_library *lib, const char *name,
	struct cas_add_entry *out, struct cas_err *err)
{
	char path[sizeof(lib->folder) + 16], *text;
	size_t size_bytes;
	cas_status status;

	snprintf(path, sizeof(path), "%s/add8u.csv", lib->folder);
	status = cas_file_read(path, 1 << 20, &text, &size_bytes, err);
	if (status)
		return status;
	if (strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0)
		name += sizeof(PREFIX) - 1;
	status = search(text, path, name, out, err);
	free(text);
	return status;
}

static cas_status multiplier_ratios(const struct cas_mul_library *lib, const char *name,
	double ratio[CAS_ENERGY_RULES], struct cas_err *err)
{
	const struct cas_mul_entry *exact, *mine;
	cas_status status = cas_mul_library_find(lib, CAS_MUL_EXACT, &exact, err);

	if (!status)
		status = cas_mul_library_find(lib, name, &mine, err);
	if (status)
		return status;
	if (mine->power_mw < 0 || mine->delay_ns < 0 || exact->power_mw <= 0 || exact->delay_ns <= 0)
		return cas_err_set(err, CAS_INPUT, "multiplier %s: the library states no power and delay",
			mine->name);
	ratio[CAS_ENERGY_BY_POWER] = mine->power_mw / exact->power_mw;
	ratio[CAS_ENERGY_BY_POWER_DELAY] =
		ratio[CAS_ENERGY_BY_POWER] * mine->delay_ns / exact->delay_ns;
	return CAS_OK;
}

static cas_status adder_ratios(const struct cas_mul_library *lib, const char *name,
	double ratio[CAS_ENERGY_RULES], struct cas_err *err)
{
	struct cas_add_entry exact, mine;
	cas_status status = cas_add_find(lib, CAS_ADD_EXACT, &exact, err);

	if (!status)
		status = cas_add_find(lib, name, &mine, err);
	if (status)
		return status;
	ratio[CAS_ENERGY_BY_POWER] = mine.power_mw / exact.power_mw;
	ratio[CAS_ENERGY_BY_POWER_DELAY] = ratio[CAS_ENERGY_BY_POWER] * mine.delay_ns / exact.delay_ns;
	return CAS_OK;
}

cas_status cas_mul_energy_compute(const struct cas_mul_library *lib, const char *multiplier,
	const char *adder, struct cas_mul_energy *out, struct cas_err *err)
{
	const struct cas_mul_paper_operation *operations = cas_mul_paper_operations();
	double multiply[CAS_ENERGY_RULES], add[CAS_ENERGY_RULES];
	cas_status status = multiplier_ratios(lib, multiplier, multiply, err);
	int i;

	*out = (struct cas_mul_energy){0};
	if (!status)
		status = adder_ratios(lib, adder, add, err);
	if (status)
		return status;
	for (i = 0; i < CAS_PAPER_OPERATIONS; i++) {
		out->operation_mj[i] = operations[i].count * operations[i].unit_pj * 1e-9;
		out->total_mj += out->operation_mj[i];
	}
	for (i = 0; i < CAS_ENERGY_RULES; i++) {
		out->saved_xm[i] = out->operation_mj[CAS_PAPER_MULTIPLY] * (1 - multiply[i]) / out->total_mj;
		out->saved_xa[i] = out->operation_mj[CAS_PAPER_ADD] * (1 - add[i]) / out->total_mj;
		out->saved_xam[i] = out->saved_xm[i] + out->saved_xa[i];
	}
	return CAS_OK;
}
