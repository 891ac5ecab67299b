/* Does the 8-bit engine equal an independent reference, byte for byte?
 *
 * tests/golden/data holds small random networks and every tensor that numerics.py, written from
 * docs/numerics.md and not from the C sources, gives for them under many configurations.  Run from
 * the repository root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/engine8.h"
#include "io/safetensors.h"
#include "model/network_load.h"

#define FOLDER "tests/golden/data/"

/* The columns of `cases`; the file's metadata must name them in this order. */
static const char columns[] = "mapping table_layer table_votes table_sum table_update table_squash "
	"swap_operands zero_gating psum_bits acc_bits saturate shift_requant iterations rows patches "
	"calibrate";

struct golden_case {
	int32_t mapping, table[CAS_GROUPS], swap_operands, zero_gating, psum_bits, acc_bits, saturate,
		shift_requant, iterations, rows, patches, calibrate;
};

enum { EXACT, ROUGH, GARBAGE, NGR, T2HH, EXACT_SIGNED, ROUGH_SIGNED, TRUNCS4, TABLES };

static const char *const tensor_names[CAS_TAP_TENSORS] = {"sums", "pre", "result", "votes",
	"coupling", "v", "logits"};

/* One folder and what was found in it. */
struct golden {
	const char *name;
	struct cas_network net;
	struct cas_safetensors *file;
	size_t cases, images, pixel_bytes;
	struct golden_case *list;
	const uint8_t *pixels;
	uint16_t *table[TABLES];
	uint64_t cut; /* overflows of all cases */
};

/* One inference under comparison. */
struct comparison {
	const struct golden *golden;
	size_t index, image;
	const char *path; /* "best", ... */
	uint64_t words, wrong;
};

static const struct cas_st_tensor *find(const struct golden *g, const char *name, enum cas_dtype dtype)
{
	const struct cas_st_tensor *tensor = cas_safetensors_find(g->file, name);
	if (!tensor)
		fail_msg("%s: no tensor \"%s\"", g->name, name);
	assert_int_equal(tensor->dtype, dtype);
	return tensor;
}

static void read_table(uint16_t *table, const char *path)
{
	uint8_t bytes[2];
	FILE *file = fopen(path, "rb");
	if (!file)
		fail_msg("cannot open %s", path);
	for (int i = 0; i < 65536; i++) {
		assert_int_equal(fread(bytes, 1, 2, file), 2);
		table[i] = (uint16_t)(bytes[0] | bytes[1] << 8);
	}
	fclose(file);
}

/* The formula of make_golden.py. */
static uint16_t garbage(uint32_t i)
{
	uint32_t g = (i + 12345) * UINT32_C(0x9E3779B1);
	g ^= g >> 15;
	g *= UINT32_C(0x85EBCA77);
	return (uint16_t)(g ^ g >> 13);
}

static void make_tables(struct golden *g)
{
	for (int t = 0; t < TABLES; t++) {
		g->table[t] = malloc(65536 * sizeof(uint16_t));
		assert_non_null(g->table[t]);
	}
	for (uint32_t i = 0; i < 65536; i++) {
		uint32_t exact = (i >> 8) * (i & 255);
		g->table[EXACT][i] = (uint16_t)exact;
		g->table[GARBAGE][i] = garbage(i);
		g->table[ROUGH][i] = (uint16_t)(exact ^ (garbage(i) & 0x3ff));
		g->table[EXACT_SIGNED][i] = (uint16_t)((int8_t)(i >> 8) * (int8_t)(i & 255));
		g->table[ROUGH_SIGNED][i] = (uint16_t)(g->table[EXACT_SIGNED][i] ^ (garbage(i) & 0x3ff));
	}
	read_table(g->table[NGR], "mul8u_lib/NGR.bin");
	read_table(g->table[T2HH], "mul8u_lib/2HH.bin");
	read_table(g->table[TRUNCS4], "mul8u_lib/TRUNCS4.bin");
}

static void open_golden(struct golden *g, const char *name)
{
	struct cas_err err;
	char path[128];
	memset(g, 0, sizeof *g);
	g->name = name;
	snprintf(path, sizeof path, FOLDER "%s", name);
	if (cas_network_load(&g->net, path, CAS_NETWORK_WEIGHTS, &err))
		fail_msg("%s", err.text);
	snprintf(path, sizeof path, FOLDER "%s/expected.safetensors", name);
	if (cas_safetensors_open(path, &g->file, &err))
		fail_msg("%s", err.text);
	assert_string_equal(cas_safetensors_metadata(g->file, "columns"), columns);
	const struct cas_st_tensor *cases = find(g, "cases", CAS_DT_I32);
	const struct cas_st_tensor *pixels = find(g, "pixels", CAS_DT_U8);
	g->cases = (size_t)cases->shape[0];
	assert_int_equal(cases->size_bytes, g->cases * sizeof(struct golden_case));
	g->list = malloc((size_t)cases->size_bytes);
	assert_non_null(g->list);
	memcpy(g->list, cases->data, (size_t)cases->size_bytes);
	g->images = (size_t)pixels->shape[0];
	g->pixel_bytes = (size_t)pixels->elements / g->images;
	assert_int_equal(g->pixel_bytes, g->net.input.h * g->net.input.w * g->net.input.c);
	g->pixels = pixels->data;
	make_tables(g);
}

