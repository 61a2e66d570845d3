/* stage.c - the calendar of a shop, and who is there when. */
#include "exchange/shop/simulation.h"

#include <stdlib.h>

void simulation_stream(struct rng *rng, uint64_t seed, enum purpose purpose, int64_t number)
{
    rng_init_stream(rng, seed, (uint64_t)purpose << 56 ^ (uint64_t)number);
}

uint64_t simulation_hash(uint64_t seed, enum purpose purpose, int64_t a, int64_t b)
{
    uint64_t hash = rng_mix(seed + ((uint64_t)purpose + 1) * 0x9E3779B97F4A7C15);

    hash = rng_mix(hash ^ (uint64_t)a * 0xD6E8FEB86659FD93);
    return rng_mix(hash ^ ((uint64_t)b + 1) * 0xA24BAED4963EE407);
}

int32_t weighted(const uint32_t *weight, int32_t n, uint64_t draw)
{
    uint64_t sum = 0;

    for (int32_t i = 0; i < n; i++)
        sum += weight[i];
    if (!sum) return 0;
    draw %= sum;
    for (int32_t i = 0; i < n; i++) {
        if (draw < weight[i]) return i;
        draw -= weight[i];
    }
    return n - 1;
}

struct slice simulation_digits(int64_t number, char capacity[24])
{
    char *at = capacity + 24;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (number < 0) *--at = '-';
    return (struct slice){ at, (size_t)(capacity + 24 - at) };
}

/* Traffic grows to two and a half times over the two years, and swings with month and weekday. */
static void calendar(struct simulation *simulation)
{
    const struct shop_vocabulary *v = simulation->vocabulary;
    int64_t after = simulation->options.end + 1;

    /* The last whole day is the last day; rounding is towards the past. */
    simulation->first_day = (after >= 0 ? after / DAY : -((-after + DAY - 1) / DAY)) - DAYS;
    for (int32_t day = 0; day < DAYS; day++) {
        int year, month, date, weekday;
        moment_to_civil((simulation->first_day + day) * DAY, &year, &month, &date, &weekday);
        simulation->month[day] = (uint8_t)(month - 1);
        int64_t weight =
            (int64_t)v->month[month - 1] * v->weekday[weekday] / 100 * (2 * DAYS + 3 * day);
        simulation->traffic[day + 1] = simulation->traffic[day] + weight;
    }
}

/* Of n in order of arrival, `opened` are there on day 0 and those from `last` on never count. */
static int32_t there(int32_t n, int32_t opened, int32_t last, int32_t day)
{
    if (n <= opened) return n;
    return opened + (int32_t)((int64_t)(last - opened) * (day + 1) / DAYS);
}

static int32_t arriving(int32_t n, int32_t opened, int32_t last, int32_t one)
{
    if (one < opened) return -1 - (int32_t)((int64_t)(opened - 1 - one) * DAYS / opened);
    if (one >= last) return DAYS - 3 + (int32_t)((int64_t)(one - last) * 3 / (n - last));
    /* The first day on which there() counts it. */
    int64_t day = ((int64_t)(one - opened + 1) * DAYS + (last - opened) - 1) / (last - opened) - 1;
    return (int32_t)day;
}

int32_t simulation_items_on(const struct simulation *simulation, int32_t day)
{
    return there(simulation->options.items, simulation->opened_items, simulation->last_items, day);
}

int32_t simulation_users_on(const struct simulation *simulation, int32_t day)
{
    return there(simulation->options.users, simulation->opened_users, simulation->last_users, day);
}

int32_t simulation_item_day(const struct simulation *simulation, int32_t item)
{
    return arriving(simulation->options.items, simulation->opened_items, simulation->last_items,
                    item);
}

int32_t simulation_user_day(const struct simulation *simulation, int32_t user)
{
    return arriving(simulation->options.users, simulation->opened_users, simulation->last_users,
                    user);
}

/* At least one is there from the beginning. */
static int32_t portion(int32_t n, int32_t percent)
{
    int32_t part = (int32_t)((int64_t)n * percent / 100);

    return part < 1 ? 1 : part;
}

bool simulation_make(struct simulation *simulation, const struct shop_options *options,
                     struct error *error)
{
    *simulation = (struct simulation){ .options = *options };
    if (options->users < 1 || options->items < 1 || options->events < 0 ||
        options->events > 1000000000)
        return error_set(
            error, ERROR_USAGE,
            "a shop needs at least one user and one item, and at most 1000000000 events");
    if (options->end < moment_from_civil(1000, 1, 1, 0, 0, 0) ||
        options->end > moment_from_civil(9999, 1, 1, 0, 0, 0))
        return error_set(error, ERROR_USAGE,
                         "the last day of a shop lies between the years 1000 and 9998");
    simulation->vocabulary =
        shop_vocabulary_new(options->profile ? options->profile : "shop", error);
    if (!simulation->vocabulary) return false;
    simulation->opened_items = portion(options->items, simulation->vocabulary->opening);
    simulation->last_items = portion(options->items, 95);
    if (simulation->last_items < simulation->opened_items)
        simulation->last_items = simulation->opened_items;
    simulation->opened_users = portion(options->users, 45);
    simulation->last_users = portion(options->users, 97);
    simulation->communities = (options->users + simulation->vocabulary->community[0] - 1) /
                              simulation->vocabulary->community[0];
    calendar(simulation);
    if (goods_make(simulation, error)) return true;
    simulation_fini(simulation);
    return false;
}

void simulation_fini(struct simulation *simulation)
{
    shop_vocabulary_free(simulation->vocabulary);
    free(simulation->goods);
    free(simulation->of_kind);
    free(simulation->kind_first);
    free(simulation->zipf);
    *simulation = (struct simulation){ 0 };
}
