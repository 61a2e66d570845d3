/* days.c - two years, day by day: those who are due, then anybody until the day has its traffic.
 *
 * Only a day's events are held, so memory does not grow with their number.
 */
#include "exchange/shop/market.h"

#include <stdlib.h>

static void market_fini(struct market *market)
{
    free(market->customers);
    free(market->cached);
    free(market->by_rank);
    free(market->happenings);
}

/* A popularity order of each kind's items, by a shuffle of its own (Fisher and Yates). */
static void rank_items(struct market *market)
{
    const struct simulation *simulation = market->simulation;

    for (int32_t k = 0; k < simulation->vocabulary->n_kinds; k++) {
        int32_t *rank = market->by_rank + simulation->kind_first[k];
        int32_t n = simulation->kind_first[k + 1] - simulation->kind_first[k];
        struct rng rng;
        simulation_stream(&rng, simulation->options.seed, FOR_GOODS, INT64_C(1) << 40 | k);
        for (int32_t i = 0; i < n; i++) {
            int32_t other = (int32_t)rng_below(&rng, (uint32_t)i + 1);
            rank[i] = rank[other];
            rank[other] = i;
        }
    }
}

/* Who prefers which price: the young the cheap, the settled the dear, the rest as it comes. */
static uint8_t tier_of(const struct simulation *simulation, int32_t user, int32_t band)
{
    static const uint8_t dear[BANDS] = { 10, 25, 40, 50, 45, 30 };
    static const uint8_t cheap[BANDS] = { 70, 40, 25, 20, 25, 35 };
    uint64_t place = simulation_hash(simulation->options.seed, FOR_PEOPLE, user, 2) % 100;

    if (place < cheap[band]) return 0;
    return place >= 100u - dear[band] ? 2 : 1;
}

static void people_come(struct market *market)
{
    const struct simulation *simulation = market->simulation;
    /* In a shop with few events for its users, not everybody gets a first visit of their own. */
    int64_t invited = simulation->options.events / 3;

    for (int32_t user = 0; user < simulation->options.users; user++) {
        struct customer *customer = &market->customers[user];
        customer->day = NEVER;
        customer->earlier = customer->later = NOBODY;
        taste_favourites(simulation, user, customer->favourite);
        struct person person = person_of(simulation, user);
        customer->gender = (uint8_t)person.gender;
        customer->band = (uint8_t)person.band;
        customer->segment = (uint8_t)person.segment;
        customer->region = (uint8_t)person.region;
        customer->tier = tier_of(simulation, user, person.band);
        if (user >= simulation->last_users) continue;
        if ((int64_t)(simulation_hash(simulation->options.seed, FOR_VISITS, user, 1) %
                      (uint64_t)simulation->options.users) >= invited)
            continue;
        int32_t day = simulation_user_day(simulation, user);
        if (day < 0) day = (int32_t)rng_below(&market->rng, 500);
        customer->due[0] = (struct appointment){ .day = (int16_t)day, .why = DUE_FIRST };
        appointments_list(market, user);
    }
}

static bool market_init(struct market *market, const struct simulation *simulation,
                        struct error *error)
{
    size_t users = (size_t)simulation->options.users, items = (size_t)simulation->options.items;

    *market = (struct market){ .simulation = simulation };
    simulation_stream(&market->rng, simulation->options.seed, FOR_VISITS, 0);
    market->customers = calloc(users, sizeof *market->customers);
    market->cached = calloc((size_t)simulation->vocabulary->n_kinds, sizeof *market->cached);
    market->by_rank = calloc(items, sizeof *market->by_rank);
    if (!market->customers || !market->cached || !market->by_rank) {
        market_fini(market);
        return error_memory(error, "the shop");
    }
    for (int32_t day = 0; day < DAYS; day++)
        market->first_due[day] = NOBODY;
    rank_items(market);
    people_come(market);
    return true;
}

/* Some come far more often than others: the density of u falls from 11 times the ordinary to a
 * half, for u = ((x + a)^2 - a^2) / ((1 + a)^2 - a^2) with a = 1/20, in integers of 28 bits. */
