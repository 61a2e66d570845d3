/* visits.c - one visit: what was due, what else was taken, and what will be due because of it. */
#include "exchange/shop/market.h"

#include <math.h>
#include <stdlib.h>

struct visit {
    struct market *market;
    int32_t user, second, things;
    int32_t aisle; /* where the last thing was taken */
};

static uint32_t below(struct visit *visit, uint32_t bound)
{
    return rng_below(&visit->market->rng, bound);
}

static bool chance(struct visit *visit, int32_t percent)
{
    return percent > 0 && below(visit, 100) < (uint32_t)percent;
}

static bool happen(struct visit *visit, int32_t item, enum event_type type, int32_t before,
                   uint32_t quantity, float value)
{
    struct market *market = visit->market;

    if (market->n_happenings == market->capacity) {
        int32_t capacity = market->capacity ? market->capacity * 2 : 1024;
        struct happening *grown =
            realloc(market->happenings, (size_t)capacity * sizeof *market->happenings);
        if (!grown) return false;
        market->happenings = grown;
        market->capacity = capacity;
    }
    market->happenings[market->n_happenings] = (struct happening){ .second = visit->second - before,
                                                                   .serial = market->n_happenings,
                                                                   .user = visit->user,
                                                                   .item = item,
                                                                   .type = (uint8_t)type,
                                                                   .quantity = (uint8_t)quantity,
                                                                   .value = value };
    market->n_happenings++;
    market->made++;
    return true;
}

static float price_of(const struct market *market, int32_t item)
{
    int32_t cents = market->simulation->goods[item].cents;

    return cents ? (float)cents / 100.0f : NAN;
}

/* Half stars: how good it is, how well it suits, and the mood of the day. */
static float rating_of(struct visit *visit, int32_t item)
{
    const struct simulation *simulation = visit->market->simulation;
    int32_t good = (int32_t)(simulation_hash(simulation->options.seed, FOR_GOODS, item, 1) % 5);
    int32_t stars = 3 + good + suits(visit->market, visit->user, item) + (int32_t)below(visit, 3) -
                    (int32_t)below(visit, 3);

    if (stars < 1) stars = 1;
    if (stars > 10) stars = 10;
    return (float)stars / 2.0f;
}

/* The event itself. `times` is how often it happened before. */
static bool activity(struct visit *visit, int32_t item, const struct kind *kind, uint32_t times)
{
    const struct shop_vocabulary *v = visit->market->simulation->vocabulary;

    switch (v->activity) {
    case DEED_RATING:
        return happen(visit, item, EVENT_RATING, 0, 1, rating_of(visit, item));
    case DEED_WEIGHT:
        return happen(visit, item, EVENT_WEIGHT, 0, 1, (float)(times + 1));
    case DEED_PURCHASE:
        break;
    }
    uint32_t quantity = 1;
    if (kind->max > 1 && chance(visit, 35)) quantity += below(visit, (uint32_t)kind->max);
    return happen(visit, item, EVENT_PURCHASE, 0, quantity, price_of(visit->market, item));
}

/* About `days` from today, a fifth more or less. */
static int16_t in_days(struct visit *visit, int32_t days)
{
    int32_t min = days - days / 5, span = days / 5 * 2 + 1;
    int32_t day = visit->market->day + min + (int32_t)below(visit, (uint32_t)span);

    return (int16_t)(day < DAYS ? day : DAYS);
}

static bool take(struct visit *visit, int32_t item, uint32_t times);

/* Has one already, of what one has once. */
static bool has(const struct market *market, int32_t user, int32_t kind)
{
    return market->simulation->vocabulary->kinds[kind].once &&
           seen(&market->customers[user], kind_mark(kind));
}

/* What this thing leads to: the next volume, filters, a refill, the way back. */
static bool consequences(struct visit *visit, int32_t item, const struct kind *kind, uint32_t times)
{
    struct market *market = visit->market;
    const struct good *good = &market->simulation->goods[item];

    if (market->simulation->vocabulary->activity == DEED_PURCHASE && chance(visit, kind->returns)) {
        appointments_make(market, visit->user,
                          (struct appointment){ item, in_days(visit, 12), DUE_RETURN, 0 });
        return true; /* what goes back leads to nothing */
    }
    if (kind->series && (good->ordinal + 1) % kind->series && chance(visit, 75)) {
        int32_t next = market->simulation->kind_first[good->kind] + good->ordinal + 1;
        if (next < market->simulation->kind_first[good->kind + 1])
            appointments_make(
                market, visit->user,
                (struct appointment){ market->simulation->of_kind[next],
                                      in_days(visit, kind->every[0] ? kind->every[0] : 20),
                                      DUE_NEXT, 0 });
    } else if (!kind->series && kind->every[0] && chance(visit, kind->every[1]) &&
               !appointments_again(market, visit->user, good->kind)) {
        appointments_make(market, visit->user,
                          (struct appointment){ item, in_days(visit, kind->every[0]), DUE_AGAIN,
                                                (uint8_t)(times < 254 ? times + 1 : 254) });
    }
    for (int32_t i = 0; i < kind->n_then; i++) {
        const struct consequence *then = &kind->then[i];
        if (!chance(visit, then->percent) || has(market, visit->user, then->kind)) continue;
        if (then->days) {
            appointments_make(
                market, visit->user,
                (struct appointment){ then->kind, in_days(visit, then->days), DUE_KIND, 0 });
            continue;
        }
        int32_t with = choose_item(market, visit->user, then->kind);
        if (with != NOTHING && visit->things < 12 && !take(visit, with, 0)) return false;
    }
    return true;
}

