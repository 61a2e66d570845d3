/* whynot.h - why an item is not in a list, and the smallest thing that would bring it in.
 *
 * Nothing here is a second implementation of the feed: every number comes from a list that was
 * made, with one thing changed where the answer is "if". So what is promised is what would happen.
 */
#ifndef AISLE_WHYNOT_H
#define AISLE_WHYNOT_H

#include "aisle/feed.h"

/* A model that is asked; the first of them serves the list. */
struct whynot_candidate {
    const struct model *model;
    int64_t run;
};

struct whynot_request {
    const struct dataset *dataset; /* the newest: shoppers are made from it */
    const struct shopper *shopper;
    struct shopper_changes changes; /* what made the shopper another one than the user is */
    int32_t item;
    const struct whynot_candidate *candidate_models; /* (n_candidate_models) at least one */
    int32_t n_candidate_models;
    const struct feed_options *options; /* of the list; length is where it ends */
};

/* What one model makes of the item, before any filter but the bought one. */
struct whynot_model {
    const char *kind; /* static */
    int64_t run;
    bool knows;              /* the item was there when the run was trained */
    bool scored;             /* it has something to say */
    int32_t rank;            /* among what it would list; 0 = unscored */
    int32_t listed;          /* how many it would list */
    double score, last, gap; /* last: of the last place of the list; gap = score - last */
};

/* A purchase taken out or put in, and what the item's rank is then. */
struct whynot_change {
    int32_t item;
    int64_t time; /* of the purchase that is there; MOMENT_NONE for one that is not */
    int32_t rank; /* 0 = not listed even then */
    double gain;  /* by how much the gap to the last place gets smaller */
};

enum {
    WHYNOT_TOUCHES = 8,
    WHYNOT_AGAINST = 5,
    WHYNOT_PURCHASES_TRIED = 64,
    WHYNOT_REMEDIES_TRIED = 24
};

struct whynot {
    int32_t item, length;
    enum feed_status status;
    int32_t rank;    /* in the list; 0 = not listed */
    int32_t rank_if; /* the rank its score gives, whatever left it out; 0 = unscored */
    const struct pipeline *pipeline; /* retained, or NULL: what the rules below are of */
    int32_t n_touches;
    struct feed_touch touches[WHYNOT_TOUCHES]; /* by rules, in order */
    /* Where fate is FEED_BOUGHT: when it was, first and last; else MOMENT_NONE. */
    int64_t first_bought, last_bought;
    int32_t buyers;     /* who have it, all in all */
    double score, last; /* as the list orders them; last = -INFINITY where places are free */
    int32_t n_models;
    struct whynot_model *models; /* (n_models) in the order of the parties */
    /* Purchases that speak more for what stands before it: without one of them it ranks higher.
     * The latest WHYNOT_PURCHASES_TRIED were tried. */
    int32_t n_against, n_tried;
    struct whynot_change against[WHYNOT_AGAINST];
    /* The smallest factor with which the item is in the list, rounded up to four digits, as a rule
     * would be written; NAN where none that a rule takes does it. */
    double boost;
    /* One purchase more: the first that brings it in, or the best there is; item -1 = none helps.
     */
    struct whynot_change recourse;
    /* The last place that is free for a pin, where neither of the two brings it in; else 0. */
    int32_t pin;
    /* Its place among all where no rule holds, of what a rule leaves out; else 0. */
    int32_t rank_without_rules;
};

/* NULL with ERROR_CANCELLED, ERROR_MEMORY or ERROR_MISSING. */
struct whynot *whynot_new(const struct whynot_request *request, struct progress *progress,
                          struct error *error);
void whynot_free(struct whynot *whynot); /* NULL is allowed */

#endif
