/* The other generated profiles are believable, too: news, video, music, social. Each property is a
 * figure with a floor that the profile clears and that the same people and items with random events
 * do not reach. */
#include "../support/told_shop.h"

#include "aisle/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CATEGORIES = 24, DAY = 86400 };

static const char *const profiles[] = { "news", "video", "music", "social" };
enum { PROFILES = sizeof profiles / sizeof *profiles };

/* A shop, and what it would be by chance. */
static struct report_shop shops[PROFILES], chance[PROFILES];

static void randomise(struct report_shop *shop)
{
    struct rng rng;

    rng_init(&rng, 5);
    for (int64_t i = 0; i < shop->n_events; i++) {
        struct report_event *event = &shop->events[i];
        event->user = (int32_t)rng_below(&rng, (uint32_t)shop->n_users);
        event->item = (int32_t)rng_below(&rng, (uint32_t)shop->n_items);
        event->time -= rng_below(&rng, DAY);
    }
    for (int64_t i = 0; i < shop->n_friends; i++)
        shop->friends[i][1] = (int32_t)rng_below(&rng, (uint32_t)shop->n_users);
}

static int make_shops(void **state)
{
    struct error error = { 0 };

    (void)state;
    for (int p = 0; p < PROFILES; p++) {
        struct shop_options options;
        shop_options_init(&options);
        options.users = 1000;
        options.items = 500;
        options.events = 30000;
        options.profile = profiles[p];
        if (!report_shop_make(&shops[p], &options, &error) ||
            !report_shop_make(&chance[p], &options, &error)) {
            print_error("%s\n", error.text);
            return 1;
        }
        randomise(&chance[p]);
    }
    return 0;
}

static int end_shops(void **state)
{
    (void)state;
    for (int p = 0; p < PROFILES; p++) {
        report_shop_fini(&shops[p]);
        report_shop_fini(&chance[p]);
    }
    return 0;
}

/* A figure is above its floor in the profile, and below it by chance. */
static void holds(int p, const char *what, double (*figure)(const struct report_shop *),
                  double floor)
{
    const double found = figure(&shops[p]), random = figure(&chance[p]);

    print_message("# %s: %s %.3f, by chance %.3f, floor %.3f\n", profiles[p], what, found, random,
                  floor);
    assert_true(found >= floor);
    assert_true(random < floor);
}

/* ------------------------------------------------------------------------------- popularity */

static int falling(const void *a, const void *b)
{
    const int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;

    return (left < right) - (left > right);
}

static double share_of_top_tenth(const struct report_shop *shop)
{
    int32_t *count = calloc((size_t)shop->n_items, sizeof *count);
    double top = 0;

    assert_non_null(count);
    for (int64_t i = 0; i < shop->n_events; i++)
        count[shop->events[i].item]++;
    qsort(count, (size_t)shop->n_items, sizeof *count, falling);
    for (int64_t i = 0; i < shop->n_items / 10; i++)
        top += count[i];
    free(count);
    return top / (double)shop->n_events;
}

static void few_items_are_wanted_most(void **state)
{
    (void)state;
    for (int p = 0; p < PROFILES; p++) /* yesterday's news is nobody's favourite */
        holds(p, "share of the top tenth", share_of_top_tenth, p == 0 ? 0.16 : 0.25);
}

/* ------------------------------------------------------------------------------------ taste */

static int category_of(const struct report_shop *shop, int32_t item)
{
    static const struct report_shop *known;
    static const char *names[CATEGORIES];
    int c = 0;

    if (known != shop) memset(names, 0, sizeof names);
    known = shop;
    while (c < CATEGORIES - 1 && names[c] && strcmp(names[c], shop->items[item].category) != 0)
        c++;
    names[c] = shop->items[item].category;
    return c;
}

