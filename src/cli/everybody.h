/* everybody.h - everybody's lists, from the command line to a file. */
#ifndef CLI_EVERYBODY_H
#define CLI_EVERYBODY_H

#include "command.h"

/* With the call's --model, --count and --plain; as JSON lines, else CSV; "-" is standard output. */
int write_everybody(struct call *call, bool jsonl, const char *path);

#endif
