/* Fuzzes the YAML tree and what reads it: run configurations and networks, from memory.  With
 * libFuzzer, from the repository root:
 *   mkdir -p build/fuzz && clang -std=c17 -g -O1 -D_POSIX_C_SOURCE=200809L -DCAS_LIBFUZZER -Isim -Itests \
 *     -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o build/fuzz/fuzz_yaml \
 *     tests/fuzz/fuzz_yaml.c sim/base/mem.c sim/base/status.c sim/io/infile.c sim/io/yaml.c \
 *     sim/io/schema*.c sim/study/run_config.c sim/model/network_shape.c sim/model/network_text.c \
 *     -lyaml -lz
 *   build/fuzz/fuzz_yaml -max_total_time=60 -max_len=4096
 * Without CAS_LIBFUZZER it is a program that runs the same function on seeded damage to good files.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/replay.h"
#include "model/network_text.h"
#include "study/run_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const struct cas_err *err)
{
	if (!err->text[0] || strchr(err->text, '\n'))
		abort();
}

/* What was accepted is written and accepted again, equal.  Returns whether it was accepted. */
static int try_config(const struct cas_yaml *doc)
{
	struct cas_run_config a = {0}, b = {0};
	struct cas_err err;
	struct cas_yaml *again;
	struct cas_buf buf;
	if (cas_schema_load(cas_run_config_schema(), doc, NULL, 0, NULL, &a, &err)) {
		check_message(&err);
		return 0;
	}
	if (a.accel.rows < 1 || a.accel.rows > 256 || !(a.accel.clock_mhz > 0))
		abort();
	cas_buf_init(&buf, 1 << 20);
	cas_run_config_write(&a, &buf);
	if (cas_yaml_parse(&again, "again", buf.data, buf.size_bytes, &err) ||
	    cas_schema_load(cas_run_config_schema(), again, NULL, 0, NULL, &b, &err) ||
	    memcmp(&a, &b, sizeof a))
		abort();
	cas_yaml_free(again);
	cas_buf_clear(&buf);
	return 1;
}

static int try_network(const struct cas_yaml *doc)
{
	struct cas_network_text *text = malloc(sizeof *text);
	struct cas_err err;
	if (!text)
		abort();
	int accepted = !cas_network_text_parse(text, doc, &err);
	if (!accepted)
		check_message(&err);
	else if (text->net.layers < 1 || text->net.parameters < 1 || text->net.macs < 1)
		abort();
	free(text);
	return accepted;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cas_yaml *doc;
	struct cas_err err;
	if (cas_yaml_parse(&doc, "fuzz", (const char *)data, size, &err)) {
		if (doc)
			abort();
		check_message(&err);
		return 0;
	}
	try_config(doc);
	try_network(doc);
	cas_yaml_free(doc);
	return 0;
}

#ifndef CAS_LIBFUZZER
static void replay(const char *seed, int (*reader)(const struct cas_yaml *))
{
	struct cas_yaml *doc;
	struct cas_err err;
	/* Damage to a file that is refused anyway would test little. */
	assert_int_equal(cas_yaml_parse(&doc, "seed", seed, strlen(seed), &err), CAS_OK);
	assert_true(reader(doc));
	cas_yaml_free(doc);
	fuzz_replay(LLVMFuzzerTestOneInput, (const uint8_t *)seed, strlen(seed));
}

static void damaged_run_files_never_crash_the_reader(void **state)
{
	(void)state;
	replay("name: \"x\\ty\"\nnetwork: {path: a/b}\narray:\n  rows: 16\n  cols: 8\n"
		"buffers: {v_bytes: 4 KiB}\nmultipliers:\n  groups: {conv1: NGR, 'sum': 1JFF}\n"
		"array.clock_mhz: 333.3\n", try_config);
}

static void damaged_networks_never_crash_the_reader(void **state)
{
	(void)state;
	replay("name: n\nclasses: 2\ninput: {h: 8, w: 8, c: 1}\nlayers:\n"
		"  - {name: a, kind: conv2d, channels: 4, kernel: [3, 2], padding: 1}\n"
		"  - {name: p, kind: primarycaps, types: 2, dim: 2, kernel: 3, stride: 2}\n"
		"  - {name: c, kind: classcaps, channels: 2, dim: 4, input: p}\n", try_network);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_run_files_never_crash_the_reader),
		cmocka_unit_test(damaged_networks_never_crash_the_reader),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
