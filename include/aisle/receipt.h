/* receipt.h - why a score is what it is: a tree whose parents equal the sums of their children.
 *
 * Nodes carry indexes and numbers: words are put to people and items at the edge (job/labels.h),
 * where names may be masked. Only what has no index (a feature, a model, a rule) brings its words.
 * A node without children is a leaf: a purchase or a fact of the catalogue. Where only the largest
 * children are shown, one child of kind RECEIPT_REST holds the sum of the others, so that the tree
 * still adds up.
 */
#ifndef AISLE_RECEIPT_H
#define AISLE_RECEIPT_H

#include "aisle/error.h"

#include <stdint.h>

enum receipt_kind {
    RECEIPT_SCORE,     /* the root: the score of `item` */
    RECEIPT_PURCHASE,  /* the shopper's own purchase of `item` at `time`: factor × strength */
    RECEIPT_NEIGHBOUR, /* user `user` who is `factor` similar and has strength for the item */
    RECEIPT_BUYER,     /* user `user` bought both items: what they add to a similarity */
    RECEIPT_SHARED,    /* item `item` that shopper and neighbour share, bought at `time` */
    RECEIPT_PERIOD,    /* `count` events from `time` until the next period */
    RECEIPT_EVENT,     /* one event of user `user` at `time` */
    RECEIPT_REST,      /* `count` smaller parts together */
    RECEIPT_BASE,      /* the score of somebody without a history */
    RECEIPT_TOGETHER,  /* what a model that is not additive gives to the parts only together */
    RECEIPT_FEATURE,   /* `words`: a feature that items share ("brand Nordlys") */
    RECEIPT_FRIEND,    /* user `user`, a friend of the shopper */
    RECEIPT_SEGMENT,   /* `words`: people with an attribute ("city Lyon"), `count` of them */
    RECEIPT_WORD,      /* `words`: a word of what the shopper asked for */
    RECEIPT_MODEL,     /* `words`: a model's part of a blend */
    RECEIPT_RULE,      /* `words`: what a rule did to the score */
};

const char *receipt_kind_name(enum receipt_kind kind); /* "purchase", "neighbour", … for JSON */

struct receipt {
    enum receipt_kind kind;
    int32_t user, item; /* -1 where it has none */
    int32_t count;      /* how many people, events or parts stand behind it; 0 = says nothing */
    int64_t time;       /* MOMENT_NONE where it has none */
    double value;       /* what it adds to its parent */
    double factor;      /* the similarity, where there is one */
    double strength;    /* r, where there is one; value = factor × strength for a purchase */
    /* Where the item stands among all that the shopper has not got, by the model alone (1 = first):
     * at the root as it is, at a purchase as it would be without that purchase. 0 = not known. */
    int32_t rank;
    char *words;              /* owned; NULL where the indexes say it. Never a person's name */
    struct receipt *children; /* (n_children) largest |value| first, REST last */
    int32_t n_children;
};

/* How far to open: children kept per node (0 = all) and levels below the root (0 = all). */
struct receipt_limits {
    int32_t children, levels;
};

struct receipt *receipt_new(enum receipt_kind kind, int32_t user, int32_t item, double value,
                            struct error *error);
void receipt_free(struct receipt *receipt); /* the whole tree; for roots */
/* Gives `node` room for n children, zeroed; false without memory. */
bool receipt_make_children(struct receipt *node, int32_t n, struct error *error);
/* Sorts children by |value|, keeps the `limit` largest (0 = all) and sums the others in one REST.
 */
bool receipt_trim(struct receipt *node, int32_t limit, struct error *error);
/* Sums the purchases that rest on fewer than `min` people (their count; 0 says nothing) in one
 * REST a node, of these words; what they open to goes. */
bool receipt_sum_thin(struct receipt *node, int32_t min, const char *words, struct error *error);
/* The same of what happened after a moment and opens no further: purchases, periods, events. */
bool receipt_sum_after(struct receipt *node, int64_t moment, const char *words,
                       struct error *error);
/* Largest |parent - sum of its children| of the tree; NAN where a value in it is no number. */
double receipt_residual(const struct receipt *receipt);

#endif
