/* Content against the formula over whole vectors; receipts down to shared features; words that a
 * shopper asks for; items nobody has bought; what is saved comes back. */
#include "model/content.h"

#include <aisle/rng.h>

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

enum { USERS = 20, ITEMS = 30, EVENTS = 150 };

static const char *const colours[] = { "red", "green", "blue" };
static const char *const things[] = { "jacket", "teapot", "lamp", "shoe" };

/* The last four items are new: nobody has bought them. Of item 3 nothing is known. */
static const struct dataset *random_dataset(uint64_t seed)
{
    struct rng rng;
    char text[64];

    rng_init(&rng, seed);
    struct dataset_builder *builder = shop_builder_new(USERS, 0);
    for (int32_t i = 0; i < ITEMS; i++) {
        char title[64] = "";
        if (i != 3)
            snprintf(title, sizeof title, "%s %s no. %d", colours[rng_below(&rng, 3)],
                     things[i % 4], i);
        snprintf(text, sizeof text, "i%d", i);
        assert_true(dataset_builder_add_item(builder, slice_of(text), slice_of(title), NULL));
        if (i == 3) continue;
        assert_true(dataset_builder_set_item(builder, i, slice_of("brand"),
                                             slice_of(i % 3 ? "Corvo" : "\xc3\x85sa"), NULL));
        snprintf(text, sizeof text, "%d.50", 3 + i * 7 % 40);
        assert_true(dataset_builder_set_item(builder, i, slice_of("price"), slice_of(text), NULL));
    }
    for (int32_t e = 0; e < EVENTS; e++) {
        const int32_t item = (int32_t)rng_below(&rng, ITEMS - 4);
        shop_builder_buy(builder, (int32_t)rng_below(&rng, USERS - 1), item, 1600000000 + e);
    }
    return shop_builder_finish(builder);
}

static double feature(const struct content *content, int32_t item, int32_t token)
{
    int64_t at = sparse_find(&content->features, item, token);
    return at < 0 ? 0 : (double)content->features.value[at];
}

static double cosine(const struct content *content, int32_t a, int32_t b)
{
    double sum = 0;

    for (int32_t t = 0; t < content->features.n_columns; t++)
        sum += feature(content, a, t) * feature(content, b, t);
    return sum;
}

static double weight(const struct shopper *shopper, int32_t s, bool strengths, double half)
{
    int32_t later = 0;

    for (int32_t other = 0; other < shopper->n; other++) {
        int32_t mine = -1, its = -1;
        for (int32_t e = 0; e < shopper->n_events; e++) {
            if (shopper->events[e].item == shopper->item[s]) mine = e;
            if (shopper->events[e].item == shopper->item[other]) its = e;
        }
        later += its > mine;
    }
    return (half > 0 ? exp2(-later / half) : 1) * (strengths ? (double)shopper->strength[s] : 1);
}

static double expected_score(const struct content *content, const struct shopper *shopper,
                             int32_t item, bool strengths, double half)
{
    double sum = 0, all = 0;

    for (int32_t s = 0; s < shopper->n; s++) {
        if (shopper->item[s] == 3) continue;
        const double w = weight(shopper, s, strengths, half);
        all += w;
        sum += shopper->item[s] == item ? 0 : w * cosine(content, item, shopper->item[s]);
    }
    return all > 0 ? sum / all : 0;
}

static void assert_near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-6 * fmax(1e-3, fmax(fabs(a), fabs(b)))))
        fail_msg("%.12g is not %.12g", a, b);
}

static void check_receipt(const struct model *model, const struct shopper *shopper, int32_t item,
                          float score)
{
    const struct receipt_limits cuts[] = { { 0, 0 }, { 2, 0 }, { 3, 1 } };

    for (size_t c = 0; c < 3; c++) {
        struct receipt *r = content_kind.open(model, shopper, item, &cuts[c], NULL);
        assert_non_null(r);
        assert_true(score > -INFINITY ? (float)r->value == score && r->n_children > 0
                                      : r->value == 0 && r->n_children == 0);
        assert_true(receipt_residual(r) <= 1e-9);
        for (int32_t i = 0; i < r->n_children; i++) {
            const struct receipt *node = &r->children[i];
            if (node->kind != RECEIPT_PURCHASE) continue;
            assert_true(c == 2 ? node->n_children == 0 : node->n_children > 0);
            for (int32_t f = 0; c == 0 && f < node->n_children; f++)
                assert_true(node->children[f].kind == RECEIPT_FEATURE &&
                            strlen(node->children[f].words) > 3);
        }
        receipt_free(r);
    }
}

