/* Lists of everybody from the other side: exact sweeps against lists made one by one, and shares of
 * samples that hold what they promise. */
#include <aisle/audience.h>
#include <aisle/diff.h>
#include <aisle/impact.h>
#include <aisle/rng.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/feed_shop.h"

enum { LENGTH = 5 };

static struct feed *list_of(const struct dataset *dataset, const struct model *model, int32_t user,
                            const struct pipeline *pipeline, struct shopper **shopper)
{
    const struct feed_options options = { .length = LENGTH, .pipeline = pipeline };
    *shopper = shopper_new(dataset, user, MOMENT_NONE, NULL, NULL);
    struct feed *feed = feed_new(model, *shopper, &options, NULL);
    assert_non_null(feed);
    return feed;
}

static void audiences_are_those_of_the_lists(void **state)
{
    (void)state;
    const struct dataset *dataset = feed_shop(5);
    struct model *model = feed_shop_model(dataset, "item-cf", "");
    const struct pipeline *pipeline = pipeline_new(dataset, NULL, NULL, 0, NULL);
    const struct audience_request request = { .model = model,
                                              .dataset = dataset,
                                              .pipeline = pipeline,
                                              .length = LENGTH,
                                              .segment = -1,
                                              .seed = 3 };
    for (int32_t item = 0; item < FEED_SHOP_ITEMS; item += 3) {
        struct audience *audience = audience_of_item(&request, item, NULL, NULL);
        int32_t getting = 0, having = 0, at_rank[LENGTH + 1] = { 0 };
        assert_non_null(audience);
        for (int32_t u = 0; u < FEED_SHOP_USERS; u++) {
            struct shopper *shopper;
            struct feed *feed = list_of(dataset, model, u, pipeline, &shopper);
            getting += feed->place[item] > 0;
            having += feed->status[item] == FEED_BOUGHT;
            at_rank[feed->place[item]]++;
            feed_free(feed);
            shopper_free(shopper);
        }
        assert_int_equal(audience->users, FEED_SHOP_USERS);
        assert_int_equal(audience->asked, FEED_SHOP_USERS);
        assert_int_equal(audience->getting, getting);
        assert_int_equal(audience->having, having);
        assert_int_equal(audience->n_members, getting);
        for (int32_t rank = 1; rank <= LENGTH; rank++)
            assert_int_equal(audience->at_rank[rank], at_rank[rank]);
        int32_t reasons = 0;
        for (int32_t r = 0; r < audience->n_reasons; r++)
            reasons += audience->reasons[r].members;
        assert_int_equal(reasons + audience->other_members, getting);
        assert_true((audience->other_reasons > 0) == (audience->other_members > 0));
        for (int32_t m = 1; m < audience->n_members; m++)
            assert_true(audience->members[m - 1].rank <= audience->members[m].rank);
        audience_free(audience);
    }
    pipeline_release(pipeline);
    model_release(model);
    dataset_release(dataset);
}

static void exposure_counts_rows(void **state)
{
    (void)state;
    const struct dataset *dataset = feed_shop(6);
    struct model *model = feed_shop_model(dataset, "ease", "");
    struct exposure exposure;
    const int32_t segment =
        attributes_find(&dataset->user_attributes, slice_of("segment"), slice_of("s1"));
    const struct audience_request request = {
        .model = model, .dataset = dataset, .length = LENGTH, .segment = segment, .seed = 3
    };
    int32_t lists[FEED_SHOP_ITEMS] = { 0 }, users = 0, shown = 0;
    assert_true(segment >= 0);
    for (int32_t u = 1; u < FEED_SHOP_USERS; u += 3, users++) { /* the users of s1 */
        struct shopper *shopper;
        struct feed *feed = list_of(dataset, model, u, NULL, &shopper);
        for (int32_t r = 0; r < feed->n; r++)
            lists[feed->rows[r].item]++;
        feed_free(feed);
        shopper_free(shopper);
    }
    assert_true(exposure_measure(&request, &exposure, NULL, NULL));
    assert_int_equal(exposure.users, users);
    assert_int_equal(exposure.asked, users);
    for (int32_t i = 0; i < FEED_SHOP_ITEMS; i++) {
        assert_int_equal(exposure.lists[i], lists[i]);
        shown += lists[i] > 0;
    }
    assert_int_equal(exposure.shown, shown);
    assert_true(exposure.gini > 0 && exposure.gini < 1);
    exposure_fini(&exposure);
    model_release(model);
    dataset_release(dataset);
}

/* An interval of a sample holds the truth about as often as it says; all users make it a point. */
static void shares_say_their_error(void **state)
{
    (void)state;
    const struct audience_share all = audience_share_of(30, 100, 100);
    assert_true(all.low == all.share && all.high == all.share && fabs(all.share - 0.3) < 1e-12);
    const struct audience_share none = audience_share_of(0, 50, 1000);
    assert_true(none.share == 0 && none.low == 0 && none.high > 0.02 && none.high < 0.15);
    const struct audience_share few = audience_share_of(15, 50, 1000);
    const struct audience_share many = audience_share_of(240, 800, 1000);
    assert_true(few.low < 0.3 && few.high > 0.3);
    assert_true(many.high - many.low < (few.high - few.low) / 4);
    assert_true(audience_share_of(0, 0, 5).high == 1);
}

/* Users are drawn by a shuffle: each is as likely at each place, and in at least 19 of 20 draws the
 * interval holds what is true of all. */
