/* The smallest set of purchases against every set there is, tried one after the other. */
#include <aisle/counterfactual.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/feed_shop.h"

enum { LENGTH = 4, BOUGHT_MAX = 9 };
static const struct feed_options options = { .length = LENGTH };

/* Whether the item is listed without a set of purchases, given as bits. */
static bool listed_without(const struct dataset *dataset, const struct model *model,
                           const struct shopper *shopper, int32_t item, unsigned set)
{
    int32_t without[BOUGHT_MAX];
    struct shopper_changes changes = { .without = without };
    for (int32_t s = 0; s < shopper->n; s++)
        if (set >> s & 1) without[changes.n_without++] = shopper->item[s];
    struct shopper *less = shopper_new(dataset, shopper->user, MOMENT_NONE, &changes, NULL);
    struct feed *feed = feed_new(model, less, &options, NULL);
    const bool listed = feed->place[item] > 0;
    feed_free(feed);
    shopper_free(less);
    return listed;
}

static int bits(unsigned set)
{
    int n = 0;
    for (; set; set >>= 1)
        n += (int)(set & 1);
    return n;
}

/* The size of the smallest set; 0 = none. */
static int brute_force(const struct dataset *dataset, const struct model *model,
                       const struct shopper *shopper, int32_t item)
{
    for (int size = 1; size <= shopper->n; size++)
        for (unsigned set = 1; set < 1U << shopper->n; set++)
            if (bits(set) == size && !listed_without(dataset, model, shopper, item, set))
                return size;
    return 0;
}

static unsigned set_of(const struct counterfactual *answer, const struct shopper *shopper)
{
    unsigned set = 0;
    for (int32_t i = 0; i < answer->n; i++)
        set |= 1U << shopper_find(shopper, answer->purchase[i]);
    return set;
}

/* Where it stands then, and what comes instead, is what the list without them says. */
static void check_what_if(const struct dataset *dataset, const struct model *model,
                          const struct shopper *shopper, const struct counterfactual *answer)
{
    const struct shopper_changes changes = { .without = answer->purchase, .n_without = answer->n };
    struct shopper *less = shopper_new(dataset, shopper->user, MOMENT_NONE, &changes, NULL);
    struct feed *now = feed_new(model, shopper, &options, NULL);
    struct feed *then = feed_new(model, less, &options, NULL);
    int32_t instead = -1;
    for (int32_t r = 0; r < then->n && instead < 0; r++)
        if (now->place[then->rows[r].item] == 0) instead = then->rows[r].item;
    assert_int_equal(answer->rank_then, feed_rank(then, answer->item));
    assert_int_equal(answer->instead, instead);
    feed_free(now);
    feed_free(then);
    shopper_free(less);
}

/* Returns how many purchases it took. */
static int check_row(const struct dataset *dataset, const struct model *model,
                     const struct shopper *shopper, int32_t item, bool linear)
{
    const struct counterfactual_request request = {
        .dataset = dataset, .shopper = shopper, .model = model, .options = &options, .item = item
    };
    struct counterfactual answer;
    assert_true(counterfactual_find(&request, &answer, NULL, NULL));
    assert_true(answer.rank > 0);
    assert_true(answer.linear == linear);
    const int fewest = brute_force(dataset, model, shopper, item);
    assert_int_equal(answer.found, fewest > 0);
    if (!answer.found) return 0;
    assert_false(listed_without(dataset, model, shopper, item, set_of(&answer, shopper)));
    check_what_if(dataset, model, shopper, &answer);
    assert_true(answer.n >= fewest);
    assert_true(answer.at_least <= fewest);
    if (answer.smallest || linear) assert_int_equal(answer.n, fewest);
    if (linear) assert_true(answer.smallest);
    return answer.n;
}

static void check_kind(const char *kind, const char *settings, bool linear, int min)
{
    const char *sanitizers = getenv("AISLE_SANITIZERS");
    const bool quick = sanitizers && strcmp(sanitizers, "no") != 0;
    int largest = 0, rows = 0;
    for (uint64_t seed = 1; seed <= (quick ? 1 : 3); seed++) {
        const struct dataset *dataset = feed_shop(seed);
        struct model *model = feed_shop_model(dataset, kind, settings);
        for (int32_t u = 0; u < FEED_SHOP_USERS; u++) {
            struct shopper *shopper = shopper_new(dataset, u, MOMENT_NONE, NULL, NULL);
            struct feed *feed = feed_new(model, shopper, &options, NULL);
            for (int32_t r = 0; r < feed->n && shopper->n <= BOUGHT_MAX; r++) {
                const int n = check_row(dataset, model, shopper, feed->rows[r].item, linear);
                if (n > largest) largest = n;
                rows++;
            }
            feed_free(feed);
            shopper_free(shopper);
        }
        model_release(model);
        dataset_release(dataset);
    }
    assert_true(rows > 20);
    assert_true(largest >= min); /* or the shops were too easy to say anything */
}

static void linear_models_are_exact(void **state)
{
    (void)state;
    check_kind("item-cf", "k=8", true, 3);
    check_kind("ease", "", true, 3);
}

static void others_are_tried(void **state)
{
    (void)state;
    check_kind("user-cf", "k=5", false, 1);
}

/* What everybody gets stands on nothing but that what stood before it is bought. */
static void popular_stands_on_what_was_bought(void **state)
{
    (void)state;
    check_kind("popular", "", false, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_models_are_exact),
        cmocka_unit_test(others_are_tried),
        cmocka_unit_test(popular_stands_on_what_was_bought),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
