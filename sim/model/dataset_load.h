/* Loading of the known image sets from the files that their authors publish. */
#ifndef CAS_MODEL_DATASET_LOAD_H
#define CAS_MODEL_DATASET_LOAD_H

#include <stddef.h>

#include "base/status.h"
#include "model/dataset.h"

/* mnist, fashion (Fashion-MNIST): IDX files; cifar10: the binary version; svhn: cropped digits, .mat. */
enum cas_dataset_kind { CAS_DATA_MNIST, CAS_DATA_FASHION, CAS_DATA_CIFAR10, CAS_DATA_SVHN, CAS_DATA_KINDS };
enum cas_split { CAS_SPLIT_TRAIN, CAS_SPLIT_TEST };

/* "mnist", "fashion", "cifar10", "svhn"; -1 from the second if the word is none of them. */
const char *cas_dataset_kind_name(enum cas_dataset_kind kind);
int cas_dataset_kind_parse(const char *word);

/* The folder that the set has in a root, as below: "mnist", "fashion-mnist", "cifar-10", "svhn". */
const char *cas_dataset_kind_folder(enum cas_dataset_kind kind);

/* Where a set is: `folder` holds its files; if that is NULL or empty, the first of
 * `<root>/<name>` and `./data/<name>` that holds one of them, where `root` is the value of the
 * environment variable CAPSACC_DATA (NULL or empty: skipped) and <name> is mnist, fashion-mnist,
 * cifar-10 or svhn. */
struct cas_dataset_source {
	enum cas_dataset_kind kind;
	enum cas_split split;
	const char *folder, *root;
};

/* The folder that the set's files are read from, as the rules above give it: relative if `root` is.
 * Errors: CAS_INPUT if they are not found, or the path does not fit `room_bytes`. */
cas_status cas_dataset_find(const struct cas_dataset_source *source, char *folder, size_t room_bytes,
	struct cas_err *err);

/* Load images first .. first + count - 1 (count 0: all from `first`) of a set; files may be plain or
 * .gz (plain is taken where both are there).  set->name becomes the kind's name.  The set is the
 * caller's: cas_dataset_clear.
 * Errors: CAS_INPUT: the set is not found (says which files are expected where, and where to get
 * them), a file is malformed, images and labels disagree in number, a label is above 9, the range
 * passes the set's end; CAS_ENV if memory or reading fails.  *set is empty then. */
cas_status cas_dataset_load(const struct cas_dataset_source *source, int first, int count,
	struct cas_dataset *set, struct cas_err *err);

#endif
