/* Does the library in mul8u_lib hold what its sources publish, and does it refuse what is broken?
 * Run from the repository root. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "arith/mul8u_generate.h"
#include "arith/mul8u_metrics.h"
#include "model/mul_library.h"

/* cmocka's assert_float_equal compares as float. */
#define assert_near(got, want, tolerance) assert_true(fabs((got) - (want)) <= (tolerance))

struct fixture {
	struct cas_mul_library lib;
	struct cas_mul8u mul;
	char home[64]; /* temporary home of the test that writes, or empty */
	struct cas_mul_library mine;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct cas_err err = {""};

	*state = f;
	if (cas_mul_library_open(".", &f->lib, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	return 0;
}

static void remove_home(struct fixture *f)
{
	static const char *const files[] = {"manifest.yaml", ".lock", "A.bin", "B.bin", "mul8u.csv"};
	char path[160];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/mul8u_lib/%s", f->home, files[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/mul8u_lib", f->home);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(f->home), 0);
	f->home[0] = '\0';
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cas_mul_library_close(&f->lib);
	free(f);
	return 0;
}

static void new_home(struct fixture *f)
{
	struct cas_err err = {""};

	snprintf(f->home, sizeof(f->home), "/tmp/capsacc_test_XXXXXX");
	assert_non_null(mkdtemp(f->home));
	assert_int_equal(cas_mul_library_create(f->home, &f->mine, &err), CAS_OK);
}

static void write_text(const struct fixture *f, const char *name, const char *text)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/mul8u_lib/%s", f->home, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void all_36_tables_have_the_published_error_figures(void **state)
{
	struct fixture *f = *state;
	struct cas_mul_metrics metrics;
	int i, checked = 0;

	for (i = 0; i < f->lib.count; i++) {
		const struct cas_mul_entry *entry = &f->lib.entries[i];
		const struct cas_mul_claims *c = &entry->claims;
		struct cas_err err = {""};
		cas_status status;

		if (strncmp(entry->source, "EvoApprox8B", 11))
			continue;
		assert_true(*c->mae && *c->wce && *c->mse && *c->wcre_pct && *c->ep_pct && *c->mre_pct);
		assert_int_equal(cas_mul_library_load(&f->lib, entry, &f->mul, &err), CAS_OK);
		cas_mul_metrics_compute(&f->mul, &metrics);
		status = cas_mul_claims_check(c, &metrics, &err);
		if (status)
			fail_msg("%s: %s", entry->name, err.text);
		assert_true(entry->power_mw >= 0 && entry->area_um2 >= 0 && entry->delay_ns >= 0);
		checked++;
	}
	assert_int_equal(checked, 36);
}

static void generated_tables_are_what_their_names_say(void **state)
{
	struct fixture *f = *state;
	struct cas_mul8u *made = calloc(1, sizeof(*made));
	int i, checked = 0;

	for (i = 0; i < f->lib.count; i++) {
		const struct cas_mul_entry *entry = &f->lib.entries[i];
		struct cas_err err = {""};

		if (strncmp(entry->source, "generated", 9))
			continue;
		assert_int_equal(cas_mul_library_load(&f->lib, entry, &f->mul, &err), CAS_OK);
		assert_int_equal(cas_mul8u_generate(made, entry->name, &err), CAS_OK);
		assert_memory_equal(made->product, f->mul.product, sizeof(made->product));
		assert_int_equal(made->is_signed, f->mul.is_signed);
		assert_true(entry->power_mw < 0 && entry->area_um2 < 0 && entry->delay_ns < 0);
		checked++;
	}
	assert_int_equal(checked, 11);
	free(made);
}

