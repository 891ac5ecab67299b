#include "report/mul_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/outfile.h"
#include "io/outfile.h"
#include "study/mul_process.h"
#include "study/mul_workdir.h"

enum { BINS = 100, BLOCK = 4, BLOCKS = 256 / BLOCK, LIMIT_S = 60 };

#define MAX_BYTES ((size_t)16 << 20)

/* ".svg" or ".png" as gnuplot's terminal; NULL for another ending. */
static const char *terminal_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot && !strcmp(dot, ".svg"))
		return "svg size 640,480 background 'white' font 'sans,12'";
	if (dot && !strcmp(dot, ".png"))
		return "pngcairo size 960,720 font 'sans,13'";
	return NULL;
}

static cas_status put(const struct cas_workdir *dir, const char *name, struct cas_buf *text,
	struct cas_err *err)
{
	char path[600];
	cas_status status = cas_buf_check(text, err);

	cas_workdir_path(dir, name, path, sizeof path);
	if (!status)
		status = cas_outfile_write(path, text->data, text->size_bytes, err);
	return status;
}

/* Run gnuplot in the folder, where plot.gp writes plot.out; then bring the image to its place. */
static cas_status run_gnuplot(const struct cas_workdir *dir, const char *to,
	const volatile sig_atomic_t *stop, struct cas_err *err)
{
	static const char *const argv[] = {"gnuplot", "plot.gp", NULL};
	struct cas_process process = {.argv = argv, .folder = dir->path, .output = "log", .limit_s = LIMIT_S,
		.file_bytes = MAX_BYTES, .stop = stop};
	char path[600], *image = NULL;
	size_t bytes = 0;
	cas_status status = cas_process_run(&process, err);

	if (status)
		return status;
	if (process.end == CAS_PROCESS_EXITED && process.code == 127)
		return cas_err_set(err, CAS_ENV, "plots need gnuplot: apt-get install gnuplot-nox");
	if (process.end != CAS_PROCESS_EXITED || process.code)
		return cas_err_set(err, CAS_ENV, "%s: gnuplot failed (code %d)", to, process.code);
	cas_workdir_path(dir, "plot.out", path, sizeof path);
	status = cas_file_read(path, MAX_BYTES, &image, &bytes, err);
	if (!status)
		status = cas_outfile_write(to, image, bytes, err);
	free(image);
	return status;
}

/* Plot `data` by the commands in `script`, which follow the terminal's and the output's. */
static cas_status plot(const char *to, struct cas_buf *data, struct cas_buf *script,
	const volatile sig_atomic_t *stop, struct cas_err *err)
{
	const char *terminal = terminal_of(to);
	struct cas_workdir dir;
	struct cas_buf whole;
	cas_status status;

	if (!terminal)
		return cas_err_set(err, CAS_INPUT, "%s: expected a name that ends in .svg or .png", to);
	status = cas_workdir_make(&dir, err);
	if (status)
		return status;
	cas_buf_init(&whole, MAX_BYTES);
	cas_buf_printf(&whole, "set encoding utf8\nset terminal %s\nset output 'plot.out'\n%s", terminal,
		script->data ? script->data : "");
	status = put(&dir, "plot.dat", data, err);
	if (!status)
		status = put(&dir, "plot.gp", &whole, err);
	if (!status)
		status = run_gnuplot(&dir, to, stop, err);
	cas_buf_clear(&whole);
	cas_workdir_remove(&dir);
	return status;
}

/* Whole numbers from `low` on, `width` of them in each bin: one line a bin, its middle and samples. */
static int64_t put_bins(const int32_t *errors, const struct cas_mul_distribution *fit,
	struct cas_buf *data)
{
	int64_t low = (int64_t)fit->min, span = (int64_t)fit->max - low + 1, width = (span + BINS - 1) / BINS;
	uint64_t in[BINS] = {0};

	for (uint64_t i = 0; i < fit->samples; i++)
		in[(errors[i] - low) / width]++;
	for (int64_t b = 0; b < (span + width - 1) / width; b++)
		cas_buf_printf(data, "%.1f %llu\n", (double)(low + b * width) + (double)(width - 1) / 2,
			(unsigned long long)in[b]);
	return width;
}

/* A name within single quotes of gnuplot's; names of the library are words, imported ones too. */
static void put_title(struct cas_buf *script, const char *name)
{
	for (const char *c = name; *c; c++)
		cas_buf_printf(script, *c == '\'' || *c == '\\' || *c == '\n' ? "?" : "%c", *c);
}

