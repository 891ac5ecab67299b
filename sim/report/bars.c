#include "report/bars.h"

#include "report/table.h"

enum { BAR_ROW = 20, BAR_LEFT = 190, BAR_WIDTH = 460, BAR_RIGHT = 110 };

void cas_bars_put(struct cas_buf *out, int row, const char *label, double value, double largest,
	const char *text)
{
	double width = largest > 0 ? value / largest * BAR_WIDTH : 0;

	cas_buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", BAR_LEFT - 8, row * BAR_ROW + 14);
	cas_html_escape(out, label);
	cas_buf_printf(out, "</text><rect x=\"%d\" y=\"%d\" width=\"%.2f\" height=\"%d\"/>"
		"<text x=\"%.2f\" y=\"%d\">", BAR_LEFT, row * BAR_ROW + 3, width, BAR_ROW - 6,
		BAR_LEFT + width + 6, row * BAR_ROW + 14);
	cas_html_escape(out, text);
	cas_buf_printf(out, "</text>\n");
}

void cas_bars_open(struct cas_buf *out, int rows, const char *title)
{
	cas_buf_printf(out, "<svg role=\"img\" aria-label=\"");
	cas_html_escape(out, title);
	cas_buf_printf(out, "\" width=\"%d\" height=\"%d\">\n", BAR_LEFT + BAR_WIDTH + BAR_RIGHT, rows * BAR_ROW);
}
