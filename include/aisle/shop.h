/* shop.h - shops that we generate ourselves: what aisle ships instead of anybody's data.
 *
 * Everything follows from the sizes, the profile and the seed: the same call gives the same records
 * in the same order on every machine. Events come out in time order across all users without being
 * held in memory.
 */
#ifndef AISLE_SHOP_H
#define AISLE_SHOP_H

#include "aisle/progress.h"
#include "aisle/record.h"

struct shop_options {
    int32_t users, items;
    int64_t events;      /* about this many */
    const char *profile; /* shop, news, video, music, social */
    uint64_t seed;
    int64_t end; /* moment of the last day; history goes back two years from it */
};

void shop_options_init(struct shop_options *options); /* the demo shop */
/* Sends items, users, friendships, then events to the sink. */
bool shop_generate(const struct shop_options *options, record_sink *sink, void *context,
                   struct progress *progress, struct error *error);
/* NULL-terminated names of the profiles. */
const char *const *shop_profiles(void);

#endif
