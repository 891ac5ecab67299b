#include "model/mul_manifest.h"

#include <stddef.h>
#include <string.h>

#define MEMBER(m) offsetof(struct cas_mul_entry, m), sizeof(((struct cas_mul_entry *)0)->m)
#define TEXT(key, m, def, help) {key, CAS_KEY_STRING, MEMBER(m), 0, 0, "", def, NULL, help}
#define COST(key, m, unit, help) {key, CAS_KEY_DOUBLE, MEMBER(m), -1, 1e9, unit, "-1", NULL, help}

static const struct cas_key KEYS[] = {
	TEXT("name", name, NULL, "Name, unique in the library"),
	TEXT("file", file, NULL, "Raw table: 65536 little-endian uint16, index (a << 8) | b"),
	TEXT("sha256", sha256, NULL, "SHA-256 of the file"),
	TEXT("source", source, "", "Where the table comes from"),
	TEXT("licence", licence, "", "Licence of the source"),
	{"signed", CAS_KEY_BOOL, MEMBER(is_signed), 0, 0, "", "false", NULL,
		"Table of a signed multiplier: operands and products in two's complement"},
	COST("power_mw", power_mw, "mW", "Power at 45 nm; -1: not stated"),
	COST("area_um2", area_um2, "um2", "Area at 45 nm; -1: not stated"),
	COST("delay_ns", delay_ns, "ns", "Delay at 45 nm; -1: not stated"),
	TEXT("published.mae", claims.mae, "", "Mean absolute error, as printed"),
	TEXT("published.wce", claims.wce, "", "Worst-case error, as printed"),
	TEXT("published.mse", claims.mse, "", "Mean squared error, as printed"),
	TEXT("published.mae_pct", claims.mae_pct, "", "Mean absolute error, percent of 65536"),
	TEXT("published.wce_pct", claims.wce_pct, "", "Worst-case error, percent of 65536"),
	TEXT("published.wcre_pct", claims.wcre_pct, "", "Worst-case relative error in percent"),
	TEXT("published.ep_pct", claims.ep_pct, "", "Error probability in percent"),
	TEXT("published.mre_pct", claims.mre_pct, "", "Mean relative error in percent"),
};

static const struct cas_schema SCHEMA = {KEYS, sizeof(KEYS) / sizeof(KEYS[0])};

const struct cas_schema *cas_mul_manifest_schema(void)
{
	return &SCHEMA;
}

static int name_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

int cas_mul_name_valid(const char *name)
{
	size_t i, length = strlen(name);

	for (i = 0; i < length; i++)
		if (!name_byte(name[i]) && (i == 0 || !strchr("_-.", name[i])))
			return 0;
	return length > 0 && length < CAS_MUL8U_NAME;
}

static void print_text(struct cas_buf *buf, const char *indent, const char *key, const char *text)
{
	if (!*text)
		return;
	cas_buf_printf(buf, "%s%s: ", indent, key);
	cas_yaml_quote(buf, text);
	cas_buf_printf(buf, "\n");
}

static void print_cost(struct cas_buf *buf, const char *key, double value)
{
	if (value >= 0)
		cas_buf_printf(buf, "    %s: %.10g\n", key, value);
}

static void print_claims(const struct cas_mul_claims *claims, struct cas_buf *buf)
{
	const struct cas_mul_claims none = {0};

	if (memcmp(claims, &none, sizeof(none)) == 0)
		return;
	cas_buf_printf(buf, "    published:\n");
	print_text(buf, "      ", "mae", claims->mae);
	print_text(buf, "      ", "wce", claims->wce);
	print_text(buf, "      ", "mse", claims->mse);
	print_text(buf, "      ", "mae_pct", claims->mae_pct);
	print_text(buf, "      ", "wce_pct", claims->wce_pct);
	print_text(buf, "      ", "wcre_pct", claims->wcre_pct);
	print_text(buf, "      ", "ep_pct", claims->ep_pct);
	print_text(buf, "      ", "mre_pct", claims->mre_pct);
}

void cas_mul_manifest_print(const struct cas_mul_library *lib, struct cas_buf *buf)
{
	int i;

	cas_buf_printf(buf, "# Written by `capsacc-sim mul import`; format: docs/multipliers.md.\n"
		"# Published figures are texts: their digits say how they were rounded.\n"
		"schema: " CAS_MUL_MANIFEST_SCHEMA "\nmultipliers:\n");
	for (i = 0; i < lib->count; i++) {
		const struct cas_mul_entry *entry = &lib->entries[i];

		cas_buf_printf(buf, "  - name: ");
		cas_yaml_quote(buf, entry->name);
		cas_buf_printf(buf, "\n");
		print_text(buf, "    ", "file", entry->file);
		print_text(buf, "    ", "sha256", entry->sha256);
		print_text(buf, "    ", "source", entry->source);
		print_text(buf, "    ", "licence", entry->licence);
		if (entry->is_signed)
			cas_buf_printf(buf, "    signed: true\n");
		print_cost(buf, "power_mw", entry->power_mw);
		print_cost(buf, "area_um2", entry->area_um2);
		print_cost(buf, "delay_ns", entry->delay_ns);
		print_claims(&entry->claims, buf);
	}
	if (lib->count == 0)
		cas_buf_printf(buf, "  []\n");
}
