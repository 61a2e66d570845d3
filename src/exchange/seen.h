/* seen.h - how many different ids went by: a set of 64-bit hashes, for counting in a dry run.
 * Two ids share a hash once in about 10^19 pairs; the count is a forecast, not a promise. */
#ifndef AISLE_EXCHANGE_SEEN_H
#define AISLE_EXCHANGE_SEEN_H

#include "aisle/error.h"
#include "aisle/text.h"

struct seen {
    uint64_t *slot; /* 0 = free */
    size_t n, capacity;
};

/* *first = the id is new. */
bool seen_add(struct seen *seen, struct slice id, bool *first, struct error *error);
bool seen_has(const struct seen *seen, struct slice id);
/* Adds all ids of another set. */
bool seen_merge(struct seen *seen, const struct seen *other, struct error *error);
void seen_fini(struct seen *seen);

#endif
