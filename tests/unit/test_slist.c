/* The linear model of sequences against its definition: rows S and T written out split by split,
 * the ridge regression by elimination in double, scores, parts of a score; stored, and on any
 * number of threads. */
#include "model/slist.h"

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

/* Users with up to 12 events each, some items twice; the last item is never bought. */
static const struct dataset *random_dataset(uint64_t seed, int32_t users, int32_t items)
{
    struct rng rng;

    rng_init(&rng, seed);
    struct dataset_builder *builder = shop_builder_new(users, items);
    for (int32_t u = 0; u < users; u++) {
        int32_t item = (int32_t)rng_below(&rng, (uint32_t)items - 1);
        for (uint32_t e = 0, n = rng_below(&rng, 13); e < n; e++) {
            shop_builder_buy(builder, u, item, 1000 * (int64_t)u + (int64_t)e);
            item = rng_unit(&rng) < 0.6 ? (item * 3 + 1) % (items - 1)
                                        : (int32_t)rng_below(&rng, (uint32_t)items - 1);
        }
    }
    return shop_builder_finish(builder);
}

static void assert_near(double a, double b, double within)
{
    if (!(fabs(a - b) <= within)) fail_msg("%.12g is not %.12g", a, b);
}

/* X (n, n) of A X = C, A (n, n) positive definite: Gauss and Jordan. */
static void solve(double *a, double *c, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const double pivot = a[k * n + k];
        for (size_t j = 0; j < n; j++) {
            a[k * n + j] /= pivot;
            c[k * n + j] /= pivot;
        }
        for (size_t i = 0; i < n; i++) {
            const double factor = a[i * n + k];
            if (i == k) continue;
            for (size_t j = 0; j < n; j++) {
                a[i * n + j] -= factor * a[k * n + j];
                c[i * n + j] -= factor * c[k * n + j];
            }
        }
    }
}

/* B (items, items) by the definition: every split's rows of S and T, multiplied out. */
static double *weights(const struct dataset *d, double g, double h, double lambda)
{
    const size_t n = (size_t)d->n_items;
    double *a = calloc(n * n, sizeof *a), *c = calloc(n * n, sizeof *c);
    double *source = malloc(n * sizeof *source), *target = malloc(n * sizeof *target);

    for (int32_t u = 0; u < d->n_users; u++) {
        const int64_t begin = d->sequence[u], m = d->sequence[u + 1] - begin;
        for (int64_t t = 0; t + 1 < m; t++) {
            memset(source, 0, n * sizeof *source);
            memset(target, 0, n * sizeof *target);
            for (int64_t p = 0; p <= t; p++)
                source[d->event_item[begin + p]] += pow(g, (double)(t - p));
            for (int64_t q = t + 1; q < m; q++)
                target[d->event_item[begin + q]] += pow(h, (double)(q - t - 1));
            for (size_t i = 0; i < n; i++) {
                for (size_t j = 0; j < n; j++) {
                    a[i * n + j] += source[i] * source[j];
                    c[i * n + j] += source[i] * target[j];
                }
            }
        }
    }
    for (size_t i = 0; i < n; i++)
        a[i * n + i] += lambda;
    solve(a, c, n);
    free(a);
    free(source);
    free(target);
    return c;
}

static double expected_score(const struct dataset *d, const double *b, int32_t user, int32_t item,
                             double g)
{
    double sum = 0, weight = 1;

    for (int64_t e = d->sequence[user + 1]; e-- > d->sequence[user]; weight *= g)
        sum += weight * b[(size_t)d->event_item[e] * (size_t)d->n_items + (size_t)item];
    return sum;
}

static void check_scores(const struct dataset *d, const struct model *model, const double *b,
                         double g)
{
    float *scores = malloc((size_t)d->n_items * sizeof *scores);

    for (int32_t u = 0; u < d->n_users; u++) {
        struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
        assert_true(slist_kind.score(model, shopper, scores, NULL));
        for (int32_t i = 0; i < d->n_items; i++) {
            const double expected = expected_score(d, b, u, i, g);
            const bool is_scored = scores[i] > -INFINITY;
            struct receipt *receipt = slist_kind.open(model, shopper, i, NULL, NULL);
            assert_near(is_scored ? (double)scores[i] : 0, expected, 2e-4);
            assert_near(receipt->value, is_scored ? (double)scores[i] : 0, 1e-6);
            assert_true(receipt_residual(receipt) < 1e-9);
            receipt_free(receipt);
        }
        shopper_free(shopper);
    }
    free(scores);
}

