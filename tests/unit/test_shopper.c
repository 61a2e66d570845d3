/* Shoppers: whole, at a date, with and without items; strengths by the rules. */
#include <aisle/rng.h>
#include <aisle/shopper.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DAY = 86400 };

struct line {
    int32_t user;
    int64_t time;
    int32_t item;
    enum event_type type;
    float value;
};

static const struct dataset *dataset_of(const struct line *lines, size_t n, int32_t n_users,
                                        int32_t n_items, const struct strength_options *options)
{
    struct dataset_builder *builder = dataset_builder_new(options, NULL);

    assert_non_null(builder);
    for (int32_t u = 0; u < n_users; u++)
        assert_true(dataset_builder_add_user(builder, slice_of("user"), NULL));
    for (int32_t i = 0; i < n_items; i++)
        assert_true(dataset_builder_add_item(builder, slice_of("item"), slice_of(""), NULL));
    for (size_t e = 0; e < n; e++) {
        struct event event = { lines[e].time, lines[e].item, lines[e].type, 1, lines[e].value };
        assert_true(dataset_builder_add_event(builder, lines[e].user, &event, NULL));
    }
    const struct dataset *dataset = dataset_builder_finish(builder, 0, NULL, NULL);
    assert_non_null(dataset);
    return dataset;
}

static const struct dataset *small_shop(void)
{
    static const struct line lines[] = {
        { 0, 1 * DAY, 3, EVENT_PURCHASE, NAN }, { 0, 2 * DAY, 1, EVENT_PURCHASE, NAN },
        { 0, 3 * DAY, 3, EVENT_PURCHASE, NAN }, { 0, 4 * DAY, 1, EVENT_RETURN, NAN },
        { 0, 5 * DAY, 2, EVENT_VIEW, NAN },     { 1, 9 * DAY, 0, EVENT_PURCHASE, NAN },
    };
    return dataset_of(lines, 6, 3, 5, NULL);
}

static void expect_items(const struct shopper *shopper, int32_t n, const int32_t *item,
                         const float *strength)
{
    assert_int_equal(shopper->n, n);
    for (int32_t i = 0; i < n; i++) {
        assert_int_equal(shopper->item[i], item[i]);
        assert_true(shopper->strength[i] == strength[i]);
    }
}

static void the_whole_shopper_is_the_row(void **state)
{
    (void)state;
    const struct dataset *dataset = small_shop();
    struct shopper *shopper = shopper_new(dataset, 0, MOMENT_NONE, NULL, NULL);

    assert_non_null(shopper);
    assert_true(shopper->whole);
    assert_int_equal(shopper->n_events, 5);
    expect_items(shopper, 1, (int32_t[]){ 3 }, (float[]){ 2 });
    assert_int_equal(shopper->time[0], 3 * DAY);
    assert_int_equal(shopper->added[0], 0);
    assert_int_equal(shopper_find(shopper, 3), 0);
    assert_int_equal(shopper_find(shopper, 1), -1);
    shopper_free(shopper);
    shopper = shopper_new(dataset, 0, 100 * DAY, NULL, NULL); /* nothing is later */
    assert_true(shopper->whole);
    shopper_free(shopper);
    shopper = shopper_new(dataset, 2, MOMENT_NONE, NULL, NULL); /* bought nothing */
    assert_true(shopper->whole);
    assert_int_equal(shopper->n, 0);
    shopper_free(shopper);
    dataset_release(dataset);
}

static void the_past_knows_no_future(void **state)
{
    (void)state;
    const struct dataset *dataset = small_shop();
    struct shopper *shopper = shopper_new(dataset, 0, 2 * DAY, NULL, NULL);

    assert_false(shopper->whole);
    assert_int_equal(shopper->n_events, 2);
    expect_items(shopper, 2, (int32_t[]){ 1, 3 }, (float[]){ 1, 1 });
    shopper_free(shopper);
    shopper = shopper_new(dataset, 0, 0, NULL, NULL);
    assert_int_equal(shopper->n, 0);
    assert_false(shopper->whole);
    shopper_free(shopper);
    dataset_release(dataset);
}

