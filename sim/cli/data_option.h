/* --data: a word names a known set, anything else the folder of its files; both may be given. */
#ifndef CAS_CLI_DATA_OPTION_H
#define CAS_CLI_DATA_OPTION_H

#include "base/status.h"
#include "study/run_config.h"

enum { CAS_DATA_WORD, CAS_DATA_FOLDER, CAS_DATA_WORDS };

/* Sort one argument into word or folder; a folder with the name of a set is written ./mnist. */
void cas_data_option_take(const char *text, const char *data[CAS_DATA_WORDS]);

/* Put both into the configuration.  The folder may also be the one above, as CAPSACC_DATA names it:
 * that which holds mnist, fashion-mnist, cifar-10 or svhn.
 * Errors: CAS_INPUT if the folder is none, or the set is `digits`, which has no files. */
cas_status cas_data_option_apply(const char *const data[CAS_DATA_WORDS],
	struct cas_run_config *config, struct cas_err *err);

#endif