static void draws_are_uniform_and_intervals_hold(void **state)
{
    enum { USERS = 400, ASKED = 120, GETTING = 47, DRAWS = 4000 };
    static int32_t order[USERS], drawn[USERS];
    struct rng rng;
    int32_t held = 0;
    (void)state;
    rng_init(&rng, 5);
    for (int32_t draw = 0; draw < DRAWS; draw++) {
        int32_t count = 0;
        for (int32_t u = 0; u < USERS; u++)
            order[u] = u;
        rng_shuffle(&rng, order, USERS);
        for (int32_t u = 0; u < ASKED; u++) {
            drawn[order[u]]++;
            count += order[u] < GETTING;
        }
        const struct audience_share share = audience_share_of(count, ASKED, USERS);
        held += share.low <= (double)GETTING / USERS && share.high >= (double)GETTING / USERS;
    }
    assert_true(held >= 0.95 * DRAWS && held < 0.985 * DRAWS);
    const double expected = (double)DRAWS * ASKED / USERS;
    double square = 0; /* chi-squared: its mean is about 0.7 for each user, with so many asked */
    for (int32_t u = 0; u < USERS; u++)
        square += (drawn[u] - expected) * (drawn[u] - expected) / expected;
    assert_true(square > 0.5 * USERS && square < 0.95 * USERS);
}

/* A rule's impact, exactly, against lists made with and without it. */
static void impact_is_the_difference(void **state)
{
    (void)state;
    const struct dataset *dataset = feed_shop(8);
    struct model *model = feed_shop_model(dataset, "item-cf", "");
    struct rule rules[2];
    assert_true(rule_parse(&rules[0], slice_of("pin 1 where id=i2"), NULL));
    assert_true(rule_parse(&rules[1], slice_of("bury 0.2 where category=c1 for segment=s1"), NULL));
    rules[0].id = 1;
    const struct pipeline *before = pipeline_new(dataset, NULL, rules, 1, NULL);
    const struct pipeline *after = pipeline_new(dataset, NULL, rules, 2, NULL);
    const struct impact_request request = { .model = model,
                                            .dataset = dataset,
                                            .before = before,
                                            .after = after,
                                            .rule = 0,
                                            .length = LENGTH,
                                            .seed = 1 };
    struct impact impact;
    int32_t changed = 0;
    assert_true(impact_measure(&request, &impact, NULL, NULL));
    for (int32_t u = 0; u < FEED_SHOP_USERS; u++) {
        struct shopper *one, *two;
        struct feed *a = list_of(dataset, model, u, before, &one);
        struct feed *b = list_of(dataset, model, u, after, &two);
        bool same = a->n == b->n;
        for (int32_t r = 0; same && r < a->n; r++)
            same = a->rows[r].item == b->rows[r].item;
        changed += !same;
        feed_free(a);
        feed_free(b);
        shopper_free(one);
        shopper_free(two);
    }
    assert_true(changed > 0);
    assert_int_equal(impact.asked, FEED_SHOP_USERS);
    assert_int_equal(impact.changed, changed);
    assert_int_equal(impact.items, 10);
    assert_int_equal(impact.n_collisions, 0); /* i2 is of c2: they never meet */
    pipeline_release(before);
    pipeline_release(after);
    rule_fini(&rules[0]);
    rule_fini(&rules[1]);
    model_release(model);
    dataset_release(dataset);
}

/* Steps of a diff are those of lists made with one thing changed; no change is no step. */
static void diffs_are_split_by_what_changed(void **state)
{
    (void)state;
    const struct dataset *dataset = feed_shop(9);
    struct model *one = feed_shop_model(dataset, "item-cf", "k=3");
    struct model *two = feed_shop_model(dataset, "item-cf", "k=20");
    struct rule rule;
    assert_true(rule_parse(&rule, slice_of("exclude where category=c2"), NULL));
    const struct pipeline *without = pipeline_new(dataset, NULL, NULL, 0, NULL);
    const struct pipeline *with = pipeline_new(dataset, NULL, &rule, 1, NULL);
    const int64_t middle = dataset->first_time + (dataset->last_time - dataset->first_time) / 2;
    for (int c = 0; c < 5; c++) { /* nothing, or one thing alone */
        const struct diff_request request = {
            .then = { one, dataset, without, c == 1 ? middle : dataset->last_time },
            .now = { c == 2 ? two : one, dataset, c == 3 ? with : without, dataset->last_time },
            .stocked = c >= 3 ? with : without, /* 4: what is gone from stock */
            .length = LENGTH,
        };
        struct diff diff;
        int32_t changed = 0;
        assert_true(diff_measure(&request, 0, 1, 2, &diff, NULL, NULL));
        assert_int_equal(diff.asked, FEED_SHOP_USERS);
        for (int s = 0; s < DIFF_STEPS; s++) {
            if (s == c - 1)
                assert_true(diff.by[s] > 0);
            else
                assert_int_equal(diff.by[s], 0);
        }
        for (int32_t u = 0; u < FEED_SHOP_USERS; u++) {
            struct feed *lists[DIFF_STEPS + 1];
            assert_true(diff_lists(&request, u, lists, NULL));
            changed += diff_steps_of(lists, -1) != 0;
            for (int s = 0; s <= DIFF_STEPS; s++)
                feed_free(lists[s]);
        }
        assert_int_equal(diff.changed, changed);
        assert_true(c > 0 ? diff.rbo < 1 : fabs(diff.rbo - 1) < 1e-12);
        assert_int_equal(diff.n_moved, changed < DIFF_MAX ? changed : DIFF_MAX);
    }
    rule_fini(&rule);
    pipeline_release(without);
    pipeline_release(with);
    model_release(one);
    model_release(two);
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audiences_are_those_of_the_lists),
        cmocka_unit_test(exposure_counts_rows),
        cmocka_unit_test(draws_are_uniform_and_intervals_hold),
        cmocka_unit_test(shares_say_their_error),
        cmocka_unit_test(impact_is_the_difference),
        cmocka_unit_test(diffs_are_split_by_what_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
