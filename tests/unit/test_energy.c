/* Are accesses and operations counted as docs/energy.md defines them, is energy their sum with the
 * technology's values, and are the technology files whole? */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cost/cost.h"
#include "cost/energy.h"
#include "cost/traffic.h"
#include "cost_networks.h"

#define NEAR(got, want) assert_true((got) > (want) * (1 - 1e-9) - 1e-12 && (got) < (want) * (1 + 1e-9) + 1e-12)

static void read_45nm(struct cas_technology *tech)
{
	struct cas_err err = {""};

	if (cas_technology_read(tech, "configs/tech/45nm.yaml", &err))
		fail_msg("%s", err.text);
}

static struct cas_traffic traffic_of(const struct cas_program *p, const struct cas_accel *a,
	const char *name)
{
	for (size_t i = 0; i < p->steps; i++)
		if (!strcmp(p->step[i].name, name))
			return cas_traffic_of(p, i, a);
	fail_msg("no step %s", name);
	return (struct cas_traffic){0};
}

static void access_is(const struct cas_access *a, uint64_t reads, uint64_t read_bytes, uint64_t writes,
	uint64_t write_bytes)
{
	assert_int_equal(a->reads, reads);
	assert_int_equal(a->read_bytes, read_bytes);
	assert_int_equal(a->writes, writes);
	assert_int_equal(a->write_bytes, write_bytes);
}

static void a_convolution_is_counted_by_hand(void **state)
{
	/* Five positions, K = 3, N = 3 on 2x2, depth 4, no patches: blocks of columns 2 and 1, of vectors 4
	 * and 1, chunks of 2 and 1.  Passes (rho, n, m): (2,2,4) (1,2,4) (2,2,1) (1,2,1), then with n = 1. */
	static struct cas_network net;
	struct cas_accel accel = accelerator(2, 2);
	struct cas_program p;
	struct cas_traffic t;
	struct cas_err err;

	(void)state;
	start_network(&net, 1, 5, 3);
	add_conv(&net, "L", 1, 1, 1, 0, 3);
	accel.accumulator_depth = 4;
	assert_int_equal(cas_program_lower(&p, &net, &accel, &err), CAS_OK);
	t = traffic_of(&p, &accel, "L");
	assert_int_equal(t.products, 45);
	/* data: a vector a pass: 2 x (4 + 4 + 1 + 1) reads; K bytes for each position and column block;
	 * written once a position and column block, N bytes in all */
	access_is(&t.buffer[CAS_BUF_DATA], 20, 2 * 5 * 3, 10, 15);
	/* weights: read once a block of vectors, 3 words of 2 bytes a column block; fetched once */
	access_is(&t.buffer[CAS_BUF_WEIGHT], 12, 24, 6, 12);
	assert_int_equal(t.dram_read_bytes, 12);
	/* accumulators: first chunk writes, last reads: positions x N words of 4 bytes */
	access_is(&t.accumulator, 15, 60, 15, 60);
	assert_int_equal(t.accumulates, 15);
	assert_int_equal(t.requantised, 15);
	/* registers, bits.  Loads of rho = 2: 2 columns x 9 x (3 shifts + 2 latches) = 90; of rho = 1:
	 * 2 x 9 x 2 = 36; four of each: 504.  Streams: activations 10 bits x 2 columns x rho: 20 x K x 5
	 * positions x 2 column blocks = 600; sums: 2 rows x n x 25 bits x 10 vectors (n = 2) and (n = 1):
	 * 1,000 + 500 */
	assert_int_equal(t.register_bits, 504 + 600 + 1500);
	t = traffic_of(&p, &accel, "load input");
	access_is(&t.buffer[CAS_BUF_DATA], 0, 0, 8, 15); /* 15 bytes in beats of 2 */
	assert_int_equal(t.dram_read_bytes, 16);
	t = traffic_of(&p, &accel, "store result");
	access_is(&t.buffer[CAS_BUF_DATA], 8, 15, 0, 0);
	assert_int_equal(t.dram_write_bytes, 16);
	cas_program_clear(&p);
}

