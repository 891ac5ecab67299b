#include "io/safetensors_check.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	size_t bytes;
} dtypes[CAS_DTYPES] = {
	[CAS_DT_F32] = {"F32", 4}, [CAS_DT_F16] = {"F16", 2}, [CAS_DT_BF16] = {"BF16", 2},
	[CAS_DT_F64] = {"F64", 8}, [CAS_DT_I8] = {"I8", 1},   [CAS_DT_U8] = {"U8", 1},
	[CAS_DT_I16] = {"I16", 2}, [CAS_DT_I32] = {"I32", 4}, [CAS_DT_I64] = {"I64", 8},
	[CAS_DT_BOOL] = {"BOOL", 1},
};

const char *cas_dtype_name(enum cas_dtype dtype)
{
	return dtypes[dtype].name;
}

size_t cas_dtype_bytes(enum cas_dtype dtype)
{
	return dtypes[dtype].bytes;
}

int cas_dtype_parse(const char *word)
{
	for (int i = 0; i < CAS_DTYPES; i++)
		if (!strcmp(word, dtypes[i].name))
			return i;
	return -1;
}

static int printable(const char *name)
{
	for (; *name; name++)
		if ((unsigned char)*name < 0x20 || *name == 0x7f)
			return 0;
	return 1;
}

const char *cas_st_shown(const char *name)
{
	return printable(name) ? name : "(control characters)";
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(((const struct cas_st_name *)left)->name, ((const struct cas_st_name *)right)->name);
}

cas_status cas_st_sort_names(const char *label, const char *what, struct cas_st_name names[],
	size_t count, struct cas_err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (!names[i].name[0])
			return cas_err_set(err, CAS_INPUT, "%s: %s %zu has an empty name", label, what, i);
		if (!printable(names[i].name))
			return cas_err_set(err, CAS_INPUT, "%s: %s %zu has control characters in its name", label,
				what, i);
	}
	if (count)
		qsort(names, count, sizeof *names, compare_names);
	for (size_t i = 1; i < count; i++)
		if (!strcmp(names[i - 1].name, names[i].name))
			return cas_err_set(err, CAS_INPUT, "%s: %s \"%s\" is there twice", label, what,
				names[i].name);
	return CAS_OK;
}

const struct cas_st_name *cas_st_search(const struct cas_st_name names[], size_t count,
	const char *name)
{
	struct cas_st_name key = {name, 0};

	return count ? bsearch(&key, names, count, sizeof *names, compare_names) : NULL;
}

cas_status cas_st_size(const char *label, struct cas_st_tensor *tensor, struct cas_err *err)
{
	uint64_t elements = 1;

	for (int i = 0; i < tensor->dims; i++) {
		/* More is not exact in JSON's doubles. */
		if (tensor->shape[i] > (uint64_t)1 << 53)
			return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": shape[%d] is above 2^53", label,
				tensor->name, i);
		if (__builtin_mul_overflow(elements, tensor->shape[i], &elements))
			return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": shape has 2^64 elements or more",
				label, tensor->name);
	}
	if (__builtin_mul_overflow(elements, (uint64_t)cas_dtype_bytes(tensor->dtype),
		    &tensor->size_bytes))
		return cas_err_set(err, CAS_INPUT, "%s: tensor \"%s\": shape has 2^64 bytes or more", label,
			tensor->name);
	tensor->elements = elements;
	return CAS_OK;
}
