/* Is cas_exp e^x within the error that its operations allow?  Against expl of the C library.
 *
 * With u = 2^-53: twenty additions of partial sums below 1 (20 u), terms each with two roundings
 * more than the last (2 u |y| e^|y| < 6 u), over a sum of at least e^-1, make 71 u; six squarings
 * multiply it by 64 and add 63 u: below 4600 u < 5.2e-13.  Cut-off: 1/21! is below u. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>

#include <cmocka.h>

#include "arith/fixed.h"
#include "base/rng.h"

#define BOUND 5.2e-13

/* Relative error over what is allowed, and in units of the last place. */
struct worst {
	double share, ulp, x;
};

static void check(struct worst *worst, double x)
{
	long double want = expl(x), off = fabsl(cas_exp(x) - want);
	double nearest = (double)want, ulp = nextafter(nearest, INFINITY) - nearest;
	double share = (double)(off / want) / BOUND;
	if (!(share < 1))
		fail_msg("exp(%.17g): got %.17g, want %.17Lg", x, cas_exp(x), want);
	worst->ulp = fmax(worst->ulp, (double)off / ulp);
	if (share > worst->share) {
		worst->share = share;
		worst->x = x;
	}
}

static void the_exponential_holds_its_bound(void **state)
{
	struct cas_rng rng = cas_rng_init(5, 0);
	struct worst worst = {0};
	(void)state;
	for (int i = 0; i <= 64 * 256; i++)
		check(&worst, -i / 256.0);
	for (int i = 0; i < 500000; i++)
		check(&worst, -64 * cas_rng_unit(&rng));
	for (int i = 0; i < 100000; i++)
		check(&worst, -exp2(-60 * cas_rng_unit(&rng)));
	print_message("# note: largest error %.1f ulp, relative %.2g at x = %.17g\n", worst.ulp,
		worst.share * BOUND, worst.x);
	assert_true(worst.share > 0.01); /* else nothing was measured */
	assert_true(cas_exp(0) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_exponential_holds_its_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