static void routing_is_counted_by_hand(void **state)
{
	/* Three capsules of 2, two classes of 2, two iterations, on 2x2 (see test_micro_layers.c). */
	static struct cas_network net;
	struct cas_accel accel = accelerator(2, 2);
	struct cas_program p;
	struct cas_traffic t;
	struct cas_err err;

	(void)state;
	start_network(&net, 1, 3, 1);
	add_primary(&net, "P", 1, 1, 1, 2);
	add_class(&net, "C", 2, 2, 2);
	assert_int_equal(cas_program_lower(&p, &net, &accel, &err), CAS_OK);
	t = traffic_of(&p, &accel, "C votes");
	assert_int_equal(t.products, 24);
	access_is(&t.buffer[CAS_BUF_WEIGHT], 12, 24, 12, 24);
	access_is(&t.buffer[CAS_BUF_DATA], 6, 12, 0, 0);
	access_is(&t.buffer[CAS_BUF_VOTES], 0, 0, 6, 12);
	t = traffic_of(&p, &accel, "C sum 1"); /* coupling is a constant */
	access_is(&t.buffer[CAS_BUF_COUPLING], 0, 0, 0, 0);
	access_is(&t.buffer[CAS_BUF_VOTES], 6, 12, 0, 0);
	access_is(&t.buffer[CAS_BUF_DATA], 0, 0, 2, 4);
	t = traffic_of(&p, &accel, "C sum 2");
	access_is(&t.buffer[CAS_BUF_COUPLING], 4, 6, 0, 0);
	access_is(&t.accumulator, 4, 16, 4, 16);
	assert_int_equal(t.products, 12);
	t = traffic_of(&p, &accel, "C squash 1");
	access_is(&t.buffer[CAS_BUF_V], 0, 0, 2, 4);
	assert_int_equal(t.squash_products, 4);
	assert_int_equal(t.squash_capsules, 2);
	t = traffic_of(&p, &accel, "P squash");
	access_is(&t.buffer[CAS_BUF_V], 0, 0, 0, 0);
	access_is(&t.buffer[CAS_BUF_DATA], 3, 6, 3, 6);
	t = traffic_of(&p, &accel, "C update 1"); /* both columns multiply, one is kept */
	assert_int_equal(t.products, 24);
	access_is(&t.buffer[CAS_BUF_V], 2, 4, 0, 0);
	access_is(&t.buffer[CAS_BUF_VOTES], 6, 12, 0, 0);
	access_is(&t.buffer[CAS_BUF_LOGITS], 0, 0, 6, 6);
	access_is(&t.buffer[CAS_BUF_COUPLING], 0, 0, 6, 6);
	assert_int_equal(t.softmax_elements, 6);
	assert_int_equal(t.requantised, 6);
	cas_program_clear(&p);
}

