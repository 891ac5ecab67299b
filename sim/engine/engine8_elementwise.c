/* Layers without weights in the 8-bit engine: sums and concatenations of maps, pooling. */
#include "engine/engine8_internal.h"

static void clamp_of(const struct cas_layer *layer, int *lo, int *hi)
{
	*hi = layer->result.sign == CAS_U8 ? 255 : 127;
	*lo = layer->result.sign == CAS_U8 || layer->relu ? 0 : -127;
}

/* Ratios of the operands' scales to the result's; add scales both by one shift, concat each alone. */
static cas_status plan_pair(const struct cas_engine8 *e, struct layer_plan *plan, struct cas_err *err)
{
	const struct cas_layer *layer = plan->layer;
	double ratio[2];
	cas_status status = CAS_OK;

	for (int k = 0; k < 2; k++)
		ratio[k] = cas_network_format_of(e->net, cas_layer_input(layer, k))->scale / layer->result.scale;
	for (int k = 0; k < (layer->kind == CAS_ADD ? 1 : 2) && !status; k++) {
		const double alone[2] = {ratio[k], 0};

		clamp_of(layer, &plan->rescale[k].lo, &plan->rescale[k].hi);
		status = cas_rescale_make(&plan->rescale[k], layer->kind == CAS_ADD ? ratio : alone, err);
	}
	return status;
}

cas_status cas_engine8_plan_elementwise(struct cas_engine8 *e, struct layer_plan *plan,
	struct cas_err *err)
{
	const struct cas_layer *layer = plan->layer;
	double in_scale = cas_network_format_of(e->net, layer->input)->scale;

	if (layer->kind != CAS_POOL)
		return plan_pair(e, plan, err);
	clamp_of(layer, &plan->average.lo, &plan->average.hi);
	if (layer->pool == CAS_POOL_MAX)
		return CAS_OK;
	return cas_requant_make(&plan->average, in_scale / (layer->k_h * layer->k_w * layer->result.scale),
		e->options.numerics.requant == CAS_REQUANT_SHIFT, err);
}

static int code_of(uint8_t byte, int is_signed)
{
	return is_signed ? (int8_t)byte : byte;
}

static size_t bytes_of(const struct cas_shape *shape)
{
	return (size_t)shape->h * (size_t)shape->w * (size_t)shape->c;
}

static void rescale(const struct cas_rescale *rs, const uint8_t *restrict a, int a_signed,
	const uint8_t *restrict b, int b_signed, size_t count, uint8_t *restrict out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (uint8_t)cas_rescale_apply(rs, code_of(a[i], a_signed), code_of(b[i], b_signed));
}

static void run_pair(const struct cas_network *net, const struct layer_plan *plan,
	const uint8_t *const in[2], uint8_t *out)
{
	const struct cas_layer *layer = plan->layer;
	int is_signed[2];
	size_t first = bytes_of(&layer->in);

	for (int k = 0; k < 2; k++)
		is_signed[k] = cas_network_format_of(net, cas_layer_input(layer, k))->sign == CAS_S8;
	if (layer->kind == CAS_ADD) {
		rescale(&plan->rescale[0], in[0], is_signed[0], in[1], is_signed[1], first, out);
		return;
	}
	rescale(&plan->rescale[0], in[0], is_signed[0], in[0], is_signed[0], first, out);
	rescale(&plan->rescale[1], in[1], is_signed[1], in[1], is_signed[1], bytes_of(&layer->out) - first,
		out + first);
}

/* One window: the sum of its codes, and the largest; outside of the map there is nothing. */
static void read_window(const struct cas_layer *layer, const uint8_t *in, int is_signed, int y, int x,
	int c, int *sum, int *top)
{
	*sum = 0;
	*top = INT8_MIN;
	for (int ky = 0; ky < layer->k_h; ky++)
		for (int kx = 0; kx < layer->k_w; kx++) {
			int iy = y * layer->stride + ky - layer->pad, ix = x * layer->stride + kx - layer->pad, code;

			if (iy < 0 || iy >= layer->in.h || ix < 0 || ix >= layer->in.w)
				continue;
			code = code_of(in[((size_t)iy * (size_t)layer->in.w + (size_t)ix) * (size_t)layer->in.c +
				(size_t)c], is_signed);
			*sum += code;
			*top = code > *top ? code : *top;
		}
}

static void run_pool(const struct layer_plan *plan, const uint8_t *in, uint8_t *out)
{
	const struct cas_layer *layer = plan->layer;
	int is_signed = layer->result.sign == CAS_S8; /* as its input */

	for (int y = 0; y < layer->out.h; y++)
		for (int x = 0; x < layer->out.w; x++)
			for (int c = 0; c < layer->out.c; c++) {
				int sum, top;

				read_window(layer, in, is_signed, y, x, c, &sum, &top);
				*out++ = (uint8_t)(layer->pool == CAS_POOL_MAX ? top : cas_requant_apply(&plan->average, sum));
			}
}

void cas_engine8_run_elementwise(struct cas_worker8 *worker, int index, const uint8_t *const in[2],
	const struct cas_tap *tap)
{
	const struct layer_plan *plan = &worker->engine->layer[index];
	uint8_t *out = worker->result[index];

	if (plan->layer->kind == CAS_POOL)
		run_pool(plan, in[0], out);
	else
		run_pair(worker->engine->net, plan, in, out);
	cas_tap_call(tap, index, CAS_TAP_RESULT, 0, out, bytes_of(&plan->layer->out));
}
