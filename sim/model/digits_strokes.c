#include "model/digits_strokes.h"

#include <assert.h>

/* One control point on a grid of 60 x 100.  A curve runs smoothly through SMOOTH points and
 * breaks at CORNER ones; PEN starts a stroke; END ends a style. */
enum kind { END, PEN, SMOOTH, CORNER };

struct knot {
	int x, y;
	enum kind kind;
};

enum { KNOTS_MAX = 16, STYLES_MAX = 4, CHORDS = 4 };

#define P(x, y) {x, y, PEN}
#define S(x, y) {x, y, SMOOTH}
#define C(x, y) {x, y, CORNER}

/* Unused styles and knots are zero, that is END. */
static const struct knot glyphs[10][STYLES_MAX][KNOTS_MAX] = {
	{ /* 0: closed with an overlap; begun at the right; slim */
		{P(32, 0), S(8, 18), S(0, 50), S(8, 84), S(30, 100), S(52, 84), S(60, 50), S(54, 18),
			S(32, 0), S(20, 6)},
		{P(44, 6), S(24, 0), S(4, 24), S(2, 66), S(20, 98), S(44, 94), S(59, 62), S(56, 24),
			S(38, 2)},
		{P(30, 0), S(14, 20), S(10, 50), S(15, 82), S(30, 100), S(46, 82), S(50, 50), S(46, 20),
			S(30, 0)},
	},
	{ /* 1: bare; with a flag; with flag and foot; bent */
		{P(30, 0), C(30, 100)},
		{P(8, 24), C(34, 0), C(34, 100)},
		{P(12, 20), C(32, 0), C(32, 100), P(8, 100), C(56, 100)},
		{P(38, 0), S(31, 50), C(26, 100)},
	},
	{ /* 2: with a sharp base; with a loop; with a short neck */
		{P(3, 22), S(12, 5), S(32, 0), S(54, 10), S(56, 32), S(38, 58), C(0, 100), C(60, 100)},
		{P(4, 20), S(22, 1), S(50, 8), S(54, 34), S(36, 66), S(12, 94), S(2, 88), S(12, 78),
			S(32, 88), S(46, 99), S(62, 92)},
		{P(2, 10), S(30, 0), S(54, 14), S(46, 44), S(20, 76), C(2, 99), C(60, 96)},
	},
	{ /* 3: two bows; with a flat top; with wide bows */
		{P(4, 12), S(26, 0), S(52, 10), S(50, 34), C(24, 46), S(54, 56), S(58, 80), S(32, 100),
			S(2, 88)},
		{P(4, 0), C(54, 0), C(24, 40), S(50, 50), S(58, 74), S(38, 98), S(14, 100), S(0, 88)},
		{P(6, 16), S(18, 2), S(42, 2), S(52, 22), S(40, 42), C(20, 48), S(48, 56), S(57, 78),
			S(40, 98), S(14, 98), S(2, 82)},
	},
	{ /* 4: open with a straight stem; closed in one stroke; open and round */
		{P(14, 0), C(2, 58), C(60, 58), P(44, 24), C(44, 100)},
		{P(44, 100), C(44, 0), C(0, 66), C(60, 66)},
		{P(8, 4), S(2, 34), S(14, 52), S(48, 46), P(52, 0), S(48, 50), C(42, 100)},
	},
	{ /* 5: in one stroke; with the top drawn last; round */
		{P(54, 0), C(10, 0), C(6, 44), S(30, 36), S(56, 52), S(56, 82), S(32, 100), S(2, 90)},
		{P(8, 4), C(6, 46), S(34, 40), S(58, 62), S(48, 92), S(20, 100), S(0, 90), P(8, 2),
			C(58, 0)},
		{P(56, 2), S(28, 0), S(11, 10), S(10, 36), S(34, 44), S(56, 62), S(48, 92), S(20, 100),
			S(2, 90)},
	},
	{ /* 6: with a straight, a steep and a bent back */
		{P(46, 0), S(18, 26), S(2, 64), S(12, 94), S(36, 99), S(56, 80), S(48, 56), S(26, 52),
			S(4, 72)},
		{P(36, 0), S(12, 36), S(1, 72), S(18, 98), S(44, 96), S(58, 74), S(42, 54), S(16, 60),
			S(4, 80)},
		{P(54, 12), S(38, 0), S(14, 14), S(1, 54), S(10, 92), S(36, 100), S(58, 80), S(48, 54),
			S(24, 50), S(3, 66)},
	},
	{ /* 7: plain; with a bar; with a serif; bent */
		{P(0, 0), C(60, 0), C(20, 100)},
		{P(0, 0), C(60, 0), C(20, 100), P(16, 50), C(56, 50)},
		{P(2, 14), C(2, 0), C(58, 2), S(36, 44), C(26, 100)},
		{P(0, 8), S(24, 4), C(58, 0), S(38, 44), C(28, 100)},
	},
	{ /* 8: in one crossing stroke; as two rings; crossing, begun in the middle */
		{P(48, 10), S(28, 0), S(8, 14), S(16, 36), S(44, 56), S(58, 80), S(30, 100), S(2, 80),
			S(14, 56), S(44, 36), S(52, 16), S(42, 3)},
		{P(30, 0), S(10, 10), S(10, 34), S(30, 46), S(50, 34), S(50, 10), S(30, 0), P(30, 46),
			S(5, 60), S(5, 88), S(30, 100), S(55, 88), S(55, 60), S(30, 46)},
		{P(32, 46), S(10, 30), S(14, 6), S(32, 0), S(50, 8), S(50, 30), S(12, 60), S(4, 86),
			S(28, 100), S(56, 86), S(52, 62), S(32, 46)},
	},
	{ /* 9: with a bent leg; with a straight leg; with a hook */
		{P(54, 18), S(34, 0), S(8, 10), S(3, 36), S(22, 50), S(46, 38), C(55, 8), S(54, 50),
			C(46, 100)},
		{P(50, 10), S(26, 0), S(4, 22), S(14, 48), S(38, 46), C(52, 10), C(52, 100)},
		{P(54, 20), S(36, 0), S(8, 10), S(2, 34), S(20, 50), S(46, 40), C(56, 14), S(56, 56),
			S(42, 96), S(20, 98), S(4, 86)},
	},
};