static void close_golden(struct golden *g)
{
	for (int t = 0; t < TABLES; t++)
		free(g->table[t]);
	free(g->list);
	cas_safetensors_close(g->file);
	cas_network_clear(&g->net);
}

static int value_at(const struct cas_tap_event *event, const uint8_t *bytes, size_t i)
{
	int32_t sum;
	if (event->tensor != CAS_TAP_SUMS)
		return bytes[i];
	memcpy(&sum, bytes + i * sizeof sum, sizeof sum);
	return sum;
}

static size_t positions(const struct golden *g, const struct cas_tap_event *event)
{
	int one = event->tensor == CAS_TAP_SUMS || event->tensor == CAS_TAP_VOTES || event->tensor == CAS_TAP_RESULT;
	const struct cas_layer *layer = &g->net.layer[event->layer];
	return one || !cas_layer_routes(layer) ? 1 : (size_t)layer->routing.positions;
}

/* Expected tensors are [case][image][iteration][element]. */
static void compare(void *ctx, const struct cas_tap_event *event)
{
	struct comparison *c = ctx;
	const struct golden *g = c->golden;
	char name[CAS_NAME_BYTES + 16];
	int sums = event->tensor == CAS_TAP_SUMS;
	snprintf(name, sizeof name, "%s.%s", g->net.layer[event->layer].name, tensor_names[event->tensor]);
	const struct cas_st_tensor *want = find(g, name, sums ? CAS_DT_I32 : CAS_DT_U8);
	assert_int_equal(want->dims, 4);
	size_t places = positions(g, event); /* of ConvCaps3D: its events come position by position */
	assert_int_equal(want->shape[3], places * event->count);
	assert_true(event->iter >= 0 && (uint64_t)event->iter < want->shape[2]);
	size_t step = (c->index * g->images + c->image) * (size_t)want->shape[2] + (size_t)event->iter;
	const uint8_t *from = (const uint8_t *)want->data +
		(step * places + (size_t)event->position) * event->count * (sums ? 4 : 1);
	size_t wrong = 0, first = 0;
	for (size_t i = 0; i < event->count; i++)
		if (value_at(event, event->data, i) != value_at(event, from, i) && !wrong++)
			first = i;
	if (wrong)
		print_error("%s case %zu image %zu (%s): %s, iteration %d, element %zu of %zu: got %d, want %d "
			"(codes as bytes); %zu differ\n", g->name, c->index, c->image, c->path, name, event->iter,
			first, event->count, value_at(event, event->data, first), value_at(event, from, first), wrong);
	c->words += event->count;
	c->wrong += wrong;
}

static void compare_overflows(struct golden *g, struct comparison *c, const struct cas_worker8 *worker)
{
	const struct cas_st_tensor *want = find(g, "overflows", CAS_DT_I64);
	for (int l = 0; l < g->net.layers; l++) {
		uint64_t count;
		memcpy(&count, (const uint64_t *)want->data + c->index * (size_t)g->net.layers + (size_t)l,
			sizeof count);
		g->cut += count;
		if (cas_worker8_overflows(worker, l) == count)
			continue;
		print_error("%s case %zu (%s): overflows of %s: got %llu, want %llu\n", g->name, c->index,
			c->path, g->net.layer[l].name, (unsigned long long)cas_worker8_overflows(worker, l),
			(unsigned long long)count);
		c->wrong++;
	}
}