static void energy_is_counts_times_values(void **state)
{
	static struct cas_technology tech;
	struct cas_accel accel = accelerator(16, 16);
	struct cas_traffic t = {.products = 1000, .accumulates = 100, .register_bits = 10000,
		.dram_read_bytes = 7, .dram_write_bytes = 3, .requantised = 10, .softmax_elements = 4,
		.squash_products = 8, .squash_elements = 8, .squash_capsules = 1};
	struct cas_energy_plan plan;
	struct cas_energy e;

	(void)state;
	read_45nm(&tech);
	plan = cas_energy_plan_of(&accel, &tech, NULL);
	t.buffer[CAS_BUF_DATA] = (struct cas_access){1, 1, 16, 16};
	t.accumulator = (struct cas_access){1, 1, 8, 8};
	e = cas_energy_of(&plan, &t, 0.5, 0.25, 1000);
	NEAR(e.component_pj[CAS_E_MULTIPLIERS], 1000 * 0.2 * 0.5);
	/* 25 bits: 0.03 + 0.07 x 17 / 24 */
	NEAR(e.component_pj[CAS_E_ADDERS], 1000 * (0.03 + 0.07 * 17 / 24) + 100 * 0.1);
	NEAR(e.component_pj[CAS_E_REGISTERS], 10000 * 0.01726);
	NEAR(e.component_pj[CAS_E_DATA], 30.1171 + 26.8889); /* 256 KiB, a 16-byte word each way */
	NEAR(e.component_pj[CAS_E_ACCUMULATORS], 1.31542 + 1.75245); /* 2 KiB a column, 8 bytes each way */
	NEAR(e.component_pj[CAS_E_DRAM], 10 * 64.0);
	NEAR(e.component_pj[CAS_E_REQUANTISE], 10 * (0.1 + 1.55));
	NEAR(e.component_pj[CAS_E_SQUASH], 8 * 0.2 * 0.25 + 8 * 0.5 + 0.7805);
	NEAR(e.component_pj[CAS_E_SOFTMAX], 4 * (0.03 + 0.1578 + 0.1 + 1.0717));
	/* 1000 cycles of 3 ns = 3 us */
	NEAR(e.component_pj[CAS_E_STATIC], plan.static_mw * 3000);
}

static void static_power_is_leakage_of_what_is_there(void **state)
{
	static struct cas_technology tech;
	static struct cas_mul_cost mul;
	struct cas_accel accel = accelerator(16, 16);
	/* 256 + 64 + 256 + 16 + 16 + 4 KiB with 16-byte words; 16 columns of 2 KiB with 8-byte words */
	double sram = 2 * (3.17945 + 11.4133) + 0.794863 + 2.85332 + 2 * (0.218915 + 0.857909) +
		0.0628611 + 0.264566 + 16 * (0.0317306 + 0.150492);

	(void)state;
	read_45nm(&tech);
	NEAR(cas_energy_plan_of(&accel, &tech, NULL).static_mw, sram + 256 * 1333.75e-6 * 18.25);
	cas_mul_cost_exact(&mul);
	NEAR(cas_energy_plan_of(&accel, &tech, &mul).static_mw, sram + 256 * 1333.75e-6 * 18.25);
	mul.static_area_um2 = 709.6 + 300; /* a second multiplier of 300 um2 in every PE leaks too */
	NEAR(cas_energy_plan_of(&accel, &tech, &mul).static_mw, sram + 256 * 1633.75e-6 * 18.25);
}

static void sram_values_are_interpolated_as_documented(void **state)
{
	static struct cas_technology tech;

	(void)state;
	tech.sram[0] = (struct cas_sram_table){8, 3, {{1024, 8, 16, 1}, {4096, 16, 64, 3}, {8192, 32, 64, 9}}};
	tech.sram[1] = (struct cas_sram_table){16, 2, {{1024, 16, 16, 1}, {4096, 64, 16, 5}}};
	NEAR(cas_sram_cost(&tech, 1024, 8).read_pj_per_byte, 1);
	NEAR(cas_sram_cost(&tech, 16, 8).read_pj_per_byte, 1); /* below the table: the smallest row */
	NEAR(cas_sram_cost(&tech, 2048, 8).read_pj_per_byte, sqrt(2)); /* halfway in log size */
	NEAR(cas_sram_cost(&tech, 2048, 8).write_pj_per_byte, 4);
	NEAR(cas_sram_cost(&tech, 2048, 8).leakage_mw, 1 + 2.0 / 3); /* a third of the way in size */
	NEAR(cas_sram_cost(&tech, 4096, 8).read_pj_per_byte, 2);
	NEAR(cas_sram_cost(&tech, 8192, 8).leakage_mw, 9);
	NEAR(cas_sram_cost(&tech, 16384, 8).read_pj_per_byte, 8); /* doubles with the size, as the last two */
	NEAR(cas_sram_cost(&tech, 16384, 8).leakage_mw, 18);
	NEAR(cas_sram_cost(&tech, 2048, 9).read_pj_per_byte, 2); /* 16-byte words */
	NEAR(cas_sram_cost(&tech, 2048, 256).read_pj_per_byte, 2);
}

