#include "model/digits.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/threads.h"
#include "model/digits_strokes.h"

/* Every draw from the generator stands in a statement of its own: C leaves the order of
 * evaluation inside an expression open, and two compilers would make two data sets. */

_Static_assert(FLT_EVAL_METHOD == 0, "wider intermediate results would change pixels");

enum { SIDE = CAS_DIGITS_SIDE, PIXELS = SIDE * SIDE, GRID = 5 };

struct brush {
	double radius_px; /* at the start of a segment */
	double end_px;    /* at its end */
	double soft_px;   /* width of the edge, in which the ink fades */
	double ink;       /* 0..1; negative: wipes out instead */
};

struct point {
	double x, y;
};

static double between(struct cas_rng *rng, double low, double high)
{
	return low + (high - low) * cas_rng_unit(rng);
}

/* A bell shape in -1..1 (mean of three uniform draws); a true normal would need log(). */
static double bell(struct cas_rng *rng)
{
	double sum = 0;

	for (int i = 0; i < 3; i++)
		sum += cas_rng_unit(rng);
	return sum * (2.0 / 3) - 1;
}

static double clamp(double x, double low, double high)
{
	return x < low ? low : x > high ? high : x;
}

/* Elastic distortion: a uniform cubic B-spline over a coarse grid of random displacements. */
static double spline(const double *grid, double x, double y)
{
	double u = clamp(x + 0.5, 0, 1) * (GRID - 3), v = clamp(y + 0.5, 0, 1) * (GRID - 3);
	int i = u < 1 ? 0 : 1, j = v < 1 ? 0 : 1;
	double t[2] = {u - i, v - j}, b[2][4], sum = 0;

	_Static_assert(GRID == 5, "two cells a side: i and j are 0 or 1");
	for (int a = 0; a < 2; a++) {
		double s = t[a], r = 1 - s;

		b[a][0] = r * r * r / 6;
		b[a][1] = (3 * s * s * s - 6 * s * s + 4) / 6;
		b[a][2] = (3 * r * r * r - 6 * r * r + 4) / 6;
		b[a][3] = s * s * s / 6;
	}
	for (int m = 0; m < 4; m++)
		for (int n = 0; n < 4; n++)
			sum += b[1][m] * b[0][n] * grid[(j + m) * GRID + i + n];
	return sum;
}

static void distort_elastic(struct cas_rng *rng, struct cas_digits_path *path)
{
	double dx[GRID * GRID], dy[GRID * GRID], strength = between(rng, 0.1, 0.4);

	for (int i = 0; i < GRID * GRID; i++) {
		dx[i] = strength * bell(rng);
		dy[i] = strength * bell(rng);
	}
	for (int i = 0; i < path->points; i++) {
		double x = path->x[i], y = path->y[i];

		path->x[i] = x + spline(dx, x, y);
		path->y[i] = y + spline(dy, x, y);
	}
}

/* Scale, slant and rotate, from digit heights to pixels around the origin. */
static void distort_affine(struct cas_rng *rng, struct cas_digits_path *path)
{
	double height = between(rng, 15, 21);
	double width = height * between(rng, 0.75, 1.25);
	double slant = 0.3 * bell(rng);
	double t = 0.2 * bell(rng); /* tangent of half the angle: at most 22.6 degrees */
	double cosine = (1 - t * t) / (1 + t * t), sine = 2 * t / (1 + t * t);

	for (int i = 0; i < path->points; i++) {
		double x = width * path->x[i] - slant * height * path->y[i], y = height * path->y[i];

		path->x[i] = cosine * x - sine * y;
		path->y[i] = sine * x + cosine * y;
	}
}

/* The shift that puts low..high, and `margin` pixels around, inside the image where there is room,
 * at most 3 pixels off centre.  The soft edge of a thick pen may be cut off. */
static double placed(struct cas_rng *rng, double low, double high, double margin)
{
	double middle = SIDE / 2.0 - (low + high) / 2;
	double room = clamp((SIDE - (high - low)) / 2 - margin, 0, 3);

	return middle + room * between(rng, -1, 1);
}

static void place(struct cas_rng *rng, struct cas_digits_path *path, double margin)
{
	struct point low = {path->x[0], path->y[0]}, high = low, shift;

	for (int i = 1; i < path->points; i++) {
		low.x = path->x[i] < low.x ? path->x[i] : low.x;
		low.y = path->y[i] < low.y ? path->y[i] : low.y;
		high.x = path->x[i] > high.x ? path->x[i] : high.x;
		high.y = path->y[i] > high.y ? path->y[i] : high.y;
	}
	shift.x = placed(rng, low.x, high.x, margin);
	shift.y = placed(rng, low.y, high.y, margin);
	for (int i = 0; i < path->points; i++) {
		path->x[i] += shift.x;
		path->y[i] += shift.y;
	}
}

/* How much of the pixel centred at `at` the brush covers on its way from a to b. */
static double coverage(struct point a, struct point b, struct point at, const struct brush *brush)
{
	double dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy, t = 0, ex, ey, radius;

	if (length2 > 0)
		t = clamp(((at.x - a.x) * dx + (at.y - a.y) * dy) / length2, 0, 1);
	ex = at.x - a.x - t * dx;
	ey = at.y - a.y - t * dy;
	radius = brush->radius_px + t * (brush->end_px - brush->radius_px);
	return clamp(0.5 + (radius - sqrt(ex * ex + ey * ey)) / brush->soft_px, 0, 1);
}

