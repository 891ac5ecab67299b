#include "report/page.h"

#include "report/table.h"

void cas_page_open(struct cas_buf *out, const char *title)
{
	cas_buf_printf(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
	cas_html_escape(out, title);
	cas_buf_printf(out, " - capsacc-sim</title>\n<style>\n"
		"body{font:15px/1.45 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}\n"
		"table{border-collapse:collapse;font-size:13px;margin:.6em 0}\n"
		"th,td{padding:.15em .6em;border-bottom:1px solid #ddd;text-align:left}\n"
		"th.r,td.r{text-align:right;font-variant-numeric:tabular-nums}\n"
		"svg{font-size:12px;max-width:100%%;fill:#222}svg rect{fill:#3a6ea5}\n"
		"pre{white-space:pre-wrap;font-size:12px}\n</style>\n</head>\n<body>\n<h1>");
	cas_html_escape(out, title);
	cas_buf_printf(out, "</h1>\n");
}

void cas_page_close(struct cas_buf *out)
{
	cas_buf_printf(out, "</body>\n</html>\n");
}
