/* served.h - how old the list is that a command shows. */
#ifndef CLI_SERVED_H
#define CLI_SERVED_H

#include "command.h"

#include <stdio.h>

/* "hybrid run 4 is 2 events behind: 'aisle train hybrid' takes them in"; nothing where it is not.
 */
void served_print_behind(const struct serving *serving, FILE *out);

#endif
