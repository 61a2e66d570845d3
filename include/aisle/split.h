/* split.h - what a model may learn from, and what it is asked for afterwards.
 *
 * A split cuts each user's sequence in time order: the first part is training, what follows is
 * history that a shopper comes with, and then come the targets. Users and items keep their
 * indexes in every part, so that a model trained on one part is asked about shoppers of another.
 *
 *   leave-last-out  the last purchase is the target, the last but one the validation target
 *                   (TARGETS: protocol L); users with fewer than three purchases only train
 *   time            one moment for everybody: what was bought after it are the targets
 *   users           some users are unseen in training: their last purchase is the target
 *   newcomers       the same, but they come without a history: all of their purchases are targets
 *   items           some items are unseen in training: their purchases are the targets
 *
 * Purchases, ratings and weights can be targets; returns, views and carts are history only. An
 * item that is in the history is no target unless `repeats` says so.
 */
#ifndef AISLE_SPLIT_H
#define AISLE_SPLIT_H

#include "aisle/dataset.h"

enum split_protocol {
    SPLIT_LAST_OUT,
    SPLIT_TIME,
    SPLIT_USERS,
    SPLIT_ITEMS,
    SPLIT_NEWCOMERS,
    SPLIT_PROTOCOLS
};

const char *split_protocol_name(enum split_protocol protocol); /* "leave-last-out", "time", … */
bool split_protocol_parse(struct slice name, enum split_protocol *protocol);

struct split_options {
    enum split_protocol protocol;
    bool validation; /* aim at the validation targets (to choose by), not at the test's */
    bool refit;      /* training for the test includes what validation was aimed at */
    bool repeats;    /* what is in the history can be a target */
    bool unordered;  /* leave-last-out: of a user with nothing but weights without a time, which are
                      * sums and in no order, the target is drawn, and the rest is training (refit
                      * or not). Else the last in the file is the target, as in protocol L */
    double share;    /* time: of events; users: of users; items: of items. 0 = 0.1 (items 0.05) */
    uint64_t seed;   /* users, items, unordered: who or what is drawn */
    const struct strength_options *strengths; /* NULL = those of the dataset */
};

struct split_case { /* one shopper to ask about */
    int32_t user;
    int32_t n_targets;
    const int32_t *targets; /* (n_targets) distinct items in time order */
};

struct split {
    enum split_protocol protocol;
    bool unordered;                 /* as asked */
    const struct dataset *train;    /* for models that learn from all they get */
    const struct dataset *held_out; /* the same, for models that hold out each user's last event
                                     * themselves (model_kind.validates): with validation events */
    const struct dataset *history;  /* shopper_new(history, user, …) is the shopper */
    int32_t n_cases;
    struct split_case *cases; /* (n_cases) users ascending */
    int32_t *targets;         /* what the cases point into */
    uint8_t *cold;            /* (n_items) 1 where SPLIT_ITEMS drew the item; else NULL */
    int32_t left_out;         /* users who had targets, all of them in their history already */
    int32_t without_history;  /* time: users who had targets and nothing before: not asked about */
};

void split_options_init(struct split_options *options);
/* NULL with ERROR_INPUT where the data does not allow it (no times, nobody with three purchases),
 * ERROR_MEMORY or ERROR_CANCELLED. O(events). */
struct split *split_new(const struct dataset *all, const struct split_options *options,
                        struct progress *progress, struct error *error);
/* Bytes that a split with so many different parts will take (leave-last-out: 1 with refit, else 2).
 */
int64_t split_memory(const struct dataset *all, int parts);
void split_free(struct split *split); /* NULL is allowed */

/* The dataset without users and items of fewer than `min` events, taken away until none is left
 * ("5-core"). Indexes are new; the order stays. */
const struct dataset *dataset_core(const struct dataset *all, int32_t min,
                                   struct progress *progress, struct error *error);

#endif
