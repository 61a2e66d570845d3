/* compare.h - two lists side by side: what moved and by what, how alike they are, and which part of
 * the score moved most.
 */
#ifndef AISLE_COMPARE_H
#define AISLE_COMPARE_H

#include "aisle/feed.h"

struct compare_side {
    const struct model *model;
    const struct shopper *shopper;
    const struct feed *feed;
    const struct feed_options *options; /* that the feed was made with */
};

enum compare_cause {
    CAUSE_NONE,      /* it stands where it stood */
    CAUSE_BOUGHT,    /* in one list it is left out as bought */
    CAUSE_RULE,      /* a rule */
    CAUSE_STOCK,     /* out of stock or inactive */
    CAUSE_DIVERSITY, /* enough of its category stand before it */
    CAUSE_UNSCORED,  /* one model has nothing to say about it */
    CAUSE_NEW_ITEM,  /* it was not in the catalogue then, or came after the model */
    CAUSE_EVENT,     /* what the shopper did between the two days */
    CAUSE_MODEL,     /* another model or run */
    CAUSE_PART       /* none of these: the part that moved most */
};
/* "bought", "rule", "stock", "diversity", "unscored", "new item", "new event", "new model", "part",
 * "". */
const char *compare_cause_name(enum compare_cause cause);

struct compare_why {
    enum compare_cause cause;
    int64_t rule;    /* of CAUSE_RULE; 0 = not known which */
    int32_t item;    /* to which it was done: the row's own, or one that stands before it */
    bool other_kind; /* of CAUSE_MODEL: not another run of the same kind */
    int64_t time;    /* of CAUSE_BOUGHT: when it was first; MOMENT_NONE = not known */
};
/* What leaves an item out of a list, as a cause; false where nothing does. n_known: items of the
 * model that made it; owner NULL: when it was bought is not asked. */
bool compare_left_out(const struct feed *feed, const struct shopper *owner, int32_t n_known,
                      int32_t item, struct compare_why *why);

struct compare_row {
    struct feed_move move;
    struct compare_why why;
    /* The part of the receipt whose share of the score changed most; words NULL and both indexes -1
     * where there is none (neither list scores the item, or the row was not opened). */
    enum receipt_kind part;
    int32_t part_user, part_item;
    char *part_words; /* owned */
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
