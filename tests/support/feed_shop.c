#include "feed_shop.h"
#include "shop_builder.h"

#include <aisle/rng.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void add_events(struct dataset_builder *builder, struct rng *rng)
{
    for (int e = 0; e < 500; e++) {
        const int32_t user = (int32_t)(rng_unit(rng) * rng_unit(rng) * (FEED_SHOP_USERS - 1));
        const double item = rng_unit(rng) * rng_unit(rng) * (FEED_SHOP_ITEMS - 1);
        const struct event event = { .time = 1600000000 + (int64_t)rng_below(rng, 365) * 86400,
                                     .item = (int32_t)item,
                                     .type =
                                         rng_below(rng, 20) == 0 ? EVENT_RETURN : EVENT_PURCHASE,
                                     .quantity = 1,
                                     .value = NAN };
        assert_true(dataset_builder_add_event(builder, user, &event, NULL));
    }
}

const struct dataset *feed_shop(uint64_t seed)
{
    struct rng rng;
    char name[16];

    rng_init(&rng, seed);
    struct dataset_builder *builder = shop_builder_new(FEED_SHOP_USERS, FEED_SHOP_ITEMS);
    for (int u = 0; u < FEED_SHOP_USERS; u++) {
        snprintf(name, sizeof name, "s%d", u % 3);
        dataset_builder_set_user(builder, u, slice_of("segment"), slice_of(name), NULL);
    }
    for (int i = 0; i < FEED_SHOP_ITEMS; i++) {
        snprintf(name, sizeof name, "c%d", i % 3);
        dataset_builder_set_item(builder, i, slice_of("category"), slice_of(name), NULL);
        snprintf(name, sizeof name, "%d.50", i);
        if (i % 7 != 0)
            dataset_builder_set_item(builder, i, slice_of("price"), slice_of(name), NULL);
        if (i % 11 == 5)
            dataset_builder_set_item(builder, i, slice_of("stock"), slice_of("0"), NULL);
    }
    add_events(builder, &rng);
    return shop_builder_finish(builder);
}

struct model *feed_shop_model(const struct dataset *dataset, const char *name, const char *settings)
{
    return model_trained(dataset, model_kind_find(name, NULL), settings, 1);
}
