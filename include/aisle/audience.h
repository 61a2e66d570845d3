/* audience.h - everybody's lists looked at from the other side: who gets an item and why, what a
 * segment gets, what the catalogue is shown of.
 *
 * All lists are made, or as many as there is time for: then users are drawn at random and shares
 * come with their error.
 */
#ifndef AISLE_AUDIENCE_H
#define AISLE_AUDIENCE_H

#include "aisle/feed.h"

struct audience_request {
    const struct model *model;
    const struct dataset *dataset;   /* whose users */
    const struct pipeline *pipeline; /* NULL: the model alone */
    int64_t now;
    int32_t length;  /* of the lists */
    int32_t segment; /* value of dataset->user_attributes that users must have; -1 = all users */
    double seconds;  /* stop after so many; 0 = all users */
    uint64_t seed;   /* of the order in which users are drawn */
    int threads;     /* 0 = all cores */
};

/* Calls for one user's list, on any thread, several at a time. False stops with ERROR_MEMORY. */
typedef bool audience_visit(void *context, const struct shopper *shopper, const struct feed *feed);
/* users: how many there are; asked: whose lists were made. */
bool audience_sweep(const struct audience_request *request, audience_visit *visit, void *context,
                    int32_t *users, int32_t *asked, struct progress *progress, struct error *error);

/* A share of a sample of `asked` of `users` and its 95 % interval (Wilson 1927, with continuity
 * correction: it holds at least as often as that), narrower the more
 * of all users were asked; a point where all were. */
struct audience_share {
    double share, low, high;
};
struct audience_share audience_share_of(int32_t count, int32_t asked, int32_t users);

/* ------------------------------------------------------------------------------ of one item */

enum { AUDIENCE_RANKS = 100, AUDIENCE_MEMBERS = 200, AUDIENCE_REASONS = 8 };

struct audience_member {
    int32_t user, rank;
    enum receipt_kind reason; /* the largest part of the score */
    int32_t reason_user, reason_item;
    char reason_words[64];
};

struct audience_reason {
    struct audience_member like; /* its reason */
    int32_t members;
};

struct audience {
    int32_t item, users, asked;
    int32_t getting; /* of those asked: it is among their first `length` */
    int32_t having;  /* have bought it, and are not shown it for that */
    struct audience_share share;
    int32_t at_rank[AUDIENCE_RANKS + 1]; /* how many get it at each rank; [0] is not used */
    int32_t n_members;
    struct audience_member members[AUDIENCE_MEMBERS]; /* best ranks first, then by user */
    int32_t n_reasons;
    struct audience_reason reasons[AUDIENCE_REASONS]; /* of all who get it, most first */
    int32_t other_reasons;                            /* how many more there are */
    int32_t other_members; /* who get it for those: with `reasons` they add up to `getting` */
};

/* NULL with ERROR_CANCELLED or ERROR_MEMORY. */
struct audience *audience_of_item(const struct audience_request *request, int32_t item,
                                  struct progress *progress, struct error *error);
void audience_free(struct audience *audience);

/* -------------------------------------------------------------------------- of the catalogue */

struct exposure {
    int32_t users, asked;
    int32_t n_items;
    int32_t *lists;    /* (n_items) in how many of the lists */
    int64_t *rank_sum; /* (n_items) of the ranks there */
    int32_t shown;     /* items in any list */
    double gini;       /* of lists over items: 0 = all alike, towards 1 = a few have all */
};

bool exposure_measure(const struct audience_request *request, struct exposure *exposure,
                      struct progress *progress, struct error *error);
void exposure_fini(struct exposure *exposure);

#endif
