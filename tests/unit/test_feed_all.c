/* Everybody's lists are those of feed_new(), one by one; product against the obvious loops. */
#include <aisle/feed_all.h>
#include <aisle/rng.h>
#include <aisle/similarity.h>
#include <aisle/sparse_product.h>

#include "../support/feed_shop.h"
#include "../support/shop_builder.h"
#include "core/product_kernel.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ----------------------------------------------------------------------------------- product */

enum { LISTS = 60, ENTRIES_MAX = 2000 };

struct cache { /* random lists over n ids, some of them dense rows */
    int32_t n;
    int64_t start[LISTS + 1];
    int32_t *id;
    float *value;
};

static void fill_shelf(struct cache *cache, int32_t n, struct rng *rng)
{
    int64_t at = 0;

    cache->n = n;
    cache->id = malloc(LISTS * ENTRIES_MAX * sizeof *cache->id);
    cache->value = malloc(LISTS * ENTRIES_MAX * sizeof *cache->value);
    assert_true(cache->id && cache->value);
    for (int32_t list = 0; list < LISTS; list++) {
        const double share = list % 9 == 4 ? 0.4 : 30.0 / n;
        cache->start[list] = at;
        for (int32_t id = 0; id < n && at - cache->start[list] < ENTRIES_MAX; id++) {
            if (rng_unit(rng) >= share) continue;
            cache->id[at] = id;
            cache->value[at++] = (float)(1 + rng_below(rng, 4)) / 4; /* equal sums happen */
        }
    }
    cache->start[LISTS] = at;
}

static int32_t obvious(const struct cache *cache, const struct product_query *shopper, int32_t k,
                       int32_t *id, float *scores)
{
    double *sum = calloc((size_t)cache->n + 1, sizeof *sum);

    assert_non_null(sum);
    for (int32_t r = 0; r < shopper->n; r++) {
        const int32_t list = shopper->list[r];
        for (int64_t e = cache->start[list]; e < cache->start[list + 1]; e++)
            sum[cache->id[e]] += (double)cache->value[e] * shopper->weight[r];
    }
    for (int32_t i = 0; i < cache->n; i++)
        scores[i] = sum[i] > 0 ? (float)sum[i] : -INFINITY;
    for (int32_t i = 0; i < shopper->n_skip; i++)
        scores[shopper->skip[i]] = -INFINITY;
    free(sum);
    return top_k(scores, cache->n, k < cache->n ? k : cache->n, id);
}

static void product_random(const struct cache *cache, const struct product_lists *lists, int32_t k,
                           struct rng *rng)
{
    enum { SHOPPERS = 8, MAX = 20, CAPACITY = 20000 };
    static int32_t id[SHOPPERS * CAPACITY], wanted[CAPACITY];
    static float score[SHOPPERS * CAPACITY], scores[CAPACITY];
    int32_t list[SHOPPERS][MAX], skip[SHOPPERS][MAX], count[SHOPPERS];
    struct product_query shoppers[SHOPPERS];
    double weight[SHOPPERS][MAX];

    for (int s = 0; s < SHOPPERS; s++) {
        const int32_t n = (int32_t)rng_below(rng, MAX + 1);
        int32_t n_skip = 0;
        for (int32_t r = 0; r < n; r++) { /* of every second one in order, as they are from users */
            list[s][r] = (int32_t)rng_below(rng, s % 2 ? LISTS : LISTS / MAX);
            if (s % 2 == 0) list[s][r] += r * (LISTS / MAX);
            weight[s][r] =
                s % 4 < 2 ? (double)(1 + rng_below(rng, 5)) : (double)(float)(rng_unit(rng) + 1e-9);
        }
        for (int32_t i = 0; i < cache->n && n_skip < n / 2; i += 1 + (int32_t)rng_below(rng, 300))
            skip[s][n_skip++] = i;
        shoppers[s] = (struct product_query){ list[s], weight[s], n, skip[s], n_skip };
    }
    assert_true(product_top_k(lists, shoppers, SHOPPERS, k, id, score, count, NULL));
    for (int s = 0; s < SHOPPERS; s++) {
        const int32_t *found = id + s * k;
        assert_int_equal(count[s], obvious(cache, &shoppers[s], k, wanted, scores));
        assert_memory_equal(found, wanted, (size_t)count[s] * sizeof *found);
        for (int32_t i = 0; i < count[s]; i++)
            assert_memory_equal(&score[s * k + i], &scores[found[i]], sizeof *score);
    }
}

