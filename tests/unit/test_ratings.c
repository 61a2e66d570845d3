/* Predicted ratings against the formula, and k folds on MovieLens-100K against what Surprise 1.1.4
 * publishes for the same protocol. */
#include <aisle/evaluate.h>
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

enum { USERS = 30, ITEMS = 20 };

static void add_rating(struct dataset_builder *builder, int32_t user, int32_t item, float value)
{
    struct event event = { MOMENT_NONE, item, EVENT_RATING, 1, value };
    assert_true(dataset_builder_add_event(builder, user, &event, NULL));
}

static const struct dataset *random_ratings(uint64_t seed)
{
    struct dataset_builder *builder = shop_builder_new(USERS, ITEMS);
    struct rng rng;

    rng_init(&rng, seed);
    for (int32_t u = 0; u < USERS; u++) {
        for (int32_t i = 0; i < ITEMS; i++) {
            if (rng_below(&rng, 3) == 0) add_rating(builder, u, i, (float)(1 + rng_below(&rng, 5)));
        }
    }
    return shop_builder_finish(builder);
}

static struct model *trained(const struct dataset *dataset, const char *name, const char *settings,
                             struct parameters *parameters)
{
    const struct model_kind *kind = model_kind_find(name, NULL);

    *parameters = parameters_of(kind, settings);
    return model_trained(dataset, kind, settings, 1);
}

/* ------------------------------------------------------------------------------ the slow twin */

static double r(const struct dataset *d, int32_t u, int32_t i) /* NAN where there is none */
{
    int64_t at = sparse_find(&d->by_user, u, i);
    return at < 0 ? NAN : (double)d->by_user.value[at];
}

struct twin {
    const struct dataset *d;
    bool by_items, common, means;
};

static double cell(const struct twin *t, int32_t row, int32_t column)
{
    return t->by_items ? r(t->d, column, row) : r(t->d, row, column);
}

static double mean_of_row(const struct twin *t, int32_t row)
{
    double sum = 0;
    int n = 0;
    for (int32_t c = 0; c < (t->by_items ? USERS : ITEMS); c++) {
        if (isnan(cell(t, row, c))) continue;
        sum += cell(t, row, c);
        n++;
    }
    return t->means && n > 0 ? sum / n : 0;
}

static double twin_similarity(const struct twin *t, int32_t a, int32_t b)
{
    double dot = 0, norm_a = 0, norm_b = 0, mean_a = mean_of_row(t, a), mean_b = mean_of_row(t, b);
    for (int32_t c = 0; c < (t->by_items ? USERS : ITEMS); c++) {
        double x = cell(t, a, c) - mean_a, y = cell(t, b, c) - mean_b;
        bool both = !isnan(x) && !isnan(y);
        if (both) dot += x * y;
        if (t->common ? both : !isnan(x)) norm_a += x * x;
        if (t->common ? both : !isnan(y)) norm_b += y * y;
    }
    return dot > 1e-6 * sqrt(norm_a * norm_b) ? dot / sqrt(norm_a * norm_b) : 0; /* not rounding */
}

/* All that are similar count (k is large). */
static double twin_predict(const struct twin *t, int32_t u, int32_t i)
{
    int32_t own = t->by_items ? i : u, other = t->by_items ? u : i;
    double sum = 0, weights = 0, base = mean_of_row(t, own);
    for (int32_t n = 0; n < (t->by_items ? ITEMS : USERS); n++) {
        if (n == own || isnan(cell(t, n, other))) continue;
        double similarity = twin_similarity(t, own, n);
        sum += similarity * (cell(t, n, other) - mean_of_row(t, n));
        weights += similarity;
    }
    if (weights > 0) return base + sum / weights;
    return t->means ? base : NAN;
}

static void test_predict(void **state)
{
    (void)state;
    const struct dataset *d = random_ratings(4);
    struct parameters parameters;

    for (int t = 0; t < 8; t++) {
        struct twin twin = { d, t & 1, t & 2, t & 4 };
        char settings[64];
        snprintf(settings, sizeof settings, "k=1000 norm=%s center=%s",
                 twin.common ? "common" : "full", twin.means ? "mean" : "none");
        struct model *model =
            trained(d, twin.by_items ? "item-cf" : "user-cf", settings, &parameters);
        for (int32_t u = 0; u < USERS; u++) {
            struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
            for (int32_t i = 0; i < ITEMS; i++) {
                double got = model_base(model)->kind->predict(model, shopper, i);
                double want = twin_predict(&twin, u, i);
                assert_true(isnan(got) == isnan(want));
                if (!isnan(want) && fabs(got - want) > 1e-5) fail_msg("%.9g, not %.9g", got, want);
            }
            assert_true(isnan(model_base(model)->kind->predict(model, shopper, ITEMS)));
            shopper_free(shopper);
        }
        model_release(model);
    }
    dataset_release(d);
}

