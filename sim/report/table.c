#include "report/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A table of the longest program that a network can have stays far below this. */
#define MAX_TABLE_BYTES ((size_t)16 << 20)

enum { TEXT_WIDTH = 100 };

struct layout {
	size_t columns;
	size_t width[CAS_TABLE_COLUMNS];
	int used[CAS_TABLE_COLUMNS];
};

/* The cells one after the other. */
struct cursor {
	const char *at;
	char cell[CAS_CELL_BYTES];
};

void cas_table_init(struct cas_table *table, const char *align)
{
	assert(strlen(align) <= CAS_TABLE_COLUMNS);
	*table = (struct cas_table){.align = align};
	cas_buf_init(&table->text, MAX_TABLE_BYTES);
}

void cas_table_clear(struct cas_table *table)
{
	cas_buf_clear(&table->text);
}

void cas_table_add(struct cas_table *table, const char *format, ...)
{
	char cell[CAS_CELL_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(cell, sizeof cell, format, args);
	va_end(args);
	for (char *c = cell; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	cas_buf_printf(&table->text, "%s\n", cell);
	table->cells++;
}

static struct cursor start(const struct cas_table *table)
{
	return (struct cursor){.at = table->text.failed || !table->text.data ? "" : table->text.data};
}

/* Next cell, or NULL after the last. */
static const char *next(struct cursor *c)
{
	const char *end = strchr(c->at, '\n');
	size_t length;

	if (!end)
		return NULL;
	length = (size_t)(end - c->at);
	memcpy(c->cell, c->at, length);
	c->cell[length] = 0;
	c->at = end + 1;
	return c->cell;
}

static size_t characters(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xC0) != 0x80;
	return count;
}

static struct layout lay_out(const struct cas_table *table)
{
	struct layout layout = {.columns = strlen(table->align)};
	struct cursor c = start(table);
	const char *cell;

	for (size_t i = 0; (cell = next(&c)); i++) {
		size_t column = i % layout.columns, width = characters(cell);

		if (width > layout.width[column])
			layout.width[column] = width;
		layout.used[column] |= i >= layout.columns && width;
	}
	return layout;
}

void cas_table_text(const struct cas_table *table, int indent, struct cas_buf *out)
{
	struct layout layout = lay_out(table);
	struct cursor c = start(table);
	const char *cell;
	size_t owed = (size_t)indent; /* spaces before the next cell; none are left at a line's end */

	for (size_t i = 0; (cell = next(&c)); i++) {
		size_t column = i % layout.columns;

		if (layout.used[column]) {
			size_t space = layout.width[column] - characters(cell);
			int right = table->align[column] == 'r';

			if (*cell)
				cas_buf_printf(out, "%*s%s", (int)(owed + (right ? space : 0)), "", cell);
			owed = *cell ? (right ? 0 : space) + 2 : owed + layout.width[column] + 2;
		}
		if (column + 1 == layout.columns) {
			cas_buf_printf(out, "\n");
			owed = (size_t)indent;
		}
	}
}

void cas_html_escape(struct cas_buf *out, const char *text)
{
	for (; *text; text++) {
		const char *entity = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;"
			: *text == '"' ? "&quot;" : *text == '\'' ? "&#39;" : NULL;

		if (entity)
			cas_buf_printf(out, "%s", entity);
		else
			cas_buf_add(out, text, 1);
	}
}

void cas_table_html(const struct cas_table *table, struct cas_buf *out)
{
	struct layout layout = lay_out(table);
	struct cursor c = start(table);
	const char *cell;

	cas_buf_printf(out, "<table>\n");
	for (size_t i = 0; (cell = next(&c)); i++) {
		size_t column = i % layout.columns;
		const char *tag = i < layout.columns ? "th" : "td";

		if (!column)
			cas_buf_printf(out, "<tr>");
		if (layout.used[column]) {
			cas_buf_printf(out, "<%s%s>", tag, table->align[column] == 'r' ? " class=\"r\"" : "");
			cas_html_escape(out, cell);
			cas_buf_printf(out, "</%s>", tag);
		}
		if (column + 1 == layout.columns)
			cas_buf_printf(out, "</tr>\n");
	}
	cas_buf_printf(out, "</table>\n");
}

void cas_text_wrap(struct cas_buf *out, int indent, int hang, const char *text)
{
	size_t column = 0;

	while (*(text += strspn(text, " "))) {
		size_t bytes = strcspn(text, " ");
		char word[CAS_CELL_BYTES];
		size_t width;

		bytes = bytes < sizeof word - 1 ? bytes : sizeof word - 1;
		memcpy(word, text, bytes);
		word[bytes] = 0;
		width = characters(word);
		if (column && column + 1 + width > TEXT_WIDTH) {
			cas_buf_printf(out, "\n");
			column = (size_t)(indent + hang);
			cas_buf_printf(out, "%*s%s", (int)column, "", word);
		} else {
			cas_buf_printf(out, "%*s%s", column ? 1 : indent, "", word);
			column += column ? 1 : (size_t)indent;
		}
		column += width;
		text += bytes;
	}
	cas_buf_printf(out, "\n");
}

static void put_csv(struct cas_buf *out, const char *cell)
{
	if (!strpbrk(cell, ",\"")) {
		cas_buf_printf(out, "%s", cell);
		return;
	}
	cas_buf_printf(out, "\"");
	for (; *cell; cell++)
		cas_buf_printf(out, *cell == '"' ? "\"\"" : "%c", *cell);
	cas_buf_printf(out, "\"");
}

void cas_table_csv(const struct cas_table *table, struct cas_buf *out)
{
	size_t columns = strlen(table->align);
	struct cursor c = start(table);
	const char *cell;

	for (size_t i = 0; (cell = next(&c)); i++) {
		put_csv(out, cell);
		cas_buf_printf(out, i % columns + 1 == columns ? "\n" : ",");
	}
}

const char *cas_text_count(char out[CAS_NUMBER_BYTES], uint64_t value)
{
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value), n = 0;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			out[n++] = ',';
		out[n++] = digits[i];
	}
	out[n] = 0;
	return out;
}

const char *cas_text_bytes(char out[CAS_NUMBER_BYTES], uint64_t value)
{
	char number[CAS_NUMBER_BYTES];
	int kib = value && value % 1024 == 0, mib = kib && value % (1024 * 1024) == 0;

	cas_text_count(number, mib ? value >> 20 : kib ? value >> 10 : value);
	snprintf(out, CAS_NUMBER_BYTES, "%.32s %s", number, mib ? "MiB" : kib ? "KiB" : "B");
	return out;
}

const char *cas_text_short(char out[CAS_NUMBER_BYTES], uint64_t value)
{
	static const struct {
		double size;
		const char *letter;
	} scale[] = {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}};

	for (size_t i = 0; i < sizeof scale / sizeof scale[0]; i++)
		if ((double)value >= scale[i].size) {
			snprintf(out, CAS_NUMBER_BYTES, "%.1f %s", (double)value / scale[i].size, scale[i].letter);
			return out;
		}
	snprintf(out, CAS_NUMBER_BYTES, "%u", (unsigned)value);
	return out;
}

const char *cas_text_real(char out[CAS_NUMBER_BYTES], double value)
{
	int decimals = 3;

	for (double limit = 10; decimals > 0 && value >= limit; limit *= 10)
		decimals--;
	for (double limit = 1; decimals < 7 && value > 0 && value < limit && decimals < 8; limit /= 10)
		decimals++;
	snprintf(out, CAS_NUMBER_BYTES, "%.*f", decimals, value);
	return out;
}
