/* Tuning: what was tried is tried once, the best is the best, the same search gives the same, time
 * and cancelling are heeded; the test split is not looked at. */
#include <aisle/rng.h>
#include <aisle/tune.h>

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

enum { USERS = 60, ITEMS = 30 };

/* Each next purchase is the neighbour of the one before: recency tells a lot. `last` = what the
 * users buy at last. */
static const struct dataset *random_dataset(uint64_t seed, int32_t last)
{
    struct rng rng;

    rng_init(&rng, seed);
    struct dataset_builder *builder = shop_builder_new(USERS, ITEMS + 1);
    for (int32_t u = 0; u < USERS; u++) {
        int32_t item = (int32_t)rng_below(&rng, ITEMS);
        for (int32_t e = 0; e < 9; e++) {
            shop_builder_buy(builder, u, e == 8 && last >= 0 ? last : item, 1600000000 + e * 86400);
            item = (item + 1 + (int32_t)rng_below(&rng, 2)) % ITEMS;
        }
    }
    return shop_builder_finish(builder);
}

static struct tuning *tuned(const struct dataset *dataset, const char *name, double seconds)
{
    const struct model_kind *kind = model_kind_find(name, NULL);
    struct tuning_options options;

    tuning_options_init(&options);
    options.seconds = seconds;
    struct tuning *tuning = tuning_new(dataset, kind, NULL, &options, NULL, NULL);
    assert_non_null(tuning);
    return tuning;
}

static bool same_settings(const struct tuning_try *a, const struct tuning_try *b)
{
    return strcmp(a->candidate.label, b->candidate.label) == 0;
}

static void test_search(void **state)
{
    const struct dataset *d = random_dataset(1, -1), *other = random_dataset(1, ITEMS);
    struct tuning *tuning = tuned(d, "item-cf", 0), *again = tuned(d, "item-cf", 0);
    struct tuning *elsewhere = tuned(other, "item-cf", 0);

    (void)state;
    assert_true(tuning->n > 20 && !tuning->out_of_time);
    assert_int_equal(tuning->n_users, USERS);
    assert_string_equal(tuning->tries[0].candidate.label, "item-cf");
    for (int32_t t = 0; t < tuning->n; t++) {
        assert_true(tuning->tries[t].ndcg <= tuning->tries[tuning->best].ndcg + 5e-4);
        for (int32_t s = 0; s < t; s++)
            assert_false(same_settings(&tuning->tries[s], &tuning->tries[t]));
    }
    assert_true(tuning->tries[tuning->best].ndcg > tuning->tries[0].ndcg + 0.05);
    assert_true(parameters_get(&tuning->tries[tuning->best].candidate.parameters, "recency") > 0);
    assert_int_equal(tuning->n, again->n); /* what the last purchases are changes nothing */
    assert_int_equal(tuning->n, elsewhere->n);
    for (int32_t t = 0; t < tuning->n; t++) {
        assert_true(same_settings(&tuning->tries[t], &again->tries[t]));
        assert_true(tuning->tries[t].ndcg == again->tries[t].ndcg);
        assert_true(same_settings(&tuning->tries[t], &elsewhere->tries[t]));
    }
    tuning_free(tuning);
    tuning_free(again);
    tuning_free(elsewhere);
    dataset_release(d);
    dataset_release(other);
}

static void test_limits(void **state)
{
    const struct dataset *d = random_dataset(2, -1);
    const struct model_kind *ease = model_kind_find("ease", NULL);
    struct tuning *tuning = tuned(d, "ease", 1e-6);
    struct tuning_options options;
    struct progress progress = { 0 };
    struct error error = { 0 };

    (void)state;
    assert_int_equal(tuning->n, 1); /* the start is always measured */
    assert_true(tuning->out_of_time);
    tuning_free(tuning);
    tuning_options_init(&options);
    progress_cancel(&progress);
    assert_null(tuning_new(d, ease, NULL, &options, &progress, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    assert_null(tuning_new(d, model_kind_find("attention", NULL), NULL, &options, NULL, &error));
    assert_int_equal(error.code, ERROR_USAGE);
    dataset_release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
