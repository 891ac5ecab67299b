/* Does running an image allocate nothing (engine8.h, enginef.h)?  Counts every call of the C library's
 * allocators: by definitions of our own in front of glibc's, or by the sanitizer's hook.  What OpenBLAS
 * allocates in a product is its own: its kernels of small products do, where the processor has AVX-512. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>
#include <cmocka.h>
#include <dlfcn.h>

#include "base/rng.h"
#include "engine/engine8.h"
#include "engine/enginef.h"
#include "model/network_load.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static atomic_long calls; /* of any allocator */

#if defined(SANITIZED)
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
	void (*on_free)(const volatile void *));

static void on_malloc(const volatile void *at, size_t bytes)
{
	(void)at;
	(void)bytes;
	calls++;
}

static void on_free(const volatile void *at)
{
	(void)at;
}

static int start_counting(void)
{
	return __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}
#elif defined(__GLIBC__)
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *at, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

void *malloc(size_t bytes)
{
	calls++;
	return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
	calls++;
	return __libc_calloc(count, bytes);
}

void *realloc(void *at, size_t bytes)
{
	calls++;
	return __libc_realloc(at, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
	calls++;
	return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **out, size_t alignment, size_t bytes)
{
	calls++;
	*out = __libc_memalign(alignment, bytes);
	return *out ? 0 : 12; /* ENOMEM */
}

static int start_counting(void)
{
	return 1;
}
#else
static int start_counting(void)
{
	return 0;
}
#endif

typedef void product(CBLAS_ORDER order, CBLAS_TRANSPOSE of_a, CBLAS_TRANSPOSE of_b, blasint m, blasint n, blasint k,
	float alpha, const float *a, blasint lda, const float *b, blasint ldb, float beta, float *c, blasint ldc);

static long products;

/* In front of OpenBLAS's: the calls of before stand again afterwards. */
void cblas_sgemm(CBLAS_ORDER order, CBLAS_TRANSPOSE of_a, CBLAS_TRANSPOSE of_b, blasint m, blasint n, blasint k,
	float alpha, const float *a, blasint lda, const float *b, blasint ldb, float beta, float *c, blasint ldc)
{
	long before = calls;
	void *symbol = dlsym(RTLD_NEXT, "cblas_sgemm");
	product *blas;

	assert_non_null(symbol);
	memcpy(&blas, &symbol, sizeof blas);
	blas(order, of_a, of_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
	calls = before;
	products++;
}

static void every_allocator_is_counted(void **state)
{
	void *volatile block;
	long before = calls;

	(void)state;
	block = malloc(10);
	assert_int_equal(calls - before, 1);
	block = realloc(block, 100000);
	assert_true(calls - before >= 2);
	free(block);
	before = calls;
	block = calloc(10, 10);
	assert_int_equal(calls - before, 1);
	free(block);
	before = calls;
	block = aligned_alloc(64, 128);
	assert_int_equal(calls - before, 1);
	free(block);
}

struct fixture {
	struct cas_network net;
	struct cas_tables tables;
	uint16_t table[65536];
	uint8_t *images; /* [2] */
	size_t bytes;
};

static struct fixture *setup(const char *path)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct cas_rng rng = cas_rng_init(14, 0);
	struct cas_err err;

	assert_non_null(f);
	if (cas_network_load(&f->net, path, CAS_NETWORK_WEIGHTS, &err))
		fail_msg("%s", err.text);
	for (int i = 0; i < 65536; i++) /* T[0][w] is not 0 */
		f->table[i] = (uint16_t)(((i >> 8) * (i & 255)) | 5);
	for (int l = 0; l < CAS_MAX_LAYERS; l++)
		for (int g = 0; g < CAS_GROUPS; g++)
			f->tables.table[l][g] = f->table;
	f->bytes = (size_t)(f->net.input.h * f->net.input.w * f->net.input.c);
	f->images = malloc(2 * f->bytes);
	assert_non_null(f->images);
	for (size_t i = 0; i < 2 * f->bytes; i++)
		f->images[i] = (uint8_t)cas_rng_below(&rng, 256);
	return f;
}

static void teardown(struct fixture *f)
{
	cas_network_clear(&f->net);
	free(f->images);
	free(f);
}

/* Allocations of the second image's run. */
static long second_run8(const struct fixture *f, const struct cas_engine8_options *options, int *exposed)
{
	struct cas_engine8 *engine;
	struct cas_worker8 *worker;
	struct cas_err err;
	long before;

	if (cas_engine8_plan(&engine, &f->net, &f->tables, options, &err))
		fail_msg("%s", err.text);
	assert_int_equal(cas_worker8_new(&worker, engine, &err), CAS_OK);
	for (int l = 0; l < f->net.layers; l++)
		*exposed += cas_engine8_is_exposed(engine, l);
	cas_engine8_run(engine, worker, f->images, NULL);
	before = calls;
	cas_engine8_run(engine, worker, f->images + f->bytes, NULL);
	before = calls - before;
	cas_worker8_free(worker);
	cas_engine8_free(engine);
	return before;
}

static long second_runf(const struct fixture *f)
{
	struct cas_enginef *engine;
	struct cas_workerf *worker;
	struct cas_err err;
	long before;

	if (cas_enginef_plan(&engine, &f->net, 0, &err))
		fail_msg("%s", err.text);
	assert_int_equal(cas_workerf_new(&worker, engine, &err), CAS_OK);
	cas_enginef_run(engine, worker, f->images, NULL);
	before = calls;
	cas_enginef_run(engine, worker, f->images + f->bytes, NULL);
	before = calls - before;
	cas_workerf_free(worker);
	cas_enginef_free(engine);
	return before;
}

/* A trained CapsNet; DeepCaps's layers, ConvCaps3D and pooling among them; a plain network; capsules on capsules. */
static const char *const networks[] = {"models/capsnet-digits", "tests/golden/data/block", "tests/golden/data/plain",
	"tests/golden/data/deep"};
enum { NETWORKS = sizeof networks / sizeof networks[0] };

static void the_8_bit_engine_allocates_nothing_for_an_image(void **state)
{
	int exposed = 0, runs = 0;

	(void)state;
	for (int n = 0; n < NETWORKS; n++) {
		struct fixture *f = setup(networks[n]);

		for (int i = 0; i < 3 * 2 * 2; i++, runs++) { /* instruction set, widths, mapping */
			struct cas_engine8_options options = {.rows = 16, .isa = (enum cas_isa)(CAS_ISA_PORTABLE + i % 3),
				.numerics = {.psum_bits = i / 3 % 2 ? 14 : 25, .acc_bits = i / 3 % 2 ? 16 : 32,
					.mapping = i / 6 ? CAS_AFFINE : CAS_SIGN_MAGNITUDE_ALIGNED}};

			assert_int_equal(second_run8(f, &options, &exposed), 0);
		}
		teardown(f);
	}
	assert_int_equal(runs, 12 * NETWORKS);
	assert_true(exposed > 6 * NETWORKS);
}

static void the_float_engine_allocates_nothing_for_an_image(void **state)
{
	(void)state;
	for (int n = 0; n < NETWORKS; n++) {
		struct fixture *f = setup(networks[n]);

		products = 0;
		assert_int_equal(second_runf(f), 0);
		assert_true(products >= 2 * 2); /* of two images: they went through the definition above */
		teardown(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocator_is_counted),
		cmocka_unit_test(the_8_bit_engine_allocates_nothing_for_an_image),
		cmocka_unit_test(the_float_engine_allocates_nothing_for_an_image),
	};

	if (!start_counting()) {
		print_message("1..0 # SKIP this C library's allocators cannot be counted\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
