/* What holds for every recommender, on 10,000 questions to random shops: a receipt adds up at every
 * level, equals the score and says nothing where the model has nothing to say, in full and cut; a
 * model is the same however many threads made it and after it was stored; nobody, a what-if and a
 * past are shoppers like any other. The same of whole lists: blended, filtered, ruled and diverse.
 *
 * AISLE_SEED draws other shops, AISLE_SHOPS another number of them (tests/long/properties.test). */
#include <aisle/feed.h>
#include <aisle/model.h>
#include <aisle/rng.h>
#include <aisle/rule.h>

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

enum { SHOPS = 10, QUESTIONS = 10000, USERS_MAX = 40, ITEMS_MAX = 40 };

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
    const int32_t users = 8 + (int32_t)rng_below(&rng, USERS_MAX - 8),
                  items = 6 + (int32_t)rng_below(&rng, ITEMS_MAX - 6);
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
    float score[ITEMS_MAX], other[ITEMS_MAX];

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

/* ------------------------------------------------------------------------------------ whole lists
 */

/* Up to four rules over what describe_item() says. */
static int32_t random_rules(struct rng *rng, struct rule *rules)
{
    static const char *const actions[] = { "pin 2",    "soft-pin 1", "boost 1.7", "boost 30",
                                           "bury 0.3", "exclude",    "filter",    "include-only" };
    static const char *const where[] = { "category=tea", "price<20",      "price>=60",
                                         "id=i3",        "category!=tea", "price<=seed.price" };
    static const char *const tail[] = { "", "for city=Lyon", "for user=u3", "in category=gifts",
                                        "priority 3" };
    const int32_t n = (int32_t)rng_below(rng, 5);
    for (int32_t r = 0; r < n; r++) {
        char line[160];
        struct error error = { 0 };
        snprintf(line, sizeof line, "%s where %s %s", actions[rng_below(rng, 8)],
                 where[rng_below(rng, 6)], tail[rng_below(rng, 5)]);
        if (!rule_parse(&rules[r], slice_of(line), &error)) fail_msg("%s: %s", line, error.text);
        rules[r].id = r + 1;
    }
    return n;
}

static const struct pipeline *random_pipeline(const struct dataset *d, struct rng *rng)
{
    static const char *const choices[][3] = { { "mmr=0", "mmr=0", "mmr=0.4" },
                                              { "cap=0", "cap=0", "cap=2" },
                                              { "repeat=never", "repeat=learned",
                                                "repeat=always" } };
    struct rule rules[4];
    struct feed_settings settings;
    struct error error = { 0 };
    const int32_t n = random_rules(rng, rules);
    feed_settings_init(&settings);
    for (int c = 0; c < 3; c++)
        assert_true(feed_settings_set(&settings, slice_of(choices[c][rng_below(rng, 3)]), &error));
    const struct pipeline *pipeline = pipeline_new(d, &settings, rules, n, &error);
    if (!pipeline) fail_msg("%s", error.text);
    for (int32_t r = 0; r < n; r++)
        rule_fini(&rules[r]);
    return pipeline;
}

/* The receipt of any item of a list is what the list goes by, with a line for each rule. */
static void check_listed(const struct feed *feed, const struct model *model,
                         const struct shopper *shopper, int32_t item, struct rng *rng)
{
    const struct receipt_limits limits = { (int32_t)rng_below(rng, 4), (int32_t)rng_below(rng, 4) };
    struct feed_touch touches[8];
    const int32_t n = feed_touches(feed, item, touches, 8);
    const double score = (double)feed_score(feed, item), wanted = score > -INFINITY ? score : 0;
    struct receipt *receipt = feed_explain(feed, model, shopper, item, &limits, NULL);
    assert_non_null(receipt);
    double size = fmax(1, fabs(wanted));
    int32_t lines = 0;
    for (int32_t c = 0; c < receipt->n_children; c++) {
        size = fmax(size, fabs(receipt->children[c].value));
        lines += receipt->children[c].kind == RECEIPT_RULE;
    }
    if (!(receipt_residual(receipt) <= 1e-6 * size) ||
        !(fabs(wanted - receipt->value) <= 2e-6 * size))
        fail_msg("%s: the list goes by %.9g, the receipt has %.9g, its parts are %.3g off",
                 model_base(model)->kind->name, wanted, receipt->value, receipt_residual(receipt));
    assert_int_equal(lines, n);
    receipt_free(receipt);
}

/* Every item has a fate; rows are listed, each once. */
static void check_list(const struct feed *feed)
{
    int32_t counted = 0;
    for (int f = 0; f < FEED_STATUSES; f++)
        counted += feed->count[f];
    assert_int_equal(counted, feed->n_items);
    for (int32_t r = 0; r < feed->n; r++) {
        assert_int_equal(feed->status[feed->rows[r].item], FEED_LISTED);
        assert_int_equal(feed->place[feed->rows[r].item], r + 1);
    }
}

static void ask_lists(const struct model *model, const struct dataset *d, struct rng *rng,
                      int questions)
{
    for (int q = 0; q < questions;) {
        const struct pipeline *pipeline = random_pipeline(d, rng);
        struct shopper *shopper = random_shopper(d, rng);
        const struct feed_options options = { .length = 1 + (int32_t)rng_below(rng, 12),
                                              .pipeline = pipeline,
                                              .now = MOMENT_NONE };
        struct error error = { 0 };
        struct feed *feed = feed_new(model, shopper, &options, &error);
        if (!feed) fail_msg("%s: %s", model_base(model)->kind->name, error.text);
        check_list(feed);
        for (int i = 0; i < 5 && q < questions; i++, q++)
            check_listed(feed, model, shopper, (int32_t)rng_below(rng, (uint32_t)d->n_items), rng);
        feed_free(feed);
        shopper_free(shopper);
        pipeline_release(pipeline);
    }
}

/* ---------------------------------------------------------------------------------------- the test
 */

static uint64_t report(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void everything_adds_up(void **state)
{
    const char *const sanitizers = getenv("AISLE_SANITIZERS");
    const bool quick = sanitizers && strcmp(sanitizers, "no") != 0;
    int kinds = 0, trained = 0;
    struct rng rng;

    (void)state;
    while (model_kinds[kinds])
        kinds++;
    const uint64_t seed = report("AISLE_SEED", 2026);
    rng_init(&rng, seed);
    const int shops = quick ? 2 : (int)report("AISLE_SHOPS", SHOPS);
    const int questions = (QUESTIONS + SHOPS * kinds - 1) / (SHOPS * kinds);
    for (int s = 0; s < shops; s++) {
        const struct dataset *d = random_shop(seed - 2026 + (uint64_t)s + 1);
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
            ask_lists(models[0], d, &rng, questions);
            trained++;
            for (int m = 0; m < 3; m++)
                model_release(models[m]);
        }
        dataset_release(d);
    }
    print_message(
        "# %d questions, and as many to lists, to each of %d models of %d kinds in %d shops\n",
        questions, trained, kinds, shops);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_adds_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