struct point {
	double x, y;
};

static void add_point(struct cas_digits_path *path, double x, double y, int lift)
{
	assert(path->points < CAS_DIGITS_PATH_MAX);
	path->x[path->points] = x;
	path->y[path->points] = y;
	path->lift[path->points++] = lift;
}

static double catmull_rom(double a, double b, double c, double d, double t)
{
	return b + t * (0.5 * (c - a) + t * ((a - 2.5 * b + 2 * c - 0.5 * d)
		+ t * (0.5 * (d - a) + 1.5 * (b - c))));
}

/* The piece from point i - 1 to point i; neighbours across a break are not looked at. */
static void add_piece(const struct knot *style, const struct point *p, int i,
	struct cas_digits_path *path)
{
	struct point b = p[i - 1], c = p[i];
	struct point a = style[i - 1].kind == SMOOTH ? p[i - 2] : b;
	int ends = style[i].kind == CORNER || i + 1 == KNOTS_MAX
		|| style[i + 1].kind == END || style[i + 1].kind == PEN;
	struct point d = ends ? c : p[i + 1];

	for (int k = 1; k <= CHORDS; k++) {
		double t = (double)k / CHORDS;

		add_point(path, catmull_rom(a.x, b.x, c.x, d.x, t), catmull_rom(a.y, b.y, c.y, d.y, t),
			0);
	}
}

void cas_digits_strokes(int digit, struct cas_rng *rng, struct cas_digits_path *path)
{
	int styles = 0, n = 0;
	const struct knot *style;
	struct point p[KNOTS_MAX];

	assert(digit >= 0 && digit <= 9);
	while (styles < STYLES_MAX && glyphs[digit][styles][0].kind != END)
		styles++;
	style = glyphs[digit][cas_rng_below(rng, (uint64_t)styles)];
	for (; n < KNOTS_MAX && style[n].kind != END; n++) {
		double dx = cas_rng_unit(rng) - 0.5;
		double dy = cas_rng_unit(rng) - 0.5;

		p[n] = (struct point){(style[n].x - 30) / 100.0 + 0.1 * dx,
			(style[n].y - 50) / 100.0 + 0.1 * dy};
	}
	path->points = 0;
	for (int i = 0; i < n; i++) {
		if (style[i].kind == PEN)
			add_point(path, p[i].x, p[i].y, 1);
		else
			add_piece(style, p, i, path);
	}
}
