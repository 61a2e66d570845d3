/* What might have happened is as good as what did: a shopper with purchases, returns, ratings and
 * attributes changed gets, to the last bit, the list of the same user in data that was changed so.
 */
#include <aisle/model.h>
#include <aisle/rng.h>

#include "../support/shop_builder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DAY = 86400, USERS = 12, ITEMS = 14, EVENTS = 160, CHANGES = 6, SHOPS = 60, QUESTIONS = 8 };

struct line {
    int32_t user;
    struct event event;
};

struct lines {
    struct line line[EVENTS + CHANGES];
    int n;
    struct strength_options options;
};

static const char *const cities[] = { "Lyon", "Oslo", "Porto" };

static const struct dataset *dataset_of(const struct lines *lines, int32_t user, const char *city)
{
    struct dataset_builder *builder = dataset_builder_new(&lines->options, NULL);
    char name[16];

    assert_non_null(builder);
    for (int32_t u = 0; u < USERS; u++) {
        snprintf(name, sizeof name, "u%d", u);
        assert_true(dataset_builder_add_user(builder, slice_of(name), NULL));
        const char *lives = u == user && city ? city : cities[u % 3];
        assert_true(dataset_builder_set_user(builder, u, slice_of("city"), slice_of(lives), NULL));
    }
    for (int32_t i = 0; i < ITEMS; i++) {
        snprintf(name, sizeof name, "i%d", i);
        assert_true(dataset_builder_add_item(builder, slice_of(name), slice_of(""), NULL));
    }
    for (int e = 0; e < lines->n; e++)
        assert_true(
            dataset_builder_add_event(builder, lines->line[e].user, &lines->line[e].event, NULL));
    const struct dataset *dataset = dataset_builder_finish(builder, 0, NULL, NULL);
    assert_non_null(dataset);
    return dataset;
}

/* Purchases and returns, or ratings, or plays, or a bit of everything; the last at day 90. */
static void random_lines(struct lines *lines, struct rng *rng, int round)
{
    *lines = (struct lines){ .n = EVENTS };
    strength_options_init(&lines->options);
    lines->options.transform = (enum strength_transform)(round % 4);
    lines->options.half_life = round % 3 ? 20 : 0;
    for (int e = 0; e < EVENTS; e++) {
        const uint32_t dice = rng_below(rng, 8);
        enum event_type type = round % 5 == 0   ? EVENT_RATING
                               : round % 5 == 1 ? EVENT_WEIGHT
                               : dice == 0      ? EVENT_RETURN
                               : dice == 1      ? EVENT_VIEW
                                                : EVENT_PURCHASE;
        if (round % 5 == 2 && dice > 5) type = EVENT_RATING;
        const bool valued = type == EVENT_RATING || type == EVENT_WEIGHT;
        lines->line[e].user = (int32_t)(rng_unit(rng) * rng_unit(rng) * USERS);
        lines->line[e].event = (struct event){
            .time = e == 0 ? 90 * DAY : (int64_t)rng_below(rng, 90) * DAY,
            .item = (int32_t)rng_below(rng, ITEMS),
            .type = type,
            .quantity = (float)(1 + rng_below(rng, 3)),
            .value = valued ? (float)(1 + rng_below(rng, 5)) : NAN,
        };
    }
}

/* ------------------------------------------------------------------ the change, made in two ways
 */

struct what_if {
    int32_t user;
    int32_t without[CHANGES];
    struct event event[CHANGES]; /* as they are asked for */
    struct event real[CHANGES];  /* as they would stand in the data */
    int n_without, n_events;
    const char *city; /* NULL: theirs */
};

static bool taken_out(const struct what_if *what_if, int32_t item)
{
    for (int w = 0; w < what_if->n_without; w++)
        if (what_if->without[w] == item) return true;
    return false;
}

static double mean(const struct lines *lines, const struct what_if *what_if, int32_t user,
                   enum event_type type)
{
    double sum = 0;
    int n = 0;
    for (int e = 0; e < lines->n; e++) {
        const struct line *line = &lines->line[e];
        if (line->event.type != type || (user >= 0 && line->user != user)) continue;
        if (user >= 0 && taken_out(what_if, line->event.item)) continue;
        sum += (double)line->event.value;
        n++;
    }
    return n ? sum / n : NAN;
}

/* A purchase is a rating among ratings, a play among plays: as large as they usually are. */
static void as_they_buy(const struct lines *lines, const struct what_if *what_if,
                        struct event *event)
{
    int left = 0;
    for (int e = 0; e < lines->n; e++)
        left +=
            lines->line[e].user == what_if->user && !taken_out(what_if, lines->line[e].event.item);
    const int32_t whose = left ? what_if->user : -1;
    const double rating = mean(lines, what_if, whose, EVENT_RATING),
                 weight = mean(lines, what_if, whose, EVENT_WEIGHT);
    event->type = !isnan(rating) ? EVENT_RATING : !isnan(weight) ? EVENT_WEIGHT : EVENT_PURCHASE;
    event->value = (float)(!isnan(rating) ? rating : weight);
}