static void scores_follow_the_definition(void **state)
{
    static const struct {
        const char *settings;
        double g, h;
    } cases[] = {
        { "lambda=5 decay=0.8 target_decay=0", 0.8, 0 },
        { "lambda=5 decay=0.6 target_decay=0.9", 0.6, 0.9 },
        { "lambda=5 decay=0.7 target_decay=0.7", 0.7, 0.7 },
    };
    const struct dataset *d = random_dataset(1, 80, 40);

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double *b = weights(d, cases[c].g, cases[c].h, 5);
        for (int threads = 1; threads <= 3; threads += 2) {
            struct model *model = model_trained(d, &slist_kind, cases[c].settings, threads);
            check_scores(d, model, b, cases[c].g);
            model_release(model);
        }
        free(b);
    }
    dataset_release(d);
}

/* Only the largest weights of a row are there, each as without the limit. */
static void largest_weights_are_kept(void **state)
{
    const struct dataset *d = random_dataset(2, 200, 60);
    struct model *all = model_trained(d, &slist_kind, "lambda=5 weights=1000", 2),
                 *some = model_trained(d, &slist_kind, "lambda=5 weights=7", 2);
    const struct sparse *a = &((const struct slist *)all)->weight,
                        *b = &((const struct slist *)some)->weight;

    (void)state;
    for (int32_t row = 0; row < a->n_rows; row++) {
        float kept_min = INFINITY, left_max = 0;
        assert_int_equal(b->start[row + 1] - b->start[row], 7);
        for (int64_t e = a->start[row]; e < a->start[row + 1]; e++) {
            const int64_t kept = sparse_find(b, row, a->column[e]);
            if (kept >= 0) assert_true(b->value[kept] == a->value[e]);
            if (kept >= 0) kept_min = fminf(kept_min, fabsf(a->value[e]));
            if (kept < 0) left_max = fmaxf(left_max, fabsf(a->value[e]));
        }
        assert_true(kept_min >= left_max);
    }
    model_release(all);
    model_release(some);
    dataset_release(d);
}

static void threads_change_no_bit(void **state)
{
    const struct dataset *d = random_dataset(3, 900, 700);
    struct model *one = model_trained(d, &slist_kind, "", 1),
                 *three = model_trained(d, &slist_kind, "", 3);
    const struct sparse *a = &((const struct slist *)one)->weight,
                        *b = &((const struct slist *)three)->weight;

    (void)state;
    assert_int_equal(sparse_entries(a), sparse_entries(b));
    assert_memory_equal(a->column, b->column, (size_t)sparse_entries(a) * sizeof *a->column);
    assert_memory_equal(a->value, b->value, (size_t)sparse_entries(a) * sizeof *a->value);
    model_release(one);
    model_release(three);
    dataset_release(d);
}

/* The order of purchases matters, and the newest counts most. */
static void order_counts(void **state)
{
    struct dataset_builder *builder = shop_builder_new(40, 4);

    (void)state;
    for (int32_t u = 0; u < 40; u++) { /* 0 then 1 then 2; 3 beside them */
        for (int32_t i = 0; i < 3; i++)
            shop_builder_buy(builder, u, i, 10 * u + i);
        if (u % 4 == 0) shop_builder_buy(builder, u, 3, 10 * u + 5);
    }
    const struct dataset *d = shop_builder_finish(builder);
    struct model *model = model_trained(d, &slist_kind, "lambda=1 target_decay=0", 1);
    const int32_t bought = 0;
    const struct shopper_changes changes = { .with = &bought, .n_with = 1 };
    struct shopper *shopper = shopper_new(d, -1, MOMENT_NONE, &changes, NULL);
    float scores[4];

    assert_true(slist_kind.score(model, shopper, scores, NULL));
    assert_true(scores[1] > scores[2] && scores[1] > 0.5F);
    shopper_free(shopper);
    struct neighbour next[4];
    assert_true(slist_kind.similar(model, 1, 4, next, NULL) >= 1);
    assert_int_equal(next[0].id, 2);
    assert_int_equal(slist_kind.similar(model, 4, 4, next, NULL), -1);
    model_release(model);
    dataset_release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_follow_the_definition),
        cmocka_unit_test(largest_weights_are_kept),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(order_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
