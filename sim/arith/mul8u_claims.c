#include "arith/mul8u_claims.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct printed {
	double value;
	double half_unit; /* half of one unit of the last printed digit */
};

/* [digits][.digits][e[+-]digits], the forms in which the library prints. */
static int parse(const char *text, struct printed *out)
{
	const char *p = text;
	int digits = 0, decimals = 0;
	long exponent = 0;
	char *end;

	for (; *p >= '0' && *p <= '9'; p++)
		digits++;
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++)
			decimals++;
	if (digits + decimals == 0)
		return 0;
	if (*p == 'e' || *p == 'E') {
		exponent = strtol(p + 1, &end, 10);
		if (end == p + 1)
			return 0;
		p = end;
	}
	if (*p || exponent < -99 || exponent > 99)
		return 0;
	out->value = strtod(text, NULL);
	out->half_unit = 0.5 * pow(10.0, (double)(exponent - decimals));
	return 1;
}

static cas_status check_one(const char *key, const char *text, double value, struct cas_err *err)
{
	struct printed claim;

	if (!*text)
		return CAS_OK;
	if (!parse(text, &claim))
		return cas_err_set(err, CAS_INPUT, "%s: '%s' is not a decimal number", key, text);
	if (fabs(value - claim.value) <= claim.half_unit * (1 + 1e-9))
		return CAS_OK;
	return cas_err_set(err, CAS_MISMATCH, "%s: %s is claimed, the table gives %.10g", key, text, value);
}

cas_status cas_mul_claims_check(const struct cas_mul_claims *claims,
	const struct cas_mul_metrics *metrics, struct cas_err *err)
{
	const double of_range = 100.0 / CAS_MUL8U_PAIRS;
	const struct {
		const char *key, *text;
		double value;
	} rows[] = {
		{"mae", claims->mae, metrics->mae},
		{"wce", claims->wce, metrics->wce},
		{"mse", claims->mse, metrics->mse},
		{"mae_pct", claims->mae_pct, metrics->mae * of_range},
		{"wce_pct", claims->wce_pct, metrics->wce * of_range},
		{"wcre_pct", claims->wcre_pct, 100.0 * metrics->wcre},
		{"ep_pct", claims->ep_pct, 100.0 * metrics->ep},
		{"mre_pct", claims->mre_pct, 100.0 * metrics->mre},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cas_status status = check_one(rows[i].key, rows[i].text, rows[i].value, err);

		if (status)
			return status;
	}
	return CAS_OK;
}
