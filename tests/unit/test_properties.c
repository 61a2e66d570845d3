/* What holds for every recommender, on 10,000 questions to random shops: a receipt adds up at every
 * level, equals the score and says nothing where the model has nothing to say, in full and cut; a
 * model is the same however many threads made it and after it was stored; nobody, a what-if and a
 * past are shoppers like any other. */
#include <aisle/model.h>
#include <aisle/rng.h>

#include "../support/shop_builder.h"
#include "../support/tape.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SHOPS = 10, QUESTIONS = 10000, USERS_MOST = 40, ITEMS_MOST = 40 };

/* ------------------------------------------------------------------------------ random shops */

static void describe_people(struct dataset_builder *builder, struct rng *rng, int32_t users)
{
    static const char *const cities[] = { "Lyon", "Oslo", "Porto", "\xe5\xae\x89\xe5\xa8\x9c" };
    char text[32];

    for (int32_t u = 0; u < users; u++) {
        if (rng_below(rng, 5) == 0) continue;
        assert_true(dataset_builder_set_user(builder, u, slice_of("city"),
                                             slice_of(cities[rng_below(rng, 4)]), NULL));
        snprintf(text, sizeof text, "%u", 18 + rng_below(rng, 60));
        assert_true(dataset_builder_set_user(builder, u, slice_of("age"), slice_of(text), NULL));
    }
    for (int32_t f = 0; f < 2 * users; f++) {
        const int32_t a = (int32_t)rng_below(rng, (uint32_t)users),
                      b = (int32_t)rng_below(rng, (uint32_t)users);
        if (a == b) continue;
        assert_true(dataset_builder_add_friend(builder, a, b, NULL));
        assert_true(dataset_builder_add_friend(builder, b, a, NULL));
    }
}

static void describe_item(struct dataset_builder *builder, struct rng *rng, int32_t item)
{
    static const char *const kinds[] = { "tea", "coffee", "tea|gifts" };
    char text[32];

    assert_true(dataset_builder_set_item(builder, item, slice_of("category"),
                                         slice_of(kinds[rng_below(rng, 3)]), NULL));
    snprintf(text, sizeof text, "%u.50", 1 + rng_below(rng, 90));
    assert_true(dataset_builder_set_item(builder, item, slice_of("price"), slice_of(text), NULL));
}

static struct event random_event(struct rng *rng, int32_t items, int type, bool times)
{
    struct event event = { .time = MOMENT_NONE,
                           .item = (int32_t)(rng_unit(rng) * rng_unit(rng) * items),
                           .type = EVENT_PURCHASE,
                           .quantity = (float)(1 + rng_below(rng, 3)),
                           .value = NAN };

    if (times) event.time = 1600000000 + (int64_t)rng_below(rng, 400) * 86400;
    if (type == 0 && rng_below(rng, 12) == 0) event.type = EVENT_RETURN;
    if (type == 0 && rng_below(rng, 9) == 0) event.type = EVENT_VIEW;
    if (type > 0) {
        event.type = type == 1 ? EVENT_RATING : EVENT_WEIGHT;
        event.value =
            type == 1 ? (float)(1 + rng_below(rng, 10)) / 2 : (float)(1 + rng_below(rng, 90000));
    }
    return event;
}

/* Purchases, ratings or plays; with and without times, and what is known of people and items. */
static const struct dataset *random_shop(uint64_t seed)
{
    struct rng rng;
    char name[32];

    rng_init(&rng, seed);
    const int32_t users = 8 + (int32_t)rng_below(&rng, USERS_MOST - 8),
                  items = 6 + (int32_t)rng_below(&rng, ITEMS_MOST - 6);
    const int type = (int)rng_below(&rng, 3);
    const bool times = rng_below(&rng, 4) > 0, known = rng_below(&rng, 4) > 0;
    struct dataset_builder *builder = shop_builder_new(users, 0);
    if (known) describe_people(builder, &rng, users);
    for (int32_t i = 0; i < items; i++) {
        char title[32] = "";
        if (known) snprintf(title, sizeof title, "%s no. %d", i % 3 ? "Teapot" : "Jacket", i);
        snprintf(name, sizeof name, "i%d", i);
        assert_true(dataset_builder_add_item(builder, slice_of(name), slice_of(title), NULL));
        if (known) describe_item(builder, &rng, i);
    }
    for (int32_t e = 0, n = users * 7; e < n; e++) {
        struct event event = random_event(&rng, items, type, times);
        assert_true(dataset_builder_add_event(
            builder, (int32_t)(rng_unit(&rng) * rng_unit(&rng) * users), &event, NULL));
    }
    return shop_builder_finish(builder);
}

/* ----------------------------------------------------------------------------- random models */

/* Other values than the defaults, where they are cheap. */
static struct parameters random_parameters(const struct model_kind *kind, struct rng *rng)
{
    static const struct {
        const char *name;
        double values[3];
    } choices[] = { { "k", { 3, 10, 50 } },        { "recency", { 0, 2, 10 } },
                    { "weighting", { 0, 1, 2 } },  { "values", { 0, 1, 1 } },
                    { "shrinkage", { 0, 1, 20 } }, { "lambda", { 1, 20, 200 } },
                    { "epochs", { 1, 1, 2 } },     { "d", { 16, 16, 16 } },
                    { "length", { 10, 10, 20 } } };
    struct parameters parameters;

