/* impact.h - what a change of rules would do to everybody's lists, before it is published.
 *
 * Every user's list is made twice from one scoring. Where all of them would take longer than there
 * is time for, users are drawn at random and the share is an estimate whose error is stated.
 */
#ifndef AISLE_IMPACT_H
#define AISLE_IMPACT_H

#include "aisle/feed.h"

struct impact_request {
    const struct model *model;
    const struct dataset *dataset; /* whose users; the pipelines' */
    const struct pipeline *before, *after;
    int64_t rule; /* id of the rule in `after` that is looked at; -1 = none */
    int64_t now;
    int32_t length; /* of the lists */
    double seconds; /* stop after so many; 0 = all users */
    uint64_t seed;  /* of the order in which users are drawn */
    int threads;    /* 0 = all cores */
};

struct impact_item {
    int32_t item;
    int32_t lists; /* of those looked at */
};

/* Another rule about some of the same items, or the same place, for some of the same people. Who
 * wins is what share/doc/rules.md says: exclude over all others, a pin over boost and bury, of two
 * pins the one that comes first in the order; the others count both. */
struct impact_collision {
    int64_t rule;
    int32_t items; /* that both match */
    int32_t place; /* items == 0: that both pin something to; else 0 */
    bool wins;     /* over the rule that is looked at */
    bool both;     /* neither wins: both count */
    bool opposed;  /* one lifts what the other sinks or leaves out */
};

enum { IMPACT_ITEMS = 10, IMPACT_COLLISIONS = 16 };

struct impact {
    int64_t now;             /* of the lists: the question's */
    int32_t items;           /* matched by the rule */
    int32_t users, asked;    /* all, and looked at */
    int32_t changed;         /* of those looked at: their first `length` rows differ */
    double share, low, high; /* of all users, with its 95 % interval (Wilson 1927) */
    double seconds;
    struct impact_item leaving[IMPACT_ITEMS], entering[IMPACT_ITEMS]; /* most lists first */
    int32_t n_leaving, n_entering;
    struct impact_collision collisions[IMPACT_COLLISIONS];
    int32_t n_collisions;
};

/* False with ERROR_CANCELLED or ERROR_MEMORY. */
bool impact_measure(const struct impact_request *request, struct impact *impact,
                    struct progress *progress, struct error *error);

#endif
