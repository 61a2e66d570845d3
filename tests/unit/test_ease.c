/* EASE against the formulas in double, written as the obvious loops: the products, the inverse by
 * elimination, the weights, the scores, the parts of a score; whatever the number of threads. */
#include "model/ease.h"

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

static const struct dataset *random_dataset(uint64_t seed, int32_t users, int32_t items,
                                            int32_t events)
{
    struct rng rng;

    rng_init(&rng, seed);
    struct dataset_builder *builder = shop_builder_new(users, items);
    for (int32_t e = 0; e < events; e++) {
        const int32_t item = (int32_t)(rng_unit(&rng) * rng_unit(&rng) * (items - 1));
        shop_builder_buy(builder, (int32_t)rng_below(&rng, (uint32_t)users), item, MOMENT_NONE);
    }
    return shop_builder_finish(builder);
}

static struct model *trained(const struct dataset *dataset, int threads, const char *setting)
{
    char settings[64];

    snprintf(settings, sizeof settings, "lambda=5 %s", setting ? setting : "");
    return model_trained(dataset, &ease_kind, settings, threads);
}

/* ------------------------------------------------------------------------------ the slow twins */

static double value_of(enum ease_values values, float strength)
{
    return values == EASE_BINARY ? 1 : (double)strength;
}

/* (items, items): every pair of items summed over every user. */
static double *products(const struct dataset *d, enum ease_values values)
{
    const size_t n = (size_t)d->n_items;
    double *gram = calloc(n * n, sizeof *gram);

    assert_non_null(gram);
    for (int32_t u = 0; u < d->n_users; u++) {
        for (int64_t a = d->by_user.start[u]; a < d->by_user.start[u + 1]; a++) {
            for (int64_t b = d->by_user.start[u]; b < d->by_user.start[u + 1]; b++)
                gram[(size_t)d->by_user.column[a] * n + (size_t)d->by_user.column[b]] +=
                    value_of(values, d->by_user.value[a]) * value_of(values, d->by_user.value[b]);
        }
    }
    return gram;
}

/* Gauss and Jordan, without pivots: positive definite. */
static void invert(double *a, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const double pivot = a[k * n + k];
        a[k * n + k] = 1;
        for (size_t j = 0; j < n; j++)
            a[k * n + j] /= pivot;
        for (size_t i = 0; i < n; i++) {
            const double factor = a[i * n + k];
            if (i == k || factor == 0) continue;
            a[i * n + k] = 0;
            for (size_t j = 0; j < n; j++)
                a[i * n + j] -= factor * a[k * n + j];
        }
    }
}

/* B (items, items); rows and columns of items without buyers are 0. */
static double *weights(const struct dataset *d, enum ease_values values, double lambda)
{
    const size_t n = (size_t)d->n_items;
    double *b = products(d, values);

    for (size_t i = 0; i < n; i++)
        b[i * n + i] += lambda;
    invert(b, n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            if (i != j) b[i * n + j] /= -b[j * n + j];
    }
    for (size_t i = 0; i < n; i++)
        b[i * n + i] = 0;
    return b;
}

static void assert_near(double a, double b, double within)
{
    if (!(fabs(a - b) <= within)) fail_msg("%.12g is not %.12g", a, b);
}

/* --------------------------------------------------------------------------------------- parts */

static void test_products(void **state)
{
    const struct dataset *d = random_dataset(1, 60, 40, 900);
    const size_t n = (size_t)d->n_items;

    (void)state;
    for (enum ease_values values = EASE_BINARY; values <= EASE_STRENGTH; values++) {
        double *expected = products(d, values);
        for (int threads = 1; threads <= 3; threads++) {
            struct ease_items items;
            assert_true(ease_items_init(&items, d, 1000, NULL));
            const size_t m = (size_t)items.n;
            float *gram = calloc(m * m, sizeof *gram);
            assert_true(ease_gram(d, &items, values, threads, NULL, gram, NULL));
            for (size_t a = 0; a < m; a++) {
                for (size_t b = a; b < m; b++)
                    assert_near((double)gram[a * m + b],
                                expected[(size_t)items.item[a] * n + (size_t)items.item[b]], 0);
            }
            free(gram);
            ease_items_fini(&items);
        }
        free(expected);
    }
    dataset_release(d);
}

