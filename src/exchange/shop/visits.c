/* visits.c - one visit: what was due, what else was taken, and what will be due because of it. */
#include "exchange/shop/market.h"

#include <math.h>
#include <stdlib.h>

struct trip {
    struct market *market;
    int32_t user, second, things;
    int32_t aisle; /* where the last thing was taken */
};

static uint32_t below(struct trip *trip, uint32_t bound)
{
    return rng_below(&trip->market->rng, bound);
}

static bool chance(struct trip *trip, int32_t percent)
{
    return percent > 0 && below(trip, 100) < (uint32_t)percent;
}

static bool happen(struct trip *trip, int32_t item, enum event_type type, int32_t before,
                   uint32_t quantity, float value)
{
    struct market *market = trip->market;

    if (market->n_happenings == market->room) {
        int32_t room = market->room ? market->room * 2 : 1024;
        struct happening *grown =
            realloc(market->happenings, (size_t)room * sizeof *market->happenings);
        if (!grown) return false;
        market->happenings = grown;
        market->room = room;
    }
    market->happenings[market->n_happenings] = (struct happening){ .second = trip->second - before,
                                                                   .serial = market->n_happenings,
                                                                   .user = trip->user,
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
    int32_t cents = market->stage->goods[item].cents;

    return cents ? (float)cents / 100.0f : NAN;
}

/* Half stars: how good it is, how well it suits, and the mood of the day. */
static float rating_of(struct trip *trip, int32_t item)
{
    const struct stage *stage = trip->market->stage;
    int32_t good = (int32_t)(stage_hash(stage->options.seed, FOR_GOODS, item, 1) % 5);
    int32_t stars = 3 + good + suits(trip->market, trip->user, item) + (int32_t)below(trip, 3) -
                    (int32_t)below(trip, 3);

    if (stars < 1) stars = 1;
    if (stars > 10) stars = 10;
    return (float)stars / 2.0f;
}

/* The event itself. `times` is how often it happened before. */
static bool deed(struct trip *trip, int32_t item, const struct kind *kind, uint32_t times)
{
    const struct shop_vocabulary *v = trip->market->stage->vocabulary;

    switch (v->deed) {
    case DEED_RATING:
        return happen(trip, item, EVENT_RATING, 0, 1, rating_of(trip, item));
    case DEED_WEIGHT:
        return happen(trip, item, EVENT_WEIGHT, 0, 1, (float)(times + 1));
    case DEED_PURCHASE:
        break;
    }
    uint32_t quantity = 1;
    if (kind->most > 1 && chance(trip, 35)) quantity += below(trip, (uint32_t)kind->most);
    return happen(trip, item, EVENT_PURCHASE, 0, quantity, price_of(trip->market, item));
}

/* About `days` from today, a fifth more or less. */
static int16_t in_days(struct trip *trip, int32_t days)
{
    int32_t least = days - days / 5, span = days / 5 * 2 + 1;
    int32_t day = trip->market->day + least + (int32_t)below(trip, (uint32_t)span);

    return (int16_t)(day < DAYS ? day : DAYS);
}

static bool take(struct trip *trip, int32_t item, uint32_t times);

/* Has one already, of what one has once. */
static bool has(const struct market *market, int32_t user, int32_t kind)
{
    return market->stage->vocabulary->kinds[kind].once &&
           seen(&market->patrons[user], kind_mark(kind));
}

/* What this thing leads to: the next volume, filters, a refill, the way back. */
static bool consequences(struct trip *trip, int32_t item, const struct kind *kind, uint32_t times)
{
    struct market *market = trip->market;
    const struct good *good = &market->stage->goods[item];

    if (market->stage->vocabulary->deed == DEED_PURCHASE && chance(trip, kind->returns)) {
        appointments_make(market, trip->user,
                          (struct appointment){ item, in_days(trip, 12), DUE_RETURN, 0 });
        return true; /* what goes back leads to nothing */
    }
    if (kind->series && (good->ordinal + 1) % kind->series && chance(trip, 75)) {
        int32_t next = market->stage->kind_first[good->kind] + good->ordinal + 1;
        if (next < market->stage->kind_first[good->kind + 1])
            appointments_make(
                market, trip->user,
                (struct appointment){ market->stage->of_kind[next],
                                      in_days(trip, kind->every[0] ? kind->every[0] : 20), DUE_NEXT,
                                      0 });
    } else if (!kind->series && kind->every[0] && chance(trip, kind->every[1]) &&
               !appointments_again(market, trip->user, good->kind)) {
        appointments_make(market, trip->user,
                          (struct appointment){ item, in_days(trip, kind->every[0]), DUE_AGAIN,
                                                (uint8_t)(times < 254 ? times + 1 : 254) });
    }
    for (int32_t i = 0; i < kind->n_then; i++) {
        const struct consequence *then = &kind->then[i];
        if (!chance(trip, then->percent) || has(market, trip->user, then->kind)) continue;
        if (then->days) {
            appointments_make(
                market, trip->user,
                (struct appointment){ then->kind, in_days(trip, then->days), DUE_KIND, 0 });
            continue;
        }
        int32_t with = choose_item(market, trip->user, then->kind);
        if (with != NOTHING && trip->things < 12 && !take(trip, with, 0)) return false;
    }
    return true;
}

/* Looked at, perhaps put into the cart, taken. */
static bool take(struct trip *trip, int32_t item, uint32_t times)
{
    struct market *market = trip->market;
    const struct shop_vocabulary *v = market->stage->vocabulary;
    int32_t kind = market->stage->goods[item].kind;
    struct patron *patron = &market->patrons[trip->user];

    trip->things++;
    trip->aisle = v->kinds[kind].aisle;
    if (chance(trip, v->before[0])) {
        int32_t looked = chance(trip, 50) ? item : choose_item(market, trip->user, kind);
        if (looked != NOTHING && !happen(trip, looked, EVENT_VIEW, 120 + (int32_t)below(trip, 900),
                                         1, price_of(market, looked)))
            return false;
    }
    if (chance(trip, v->before[1]) &&
        !happen(trip, item, EVENT_CART, 10 + (int32_t)below(trip, 100), 1, price_of(market, item)))
        return false;
    if (!deed(trip, item, &v->kinds[kind], times)) return false;
    see(patron, item_mark(item));
    see(patron, kind_mark(kind));
    return consequences(trip, item, &v->kinds[kind], times);
}

/* Keeps one appointment. */
static bool keep(struct trip *trip, struct appointment due)
{
    struct market *market = trip->market;
    int32_t item = due.what;

    switch ((enum why)due.why) {
    case DUE_NOTHING:
    case DUE_FIRST:
        return true;
    case DUE_RETURN:
        return happen(trip, item, EVENT_RETURN, 0, 1, price_of(market, item));
    case DUE_KIND:
        item = choose_item(market, trip->user, due.what);
        break;
    case DUE_NEXT:
        if (item >= market->items_there) item = NOTHING; /* not out yet */
        break;
    case DUE_AGAIN: /* one in six tries another */
        if (!due.times || below(trip, 6) == 0) {
            int32_t other = choose_item(market, trip->user, market->stage->goods[item].kind);
            if (other != item) due.times = 0;
            item = other;
        }
        break;
    }
    return item == NOTHING || take(trip, item, due.times);
}

/* One more thing, mostly from where the last one was. */
static bool browse(struct trip *trip)
{
    struct market *market = trip->market;
    int32_t aisle = trip->aisle;

    if (aisle == NOTHING || !chance(trip, 45))
        aisle = choose_aisle(market, trip->user, choose_category(market, trip->user));
    int32_t kind = choose_kind(market, trip->user, aisle);
    int32_t item = kind == NOTHING ? NOTHING : choose_item(market, trip->user, kind);
    return item == NOTHING || take(trip, item, 0);
}

static int32_t opening_hour(struct market *market)
{
    uint32_t weight[HOURS];

    for (int i = 0; i < HOURS; i++)
        weight[i] = (uint32_t)market->stage->vocabulary->hour[i];
    return weighted(weight, HOURS, rng_next(&market->rng) >> 1);
}

bool visit(struct market *market, int32_t user, bool called)
{
    const struct shop_vocabulary *v = market->stage->vocabulary;
    struct patron *patron = &market->patrons[user];
    struct trip trip = { .market = market, .user = user, .aisle = NOTHING };
    uint32_t weight[MAX_BASKET];
    bool kept = false;

    /* Not in the first quarter of an hour after midnight: what is looked at before is today, too.
     */
    trip.second = opening_hour(market) * 3600 + (int32_t)below(&trip, 3600);
    if (trip.second < 1200) trip.second += 1200;
    for (int i = 0; i < APPOINTMENTS; i++) {
        struct appointment due = patron->due[i];
        if (due.why == DUE_NOTHING || due.day > market->day) continue;
        patron->due[i] = (struct appointment){ .why = DUE_NOTHING };
        if (due.why != DUE_FIRST) kept = true;
        if (!keep(&trip, due)) return false;
    }
    if (!called || !kept || chance(&trip, 25)) {
        for (int i = 0; i < MAX_BASKET; i++)
            weight[i] = (uint32_t)v->basket[i];
        int32_t more = weighted(weight, MAX_BASKET, rng_next(&market->rng) >> 1);
        for (int32_t i = 0; i <= more; i++)
            if (!browse(&trip)) return false;
    }
    appointments_list(market, user);
    return true;
}
