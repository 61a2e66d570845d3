/* social.h - what friends have: shared by scoring, receipts and the command line. */
#ifndef AISLE_SOCIAL_H
#define AISLE_SOCIAL_H

#include "model_private.h"

enum social_values { SOCIAL_BINARY, SOCIAL_STRENGTH };

struct social {
    struct model_base base;
    enum social_values values;
    double mutual, likeness, shrinkage;
    int64_t *offset;  /* (n_users + 1) */
    int32_t *friends; /* (offset[n_users]) ascending for each user, as they were when it learned */
    double *norms;    /* (n_users) squared */
};

/* What one person is to the shopper. */
struct tie {
    int32_t user;
    int32_t mutual;       /* friends that both have */
    double mutual_part;   /* mutual x friends in common / friends of either */
    double likeness_part; /* likeness x cosine of purchases */
    double weight;        /* 1 + the parts */
};

/* The shopper's friends, by user; *ties is malloc'ed. Returns how many, -1 without memory. */
int32_t social_ties(const struct social *social, const struct shopper *shopper, struct tie **ties,
                    struct error *error);
/* x of a strength. */
double social_value(const struct social *social, float strength);

/* The shopper's friends as neighbours, the heaviest first: similarity is the weight, common the
 * friends in common. */
int32_t social_friends(const struct model *model, const struct shopper *shopper, int32_t k,
                       struct neighbour *out, struct error *error);

struct receipt *social_explain(const struct model *model, const struct shopper *shopper,
                               int32_t item, const struct receipt_limits *limits,
                               struct error *error);

#endif
