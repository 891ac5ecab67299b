#include "study/mul_source.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/outfile.h"
#include "model/mul_manifest.h"
#include "study/mul_ports.h"
#include "study/mul_process.h"
#include "study/mul_workdir.h"

enum { LOG_BYTES = 1 << 20 };

static const char INCLUDE[] = "-I" CAS_WORKDIR_INCLUDE;

/* One import: what is asked, and the names that go into the generated driver. */
struct job {
	const struct cas_mul_source *source;
	char top[CAS_MUL_TOP_BYTES];
	struct cas_mul_ports ports; /* Verilog */
	struct cas_workdir dir;
};

/* Names end up in generated code: only identifiers may. */
static int is_identifier(const char *name)
{
	size_t n;

	for (n = 0; name[n]; n++)
		if (!isalnum((unsigned char)name[n]) && name[n] != '_')
			return 0;
	return n > 0 && n < CAS_MUL_TOP_BYTES && !isdigit((unsigned char)name[0]);
}

/* The name as a whole word of the text. */
static int has_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	const char *at;

	for (at = strstr(text, word); at; at = strstr(at + 1, word)) {
		int before = at > text && (isalnum((unsigned char)at[-1]) || at[-1] == '_');
		int after = isalnum((unsigned char)at[length]) || at[length] == '_';

		if (!before && !after)
			return 1;
	}
	return 0;
}

static int is_verilog(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (strcmp(dot, ".v") == 0 || strcmp(dot, ".sv") == 0);
}

cas_status cas_mul_source_top(const struct cas_mul_source *source, const char *text,
	char out[CAS_MUL_TOP_BYTES], struct cas_err *err)
{
	const char *path = source->path, *slash = strrchr(path, '/'), *top = source->top;
	char base[CAS_MUL_TOP_BYTES];

	snprintf(base, sizeof(base), "%s", slash ? slash + 1 : path);
	base[strcspn(base, ".")] = '\0';
	if (!top)
		top = base;
	if (!is_verilog(path) && strcmp(top, "main") == 0)
		return cas_err_set(err, CAS_INPUT, "%s: main is the program itself, name the multiplier's function with "
			"--top", path);
	if (!is_identifier(top) || !has_word(text, top))
		return cas_err_set(err, CAS_INPUT, "%s: there is no %s '%.63s' in it, name it with --top", path,
			is_verilog(path) ? "module" : "function", top);
	snprintf(out, CAS_MUL_TOP_BYTES, "%s", top);
	return CAS_OK;
}

/* The driver: all pairs in index order to one file, in the opposite order to another, two bytes each.  Its
 * names are none that a model has. */
static void print_driver(const struct job *job, struct cas_buf *buf)
{
	const struct cas_mul_source *s = job->source;
	const char *type = s->is_signed ? "signed char" : "unsigned char";
	const char (*member)[CAS_MUL_MEMBER_BYTES] = job->ports.member;

	if (is_verilog(s->path))
		cas_buf_printf(buf, "#include \"Vcapsacc_model.h\"\n#include <cstdio>\n"
			"static Vcapsacc_model capsacc_top;\n"
			"static unsigned capsacc_product(unsigned capsacc_a, unsigned capsacc_b) {\n"
			"\tcapsacc_top.%s = capsacc_a; capsacc_top.%s = capsacc_b; capsacc_top.eval();\n"
			"\treturn capsacc_top.%s;\n}\n"
			"double sc_time_stamp() { return 0; }\n", member[0], member[1], member[2]);
	else
		cas_buf_printf(buf, "#define main capsacc_model_main\n#include \"model.c\"\n#undef main\n"
			"#include <stdio.h>\n"
			"static unsigned capsacc_product(unsigned capsacc_a, unsigned capsacc_b) {\n"
			"\treturn (unsigned)%s((%s)capsacc_a, (%s)capsacc_b);\n}\n", job->top, type, type);
	cas_buf_printf(buf, "static unsigned char capsacc_bytes[131072];\n"
		"static void capsacc_fill(unsigned capsacc_i) {\n"
		"\tunsigned capsacc_p = capsacc_product(capsacc_i >> 8, capsacc_i & 255);\n"
		"\tcapsacc_bytes[2 * capsacc_i] = capsacc_p & 255;\n"
		"\tcapsacc_bytes[2 * capsacc_i + 1] = capsacc_p >> 8 & 255;\n}\n"
		"static int capsacc_save(const char *capsacc_name) {\n"
		"\tFILE *capsacc_out = fopen(capsacc_name, \"wb\");\n"
		"\treturn !capsacc_out || fwrite(capsacc_bytes, 1, sizeof capsacc_bytes, capsacc_out) !=\n"
		"\t\tsizeof capsacc_bytes || fclose(capsacc_out);\n}\n"
		"int main(void) {\n\tunsigned capsacc_i;\n"
		"\tfor (capsacc_i = 0; capsacc_i < 65536; capsacc_i++) capsacc_fill(capsacc_i);\n"
		"\tif (capsacc_save(\"table.bin\")) return 1;\n"
		"\tfor (capsacc_i = 65536; capsacc_i-- > 0;) capsacc_fill(capsacc_i);\n"
		"\treturn capsacc_save(\"again.bin\");\n}\n");
}