/* Random matrices around the sizes of blocks and tiles. */
static void test_inverse(void **state)
{
    static const int32_t sizes[] = { 0, 1, 2, 63, 255, 256, 257, 300, 513 };
    struct rng rng;

    (void)state;
    rng_init(&rng, 2);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const size_t n = (size_t)sizes[s], bytes = (n * n + 1) * sizeof(float);
        float *a = malloc(bytes), *one = malloc(bytes), *three = malloc(bytes);
        double *expected = malloc((n * n + 1) * sizeof *expected);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = i; j < n; j++) {
                double x = i == j ? (double)n / 8 + 4 + rng_unit(&rng) : rng_normal(&rng) / 4;
                a[i * n + j] = a[j * n + i] = (float)x;
                expected[i * n + j] = expected[j * n + i] = (double)(float)x;
            }
        }
        memcpy(one, a, n * n * sizeof *a);
        memcpy(three, a, n * n * sizeof *a);
        invert(expected, n);
        assert_true(ease_invert(one, sizes[s], 1, NULL, NULL));
        assert_true(ease_invert(three, sizes[s], 3, NULL, NULL));
        for (size_t i = 0; i < n; i++) {
            for (size_t j = i; j < n; j++)
                assert_near((double)one[i * n + j], -expected[i * n + j], 1e-6);
            assert_memory_equal(one + i * n + i, three + i * n + i, (n - i) * sizeof *one);
        }
        free(a);
        free(one);
        free(three);
        free(expected);
    }
}

