/* feed.h - the list a shopper gets, and how two lists differ.
 *
 * A feed accounts for every item of the catalogue: listed (with a place), or left out (with the
 * reason). It is a value: made once, owned by the caller, changed by nobody.
 */
#ifndef AISLE_FEED_H
#define AISLE_FEED_H

#include "aisle/model.h"

enum feed_fate {
    FEED_LISTED,   /* has a rank */
    FEED_UNSCORED, /* the model has nothing to say about it */
    FEED_BOUGHT,   /* the shopper has it already */
};

struct feed_options {
    int32_t length;      /* rows wanted */
    bool include_bought; /* keep what the shopper already has */
};

struct feed_row {
    int32_t item;
    int32_t rank; /* from 1 */
    float score;
};

struct feed {
    int32_t n;             /* rows, <= length */
    struct feed_row *rows; /* (n) best first; equal scores by item order */
    int32_t n_items;
    float *scores;  /* (n_items) as the model gave them */
    uint8_t *fate;  /* (n_items) enum feed_fate */
    int32_t *place; /* (n_items) rank of what is in rows, else 0 */
};

struct feed *feed_new(const struct model *model, const struct shopper *shopper,
                      const struct feed_options *options, struct error *error);
void feed_free(struct feed *feed);
/* Rank among all items that could be listed (not only the rows shown), from 1; 0 when the item's
 * fate is not FEED_LISTED. O(n_items). */
int32_t feed_rank(const struct feed *feed, int32_t item);

/* One row for each item of either list: the union, in the order of `b`, then what only `a` has. */
struct feed_move {
    int32_t item;
    int32_t rank_a, rank_b; /* 0 = not in that list's rows */
    float score_a, score_b; /* -INFINITY where unscored */
};

/* moves has room for a->n + b->n; returns how many. O(a->n + b->n). */
int32_t feed_compare(const struct feed *a, const struct feed *b, struct feed_move *moves);

#endif
