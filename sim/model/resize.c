#include "model/resize.h"

#include <stdlib.h>

#include "base/mem.h"

/* One output coordinate along an axis: two neighbours, and the weight of the second in units of
 * 1 / (2 out); the first has the rest. */
struct tap {
	int first, second;
	uint64_t weight;
};

/* The source position of output o is ((2 o + 1) in - out) / (2 out), clamped to 0 .. in - 1. */
static void make_taps(int in, int out, struct tap *tap)
{
	for (int64_t o = 0; o < out; o++) {
		int64_t unit = 2 * (int64_t)out, at = (2 * o + 1) * in - out, most = (int64_t)(in - 1) * unit;

		at = at < 0 ? 0 : at > most ? most : at;
		tap[o].first = (int)(at / unit);
		tap[o].second = tap[o].first + 1 < in ? tap[o].first + 1 : tap[o].first;
		tap[o].weight = (uint64_t)(at % unit);
	}
}

struct job {
	int in_w, h, w, c;
	const struct tap *rows, *cols;
};

static void resize_row(const struct job *j, const struct tap *row, const uint8_t *in, uint8_t *out)
{
	uint64_t unit_y = 2 * (uint64_t)j->h, unit_x = 2 * (uint64_t)j->w, unit = unit_y * unit_x;
	size_t pitch = (size_t)j->in_w * (size_t)j->c;
	const uint8_t *a = in + (size_t)row->first * pitch, *b = in + (size_t)row->second * pitch;

	for (int x = 0; x < j->w; x++) {
		const struct tap *col = &j->cols[x];
		size_t l = (size_t)col->first * (size_t)j->c, r = (size_t)col->second * (size_t)j->c;

		for (size_t c = 0; c < (size_t)j->c; c++) {
			uint64_t above = a[l + c] * (unit_x - col->weight) + a[r + c] * col->weight;
			uint64_t below = b[l + c] * (unit_x - col->weight) + b[r + c] * col->weight;

			*out++ = (uint8_t)((above * (unit_y - row->weight) + below * row->weight + unit / 2) / unit);
		}
	}
}

cas_status cas_dataset_resize(struct cas_dataset *set, int h, int w, struct cas_err *err)
{
	size_t from_bytes = (size_t)set->h * (size_t)set->w * (size_t)set->c;
	size_t row_bytes = (size_t)w * (size_t)set->c, to_bytes = (size_t)h * row_bytes;
	struct tap *tap = NULL;
	uint8_t *pixels = NULL;
	cas_status status;

	if (set->h == h && set->w == w)
		return CAS_OK;
	status = cas_mem_new((void **)&tap, (size_t)h + (size_t)w, sizeof *tap, err);
	if (!status)
		status = cas_mem_new((void **)&pixels, (size_t)set->images, to_bytes, err);
	if (!status) {
		struct job job = {set->w, h, w, set->c, tap, tap + h};

		make_taps(set->h, h, tap);
		make_taps(set->w, w, tap + h);
		for (size_t i = 0; i < (size_t)set->images; i++)
			for (int y = 0; y < h; y++)
				resize_row(&job, &tap[y], set->pixels + i * from_bytes,
					pixels + i * to_bytes + (size_t)y * row_bytes);
		free(set->pixels);
		set->pixels = pixels;
		set->h = h;
		set->w = w;
	}
	free(tap);
	return status;
}