static void test_scores(void **state)
{
    static const char *const settings[] = { "recency=0", "recency=3", "values=strength" };
    const struct dataset *d = random_dataset(1);
    float scores[ITEMS];

    (void)state;
    for (size_t s = 0; s < 3; s++) {
        struct model *model = model_trained(d, &content_kind, settings[s], 2);
        const struct content *content = (const struct content *)model;
        for (int32_t u = -1; u < USERS; u++) {
            struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
            assert_true(content_kind.score(model, shopper, scores, NULL));
            for (int32_t i = 0; i < ITEMS; i++) {
                const double expected = expected_score(content, shopper, i, s == 2,
                                                       s == 0   ? 0
                                                       : s == 1 ? 3
                                                                : 10);
                assert_near(scores[i] > -INFINITY ? (double)scores[i] : 0, expected);
                assert_true(i != 3 || scores[i] == -INFINITY);
                check_receipt(model, shopper, i, scores[i]);
            }
            if (u == 0) assert_true(scores[ITEMS - 1] > 0); /* nobody has bought it */
            shopper_free(shopper);
        }
        model_release(model);
    }
    dataset_release(d);
}

/* With words: half of the score comes from them; alone, all of it. */
static void test_words(void **state)
{
    const struct dataset *d = random_dataset(2);
    struct model *model = model_trained(d, &content_kind, NULL, 2);
    const struct shopper_changes changes = { .words = "a teapot, blue" };
    float scores[ITEMS];

    (void)state;
    for (int32_t u = -1; u < 3; u++) {
        struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, &changes, NULL);
        int32_t best;
        assert_true(content_kind.score(model, shopper, scores, NULL));
        for (int32_t i = 0; i < ITEMS; i++)
            check_receipt(model, shopper, i, scores[i]);
        assert_int_equal(top_k(scores, ITEMS, 1, &best), 1);
        struct slice title = names_get(&d->item_titles, best);
        char copy[64];
        snprintf(copy, sizeof copy, "%.*s", (int)title.length, title.bytes);
        assert_non_null(strstr(copy, "teapot"));
        struct receipt *r = content_kind.open(model, shopper, best, NULL, NULL);
        int32_t words = 0;
        for (int32_t i = 0; i < r->n_children; i++)
            words += r->children[i].kind == RECEIPT_WORD;
        assert_true(words > 0);
        receipt_free(r);
        shopper_free(shopper);
    }
    model_release(model);
    dataset_release(d);
}

static void test_similar(void **state)
{
    const struct dataset *d = random_dataset(3);
    struct model *model = model_trained(d, &content_kind, NULL, 2);
    struct neighbour found[ITEMS];

    (void)state;
    for (int32_t i = 0; i < ITEMS; i++) {
        int32_t n = content_kind.similar(model, i, ITEMS, found, NULL), expected = 0;
        for (int32_t j = 0; j < ITEMS; j++)
            expected += j != i && cosine((const struct content *)model, i, j) > 0;
        assert_int_equal(n, expected);
        for (int32_t f = 0; f < n; f++) {
            assert_near(found[f].similarity, cosine((const struct content *)model, i, found[f].id));
            assert_true(f == 0 || found[f].similarity <= found[f - 1].similarity);
        }
    }
    assert_int_equal(content_kind.similar(model, ITEMS, 3, found, NULL), -1);
    model_release(model);
    dataset_release(d);
}

/* --------------------------------------------------------------------------------- storing */

static void test_save_and_load(void **state)
{
    const struct dataset *d = random_dataset(4);
    struct model *model = model_trained(d, &content_kind, NULL, 2);

    (void)state;
    tape_check(model, 3);
    model_release(model);
    dataset_release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_similar),
        cmocka_unit_test(test_save_and_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