static void test_sparse_product(void **state)
{
    (void)state;
    static const int32_t sizes[] = { 1, 7, 300, 2100, 5000, 20000 },
                         lengths[] = { 0, 1, 3, 50, 6000 };
    struct cache cache;
    struct rng rng;

    rng_init(&rng, 5);
    for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++) {
        struct product_lists lists;
        fill_shelf(&cache, sizes[size], &rng);
        for (int dense_rows = 0; dense_rows < 2; dense_rows++) {
            assert_true(product_lists_init(&lists, LISTS, cache.n, cache.start, cache.id,
                                           cache.value, dense_rows, NULL));
            assert_true(sizes[size] < 300 || (lists.dense_row[4] >= 0) == dense_rows);
            for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
                for (int round = 0; round < 10; round++)
                    product_random(&cache, &lists, lengths[l], &rng);
            product_lists_fini(&lists);
        }
        free(cache.id);
        free(cache.value);
    }
}

/* Every version finds what the plain one finds, and clears. */
static void test_scans(void **state)
{
    (void)state;
    enum { N = 75 };
    double sum[N], again[N], value[2][N + 1];
    int32_t found[2][N + 1];
    float row[N];
    struct rng rng;
    const struct product_kernel plain = product_kernel_of(0);

    rng_init(&rng, 3);
    for (int level = 1; level <= 2; level++) {
        const struct product_kernel kernel = product_kernel_of(level);
        for (int round = 0; kernel.scan && round < 200; round++) {
            const int32_t begin = (int32_t)rng_below(&rng, N);
            const int32_t end = begin + (int32_t)rng_below(&rng, (uint32_t)(N - begin) + 1);
            for (int32_t i = 0; i < N; i++) {
                sum[i] = again[i] = (double)rng_below(&rng, 5) / 2;
                row[i] = (float)rng_unit(&rng);
            }
            plain.add(sum, row, end, 0.3);
            kernel.add(again, row, end, 0.3);
            assert_memory_equal(sum, again, sizeof sum);
            int32_t n = plain.scan(sum, 0.5, begin, end, found[0], value[0]);
            assert_int_equal(kernel.scan(again, 0.5, begin, end, found[1], value[1]), n);
            assert_memory_equal(found[0], found[1], (size_t)n * sizeof **found);
            assert_memory_equal(value[0], value[1], (size_t)n * sizeof **value);
            assert_memory_equal(sum, again, sizeof sum);
        }
    }
    assert_non_null(product_best_kernel().scan);
}

/* The same with dense rows; numbers whose sums are exact. */
static void test_hubs(void **state)
{
    (void)state;
    enum { N = 203, HUBS = 3 };
    float sum[N], again[N], value[2][N + 1], row[HUBS][N];
    const float *rows[HUBS] = { row[0], row[1], row[2] }, weight[HUBS] = { 1, 0.5f, 3 };
    int32_t found[2][N + 1];
    struct rng rng;
    const struct product_kernel plain = product_kernel_of(0);

    rng_init(&rng, 4);
    for (int level = 1; level <= 2; level++) {
        const struct product_kernel kernel = product_kernel_of(level);
        for (int round = 0; kernel.scan_dense && round < 200; round++) {
            const int32_t begin = (int32_t)rng_below(&rng, N);
            const int32_t end = begin + (int32_t)rng_below(&rng, (uint32_t)(N - begin) + 1);
            for (int32_t i = 0; i < N; i++) {
                sum[i] = again[i] = rng_below(&rng, 9) ? (float)rng_below(&rng, 5) / 2 : -INFINITY;
                for (int h = 0; h < HUBS; h++)
                    row[h][i] = (float)rng_below(&rng, 8) / 4;
            }
            const int32_t n =
                plain.scan_dense(sum, rows, weight, HUBS, 5, begin, end, found[0], value[0]);
            assert_int_equal(
                kernel.scan_dense(again, rows, weight, HUBS, 5, begin, end, found[1], value[1]), n);
            assert_memory_equal(found[0], found[1], (size_t)n * sizeof **found);
            assert_memory_equal(value[0], value[1], (size_t)n * sizeof **value);
            assert_memory_equal(sum, again, sizeof sum);
        }
    }
}

/* ----------------------------------------------------------------------------- everybody's list */

