/* How events count: every way a run can be trained gives the lists of the formulas, counted from
 * the raw events by the obvious loops; a run's past comes back by the run's own options. */
#include <aisle/engine.h>
#include <aisle/rng.h>

#include "../support/shop_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { USERS = 24, ITEMS = 18, EVENTS = 700 };

struct report { /* one event, as it was written */
    int user, item;
    enum event_type type;
    int64_t time;
    double quantity;
};

struct shop {
    struct shop_file file;
    struct report report[EVENTS];
    int n;
    struct engine *engine;
    struct reader *reader;
};

/* What a run is told, in the words of --set and in numbers. */
static const struct way {
    const char *settings;
    char form; /* count, binary, log, quantity */
    double purchase, back, view, cart, half_life;
} ways[] = {
    { "", 'c', 1, -1, 0, 0, 0 },
    { "strength=binary", 'b', 1, -1, 0, 0, 0 },
    { "strength=log", 'l', 1, -1, 0, 0, 0 },
    { "strength=quantity", 'q', 1, -1, 0, 0, 0 },
    { "half_life=30", 'c', 1, -1, 0, 0, 30 },
    { "weight_view=0.1 weight_cart=0.4", 'c', 1, -1, 0.1, 0.4, 0 },
    { "weight_purchase=2 weight_return=-0.5", 'c', 2, -0.5, 0, 0, 0 },
    { "strength=binary half_life=90 weight_view=0.1", 'b', 1, -1, 0.1, 0, 90 },
    { "strength=log half_life=20 weight_cart=0.3", 'l', 1, -1, 0, 0.3, 20 },
    { "strength=quantity half_life=10 weight_return=0", 'q', 1, 0, 0, 0, 10 },
};

static void write_events(struct shop *shop, uint64_t seed, int n)
{
    static const enum event_type types[] = { EVENT_PURCHASE, EVENT_PURCHASE, EVENT_PURCHASE,
                                             EVENT_VIEW,     EVENT_CART,     EVENT_RETURN };
    struct error error = { 0 };
    struct rng rng;
    struct writer *writer = writer_begin(shop->file.workspace, &error);
    assert_non_null(writer);
    rng_init(&rng, seed);
    for (; n > 0; n--) {
        char user[16], item[16];
        struct report *report = &shop->report[shop->n++];
        report->user = (int)(rng_unit(&rng) * rng_unit(&rng) * USERS);
        report->item = (int)(rng_unit(&rng) * rng_unit(&rng) * ITEMS);
        report->type = types[rng_below(&rng, 6)];
        report->time = 1600000000 + (int64_t)rng_below(&rng, 86400 * 200);
        report->quantity = (double)(1 + rng_below(&rng, 4));
        snprintf(user, sizeof user, "u%d", report->user);
        snprintf(item, sizeof item, "i%d", report->item);
        const struct record record = { .kind = RECORD_EVENT,
                                       .line = shop->n,
                                       .user = slice_of(user),
                                       .item = slice_of(item),
                                       .time = report->time,
                                       .type = report->type,
                                       .quantity = report->quantity,
                                       .value = NAN };
        assert_true(writer_record(writer, &record, &error));
    }
    assert_true(writer_commit(writer, &error));
}

static int open_shop(void **state)
{
    struct error error = { 0 };
    struct shop *shop = calloc(1, sizeof *shop);
    assert_non_null(shop);
    shop_file_make(&shop->file, USERS, ITEMS, 0);
    struct writer *writer = writer_begin(shop->file.workspace, &error);
    assert_non_null(writer);
    for (int i = 0; i < USERS + ITEMS; i++) { /* so that numbers and indexes are the same */
        char id[16];
        snprintf(id, sizeof id, "%c%d", i < USERS ? 'u' : 'i', i < USERS ? i : i - USERS);
        const struct record record = { .kind = i < USERS ? RECORD_USER : RECORD_ITEM,
                                       .user = slice_of(id),
                                       .item = slice_of(id) };
        assert_true(writer_record(writer, &record, &error));
    }
    assert_true(writer_commit(writer, &error));
    write_events(shop, 5, EVENTS - 100);
    shop->engine = engine_new(shop->file.workspace, &error);
    shop->reader = reader_open(shop->file.workspace, &error);
    assert_non_null(shop->engine);
    assert_non_null(shop->reader);
    *state = shop;
    return 0;
}

static int close_shop(void **state)
{
    struct shop *shop = *state;
    reader_close(shop->reader);
    engine_free(shop->engine);
    shop_file_remove(&shop->file);
    free(shop);
    return 0;
}

/* ----------------------------------------------------------------------------- the slow twins */

static double weight_of(const struct way *way, const struct report *report, int64_t now)
{
    double weight = report->type == EVENT_PURCHASE ? way->purchase
                    : report->type == EVENT_RETURN ? way->back
                    : report->type == EVENT_VIEW   ? way->view
                                                   : way->cart;
    if (way->form == 'q') weight *= report->quantity;
    if (way->half_life > 0)
        weight *= pow(0.5, (double)(now - report->time) / 86400 / way->half_life);
    return weight;
}