static struct cas_engine8 *plan(const struct golden *g, const struct golden_case *row,
	const struct cas_engine8_options *path)
{
	struct cas_engine8_options options = *path;
	struct cas_engine8 *engine;
	struct cas_tables tables;
	struct cas_err err;
	options.rows = row->rows;
	options.numerics = (struct cas_numerics){.mapping = (enum cas_mapping)row->mapping,
		.swap_operands = row->swap_operands, .zero_gating = row->zero_gating,
		.psum_bits = row->psum_bits, .acc_bits = row->acc_bits,
		.overflow = row->saturate ? CAS_SATURATE : CAS_WRAP,
		.requant = row->shift_requant ? CAS_REQUANT_SHIFT : CAS_REQUANT_MULTIPLIER,
		.iterations = row->iterations};
	assert_true(row->calibrate >= 0 && (size_t)row->calibrate <= g->images);
	memset(options.patches, row->patches, sizeof options.patches);
	for (int l = 0; l < CAS_MAX_LAYERS; l++)
		for (int t = 0; t < CAS_GROUPS; t++)
			tables.table[l][t] = g->table[row->table[t]];
	if (cas_engine8_plan(&engine, &g->net, &tables, &options, &err))
		fail_msg("%s", err.text);
	if (row->calibrate && cas_engine8_calibrate_bias(engine, g->pixels, row->calibrate, 1, NULL, &err))
		fail_msg("%s", err.text);
	return engine;
}

/* One case on one path; numbers of words compared and wrong. */
static void run_case(struct golden *g, struct comparison *c, const struct cas_engine8_options *path)
{
	struct cas_engine8 *engine = plan(g, &g->list[c->index], path);
	struct cas_worker8 *worker;
	struct cas_tap tap = {compare, c};
	struct cas_err err;
	uint64_t want_words, before = c->words;
	int32_t want;
	assert_int_equal(cas_worker8_new(&worker, engine, &err), CAS_OK);
	for (c->image = 0; c->image < g->images; c->image++) {
		int answer = cas_engine8_run(engine, worker, g->pixels + c->image * g->pixel_bytes, &tap);
		memcpy(&want, (const int32_t *)find(g, "answers", CAS_DT_I32)->data + c->index * g->images +
			c->image, sizeof want);
		if (answer != want) {
			print_error("%s case %zu image %zu (%s): answer: got %d, want %d\n", g->name, c->index,
				c->image, c->path, answer, want);
			c->wrong++;
		}
	}
	compare_overflows(g, c, worker);
	/* What the engine does not show cannot be compared: that would be a failure, too. */
	memcpy(&want_words, (const uint64_t *)find(g, "words", CAS_DT_I64)->data + c->index,
		sizeof want_words);
	if (c->words - before != want_words) {
		print_error("%s case %zu (%s): words compared: got %llu, want %llu\n", g->name, c->index,
			c->path, (unsigned long long)(c->words - before), (unsigned long long)want_words);
		c->wrong++;
	}
	cas_worker8_free(worker);
	cas_engine8_free(engine);
}

static void check_network(const char *name)
{
	static const struct { const char *name; enum cas_isa isa; int reference_only; } paths[] = {
		{"best", CAS_ISA_BEST, 0}, {"portable", CAS_ISA_PORTABLE, 0}, {"reference", CAS_ISA_BEST, 1}};
	struct golden g;
	struct comparison c = {.golden = &g};
	open_golden(&g, name);
	assert_true(g.cases >= 20);
	for (int twice = 0; twice < 2; twice++)
		for (size_t p = 0; p < sizeof paths / sizeof paths[0]; p++) {
			struct cas_engine8_options options = {.isa = paths[p].isa,
				.reference_only = paths[p].reference_only};
			c.path = paths[p].name;
			for (c.index = 0; c.index < g.cases; c.index++)
				run_case(&g, &c, &options);
		}
	print_message("# note: %s: %zu cases, %llu words compared, %llu differ; %llu overflows\n", name,
		g.cases, (unsigned long long)c.words, (unsigned long long)c.wrong, (unsigned long long)g.cut);
	assert_true(c.words > 50000);
	assert_true(g.cut > 500);
	assert_int_equal(c.wrong, 0);
	close_golden(&g);
}

static void a_capsule_network_equals_the_reference(void **state)
{
	(void)state;
	check_network("small");
}

static void signed_maps_and_long_capsules_equal_the_reference(void **state)
{
	(void)state;
	check_network("signed");
}

static void a_plain_network_equals_the_reference(void **state)
{
	(void)state;
	check_network("plain");
}

static void capsules_on_capsules_equal_the_reference(void **state)
{
	(void)state;
	check_network("deep");
}

static void deepcaps_s_layers_equal_the_reference(void **state)
{
	(void)state;
	check_network("block");
}

static void capsules_without_a_sign_equal_the_reference(void **state)
{
	(void)state;
	check_network("relu");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capsule_network_equals_the_reference),
		cmocka_unit_test(signed_maps_and_long_capsules_equal_the_reference),
		cmocka_unit_test(a_plain_network_equals_the_reference),
		cmocka_unit_test(capsules_on_capsules_equal_the_reference),
		cmocka_unit_test(deepcaps_s_layers_equal_the_reference),
		cmocka_unit_test(capsules_without_a_sign_equal_the_reference),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
