/* The generated shop: the same for the same seed, and believable: what is popular, who buys what,
 * what follows what, and when. The numbers are floors that the demo shop clears with room. */
#include "../support/told_shop.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Of every byte of the demo shop. Whoever changes the generator or a word list on purpose looks at
 * the new shop and then writes its number here. */
static const uint64_t demo_checksum = 0x16421CE1F9718522;

static struct report_shop demo;

static int make_demo(void **state)
{
    struct shop_options options;
    struct error error = { 0 };

    (void)state;
    shop_options_init(&options);
    if (report_shop_make(&demo, &options, &error)) return 0;
    print_error("%s\n", error.text);
    return 1;
}

static int end_demo(void **state)
{
    (void)state;
    report_shop_fini(&demo);
    return 0;
}

static struct shop_options small(const char *profile, uint64_t seed)
{
    struct shop_options options;

    shop_options_init(&options);
    options.users = 300;
    options.items = 200;
    options.events = 6000;
    options.profile = profile;
    options.seed = seed;
    return options;
}

static uint64_t checksum_of(const struct shop_options *options)
{
    struct report_shop shop;

    assert_true(report_shop_make(&shop, options, NULL));
    uint64_t checksum = shop.checksum;
    report_shop_fini(&shop);
    return checksum;
}

static void a_seed_is_a_shop(void **state)
{
    struct shop_options one = small("shop", 7), same = small("shop", 7), other = small("shop", 8);

    (void)state;
    assert_true(checksum_of(&one) == checksum_of(&same));
    assert_true(checksum_of(&one) != checksum_of(&other));
}

static void the_demo_shop_is_the_known_one(void **state)
{
    (void)state;
    if (demo.checksum != demo_checksum)
        print_message("# the demo shop's checksum is 0x%016llX\n",
                      (unsigned long long)demo.checksum);
    assert_true(demo.checksum == demo_checksum);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void titles_are_distinct(const struct report_shop *shop)
{
    char **title = malloc((size_t)shop->n_items * sizeof *title);

    assert_non_null(title);
    for (int64_t i = 0; i < shop->n_items; i++)
        title[i] = shop->items[i].title;
    qsort(title, (size_t)shop->n_items, sizeof *title, by_text);
    for (int64_t i = 1; i < shop->n_items; i++)
        assert_string_not_equal(title[i - 1], title[i]);
    free(title);
}

/* What holds of every profile. */
static void check_shop(const struct report_shop *shop, const struct shop_options *options)
{
    assert_int_equal(shop->n_items, options->items);
    assert_int_equal(shop->n_users, options->users);
    assert_true(shop->n_events > options->events * 97 / 100);
    assert_true(shop->n_events < options->events * 103 / 100);
    assert_true(shop->ordered);
    assert_int_equal(shop->unreadable, 0);
    assert_true(shop->n_friends > shop->n_users / 2);
    titles_are_distinct(shop);
    for (int64_t i = 0; i < shop->n_events; i++) {
        const struct report_event *event = &shop->events[i];
        assert_in_range(event->user, 0, shop->n_users - 1);
        assert_in_range(event->item, 0, shop->n_items - 1);
        assert_true(i == 0 || shop->events[i - 1].time <= event->time);
        assert_true(event->time >= shop->items[event->item].added);
        assert_true(event->time >= shop->users[event->user].joined);
        assert_true(event->time <= options->end);
        assert_true(event->time > options->end - INT64_C(731) * 86400);
        assert_true(event->quantity >= 1);
    }
    for (int64_t i = 0; i < shop->n_friends; i++)
        assert_true(shop->friends[i][1] < shop->friends[i][0] && shop->friends[i][1] >= 0);
}

static void every_profile_is_sound(void **state)
{
    int seen = 0;

    (void)state;
    for (const char *const *profile = shop_profiles(); *profile; profile++, seen++) {
        struct shop_options options = small(*profile, 3);
        struct report_shop shop;
        assert_true(report_shop_make(&shop, &options, NULL));
        check_shop(&shop, &options);
        report_shop_fini(&shop);
    }
    assert_int_equal(seen, 5);
}

static void odd_sizes_are_sound(void **state)
{
    static const int32_t sizes[][3] = {
        { 1, 1, 0 }, { 1, 1, 50 }, { 3, 2, 100 }, { 500, 5, 100 }, { 2, 900, 400 }
    };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct shop_options options = small("shop", 1);
        struct report_shop shop;
        options.users = sizes[i][0];
        options.items = sizes[i][1];
        options.events = sizes[i][2];
        assert_true(report_shop_make(&shop, &options, NULL));
        assert_true(shop.ordered);
        assert_int_equal(shop.n_items, options.items);
        titles_are_distinct(&shop);
        report_shop_fini(&shop);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    struct shop_options options = small("bakery", 1);
    struct error error = { 0 };
    struct report_shop shop;

    (void)state;
    assert_false(report_shop_make(&shop, &options, &error));
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "bakery"));
    report_shop_fini(&shop);
    options = small("people", 1); /* a word list that is no profile */
    assert_false(report_shop_make(&shop, &options, &error));
    report_shop_fini(&shop);
    options = small("shop", 1);
    options.end = INT64_MAX;
    assert_false(report_shop_make(&shop, &options, &error));
    report_shop_fini(&shop);
}

