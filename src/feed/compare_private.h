/* compare_private.h - the two halves of a comparison: rows and parts (compare.c), and causes. */
#ifndef FEED_COMPARE_PRIVATE_H
#define FEED_COMPARE_PRIVATE_H

#include "aisle/compare.h"

/* Fills row.why of every row. False without memory. */
bool compare_causes(struct comparison *comparison, const struct compare_side *a,
                    const struct compare_side *b, struct error *error);

#endif
