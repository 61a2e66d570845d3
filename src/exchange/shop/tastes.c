/* tastes.c - what somebody likes: demographics make some categories likelier, the circle gives
 * most of its members the same ones, and the rest is chance. */
#include "exchange/shop/simulation.h"

#include <string.h>

enum { MAX_CATEGORIES = 64 };

uint32_t taste_liking(const struct appeal *appeal, const struct person *person, int32_t weight)
{
    int64_t liking = (int64_t)weight * appeal->band[person->band];

    if (person->gender < 2) liking = liking * appeal->gender[person->gender] / 100;
    liking = liking * appeal->segment[person->segment] / 100;
    liking = liking * appeal->region[person->region] / 100;
    if (liking > 10000000) liking = 10000000; /* sums of many still fit */
    return liking < 1 ? 1 : (uint32_t)liking;
}

/* One category for people like this one, not among those already taken. */
static uint8_t draw(const struct simulation *simulation, const struct person *person,
                    const uint8_t *taken, int n_taken, uint64_t chance)
{
    const struct shop_vocabulary *v = simulation->vocabulary;
    uint32_t weight[MAX_CATEGORIES] = { 0 };
    int32_t n = v->n_categories < MAX_CATEGORIES ? v->n_categories : MAX_CATEGORIES;

    for (int32_t i = 0; i < n; i++)
        weight[i] = taste_liking(&v->categories[i].appeal, person, v->categories[i].weight);
    if (n_taken < n)
        for (int i = 0; i < n_taken; i++)
            weight[taken[i]] = 0;
    return (uint8_t)weighted(weight, n, chance);
}

void taste_favourites(const struct simulation *simulation, int32_t user,
                      uint8_t favourite[FAVOURITES])
{
    struct person person = person_of(simulation, user);
    uint8_t shared[2] = { 0 };
    struct rng rng;

    /* The circle's favourites are those of one of its members, the same whoever asks. */
    struct person founder = person_of(simulation, person.community);
    simulation_stream(&rng, simulation->options.seed, FOR_CIRCLES,
                      INT64_C(1) << 40 | person.community);
    founder.gender = 2;
    shared[0] = draw(simulation, &founder, shared, 0, rng_next(&rng) >> 1);
    shared[1] = draw(simulation, &founder, shared, 1, rng_next(&rng) >> 1);
    simulation_stream(&rng, simulation->options.seed, FOR_PEOPLE, INT64_C(1) << 40 | user);
    for (int i = 0; i < FAVOURITES; i++) {
        uint32_t whose = rng_below(&rng, 100);
        uint64_t chance = rng_next(&rng) >> 1;
        uint8_t candidate = shared[i & 1];
        /* What the others like is liked, too, unless it is nothing for somebody like this. */
        const struct appeal *appeal = &simulation->vocabulary->categories[candidate].appeal;
        whose = whose * 100 / taste_liking(appeal, &person, 1);
        if (i < 3 && whose < 60 && !memchr(favourite, candidate, (size_t)i))
            favourite[i] = candidate;
        else
            favourite[i] = draw(simulation, &person, favourite, i, chance);
    }
}
