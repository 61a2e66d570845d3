/* subset.h - a dataset made of some of the events of another. */
#ifndef DATA_SUBSET_H
#define DATA_SUBSET_H

#include "aisle/dataset.h"

/* Which events stay. Without place arrays users and items keep their indexes; with them, place[old]
 * is the new index, ascending from 0, or -1 for what goes. */
struct subset {
    const int64_t *until;        /* (n_users) the user's events before this index; NULL = all */
    const uint8_t *without_item; /* (n_items) 1 = its events go; NULL = none */
    const int64_t
        *without_event; /* (n_users) the index of an event that goes, or -1; NULL = none */
    const int32_t *user_place, *item_place;
    const struct strength_options *strengths; /* NULL = those of the dataset */
};

const struct dataset *subset_new(const struct dataset *all, const struct subset *subset,
                                 struct progress *progress, struct error *error);

#endif