static double form_of(const struct way *way, double sum)
{
    if (!(sum > 0)) return 0;
    return way->form == 'b' ? 1 : way->form == 'l' ? log2(1 + sum) : sum;
}

/* r(u,i) of the first n events. */
static void strengths(const struct shop *shop, int n, const struct way *way, double r[USERS][ITEMS])
{
    int64_t now = INT64_MIN;
    for (int e = 0; e < n; e++)
        if (shop->report[e].time > now) now = shop->report[e].time;
    memset(r, 0, sizeof(double) * USERS * ITEMS);
    for (int e = 0; e < n; e++)
        r[shop->report[e].user][shop->report[e].item] += weight_of(way, &shop->report[e], now);
    for (int u = 0; u < USERS; u++)
        for (int i = 0; i < ITEMS; i++)
            r[u][i] = (double)(float)form_of(way, r[u][i]);
}

static double twin_item_cf(double r[USERS][ITEMS], int user, int i)
{
    double score = 0;
    for (int j = 0; j < ITEMS; j++) {
        double dot = 0, a = 0, b = 0;
        for (int u = 0; u < USERS; u++)
            dot += r[u][i] * r[u][j], a += r[u][i] * r[u][i], b += r[u][j] * r[u][j];
        if (j != i && dot > 0) score += dot / (sqrt(a) * sqrt(b)) * r[user][j];
    }
    return score;
}

static double twin_user_cf(double r[USERS][ITEMS], int user, int i)
{
    double score = 0;
    for (int v = 0; v < USERS; v++) {
        double dot = 0, a = 0, b = 0;
        for (int j = 0; j < ITEMS; j++)
            dot += r[user][j] * r[v][j], a += r[user][j] * r[user][j], b += r[v][j] * r[v][j];
        if (v != user && dot > 0) score += dot / (sqrt(a) * sqrt(b)) * r[v][i];
    }
    return score;
}

/* Users count what their events come to; where nothing limits them, below zero too. */
static double twin_popular(const struct shop *shop, int n, const struct way *way, int item)
{
    int64_t now = INT64_MIN;
    double sum[USERS] = { 0 }, score = 0;
    for (int e = 0; e < n; e++)
        if (shop->report[e].time > now) now = shop->report[e].time;
    for (int e = 0; e < n; e++)
        if (shop->report[e].item == item)
            sum[shop->report[e].user] += weight_of(way, &shop->report[e], now);
    for (int u = 0; u < USERS; u++)
        score += way->form == 'b' || way->form == 'l' ? form_of(way, sum[u]) : sum[u];
    return score;
}

/* ---------------------------------------------------------------------------------- the tests */

static int64_t train(struct shop *shop, const char *name, const char *settings)
{
    struct error error = { 0 };
    struct parameters parameters;
    struct run run;
    char copy[160], *rest = NULL;
    parameters_init(&parameters, model_kind_find(name, NULL)->parameters);
    if (strcmp(name, "popular") != 0)
        assert_true(parameters_set(&parameters, slice_of("k=1000"), &error));
    snprintf(copy, sizeof copy, "%s", settings);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        assert_true(parameters_set(&parameters, slice_of(word), &error));
    if (!engine_train(shop->engine, name, &parameters, 1, NULL, &run, &error))
        fail_msg("%s", error.text);
    return run.id;
}

/* The run's lists for shoppers of its own past (`n` events), against the twin. */
static void check(struct shop *shop, int64_t run, const char *name, const struct way *way, int n)
{
    static double r[USERS][ITEMS];
    struct error error = { 0 };
    struct serving serving;
    float scores[ITEMS];
    if (!engine_serve(shop->engine, shop->reader, NULL, run, &serving, NULL, &error))
        fail_msg("%s: %s", way->settings, error.text);
    const struct dataset *then = model_base(serving.model)->dataset;
    assert_true(strength_options_equal(&then->options, &serving.dataset->options));
    strengths(shop, n, way, r);
    for (int32_t u = 0; u < USERS; u++) {
        struct shopper *shopper = shopper_new(then, u, MOMENT_NONE, NULL, &error);
        assert_non_null(shopper);
        assert_true(model_base(serving.model)->kind->score(serving.model, shopper, scores, &error));
        for (int i = 0; i < ITEMS; i++) {
            double want = name[0] == 'p'   ? twin_popular(shop, n, way, i)
                          : name[0] == 'i' ? twin_item_cf(r, u, i)
                                           : twin_user_cf(r, u, i);
            double got = isfinite(scores[i]) ? (double)scores[i] : 0;
            if (want < 1e-9) want = 0;
            if (fabs(got - want) > 1e-6 * (1 + fabs(want)))
                fail_msg("%s by '%s': item %d of user %d scores %g, not %g", name, way->settings, i,
                         u, got, want);
            struct receipt *receipt =
                model_base(serving.model)->kind->open(serving.model, shopper, i, NULL, &error);
            assert_non_null(receipt);
            assert_true(fabs(receipt_residual(receipt)) <= 1e-6 * (1 + fabs(receipt->value)));
            assert_true(fabs(receipt->value - got) <= 1e-6 * (1 + fabs(got)));
            receipt_free(receipt);
        }
        shopper_free(shopper);
    }
    serving_fini(&serving);
}

