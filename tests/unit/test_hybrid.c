/* The blend against its formula over the parts' own scores; receipts that add up to the bottom;
 * weights that are learned, given and kept; parts that are taken from others; what is saved comes
 * back. */
#include "model/hybrid.h"

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

enum { USERS = 80, ITEMS = 40, EVENTS = 900 };

/* Two tastes, which cities tell; kinds of goods by taste; friends of the same taste. */
static const struct dataset *random_dataset(uint64_t seed, bool known)
{
    struct rng rng;

    rng_init(&rng, seed);
    struct dataset_builder *builder = shop_builder_new(USERS, ITEMS);
    for (int32_t u = 0; known && u < USERS; u++) {
        assert_true(dataset_builder_set_user(builder, u, slice_of("city"),
                                             slice_of(u % 2 ? "Lyon" : "Oslo"), NULL));
        if (u < 2) continue;
        assert_true(dataset_builder_add_friend(builder, u, u - 2, NULL));
        assert_true(dataset_builder_add_friend(builder, u - 2, u, NULL));
    }
    for (int32_t i = 0; known && i < ITEMS; i++)
        assert_true(dataset_builder_set_item(builder, i, slice_of("kind"),
                                             slice_of(i % 2 ? "tea" : "coffee"), NULL));
    for (int32_t e = 0; e < EVENTS; e++) {
        const int32_t user = (int32_t)(rng_unit(&rng) * rng_unit(&rng) * (USERS - 1));
        int32_t item = (int32_t)(rng_unit(&rng) * (ITEMS / 2 - 1)) * 2 + user % 2;
        if (rng_below(&rng, 8) == 0) item = (int32_t)rng_below(&rng, ITEMS);
        shop_builder_buy(builder, user, item, 1600000000 + e * 3600);
    }
    return shop_builder_finish(builder);
}

static struct model *trained(const struct dataset *dataset, const char *settings, int threads)
{
    return model_trained(dataset, &hybrid_kind, settings, threads);
}

static void assert_near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-5 * fmax(1e-2, fmax(fabs(a), fabs(b)))))
        fail_msg("%.12g is not %.12g", a, b);
}

/* --------------------------------------------------------------------------- the slow twin */

static int descending(const void *left, const void *right)
{
    const float a = *(const float *)left, b = *(const float *)right;
    return (a < b) - (a > b);
}

/* A part's value of every item for the shopper, by its own score() and by sorting. */
static void part_values(const struct part *part, const struct shopper *shopper, double *value)
{
    float score[ITEMS], others[ITEMS];
    double above = 0;
    int32_t n = 0;

    assert_true(model_base(part->model)->kind->score(part->model, shopper, score, NULL));
    for (int32_t i = 0; i < ITEMS; i++)
        if (shopper_find(shopper, i) < 0 && score[i] > -INFINITY) others[n++] = score[i];
    qsort(others, (size_t)n, sizeof *others, descending);
    if (n > 10) n = 10;
    for (int32_t i = 0; i < n; i++)
        above += (double)others[i] / n;
    for (int32_t i = 0; i < ITEMS; i++)
        value[i] = above > 1e-12 && score[i] > -INFINITY ? (double)score[i] / above : NAN;
}

static int32_t band_of(int32_t items)
{
    return items == 0 ? 0 : items < 5 ? 1 : items < 10 ? 2 : items < 25 ? 3 : items < 100 ? 4 : 5;
}

static void check_scores(const struct dataset *d, const struct model *model)
{
    const struct hybrid *hybrid = (const struct hybrid *)model;
    float score[ITEMS];

    for (int32_t u = -1; u < USERS; u++) {
        struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
        double expected[ITEMS] = { 0 }, value[ITEMS];
        bool said[ITEMS] = { false };
        for (int32_t p = 0; p < hybrid->n_parts; p++) {
            const double weight = hybrid->parts[p].weight[band_of(shopper->n)];
            if (!(weight > 0)) continue;
            part_values(&hybrid->parts[p], shopper, value);
            for (int32_t i = 0; i < ITEMS; i++) {
                said[i] = said[i] || !isnan(value[i]);
                expected[i] += isnan(value[i]) ? 0 : weight * value[i];
            }
        }
        assert_true(hybrid_kind.score(model, shopper, score, NULL));
        for (int32_t i = 0; i < ITEMS; i++) {
            if (said[i])
                assert_near((double)score[i], expected[i]);
            else
                assert_true(score[i] == -INFINITY);
        }
        shopper_free(shopper);
    }
}

