/* The demo shop as a demonstration: what people have in common tells more than what is popular, and
 * beside a machine stands what belongs to it. Leave-last-out over the whole catalogue. */
#include "../support/told_shop.h"

#include <aisle/model.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct report_shop demo;
static int64_t *last_purchase; /* (users) which event, or -1: the test set */
static const struct dataset *training, *whole;

static const struct dataset *dataset_of(bool without_last)
{
    struct strength_options options;
    char name[16];

    strength_options_init(&options);
    struct dataset_builder *builder = dataset_builder_new(&options, NULL);
    for (int64_t u = 0; u < demo.n_users; u++) {
        snprintf(name, sizeof name, "%d", (int)u + 1);
        assert_true(dataset_builder_add_user(builder, slice_of(name), NULL));
    }
    for (int64_t i = 0; i < demo.n_items; i++) {
        snprintf(name, sizeof name, "%d", (int)i + 1);
        assert_true(
            dataset_builder_add_item(builder, slice_of(name), slice_of(demo.items[i].title), NULL));
    }
    for (int64_t e = 0; e < demo.n_events; e++) {
        const struct report_event *report = &demo.events[e];
        struct event event = { .time = report->time,
                               .item = report->item,
                               .type = report->type,
                               .quantity = (float)report->quantity,
                               .value = (float)report->value };
        if (without_last && last_purchase[report->user] == e) continue;
        assert_true(dataset_builder_add_event(builder, report->user, &event, NULL));
    }
    const struct dataset *dataset = dataset_builder_finish(builder, demo.n_events, NULL, NULL);
    assert_non_null(dataset);
    return dataset;
}

static int make_demo(void **state)
{
    struct shop_options options;

    (void)state;
    shop_options_init(&options);
    if (!report_shop_make(&demo, &options, NULL)) return 1;
    last_purchase = malloc((size_t)demo.n_users * sizeof *last_purchase);
    if (!last_purchase) return 1;
    for (int64_t u = 0; u < demo.n_users; u++)
        last_purchase[u] = -1;
    for (int64_t e = 0; e < demo.n_events; e++)
        if (demo.events[e].type == EVENT_PURCHASE) last_purchase[demo.events[e].user] = e;
    training = dataset_of(true);
    whole = dataset_of(false);
    return 0;
}

static int end_demo(void **state)
{
    (void)state;
    dataset_release(training);
    dataset_release(whole);
    free(last_purchase);
    report_shop_fini(&demo);
    return 0;
}

static struct model *trained(const char *name, const struct dataset *dataset)
{
    const struct model_kind *kind = model_kind_find(name, NULL);
    struct parameters parameters;

    assert_non_null(kind);
    parameters_init(&parameters, kind->parameters);
    struct model *model = kind->train(dataset, &parameters, 1, NULL, NULL);
    assert_non_null(model);
    return model;
}

/* Share of the users whose last, new purchase is among the first ten. */
static double hit_rate(const char *name)
{
    struct model *model = trained(name, training);
    const struct model_kind *kind = model_base(model)->kind;
    float *scores = malloc((size_t)demo.n_items * sizeof *scores);
    int hits = 0, users = 0;

    assert_non_null(scores);
    for (int32_t u = 0; u < demo.n_users; u++) {
        if (last_purchase[u] < 0) continue;
        int32_t target = demo.events[last_purchase[u]].item, before = 0;
        struct shopper *shopper = shopper_new(training, u, MOMENT_NONE, NULL, NULL);
        assert_non_null(shopper);
        if (shopper->n >= 2 && shopper_find(shopper, target) < 0) {
            assert_true(kind->score(model, shopper, scores, NULL));
            for (int32_t i = 0; i < demo.n_items; i++)
                if (shopper_find(shopper, i) < 0 &&
                    (scores[i] > scores[target] || (scores[i] == scores[target] && i < target)))
                    before++;
            hits += before < 10;
            users++;
        }
        shopper_free(shopper);
    }
    free(scores);
    model_release(model);
    assert_true(users > 500);
    print_message("# %s: hit rate at 10 %.4f of %d users\n", name, hits / (double)users, users);
    return hits / (double)users;
}

static void taste_tells_more_than_fashion(void **state)
{
    double popular = hit_rate("popular"), items = hit_rate("item-cf"), users = hit_rate("user-cf");

    (void)state;
    assert_true(items > 1.5 * popular);
    assert_true(users > 1.5 * popular);
    assert_true(items < 0.6); /* and is not a foregone conclusion */
}

/* How many of the five most similar items of the kind's best seller are of one of the kinds. */
static void beside(const char *kind, const char *const *company, int min)
{
    struct model *model = trained("item-cf", whole);
    struct neighbour near[5];
    int32_t best = -1, max = 0, matching = 0;

    for (int32_t i = 0; i < demo.n_items; i++) {
        int32_t sold = 0;
        if (strcmp(demo.items[i].kind, kind) != 0) continue;
        for (int64_t e = 0; e < demo.n_events; e++)
            sold += demo.events[e].item == i;
        if (sold > max) best = i, max = sold;
    }
    assert_true(best >= 0);
    int32_t n = model_base(model)->kind->similar(model, best, 5, near, NULL);
    assert_int_equal(n, 5);
    print_message("# beside %s:\n", demo.items[best].title);
    for (int32_t j = 0; j < n; j++) {
        print_message("#   %.3f %s\n", near[j].similarity, demo.items[near[j].id].title);
        for (const char *const *other = company; *other; other++)
            matching += strcmp(demo.items[near[j].id].kind, *other) == 0;
    }
    model_release(model);
    assert_true(matching >= min);
}

static void neighbours_make_sense(void **state)
{
    static const char *const espresso[] = { "Espresso machine",
                                            "Espresso beans",
                                            "Coffee grinder",
                                            "Descaler",
                                            "Milk frother jug",
                                            "Espresso cups",
                                            NULL };
    static const char *const filter[] = { "Filter coffee machine", "Ground coffee", "Paper filters",
                                          "Descaling tablets",     "Thermos jug",   NULL };
    static const char *const running[] = { "Running shoes",
                                           "Running socks",
                                           "Running shirt",
                                           "Running shorts",
                                           "Sports watch",
                                           "Energy gel",
                                           NULL };

    (void)state;
    beside("Espresso machine", espresso, 4);
    beside("Paper filters", filter, 4);
    beside("Running shoes", running, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taste_tells_more_than_fashion),
        cmocka_unit_test(neighbours_make_sense),
    };

    return cmocka_run_group_tests(tests, make_demo, end_demo);
}