static void what_if(void **state)
{
    (void)state;
    const struct dataset *dataset = small_shop();
    const int32_t with[] = { 4, 3 }, without[] = { 3 };
    struct shopper_changes changes = { .with = with, .n_with = 2 };
    struct shopper *shopper = shopper_new(dataset, 0, MOMENT_NONE, &changes, NULL);

    assert_false(shopper->whole);
    expect_items(shopper, 2, (int32_t[]){ 3, 4 }, (float[]){ 3, 1 });
    assert_true(shopper->added[0] && shopper->added[1]);
    assert_int_equal(shopper->time[1], 9 * DAY); /* the last time of the data */
    shopper_free(shopper);

    changes =
        (struct shopper_changes){ .with = with, .n_with = 1, .without = without, .n_without = 1 };
    shopper = shopper_new(dataset, 0, 2 * DAY, &changes, NULL);
    expect_items(shopper, 2, (int32_t[]){ 1, 4 }, (float[]){ 1, 1 });
    assert_false(shopper->added[0]);
    assert_true(shopper->added[1]);
    assert_int_equal(shopper->time[1], 2 * DAY);
    shopper_free(shopper);

    changes = (struct shopper_changes){ .without = (const int32_t[]){ 0 }, .n_without = 1 };
    shopper = shopper_new(dataset, 0, MOMENT_NONE, &changes, NULL); /* had none of it */
    assert_true(shopper->whole);
    shopper_free(shopper);

    changes = (struct shopper_changes){ .with = with, .n_with = 2 };
    shopper = shopper_new(dataset, -1, MOMENT_NONE, &changes, NULL);
    expect_items(shopper, 2, (int32_t[]){ 3, 4 }, (float[]){ 1, 1 });
    assert_false(shopper->whole);
    shopper_free(shopper);
    dataset_release(dataset);
}

static void additions_look_like_their_neighbours(void **state)
{
    (void)state;
    static const struct line lines[] = { { 0, 1, 0, EVENT_RATING, 5 },
                                         { 0, 2, 1, EVENT_RATING, 2 },
                                         { 1, 3, 2, EVENT_RATING, 2 } };
    const struct dataset *dataset = dataset_of(lines, 3, 2, 4, NULL);
    const int32_t with[] = { 3 };
    struct shopper_changes changes = { .with = with, .n_with = 1 };
    struct shopper *shopper = shopper_new(dataset, 0, MOMENT_NONE, &changes, NULL);

    assert_true(shopper->strength[shopper_find(shopper, 3)] == 3.5f); /* the shopper's mean */
    shopper_free(shopper);
    shopper = shopper_new(dataset, -1, MOMENT_NONE, &changes, NULL);
    assert_true(shopper->strength[shopper_find(shopper, 3)] == 3); /* the data's mean */
    shopper_free(shopper);
    dataset_release(dataset);

    static const struct line plays[] = { { 0, 1, 0, EVENT_WEIGHT, 400 },
                                         { 0, 2, 1, EVENT_WEIGHT, 200 } };
    dataset = dataset_of(plays, 2, 1, 4, NULL);
    shopper = shopper_new(dataset, 0, MOMENT_NONE, &changes, NULL);
    assert_true(shopper->strength[shopper_find(shopper, 3)] == 300);
    shopper_free(shopper);
    dataset_release(dataset);
}

static void strangers_are_missing(void **state)
{
    (void)state;
    const struct dataset *dataset = small_shop();
    struct error error = { 0 };
    const int32_t beyond[] = { 5 }, below[] = { -1 };

    assert_null(shopper_new(dataset, 3, MOMENT_NONE, NULL, &error));
    assert_int_equal(error.code, ERROR_MISSING);
    assert_null(shopper_new(dataset, -2, MOMENT_NONE, NULL, &error));
    struct shopper_changes changes = { .with = beyond, .n_with = 1 };
    assert_null(shopper_new(dataset, 0, MOMENT_NONE, &changes, &error));
    changes = (struct shopper_changes){ .without = below, .n_without = 1 };
    assert_null(shopper_new(dataset, 0, MOMENT_NONE, &changes, &error));
    shopper_free(NULL);
    dataset_release(dataset);
}

static bool set(struct dataset_builder *builder, int32_t user, const char *name, const char *value)
{
    return dataset_builder_set_user(builder, user, slice_of(name), slice_of(value), NULL);
}

/* u0: city Lyon, hobbies run and ski (values 0, 1, 2), friend of u1; u1: city Oslo (3). */
static const struct dataset *people(void)
{
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);

    for (int32_t u = 0; u < 3; u++)
        assert_true(dataset_builder_add_user(builder, slice_of("u"), NULL));
    assert_true(set(builder, 0, "city", "Lyon") && set(builder, 0, "hobby", "run|ski") &&
                set(builder, 1, "city", "Oslo") &&
                dataset_builder_add_friend(builder, 0, 1, NULL) &&
                dataset_builder_add_friend(builder, 1, 0, NULL));
    const struct dataset *dataset = dataset_builder_finish(builder, 0, NULL, NULL);
    assert_non_null(dataset);
    return dataset;
}

