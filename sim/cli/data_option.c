#define _XOPEN_SOURCE 700 /* realpath */

#include "cli/data_option.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "model/dataset_load.h"

_Static_assert((int)CAS_USE_SETS == (int)CAS_DATA_KINDS + 1, "digits, and each kind that has files");

static int parse_set(const char *text)
{
	for (int s = 0; s < CAS_USE_SETS; s++)
		if (!strcmp(text, cas_data_set_name((enum cas_data_set)s)))
			return s;
	return -1;
}

static int is_folder(const char *path)
{
	struct stat info;

	return !stat(path, &info) && S_ISDIR(info.st_mode);
}

void cas_data_option_take(const char *text, const char *data[CAS_DATA_WORDS])
{
	data[parse_set(text) >= 0 ? CAS_DATA_WORD : CAS_DATA_FOLDER] = text;
}

/* The set's own folder below `root`, or `root` itself; absolute, so that config.yaml can be moved. */
static cas_status locate(const char *root, enum cas_data_set set, char out[CAS_PATH_BYTES],
	struct cas_err *err)
{
	int kind = cas_dataset_kind_parse(cas_data_set_name(set)), length;
	char path[PATH_MAX], real[PATH_MAX];

	assert(kind >= 0); /* every set but the digits, which have no files, is a kind of the same name */
	length = snprintf(path, sizeof path, "%s/%s", root, cas_dataset_kind_folder((enum cas_dataset_kind)kind));
	if (length < 0 || (size_t)length >= sizeof path || !is_folder(path))
		snprintf(path, sizeof path, "%s", root);
	if (!realpath(path, real) || strlen(real) >= CAS_PATH_BYTES)
		return cas_err_set(err, CAS_INPUT, "--data %.200s: not a path that can be used", root);
	memcpy(out, real, strlen(real) + 1);
	return CAS_OK;
}

cas_status cas_data_option_apply(const char *const data[CAS_DATA_WORDS],
	struct cas_run_config *config, struct cas_err *err)
{
	const char *folder = data[CAS_DATA_FOLDER];

	if (data[CAS_DATA_WORD])
		config->data_set = (enum cas_data_set)parse_set(data[CAS_DATA_WORD]);
	if (!folder)
		return CAS_OK;
	if (!is_folder(folder))
		return cas_err_set(err, CAS_INPUT,
			"--data %.200s: neither a folder nor a known set (digits, mnist, fashion, cifar10, svhn)", folder);
	if (config->data_set == CAS_USE_DIGITS)
		return cas_err_set(err, CAS_INPUT,
			"--data %.200s: the data set is digits, which are drawn and not read; add --data mnist, fashion, cifar10 or svhn",
			folder);
	return locate(folder, config->data_set, config->data_path, err);
}