static void an_approximate_multiplier_changes_its_own_products_alone(void **state)
{
	static struct cas_network net;
	static struct cas_technology tech;
	static struct cas_mul_cost mul;
	struct cas_accel accel = accelerator(16, 16);
	struct cas_program p;
	struct cas_cost exact, cheap;
	struct cas_err err;

	(void)state;
	read_45nm(&tech);
	capsnet(&net);
	cas_mul_cost_exact(&mul);
	mul.power_ratio[2][CAS_GROUP_SUM] = 0.5;
	assert_int_equal(cas_program_lower(&p, &net, &accel, &err), CAS_OK);
	assert_int_equal(cas_cost_run(&exact, &p, &accel, &tech, NULL, &err), CAS_OK);
	assert_int_equal(cas_cost_run(&cheap, &p, &accel, &tech, &mul, &err), CAS_OK);
	for (size_t i = 0; i < p.steps; i++) {
		double ratio = p.step[i].kind == CAS_STEP_SUM ? 0.5 : 1;

		NEAR(cheap.step[i].energy.component_pj[CAS_E_MULTIPLIERS],
			ratio * exact.step[i].energy.component_pj[CAS_E_MULTIPLIERS]);
		for (int c = CAS_E_ADDERS; c < CAS_COMPONENTS; c++)
			NEAR(cheap.step[i].energy.component_pj[c], exact.step[i].energy.component_pj[c]);
	}
	NEAR(exact.total.energy.total_pj - cheap.total.energy.total_pj, 3 * 184320 * 0.2 / 2);
	cas_cost_clear(&exact);
	cas_cost_clear(&cheap);
	cas_program_clear(&p);
}

static void totals_are_sums_over_steps_and_components(void **state)
{
	static struct cas_network net;
	static struct cas_technology tech;
	struct cas_accel accel = accelerator(16, 16);
	struct cas_program p;
	struct cas_cost cost;
	struct cas_err err;
	double by_step = 0, by_component = 0;
	uint64_t dram = 0;

	(void)state;
	read_45nm(&tech);
	capsnet(&net);
	assert_int_equal(cas_program_lower(&p, &net, &accel, &err), CAS_OK);
	assert_int_equal(cas_cost_run(&cost, &p, &accel, &tech, NULL, &err), CAS_OK);
	for (size_t i = 0; i < cost.steps; i++) {
		by_step += cost.step[i].energy.total_pj;
		dram += cost.step[i].traffic.dram_read_bytes + cost.step[i].traffic.dram_write_bytes;
		assert_int_equal(cost.step[i].verified, 0);
	}
	for (int c = 0; c < CAS_COMPONENTS; c++)
		by_component += cost.total.energy.component_pj[c];
	NEAR(by_step, cost.total.energy.total_pj);
	NEAR(by_component, cost.total.energy.total_pj);
	assert_int_equal(cost.dram.weight_read, 6803712);
	assert_int_equal(cost.dram.input_read, 32400);
	assert_int_equal(cost.dram.result_write, 160);
	assert_int_equal(cost.dram.weight_read + cost.dram.input_read + cost.dram.result_write, dram);
	assert_int_equal(cost.buffer[CAS_BUF_DATA].peak_bytes, 134800);
	assert_int_equal(cost.accumulator.peak_bytes, 400 * 16 * 4);
	NEAR(cost.latency_ms, (double)cost.total.cycles * 3e-6);
	cas_cost_clear(&cost);
	cas_program_clear(&p);
}

