#include "model/dataset.h"

#include <stdlib.h>

void cas_dataset_clear(struct cas_dataset *set)
{
	free(set->pixels);
	free(set->labels);
	*set = (struct cas_dataset){0};
}
