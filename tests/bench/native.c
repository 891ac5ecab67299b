/* The limit: convolutions of oneDNN (Debian's libdnnl-dev), which multiply exactly, in turns with
 * our whole network.  Without the library nothing is measured, and the report says so. */
#include <stdlib.h>

#include "bench.h"

#if defined(BENCH_DNNL)

#include <oneapi/dnnl/dnnl.h>

void omp_set_num_threads(int threads); /* libgomp, which oneDNN runs on */

enum { MEMORIES = 3 }; /* source, weights, destination */

struct conv {
	dnnl_primitive_t primitive;
	dnnl_memory_t memory[MEMORIES];
	dnnl_stream_t stream;
};

static const dnnl_dim_t batch = 4; /* images of one call, as in our turns */

static void check(dnnl_status_t status)
{
	if (status != dnnl_success)
		bench_fail("oneDNN: a call failed");
}

static void run_conv(void *ctx, int part)
{
	struct conv *c = ctx;
	dnnl_exec_arg_t args[MEMORIES] = {{DNNL_ARG_SRC, c->memory[0]}, {DNNL_ARG_WEIGHTS, c->memory[1]},
		{DNNL_ARG_DST, c->memory[2]}};

	(void)part;
	check(dnnl_primitive_execute(c->primitive, c->stream, MEMORIES, args));
	check(dnnl_stream_wait(c->stream));
}

/* Contents do not change the time of these kernels but for denormal floats: all bytes are 0x3c. */
static dnnl_memory_t make_memory(const_dnnl_primitive_desc_t pd, dnnl_query_t what, dnnl_engine_t engine)
{
	const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(pd, what, 0);
	dnnl_memory_t memory;
	size_t bytes = dnnl_memory_desc_get_size(md);
	uint8_t *data;

	check(dnnl_memory_create(&memory, md, engine, DNNL_MEMORY_ALLOCATE));
	check(dnnl_memory_get_data_handle(memory, (void **)&data));
	for (size_t i = 0; i < bytes; i++)
		data[i] = 0x3c;
	return memory;
}

/* A convolution 9x9 without padding; layouts are the library's choice.  0 if it has none. */
static int make_conv(struct conv *c, dnnl_engine_t engine, const dnnl_data_type_t type[MEMORIES], dnnl_dim_t c_in,
	dnnl_dim_t side, dnnl_dim_t stride)
{
	dnnl_dim_t out = (side - 9) / stride + 1;
	dnnl_dims_t dims[MEMORIES] = {{batch, c_in, side, side}, {256, c_in, 9, 9}, {batch, 256, out, out}};
	dnnl_dims_t strides = {stride, stride}, pad = {0, 0};
	const float scale = 0.001f;
	dnnl_memory_desc_t md[MEMORIES];
	dnnl_convolution_desc_t desc;
	dnnl_primitive_attr_t attr;
	dnnl_primitive_desc_t pd;
	dnnl_status_t status;

	for (int i = 0; i < MEMORIES; i++)
		check(dnnl_memory_desc_init_by_tag(&md[i], 4, dims[i], type[i], dnnl_format_tag_any));
	check(dnnl_convolution_forward_desc_init(&desc, dnnl_forward_inference, dnnl_convolution_direct, &md[0], &md[1],
		NULL, &md[2], strides, pad, pad));
	check(dnnl_primitive_attr_create(&attr));
	if (type[0] == dnnl_u8)
		check(dnnl_primitive_attr_set_output_scales(attr, 1, 0, &scale));
	status = dnnl_primitive_desc_create(&pd, &desc, attr, engine, NULL);
	check(dnnl_primitive_attr_destroy(attr));
	if (status != dnnl_success)
		return 0;
	check(dnnl_primitive_create(&c->primitive, pd));
	c->memory[0] = make_memory(pd, dnnl_query_src_md, engine);
	c->memory[1] = make_memory(pd, dnnl_query_weights_md, engine);
	c->memory[2] = make_memory(pd, dnnl_query_dst_md, engine);
	check(dnnl_primitive_desc_destroy(pd));
	check(dnnl_stream_create(&c->stream, engine, dnnl_stream_default_flags));
	return 1;
}

static void free_conv(struct conv *c)
{
	(void)dnnl_primitive_destroy(c->primitive);
	for (int i = 0; i < MEMORIES; i++)
		(void)dnnl_memory_destroy(c->memory[i]);
	(void)dnnl_stream_destroy(c->stream);
}

struct network {
	const struct bench_set *set;
	struct cas_engine8 *engine;
	struct cas_worker8 *worker;
};

static void run_network(void *ctx, int part)
{
	struct network *n = ctx;

	cas_engine8_run(n->engine, n->worker, n->set->images.pixels + (size_t)part * n->set->image_bytes, NULL);
}

static void race(struct bench_results *r, struct conv *conv, const int *made, struct network *ours)
{
	struct bench_runner runner[7] = {{0}};
	int count = 0;

	for (int i = 0; i < 6; i++)
		if (made[i])
			runner[count++] = (struct bench_runner){.run = run_conv, .ctx = &conv[i], .parts = 1};
	runner[count++] = (struct bench_runner){.run = run_network, .ctx = ours, .parts = (int)batch};
	bench_race(runner, count, 0.05, 8);
	r->beside_s = runner[--count].best_s / (double)batch;
	for (int i = 5; i >= 0; i--)
		if (made[i])
			*(i % 2 ? &r->native[i / 2].primarycaps_s : &r->native[i / 2].conv1_s) =
				runner[--count].best_s / (double)batch;
}

void bench_native_run(struct bench_results *r, const struct bench_data *data)
{
	static const dnnl_data_type_t types[3][MEMORIES] = {{dnnl_u8, dnnl_s8, dnnl_s8},
		{dnnl_bf16, dnnl_bf16, dnnl_bf16}, {dnnl_f32, dnnl_f32, dnnl_f32}};
	uint16_t *table = bench_table(data, "NGR");
	struct network ours = {.set = &data->mnist,
		.engine = bench_engine(&data->mnist.net, table, CAS_SIGN_MAGNITUDE_ALIGNED, CAS_ISA_BEST)};
	struct conv conv[6];
	int made[6];
	dnnl_engine_t engine;
	struct cas_err err;

	if (cas_worker8_new(&ours.worker, ours.engine, &err))
		bench_fail(err.text);
	omp_set_num_threads(1);
	check(dnnl_engine_create(&engine, dnnl_cpu, 0));
	for (int i = 0; i < 6; i++)
		made[i] = make_conv(&conv[i], engine, types[i / 2], i % 2 ? 256 : 1, i % 2 ? 20 : 28, i % 2 ? 2 : 1);
	race(r, conv, made, &ours);
	for (int i = 0; i < 6; i++)
		if (made[i])
			free_conv(&conv[i]);
	(void)dnnl_engine_destroy(engine);
	cas_worker8_free(ours.worker);
	cas_engine8_free(ours.engine);
	free(table);
}

#else

void bench_native_run(struct bench_results *r, const struct bench_data *data)
{
	(void)r, (void)data;
}

#endif
