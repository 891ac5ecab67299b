#include "study/mul_fingerprint.h"

#include <sha256.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "model/mul_manifest.h"
#include "model/program.h"

static void put_shape(const struct cas_shape *s, struct cas_buf *buf)
{
	cas_buf_printf(buf, " %d %d %d %d %d", s->h, s->w, s->c, s->caps, s->dim);
}

static void put_format(const struct cas_format *f, struct cas_buf *buf)
{
	cas_buf_printf(buf, " %d %.17g", (int)f->sign, f->scale);
}

/* A layer as the engine runs it: with the iterations that the run gives it. */
static void put_layer(const struct cas_layer *l, int iterations, int patches, struct cas_buf *buf)
{
	cas_buf_printf(buf, "%s %s %d %d %d | %d %d %d %d %d | %d %d %d | %d %d %d |", l->name,
		cas_layer_kind_name(l->kind), l->input, l->input2, l->relu, l->k_h, l->k_w, l->stride, l->pad, l->no_bias,
		l->types, l->dim, l->channels, iterations && cas_layer_routes(l) ? iterations : l->iters, (int)l->pool, patches);
	put_shape(&l->out, buf);
	cas_buf_printf(buf, " | %.17g %.17g", l->weight_scale, l->logit_scale);
	put_format(&l->pre, buf);
	put_format(&l->votes, buf);
	put_format(&l->result, buf);
	cas_buf_printf(buf, "\n");
}

static void put_group(const char *group, const char *multiplier, const struct cas_mul_library *lib, struct cas_buf *buf)
{
	const struct cas_mul_entry *entry = cas_mul_library_lookup(lib, multiplier);

	cas_buf_printf(buf, "group %s %s\n", group, entry ? entry->sha256 : ""); /* unknown: refused when it is loaded */
}

/* Groups with multipliers of their own, by name of the group, whatever their order; the squash unit is put by
 * itself. */
static void put_groups(const struct cas_string_map *map, const struct cas_mul_library *lib, struct cas_buf *buf)
{
	const char *last = "";

	for (;;) {
		int next = -1;

		for (int i = 0; i < map->count; i++)
			if (strcmp(map->entry[i].key, last) > 0 &&
			    (next < 0 || strcmp(map->entry[i].key, map->entry[next].key) < 0))
				next = i;
		if (next < 0)
			return;
		last = map->entry[next].key;
		if (strcmp(last, "squash"))
			put_group(last, map->entry[next].value, lib, buf);
	}
}

static cas_status put_settings(const struct cas_run_config *config, const struct cas_network *net,
	struct cas_buf *buf, struct cas_err *err)
{
	const struct cas_numerics *n = &config->accel.numerics;
	uint8_t patches[CAS_MAX_LAYERS] = {0};
	struct cas_program program = {0};
	cas_status status = cas_program_lower(&program, net, &config->accel, err);

	if (status)
		return status;
	cas_eval_mark_patches(&program, patches);
	cas_program_clear(&program);
	cas_buf_printf(buf, "capsacc-answers/2\nswap %d gating %d psum %d acc %d overflow %d requant %d rows %d "
		"calibration %d\n", n->swap_operands, n->zero_gating, n->psum_bits, n->acc_bits, (int)n->overflow,
		(int)n->requant, config->accel.rows, config->bias_calibration_images);
	cas_buf_printf(buf, "input");
	put_shape(&net->input, buf);
	put_format(&net->input_format, buf);
	cas_buf_printf(buf, " resize %d\n", net->resize);
	for (int l = 0; l < net->layers; l++)
		put_layer(&net->layer[l], n->iterations, patches[l], buf);
	return CAS_OK;
}

static void add_weights(const struct cas_network *net, SHA2_CTX *sum)
{
	for (int l = 0; l < net->layers; l++) {
		const struct cas_layer *layer = &net->layer[l];
		size_t biases = layer->b32 ? (size_t)layer->out.c : 0;

		if (layer->w8)
			SHA256Update(sum, (const uint8_t *)layer->w8, (size_t)layer->parameters - biases);
		if (layer->b32)
			SHA256Update(sum, (const uint8_t *)layer->b32, biases * sizeof *layer->b32);
	}
}

static void add_pixels(const struct cas_dataset *set, SHA2_CTX *sum)
{
	SHA256Update(sum, set->pixels, (size_t)set->images * (size_t)set->h * (size_t)set->w * (size_t)set->c);
}

cas_status cas_mul_fingerprint(const struct cas_run_config *config, const struct cas_network *net,
	const struct cas_dataset *set, const struct cas_dataset *calibration, const struct cas_mul_library *lib, int squash,
	char out[CAS_FINGERPRINT_BYTES], struct cas_err *err)
{
	const char *own = cas_string_map_get(&config->multiplier_groups, "squash");
	char sha256[SHA256_DIGEST_STRING_LENGTH];
	struct cas_buf text;
	SHA2_CTX sum;
	cas_status status;

	cas_buf_init(&text, 1 << 20);
	status = put_settings(config, net, &text, err);
	put_groups(&config->multiplier_groups, lib, &text);
	if (!squash)
		put_group("squash", own ? own : CAS_MUL_EXACT, lib, &text);
	if (!status)
		status = cas_buf_check(&text, err);
	if (!status) {
		SHA256Init(&sum);
		SHA256Update(&sum, (const uint8_t *)text.data, text.size_bytes);
		add_weights(net, &sum);
		add_pixels(set, &sum);
		SHA256Update(&sum, set->labels, (size_t)set->images);
		if (calibration)
			add_pixels(calibration, &sum);
		SHA256End(&sum, sha256);
		snprintf(out, CAS_FINGERPRINT_BYTES, "%.16s", sha256);
	}
	cas_buf_clear(&text);
	return status;
}