static struct what_if random_what_if(const struct lines *lines, struct rng *rng)
{
    static const enum event_type types[] = { EVENT_PURCHASE, EVENT_RETURN, EVENT_RATING };
    struct what_if what_if = { .user = (int32_t)rng_below(rng, USERS),
                               .n_without = (int)rng_below(rng, 3),
                               .n_events = (int)rng_below(rng, CHANGES + 1),
                               .city = rng_below(rng, 3) ? NULL : cities[rng_below(rng, 3)] };

    for (int w = 0; w < what_if.n_without; w++)
        what_if.without[w] = (int32_t)rng_below(rng, ITEMS);
    for (int e = 0; e < what_if.n_events; e++) {
        const enum event_type type = types[rng_below(rng, 3)];
        struct event *event = &what_if.event[e], *real = &what_if.real[e];
        *event = (struct event){
            .time = rng_below(rng, 2) ? MOMENT_NONE : (int64_t)rng_below(rng, 90) * DAY,
            .item = (int32_t)rng_below(rng, ITEMS),
            .type = type,
            .quantity = (float)(1 + rng_below(rng, 4)),
            .value = type == EVENT_RATING ? (float)(1 + rng_below(rng, 5)) : NAN,
        };
        *real = *event;
        if (real->time == MOMENT_NONE) real->time = 90 * DAY;
        if (type == EVENT_PURCHASE) as_they_buy(lines, &what_if, real);
    }
    return what_if;
}

static struct shopper *asked(const struct dataset *dataset, const struct what_if *what_if)
{
    int32_t city = what_if->city ? attributes_find(&dataset->user_attributes, slice_of("city"),
                                                   slice_of(what_if->city))
                                 : -1;
    const struct shopper_changes changes = { .without = what_if->without,
                                             .n_without = what_if->n_without,
                                             .what_if = what_if->event,
                                             .n_what_if = what_if->n_events,
                                             .values = &city,
                                             .n_values = what_if->city != NULL };
    struct shopper *shopper = shopper_new(dataset, what_if->user, MOMENT_NONE, &changes, NULL);
    assert_non_null(shopper);
    return shopper;
}

/* The same user in data where it really was so. */
static struct shopper *changed(const struct lines *lines, const struct what_if *what_if,
                               const struct dataset **dataset)
{
    struct lines really = { .options = lines->options };
    for (int e = 0; e < lines->n; e++)
        if (lines->line[e].user != what_if->user || !taken_out(what_if, lines->line[e].event.item))
            really.line[really.n++] = lines->line[e];
    for (int e = 0; e < what_if->n_events; e++)
        if (!taken_out(what_if, what_if->event[e].item))
            really.line[really.n++] = (struct line){ what_if->user, what_if->real[e] };
    *dataset = dataset_of(&really, what_if->user, what_if->city);
    /* Ages count from the same moment in both, whoever had the last event. */
    struct shopper *shopper = shopper_new(*dataset, what_if->user, MOMENT_NONE, NULL, NULL);
    assert_non_null(shopper);
    return shopper;
}

static void expect_equal(const struct shopper *a, const struct shopper *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->n_events, b->n_events);
    for (int32_t i = 0; i < a->n; i++) {
        assert_int_equal(a->item[i], b->item[i]);
        if (a->strength[i] != b->strength[i])
            fail_msg("item %d counts %.9g, in changed data %.9g", a->item[i],
                     (double)a->strength[i], (double)b->strength[i]);
        assert_int_equal(a->time[i], b->time[i]);
    }
    for (int32_t e = 0; e < a->n_events; e++) {
        assert_int_equal(a->events[e].item, b->events[e].item);
        assert_int_equal(a->events[e].type, b->events[e].type);
        assert_int_equal(a->events[e].time, b->events[e].time);
    }
}

static void expect_same_scores(struct model *const *models, int n, const struct shopper *a,
                               const struct shopper *b)
{
    float x[ITEMS], y[ITEMS];
    for (int m = 0; m < n; m++) {
        const struct model_kind *kind = model_base(models[m])->kind;
        assert_true(kind->score(models[m], a, x, NULL) && kind->score(models[m], b, y, NULL));
        if (memcmp(x, y, sizeof x) != 0)
            fail_msg("%s: another list than in changed data", kind->name);
    }
}

