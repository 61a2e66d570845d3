/* Lists and the questions about them: what is promised is what a list made anew shows. */
#include <aisle/whynot.h>

#include "../support/feed_shop.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *const kinds[] = { "item-cf", "user-cf", "popular" };
enum { KINDS = sizeof kinds / sizeof kinds[0], LENGTH = 5 };
static const struct feed_options options = { .length = LENGTH };

static struct feed *list_of(const struct dataset *dataset, const struct model *model, int32_t user,
                            const struct shopper_changes *changes)
{
    struct shopper *shopper = shopper_new(dataset, user, MOMENT_NONE, changes, NULL);
    assert_non_null(shopper);
    struct feed *feed = feed_new(model, shopper, &options, NULL);
    assert_non_null(feed);
    shopper_free(shopper);
    return feed;
}

/* The union of two lists' rows, written as the obvious double loop. */
static void compare_is_right(const struct feed *a, const struct feed *b)
{
    struct feed_move moves[2 * LENGTH];
    const int32_t n = feed_compare(a, b, moves);
    int32_t wanted = b->n;
    for (int32_t r = 0; r < a->n; r++) {
        bool in_b = false;
        for (int32_t s = 0; s < b->n; s++)
            in_b |= b->rows[s].item == a->rows[r].item;
        wanted += !in_b;
    }
    assert_int_equal(n, wanted);
    for (int32_t m = 0; m < n; m++) {
        int32_t rank_a = 0, rank_b = 0;
        for (int32_t r = 0; r < a->n; r++)
            if (a->rows[r].item == moves[m].item) rank_a = a->rows[r].rank;
        for (int32_t r = 0; r < b->n; r++)
            if (b->rows[r].item == moves[m].item) rank_b = b->rows[r].rank;
        assert_int_equal(moves[m].rank_a, rank_a);
        assert_int_equal(moves[m].rank_b, rank_b);
        assert_true(m < b->n ? moves[m].rank_b == m + 1 : moves[m].rank_b == 0);
    }
}

static void lists_are_compared(void **state)
{
    (void)state;
    const struct dataset *dataset = feed_shop(3);
    struct model *model = feed_shop_model(dataset, "item-cf", "k=5");
    for (int32_t u = 0; u < FEED_SHOP_USERS; u++) {
        const int32_t extra = u % FEED_SHOP_ITEMS;
        const struct shopper_changes changes = { .with = &extra, .n_with = 1 };
        struct feed *a = list_of(dataset, model, u, NULL),
                    *b = list_of(dataset, model, u, &changes);
        compare_is_right(a, b);
        compare_is_right(b, a);
        feed_free(a);
        feed_free(b);
    }
    model_release(model);
    dataset_release(dataset);
}

/* Puts one change on a shopper and asks where the item is then. */
static int32_t rank_after(const struct dataset *dataset, const struct model *model, int32_t user,
                          int32_t item, const struct shopper_changes *changes)
{
    struct feed *feed = list_of(dataset, model, user, changes);
    const int32_t rank = feed_rank(feed, item);
    feed_free(feed);
    return rank;
}

static struct whynot *whynot_of(const struct dataset *dataset, const struct model *model,
                                const struct shopper *shopper, int32_t item,
                                const struct feed_options *with)
{
    const struct whynot_candidate candidate_model = { model, 1 };
    const struct whynot_request question = { .dataset = dataset,
                                             .shopper = shopper,
                                             .item = item,
                                             .candidate_models = &candidate_model,
                                             .n_candidate_models = 1,
                                             .options = with };
    struct whynot *whynot = whynot_new(&question, NULL, NULL);
    assert_non_null(whynot);
    return whynot;
}

static void whynot_keeps_its_word(const struct dataset *dataset, const struct model *model,
                                  int32_t user, int32_t item)
{
    struct shopper *shopper = shopper_new(dataset, user, MOMENT_NONE, NULL, NULL);
    struct whynot *whynot = whynot_of(dataset, model, shopper, item, &options);
    struct feed *feed = list_of(dataset, model, user, NULL);
    assert_int_equal(whynot->status, feed->status[item]);
    assert_int_equal(whynot->rank, feed_rank(feed, item));
    assert_int_equal(whynot->models[0].rank, whynot->rank_if);
    if (whynot->status == FEED_LISTED) assert_int_equal(whynot->rank, whynot->rank_if);
    if (!isnan(whynot->boost)) {
        assert_true((double)(float)(whynot->score * whynot->boost) > whynot->last);
        assert_true(whynot->score * whynot->boost < whynot->last * (1 + 1e-3) + 1e-3);
    }
    for (int32_t i = 0; i < whynot->n_against; i++) {
        const struct shopper_changes without = { .without = &whynot->against[i].item,
                                                 .n_without = 1 };
        assert_int_equal(rank_after(dataset, model, user, item, &without), whynot->against[i].rank);
        assert_true(whynot->against[i].gain > 0);
    }
    if (whynot->recourse.item >= 0) {
        const struct shopper_changes with = { .with = &whynot->recourse.item, .n_with = 1 };
        assert_int_equal(rank_after(dataset, model, user, item, &with), whynot->recourse.rank);
        assert_true(whynot->rank == 0 || whynot->recourse.rank < whynot->rank);
    }
    feed_free(feed);
    whynot_free(whynot);
    shopper_free(shopper);
}

