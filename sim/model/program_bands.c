/* How much of a layer fits the data buffer at once: bands of rows, parts of additions. */
#include "model/program_place.h"

struct cas_rows cas_band_rows(const struct cas_layer *layer, int first, int count)
{
	int begin = first * layer->stride - layer->pad;
	int end = (first + count - 1) * layer->stride - layer->pad + layer->k_h;

	begin = begin < 0 ? 0 : begin > layer->in.h ? layer->in.h : begin;
	end = end > layer->in.h ? layer->in.h : end < begin ? begin : end;
	return (struct cas_rows){begin, end - begin};
}

/* Largest number of output rows whose input and output fit the whole data buffer; 0: not even one. */
static int band_rows(const struct cas_lowering *lw, const struct cas_layer *l, uint64_t *need)
{
	uint64_t in_row = (uint64_t)l->in.w * (uint64_t)l->in.c;
	uint64_t out_row = (uint64_t)l->out.w * (uint64_t)l->out.c;

	for (int count = l->out.h; count > 0; count--) {
		*need = 0;
		for (int first = 0; first < l->out.h; first += count) {
			int rows = l->out.h - first < count ? l->out.h - first : count;
			uint64_t bytes = (uint64_t)cas_band_rows(l, first, rows).count * in_row +
				(uint64_t)rows * out_row;

			*need = bytes > *need ? bytes : *need;
		}
		if (*need <= lw->accel->buffers.data_bytes)
			return count;
	}
	return 0;
}

/* Bytes of each map of an addition (a part of a concatenation: one map and the result) that fit the whole
 * data buffer together, in whole 64 bytes where that is not nothing. */
static int band_bytes(const struct cas_lowering *lw, const struct cas_layer *l, uint64_t *need)
{
	uint64_t maps = l->kind == CAS_ADD ? 3 : 2, chunk = lw->accel->buffers.data_bytes / maps;
	uint64_t first = lw->place[l->input + 1].bytes, second = lw->place[l->input2 + 1].bytes;
	uint64_t larger = first > second ? first : second;

	chunk = chunk > 64 ? chunk / 64 * 64 : chunk;
	*need = maps * (chunk < larger ? chunk : larger);
	return (int)chunk;
}

int cas_lowering_band(const struct cas_lowering *lw, const struct cas_layer *l, uint64_t *need)
{
	if (cas_layer_convolves(l) || l->kind == CAS_POOL)
		return band_rows(lw, l, need);
	return l->kind == CAS_ADD || l->kind == CAS_CONCAT ? band_bytes(lw, l, need) : 0;
}
