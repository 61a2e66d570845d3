/* explain_map.h - where an attention model looked, in print: beside a receipt, never as a reason.
 */
#ifndef CLI_EXPLAIN_MAP_H
#define CLI_EXPLAIN_MAP_H

#include "shopper_options.h"

/* Of the question's model and shopper; NULL after telling. */
struct attention_map *question_map(const struct question *question, int *status);
void map_print(const struct attention_map *map, const struct dataset *dataset);
/* {"note", "events":[{"item","title","time"}], "heads":[{"block","head","weights":[…]}]} */
json_t *map_json(const struct attention_map *map, const struct dataset *dataset);

#endif
