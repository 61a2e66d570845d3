/* report_print.h - an answer in words on stdout, or as JSON. */
#ifndef CLI_REPORT_PRINT_H
#define CLI_REPORT_PRINT_H

#include "command.h"

#include "job/report.h"

void report_print(const struct report *report);
/* [{"stage","passed","sentence"}], passed null where a line is no stage. */
json_t *report_json(const struct report *report);

#endif