static void what_might_be_equals_what_is(void **state)
{
    static const char *const names[] = { "popular", "item-cf", "user-cf", "ease", "demographic" };
    enum { MODELS = sizeof names / sizeof *names };
    struct rng rng;
    int differ = 0;
    (void)state;

    rng_init(&rng, 77);
    for (int round = 0; round < SHOPS; round++) {
        struct lines lines;
        struct model *models[MODELS];
        random_lines(&lines, &rng, round);
        const struct dataset *dataset = dataset_of(&lines, -1, NULL);
        for (int m = 0; m < MODELS; m++)
            models[m] = model_trained(dataset, model_kind_find(names[m], NULL), "", 1);
        for (int q = 0; q < QUESTIONS; q++) {
            const struct what_if what_if = random_what_if(&lines, &rng);
            const struct dataset *other;
            struct shopper *a = asked(dataset, &what_if), *b = changed(&lines, &what_if, &other);
            if (other->last_time == dataset->last_time || lines.options.half_life <= 0) {
                expect_equal(a, b);
                expect_same_scores(models, MODELS, a, b);
                differ += !a->whole;
            }
            shopper_free(a);
            shopper_free(b);
            dataset_release(other);
        }
        for (int m = 0; m < MODELS; m++)
            model_release(models[m]);
        dataset_release(dataset);
    }
    assert_true(differ > SHOPS * QUESTIONS / 2);
}

/* ------------------------------------------------------------------------------------- by hand */

static const struct dataset *two_of_one(void)
{
    struct dataset_builder *builder = shop_builder_new(2, 4);
    shop_builder_buy(builder, 0, 1, 1 * DAY);
    shop_builder_buy(builder, 0, 1, 2 * DAY);
    shop_builder_buy(builder, 0, 2, 3 * DAY);
    shop_builder_buy(builder, 1, 3, 9 * DAY);
    return shop_builder_finish(builder);
}

static struct shopper *with_event(const struct dataset *dataset, int64_t as_of, struct event event,
                                  int32_t without)
{
    const struct shopper_changes changes = {
        .what_if = &event, .n_what_if = 1, .without = &without, .n_without = without >= 0
    };
    struct shopper *shopper = shopper_new(dataset, 0, as_of, &changes, NULL);
    assert_non_null(shopper);
    return shopper;
}

static void each_change_counts_as_it_should(void **state)
{
    const struct dataset *dataset = two_of_one();
    const struct event back = { MOMENT_NONE, 1, EVENT_RETURN, 1, NAN },
                       gone = { MOMENT_NONE, 2, EVENT_RETURN, 1, NAN },
                       liked = { MOMENT_NONE, 3, EVENT_RATING, 1, 4 },
                       later = { 5 * DAY, 3, EVENT_PURCHASE, 1, NAN };
    (void)state;

    struct shopper *shopper = with_event(dataset, MOMENT_NONE, back, -1);
    assert_true(shopper->strength[shopper_find(shopper, 1)] == 1); /* of two, one is left */
    assert_int_equal(shopper->added[shopper_find(shopper, 1)], 0);
    assert_false(shopper->whole);
    shopper_free(shopper);
    shopper = with_event(dataset, MOMENT_NONE, gone, -1);
    assert_int_equal(shopper_find(shopper, 2), -1);
    assert_false(shopper->whole);
    shopper_free(shopper);
    shopper = with_event(dataset, MOMENT_NONE, liked, -1);
    assert_true(shopper->strength[shopper_find(shopper, 3)] == 4);
    assert_int_equal(shopper->added[shopper_find(shopper, 3)], 1);
    shopper_free(shopper);
    shopper = with_event(dataset, MOMENT_NONE, later, -1);
    assert_int_equal(shopper->time[shopper_find(shopper, 3)], 5 * DAY);
    shopper_free(shopper);
    shopper = with_event(dataset, 4 * DAY, later, -1); /* was not yet then */
    assert_int_equal(shopper_find(shopper, 3), -1);
    shopper_free(shopper);
    shopper = with_event(dataset, MOMENT_NONE, liked, 3); /* what is out is out */
    assert_int_equal(shopper_find(shopper, 3), -1);
    shopper_free(shopper);
    dataset_release(dataset);
}

static void nonsense_is_refused(void **state)
{
    const struct dataset *dataset = two_of_one();
    struct event event = { MOMENT_NONE, 4, EVENT_RETURN, 1, NAN };
    const struct shopper_changes changes = { .what_if = &event, .n_what_if = 1 };
    struct error error = { 0 };
    (void)state;

    assert_null(shopper_new(dataset, 0, MOMENT_NONE, &changes, &error));
    assert_int_equal(error.code, ERROR_MISSING);
    event.item = -1;
    assert_null(shopper_new(dataset, 0, MOMENT_NONE, &changes, NULL));
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_might_be_equals_what_is),
        cmocka_unit_test(each_change_counts_as_it_should),
        cmocka_unit_test(nonsense_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
