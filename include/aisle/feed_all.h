/* feed_all.h - the lists of many users at once.
 *
 * What feed_new() lists for each user. Users are shared out among the cores; where the pipeline
 * leaves lists as the model gives them, no feed is made, and a model that can (model_kind.best) is
 * asked for many users in one call. The lists do not depend on the number of threads.
 */
#ifndef AISLE_FEED_ALL_H
#define AISLE_FEED_ALL_H

#include "aisle/feed.h"

struct feed_lists {
    int32_t n, length; /* users, most rows each */
    int32_t *count;    /* (n) rows of each */
    int32_t *item;     /* (n, length) best first; equal scores by item order */
    float *score;      /* (n, length) */
};

/* `dataset` holds the histories: the model's own or a later one of the same workspace. users NULL
 * means users 0 to n - 1. options->owner is NULL. The lists are made here; false with
 * ERROR_CANCELLED or ERROR_MEMORY. */
bool feed_all(const struct model *model, const struct dataset *dataset, const int32_t *users,
              int32_t n, const struct feed_options *options, int threads, struct progress *progress,
              struct feed_lists *lists, struct error *error);
void feed_lists_fini(struct feed_lists *lists);

#endif