/* Table IV of ReD-CaNe, columns "Modeled". */
static void noise_over_all_pairs_equals_the_modeled_columns_of_table_4(void **state)
{
	static const struct {
		const char *name;
		double na, nm;
	} rows[] = {
		{"1JFF", 0.0000, 0.0000}, {"14VP", 0.0000, 0.0001}, {"GS2", 0.0004, 0.0017},
		{"CK5", 0.0000, 0.0002}, {"7C1", 0.0011, 0.0033}, {"96D", 0.0035, 0.0077},
		{"2HH", -0.0001, 0.0007}, {"NGR", 0.0001, 0.0008}, {"19DB", 0.0010, 0.0019},
		{"DM1", 0.0003, 0.0025}, {"12N4", 0.0018, 0.0054}, {"1AGV", 0.0027, 0.0080},
		{"YX7", 0.0484, 0.0741}, {"JV3", 0.0021, 0.0267}, {"QKX", 0.0509, 0.0736},
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cas_mul_noise noise;
		struct cas_err err = {""};

		assert_int_equal(cas_mul_library_get(&f->lib, rows[i].name, &f->mul, &err), CAS_OK);
		cas_mul_profile_uniform(&f->mul, &noise);
		if (noise.na < rows[i].na - 0.00005 || noise.na > rows[i].na + 0.00005 ||
		    noise.nm < rows[i].nm - 0.00005 || noise.nm > rows[i].nm + 0.00005)
			fail_msg("%s: NA %.6f NM %.6f", rows[i].name, noise.na, noise.nm);
	}
}

static void properties_that_the_library_is_known_for_hold(void **state)
{
	/* Rank of the error matrix, zero operand exact, symmetric; measured independently. */
	static const struct {
		const char *name;
		int rank, zero_exact, symmetric;
	} rows[] = {
		{"1JFF", 0, 1, 1}, {"1446", 1, 1, 0}, {"Y48", 1, 1, 1}, {"199Z", 1, 1, 1},
		{"JQQ", 3, 1, 0}, {"125K", 4, 1, 0}, {"EXZ", 4, 1, 0}, {"17C8", 4, 1, 0},
		{"17QU", 4, 1, 0}, {"13QR", 5, 1, 0}, {"18DU", 6, 1, 0}, {"2P7", 6, 0, 0},
		{"GS2", 7, 1, 0}, {"7C1", 8, 1, 0}, {"150Q", 9, 1, 0}, {"CK5", 9, 1, 0},
		{"2AC", 10, 0, 0}, {"14VP", 11, 1, 0}, {"1AGV", 11, 1, 0}, {"QJD", 11, 1, 0},
		{"KEM", 15, 1, 1}, {"JV3", 17, 1, 0}, {"FTA", 18, 1, 0}, {"17KS", 19, 1, 0},
		{"96D", 22, 1, 0}, {"PKY", 37, 1, 0}, {"2HH", 49, 0, 0}, {"QKX", 51, 1, 0},
		{"NGR", 52, 1, 0}, {"DM1", 81, 1, 0}, {"19DB", 90, 1, 0}, {"ZFB", 111, 1, 0},
		{"YX7", 127, 1, 0}, {"185Q", 150, 1, 0}, {"L40", 192, 1, 0}, {"12N4", 228, 1, 0},
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cas_mul_metrics m;
		struct cas_err err = {""};

		assert_int_equal(cas_mul_library_get(&f->lib, rows[i].name, &f->mul, &err), CAS_OK);
		cas_mul_metrics_compute(&f->mul, &m);
		assert_int_equal(m.zero_exact, rows[i].zero_exact);
		assert_int_equal(m.symmetric, rows[i].symmetric);
		assert_int_equal(cas_mul_error_rank(&f->mul), rows[i].rank);
	}
}