static int32_t colour_depth(const struct receipt *node)
{
    int32_t max = 0;

    for (int32_t i = 0; i < node->n_children; i++) {
        const int32_t below = 1 + colour_depth(&node->children[i]);
        if (below > max) max = below;
    }
    return max;
}

static void check_receipts(const struct dataset *d, const struct model *model)
{
    const struct receipt_limits cuts[] = { { 0, 0 }, { 2, 0 }, { 3, 1 }, { 0, 2 } };
    float score[ITEMS];

    for (int32_t u = -1; u < USERS; u += 3) {
        struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
        assert_true(hybrid_kind.score(model, shopper, score, NULL));
        for (int32_t i = 0; i < ITEMS; i++) {
            for (size_t c = 0; c < 4; c++) {
                struct receipt *r = hybrid_kind.open(model, shopper, i, &cuts[c], NULL);
                assert_non_null(r);
                assert_true(score[i] > -INFINITY ? (float)r->value == score[i] : r->value == 0);
                assert_true(receipt_residual(r) <= 1e-6);
                if (cuts[c].levels > 0) assert_true(colour_depth(r) <= cuts[c].levels);
                for (int32_t n = 0; n < r->n_children; n++)
                    assert_true(r->children[n].kind == RECEIPT_MODEL ||
                                r->children[n].kind == RECEIPT_REST);
                receipt_free(r);
            }
        }
        shopper_free(shopper);
    }
}

static void test_blend(void **state)
{
    static const char no_refit[] = "refit=no";

    (void)state;
    for (int known = 0; known < 2; known++) {
        const struct dataset *d = random_dataset(1, known);
        for (int refit = 0; refit < 2; refit++) {
            struct model *model = trained(d, refit ? NULL : no_refit, 2);
            const struct hybrid *hybrid = (const struct hybrid *)model;
            assert_true(hybrid->n_parts >= 2);
            assert_true((hybrid->split != NULL) == !refit);
            for (int32_t p = 0; p < hybrid->n_parts; p++) { /* of what the data supports */
                const struct model_kind *kind = model_base(hybrid->parts[p].model)->kind;
                assert_true(known || (kind != &demographic_kind && kind != &social_kind &&
                                      kind != &content_kind));
                assert_true(kind != &attention_kind);
                assert_true(refit ? model_base(hybrid->parts[p].model)->dataset == d
                                  : model_base(hybrid->parts[p].model)->dataset ==
                                        hybrid->split->train);
            }
            check_scores(d, model);
            check_receipts(d, model);
            model_release(model);
        }
        dataset_release(d);
    }
}

/* What is learned is at least as good, where it was learned, as the best part nearly everywhere. */
static void test_learning(void **state)
{
    const struct dataset *d = random_dataset(2, true);
    struct model *one = trained(d, NULL, 1), *three = trained(d, NULL, 3);
    const struct hybrid *a = (const struct hybrid *)one, *b = (const struct hybrid *)three;
    double blend = 0, best = 0;

    (void)state;
    assert_int_equal(a->n_parts, b->n_parts);
    for (int32_t p = 0; p < a->n_parts; p++)
        assert_memory_equal(a->parts[p].weight, b->parts[p].weight, sizeof a->parts[p].weight);
    for (int32_t band = 0; band < BANDS; band++) {
        blend += a->ndcg[band] * a->asked[band];
        best += a->best_part[band] * a->asked[band];
        for (int32_t p = 0; p < a->n_parts; p++) /* nobody can lean on purchases without any */
            assert_true(band > 0 || !(a->parts[p].weight[0] > 0) ||
                        (model_base(a->parts[p].model)->kind != &ease_kind &&
                         model_base(a->parts[p].model)->kind != &item_cf_kind));
    }
    assert_true(a->asked[0] > 20 && a->asked[1] > 20);
    assert_true(blend >= best);
    model_release(one);
    model_release(three);
    dataset_release(d);
}

static void test_given_weights(void **state)
{
    static const char given[] = "ease=2 popular=0.5 user-cf=0 item-cf=0 content=0 demographic=0 "
                                "social=0 slist=0";
    const struct dataset *d = random_dataset(3, true);
    struct model *model = trained(d, given, 2);
    const struct hybrid *hybrid = (const struct hybrid *)model;

    (void)state;
    assert_int_equal(hybrid->n_parts, 2);
    for (int32_t b = 0; b < BANDS; b++) {
        assert_true(hybrid->parts[0].weight[b] == 0.5);
        assert_true(hybrid->parts[1].weight[b] == 2);
    }
    check_scores(d, model);
    model_release(model);
    dataset_release(d);
}