/* Cramer's V of being under 30, and of what kind an item is. */
static double taste_by_age(const struct report_shop *shop)
{
    double cell[2][CATEGORIES] = { 0 }, row[2] = { 0 }, column[CATEGORIES] = { 0 }, sum = 0;

    for (int64_t i = 0; i < shop->n_events; i++) {
        const int young = shop->users[shop->events[i].user].age < 30;
        const int c = category_of(shop, shop->events[i].item);
        cell[young][c]++;
        row[young]++;
        column[c]++;
    }
    for (int y = 0; y < 2; y++) {
        for (int c = 0; c < CATEGORIES; c++) {
            const double expected = row[y] * column[c] / (double)shop->n_events;
            if (expected > 0) sum += (cell[y][c] - expected) * (cell[y][c] - expected) / expected;
        }
    }
    return sqrt(sum / (double)shop->n_events);
}

static void age_shows_in_taste(void **state)
{
    (void)state;
    for (int p = 0; p < PROFILES; p++)
        holds(p, "taste by age", taste_by_age, 0.08);
}

/* How much more often the next event of somebody is of the same category than it would be if
 * everybody took from the same shelf. */
static double stays_with(const struct report_shop *shop)
{
    int *last = malloc((size_t)shop->n_users * sizeof *last);
    double share[CATEGORIES] = { 0 }, same = 0, steps = 0, expected = 0;

    assert_non_null(last);
    for (int64_t u = 0; u < shop->n_users; u++)
        last[u] = -1;
    for (int64_t i = 0; i < shop->n_events; i++) {
        const int c = category_of(shop, shop->events[i].item);
        int *before = &last[shop->events[i].user];
        share[c] += 1 / (double)shop->n_events;
        same += *before == c;
        steps += *before >= 0;
        *before = c;
    }
    for (int c = 0; c < CATEGORIES; c++)
        expected += share[c] * share[c];
    free(last);
    return same / steps / expected;
}

static void people_stay_with_what_they_like(void **state)
{
    (void)state;
    for (int p = 0; p < PROFILES; p++)
        holds(p, "next of the same category, times chance", stays_with, 1.25);
}

static double alike(const double *a, const double *b)
{
    double product = 0, left = 0, right = 0;

    for (int c = 0; c < CATEGORIES; c++) {
        product += a[c] * b[c];
        left += a[c] * a[c];
        right += b[c] * b[c];
    }
    return left > 0 && right > 0 ? product / sqrt(left * right) : 0;
}

/* Likeness of friends over that of pairs of the same people in another order. */
static double friends_over_strangers(const struct report_shop *shop)
{
    double(*taste)[CATEGORIES] = calloc((size_t)shop->n_users, sizeof *taste);
    double friends = 0, strangers = 0;

    assert_non_null(taste);
    for (int64_t i = 0; i < shop->n_events; i++)
        taste[shop->events[i].user][category_of(shop, shop->events[i].item)]++;
    for (int64_t i = 0; i < shop->n_friends; i++) {
        const int64_t j = (i + shop->n_friends / 2) % shop->n_friends;
        friends += alike(taste[shop->friends[i][0]], taste[shop->friends[i][1]]);
        strangers += alike(taste[shop->friends[i][0]], taste[shop->friends[j][1]]);
    }
    free(taste);
    return friends / strangers;
}

static void friends_like_the_same(void **state)
{
    (void)state;
    for (int p = 0; p < PROFILES; p++)
        holds(p, "friends alike, times strangers", friends_over_strangers, 1.1);
}

/* ------------------------------------------------------------------------------------- time */

/* The six busiest hours of the day over the six quietest. */
static double busy_over_quiet(const struct report_shop *shop)
{
    int32_t hour[24] = { 0 };
    double busy = 0, quiet = 1;

    for (int64_t i = 0; i < shop->n_events; i++)
        hour[shop->events[i].time / 3600 % 24]++;
    qsort(hour, 24, sizeof *hour, falling);
    for (int h = 0; h < 6; h++) {
        busy += hour[h];
        quiet += hour[23 - h];
    }
    return busy / quiet;
}