static void a_multiplier_is_found_with_and_without_its_prefix(void **state)
{
	struct fixture *f = *state;
	const struct cas_mul_entry *with, *without;
	struct cas_err err = {""};

	assert_int_equal(cas_mul_library_find(&f->lib, "mul8u_NGR", &with, &err), CAS_OK);
	assert_int_equal(cas_mul_library_find(&f->lib, "NGR", &without, &err), CAS_OK);
	assert_ptr_equal(with, without);
	assert_string_equal(with->name, "NGR");
	assert_near(with->power_mw, 0.276, 0);
	assert_near(with->area_um2, 511.5, 0);
	assert_near(with->delay_ns, 1.37, 0);
	assert_int_equal(cas_mul_library_load(&f->lib, with, &f->mul, &err), CAS_OK);
	assert_string_equal(f->mul.name, "NGR");
}

static void an_unknown_name_is_answered_with_the_nearest(void **state)
{
	struct fixture *f = *state;
	struct cas_err err = {""};

	assert_int_equal(cas_mul_library_get(&f->lib, "mul8u_ngr", &f->mul, &err), CAS_INPUT);
	assert_string_equal(err.text, "multiplier 'mul8u_ngr' is unknown, the nearest name is NGR");
	assert_int_equal(cas_mul_library_get(&f->lib, "1JF", &f->mul, &err), CAS_INPUT);
	assert_string_equal(err.text, "multiplier '1JF' is unknown, the nearest name is 1JFF");
	assert_int_equal(cas_mul_library_get(&f->lib, "../x", &f->mul, &err), CAS_INPUT);
	assert_string_equal(err.text, "no multiplier has this name: a name is 1 to 31 letters, digits, "
		"'_', '-', '.'");
}

static void a_missing_library_names_the_file(void **state)
{
	struct cas_mul_library lib;
	struct cas_err err = {""};

	(void)state;
	assert_int_equal(cas_mul_library_open("no-such-folder", &lib, &err), CAS_INPUT);
	assert_string_equal(err.text, "no-such-folder/mul8u_lib/manifest.yaml: cannot open: No such file or directory");
	cas_mul_library_close(&lib);
}

static void what_is_added_is_read_back_the_same(void **state)
{
	struct fixture *f = *state;
	struct cas_mul_entry entry = {.name = "A", .source = "a \"test\"", .power_mw = 0.25,
		.area_um2 = -1, .delay_ns = -1, .claims = {.mae = "1.0", .mse = "55767.68e2"}};
	struct cas_mul8u *back = calloc(1, sizeof(*back));
	struct cas_mul_library again;
	struct cas_err err = {""};
	uint32_t i;

	new_home(f);
	for (i = 0; i < CAS_MUL8U_PAIRS; i++)
		f->mul.product[i] = (uint16_t)(i * 40503u >> 3);
	assert_int_equal(cas_mul_library_add(&f->mine, &entry, &f->mul, &err), CAS_OK);
	assert_int_equal(cas_mul_library_open(f->home, &again, &err), CAS_OK);
	assert_int_equal(again.count, 1);
	assert_memory_equal(&again.entries[0], &f->mine.entries[0], sizeof(entry));
	assert_string_equal(again.entries[0].source, "a \"test\"");
	assert_int_equal(cas_mul_library_get(&again, "A", back, &err), CAS_OK);
	assert_memory_equal(back->product, f->mul.product, sizeof(back->product));
	cas_mul_library_close(&again);
	cas_mul_library_close(&f->mine);
	free(back);
	remove_home(f);
}

static void a_taken_or_unfit_name_is_refused_and_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct cas_mul_entry entry = {.name = "A"};
	struct cas_err err = {""};
	char want[200];

	new_home(f);
	assert_int_equal(cas_mul_library_add(&f->mine, &entry, &f->mul, &err), CAS_OK);
	snprintf(entry.name, sizeof(entry.name), "mul8u_A");
	assert_int_equal(cas_mul_library_add(&f->mine, &entry, &f->mul, &err), CAS_INPUT);
	snprintf(want, sizeof(want), "%s/mul8u_lib: a multiplier 'mul8u_A' is already in the library",
		f->home);
	assert_string_equal(err.text, want);
	snprintf(entry.name, sizeof(entry.name), "../B");
	assert_int_equal(cas_mul_library_add(&f->mine, &entry, &f->mul, &err), CAS_INPUT);
	assert_string_equal(err.text, "'../B' is no name for a multiplier, expected 1 to 31 letters, "
		"digits, '_', '-', '.'");
	assert_int_equal(f->mine.count, 1);
	cas_mul_library_close(&f->mine);
	remove_home(f);
}