static void technology_files_are_whole(void **state)
{
	static const char *const path[] = {"configs/tech/45nm.yaml", "configs/tech/32nm.yaml"};
	static struct cas_technology tech;
	struct cas_err err = {""};

	(void)state;
	for (int i = 0; i < 2; i++) {
		if (cas_technology_read(&tech, path[i], &err))
			fail_msg("%s", err.text);
		assert_int_equal(tech.node_nm, i ? 32 : 45);
		assert_int_equal(tech.sram[0].rows, 14);
		assert_int_equal(tech.sram[1].rows, 14);
		assert_true(tech.multiply_8bit_pj.value > 0 && tech.register_bit_pj.value > 0);
		assert_true(tech.sram_source[0] && tech.multiply_8bit_pj.source[0]);
	}
}

/* Read the 45 nm file with one text replaced by another. */
static cas_status read_changed(const char *from, const char *to, struct cas_err *err)
{
	static struct cas_technology tech;
	static char text[32768], changed[32768];
	FILE *file = fopen("configs/tech/45nm.yaml", "rb");
	size_t size, before;
	const char *at;
	cas_status status;

	assert_non_null(file);
	size = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[size] = '\0';
	at = strstr(text, from);
	assert_non_null(at);
	before = (size_t)(at - text);
	snprintf(changed, sizeof changed, "%.*s%s%s", (int)before, text, to, at + strlen(from));
	file = fopen("build/tech.yaml", "wb");
	assert_non_null(file);
	fwrite(changed, 1, strlen(changed), file);
	fclose(file);
	status = cas_technology_read(&tech, "build/tech.yaml", err);
	remove("build/tech.yaml");
	return status;
}

static void faults_in_a_technology_file_are_named(void **state)
{
	static const char *const fault[][3] = {
		{"pj: 0.2\n", "pj: -1\n", "build/tech.yaml:8:9: technology.multiply_8bit.pj: "
			"-1 is outside 0..1000000000 pJ"},
		{"    pj: 0.2\n", "", "build/tech.yaml:5:3: technology.multiply_8bit.pj: missing, expected "
			"a number in 0..1000000000 pJ"},
		{"  multiply_8bit:", "  multiplier:", "build/tech.yaml:7:3: technology.multiplier: unknown key"},
		{"sram:\n", "ram:\n", "build/tech.yaml:55:1: ram: unknown key, expected technology and sram"},
		{"word_bytes: 8, size_bytes: 2 KiB", "word_bytes: 8, size_bytes: 1 KiB",
			"build/tech.yaml:59:7: sram.macros: size_bytes of 8-byte words does not ascend"},
		{"word_bytes: 8, size_bytes: 1 KiB", "word_bytes: 9, size_bytes: 1 KiB",
			"build/tech.yaml:58:7: sram.macros: word_bytes is 9, expected 8 or 16"},
		{"um2: 709.6", "um2: 0", "build/tech.yaml:5:3: technology.exact_multiplier_area.um2: 0, expected "
			"more than 0 and at most pe_area.um2 (1333.75)"},
		{"um2: 1333.75", "um2: 709", "build/tech.yaml:5:3: technology.exact_multiplier_area.um2: 709.6, "
			"expected more than 0 and at most pe_area.um2 (709)"},
		{"source: \"none: left out\"", "source: \"\"",
			"build/tech.yaml:5:3: technology.dram_background.source: empty, expected words"},
	};
	struct cas_err err;

	(void)state;
	for (size_t i = 0; i < sizeof fault / sizeof fault[0]; i++) {
		assert_int_equal(read_changed(fault[i][0], fault[i][1], &err), CAS_INPUT);
		assert_string_equal(err.text, fault[i][2]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_convolution_is_counted_by_hand),
		cmocka_unit_test(routing_is_counted_by_hand),
		cmocka_unit_test(energy_is_counts_times_values),
		cmocka_unit_test(static_power_is_leakage_of_what_is_there),
		cmocka_unit_test(sram_values_are_interpolated_as_documented),
		cmocka_unit_test(an_approximate_multiplier_changes_its_own_products_alone),
		cmocka_unit_test(totals_are_sums_over_steps_and_components),
		cmocka_unit_test(technology_files_are_whole),
		cmocka_unit_test(faults_in_a_technology_file_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
