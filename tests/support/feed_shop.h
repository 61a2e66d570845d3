/* feed_shop.h - small random shops in memory, for tests of lists: who buys what, with attributes.
 */
#ifndef TESTS_FEED_SHOP_H
#define TESTS_FEED_SHOP_H

#include <aisle/model.h>

enum { FEED_SHOP_USERS = 40, FEED_SHOP_ITEMS = 30 };

/* Purchases and a few returns over a year, the same for the same seed. */
const struct dataset *feed_shop(uint64_t seed);
/* A model trained on it; settings "k=5 …", "" = defaults. */
struct model *feed_shop_model(const struct dataset *dataset, const char *kind,
                              const char *settings);

#endif