static void two_that_add_at_once_lose_nothing(void **state)
{
	struct fixture *f = *state;
	struct cas_mul_library other, now;
	struct cas_mul_entry a = {.name = "A"}, b = {.name = "B"};
	struct cas_err err = {""};
	char want[300];

	new_home(f);
	assert_int_equal(cas_mul_library_create(f->home, &other, &err), CAS_OK);
	cas_mul8u_make_exact(&f->mul);
	assert_int_equal(cas_mul_library_add(&f->mine, &a, &f->mul, &err), CAS_OK);
	assert_int_equal(cas_mul_library_add(&other, &b, &f->mul, &err), CAS_OK); /* it has not seen A */
	assert_string_equal(other.entries[1].name, "B");
	assert_int_equal(cas_mul_library_open(f->home, &now, &err), CAS_OK);
	assert_int_equal(now.count, 2);
	assert_int_equal(cas_mul_library_add(&f->mine, &b, &f->mul, &err), CAS_INPUT); /* nor this one B */
	snprintf(want, sizeof(want), "%s: a multiplier 'B' is already in the library", f->mine.folder);
	assert_string_equal(err.text, want);
	cas_mul_library_close(&now);
	cas_mul_library_close(&other);
	cas_mul_library_close(&f->mine);
	remove_home(f);
}

static void a_damaged_table_is_refused(void **state)
{
	struct fixture *f = *state;
	struct cas_mul_entry entry = {.name = "A"};
	struct cas_err err = {""};
	char path[160], want[400];

	new_home(f);
	assert_int_equal(cas_mul_library_add(&f->mine, &entry, &f->mul, &err), CAS_OK);
	snprintf(f->mine.entries[0].sha256, 65, "00");
	assert_int_equal(cas_mul_library_get(&f->mine, "A", &f->mul, &err), CAS_INPUT);
	assert_non_null(strstr(err.text, ", the manifest expects 00"));
	snprintf(path, sizeof(path), "%s/mul8u_lib/A.bin", f->home);
	assert_int_equal(truncate(path, 131071), 0);
	assert_int_equal(cas_mul_library_get(&f->mine, "A", &f->mul, &err), CAS_INPUT);
	snprintf(want, sizeof(want), "%s: 131071 bytes, expected 131072 (65536 products of 2 bytes)",
		path);
	assert_string_equal(err.text, want);
	assert_int_equal(truncate(path, 131073), 0);
	assert_int_equal(cas_mul_library_get(&f->mine, "A", &f->mul, &err), CAS_INPUT);
	snprintf(want, sizeof(want), "%s: 131073 bytes, expected 131072 (65536 products of 2 bytes)",
		path);
	assert_string_equal(err.text, want);
	cas_mul_library_close(&f->mine);
	remove_home(f);
}