/* Models of the same data are taken as they are, others' parameters only. */
static void test_parts_of_others(void **state)
{
    const struct dataset *d = random_dataset(4, true), *other = random_dataset(5, true);
    struct model_part parts[2] = { { .kind = &ease_kind }, { .kind = &item_cf_kind } };
    const struct parameters values = parameters_of(&hybrid_kind, "");

    (void)state;
    for (int i = 0; i < 2; i++)
        parameters_init(&parts[i].parameters, parts[i].kind->parameters);
    assert_true(parameters_set(&parts[0].parameters, slice_of("lambda=7"), NULL));
    assert_true(parameters_set(&parts[1].parameters, slice_of("k=9"), NULL));
    for (int i = 0; i < 2; i++)
        parts[i].model =
            parts[i].kind->train(i == 0 ? d : other, &parts[i].parameters, 1, NULL, NULL);
    struct model *model = hybrid_kind.blend(d, &values, parts, 2, 2, NULL, NULL);
    assert_non_null(model);
    const struct hybrid *hybrid = (const struct hybrid *)model;
    int found = 0;
    for (int32_t p = 0; p < hybrid->n_parts; p++) {
        const struct model_base *base = model_base(hybrid->parts[p].model);
        if (base->kind == &ease_kind) {
            /* As it is, unless the blend found another recency. */
            const double recency = parameters_get(&base->parameters, "recency");
            assert_true((hybrid->parts[p].model == parts[0].model) == !(recency > 0));
            assert_true(parameters_get(&base->parameters, "lambda") == 7);
            found++;
        }
        if (base->kind == &item_cf_kind) {
            assert_ptr_equal(base->dataset, d);
            assert_true(parameters_get(&base->parameters, "k") == 9);
            found++;
        }
    }
    assert_true(found > 0);
    check_scores(d, model);
    model_release(model);
    for (int i = 0; i < 2; i++)
        model_release(parts[i].model);
    dataset_release(d);
    dataset_release(other);
}

/* Nobody has enough purchases to hold one out: all parts count alike. */
static void test_too_little(void **state)
{
    struct strength_options options;
    struct event event = { .time = MOMENT_NONE, .type = EVENT_PURCHASE, .quantity = 1 };
    float score[2];

    (void)state;
    strength_options_init(&options);
    struct dataset_builder *builder = dataset_builder_new(&options, NULL);
    assert_true(dataset_builder_add_user(builder, slice_of("u"), NULL));
    assert_true(dataset_builder_add_item(builder, slice_of("a"), slice_of(""), NULL));
    assert_true(dataset_builder_add_item(builder, slice_of("b"), slice_of(""), NULL));
    event.value = NAN;
    assert_true(dataset_builder_add_event(builder, 0, &event, NULL));
    const struct dataset *d = dataset_builder_finish(builder, 1, NULL, NULL);
    struct model *model = trained(d, NULL, 1);
    struct shopper *nobody = shopper_new(d, -1, MOMENT_NONE, NULL, NULL);
    assert_true(hybrid_kind.score(model, nobody, score, NULL));
    assert_true(score[0] > 0 && score[1] == -INFINITY); /* popular knows one */
    shopper_free(nobody);
    model_release(model);
    dataset_release(d);
}

/* --------------------------------------------------------------------------------- storing */

static void test_save_and_load(void **state)
{
    static const char no_refit[] = "refit=no";
    const struct dataset *d = random_dataset(6, true);

    (void)state;
    for (int refit = 0; refit < 2; refit++) {
        struct model *model = trained(d, refit ? NULL : no_refit, 2);
        tape_check(model, 7);
        model_release(model);
    }
    dataset_release(d);
}

/* A kind that is added to the blend needs a weight of its own, and a place among its parts. */
static void test_every_kind_has_a_place_and_a_weight(void **state)
{
    int32_t n = 0;
    (void)state;
    for (; hybrid_kinds[n]; n++) {
        bool found = false;
        for (const struct parameter_info *info = hybrid_kind.parameters; info->name; info++)
            found = found || strcmp(info->name, hybrid_kinds[n]->name) == 0;
        assert_true(found);
    }
    const struct hybrid *hybrid = NULL;
    assert_true(n > 0 && (size_t)n <= sizeof hybrid->parts / sizeof hybrid->parts[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blend),
        cmocka_unit_test(test_learning),
        cmocka_unit_test(test_given_weights),
        cmocka_unit_test(test_parts_of_others),
        cmocka_unit_test(test_too_little),
        cmocka_unit_test(test_save_and_load),
        cmocka_unit_test(test_every_kind_has_a_place_and_a_weight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
