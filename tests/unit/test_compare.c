/* Rank-biased overlap against its definition, and comparisons against the lists they are of. */
#include <aisle/compare.h>
#include <aisle/rng.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/feed_shop.h"

enum { LENGTH = 6 };

static int32_t overlap(const int32_t *a, int32_t n_a, const int32_t *b, int32_t n_b)
{
    int32_t n = 0;
    for (int32_t i = 0; i < n_a; i++)
        for (int32_t j = 0; j < n_b; j++)
            n += a[i] == b[j];
    return n;
}

/* Lists of one length k: the agreement of each depth to k, and of depth k from there on. */
static double rbo_of_equals(const int32_t *a, const int32_t *b, int32_t k, double p)
{
    double sum = 0;
    for (int32_t d = 1; d <= k; d++)
        sum += (1 - p) * pow(p, d - 1) * overlap(a, d, b, d) / d;
    return sum + pow(p, k) * overlap(a, k, b, k) / k;
}

static void shuffled(struct rng *rng, int32_t *items, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        items[i] = i;
    for (int32_t i = n - 1; i > 0; i--) {
        const int32_t j = (int32_t)rng_below(rng, (uint32_t)i + 1), swap = items[i];
        items[i] = items[j];
        items[j] = swap;
    }
}

static void rbo_is_its_definition(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 4);
    for (int round = 0; round < 500; round++) {
        int32_t a[20], b[20];
        const int32_t n = 1 + (int32_t)rng_below(&rng, 12);
        shuffled(&rng, a, 20);
        shuffled(&rng, b, 20);
        const double got = rank_biased_overlap(a, n, b, n, 0.9);
        assert_true(fabs(got - rbo_of_equals(a, b, n, 0.9)) < 1e-12);
        assert_true(fabs(got - rank_biased_overlap(b, n, a, n, 0.9)) < 1e-12);
        assert_true(fabs(rank_biased_overlap(a, n, a, n, 0.9) - 1) < 1e-12);
        /* A list and its beginning agree on all there is to compare. */
        assert_true(fabs(rank_biased_overlap(a, 12, a, n, 0.9) - 1) < 1e-12);
        const double uneven = rank_biased_overlap(a, 12, b, n, 0.9);
        assert_true(uneven >= 0 && uneven <= 1 + 1e-12);
        assert_true(fabs(uneven - rank_biased_overlap(b, n, a, 12, 0.9)) < 1e-12);
    }
    const int32_t a[] = { 1, 2, 3 }, b[] = { 4, 5, 6 };
    assert_true(rank_biased_overlap(a, 3, b, 3, 0.9) == 0);
    assert_true(rank_biased_overlap(a, 3, b, 0, 0.9) == 0);
    assert_true(rank_biased_overlap(a, 0, b, 0, 0.9) == 1);
}

static double share_in(const struct compare_side *list_request, const struct compare_row *row)
{
    struct receipt *receipt = feed_explain(list_request->feed, list_request->model,
                                           list_request->shopper, row->move.item, NULL, NULL);
    double value = 0, all = 0;
    for (int32_t c = 0; c < receipt->n_children; c++) {
        const struct receipt *child = &receipt->children[c];
        all += fabs(child->value);
        if (child->kind == row->part && child->item == row->part_item &&
            child->user == row->part_user)
            value = child->value;
    }
    receipt_free(receipt);
    return all > 0 ? value / all : 0;
}

static void comparisons_are_of_their_lists(void **state)
{
    (void)state;
    const struct dataset *dataset = feed_shop(2);
    struct model *one = feed_shop_model(dataset, "item-cf", "");
    struct model *two = feed_shop_model(dataset, "ease", "");
    const struct feed_options options = { .length = LENGTH };
    for (int32_t u = 0; u < FEED_SHOP_USERS; u++) {
        struct shopper *shopper = shopper_new(dataset, u, MOMENT_NONE, NULL, NULL);
        const struct compare_side a = { one, shopper, feed_new(one, shopper, &options, NULL),
                                        &options };
        const struct compare_side b = { two, shopper, feed_new(two, shopper, &options, NULL),
                                        &options };
        struct comparison *comparison = comparison_new(&a, &b, 100, NULL);
        int32_t both = 0, items_a[LENGTH], items_b[LENGTH];
        for (int32_t r = 0; r < a.feed->n; r++)
            items_a[r] = a.feed->rows[r].item;
        for (int32_t r = 0; r < b.feed->n; r++)
            items_b[r] = b.feed->rows[r].item;
        both = overlap(items_a, a.feed->n, items_b, b.feed->n);
        assert_int_equal(comparison->n, a.feed->n + b.feed->n - both);
        assert_int_equal(comparison->entered, b.feed->n - both);
        assert_int_equal(comparison->left, a.feed->n - both);
        assert_true(fabs(comparison->rbo -
                         rank_biased_overlap(items_a, a.feed->n, items_b, b.feed->n, 0.9)) < 1e-12);
        for (int32_t r = 0; r < comparison->n; r++) {
            const struct compare_row *row = &comparison->rows[r];
            assert_true(fabs(row->part_before) <= 1 && fabs(row->part_after) <= 1);
            if (row->part_before == row->part_after) continue;
            if (feed_score(a.feed, row->move.item) > -INFINITY)
                assert_true(fabs(share_in(&a, row) - row->part_before) < 1e-9);
            if (feed_score(b.feed, row->move.item) > -INFINITY)
                assert_true(fabs(share_in(&b, row) - row->part_after) < 1e-9);
        }
        comparison_free(comparison);
        feed_free((struct feed *)(uintptr_t)a.feed);
        feed_free((struct feed *)(uintptr_t)b.feed);
        shopper_free(shopper);
    }
    model_release(one);
    model_release(two);
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rbo_is_its_definition),
        cmocka_unit_test(comparisons_are_of_their_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