static void test_not_definite(void **state)
{
    float a[4] = { 1, 2, 0, 1 };
    struct error error = { 0 };
    struct progress progress = { 0 };

    (void)state;
    assert_false(ease_invert(a, 2, 1, NULL, &error));
    assert_int_equal(error.code, ERROR_INPUT);
    assert_non_null(strstr(error.text, "lambda"));
    float b[4] = { 2, 1, 0, 2 };
    progress_cancel(&progress);
    assert_false(ease_invert(b, 2, 1, &progress, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
}

static void test_add_rows(void **state)
{
    enum { ROWS = 7, COLUMNS = 4500 };
    static float cells[ROWS][COLUMNS];
    static double sum[COLUMNS];
    const float *rows[ROWS];
    double weight[ROWS];
    struct rng rng;

    (void)state;
    rng_init(&rng, 3);
    for (int r = 0; r < ROWS; r++) {
        rows[r] = cells[r];
        weight[r] = (double)(float)rng_normal(&rng);
        for (int c = 0; c < COLUMNS; c++)
            cells[r][c] = (float)rng_normal(&rng);
    }
    for (int32_t n = 0; n <= ROWS; n++) {
        memset(sum, 0, sizeof sum);
        ease_add_rows(rows, weight, n, COLUMNS, sum);
        for (int c = 0; c < COLUMNS; c++) {
            double expected = 0;
            for (int32_t r = 0; r < n; r++)
                expected += weight[r] * (double)cells[r][c];
            assert_true(sum[c] == expected); /* to the last bit */
        }
    }
}

/* --------------------------------------------------------------------------------------- whole */

static double history_weight(const struct shopper *shopper, int32_t s, enum ease_values values,
                             double half)
{
    int32_t later = 0;

    if (half > 0) { /* items whose last event is after this one's */
        for (int32_t other = 0; other < shopper->n; other++) {
            int32_t mine = -1, its = -1;
            for (int32_t e = 0; e < shopper->n_events; e++) {
                if (shopper->events[e].item == shopper->item[s]) mine = e;
                if (shopper->events[e].item == shopper->item[other]) its = e;
            }
            later += its > mine;
        }
    }
    return value_of(values, shopper->strength[s]) * (half > 0 ? exp2(-later / half) : 1);
}

static void check_scores(const struct dataset *d, const struct model *model, const double *b,
                         enum ease_values values, double half)
{
    const size_t n = (size_t)d->n_items;
    float *scores = malloc(n * sizeof *scores);
    const struct receipt_limits cuts[] = { { 0, 0 }, { 3, 0 } };

    for (int32_t u = -1; u < d->n_users; u++) {
        struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
        assert_true(ease_kind.score(model, shopper, scores, NULL));
        for (int32_t i = 0; i < d->n_items; i++) {
            double expected = 0;
            for (int32_t s = 0; s < shopper->n; s++)
                expected += history_weight(shopper, s, values, half) *
                            b[(size_t)shopper->item[s] * n + (size_t)i];
            bool known = shopper->n > 0 && d->by_item.start[i + 1] > d->by_item.start[i];
            for (int c = 0; c < 2; c++) {
                struct receipt *r = ease_kind.open(model, shopper, i, &cuts[c], NULL);
                assert_true(known ? (float)r->value == scores[i] : r->value == 0);
                assert_true(receipt_residual(r) < 1e-9);
                assert_int_equal(r->n_children, !known                      ? 0
                                                : c == 0 || shopper->n <= 3 ? shopper->n
                                                                            : 4);
                receipt_free(r);
            }
            if (known)
                assert_near((double)scores[i], expected, 1e-5 * (1 + fabs(expected)));
            else
                assert_true(scores[i] == -INFINITY);
        }
        shopper_free(shopper);
    }
    free(scores);
}

static void test_scores(void **state)
{
    static const char *const settings[] = { NULL, "values=strength", "recency=2" };
    const struct dataset *d = random_dataset(4, 50, 40, 400);

    (void)state;
    for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
        const enum ease_values values = s == 1 ? EASE_STRENGTH : EASE_BINARY;
        struct model *model = trained(d, 2, settings[s]);
        double *b = weights(d, values, 5);
        check_scores(d, model, b, values, s == 2 ? 2 : 0);
        free(b);
        model_release(model);
    }
    dataset_release(d);
}

static void test_threads(void **state)
{
    const struct dataset *d = random_dataset(5, 900, 700, 9000);
    struct model *one = trained(d, 1, NULL), *three = trained(d, 3, NULL);
    const struct ease *a = (const struct ease *)one, *b = (const struct ease *)three;

    (void)state;
    assert_true(a->items.n > 600 && a->items.n == b->items.n);
    assert_memory_equal(a->weight, b->weight,
                        (size_t)a->items.n * (size_t)a->items.n * sizeof *a->weight);
    model_release(one);
    model_release(three);
    dataset_release(d);
}

/* The most bought items that fit, and the others are left out with a word. */
static void test_beyond_memory(void **state)
{
    const struct dataset *d = random_dataset(6, 400, 900, 9000);
    struct model *all = trained(d, 2, NULL), *some = trained(d, 2, "memory=1");
    const struct ease_items *a = &((const struct ease *)all)->items,
                            *b = &((const struct ease *)some)->items;
    float *scores = malloc((size_t)d->n_items * sizeof *scores);

    (void)state;
    assert_true(a->n > 512 && a->absent == 0);
    assert_int_equal(b->n, 512); /* 512 x 512 floats are 1 MB */
    assert_int_equal(b->absent, a->n - b->n);
    int64_t min_in = INT64_MAX, max_out = 0;
    for (int32_t i = 0; i < d->n_items; i++) {
        int64_t buyers = d->by_item.start[i + 1] - d->by_item.start[i];
        if (b->place[i] >= 0 && buyers < min_in) min_in = buyers;
        if (b->place[i] < 0 && buyers > max_out) max_out = buyers;
    }
    assert_true(min_in >= max_out);
    struct shopper *shopper = shopper_new(d, 0, MOMENT_NONE, NULL, NULL);
    assert_true(ease_kind.score(some, shopper, scores, NULL));
    for (int32_t i = 0; i < d->n_items; i++)
        assert_true((scores[i] > -INFINITY) == (b->place[i] >= 0));
    shopper_free(shopper);
    free(scores);
    model_release(all);
    model_release(some);
    dataset_release(d);
}

static void test_similar(void **state)
{
    const struct dataset *d = random_dataset(7, 50, 40, 600);
    struct model *model = trained(d, 2, NULL);
    double *b = weights(d, EASE_BINARY, 5);
    struct neighbour found[10];
    const size_t n = (size_t)d->n_items;

    (void)state;
    for (int32_t i = 0; i < d->n_items; i++) {
        int32_t rows = ease_kind.similar(model, i, 10, found, NULL);
        int32_t positive = 0;
        for (size_t j = 0; j < n; j++)
            positive += b[(size_t)i * n + j] > 1e-7;
        assert_true(rows >= (positive < 10 ? positive : 10) && rows <= 10);
        for (int32_t f = 0; f < rows; f++) {
            assert_near(found[f].similarity, b[(size_t)i * n + (size_t)found[f].id], 1e-5);
            assert_true(f == 0 || found[f].similarity <= found[f - 1].similarity);
            assert_true(found[f].id != i);
        }
    }
    assert_int_equal(ease_kind.similar(model, d->n_items, 3, found, NULL), -1);
    free(b);
    model_release(model);
    dataset_release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),      cmocka_unit_test(test_inverse),
        cmocka_unit_test(test_not_definite),  cmocka_unit_test(test_add_rows),
        cmocka_unit_test(test_scores),        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_beyond_memory), cmocka_unit_test(test_similar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