static void the_demo_shop_is_sound(void **state)
{
    struct shop_options options;

    (void)state;
    shop_options_init(&options);
    check_shop(&demo, &options);
    assert_int_equal(options.users, 2000);
    assert_int_equal(options.items, 800);
}

/* ------------------------------------------------------------------------------ believable? */

static int falling(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;

    return (left < right) - (left > right);
}

static void few_items_sell_much(void **state)
{
    int32_t count[800] = { 0 };
    int64_t top = 0, without = 0;

    (void)state;
    for (int64_t i = 0; i < demo.n_events; i++)
        count[demo.events[i].item]++;
    for (int i = 0; i < 800; i++)
        without += count[i] == 0;
    qsort(count, 800, sizeof *count, falling);
    for (int i = 0; i < 80; i++)
        top += count[i];
    print_message("# top tenth of the items: %.1f %% of the events, %d without\n",
                  100.0 * (double)top / (double)demo.n_events, (int)without);
    assert_true(top * 10 > demo.n_events * 4);
    assert_true(without >= 40 && without < 80); /* the new ones, and few others */
}

static void new_users_have_no_history(void **state)
{
    int32_t count[2000] = { 0 }, without = 0, max = 0;

    (void)state;
    for (int64_t i = 0; i < demo.n_events; i++)
        count[demo.events[i].user]++;
    for (int i = 0; i < 2000; i++) {
        without += count[i] == 0;
        if (count[i] > max) max = count[i];
    }
    print_message("# users without events: %d, most events: %d\n", (int)without, (int)max);
    assert_in_range(without, 60, 70);
    assert_in_range(max, 150, 600);
}

/* What users own of a kind: the first time they bought it, or -1. */
static void first_bought(const char *kind, int64_t *time)
{
    for (int64_t u = 0; u < demo.n_users; u++)
        time[u] = -1;
    for (int64_t i = 0; i < demo.n_events; i++) {
        const struct report_event *event = &demo.events[i];
        if (event->type == EVENT_PURCHASE && time[event->user] < 0 &&
            strcmp(demo.items[event->item].kind, kind) == 0)
            time[event->user] = event->time;
    }
}

static void after_is_more_often_than_before(const char *first, const char *second)
{
    int64_t one[2000], two[2000];
    int after = 0, before = 0;

    first_bought(first, one);
    first_bought(second, two);
    for (int u = 0; u < 2000; u++) {
        if (one[u] < 0 || two[u] < 0) continue;
        after += two[u] >= one[u];
        before += two[u] < one[u];
    }
    print_message("# %s after %s: %d, before: %d\n", second, first, after, before);
    assert_true(after >= 30);
    assert_true(after > 2 * before);
}

static void things_follow_in_order(void **state)
{
    (void)state;
    after_is_more_often_than_before("Espresso machine", "Descaler");
    after_is_more_often_than_before("Filter coffee machine", "Paper filters");
    after_is_more_often_than_before("Running shoes", "Running socks");
    after_is_more_often_than_before("Camera", "Memory card");
    after_is_more_often_than_before("Printer", "Printer cartridge");
}