static void a_malformed_summary_of_evoapprox_is_refused_and_nothing_is_added(void **state)
{
	static const char heading[] = "name,pdk45_pwr_mW,pdk45_area_um2,pdk45_delay_ns,mae_pct,mae,wce_pct,"
		"wce,wcre_pct,ep_pct,mre_pct,mse,zero_operand_exact,symmetric,sha256";
	static const struct {
		const char *rows, *message; /* after the folder */
	} cases[] = {
		{"mul8u_A,x,1,1,0,0,0,0,0,0,0,0,yes,yes,00\n", "/mul8u.csv:2: expected 15 cells: mul8u_NAME, "
			"numbers, yes or no twice, sha256"},
		{"mul8u_A,1,1,1,0,0,0,0,0,0,0,0,yes,yes\n", "/mul8u.csv:2: expected 15 cells: mul8u_NAME, "
			"numbers, yes or no twice, sha256"},
		{"mul8u_A,1,1,1,0,0,0,0,0,0,0,0,yes,yes,00\n",
			"/tables/mul8u_A.bin: cannot open: No such file or directory"},
	};
	struct fixture *f = *state;
	char folder[160], text[600], want[600];
	int added;
	struct cas_err err = {""};
	size_t i;

	new_home(f);
	snprintf(folder, sizeof(folder), "%s/mul8u_lib", f->home);
	write_text(f, "mul8u.csv", "name\n");
	assert_int_equal(cas_mul_library_import_evoapprox(&f->mine, folder, &added, &err), CAS_INPUT);
	snprintf(want, sizeof(want), "%s/mul8u.csv:1: expected the columns %s", folder, heading);
	assert_string_equal(err.text, want);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s\n%s", heading, cases[i].rows);
		write_text(f, "mul8u.csv", text);
		assert_int_equal(cas_mul_library_import_evoapprox(&f->mine, folder, &added, &err), CAS_INPUT);
		snprintf(want, sizeof(want), "%s%s", folder, cases[i].message);
		assert_string_equal(err.text, want);
	}
	assert_int_equal(f->mine.count, 0);
	remove_home(f);
}

static void a_malformed_manifest_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text, *where;
	} cases[] = {
		{"schema: other/1\nmultipliers: []\n", ":1:9: schema: expected capsacc-multipliers/1"},
		{"schema: capsacc-multipliers/1\n",
			":1:1: multipliers: expected a list of at most 1024 entries"},
		{"schema: capsacc-multipliers/1\nmultipliers: []\nmore: 1\n",
			":3:1: unknown key, expected schema or multipliers"},
		{"schema: capsacc-multipliers/1\nmultipliers:\n"
		 "  - {name: A, file: A.bin, sha256: x}\n  - {name: A, file: A.bin, sha256: x}\n",
			":4:5: multipliers[1].name: 'A' is already the name of another multiplier"},
		{"schema: capsacc-multipliers/1\nmultipliers:\n"
		 "  - {name: A, file: ../A.bin, sha256: x}\n",
			":3:5: multipliers[0]: name takes letters, digits, '_', '-', '.'; file is no path"},
	};
	struct fixture *f = *state;
	char want[300];
	size_t i;

	new_home(f);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cas_mul_library lib;
		struct cas_err err = {""};

		write_text(f, "manifest.yaml", cases[i].text);
		assert_int_equal(cas_mul_library_open(f->home, &lib, &err), CAS_INPUT);
		snprintf(want, sizeof(want), "%s/mul8u_lib/manifest.yaml%s", f->home, cases[i].where);
		assert_string_equal(err.text, want);
		cas_mul_library_close(&lib);
	}
	remove_home(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_36_tables_have_the_published_error_figures),
		cmocka_unit_test(generated_tables_are_what_their_names_say),
		cmocka_unit_test(noise_over_all_pairs_equals_the_modeled_columns_of_table_4),
		cmocka_unit_test(properties_that_the_library_is_known_for_hold),
		cmocka_unit_test(a_multiplier_is_found_with_and_without_its_prefix),
		cmocka_unit_test(an_unknown_name_is_answered_with_the_nearest),
		cmocka_unit_test(a_missing_library_names_the_file),
		cmocka_unit_test(what_is_added_is_read_back_the_same),
		cmocka_unit_test(a_taken_or_unfit_name_is_refused_and_changes_nothing),
		cmocka_unit_test(two_that_add_at_once_lose_nothing),
		cmocka_unit_test(a_damaged_table_is_refused),
		cmocka_unit_test(a_malformed_summary_of_evoapprox_is_refused_and_nothing_is_added),
		cmocka_unit_test(a_malformed_manifest_is_refused_with_its_place),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
