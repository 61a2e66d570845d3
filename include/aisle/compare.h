/* compare.h - two lists side by side: what moved, how alike they are, and which part of the score
 * moved most.
 */
#ifndef AISLE_COMPARE_H
#define AISLE_COMPARE_H

#include "aisle/feed.h"

struct compare_side {
    const struct model *model;
    const struct shopper *shopper;
    const struct feed *feed;
};

struct compare_row {
    struct feed_move move;
    /* The part of the receipt whose share of the score changed most; words NULL and both indexes -1
     * where there is none (neither list scores the item, or the row was not opened). */
    enum receipt_kind part;
    int32_t part_user, part_item;
    char *part_words;               /* owned */
    /* Value over the sum of the parts' magnitudes in a, in b: below 0 where it speaks against. */
    double part_before, part_after;
};

struct comparison {
    int32_t n;
    struct compare_row *rows;     /* (n) in the order of b, then what only a has */
    int32_t entered, left, moved; /* rows in b alone, in a alone, at another place */
    double overlap;               /* rows in both, of the longer list */
    double rbo;                   /* rank-biased overlap: 1 = the same list */
};

/* Receipts are opened for the first `opened` rows (they cost). NULL with ERROR_MEMORY. */
struct comparison *comparison_new(const struct compare_side *a, const struct compare_side *b,
                                  int32_t opened, struct error *error);
void comparison_free(struct comparison *comparison); /* NULL is allowed */

/* Extrapolated rank-biased overlap of two lists of distinct items (Webber, Moffat, Zobel 2010,
 * equation 32); persistence p, the weight of depth: 0.9 gives the first ten places 86 %. */
double rank_biased_overlap(const int32_t *a, int32_t n_a, const int32_t *b, int32_t n_b, double p);

#endif
