/* scenarios_private.h - what the log and erasing do with scenarios. */
#ifndef STORE_SCENARIOS_PRIVATE_H
#define STORE_SCENARIOS_PRIVATE_H

#include "writer_private.h"

/* As it was before the entry of the log; ERROR_USAGE where it was changed since. */
bool scenario_restore(struct writer *writer, struct slice name, int64_t entry, struct error *error);
/* A scenario holds nobody. Those that are called after the person, or ask for them in words, go
 * with them, and so does what the log says of those; *n of them. While the user's row is there. */
bool scenarios_forget(struct writer *writer, int64_t row, struct slice id, int64_t *n,
                      struct error *error);

#endif