static void one_is_right(const struct feed_lists *lists, int32_t at, const struct model *model,
                         const struct dataset *dataset, int32_t user,
                         const struct feed_options *options)
{
    struct shopper *shopper = shopper_new(dataset, user, MOMENT_NONE, NULL, NULL);
    assert_non_null(shopper);
    struct feed *feed = feed_new(model, shopper, options, NULL);
    assert_non_null(feed);
    assert_int_equal(lists->count[at], feed->n);
    for (int32_t r = 0; r < feed->n; r++) {
        const size_t row = (size_t)at * (size_t)lists->length + (size_t)r;
        assert_int_equal(lists->item[row], feed->rows[r].item);
        assert_memory_equal(&lists->score[row], &feed->rows[r].score, sizeof(float));
    }
    feed_free(feed);
    shopper_free(shopper);
}

static void all_are(const struct model *model, const struct dataset *dataset,
                    const struct feed_options *options)
{
    static const int32_t some[] = { 7, 3, 3, 39 };
    struct feed_lists lists;

    for (int threads = 1; threads <= 3; threads += 2) {
        assert_true(
            feed_all(model, dataset, NULL, dataset->n_users, options, threads, NULL, &lists, NULL));
        assert_int_equal(lists.n, dataset->n_users);
        for (int32_t user = 0; user < dataset->n_users; user++)
            one_is_right(&lists, user, model, dataset, user, options);
        feed_lists_fini(&lists);
    }
    assert_true(feed_all(model, dataset, some, 4, options, 1, NULL, &lists, NULL));
    for (int32_t at = 0; at < 4; at++)
        one_is_right(&lists, at, model, dataset, some[at], options);
    feed_lists_fini(&lists);
}

static void all_are_right(const struct model *model, const struct dataset *dataset, int32_t length,
                          bool include_bought)
{
    struct feed_options options = { .length = length, .include_bought = include_bought };
    struct feed_settings settings;

    all_are(model, dataset, &options);
    feed_settings_init(&settings);
    for (int all = 0; all < 2; all++) { /* a pipeline that does nothing, one that does */
        if (all) settings.repeat = REPEAT_ALWAYS;
        const struct pipeline *pipeline = pipeline_new(dataset, &settings, NULL, 0, NULL);
        assert_non_null(pipeline);
        options.pipeline = pipeline;
        options.now = dataset->last_time + 400 * 86400;
        all_are(model, dataset, &options);
        pipeline_release(pipeline);
    }
}

static const char *const models[][2] = {
    { "item-cf", "k=5" },
    { "item-cf", "weighting=bm25" },
    { "user-cf", "k=7" },
    { "user-cf", "shrinkage=2" },
    { "user-cf", "weighting=tfidf" },
    { "popular", "" },
    { "popular", "half_life=40" },
    { "ease", "" },
};

static void test_everybody(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        const struct dataset *dataset = feed_shop(seed);
        for (size_t m = 0; m < sizeof models / sizeof *models; m++) {
            struct model *model = feed_shop_model(dataset, models[m][0], models[m][1]);
            all_are_right(model, dataset, 5, false);
            all_are_right(model, dataset, 5, true);
            all_are_right(model, dataset, 0, false);
            all_are_right(model, dataset, FEED_SHOP_ITEMS + 10, false);
            model_release(model);
        }
        dataset_release(dataset);
    }
}

/* A shop that has users, items and purchases which the model has not seen. */
static const struct dataset *grown(const struct dataset *before)
{
    const int32_t users = before->n_users + 5, items = before->n_items + 3;
    struct dataset_builder *builder = shop_builder_new(users, items);

    for (int32_t u = 0; u < users; u++) {
        for (int32_t i = u % 7; i < items; i += 5)
            shop_builder_buy(builder, u, i, i);
    }
    return shop_builder_finish(builder);
}

static void test_later_data(void **state)
{
    (void)state;
    const struct dataset *before = feed_shop(9), *after = grown(before);

    for (size_t m = 0; m < sizeof models / sizeof *models; m++) {
        struct model *model = feed_shop_model(before, models[m][0], models[m][1]);
        all_are_right(model, after, 6, false);
        model_release(model);
    }
    dataset_release(before);
    dataset_release(after);
}

static void test_cancelled(void **state)
{
    (void)state;
    const struct dataset *dataset = feed_shop(2);
    struct model *model = feed_shop_model(dataset, "item-cf", "");
    const struct feed_options options = { .length = 5 };
    struct progress progress = { 0 };
    struct feed_lists lists;
    struct error error = { 0 };

    progress_cancel(&progress);
    assert_false(
        feed_all(model, dataset, NULL, dataset->n_users, &options, 1, &progress, &lists, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    assert_null(lists.item);
    model_release(model);
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sparse_product), cmocka_unit_test(test_scans),
        cmocka_unit_test(test_hubs),           cmocka_unit_test(test_everybody),
        cmocka_unit_test(test_later_data),     cmocka_unit_test(test_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
