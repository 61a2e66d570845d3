#include "feed_shop.h"

#include <aisle/rng.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A helper of tests has nobody to tell. */
static void must(bool done, const char *what)
{
    if (done) return;
    fprintf(stderr, "no room for %s\n", what);
    abort();
}

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
        must(dataset_builder_add_event(builder, user, &event, NULL), "an event");
    }
}

const struct dataset *feed_shop(uint64_t seed)
{
    struct strength_options options;
    struct rng rng;
    char name[16];

    strength_options_init(&options);
    rng_init(&rng, seed);
    struct dataset_builder *builder = dataset_builder_new(&options, NULL);
    for (int u = 0; u < FEED_SHOP_USERS; u++) {
        snprintf(name, sizeof name, "u%d", u);
        must(dataset_builder_add_user(builder, slice_of(name), NULL), "a user");
        snprintf(name, sizeof name, "s%d", u % 3);
        dataset_builder_set_user(builder, u, slice_of("segment"), slice_of(name), NULL);
    }
    for (int i = 0; i < FEED_SHOP_ITEMS; i++) {
        snprintf(name, sizeof name, "i%d", i);
        must(dataset_builder_add_item(builder, slice_of(name), slice_of(""), NULL), "an item");
        snprintf(name, sizeof name, "c%d", i % 3);
        dataset_builder_set_item(builder, i, slice_of("category"), slice_of(name), NULL);
        snprintf(name, sizeof name, "%d.50", i);
        if (i % 7 != 0)
            dataset_builder_set_item(builder, i, slice_of("price"), slice_of(name), NULL);
        if (i % 11 == 5)
            dataset_builder_set_item(builder, i, slice_of("stock"), slice_of("0"), NULL);
    }
    add_events(builder, &rng);
    return dataset_builder_finish(builder, 1, NULL, NULL);
}

struct model *feed_shop_model(const struct dataset *dataset, const char *name, const char *settings)
{
    struct parameters parameters;
    char copy[128], *rest = NULL;
    const struct model_kind *kind = model_kind_find(name, NULL);

    parameters_init(&parameters, kind->parameters);
    snprintf(copy, sizeof copy, "%s", settings);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        must(parameters_set(&parameters, slice_of(word), NULL), "a setting");
    return kind->train(dataset, &parameters, 1, NULL, NULL);
}