/* Looked at, perhaps put into the cart, taken. */
static bool take(struct visit *visit, int32_t item, uint32_t times)
{
    struct market *market = visit->market;
    const struct shop_vocabulary *v = market->simulation->vocabulary;
    int32_t kind = market->simulation->goods[item].kind;
    struct customer *customer = &market->customers[visit->user];

    visit->things++;
    visit->aisle = v->kinds[kind].aisle;
    if (chance(visit, v->before[0])) {
        int32_t looked = chance(visit, 50) ? item : choose_item(market, visit->user, kind);
        if (looked != NOTHING &&
            !happen(visit, looked, EVENT_VIEW, 120 + (int32_t)below(visit, 900), 1,
                    price_of(market, looked)))
            return false;
    }
    if (chance(visit, v->before[1]) &&
        !happen(visit, item, EVENT_CART, 10 + (int32_t)below(visit, 100), 1,
                price_of(market, item)))
        return false;
    if (!activity(visit, item, &v->kinds[kind], times)) return false;
    see(customer, item_mark(item));
    see(customer, kind_mark(kind));
    return consequences(visit, item, &v->kinds[kind], times);
}

/* Keeps one appointment. */
static bool keep(struct visit *visit, struct appointment due)
{
    struct market *market = visit->market;
    int32_t item = due.what;

    switch ((enum why)due.why) {
    case DUE_NOTHING:
    case DUE_FIRST:
        return true;
    case DUE_RETURN:
        return happen(visit, item, EVENT_RETURN, 0, 1, price_of(market, item));
    case DUE_KIND:
        item = choose_item(market, visit->user, due.what);
        break;
    case DUE_NEXT:
        if (item >= market->items_there) item = NOTHING; /* not out yet */
        break;
    case DUE_AGAIN: /* one in six tries another */
        if (!due.times || below(visit, 6) == 0) {
            int32_t other = choose_item(market, visit->user, market->simulation->goods[item].kind);
            if (other != item) due.times = 0;
            item = other;
        }
        break;
    }
    return item == NOTHING || take(visit, item, due.times);
}

/* One more thing, mostly from where the last one was. */
static bool browse(struct visit *visit)
{
    struct market *market = visit->market;
    int32_t aisle = visit->aisle;

    if (aisle == NOTHING || !chance(visit, 45))
        aisle = choose_aisle(market, visit->user, choose_category(market, visit->user));
    int32_t kind = choose_kind(market, visit->user, aisle);
    int32_t item = kind == NOTHING ? NOTHING : choose_item(market, visit->user, kind);
    return item == NOTHING || take(visit, item, 0);
}

static int32_t opening_hour(struct market *market)
{
    uint32_t weight[HOURS];

    for (int i = 0; i < HOURS; i++)
        weight[i] = (uint32_t)market->simulation->vocabulary->hour[i];
    return weighted(weight, HOURS, rng_next(&market->rng) >> 1);
}

bool visit(struct market *market, int32_t user, bool called)
{
    const struct shop_vocabulary *v = market->simulation->vocabulary;
    struct customer *customer = &market->customers[user];
    struct visit visit = { .market = market, .user = user, .aisle = NOTHING };
    uint32_t weight[MAX_BASKET];
    bool kept = false;

    /* Not in the first quarter of an hour after midnight: what is looked at before is today, too.
     */
    visit.second = opening_hour(market) * 3600 + (int32_t)below(&visit, 3600);
    if (visit.second < 1200) visit.second += 1200;
    for (int i = 0; i < APPOINTMENTS; i++) {
        struct appointment due = customer->due[i];
        if (due.why == DUE_NOTHING || due.day > market->day) continue;
        customer->due[i] = (struct appointment){ .why = DUE_NOTHING };
        if (due.why != DUE_FIRST) kept = true;
        if (!keep(&visit, due)) return false;
    }
    if (!called || !kept || chance(&visit, 25)) {
        for (int i = 0; i < MAX_BASKET; i++)
            weight[i] = (uint32_t)v->basket[i];
        int32_t more = weighted(weight, MAX_BASKET, rng_next(&market->rng) >> 1);
        for (int32_t i = 0; i <= more; i++)
            if (!browse(&visit)) return false;
    }
    appointments_list(market, user);
    return true;
}
