/* served.h - how old the list is that a command shows. */
#ifndef CLI_SERVED_H
#define CLI_SERVED_H

#include "command.h"

#include "aisle/past.h"

#include <stdio.h>

/* "hybrid run 4 is 2 events behind: 'aisle train hybrid' takes them in"; nothing where it is not.
 */
void served_print_behind(const struct serving *serving, FILE *out);

/* That, or where it is about a day in the past, what of the shop is of then and what of today. */
void served_print(const struct serving *serving, const struct past *past);
/* {"run_served_then":true,"stock_noted":null,"items_left_out":12,"not_taken_back":["stock"]}; NULL
 * where it is about today (of use with "o*"). */
json_t *past_json(const struct past *past);

#endif
