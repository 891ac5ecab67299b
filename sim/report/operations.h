/* Operations by kind and layer (model/network_ops.h) as a table and as JSON. */
#ifndef CAS_REPORT_OPERATIONS_H
#define CAS_REPORT_OPERATIONS_H

#include <cjson/cJSON.h>

#include "model/network.h"
#include "report/table.h"

/* Table of layers and total; initialised here, cleared by the caller.  `iterations` > 0 stands in for the
 * layers' own; `exact`: whole numbers without separators, for CSV. */
void cas_operations_table(const struct cas_network *net, int iterations, int exact,
	struct cas_table *table);

/* operations{total{multiply, add, divide, exp, sqrt}, layers[{name, ...}]} */
void cas_json_operations(cJSON *root, const struct cas_network *net, int iterations);

#endif