static void expect_values(const struct dataset *dataset, int32_t user,
                          const struct shopper_changes *changes, int32_t n, const int32_t *values)
{
    struct shopper *shopper = shopper_new(dataset, user, MOMENT_NONE, changes, NULL);

    assert_non_null(shopper);
    assert_int_equal(shopper->n_values, n);
    for (int32_t i = 0; i < n; i++)
        assert_int_equal(shopper->values[i], values[i]);
    assert_int_equal(shopper->whole, user >= 0 && !changes);
    shopper_free(shopper);
}

static void who_the_shopper_is(void **state)
{
    const struct dataset *dataset = people();
    const int32_t oslo[] = { 3, 1, 3 }, nothing[] = { 4 };
    struct shopper_changes changes = { .values = oslo, .n_values = 3 };
    struct error error = { 0 };
    (void)state;

    expect_values(dataset, 0, NULL, 3, (int32_t[]){ 0, 1, 2 });
    expect_values(dataset, 2, NULL, 0, NULL);
    expect_values(dataset, 0, &changes, 2, (int32_t[]){ 1, 3 });
    expect_values(dataset, -1, &changes, 2, (int32_t[]){ 1, 3 }); /* a new customer */
    changes = (struct shopper_changes){ .values = nothing, .n_values = 1 };
    assert_null(shopper_new(dataset, 0, MOMENT_NONE, &changes, &error));
    assert_int_equal(error.code, ERROR_MISSING);

    char words[] = "a warm jacket";
    changes = (struct shopper_changes){ .words = words };
    struct shopper *shopper = shopper_new(dataset, 1, MOMENT_NONE, &changes, NULL);
    words[0] = 'x'; /* the shopper has its own */
    assert_string_equal(shopper->words, "a warm jacket");
    assert_int_equal(shopper->n_friends, 1);
    assert_int_equal(shopper->friends[0], 0);
    assert_false(shopper->whole);
    shopper_free(shopper);
    shopper = shopper_new(dataset, -1, MOMENT_NONE, NULL, NULL);
    assert_int_equal(shopper->n_friends, 0);
    assert_null(shopper->words);
    shopper_free(shopper);
    dataset_release(dataset);
}

/* A shopper at T is, to the bit, the row of a dataset that was built from the events up to T. */
static void time_travel_equals_an_older_dataset(void **state)
{
    enum { N = 600, CUT = 40 * DAY };
    struct line lines[N], early[N];
    struct rng rng;
    (void)state;

    rng_init(&rng, 8);
    for (uint64_t round = 0; round < 40; round++) {
        struct strength_options options;
        strength_options_init(&options);
        options.transform = (enum strength_transform)(round % 4);
        options.half_life = round % 3 ? 9 : 0;
        size_t n_early = 0;
        for (size_t e = 0; e < N; e++) {
            enum event_type type = (enum event_type)rng_below(&rng, round % 5 ? 2 : EVENT_TYPES);
            lines[e] =
                (struct line){ (int32_t)rng_below(&rng, 6), (int64_t)rng_below(&rng, 80) * DAY,
                               (int32_t)rng_below(&rng, 15), type, (float)rng_below(&rng, 6) };
            if (e == 0) lines[e].time = CUT; /* both count ages from the same instant */
            if (lines[e].time <= CUT) early[n_early++] = lines[e];
        }
        const struct dataset *now = dataset_of(lines, N, 6, 15, &options);
        const struct dataset *then = dataset_of(early, n_early, 6, 15, &options);
        for (int32_t user = 0; user < 6; user++) {
            struct shopper *shopper = shopper_new(now, user, CUT, NULL, NULL);
            int64_t start = then->by_user.start[user];
            assert_int_equal(shopper->n, then->by_user.start[user + 1] - start);
            for (int32_t i = 0; i < shopper->n; i++) {
                assert_int_equal(shopper->item[i], then->by_user.column[start + i]);
                assert_true(shopper->strength[i] == then->by_user.value[start + i]);
            }
            shopper_free(shopper);
        }
        dataset_release(now);
        dataset_release(then);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_shopper_is_the_row),
        cmocka_unit_test(the_past_knows_no_future),
        cmocka_unit_test(what_if),
        cmocka_unit_test(additions_look_like_their_neighbours),
        cmocka_unit_test(strangers_are_missing),
        cmocka_unit_test(who_the_shopper_is),
        cmocka_unit_test(time_travel_equals_an_older_dataset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
