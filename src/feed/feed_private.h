/* feed_private.h - the steps of making a list, one file each. */
#ifndef FEED_PRIVATE_H
#define FEED_PRIVATE_H

#include "aisle/feed.h"

/* feed_rules.c: which rules hold, what they leave out, what they make of scores, what they pin. */
bool feed_apply_rules(struct feed *feed, const struct shopper *shopper, struct error *error);
/* A factor on one item's score, behind those of the rules. */
bool feed_multiplier(struct feed *feed, int32_t item, double factor, struct error *error);
bool feed_place_pins(struct feed *feed, int32_t length, struct error *error);

/* feed_diversity.c: the best of what is listed and not pinned, at most `want` of them, with caps
 * and dissimilarity where the settings ask for them. Returns how many; -1 without memory. */
int32_t feed_choose(struct feed *feed, int32_t want, int32_t *chosen, struct error *error);

#endif
