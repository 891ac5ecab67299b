/* Tables that are built once and rendered as text, HTML or CSV. */
#ifndef CAS_REPORT_TABLE_H
#define CAS_REPORT_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

enum { CAS_TABLE_COLUMNS = 32, CAS_CELL_BYTES = 256 };

/* Cells row by row, the first row being the headings.  Owned: cas_table_clear. */
struct cas_table {
	const char *align;   /* one letter a column, 'l' or 'r'; as many columns as letters, at most
	                      * CAS_TABLE_COLUMNS; not owned */
	struct cas_buf text; /* the cells, each ended by a newline (which no cell holds) */
	size_t cells;
};

void cas_table_init(struct cas_table *table, const char *align);
void cas_table_clear(struct cas_table *table);

/* Add the next cell; longer text is cut at CAS_CELL_BYTES - 1. */
void cas_table_add(struct cas_table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Append the table, each line behind `indent` spaces.  A column whose cells below the heading are all
 * empty is left out.  Widths count UTF-8 characters. */
void cas_table_text(const struct cas_table *table, int indent, struct cas_buf *out);

/* Append it as an HTML table, text escaped; empty columns are left out. */
void cas_table_html(const struct cas_table *table, struct cas_buf *out);

/* Append it as CSV (RFC 4180, but lines end in a newline alone); every column is kept. */
void cas_table_csv(const struct cas_table *table, struct cas_buf *out);

/* Append `text` with & < > " ' escaped, for HTML's text and attributes. */
void cas_html_escape(struct cas_buf *out, const char *text);

/* Append `text` with line breaks between words, no line longer than 100 characters, the first after
 * `indent` spaces and the others after `indent` + `hang`; ends the line. */
void cas_text_wrap(struct cas_buf *out, int indent, int hang, const char *text);

/* Numbers for people.  Each writes to and returns `out`.
 * "1,234,567"; "64 KiB" where that is exact, else "1,234 B"; "191.1 M", "12.3 k", "812". */
enum { CAS_NUMBER_BYTES = 48 };
const char *cas_text_count(char out[CAS_NUMBER_BYTES], uint64_t value);
const char *cas_text_bytes(char out[CAS_NUMBER_BYTES], uint64_t value);
const char *cas_text_short(char out[CAS_NUMBER_BYTES], uint64_t value);
/* Four significant digits, without an exponent from 0.0001 on. */
const char *cas_text_real(char out[CAS_NUMBER_BYTES], double value);

#endif
