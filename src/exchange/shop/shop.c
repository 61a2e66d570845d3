/* shop.c - the profiles, the demo shop, and the order in which a shop is told. */
#include "exchange/shop/simulation.h"

const char *const *shop_profiles(void)
{
    static const char *const profiles[] = { "shop", "news", "video", "music", "social", NULL };

    return profiles;
}

void shop_options_init(struct shop_options *options)
{
    *options = (struct shop_options){ .users = 2000,
                                      .items = 800,
                                      .events = 60000,
                                      .profile = "shop",
                                      .seed = 1,
                                      .end = moment_from_civil(2026, 10, 31, 23, 59, 59) };
}

bool shop_generate(const struct shop_options *options, record_sink *sink, void *context,
                   struct progress *progress, struct error *error)
{
    struct simulation simulation;

    if (!simulation_make(&simulation, options, error)) return false;
    bool ok = goods_send(&simulation, sink, context, progress, error) &&
              people_send(&simulation, sink, context, progress, error) &&
              circles_send(&simulation, sink, context, progress, error) &&
              visits_send(&simulation, sink, context, progress, error);
    simulation_fini(&simulation);
    return ok;
}