    parameters_init(&parameters, kind->parameters);
    for (size_t c = 0; c < sizeof choices / sizeof *choices; c++) {
        const uint32_t which = rng_below(rng, 3);
        for (int i = 0; kind->parameters[i].name; i++)
            if (strcmp(kind->parameters[i].name, choices[c].name) == 0)
                parameters.value[i] = choices[c].values[which];
    }
    return parameters;
}

/* Anybody: a user, nobody, somebody in the past, with things added and taken away, or with words.
 */
static struct shopper *random_shopper(const struct dataset *d, struct rng *rng)
{
    const int32_t user = (int32_t)rng_below(rng, (uint32_t)d->n_users + 1) - 1;
    const int32_t with = (int32_t)rng_below(rng, (uint32_t)d->n_items),
                  without = (int32_t)rng_below(rng, (uint32_t)d->n_items);
    const struct shopper_changes changes = { .with = &with,
                                             .n_with = rng_below(rng, 3) == 0,
                                             .without = &without,
                                             .n_without = rng_below(rng, 3) == 0 && with != without,
                                             .words = rng_below(rng, 4) ? NULL : "a jacket" };
    const int64_t then = rng_below(rng, 3) || !d->event_time
                             ? MOMENT_NONE
                             : 1600000000 + (int64_t)rng_below(rng, 400) * 86400;
    struct shopper *shopper = shopper_new(d, user, then, &changes, NULL);

    assert_non_null(shopper);
    return shopper;
}

/* ---------------------------------------------------------------------------------- storing */

static struct model *stored_and_loaded(struct model *model)
{
    struct tape tape = tape_of(model);
    struct model *again = tape_load(&tape, model);

    if (!again) fail_msg("%s: what was saved is not loaded", model_base(model)->kind->name);
    tape_fini(&tape);
    return again;
}

/* --------------------------------------------------------------------------------- questions */

static void check_receipt(const struct model *model, const struct shopper *shopper, int32_t item,
                          double score, const struct receipt_limits *limits)
{
    const struct model_kind *kind = model_base(model)->kind;
    struct receipt *receipt = kind->open(model, shopper, item, limits, NULL);

    assert_non_null(receipt);
    assert_int_equal(receipt->kind, RECEIPT_SCORE);
    assert_int_equal(receipt->item, item);
    const double residual = receipt_residual(receipt), size = fmax(1, fabs(receipt->value));
    if (!(residual <= 1e-6 * size))
        fail_msg("%s: the parts of %.9g are %.3g off", kind->name, receipt->value, residual);
    if (score > -INFINITY && !(fabs(score - receipt->value) <= 2e-6 * size))
        fail_msg("%s: the score is %.9g, the receipt %.9g", kind->name, score, receipt->value);
    if (!(score > -INFINITY) && (fabs(receipt->value) > 0 || receipt->n_children > 0))
        fail_msg("%s: has nothing to say, but a receipt of %.3g with %d parts", kind->name,
                 receipt->value, receipt->n_children);
    receipt_free(receipt);
}

static void ask(struct model *const *models, const struct dataset *d, struct rng *rng,
                int questions)
{
    const struct model_kind *kind = model_base(models[0])->kind;
    float score[ITEMS_MOST], other[ITEMS_MOST];

    for (int q = 0; q < questions;) {
        struct shopper *shopper = random_shopper(d, rng);
        assert_true(kind->score(models[0], shopper, score, NULL));
        for (int m = 1; m < 3; m++) {
            assert_true(kind->score(models[m], shopper, other, NULL));
            assert_memory_equal(score, other, (size_t)d->n_items * sizeof *score);
        }
        for (int i = 0; i < 5 && q < questions; i++, q++) {
            const int32_t item = (int32_t)rng_below(rng, (uint32_t)d->n_items);
            const struct receipt_limits limits = { (int32_t)rng_below(rng, 4),
                                                   (int32_t)rng_below(rng, 4) };
            check_receipt(models[0], shopper, item, (double)score[item], &limits);
        }
        shopper_free(shopper);
    }
}

static void everything_adds_up(void **state)
{
    const char *const sanitizers = getenv("AISLE_SANITIZERS");
    const bool quick = sanitizers && strcmp(sanitizers, "no") != 0;
    int kinds = 0;
    struct rng rng;

    (void)state;
    while (model_kinds[kinds])
        kinds++;
    rng_init(&rng, 2026);
    const int shops = quick ? 2 : SHOPS;
    const int questions = (QUESTIONS + SHOPS * kinds - 1) / (SHOPS * kinds);
    for (int s = 0; s < shops; s++) {
        const struct dataset *d = random_shop((uint64_t)s + 1);
        for (int k = 0; k < kinds; k++) {
            const struct parameters parameters = random_parameters(model_kinds[k], &rng);
            struct model *models[3];
            struct error error = { 0 };
            for (int m = 0; m < 2; m++) {
                models[m] = model_kinds[k]->train(d, &parameters, m == 0 ? 1 : 3, NULL, &error);
                if (!models[m]) break;
            }
            if (error.code == ERROR_INPUT) continue; /* says that the data is not enough for it */
            if (error.code != ERROR_NONE) fail_msg("%s: %s", model_kinds[k]->name, error.text);
            models[2] = stored_and_loaded(models[0]);
            ask(models, d, &rng, questions);
            for (int m = 0; m < 3; m++)
                model_release(models[m]);
        }
        dataset_release(d);
    }
    print_message("# %d questions to each of %d models in each of %d shops\n", questions, kinds,
                  shops);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_adds_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
