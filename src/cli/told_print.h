/* told_print.h - an answer in words on stdout, or as JSON. */
#ifndef CLI_TOLD_PRINT_H
#define CLI_TOLD_PRINT_H

#include "command.h"

#include "job/told.h"

void told_print(const struct told *told);
/* [{"stage","passed","sentence"}], passed null where a line is no stage. */
json_t *told_json(const struct told *told);

#endif