static cas_status write_model(const struct job *job, const char *text, size_t size_bytes,
	struct cas_err *err)
{
	char path[600];

	cas_workdir_path(&job->dir, is_verilog(job->source->path) ? "model.v" : "model.c", path, sizeof(path));
	return cas_outfile_write(path, text, size_bytes, err);
}

static cas_status write_driver(const struct job *job, struct cas_err *err)
{
	char path[600];
	struct cas_buf buf;
	cas_status status;

	cas_buf_init(&buf, 8192);
	print_driver(job, &buf);
	status = cas_buf_check(&buf, err);
	cas_workdir_path(&job->dir, is_verilog(job->source->path) ? "driver.cpp" : "driver.c", path, sizeof(path));
	if (!status)
		status = cas_outfile_write(path, buf.data, buf.size_bytes, err);
	cas_buf_clear(&buf);
	return status;
}

/* The first line of `log` that speaks of an error, else its first line. */
static void first_complaint(const struct job *job, const char *log, char *out, size_t out_bytes)
{
	struct cas_err unused;
	char path[600], *text, *line, *next, *chosen = NULL;
	size_t size_bytes;

	snprintf(out, out_bytes, "no message");
	cas_workdir_path(&job->dir, log, path, sizeof(path));
	if (cas_file_read(path, LOG_BYTES, &text, &size_bytes, &unused))
		return;
	for (line = text; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (!chosen)
			chosen = line;
		if (strstr(line, "error") || strstr(line, "Error")) {
			chosen = line;
			break;
		}
	}
	if (chosen)
		snprintf(out, out_bytes, "%.200s", chosen);
	free(text);
}

/* Run a compiler in the folder, and turn its failure into an error. */
static cas_status compile(const struct job *job, const char *const *argv, struct cas_err *err)
{
	const struct cas_mul_source *s = job->source;
	struct cas_process process = {.argv = argv, .folder = job->dir.path, .output = "build.log",
		.limit_s = s->compile_s ? s->compile_s : 120, .file_bytes = 256u << 20, .stop = s->stop};
	cas_status status = cas_process_run(&process, err);
	char complaint[256];

	if (status)
		return status;
	if (process.end == CAS_PROCESS_TIMED_OUT)
		return cas_err_set(err, CAS_INPUT, "%s: compiling took longer than %d s", s->path,
			process.limit_s);
	if (process.end == CAS_PROCESS_EXITED && process.code == 127)
		return cas_err_set(err, CAS_ENV, "%s is not there, install the package %s", argv[0],
			is_verilog(s->path) ? "verilator" : "gcc");
	if (process.end == CAS_PROCESS_EXITED && process.code == 0)
		return CAS_OK;
	first_complaint(job, "build.log", complaint, sizeof(complaint));
	return cas_err_set(err, CAS_INPUT, "%s: does not compile: %s", s->path, complaint);
}

static cas_status build_c(const struct job *job, struct cas_err *err)
{
	const char *const argv[] = {"cc", "-O1", "-w", INCLUDE, "-o", "tabulate", "driver.c", "-lm", NULL};
	cas_status status = write_driver(job, err);

	return status ? status : compile(job, argv, err);
}

