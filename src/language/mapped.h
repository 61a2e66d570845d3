/* mapped.h - a file of weights in memory: mapped once, shared by all who read it. */
#ifndef LANGUAGE_MAPPED_H
#define LANGUAGE_MAPPED_H

#include "aisle/error.h"

#include <stdbool.h>
#include <stddef.h>

struct mapped {
    const unsigned char *bytes;
    size_t size;
    bool borrowed; /* bytes of somebody else: nothing to unmap */
};

/* Maps a whole file for reading. An empty file is refused. */
bool mapped_open(struct mapped *mapped, const char *path, struct error *error);
void mapped_close(struct mapped *mapped); /* zeroed is allowed */

#endif
