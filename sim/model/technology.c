#include "model/technology.h"

#include <math.h>
#include <string.h>

#include "io/schema.h"
#include "io/yaml.h"

#define AT(member) offsetof(struct cas_technology, member), sizeof(((struct cas_technology *)0)->member)
/* A value, named by quantity and unit, and its source. */
#define QUANTITY(word, unit_key, unit, member, help) \
	{word "." unit_key, CAS_KEY_DOUBLE, AT(member.value), 0, 1e9, unit, NULL, NULL, help}, \
	{word ".source", CAS_KEY_STRING, AT(member.source), 0, 0, "", NULL, NULL, "where it is from"}

static const struct cas_key keys[] = {
	{"name", CAS_KEY_STRING, AT(name), 0, 0, "", NULL, NULL, "name in reports"},
	{"node_nm", CAS_KEY_INT, AT(node_nm), 1, 1000, "nm", NULL, NULL, "process node, a label: nothing is scaled by it"},
	QUANTITY("multiply_8bit", "pj", "pJ", multiply_8bit_pj, "exact 8x8-bit product"),
	QUANTITY("multiply_32bit", "pj", "pJ", multiply_32bit_pj, "32x32-bit product"),
	QUANTITY("add_8bit", "pj", "pJ", add_8bit_pj, "8-bit addition"),
	QUANTITY("add_32bit", "pj", "pJ", add_32bit_pj, "32-bit addition"),
	QUANTITY("divide", "pj", "pJ", divide_pj, "division of the softmax"),
	QUANTITY("exp", "pj", "pJ", exp_pj, "exponential of the softmax"),
	QUANTITY("sqrt", "pj", "pJ", sqrt_pj, "square root of the squash"),
	QUANTITY("register_bit", "pj", "pJ", register_bit_pj, "one bit of a PE register written"),
	QUANTITY("dram_bit", "pj", "pJ", dram_bit_pj, "one bit moved to or from DRAM"),
	QUANTITY("dram_background", "mw", "mW", dram_background_mw, "DRAM that is not accessed"),
	QUANTITY("exact_multiplier_area", "um2", "um2", exact_multiplier_um2,
		"area of the exact multiplier"),
	QUANTITY("pe_area", "um2", "um2", pe_um2, "area of a PE with the exact multiplier"),
	QUANTITY("logic_leakage", "mw_per_mm2", "mW/mm2", logic_leakage_mw_per_mm2,
		"static power of logic by area"),
};

struct macro {
	int word_bytes;
	uint64_t size_bytes;
	double read_pj, write_pj, leakage_mw, gate_leakage_mw;
};

#define IN(member) offsetof(struct macro, member), sizeof(((struct macro *)0)->member)

static const struct cas_key macro_keys[] = {
	{"word_bytes", CAS_KEY_INT, IN(word_bytes), 8, 16, "bytes", NULL, NULL, "width of a word, 8 or 16"},
	{"size_bytes", CAS_KEY_BYTES, IN(size_bytes), 16, 1 << 30, "bytes", NULL, NULL, "capacity"},
	{"read_pj", CAS_KEY_DOUBLE, IN(read_pj), 1e-6, 1e6, "pJ", NULL, NULL, "one word read"},
	{"write_pj", CAS_KEY_DOUBLE, IN(write_pj), 1e-6, 1e6, "pJ", NULL, NULL, "one word written"},
	{"leakage_mw", CAS_KEY_DOUBLE, IN(leakage_mw), 0, 1e6, "mW", NULL, NULL, "subthreshold leakage"},
	{"gate_leakage_mw", CAS_KEY_DOUBLE, IN(gate_leakage_mw), 0, 1e6, "mW", NULL, NULL, "gate leakage"},
};

static cas_status add_macro(struct cas_technology *tech, const struct cas_yaml *doc,
	const struct cas_yaml_node *at, const struct macro *m, struct cas_err *err)
{
	struct cas_sram_table *t = &tech->sram[m->word_bytes == 16];

	if (m->word_bytes != 8 && m->word_bytes != 16)
		return cas_yaml_complain(doc, at, err, "sram.macros: word_bytes is %d, expected 8 or 16",
			m->word_bytes);
	if (t->rows == CAS_SRAM_ROWS)
		return cas_yaml_complain(doc, at, err, "sram.macros: more than %d of %d-byte words",
			CAS_SRAM_ROWS, m->word_bytes);
	if (t->rows && t->row[t->rows - 1].size_bytes >= m->size_bytes)
		return cas_yaml_complain(doc, at, err, "sram.macros: size_bytes of %d-byte words does not "
			"ascend", m->word_bytes);
	t->word_bytes = m->word_bytes;
	t->row[t->rows++] = (struct cas_sram_row){m->size_bytes, m->read_pj, m->write_pj,
		m->leakage_mw + m->gate_leakage_mw};
	return CAS_OK;
}

static cas_status read_macros(struct cas_technology *tech, const struct cas_yaml *doc,
	const struct cas_yaml_node *list, struct cas_err *err)
{
	static const struct cas_schema schema = {macro_keys, sizeof macro_keys / sizeof macro_keys[0]};
	cas_status status = CAS_OK;

	if (list->kind != CAS_YAML_LIST)
		return cas_yaml_complain(doc, list, err, "sram.macros: expected a list");
	for (size_t i = 0; i < list->count && !status; i++) {
		struct macro m;

		status = cas_schema_load_node(&schema, doc, &list->value[i], "sram.macros", NULL, &m, err);
		if (!status)
			status = add_macro(tech, doc, &list->value[i], &m, err);
	}
	for (int w = 0; w < CAS_SRAM_WORDS && !status; w++)
		if (tech->sram[w].rows < 2)
			status = cas_yaml_complain(doc, list, err, "sram.macros: %d of %d-byte words, expected at "
				"least 2", tech->sram[w].rows, w ? 16 : 8);
	return status;
}