/* Volume 2 of a series is not bought before volume 1. */
static void series_are_read_in_order(void **state)
{
    int in_order = 0, out_of_order = 0;

    (void)state;
    for (int64_t i = 0; i < demo.n_events; i++) {
        const struct report_event *event = &demo.events[i];
        const char *volume = strstr(demo.items[event->item].title, ", vol. ");
        if (!volume || event->type != EVENT_PURCHASE || volume[7] == '1') continue;
        bool before = false;
        for (int64_t j = 0; j < i && !before; j++) {
            const char *title = demo.items[demo.events[j].item].title;
            before = demo.events[j].user == event->user && demo.events[j].type == EVENT_PURCHASE &&
                     strncmp(title, demo.items[event->item].title,
                             (size_t)(volume - demo.items[event->item].title) + 7) == 0 &&
                     title[volume - demo.items[event->item].title + 7] == volume[7] - 1;
        }
        in_order += before;
        out_of_order += !before;
    }
    print_message("# volumes in order: %d, others: %d\n", in_order, out_of_order);
    assert_true(in_order > 100);
    assert_true(in_order > 9 * out_of_order);
}

static void supplies_are_bought_again(void **state)
{
    int64_t *last = malloc((size_t)demo.n_users * sizeof *last);
    int again = 0, near = 0;

    (void)state;
    assert_non_null(last);
    for (int64_t item = 0; item < demo.n_items; item++) {
        if (strcmp(demo.items[item].kind, "Paper filters") != 0) continue;
        for (int64_t u = 0; u < demo.n_users; u++)
            last[u] = -1;
        for (int64_t i = 0; i < demo.n_events; i++) {
            const struct report_event *event = &demo.events[i];
            if (event->item != item || event->type != EVENT_PURCHASE) continue;
            int64_t days = last[event->user] < 0 ? -1 : (event->time - last[event->user]) / 86400;
            again += days >= 0;
            near += days >= 32 && days <= 60;
            last[event->user] = event->time;
        }
    }
    free(last);
    print_message("# filters bought again: %d, of them after 32 to 60 days: %d\n", again, near);
    assert_true(again > 100);
    assert_true(near * 10 > again * 5);
}

static int in_month(const char *category, int wanted)
{
    int n = 0;

    for (int64_t i = 0; i < demo.n_events; i++) {
        int year, month, day, weekday;
        if (strcmp(demo.items[demo.events[i].item].category, category) != 0) continue;
        moment_to_civil(demo.events[i].time, &year, &month, &day, &weekday);
        n += month == wanted;
    }
    return n;
}

static void seasons_turn(void **state)
{
    (void)state;
    assert_true(in_month("Garden", 4) > 2 * in_month("Garden", 12));
    assert_true(in_month("Gifts & sweets", 12) > 3 * in_month("Gifts & sweets", 7));
}

/* Cosine of what two users buy of each category. */
static double alike(double (*taste)[16], int32_t a, int32_t b)
{
    double product = 0, left = 0, right = 0;

    for (int c = 0; c < 16; c++) {
        product += taste[a][c] * taste[b][c];
        left += taste[a][c] * taste[a][c];
        right += taste[b][c] * taste[b][c];
    }
    return left > 0 && right > 0 ? product / sqrt(left * right) : 0;
}

static void friends_are_alike(void **state)
{
    const char *category[16] = { 0 };
    double(*taste)[16] = calloc((size_t)demo.n_users, sizeof *taste), friends = 0, strangers = 0;

    (void)state;
    assert_non_null(taste);
    for (int64_t i = 0; i < demo.n_events; i++) {
        const char *name = demo.items[demo.events[i].item].category;
        int c = 0;
        while (c < 15 && category[c] && strcmp(category[c], name) != 0)
            c++;
        category[c] = name;
        taste[demo.events[i].user][c]++;
    }
    for (int64_t i = 0; i < demo.n_friends; i++) {
        int32_t one = demo.friends[i][0], other = demo.friends[i][1];
        friends += alike(taste, one, other);
        strangers += alike(taste, one, (int32_t)((other + 7 * i + 1) % demo.n_users));
    }
    free(taste);
    print_message("# taste in common: friends %.3f, others %.3f\n",
                  friends / (double)demo.n_friends, strangers / (double)demo.n_friends);
    assert_true(friends > 1.25 * strangers);
}