static void lists_equal_the_formulas(void **state)
{
    static const char *const names[] = { "popular", "user-cf", "item-cf" };
    struct shop *shop = *state;
    const int before = shop->n;
    int64_t run[3][sizeof ways / sizeof *ways];
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        for (int k = 0; k < 3; k++) {
            run[k][w] = train(shop, names[k], ways[w].settings);
            check(shop, run[k][w], names[k], &ways[w], before);
        }
    }
    /* Events that came later, and all from the file: the past is read by the run's options. */
    write_events(shop, 6, 100);
    engine_refresh(shop->engine);
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        for (int k = 0; k < 3; k++)
            check(shop, run[k][w], names[k], &ways[w], before);
    }
}

/* The newest data, which makes the shoppers, is counted as the run counts. */
static void shoppers_are_counted_alike(void **state)
{
    static double r[USERS][ITEMS];
    struct shop *shop = *state;
    struct error error = { 0 };
    struct serving serving;
    const struct way *way = &ways[7];
    int64_t run = train(shop, "item-cf", way->settings);
    write_events(shop, 7, 50);
    assert_true(engine_serve(shop->engine, shop->reader, NULL, run, &serving, NULL, &error));
    assert_int_equal(serving.events_since, 50);
    strengths(shop, shop->n, way, r);
    for (int32_t u = 0; u < USERS; u++) {
        struct shopper *shopper = shopper_new(serving.dataset, u, MOMENT_NONE, NULL, &error);
        assert_non_null(shopper);
        for (int32_t i = 0; i < ITEMS; i++) {
            int32_t at = shopper_find(shopper, i);
            double got = at < 0 ? 0 : (double)shopper->strength[at];
            assert_true(fabs(got - r[u][i]) <= 1e-6);
        }
        shopper_free(shopper);
    }
    serving_fini(&serving);
}

/* Two models by different options are served side by side: neither drops the other's data. */
static void datasets_live_side_by_side(void **state)
{
    struct shop *shop = *state;
    struct error error = { 0 };
    struct serving one, two, again;
    int64_t a = train(shop, "item-cf", ""), b = train(shop, "user-cf", "strength=log");
    assert_true(engine_serve(shop->engine, shop->reader, NULL, a, &one, NULL, &error));
    assert_true(engine_serve(shop->engine, shop->reader, NULL, b, &two, NULL, &error));
    assert_true(engine_serve(shop->engine, shop->reader, NULL, a, &again, NULL, &error));
    assert_ptr_equal(one.dataset, again.dataset);
    assert_ptr_not_equal(one.dataset, two.dataset);
    const struct dataset *plain = engine_dataset(shop->engine, shop->reader, NULL, &error);
    assert_ptr_equal(plain, one.dataset);
    dataset_release(plain);
    serving_fini(&one);
    serving_fini(&two);
    serving_fini(&again);
}

/* Whoever adds a recommender adds the parameters too. */
static void every_recommender_has_them(void **state)
{
    (void)state;
    for (int k = 0; model_kinds[k]; k++) {
        struct parameters parameters;
        struct strength_options options;
        parameters_init(&parameters, model_kinds[k]->parameters);
        parameters_strength(&parameters, &options);
        assert_true(options.half_life == 0 && options.type_weight[EVENT_RETURN] == -1);
        for (int i = 0; i < 4; i++) {
            static const char *const set[] = { "strength=log", "half_life=7", "weight_view=0.5",
                                               "weight_cart=0.25" };
            struct error error = { 0 };
            if (!parameters_set(&parameters, slice_of(set[i]), &error))
                fail_msg("%s: %s", model_kinds[k]->name, error.text);
        }
        parameters_strength(&parameters, &options);
        assert_int_equal(options.transform, STRENGTH_LOG);
        assert_true(options.half_life == 7 && options.type_weight[EVENT_VIEW] == 0.5);
        assert_true(options.type_weight[EVENT_CART] == 0.25);
    }
}

#define WITH_SHOP(test) cmocka_unit_test_setup_teardown(test, open_shop, close_shop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SHOP(lists_equal_the_formulas),
        WITH_SHOP(shoppers_are_counted_alike),
        WITH_SHOP(datasets_live_side_by_side),
        cmocka_unit_test(every_recommender_has_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