static cas_status read_sram(struct cas_technology *tech, const struct cas_yaml *doc,
	const struct cas_yaml_node *map, struct cas_err *err)
{
	const struct cas_yaml_node *macros = cas_yaml_get(map, "macros");
	const struct cas_yaml_node *source = cas_yaml_get(map, "source");

	for (size_t i = 0; map->kind == CAS_YAML_MAP && i < map->count; i++)
		if (&map->value[i] != macros && &map->value[i] != source)
			return cas_yaml_complain(doc, &map->key[i], err, "sram.%s: unknown key, expected source "
				"and macros", map->key[i].text);
	if (!macros || !source || source->kind != CAS_YAML_SCALAR)
		return cas_yaml_complain(doc, map, err, "sram: expected source and macros");
	if (strlen(source->text) >= sizeof tech->sram_source)
		return cas_yaml_complain(doc, source, err, "sram.source: longer than %zu bytes",
			sizeof tech->sram_source - 1);
	memcpy(tech->sram_source, source->text, strlen(source->text) + 1);
	return read_macros(tech, doc, macros, err);
}

static cas_status check_sources(const struct cas_technology *tech, const struct cas_yaml *doc,
	const struct cas_yaml_node *at, struct cas_err *err)
{
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (keys[i].type == CAS_KEY_STRING && !((const char *)tech)[keys[i].offset])
			return cas_yaml_complain(doc, at, err, "technology.%s: empty, expected words", keys[i].path);
	if (tech->exact_multiplier_um2.value <= 0 ||
	    tech->pe_um2.value < tech->exact_multiplier_um2.value)
		return cas_yaml_complain(doc, at, err, "technology.exact_multiplier_area.um2: %g, expected more "
			"than 0 and at most pe_area.um2 (%g)", tech->exact_multiplier_um2.value, tech->pe_um2.value);
	return CAS_OK;
}

static cas_status read_doc(struct cas_technology *tech, const struct cas_yaml *doc, struct cas_err *err)
{
	static const struct cas_schema schema = {keys, sizeof keys / sizeof keys[0]};
	const struct cas_yaml_node *root = &doc->root, *values = cas_yaml_get(root, "technology");
	const struct cas_yaml_node *sram = cas_yaml_get(root, "sram");
	cas_status status;

	for (size_t i = 0; root->kind == CAS_YAML_MAP && i < root->count; i++)
		if (&root->value[i] != values && &root->value[i] != sram)
			return cas_yaml_complain(doc, &root->key[i], err, "%s: unknown key, expected technology and "
				"sram", root->key[i].text);
	if (!values || !sram)
		return cas_yaml_complain(doc, root, err, "expected the keys technology and sram");
	status = cas_schema_load_node(&schema, doc, values, "technology", NULL, tech, err);
	if (!status)
		status = check_sources(tech, doc, values, err);
	return status ? status : read_sram(tech, doc, sram, err);
}

cas_status cas_technology_read(struct cas_technology *tech, const char *path, struct cas_err *err)
{
	struct cas_yaml *doc;
	cas_status status;

	memset(tech, 0, sizeof *tech);
	status = cas_yaml_read(&doc, path, err);
	if (status)
		return status;
	status = read_doc(tech, doc, err);
	cas_yaml_free(doc);
	return status;
}

/* On the line through (log a, log ya) and (log b, log yb). */
static double power_law(double x, double a, double ya, double b, double yb)
{
	return ya * pow(x / a, log(yb / ya) / log(b / a));
}

struct cas_sram_cost cas_sram_cost(const struct cas_technology *tech, uint64_t size_bytes,
	int width_bytes)
{
	const struct cas_sram_table *t = &tech->sram[width_bytes > tech->sram[0].word_bytes];
	double size = (double)size_bytes, word = t->word_bytes, leakage;
	const struct cas_sram_row *a = &t->row[0], *b = &t->row[1];

	if (size <= (double)a->size_bytes)
		return (struct cas_sram_cost){a->read_pj / word, a->write_pj / word, a->leakage_mw};
	for (int i = 1; i < t->rows - 1 && size > (double)b->size_bytes; i++) {
		a = &t->row[i];
		b = &t->row[i + 1];
	}
	if (size > (double)b->size_bytes)
		leakage = b->leakage_mw * size / (double)b->size_bytes;
	else
		leakage = a->leakage_mw + (b->leakage_mw - a->leakage_mw) * (size - (double)a->size_bytes) /
			(double)(b->size_bytes - a->size_bytes);
	return (struct cas_sram_cost){
		power_law(size, (double)a->size_bytes, a->read_pj, (double)b->size_bytes, b->read_pj) / word,
		power_law(size, (double)a->size_bytes, a->write_pj, (double)b->size_bytes, b->write_pj) / word,
		leakage,
	};
}

double cas_add_pj(const struct cas_technology *tech, int bits)
{
	double at_8 = tech->add_8bit_pj.value, at_32 = tech->add_32bit_pj.value;

	return bits < 8 ? at_8 * bits / 8 : at_8 + (at_32 - at_8) * (bits - 8) / 24;
}
