#include "study/mul_paper.h"

#include <stddef.h>
#include <string.h>

const struct cas_mul_paper_row *cas_mul_paper_row(const char *name)
{
	static const struct cas_mul_paper_row rows[] = {
		{"1JFF", 391, 710, 0.0000, 0.0000, 0.0000, 0.0000},
		{"14VP", 364, 654, 0.0000, 0.0001, 0.0000, 0.0001},
		{"GS2", 356, 633, 0.0004, 0.0017, 0.0001, 0.0013},
		{"CK5", 345, 604, 0.0000, 0.0002, 0.0000, 0.0002},
		{"7C1", 329, 607, 0.0011, 0.0033, 0.0007, 0.0026},
		{"96D", 309, 605, 0.0035, 0.0077, 0.0020, 0.0051},
		{"2HH", 302, 542, -0.0001, 0.0007, -0.0001, 0.0007},
		{"NGR", 276, 512, 0.0001, 0.0008, 0.0002, 0.0009},
		{"19DB", 206, 396, 0.0010, 0.0019, 0.0010, 0.0021},
		{"DM1", 195, 402, 0.0003, 0.0025, 0.0005, 0.0025},
		{"12N4", 142, 390, 0.0018, 0.0054, 0.0019, 0.0056},
		{"1AGV", 95, 228, 0.0027, 0.0080, 0.0026, 0.0117},
		{"YX7", 61, 221, 0.0484, 0.0741, 0.0268, 0.0347},
		{"JV3", 34, 111, 0.0021, 0.0267, -0.0028, 0.0301},
		{"QKX", 29, 112, 0.0509, 0.0736, 0.0293, 0.0350},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

const struct cas_mul_paper_operation *cas_mul_paper_operations(void)
{
	static const struct cas_mul_paper_operation operations[CAS_PAPER_OPERATIONS] = {
		[CAS_PAPER_ADD] = {"addition", 1.91e9, 0.0202},
		[CAS_PAPER_MULTIPLY] = {"multiplication", 2.15e9, 0.5354},
		[CAS_PAPER_DIVIDE] = {"division", 4.17e6, 1.0717},
		[CAS_PAPER_EXP] = {"exponential", 175e3, 0.1578},
		[CAS_PAPER_SQRT] = {"square root", 502e3, 0.7805},
	};

	return operations;
}