static cas_status check_ports(struct job *job, struct cas_err *err)
{
	char path[600], *text;
	size_t size_bytes;
	cas_status status;

	cas_workdir_path(&job->dir, "obj/Vcapsacc_model.h", path, sizeof(path));
	status = cas_file_read(path, LOG_BYTES, &text, &size_bytes, err);
	if (status)
		return status;
	status = cas_mul_ports_check(text, job->top, &job->ports, err);
	if (status)
		cas_err_prepend(err, "%s", job->source->path);
	free(text);
	return status;
}

/* Translated first, since only then are the ports known. */
static cas_status build_verilog(struct job *job, struct cas_err *err)
{
	const char *argv[] = {"verilator", "--cc", "-Wno-fatal", "--prefix", "Vcapsacc_model", "--top-module",
		job->top, "--Mdir", "obj", INCLUDE, "model.v", NULL, NULL, NULL, NULL, NULL, NULL};
	cas_status status = compile(job, argv, err);
	size_t n = 11;

	if (!status)
		status = check_ports(job, err);
	if (!status)
		status = write_driver(job, err);
	argv[n++] = "--exe";
	argv[n++] = "--build";
	argv[n++] = "-o";
	argv[n++] = "../tabulate";
	argv[n++] = "driver.cpp";
	return status ? status : compile(job, argv, err);
}

static cas_status build(struct job *job, struct cas_err *err)
{
	cas_status status = cas_workdir_link_include(&job->dir, job->source->path, err);

	if (status)
		return status;
	return is_verilog(job->source->path) ? build_verilog(job, err) : build_c(job, err);
}

static cas_status run(const struct job *job, struct cas_mul8u *mul, struct cas_err *err)
{
	const char *const argv[] = {"./tabulate", NULL};
	const struct cas_mul_source *s = job->source;
	struct cas_process process = {.argv = argv, .folder = job->dir.path, .output = "run.log",
		.limit_s = s->run_s ? s->run_s : 20, .file_bytes = LOG_BYTES, .stop = s->stop};
	char path[600], sha256[65], again[65];
	cas_status status = cas_process_run(&process, err);

	if (status)
		return status;
	if (process.end == CAS_PROCESS_TIMED_OUT)
		return cas_err_set(err, CAS_INPUT, "%s: %s ran longer than %d s for 131072 products (each "
			"pair of operands twice)", s->path, job->top, process.limit_s);
	if (process.end == CAS_PROCESS_SIGNALLED && process.code == SIGXFSZ)
		return cas_err_set(err, CAS_INPUT, "%s: %s prints more than %d bytes, expected a function that only returns "
			"a product", s->path, job->top, LOG_BYTES);
	if (process.end == CAS_PROCESS_SIGNALLED)
		return cas_err_set(err, CAS_INPUT, "%s: %s was ended by signal %d", s->path, job->top,
			process.code);
	cas_workdir_path(&job->dir, "again.bin", path, sizeof(path));
	status = process.code ? CAS_INPUT : cas_mul_table_read(path, mul, again, err);
	cas_workdir_path(&job->dir, "table.bin", path, sizeof(path));
	if (status || cas_mul_table_read(path, mul, sha256, err))
		return cas_err_set(err, CAS_INPUT, "%s: %s ended (exit code %d) before all 65536 products",
			s->path, job->top, process.code);
	if (strcmp(sha256, again))
		return cas_err_set(err, CAS_INPUT, "%s: %s gives other products if asked in another order, "
			"expected a function of two operands without memory", s->path, job->top);
	return CAS_OK;
}

cas_status cas_mul_source_tabulate(const struct cas_mul_source *source, struct cas_mul8u *mul,
	struct cas_mul_header *header, struct cas_err *err)
{
	struct job job = {.source = source};
	size_t size_bytes;
	char *text;
	cas_status status = cas_file_read(source->path, CAS_MUL_SOURCE_MAX_BYTES, &text, &size_bytes, err);

	if (status)
		return status;
	cas_mul_header_parse(text, header);
	status = cas_mul_source_top(source, text, job.top, err);
	if (!status && is_verilog(source->path))
		status = cas_mul_ports_parse(source->ports ? source->ports : "B,A,O", &job.ports, err);
	if (!status)
		status = cas_workdir_make(&job.dir, err);
	if (!status) {
		status = write_model(&job, text, size_bytes, err);
		if (!status)
			status = build(&job, err);
		if (!status)
			status = run(&job, mul, err);
		cas_workdir_remove(&job.dir);
	}
	free(text);
	return status;
}
