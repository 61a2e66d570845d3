/* interned.h - texts that are kept once each, and found by their bytes.
 *
 * Index = order of first appearance. All zero is an empty list.
 */
#ifndef DATA_INTERNED_H
#define DATA_INTERNED_H

#include "names.h"

/* The same text under two tags is two. */
struct interned {
    struct names_builder names;
    int32_t *tag;    /* (names.names.n) */
    int32_t *bucket; /* open addressing: index or -1 */
    uint32_t n_buckets;
    size_t tag_capacity;
};

/* The text's index, given out now where it is new; -1 without memory. */
int32_t interned_add(struct interned *texts, int32_t tag, struct slice text, struct error *error);
/* -1 where it is not there. */
int32_t interned_find(const struct interned *texts, int32_t tag, struct slice text);
void interned_fini(struct interned *texts);

#endif
