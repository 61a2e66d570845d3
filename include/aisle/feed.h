/* feed.h - the list a shopper gets, and how two lists differ.
 *
 * A feed accounts for every item of the catalogue: listed (with a place), or left out (with the
 * reason). It is a value: made once, owned by the caller, changed by nobody.
 */
#ifndef AISLE_FEED_H
#define AISLE_FEED_H

#include "aisle/model.h"
#include "aisle/pipeline.h"

/* In the order of the pipeline. */
enum feed_status {
    FEED_LISTED,      /* has a rank */
    FEED_UNSCORED,    /* the model has nothing to say about it */
    FEED_NOT_YET,     /* it came into the catalogue after the day that is asked about */
    FEED_BOUGHT,      /* the shopper has it already */
    FEED_UNAVAILABLE, /* out of stock or inactive, by its attributes */
    FEED_RULED_OUT,   /* a rule leaves it out: feed->rule says which */
    FEED_CROWDED_OUT, /* enough of its category stand before it */
    FEED_STATUSES
};
const char *feed_status_name(enum feed_status status); /* "listed", "bought", … */

struct feed_options {
    int32_t length;                  /* rows wanted */
    bool include_bought;             /* keep what the shopper already has */
    const struct pipeline *pipeline; /* NULL: nothing but what was bought is left out */
    bool without_rules;              /* the pipeline's filters and diversity alone */
    int64_t now;                     /* the day for rules; MOMENT_NONE: their dates do not matter */
    const struct shopper *owner;     /* who has what and is known to rules; NULL = the shopper */
    /* "What if": a factor on one item's score, as a boost behind all others; 0 = there is none. */
    double multiplier;
    int32_t multiplied_item;
};

struct feed_row {
    int32_t item;
    int32_t rank; /* from 1 */
    float score;  /* after boosts; 0 for what a rule pins and no model scores */
};

struct feed_pin {
    int32_t item, place, rule;
};

struct feed {
    int32_t n;             /* rows, <= length */
    struct feed_row *rows; /* (n) best first; equal scores by item order */
    int32_t n_items;       /* of the model, or of the pipeline's catalogue where that is newer */
    float *scores;         /* (n_items) as the model gave them */
    uint8_t *status;       /* (n_items) enum feed_status */
    int32_t *place;        /* (n_items) rank of what is in rows, else 0 */
    int32_t count[FEED_STATUSES];

    const struct pipeline *pipeline; /* retained, or NULL */
    int64_t now;
    int32_t seed;   /* the item that conditions on a seed were compared with, or -1 */
    int32_t *force; /* (n_force) rules that hold for this shopper today, in winning order */
    int32_t n_force;
    float *boosted;        /* (n_items) scores after boosts; NULL = as they were */
    int32_t *rule;         /* (n_items) the rule that left it out, or -1; NULL = none did */
    struct feed_pin *pins; /* (n_pins) by place */
    int32_t n_pins;
    bool rearranged; /* diversity was at work: ranks below the rows go by score */
};

struct feed *feed_new(const struct model *model, const struct shopper *shopper,
                      const struct feed_options *options, struct error *error);
/* The same from scores (n_scores) that are there already: two lists from one scoring. */
struct feed *feed_of_scores(const float *scores, int32_t n_scores, const struct shopper *shopper,
                            const struct feed_options *options, struct error *error);
void feed_free(struct feed *feed); /* NULL is allowed */
/* What the list goes by: the model's score after boosts. -INFINITY where there is none. */
float feed_score(const struct feed *feed, int32_t item);
/* Rank among all items that could be listed (not only the rows shown), from 1; 0 when the item's
 * fate is not FEED_LISTED. O(n_items). */
int32_t feed_rank(const struct feed *feed, int32_t item);

/* What one rule did to one item. */
struct feed_touch {
    int32_t rule;         /* of the pipeline */
    double before, after; /* the score */
    int32_t place;        /* where it pins it; 0 = it does not */
    bool left_out;
};
/* Every rule that touched an item, in the order they did; at most `max`. Returns how many. */
int32_t feed_touches(const struct feed *feed, int32_t item, struct feed_touch *touches,
                     int32_t max);

/* The receipt of what the list goes by: the model's, and a line for each rule that touched it. */
struct receipt *feed_explain(const struct feed *feed, const struct model *model,
                             const struct shopper *shopper, int32_t item,
                             const struct receipt_limits *limits, struct error *error);

/* What a row rests on: what the model's kind does, of a blend what its largest part does. */
bool feed_basis(const struct feed *feed, const struct model *model, const struct shopper *shopper,
                int32_t item, enum basis *basis, struct error *error);
const char *basis_name(enum basis basis); /* "personal", "friends", … */

/* One row for each item of either list: the union, in the order of `b`, then what only `a` has. */
struct feed_move {
    int32_t item;
    int32_t rank_a, rank_b; /* 0 = not in that list's rows */
    float score_a, score_b; /* -INFINITY where unscored */
};

/* moves has room for a->n + b->n; returns how many. O(a->n + b->n). */
int32_t feed_compare(const struct feed *a, const struct feed *b, struct feed_move *moves);

#endif
