/* The comment at the head of EvoApproxLib's files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study/mul_source.h"

/* Copy the word after `key =` in the comment line, without its unit. */
static int take(const char *line, const char *key, char *out, size_t out_bytes)
{
	size_t length = strlen(key), n = 0;

	line += strspn(line, "/* \t");
	if (strncmp(line, key, length))
		return 0;
	line += length;
	line += strspn(line, " \t");
	if (*line != '=')
		return 0;
	line++;
	line += strspn(line, " \t");
	while (line[n] && !strchr(" \t\r\n%", line[n]))
		n++;
	if (n == 0 || n >= out_bytes)
		return 0;
	memcpy(out, line, n);
	out[n] = '\0';
	return 1;
}

static void take_cost(const char *line, const char *key, double *out)
{
	char text[32], *end;
	double value;

	if (!take(line, key, text, sizeof(text)))
		return;
	value = strtod(text, &end);
	if (!*end && value >= 0)
		*out = value;
}

static void take_line(const char *line, struct cas_mul_header *out)
{
	struct cas_mul_claims *c = &out->claims;

	take(line, "MAE%", c->mae_pct, sizeof(c->mae_pct));
	take(line, "MAE", c->mae, sizeof(c->mae));
	take(line, "WCE%", c->wce_pct, sizeof(c->wce_pct));
	take(line, "WCE", c->wce, sizeof(c->wce));
	take(line, "WCRE%", c->wcre_pct, sizeof(c->wcre_pct));
	take(line, "EP%", c->ep_pct, sizeof(c->ep_pct));
	take(line, "MRE%", c->mre_pct, sizeof(c->mre_pct));
	take(line, "MSE", c->mse, sizeof(c->mse));
	take_cost(line, "PDK45_PWR", &out->power_mw);
	take_cost(line, "PDK45_AREA", &out->area_um2);
	take_cost(line, "PDK45_DELAY", &out->delay_ns);
}

void cas_mul_header_parse(const char *text, struct cas_mul_header *out)
{
	*out = (struct cas_mul_header){.power_mw = -1, .area_um2 = -1, .delay_ns = -1};
	while (text && *text) {
		if (*text == '/' || *text == '*' || *text == ' ')
			take_line(text, out);
		text = strchr(text, '\n');
		text += text != NULL;
	}
}
