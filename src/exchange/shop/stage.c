/* stage.c - the calendar of a shop, and who is there when. */
#include "exchange/shop/stage.h"

#include <stdlib.h>

void stage_stream(struct rng *rng, uint64_t seed, enum purpose purpose, int64_t number)
{
    rng_init_stream(rng, seed, (uint64_t)purpose << 56 ^ (uint64_t)number);
}

uint64_t stage_hash(uint64_t seed, enum purpose purpose, int64_t a, int64_t b)
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

struct slice stage_digits(int64_t number, char room[24])
{
    char *at = room + 24;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (number < 0) *--at = '-';
    return (struct slice){ at, (size_t)(room + 24 - at) };
}

/* Traffic grows to two and a half times over the two years, and swings with month and weekday. */
static void calendar(struct stage *stage)
{
    const struct shop_vocabulary *v = stage->vocabulary;
    int64_t after = stage->options.end + 1;

    /* The last whole day is the last day; rounding is towards the past. */
    stage->first_day = (after >= 0 ? after / DAY : -((-after + DAY - 1) / DAY)) - DAYS;
    for (int32_t day = 0; day < DAYS; day++) {
        int year, month, date, weekday;
        moment_to_civil((stage->first_day + day) * DAY, &year, &month, &date, &weekday);
        stage->month[day] = (uint8_t)(month - 1);
        int64_t weight =
            (int64_t)v->month[month - 1] * v->weekday[weekday] / 100 * (2 * DAYS + 3 * day);
        stage->traffic[day + 1] = stage->traffic[day] + weight;
    }
}

/* Of n in order of arrival, `opened` are there on day 0 and those from `last` on never count. */
static int32_t there(int32_t n, int32_t opened, int32_t last, int32_t day)
{
    if (n <= opened) return n;
    return opened + (int32_t)((int64_t)(last - opened) * (day + 1) / DAYS);
}

static int32_t arrival(int32_t n, int32_t opened, int32_t last, int32_t one)
{
    if (one < opened) return -1 - (int32_t)((int64_t)(opened - 1 - one) * DAYS / opened);
    if (one >= last) return DAYS - 3 + (int32_t)((int64_t)(one - last) * 3 / (n - last));
    /* The first day on which there() counts it. */
    int64_t day = ((int64_t)(one - opened + 1) * DAYS + (last - opened) - 1) / (last - opened) - 1;
    return (int32_t)day;
}

int32_t stage_items_on(const struct stage *stage, int32_t day)
{
    return there(stage->options.items, stage->opened_items, stage->last_items, day);
}

int32_t stage_users_on(const struct stage *stage, int32_t day)
{
    return there(stage->options.users, stage->opened_users, stage->last_users, day);
}

int32_t stage_item_day(const struct stage *stage, int32_t item)
{
    return arrival(stage->options.items, stage->opened_items, stage->last_items, item);
}

int32_t stage_user_day(const struct stage *stage, int32_t user)
{
    return arrival(stage->options.users, stage->opened_users, stage->last_users, user);
}

/* At least one is there from the beginning. */
static int32_t portion(int32_t n, int32_t percent)
{
    int32_t part = (int32_t)((int64_t)n * percent / 100);

    return part < 1 ? 1 : part;
}

bool stage_make(struct stage *stage, const struct shop_options *options, struct error *error)
{
    *stage = (struct stage){ .options = *options };
    if (options->users < 1 || options->items < 1 || options->events < 0 ||
        options->events > 1000000000)
        return error_set(
            error, ERROR_USAGE,
            "a shop needs at least one user and one item, and at most 1000000000 events");
    if (options->end < moment_from_civil(1000, 1, 1, 0, 0, 0) ||
        options->end > moment_from_civil(9999, 1, 1, 0, 0, 0))
        return error_set(error, ERROR_USAGE,
                         "the last day of a shop lies between the years 1000 and 9998");
    stage->vocabulary = shop_vocabulary_new(options->profile ? options->profile : "shop", error);
    if (!stage->vocabulary) return false;
    stage->opened_items = portion(options->items, stage->vocabulary->opening);
    stage->last_items = portion(options->items, 95);
    if (stage->last_items < stage->opened_items) stage->last_items = stage->opened_items;
    stage->opened_users = portion(options->users, 45);
    stage->last_users = portion(options->users, 97);
    stage->circles =
        (options->users + stage->vocabulary->circle[0] - 1) / stage->vocabulary->circle[0];
    calendar(stage);
    if (goods_make(stage, error)) return true;
    stage_fini(stage);
    return false;
}

void stage_fini(struct stage *stage)
{
    shop_vocabulary_free(stage->vocabulary);
    free(stage->goods);
    free(stage->of_kind);
    free(stage->kind_first);
    free(stage->zipf);
    *stage = (struct stage){ 0 };
}