/* Mean share of a category among those whom `who` picks. */
static double share_of(const char *category, bool (*who)(const struct report_user *))
{
    double hits = 0, all = 0;

    for (int64_t i = 0; i < demo.n_events; i++) {
        if (!who(&demo.users[demo.events[i].user])) continue;
        all++;
        hits += strcmp(demo.items[demo.events[i].item].category, category) == 0;
    }
    return all > 0 ? hits / all : 0;
}

static bool is_young(const struct report_user *user)
{
    return user->age < 25;
}

static bool is_old(const struct report_user *user)
{
    return user->age >= 65;
}

static bool is_female(const struct report_user *user)
{
    return strcmp(user->gender, "female") == 0;
}

static bool is_male(const struct report_user *user)
{
    return strcmp(user->gender, "male") == 0;
}

static void age_and_gender_show(void **state)
{
    (void)state;
    assert_true(share_of("Garden", is_old) > 2 * share_of("Garden", is_young));
    assert_true(share_of("Computers & phones", is_young) >
                1.5 * share_of("Computers & phones", is_old));
    assert_true(share_of("Beauty & care", is_female) > 1.8 * share_of("Beauty & care", is_male));
    assert_true(share_of("Tools & paint", is_male) > 1.5 * share_of("Tools & paint", is_female));
}

static void attributes_say_something(void **state)
{
    int described = 0, priced = 0, sold_out = 0, gone = 0, other_scripts = 0;

    (void)state;
    for (int64_t i = 0; i < demo.n_items; i++) {
        const struct report_item *item = &demo.items[i];
        described += item->described;
        priced += item->price > 0.5 && item->price < 5000;
        sold_out += item->stock == 0;
        gone += !item->active;
        /* A lead byte of two or more that is no Latin letter with a mark. */
        other_scripts += (unsigned char)item->title[0] >= 0xCE;
    }
    assert_in_range(described, 500, 720);
    assert_int_equal(priced, 800);
    assert_in_range(sold_out, 10, 80);
    assert_in_range(gone, 2, 40);
    assert_in_range(other_scripts, 10, 80);
    for (int64_t u = 0; u < demo.n_users; u++) {
        assert_in_range(demo.users[u].age, 18, 99);
        assert_true(demo.users[u].region[0] && demo.users[u].segment[0]);
    }
}

static void all_types_of_events_occur(void **state)
{
    int64_t of_type[EVENT_TYPES] = { 0 };

    (void)state;
    for (int64_t i = 0; i < demo.n_events; i++)
        of_type[demo.events[i].type]++;
    assert_true(of_type[EVENT_PURCHASE] * 100 > demo.n_events * 80);
    assert_true(of_type[EVENT_VIEW] > 1000 && of_type[EVENT_CART] > 500);
    assert_in_range(of_type[EVENT_RETURN], 100, 2000);
    assert_int_equal(of_type[EVENT_RATING] + of_type[EVENT_WEIGHT], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_is_a_shop),
        cmocka_unit_test(the_demo_shop_is_the_known_one),
        cmocka_unit_test(every_profile_is_sound),
        cmocka_unit_test(odd_sizes_are_sound),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(the_demo_shop_is_sound),
        cmocka_unit_test(few_items_sell_much),
        cmocka_unit_test(new_users_have_no_history),
        cmocka_unit_test(things_follow_in_order),
        cmocka_unit_test(series_are_read_in_order),
        cmocka_unit_test(supplies_are_bought_again),
        cmocka_unit_test(seasons_turn),
        cmocka_unit_test(friends_are_alike),
        cmocka_unit_test(age_and_gender_show),
        cmocka_unit_test(attributes_say_something),
        cmocka_unit_test(all_types_of_events_occur),
    };

    return cmocka_run_group_tests(tests, make_demo, end_demo);
}