static void nights_are_quiet(void **state)
{
    (void)state;
    for (int p = 0; p < PROFILES; p++)
        holds(p, "busy hours over quiet ones", busy_over_quiet, 2);
}

/* Share of events within a month after their item came out: a kind of news has a new item every six
 * weeks here. */
static double share_fresh(const struct report_shop *shop)
{
    double fresh = 0;

    for (int64_t i = 0; i < shop->n_events; i++) {
        const int64_t age = shop->events[i].time - shop->items[shop->events[i].item].added;
        fresh += age >= 0 && age < 30 * DAY;
    }
    return fresh / (double)shop->n_events;
}

static void news_ages_quickly(void **state)
{
    (void)state;
    holds(0, "read within a month", share_fresh, 0.4);
}

/* Share of events with something that the same person had before. */
static double share_again(const struct report_shop *shop)
{
    uint8_t *had = calloc((size_t)(shop->n_users * shop->n_items), 1);
    double again = 0;

    assert_non_null(had);
    for (int64_t i = 0; i < shop->n_events; i++) {
        if (shop->events[i].type == EVENT_VIEW || shop->events[i].type == EVENT_CART) continue;
        uint8_t *this = &had[shop->events[i].user * shop->n_items + shop->events[i].item];
        again += *this;
        *this = 1;
    }
    free(had);
    return again / (double)shop->n_events;
}

static void music_is_heard_again_and_news_is_not(void **state)
{
    (void)state;
    holds(2, "heard before", share_again, 0.25);
    assert_true(share_again(&shops[0]) < 0.01);
    assert_true(share_again(&chance[0]) > 0.01);
}

/* ------------------------------------------------------------------------- people and names */

static double share_cold(const struct report_shop *shop)
{
    uint8_t *user = calloc((size_t)shop->n_users, 1), *item = calloc((size_t)shop->n_items, 1);
    double users = 0, items = 0;

    assert_true(user && item);
    for (int64_t i = 0; i < shop->n_events; i++)
        user[shop->events[i].user] = item[shop->events[i].item] = 1;
    for (int64_t u = 0; u < shop->n_users; u++)
        users += !user[u];
    for (int64_t i = 0; i < shop->n_items; i++)
        items += !item[i];
    free(user);
    free(item);
    /* Of the two, the lesser. */
    return fmin(users / (double)shop->n_users, items / (double)shop->n_items);
}

static void some_are_new(void **state)
{
    (void)state;
    for (int p = 0; p < PROFILES; p++) {
        holds(p, "without events", share_cold, 0.005);
        assert_true(share_cold(&shops[p]) < 0.15);
    }
}

/* Names begin in several scripts: Latin, and of the others each that one name in fifty is in. */
static void names_are_of_many_scripts(void **state)
{
    (void)state;
    for (int p = 0; p < PROFILES; p++) {
        int lead[256] = { 0 }, scripts = 0;
        for (int64_t u = 0; u < shops[p].n_users; u++)
            lead[(unsigned char)shops[p].users[u].name[0]]++;
        for (int b = 0xCE; b < 256; b++) /* lead bytes of Greek, Cyrillic, Hebrew, … */
            scripts += lead[b] * 50 >= shops[p].n_users;
        print_message("# %s: names begin with %d lead bytes beside Latin\n", profiles[p], scripts);
        assert_true(scripts >= 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_items_are_wanted_most),
        cmocka_unit_test(age_shows_in_taste),
        cmocka_unit_test(people_stay_with_what_they_like),
        cmocka_unit_test(friends_like_the_same),
        cmocka_unit_test(nights_are_quiet),
        cmocka_unit_test(news_ages_quickly),
        cmocka_unit_test(music_is_heard_again_and_news_is_not),
        cmocka_unit_test(some_are_new),
        cmocka_unit_test(names_are_of_many_scripts),
    };
    return cmocka_run_group_tests(tests, make_shops, end_shops);
}