static void what_whynot_promises_happens(void **state)
{
    (void)state;
    const struct dataset *dataset = feed_shop(7);
    for (int k = 0; k < KINDS; k++) {
        struct model *model = feed_shop_model(dataset, kinds[k], "");
        for (int32_t u = 0; u < FEED_SHOP_USERS; u += 3)
            for (int32_t i = 0; i < FEED_SHOP_ITEMS; i += 4)
                whynot_keeps_its_word(dataset, model, u, i);
        model_release(model);
    }
    dataset_release(dataset);
}

/* ------------------------------------------------------------- promises about lists with rules */

/* Where diversity chooses and pins stand: rules, and one more where `more` says something. */
static const struct pipeline *diverse(const struct dataset *dataset, const char *more)
{
    static const char *const lines[] = { "bury 0.5 where category=c1", "pin 4 where id=i3" };
    struct rule rules[3];
    struct feed_settings settings;
    struct error error = { 0 };
    const int32_t n = more ? 3 : 2;
    for (int32_t r = 0; r < n; r++) {
        if (!rule_parse(&rules[r], slice_of(r < 2 ? lines[r] : more), &error))
            fail_msg("%s", error.text);
        rules[r].id = r + 1;
    }
    feed_settings_init(&settings);
    assert_true(feed_settings_set(&settings, slice_of("mmr=0.3"), &error));
    assert_true(feed_settings_set(&settings, slice_of("cap=3"), &error));
    const struct pipeline *pipeline = pipeline_new(dataset, &settings, rules, n, &error);
    assert_non_null(pipeline);
    for (int32_t r = 0; r < n; r++)
        rule_fini(&rules[r]);
    return pipeline;
}

static bool listed_with(const struct dataset *dataset, const struct model *model,
                        const struct shopper *shopper, int32_t item, const char *rule)
{
    const struct pipeline *pipeline = diverse(dataset, rule);
    const struct feed_options with = { .length = 5, .pipeline = pipeline };
    struct feed *feed = feed_new(model, shopper, &with, NULL);
    const bool listed = feed->place[item] > 0;
    feed_free(feed);
    pipeline_release(pipeline);
    return listed;
}

/* The boost that is named does it as a rule, the pin too. Returns whether one was named. */
static bool remedy_is_kept(const struct dataset *dataset, const struct model *model, int32_t user,
                           int32_t item)
{
    char rule[96];
    const struct pipeline *pipeline = diverse(dataset, NULL);
    const struct feed_options with = { .length = 5, .pipeline = pipeline };
    struct shopper *shopper = shopper_new(dataset, user, MOMENT_NONE, NULL, NULL);
    struct whynot *whynot = whynot_of(dataset, model, shopper, item, &with);
    const bool named = !isnan(whynot->boost) || whynot->pin > 0;
    if (!isnan(whynot->boost)) {
        snprintf(rule, sizeof rule, "boost %.4g where id=i%d", whynot->boost, item);
        assert_true(listed_with(dataset, model, shopper, item, rule));
    }
    if (whynot->pin > 0) {
        snprintf(rule, sizeof rule, "pin %d where id=i%d", whynot->pin, item);
        assert_true(listed_with(dataset, model, shopper, item, rule));
    }
    whynot_free(whynot);
    shopper_free(shopper);
    pipeline_release(pipeline);
    return named;
}

static void remedies_hold_where_lists_are_diverse(void **state)
{
    (void)state;
    int named = 0;
    const struct dataset *dataset = feed_shop(7);
    for (int k = 0; k < KINDS; k++) {
        struct model *model = feed_shop_model(dataset, kinds[k], "");
        for (int32_t u = 0; u < FEED_SHOP_USERS; u += 5)
            for (int32_t i = 0; i < FEED_SHOP_ITEMS; i += 3)
                named += remedy_is_kept(dataset, model, u, i);
        model_release(model);
    }
    assert_true(named > 20);
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_compared),
        cmocka_unit_test(what_whynot_promises_happens),
        cmocka_unit_test(remedies_hold_where_lists_are_diverse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