/* The one most similar rater speaks alone. */
static void test_one_neighbour(void **state)
{
    (void)state;
    const struct dataset *d = random_ratings(6);
    struct twin twin = { d, false, false, false };
    struct parameters parameters;
    struct model *model = trained(d, "user-cf", "k=1", &parameters);

    for (int32_t u = 0; u < USERS; u++) {
        struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
        for (int32_t i = 0; i < ITEMS; i++) {
            double best = 0, want = NAN;
            for (int32_t v = 0; v < USERS; v++) {
                double similarity = twin_similarity(&twin, u, v);
                if (v == u || isnan(r(d, v, i)) || similarity <= best * (1 + 1e-12)) continue;
                best = similarity;
                want = r(d, v, i);
            }
            double got = model_base(model)->kind->predict(model, shopper, i);
            assert_true(isnan(want) ? isnan(got) : fabs(got - want) < 1e-6);
        }
        shopper_free(shopper);
    }
    model_release(model);
    dataset_release(d);
}

static void test_folds(void **state)
{
    (void)state;
    const struct dataset *d = random_ratings(9);
    const struct model_kind *kind = model_kind_find("user-cf", NULL);
    struct rating_report one, two, other;
    struct parameters parameters;
    struct error error = { 0 };

    parameters_init(&parameters, kind->parameters);
    assert_true(evaluate_ratings(d, kind, &parameters, 5, 7, 1, NULL, &one, &error));
    assert_true(evaluate_ratings(d, kind, &parameters, 5, 7, 3, NULL, &two, &error));
    assert_true(evaluate_ratings(d, kind, &parameters, 5, 8, 1, NULL, &other, &error));
    assert_int_equal(one.ratings, sparse_entries(&d->by_user));
    assert_true(one.rmse == two.rmse && one.mae == two.mae && one.rmse != other.rmse);
    assert_true(one.rmse > 1 && one.rmse < 2.5 && one.mae < one.rmse);
    double squares = 0;
    for (int f = 0; f < 5; f++)
        squares += one.rmse_of_folds[f] * one.rmse_of_folds[f] / 5;
    assert_true(fabs(sqrt(squares) - one.rmse) < 0.01);

    assert_false(evaluate_ratings(d, kind, &parameters, 1, 7, 1, NULL, &one, &error));
    assert_false(evaluate_ratings(d, kind, &parameters, 17, 7, 1, NULL, &one, &error));
    kind = model_kind_find("popular", NULL);
    parameters_init(&parameters, kind->parameters);
    assert_false(evaluate_ratings(d, kind, &parameters, 5, 7, 1, NULL, &one, &error));
    assert_int_equal(error.code, ERROR_USAGE);
    struct progress progress = { 0 };
    kind = model_kind_find("item-cf", NULL);
    parameters_init(&parameters, kind->parameters);
    progress_cancel(&progress);
    assert_false(evaluate_ratings(d, kind, &parameters, 5, 7, 2, &progress, &one, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    dataset_release(d);
}

static const struct dataset *movielens(void)
{
    const char *folder = getenv("AISLE_DATA");
    char path[4096];
    int user, item, rating;
    long time;

    snprintf(path, sizeof path, "%s/ml-100k/u.data", folder ? folder : ".");
    FILE *file = fopen(path, "r");
    if (!file) return NULL;
    struct dataset_builder *builder = shop_builder_new(943, 1682);
    while (fscanf(file, "%d %d %d %ld", &user, &item, &rating, &time) == 4)
        add_rating(builder, user - 1, item - 1, (float)rating);
    fclose(file);
    return shop_builder_finish(builder);
}

static void test_movielens(void **state)
{
    (void)state;
    const struct {
        const char *model, *settings;
        double rmse, mae, slack; /* what Surprise has; slack 0: at most this */
    } cases[] = {
        { "user-cf", "k=40 norm=common", 1.017, 0.804, 0.005 },
        { "item-cf", "k=40 norm=common", 1.027, 0.812, 0.005 },
        { "user-cf", "k=40 norm=full center=mean", 0.951, 0.749, 0 },
        { "item-cf", "k=40 norm=full center=baseline", 0.931, 0.733, 0 },
    };
    const char *sanitizers = getenv("AISLE_SANITIZERS");
    const bool slow = sanitizers && strcmp(sanitizers, "no") != 0;
    const struct dataset *d = slow ? NULL : movielens();

    if (slow) {
        print_message("# figures of MovieLens-100K: the plain build has compared them\n");
        return;
    }
    if (!d) {
        print_message("# MovieLens-100K is not there: its figures are not compared\n");
        return; /* cmocka's skip() would read as a failure in TAP */
    }
    assert_int_equal(sparse_entries(&d->by_user), 100000);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct parameters parameters;
        struct rating_report report;
        struct model *model = trained(d, cases[c].model, cases[c].settings, &parameters);
        assert_true(evaluate_ratings(d, model_base(model)->kind, &parameters, 5, 1, 0, NULL,
                                     &report, NULL));
        print_message("# %s %s: rmse %.4f mae %.4f (%ld by the mean) in %.2f s\n", cases[c].model,
                      cases[c].settings, report.rmse, report.mae, (long)report.fallbacks,
                      report.seconds);
        if (cases[c].slack > 0) {
            assert_true(fabs(report.rmse - cases[c].rmse) <= cases[c].slack);
            assert_true(fabs(report.mae - cases[c].mae) <= cases[c].slack);
        } else {
            assert_true(report.rmse <= cases[c].rmse && report.mae <= cases[c].mae);
        }
        model_release(model);
    }
    dataset_release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_predict),
        cmocka_unit_test(test_one_neighbour),
        cmocka_unit_test(test_folds),
        cmocka_unit_test(test_movielens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
