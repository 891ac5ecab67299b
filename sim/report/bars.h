/* Bar charts of the pages: inline SVG, one labelled bar a row. */
#ifndef CAS_REPORT_BARS_H
#define CAS_REPORT_BARS_H

#include "base/mem.h"

/* Begin a chart of `rows` bars; `title` is read to those who do not see it.  The caller ends it with
 * "</svg>". */
void cas_bars_open(struct cas_buf *out, int rows, const char *title);

/* Bar `row` (from 0) as long as value / largest, `label` before it and `text` behind it. */
void cas_bars_put(struct cas_buf *out, int row, const char *label, double value, double largest,
	const char *text);

#endif
