/* Another engine's lists as a model: what went in comes out in its order, stored and loaded alike,
 * and receipts add up. */
#include <aisle/external.h>
#include <aisle/feed.h>
#include <aisle/rng.h>

#include "../support/feed_shop.h"
#include "../support/tape.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LENGTH = 6 };

/* Every user's list of LENGTH items, a different one for each; scores fall, or make no sense. */
static struct external_row *make_rows(uint64_t seed, bool fall, int64_t *n)
{
    struct external_row *rows = malloc(FEED_SHOP_USERS * (LENGTH + 1) * sizeof *rows);
    struct rng rng;

    assert_non_null(rows);
    rng_init(&rng, seed);
    *n = 0;
    for (int32_t user = 0; user < FEED_SHOP_USERS; user++) {
        const int32_t first = (int32_t)rng_below(&rng, FEED_SHOP_ITEMS);
        for (int32_t place = 1; place <= LENGTH; place++)
            rows[(*n)++] = (struct external_row){ user, (first + 7 * place) % FEED_SHOP_ITEMS,
                                                  place, fall ? 10 - place : rng_unit(&rng) };
        rows[*n] = rows[*n - 1]; /* the last once more, further down: does not count */
        rows[(*n)++].rank = 99;
    }
    for (int64_t i = *n - 1; i > 0; i--) { /* in any order */
        const int64_t other = (int64_t)rng_below(&rng, (uint32_t)i + 1);
        const struct external_row kept = rows[i];
        rows[i] = rows[other];
        rows[other] = kept;
    }
    return rows;
}

static void lists_are(const struct model *model, const struct dataset *dataset, uint64_t seed,
                      bool fall)
{
    const struct feed_options options = { .length = FEED_SHOP_ITEMS, .include_bought = true };
    struct rng rng;

    rng_init(&rng, seed);
    for (int32_t user = 0; user < FEED_SHOP_USERS; user++) {
        const int32_t first = (int32_t)rng_below(&rng, FEED_SHOP_ITEMS);
        struct shopper *shopper = shopper_new(dataset, user, MOMENT_NONE, NULL, NULL);
        struct feed *feed = shopper ? feed_new(model, shopper, &options, NULL) : NULL;
        assert_non_null(feed);
        assert_int_equal(feed ? feed->n : 0, LENGTH);
        for (int32_t r = 0; feed && r < LENGTH; r++) {
            assert_int_equal(feed->rows[r].item, (first + 7 * (r + 1)) % FEED_SHOP_ITEMS);
            const float wanted = fall ? (float)(9 - r) : (float)(1 / (double)(r + 1));
            assert_memory_equal(&feed->rows[r].score, &wanted, sizeof wanted);
            if (!fall) (void)rng_unit(&rng);
        }
        feed_free(feed);
        shopper_free(shopper);
    }
}

static void receipts_add_up(const struct model *model, const struct dataset *dataset)
{
    int explained = 0;

    for (int32_t user = -1; user < FEED_SHOP_USERS; user++) {
        struct shopper *shopper = shopper_new(dataset, user, MOMENT_NONE, NULL, NULL);
        float scores[FEED_SHOP_ITEMS];
        assert_true(external_kind.score(model, shopper, scores, NULL));
        for (int32_t item = 0; item < FEED_SHOP_ITEMS; item++) {
            const struct receipt_limits limits = { .children = item % 3, .levels = item % 4 };
            struct receipt *receipt = external_kind.open(model, shopper, item, &limits, NULL);
            assert_non_null(receipt);
            assert_true(receipt_residual(receipt) < 1e-9);
            const bool listed = scores[item] > -INFINITY;
            assert_true(fabs(receipt->value - (listed ? (double)scores[item] : 0)) < 1e-9);
            assert_int_equal(receipt->n_children, listed && limits.levels != 0 ? 1 : listed);
            explained += receipt->n_children && receipt->children[0].kind == RECEIPT_MODEL;
            receipt_free(receipt);
        }
        shopper_free(shopper);
    }
    assert_true(explained > 20);
}

static void test_lists(void **state)
{
    (void)state;
    const struct dataset *dataset = feed_shop(5);

    for (int fall = 0; fall < 2; fall++) {
        int64_t n;
        struct external_row *rows = make_rows(8, fall, &n);
        struct model *model = external_new(dataset, slice_of("als"), rows, n, NULL);
        assert_non_null(model);
        lists_are(model, dataset, 8, fall);
        receipts_add_up(model, dataset);
        free(rows);
        model_release(model);
    }
    dataset_release(dataset);
}

/* ------------------------------------------------------------------------------------- storing */

static void test_stored(void **state)
{
    (void)state;
    const struct dataset *dataset = feed_shop(5);
    int64_t n;
    struct external_row *rows = make_rows(8, true, &n);
    struct model *model = external_new(dataset, slice_of("als"), rows, n, NULL);

    assert_non_null(model);
    struct tape tape = tape_of(model);
    struct model *again = tape_load(&tape, model);
    assert_non_null(again);
    lists_are(again, dataset, 8, true);
    model_release(again);
    tape_refuses_damage(&tape, model, 1);
    tape_fini(&tape);
    free(rows);
    model_release(model);
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_lists),
                                        cmocka_unit_test(test_stored) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
