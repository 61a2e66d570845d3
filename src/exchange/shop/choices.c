/* choices.c - what somebody takes: a category they like in this season, an aisle of it, a kind
 * that they can use, and of the popular items of the kind the one that suits them best. */
#include "exchange/shop/market.h"

enum { CHOICES_MAX = 64, CANDIDATES = 5 };

uint64_t item_mark(int32_t item)
{
    return rng_mix((uint64_t)item + 1);
}

uint64_t kind_mark(int32_t kind)
{
    return rng_mix(~(uint64_t)kind);
}

bool seen(const struct customer *customer, uint64_t what)
{
    return customer->seen[what / 64 % SEEN_WORDS] >> what % 64 & 1;
}

void see(struct customer *customer, uint64_t what)
{
    customer->seen[what / 64 % SEEN_WORDS] |= UINT64_C(1) << what % 64;
}

static int32_t smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

int32_t choose_category(struct market *market, int32_t user)
{
    static const uint32_t liking[FAVOURITES] = { 48, 26, 16, 10 };
    const struct shop_vocabulary *v = market->simulation->vocabulary;
    const struct customer *customer = &market->customers[user];
    int month = market->simulation->month[market->day];
    uint32_t weight[CHOICES_MAX];

    if (rng_below(&market->rng, 100) < 8) { /* something else for once, or a gift */
        int32_t n = smaller(v->n_categories, CHOICES_MAX);
        for (int32_t i = 0; i < n; i++)
            weight[i] = (uint32_t)(v->categories[i].weight * v->categories[i].month[month]);
        return weighted(weight, n, rng_next(&market->rng) >> 1);
    }
    for (int i = 0; i < FAVOURITES; i++)
        weight[i] = liking[i] * (uint32_t)v->categories[customer->favourite[i]].month[month];
    return customer->favourite[weighted(weight, FAVOURITES, rng_next(&market->rng) >> 1)];
}

/* A habit in `what` that half of the people have from their circle: a constant of the user. */
static uint64_t habit(const struct market *market, int32_t user, int64_t what)
{
    const struct simulation *simulation = market->simulation;
    uint64_t own = simulation_hash(simulation->options.seed, FOR_PEOPLE, user, what);

    if (own >> 63) return own << 1 >> 1;
    return simulation_hash(simulation->options.seed, FOR_CIRCLES, community_of(simulation, user),
                           what) >>
           1;
}

/* Mostly the usual aisle of the category, unless it is out of season. */
int32_t choose_aisle(struct market *market, int32_t user, int32_t category)
{
    const struct shop_vocabulary *v = market->simulation->vocabulary;
    const struct category *c = &v->categories[category];
    const struct aisle *aisles = &v->aisles[c->first_aisle];
    int32_t n = smaller(c->n_aisles, CHOICES_MAX);
    int month = market->simulation->month[market->day];
    uint32_t weight[CHOICES_MAX];

    const struct customer *customer = &market->customers[user];
    struct person person = { .gender = customer->gender,
                             .band = customer->band,
                             .segment = customer->segment,
                             .region = customer->region };
    for (int32_t i = 0; i < n; i++)
        weight[i] = taste_liking(&aisles[i].appeal, &person, aisles[i].weight);
    int32_t usual = weighted(weight, n, habit(market, user, category));
    if ((int32_t)rng_below(&market->rng, 100) < 72 &&
        (int32_t)rng_below(&market->rng, 100) < aisles[usual].month[month])
        return c->first_aisle + usual;
    for (int32_t i = 0; i < n; i++)
        weight[i] = (uint32_t)((uint64_t)weight[i] * (uint64_t)aisles[i].month[month] / 100);
    return c->first_aisle + weighted(weight, n, rng_next(&market->rng) >> 1);
}

int32_t choose_kind(struct market *market, int32_t user, int32_t aisle)
{
    const struct shop_vocabulary *v = market->simulation->vocabulary;
    const struct customer *customer = &market->customers[user];
    const struct aisle *a = &v->aisles[aisle];
    int32_t n = smaller(a->n_kinds, CHOICES_MAX);
    int month = market->simulation->month[market->day];
    uint32_t weight[CHOICES_MAX], sum = 0;

    for (int32_t i = 0; i < n; i++) {
        int32_t k = a->first_kind + i;
        const struct kind *kind = &v->kinds[k];
        weight[i] = market->cached[k] ? (uint32_t)(kind->weight * kind->month[month]) : 0;
        if (seen(customer, kind_mark(k))) {
            if (kind->once) weight[i] /= 16;
            if (appointments_again(market, user, k)) weight[i] /= 4; /* there is some at home */
        }
        if (kind->needs >= 0 && !seen(customer, kind_mark(kind->needs))) weight[i] /= 10;
        sum += weight[i];
    }
    if (!sum) return NOTHING;
    return a->first_kind + weighted(weight, n, rng_next(&market->rng) >> 1);
}

/* What a user looks for in a kind: constants of the two. */
struct wish {
    int32_t maker, tier, style, trait; /* maker, trait: NOTHING where the kind has none */
};

static struct wish wish_of(const struct market *market, int32_t user, int32_t kind_index)
{
    const struct simulation *simulation = market->simulation;
    const struct word_list *lists = simulation->vocabulary->lists;
    const struct kind *kind = &simulation->vocabulary->kinds[kind_index];
    uint64_t usual = habit(market, user, 1000 + kind->aisle);
    struct wish wish = { .maker = NOTHING,
                         .tier = market->customers[user].tier,
                         .style = (int32_t)((usual >> 40) % STYLES / 2),
                         .trait = NOTHING };