cas_status cas_mul_plot_histogram(const char *name, const int32_t *errors,
	const struct cas_mul_distribution *fit, const char *path, const volatile sig_atomic_t *stop,
	struct cas_err *err)
{
	struct cas_buf data, script;
	cas_status status;
	int64_t width;

	cas_buf_init(&data, MAX_BYTES);
	cas_buf_init(&script, MAX_BYTES);
	width = put_bins(errors, fit, &data);
	cas_buf_printf(&script, "set title '");
	put_title(&script, name);
	cas_buf_printf(&script, ": error of %d product%s' . \"\\n\" . 'mean %.4g, standard deviation %.4g, KS distance %.3f' "
		"noenhanced\n", fit->terms, fit->terms > 1 ? "s, summed" : "", fit->mean, fit->std, fit->ks);
	cas_buf_printf(&script, "set xlabel 'approximate - exact'\nset ylabel 'samples of %llu'\n"
		"set style fill solid 0.6 noborder\nset boxwidth %lld\nset tics out nomirror\nset xtics rotate by -30\nset rmargin 5\n"
		"set samples 500\nset key top right\nplot 'plot.dat' with boxes lc rgb '#6070a0' title 'errors'",
		(unsigned long long)fit->samples, (long long)width);
	if (fit->std > 0)
		cas_buf_printf(&script, ", %.17g * exp(-(x - (%.17g))**2 / (2 * %.17g**2)) with lines lw 2 "
			"lc rgb '#c00000' title 'Gaussian fit'",
			(double)fit->samples * (double)width / (fit->std * sqrt(2 * acos(-1.0))), fit->mean, fit->std);
	cas_buf_printf(&script, "\n");
	status = plot(path, &data, &script, stop, err);
	cas_buf_clear(&data);
	cas_buf_clear(&script);
	return status;
}

/* Blocks count from the smallest operand on: of a signed table, from that of -128. */
static double block_mean(const struct cas_mul8u *mul, int a, int b)
{
	int first = mul->is_signed ? 128 : 0, sum = 0;

	for (int i = 0; i < BLOCK; i++)
		for (int j = 0; j < BLOCK; j++)
			sum += cas_mul8u_error_at(mul, cas_mul8u_index((uint8_t)(first + a * BLOCK + i),
				(uint8_t)(first + b * BLOCK + j)));
	return (double)sum / (BLOCK * BLOCK);
}

cas_status cas_mul_plot_heat_map(const struct cas_mul8u *mul, const char *path,
	const volatile sig_atomic_t *stop, struct cas_err *err)
{
	const double middle = (BLOCK - 1) / 2.0, low = mul->is_signed ? -128 : 0;
	struct cas_buf data, script;
	double largest = 0;
	cas_status status;

	cas_buf_init(&data, MAX_BYTES);
	cas_buf_init(&script, MAX_BYTES);
	for (int a = 0; a < BLOCKS; a++) {
		for (int b = 0; b < BLOCKS; b++) {
			double mean = block_mean(mul, a, b);

			largest = fmax(largest, fabs(mean));
			cas_buf_printf(&data, "%.1f %.1f %.6g\n", low + a * BLOCK + middle, low + b * BLOCK + middle, mean);
		}
		cas_buf_printf(&data, "\n");
	}
	cas_buf_printf(&script, "set title '");
	put_title(&script, mul->name);
	cas_buf_printf(&script, ": mean error (approximate - exact) of %dx%d operand pairs' noenhanced\n"
		"set xlabel 'first operand'\nset ylabel 'second operand'\nset size ratio 1\nset tics out nomirror\n"
		"set xrange [%g:%g]\nset yrange [%g:%g]\nset cbrange [%.6g:%.6g]\nset xtics 32\nset ytics 32\n"
		"set palette defined (-1 '#2040c0', 0 'white', 1 '#c02020')\nplot 'plot.dat' with image notitle\n",
		BLOCK, BLOCK, low - 0.5, low + 255.5, low - 0.5, low + 255.5, largest > 0 ? -largest : -1,
		largest > 0 ? largest : 1);
	status = plot(path, &data, &script, stop, err);
	cas_buf_clear(&data);
	cas_buf_clear(&script);
	return status;
}