/* Pixel (x, y) has its centre at (x + 0.5, y + 0.5). */
static void draw(double *canvas, struct point a, struct point b, const struct brush *brush)
{
	double widest = brush->radius_px > brush->end_px ? brush->radius_px : brush->end_px;
	double reach = widest + brush->soft_px / 2;
	int x0 = (int)clamp((a.x < b.x ? a.x : b.x) - reach, 0, SIDE - 1);
	int y0 = (int)clamp((a.y < b.y ? a.y : b.y) - reach, 0, SIDE - 1);
	int x1 = (int)clamp((a.x > b.x ? a.x : b.x) + reach, 0, SIDE - 1);
	int y1 = (int)clamp((a.y > b.y ? a.y : b.y) + reach, 0, SIDE - 1);

	for (int y = y0; y <= y1; y++) {
		for (int x = x0; x <= x1; x++) {
			double part = coverage(a, b, (struct point){x + 0.5, y + 0.5}, brush);
			double *pixel = &canvas[y * SIDE + x];

			if (brush->ink < 0)
				*pixel *= 1 - part;
			else if (part * brush->ink > *pixel)
				*pixel = part * brush->ink;
		}
	}
}

static void draw_path(struct cas_rng *rng, const struct cas_digits_path *path, double radius_px,
	double soft_px, double ink, double *canvas)
{
	/* the pen presses harder towards one end */
	double first = radius_px * between(rng, 0.75, 1.25), last = 2 * radius_px - first;

	for (int i = 1; i < path->points; i++) {
		double from = (double)(i - 1) / path->points, to = (double)i / path->points;
		struct brush brush = {first + from * (last - first), first + to * (last - first),
			soft_px, ink};

		if (!path->lift[i])
			draw(canvas, (struct point){path->x[i - 1], path->y[i - 1]},
				(struct point){path->x[i], path->y[i]}, &brush);
	}
}

/* Short strokes that belong to no digit: drawn fainter than the digit, or wiping it out. */
static void draw_distractor(struct cas_rng *rng, double ink, double *canvas)
{
	struct brush brush = {.soft_px = 1, .ink = ink};
	struct point a, b;

	brush.radius_px = brush.end_px = between(rng, 0.4, 0.9);
	a.x = between(rng, 1, SIDE - 1);
	a.y = between(rng, 1, SIDE - 1);
	b.x = a.x + between(rng, -6, 6);
	b.y = a.y + between(rng, -6, 6);
	draw(canvas, a, b, &brush);
}

static void disturb(struct cas_rng *rng, double ink, double *canvas)
{
	uint64_t wipes = cas_rng_below(rng, 4), strokes = cas_rng_below(rng, 4);
	uint64_t specks = cas_rng_below(rng, 9);

	while (wipes--)
		draw_distractor(rng, -1, canvas);
	while (strokes--) {
		double faint = ink * between(rng, 0.3, 0.75);

		draw_distractor(rng, faint, canvas);
	}
	while (specks--) {
		uint64_t where = cas_rng_below(rng, PIXELS);

		canvas[where] = cas_rng_unit(rng);
	}
}

static int make_image(uint64_t seed, int index, uint8_t *pixels)
{
	struct cas_rng rng = cas_rng_init(seed, (uint64_t)index);
	int label = (int)cas_rng_below(&rng, CAS_DIGITS_CLASSES);
	double radius_px = between(&rng, 0.7, 1.6), soft_px = between(&rng, 0.8, 2);
	double ink = between(&rng, 0.45, 1), noise = between(&rng, 0, 0.25);
	double ground = between(&rng, 0, 0.1), canvas[PIXELS] = {0};
	struct cas_digits_path path;

	cas_digits_strokes(label, &rng, &path);
	distort_elastic(&rng, &path);
	distort_affine(&rng, &path);
	place(&rng, &path, radius_px);
	draw_path(&rng, &path, radius_px, soft_px, ink, canvas);
	disturb(&rng, ink, canvas);
	for (int i = 0; i < PIXELS; i++) {
		double value = canvas[i] + ground + noise * bell(&rng);

		pixels[i] = (uint8_t)(clamp(value, 0, 1) * 255 + 0.5);
	}
	return label;
}

struct drawing {
	uint64_t seed;
	int first;
	struct cas_dataset *set;
};

static void draw_one(void *ctx, size_t item, int worker)
{
	const struct drawing *d = ctx;

	(void)worker;
	d->set->labels[item] = (uint8_t)make_image(d->seed, d->first + (int)item,
		d->set->pixels + item * PIXELS);
}

cas_status cas_digits_make(uint64_t seed, int first, int count, int threads,
	const volatile sig_atomic_t *stop, struct cas_dataset *set, struct cas_err *err)
{
	struct drawing drawing = {seed, first, set};
	void *pixels = NULL, *labels = NULL;
	cas_status status;

	*set = (struct cas_dataset){0};
	if (first < 0 || count < 1 || first > INT_MAX - count)
		return cas_err_set(err, CAS_INPUT,
			"digits: %d images from number %d on, expected at least 1 image and numbers 0..%d",
			count, first, INT_MAX - 1);
	status = cas_mem_new(&pixels, (size_t)count, PIXELS, err);
	if (status != CAS_OK)
		return status;
	set->pixels = pixels;
	status = cas_mem_new(&labels, (size_t)count, 1, err);
	if (status != CAS_OK) {
		cas_dataset_clear(set);
		return status;
	}
	set->labels = labels;
	memcpy(set->name, "digits", sizeof "digits");
	set->images = count;
	set->h = set->w = SIDE;
	set->c = 1;
	set->classes = CAS_DIGITS_CLASSES;
	status = cas_parallel_for(threads, (size_t)count, draw_one, &drawing, stop, err);
	if (status != CAS_OK)
		cas_dataset_clear(set);
	return status;
}
