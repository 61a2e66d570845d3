/* shopper.h - the input of every model, as a value.
 *
 * A shopper comes from the data, from a date in the past, from a what-if (purchases added, items
 * removed) or from nothing at all; models cannot tell the difference. So explaining, what-if, time
 * travel and cold start are one mechanism. A shopper never changes after it was made.
 */
#ifndef AISLE_SHOPPER_H
#define AISLE_SHOPPER_H

#include "aisle/dataset.h"

struct shopper {
    /* Retained: what the indexes below belong to. Users and items are the same in any dataset of
     * the workspace, values are not: a model compares their texts. */
    const struct dataset *dataset;
    int32_t user;  /* index in the dataset, or -1 for nobody */
    int64_t as_of; /* events after this are not in; MOMENT_NONE = everything is in */
    bool whole;    /* equals the user's row of the dataset: no as-of, nothing added or removed */

    int32_t n;       /* distinct items with strength > 0 */
    int32_t *item;   /* (n) ascending */
    float *strength; /* (n) r(u,i) */
    int64_t *time;   /* (n) of the latest event of the item */
    uint8_t *added;  /* (n) 1 where a what-if put it there */

    /* What they have, however long ago: items with strength > 0 before decay, and the time of the
     * latest event of each. NULL = it is item[] and time[]. */
    int32_t n_owned;
    int32_t *owned;      /* (n_owned) ascending */
    int64_t *owned_time; /* (n_owned) */

    int32_t n_events;
    struct event *events; /* (n_events) time order */

    int32_t n_values;
    int32_t *values; /* (n_values) of dataset.user_attributes, ascending */
    int32_t n_friends;
    int32_t *friends; /* (n_friends) users, ascending */
    char *words;      /* what the shopper asks for in free text; NULL = nothing */
};

/* What to change: item indexes that are bought once more, and items taken out altogether, whatever
 * else is said of them; values of dataset.user_attributes that stand instead of the user's under
 * the same names; words that are asked for (copied; NULL = none); events that really happened
 * since; and events that might have: returns, ratings, purchases of several or at a time. */
struct shopper_changes {
    const int32_t *with;
    int32_t n_with;
    const int64_t *with_time; /* (n_with) ascending; NULL = all at as_of */
    const int32_t *without;
    int32_t n_without;
    const int32_t *values;
    int32_t n_values;
    const char *words;
    const struct event
        *events; /* (n_events) of the user's own that the dataset does not have yet */
    int32_t n_events;
    /* (n_what_if) time MOMENT_NONE = at as_of; of one time in this order, before `with`. A purchase
     * looks like those of `with` but for its quantity, all others are as they stand. */
    const struct event *what_if;
    int32_t n_what_if;
};

/* user -1: an empty shopper. changes may be NULL. An added purchase happens at as_of (or at the
 * dataset's last time), else when with_time says; among ratings it counts as the shopper's mean
 * rating (else the data's). */
struct shopper *shopper_new(const struct dataset *dataset, int32_t user, int64_t as_of,
                            const struct shopper_changes *changes, struct error *error);
/* The user's row of the dataset, borrowed: user, item and strength as in shopper_new(dataset, user,
 * MOMENT_NONE, …), all else empty (what they have too: not where strengths decay). For asking about
 * everybody; not to be freed. */
void shopper_view(const struct dataset *dataset, int32_t user, struct shopper *view);
void shopper_free(struct shopper *shopper); /* NULL is allowed */
/* Index of the item in item[], or -1. */
int32_t shopper_find(const struct shopper *shopper, int32_t item);

#endif
