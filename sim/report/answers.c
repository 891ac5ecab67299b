#include "report/answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/outfile.h"

enum { MAX_BYTES = 1 << 29, PATH_MOST = 4096 };

/* One non-negative integer and the character behind it; 0 if there is none. */
static int read_int(const char **at, char after, int32_t *out)
{
	long value = 0;
	const char *c = *at;

	if (*c < '0' || *c > '9')
		return 0;
	for (; *c >= '0' && *c <= '9'; c++) {
		value = value * 10 + (*c - '0');
		if (value > INT32_MAX)
			return 0;
	}
	if (after && *c != after)
		return 0;
	*out = (int32_t)value;
	*at = c + (after != 0);
	return 1;
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* The lines behind the heading. */
static cas_status parse(const char *file, const char *text, struct cas_answers *out, struct cas_err *err)
{
	const char *at = strchr(text, '\n');
	size_t lines = count_lines(text);
	cas_status status = CAS_OK;

	if (strncmp(text, "image,label,answer", 18) || !at || lines > INT32_MAX)
		return cas_err_set(err, CAS_INPUT, "%s:1: expected the heading image,label,answer", file);
	status = cas_mem_new((void **)&out->label, lines, sizeof *out->label, err);
	if (!status)
		status = cas_mem_new((void **)&out->answer, lines, sizeof *out->answer, err);
	for (at++; *at && !status; out->images++) {
		int i = out->images, image;

		if (!read_int(&at, ',', &image) || image != i || !read_int(&at, ',', &out->label[i]) ||
		    !read_int(&at, 0, &out->answer[i]) || !strchr(at, '\n'))
			return cas_err_set(err, CAS_INPUT, "%s:%d: expected %d,LABEL,ANSWER", file, i + 2, i);
		at = strchr(at, '\n') + 1;
	}
	return status;
}

cas_status cas_answers_read(const char *folder, struct cas_answers *out, struct cas_err *err)
{
	char file[PATH_MOST], *text = NULL;
	size_t bytes;
	cas_status status;

	*out = (struct cas_answers){0};
	if (snprintf(file, sizeof file, "%s/answers.csv", folder) >= PATH_MOST || access(file, F_OK))
		return CAS_OK;
	status = cas_file_read(file, MAX_BYTES, &text, &bytes, err);
	if (!status)
		status = parse(file, text, out, err);
	free(text);
	if (status)
		cas_answers_clear(out);
	return status;
}

void cas_answers_clear(struct cas_answers *answers)
{
	free(answers->label);
	free(answers->answer);
	*answers = (struct cas_answers){0};
}

int cas_answers_pair(const struct cas_answers *a, const struct cas_answers *b, int *only_a, int *only_b)
{
	*only_a = *only_b = 0;
	if (!a->images || a->images != b->images ||
	    memcmp(a->label, b->label, (size_t)a->images * sizeof *a->label))
		return 0;
	for (int i = 0; i < a->images; i++) {
		int right_a = a->answer[i] == a->label[i], right_b = b->answer[i] == b->label[i];

		*only_a += right_a && !right_b;
		*only_b += right_b && !right_a;
	}
	return 1;
}
