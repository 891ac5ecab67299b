#include "report/mul_plot.h"

#include <math.h>
#include <stdio.h>

enum { WIDTH = 640, HEIGHT = 400, LEFT = 60, RIGHT = 20, TOP = 40, BOTTOM = 50, BINS = 100,
	BLOCK = 4, BLOCKS = 256 / BLOCK, CELL = 6 };

static void open_svg(struct cas_buf *out, int width, int height, const char *title)
{
	cas_buf_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
		"<text x=\"%d\" y=\"20\" font-size=\"14\">%s</text>\n", width, height, width, height, LEFT, title);
}

static void label(struct cas_buf *out, double x, double y, const char *anchor, double value)
{
	cas_buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%.4g</text>\n", x, y, anchor,
		value);
}

/* Whole numbers from `low` on, `width` of them in each bin. */
struct bins {
	int64_t low, width;
	int count;
	uint64_t in[BINS];
	uint64_t most;
};

static void fill_bins(const int32_t *errors, const struct cas_mul_distribution *fit, struct bins *b)
{
	int64_t span = (int64_t)fit->max - (int64_t)fit->min + 1;
	uint64_t i;

	*b = (struct bins){.low = (int64_t)fit->min, .width = (span + BINS - 1) / BINS};
	b->count = (int)((span + b->width - 1) / b->width);
	for (i = 0; i < fit->samples; i++)
		b->in[(errors[i] - b->low) / b->width]++;
	for (i = 0; i < BINS; i++)
		b->most = b->in[i] > b->most ? b->in[i] : b->most;
}

/* The fitted Gaussian in samples a bin. */
static double expected(const struct cas_mul_distribution *fit, double width, double x)
{
	double z = (x - fit->mean) / fit->std;

	return (double)fit->samples * width * exp(-z * z / 2) / (fit->std * sqrt(2 * acos(-1.0)));
}

void cas_mul_plot_histogram(const char *name, const int32_t *errors,
	const struct cas_mul_distribution *fit, struct cas_buf *out)
{
	const double room_x = WIDTH - LEFT - RIGHT, room_y = HEIGHT - TOP - BOTTOM;
	struct bins b;
	double top, step;
	char title[200];
	int i;

	fill_bins(errors, fit, &b);
	top = (double)b.most;
	if (fit->std > 0)
		top = fmax(top, expected(fit, (double)b.width, fit->mean));
	step = room_x / b.count;
	snprintf(title, sizeof(title), "%.31s: error of %d product%s; mean %.4g, std %.4g, KS distance %.3f",
		name, fit->terms, fit->terms > 1 ? "s, summed" : "", fit->mean, fit->std, fit->ks);
	open_svg(out, WIDTH, HEIGHT, title);
	for (i = 0; i < b.count; i++) {
		double height = room_y * (double)b.in[i] / top;

		cas_buf_printf(out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" "
			"fill=\"#88a\"/>\n", LEFT + i * step, TOP + room_y - height, step, height);
	}
	if (fit->std > 0) {
		cas_buf_printf(out, "<polyline fill=\"none\" stroke=\"#c00\" stroke-width=\"1.5\" points=\"");
		for (i = 0; i <= 4 * b.count; i++)
			cas_buf_printf(out, "%.2f,%.2f ", LEFT + i * step / 4, TOP + room_y - room_y *
				expected(fit, (double)b.width, (double)b.low + i * (double)b.width / 4 - 0.5) / top);
		cas_buf_printf(out, "\"/>\n");
	}
	cas_buf_printf(out, "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"black\"/>\n", LEFT, TOP,
		HEIGHT - BOTTOM, WIDTH - RIGHT);
	label(out, LEFT, HEIGHT - BOTTOM + 18, "middle", fit->min);
	label(out, WIDTH - RIGHT, HEIGHT - BOTTOM + 18, "end", fit->max);
	label(out, LEFT - 4, TOP + 5, "end", top);
	cas_buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">approximate - exact</text>\n"
		"</svg>\n", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12);
}

/* Blocks count from the smallest operand on: of a signed table, from that of -128. */
static double block_mean(const struct cas_mul8u *mul, int a, int b)
{
	int first = mul->is_signed ? 128 : 0, sum = 0, i, j;

	for (i = 0; i < BLOCK; i++)
		for (j = 0; j < BLOCK; j++)
			sum += cas_mul8u_error_at(mul,
				cas_mul8u_index((uint8_t)(first + a * BLOCK + i),
				(uint8_t)(first + b * BLOCK + j)));
	return (double)sum / (BLOCK * BLOCK);
}

void cas_mul_plot_heat_map(const struct cas_mul8u *mul, struct cas_buf *out)
{
	const int side = BLOCKS * CELL;
	double largest = 0;
	char title[160];
	int a, b;

	for (a = 0; a < BLOCKS; a++)
		for (b = 0; b < BLOCKS; b++)
			largest = fmax(largest, fabs(block_mean(mul, a, b)));
	snprintf(title, sizeof(title), "%.31s: mean error of 4x4 pairs, -%.4g (blue) to %.4g (red)",
		mul->name, largest, largest);
	open_svg(out, LEFT + side + RIGHT, TOP + side + BOTTOM, title);
	for (a = 0; a < BLOCKS; a++)
		for (b = 0; b < BLOCKS; b++) {
			double mean = block_mean(mul, a, b);
			int pale = largest > 0 ? (int)lrint(255 * (1 - fabs(mean) / largest)) : 255;

			cas_buf_printf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
				"fill=\"#%02x%02x%02x\"/>\n", LEFT + a * CELL, TOP + side - (b + 1) * CELL, CELL, CELL,
				mean < 0 ? pale : 255, pale, mean > 0 ? pale : 255);
		}
	cas_buf_printf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" "
		"stroke=\"black\"/>\n", LEFT, TOP, side, side);
	label(out, LEFT, TOP + side + 16, "middle", mul->is_signed ? -128 : 0);
	label(out, LEFT + side, TOP + side + 16, "middle", mul->is_signed ? 127 : 255);
	label(out, LEFT - 4, TOP + 10, "end", mul->is_signed ? 127 : 255);
	cas_buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">first operand</text>\n"
		"<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" transform=\"rotate(-90 %d %d)\">second "
		"operand</text>\n</svg>\n", LEFT + side / 2, TOP + side + 32, LEFT - 30, TOP + side / 2, LEFT - 30,
		TOP + side / 2);
}