static int32_t somebody(struct market *market)
{
    const int32_t n = market->simulation->last_users;
    const uint64_t a = (1u << 28) / 20, whole = (1u << 28) + a;
    uint64_t x = (rng_next(&market->rng) >> 36) + a;
    uint64_t place = ((x * x - a * a) >> 24) * (uint64_t)n / ((whole * whole - a * a) >> 24);

    /* A fixed shuffle: who comes often has nothing to do with when they joined. */
    return (int32_t)(place * 0x9E3779B1u % (uint64_t)n);
}

static int by_time(const void *left, const void *right)
{
    const struct happening *a = left, *b = right;

    if (a->second != b->second) return a->second < b->second ? -1 : 1;
    return (a->serial > b->serial) - (a->serial < b->serial);
}

static bool send_day(struct market *market, int64_t *line, record_sink *sink, void *context,
                     struct error *error)
{
    int64_t midnight = (market->simulation->first_day + market->day) * DAY;
    char user[24], item[24];

    if (market->n_happenings)
        qsort(market->happenings, (size_t)market->n_happenings, sizeof *market->happenings,
              by_time);
    for (int32_t i = 0; i < market->n_happenings; i++) {
        const struct happening *what = &market->happenings[i];
        struct record record = { .kind = RECORD_EVENT,
                                 .line = ++*line,
                                 .user = simulation_digits(what->user + 1, user),
                                 .item = simulation_digits(what->item + 1, item),
                                 .time = midnight + what->second,
                                 .type = (enum event_type)what->type,
                                 .quantity = what->quantity,
                                 .value = (double)what->value };
        if (!sink(context, &record, error)) return false;
    }
    return true;
}

/* On a full day, who only wanted the same again comes in a week: or a shop of habits would grow
 * beyond its traffic. False for everybody else. */
static bool postpone(struct market *market, int32_t user)
{
    struct customer *customer = &market->customers[user];

    for (int i = 0; i < APPOINTMENTS; i++) {
        const struct appointment *due = &customer->due[i];
        if (due->why != DUE_NOTHING && due->day <= market->day && due->why != DUE_AGAIN)
            return false;
    }
    for (int i = 0; i < APPOINTMENTS; i++) {
        struct appointment *due = &customer->due[i];
        if (due->why == DUE_AGAIN && due->day <= market->day) due->day = (int16_t)(market->day + 7);
        if (due->day >= DAYS) *due = (struct appointment){ .why = DUE_NOTHING };
    }
    appointments_list(market, user);
    return true;
}

/* One day's events, in no order yet. */
static bool live_day(struct market *market)
{
    const struct simulation *simulation = market->simulation;
    int32_t users = simulation_users_on(simulation, market->day);
    int64_t all = simulation->options.events, total = simulation->traffic[DAYS];
    int64_t until = all * simulation->traffic[market->day + 1] / total;
    int64_t today = until - all * simulation->traffic[market->day] / total;
    int64_t patience = 4 * today + 1000;
    int64_t enough = until - today / 3;

    for (int32_t user = market->first_due[market->day]; user != NOBODY;) {
        int32_t later = market->customers[user].later;
        appointments_unlist(market, user);
        if (market->made < enough || !postpone(market, user)) {
            if (!visit(market, user, true)) return false;
        }
        user = later;
    }
    while (market->made < until && patience-- > 0) {
        int32_t user = somebody(market);
        if (user < users && !visit(market, user, false)) return false;
    }
    return true;
}

static void fill_shelves(struct market *market)
{
    int32_t there = simulation_items_on(market->simulation, market->day);

    while (market->items_there < there)
        market->cached[market->simulation->goods[market->items_there++].kind]++;
}

bool visits_send(const struct simulation *simulation, record_sink *sink, void *context,
                 struct progress *progress, struct error *error)
{
    struct market market;
    int64_t line = 0;
    bool ok = false;

    if (!market_init(&market, simulation, error)) return false;
    progress_begin(progress, "events", simulation->options.events);
    for (market.day = 0; market.day < DAYS; market.day++) {
        fill_shelves(&market);
        market.n_happenings = 0;
        if (!live_day(&market)) {
            error_memory(error, "a day's events");
            goto out;
        }
        if (!send_day(&market, &line, sink, context, error)) goto out;
        progress_add(progress, market.n_happenings);
        if (progress_cancelled(progress)) {
            error_set(error, ERROR_CANCELLED, "stopped while the events were made");
            goto out;
        }
    }
    ok = true;
out:
    market_fini(&market);
    return ok;
}