    if (kind->maker >= 0) wish.maker = (int32_t)(usual % (uint64_t)lists[kind->maker].n);
    if (kind->trait < 0) return wish;
    uint64_t own = simulation_hash(simulation->options.seed, FOR_PEOPLE, user, 3000 + kind->trait);
    wish.trait = (int32_t)(own % (uint64_t)lists[kind->trait].n);
    return wish;
}

static int32_t fulfils(const struct good *good, const struct wish *wish)
{
    int32_t points = (good->tier == wish->tier) + (good->maker == wish->maker);

    if (wish->trait != NOTHING) return points + 2 * (good->trait == wish->trait);
    return points + (good->style / 2 == wish->style);
}

int32_t suits(const struct market *market, int32_t user, int32_t item)
{
    const struct good *good = &market->simulation->goods[item];
    struct wish wish = wish_of(market, user, good->kind);

    return fulfils(good, &wish);
}

/* The rank that a sum of the popularity table means: the first whose sum is greater. Without a
 * branch on the numbers, which no processor could foresee. */
static int32_t rank_of(const uint32_t *zipf, int32_t n, uint32_t sum)
{
    const uint32_t *base = zipf;

    while (n > 1) {
        int32_t half = n / 2;
        base += base[half - 1] <= sum ? half : 0;
        n -= half;
    }
    return (int32_t)(base - zipf);
}

/* An ordinal of the kind that is there today: by popularity, or the newest where news counts. */
static int32_t draw_ordinal(struct market *market, int32_t kind)
{
    const struct simulation *simulation = market->simulation;
    int32_t first = simulation->kind_first[kind], n = simulation->kind_first[kind + 1] - first;
    int32_t there = market->cached[kind];

    if (simulation->vocabulary->fresh) {
        /* Four days' worth of news, at least three. */
        int32_t window = smaller(there, 3 + (int32_t)((int64_t)n * 4 / DAYS));
        int32_t a = (int32_t)rng_below(&market->rng, (uint32_t)window);
        int32_t b = (int32_t)rng_below(&market->rng, (uint32_t)window);
        return there - 1 - smaller(a, b);
    }
    for (int tries = 0; tries < 8; tries++) {
        uint32_t sum = rng_below(&market->rng, simulation->zipf[n - 1]);
        int32_t ordinal = market->by_rank[first + rank_of(simulation->zipf, n, sum)];
        if (ordinal < there) return ordinal;
    }
    return (int32_t)rng_below(&market->rng, (uint32_t)there);
}

/* What the circle talks about: one popular item of the kind, another each quarter of a year. */
static int32_t talk_ordinal(const struct market *market, int32_t user, int32_t kind)
{
    const struct simulation *simulation = market->simulation;
    int32_t first = simulation->kind_first[kind], n = simulation->kind_first[kind + 1] - first;
    uint64_t hash =
        simulation_hash(simulation->options.seed, FOR_CIRCLES, community_of(simulation, user),
                        (int64_t)kind * 16 + 5000 + market->day / 91);

    return market
        ->by_rank[first + rank_of(simulation->zipf, n, (uint32_t)(hash % simulation->zipf[n - 1]))];
}

/* A series is begun at its first part, and gone on with where it stands. */
static int32_t part_of_series(const struct market *market, int32_t user, int32_t kind,
                              int32_t ordinal)
{
    const struct simulation *simulation = market->simulation;
    int32_t series = simulation->vocabulary->kinds[kind].series;

    if (!series) return ordinal;
    int32_t start = ordinal - ordinal % series;
    for (int32_t i = start; i < start + series && i < market->cached[kind]; i++)
        if (!seen(&market->customers[user],
                  item_mark(simulation->of_kind[simulation->kind_first[kind] + i])))
            return i;
    return start;
}

int32_t choose_item(struct market *market, int32_t user, int32_t kind)
{
    static const uint32_t appeal[] = { 2, 7, 16, 30, 45 };
    const struct simulation *simulation = market->simulation;
    int32_t there = market->cached[kind], candidate[CANDIDATES + 1], n = 0;
    uint32_t weight[CANDIDATES + 1], sum = 0;
    bool supply =
        simulation->vocabulary->repeats && simulation->vocabulary->kinds[kind].every[0] > 0;

    if (!there) return NOTHING;
    struct wish wish = wish_of(market, user, kind);
    for (int i = 0; i <= CANDIDATES; i++) {
        int32_t ordinal = i ? draw_ordinal(market, kind) : talk_ordinal(market, user, kind);
        if (ordinal >= there) continue;
        if (!i && simulation->vocabulary->fresh && there - ordinal > 4) continue;
        ordinal = part_of_series(market, user, kind, ordinal);
        int32_t item = simulation->of_kind[simulation->kind_first[kind] + ordinal];
        candidate[n] = item;
        weight[n] = appeal[fulfils(&simulation->goods[item], &wish)] * (i ? 1 : 2);
        if (seen(&market->customers[user], item_mark(item)))
            weight[n] = supply ? (weight[n] + 7) / 8 : 0;
        sum += weight[n++];
    }
    if (!sum) return NOTHING;
    return candidate[weighted(weight, n, rng_next(&market->rng) >> 1)];
}
