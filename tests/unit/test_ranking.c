/* Ranking metrics: tables worked out by hand, models made up so that the right answer is known, and
 * what must not depend on chance or on threads. The figures of real models are compared with an
 * independent script in tests/cli/evaluate.test. */
#include <aisle/evaluate.h>
#include <aisle/rng.h>

#include "evaluate/ranking_private.h"

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

enum { USERS = 120, ITEMS = 80 };

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

/* --------------------------------------------------------------------------- tables by hand */

static void metrics_by_hand(void **state)
{
    double m[SHOPPER_METRICS];
    (void)state;

    /* One target on the third place: 1 / log2(4). */
    metrics_of_ranks((int32_t[]){ 3 }, 1, 10, m);
    assert_true(near(m[METRIC_NDCG], 0.5) && near(m[METRIC_HIT], 1) && near(m[METRIC_RECALL], 1));
    assert_true(near(m[METRIC_PRECISION], 0.1) && near(m[METRIC_MRR], 1.0 / 3) &&
                near(m[METRIC_MAP], 1.0 / 3));
    /* Beyond the list: nothing. */
    metrics_of_ranks((int32_t[]){ 11 }, 1, 10, m);
    for (int j = METRIC_NDCG; j <= METRIC_MRR; j++)
        assert_true(m[j] == 0);
    /* Ranks 4, 1 and 9 at 5: DCG 1 + 1/log2(5) of 1 + 1/log2(3) + 1/2. */
    metrics_of_ranks((int32_t[]){ 4, 1, 9 }, 3, 5, m);
    assert_true(near(m[METRIC_NDCG], (1 + 1 / log2(5)) / (1.5 + 1 / log2(3))));
    assert_true(near(m[METRIC_RECALL], 2.0 / 3) && near(m[METRIC_PRECISION], 0.4));
    assert_true(near(m[METRIC_MAP], (1 + 2.0 / 4) / 3) && near(m[METRIC_MRR], 1));
    /* More targets than places: a full list is perfect. */
    metrics_of_ranks((int32_t[]){ 1, 2, 3, 4 }, 4, 2, m);
    assert_true(near(m[METRIC_NDCG], 1) && near(m[METRIC_MAP], 1) && near(m[METRIC_RECALL], 0.5));

    assert_true(near(lists_gini((int32_t[]){ 3, 3, 3, 3 }, 4), 0));
    assert_true(near(lists_gini((int32_t[]){ 0, 8, 0, 0 }, 4), 0.75));
    assert_true(near(lists_gini((int32_t[]){ 1, 0, 3 }, 3), 0.5));
    assert_true(isnan(lists_gini((int32_t[]){ 0, 0 }, 2)));
    assert_true(near(lists_coverage((int32_t[]){ 1, 0, 3, 0 }, 4), 0.5));
}

static void ranks_by_hand(void **state)
{
    float scores[] = { 2, 5, 2, NAN, 2, -INFINITY, 7 };
    (void)state;

    scores_settle(scores, 7);
    assert_true(scores[3] == -INFINITY); /* what is no number is the worst there is */
    assert_int_equal(scores_rank(scores, 7, 6), 1);
    assert_int_equal(scores_rank(scores, 7, 0), 3); /* equals in item order */
    assert_int_equal(scores_rank(scores, 7, 4), 5);
    assert_int_equal(scores_rank(scores, 7, 3), 6);
    assert_int_equal(scores_rank(scores, 7, 5), 7);
    scores[1] = scores[6] = NAN; /* what is had */
    assert_int_equal(scores_rank(scores, 7, 4), 3);
}

/* The kernel against sorting: the place of each item among all, by score and then by index. */
static void ranks_as_sorted(void **state)
{
    float scores[131];
    struct rng rng;
    (void)state;

    rng_init(&rng, 8);
    for (int round = 0; round < 200; round++) {
        const int32_t n = 1 + (int32_t)rng_below(&rng, 131);
        for (int32_t i = 0; i < n; i++) {
            uint32_t dice = rng_below(&rng, 12); /* ties, and scores that are none */
            scores[i] = dice == 0 ? NAN : dice == 1 ? -INFINITY : (float)dice;
        }
        scores_settle(scores, n);
        for (int32_t i = 0; i < n; i++) {
            int32_t before = 0;
            for (int32_t j = 0; j < n; j++)
                if (scores[j] > scores[i] || (j < i && !(scores[j] < scores[i]))) before++;
            assert_int_equal(scores_rank(scores, n, i), before + 1);
        }
    }
}

/* ------------------------------------------------------------------------- models made up */

/* Users of group g (of four) buy items g, g + 4, g + 8 … from one on that drifts upwards. */
static const struct dataset *data(uint64_t seed)
{
    struct dataset_builder *builder = shop_builder_new(USERS, ITEMS);
    struct rng rng;

    rng_init(&rng, seed);
    for (int32_t u = 0; u < USERS; u++) {
        assert_true(dataset_builder_set_user(builder, u, slice_of("group"),
                                             slice_of(u % 4 == 0 ? "none" : "some"), NULL));
    }
    for (int32_t e = 0; e < USERS * 9; e++) {
        int32_t u = e % USERS, step = (int32_t)rng_below(&rng, 20);
        struct event event = { 1000 + e, (u % 4 + 4 * step) % ITEMS, EVENT_PURCHASE, 1, NAN };
        assert_true(dataset_builder_add_event(builder, u, &event, NULL));
    }
    return shop_builder_finish(builder);
}

struct made_up {
    struct model_base base;
};

static const struct parameter_info no_parameters[] = { { 0 } };
static int64_t events_given; /* to the training of a made-up model */

static int64_t no_memory_needed(const struct dataset *dataset, const struct parameters *parameters)
{
    (void)dataset;
    (void)parameters;
    return 0;
}

static void made_up_release(struct model *model)
{
    dataset_release(model_base(model)->dataset);
    free(model);
}

static struct model *make(const struct model_kind *kind, const struct dataset *dataset,
                          const struct parameters *parameters)
{
    struct made_up *model = calloc(1, sizeof *model);
    model->base = (struct model_base){ .kind = kind,
                                       .dataset = dataset_retain(dataset),
                                       .parameters = *parameters };
    atomic_init(&model->base.references, 1);
    events_given = dataset->n_events;
    return (struct model *)model;
}

#define MADE_UP(name_, score_, open_, validates_)                                                  \
    static struct model *name_##_train(const struct dataset *dataset,                              \
                                       const struct parameters *parameters, int threads,           \
                                       struct progress *progress, struct error *error);            \
    static const struct model_kind name_ = {                                                       \
        .name = #name_,                                                                            \
        .summary = "made up",                                                                      \
        .parameters = no_parameters,                                                               \
        .validates = validates_,                                                                   \
        .memory = no_memory_needed,                                                                \
        .train = name_##_train,                                                                    \
        .release = made_up_release,                                                                \
        .score = score_,                                                                           \
        .open = open_,                                                                             \
    };                                                                                             \
    static struct model *name_##_train(const struct dataset *dataset,                              \
                                       const struct parameters *parameters, int threads,           \
                                       struct progress *progress, struct error *error)             \
    {                                                                                              \
        (void)threads;                                                                             \
        (void)progress;                                                                            \
        (void)error;                                                                               \
        return make(&name_, dataset, parameters);                                                  \
    }

/* What a diverged network would say. */
static bool nonsense_score(const struct model *model, const struct shopper *shopper, float *scores,
                           struct error *error)
{
    (void)model;
    (void)shopper;
    (void)error;
    for (int32_t i = 0; i < ITEMS; i++)
        scores[i] = NAN;
    return true;
}

/* Knows the groups: items of the shopper's own first. */
static bool knowing_score(const struct model *model, const struct shopper *shopper, float *scores,
                          struct error *error)
{
    (void)model;
    (void)error;
    for (int32_t i = 0; i < ITEMS; i++)
        scores[i] = i % 4 == shopper->user % 4 ? 1 : 0;
    return true;
}

/* Item i follows from i - 4 in the history alone. */
static bool chain_score(const struct model *model, const struct shopper *shopper, float *scores,
                        struct error *error)
{
    (void)model;
    (void)error;
    for (int32_t i = 0; i < ITEMS; i++) {
        float min = (float)(ITEMS - i) * 1e-3F;
        scores[i] = (shopper_find(shopper, (i + ITEMS - 4) % ITEMS) >= 0 ? 1 : 0) + min;
    }
    return true;
}

static struct receipt *no_receipt(const struct model *model, const struct shopper *shopper,
                                  int32_t item, const struct receipt_limits *limits,
                                  struct error *error)
{
    (void)model;
    (void)limits;
    return receipt_new(RECEIPT_SCORE, shopper->user, item, 0, error);
}

/* Tells that the true reason, or that all others, speak for the item. */
static struct receipt *describe(const struct shopper *shopper, int32_t item, bool truth,
                                struct error *error)
{
    struct receipt *root = receipt_new(RECEIPT_SCORE, shopper->user, item, 1, error);
    assert_true(root && receipt_make_children(root, shopper->n, error));
    for (int32_t s = 0; s < shopper->n; s++) {
        bool reason = shopper->item[s] == (item + ITEMS - 4) % ITEMS;
        root->children[s].kind = RECEIPT_PURCHASE;
        root->children[s].item = shopper->item[s];
        root->children[s].value = reason == truth ? 1 + 0.01 * s : 0.001 * (s + 1);
    }
    return root;
}

static struct receipt *honest_open(const struct model *model, const struct shopper *shopper,
                                   int32_t item, const struct receipt_limits *limits,
                                   struct error *error)
{
    (void)model;
    (void)limits;
    return describe(shopper, item, true, error);
}

static struct receipt *lying_open(const struct model *model, const struct shopper *shopper,
                                  int32_t item, const struct receipt_limits *limits,
                                  struct error *error)
{
    (void)model;
    (void)limits;
    return describe(shopper, item, false, error);
}

MADE_UP(nonsense, nonsense_score, no_receipt, false)
MADE_UP(knowing, knowing_score, no_receipt, true)
MADE_UP(honest, chain_score, honest_open, false)
MADE_UP(lying, chain_score, lying_open, false)

static struct ranking *measured(const struct dataset *dataset, const struct model_kind **kinds,
                                int n, struct ranking_options options)
{
    struct candidate candidates[8];
    struct error error = { 0 };

    for (int i = 0; i < n; i++)
        candidate_init(&candidates[i], kinds[i], NULL);
    struct ranking *ranking = ranking_new(dataset, candidates, n, &options, NULL, &error);
    if (!ranking) print_message("# %s\n", error.text);
    return ranking;
}

static double value(const struct ranking *ranking, int model, enum metric metric)
{
    return ranking->models[model].metric[metric].value;
}

static void who_is_best(void **state)
{
    const struct dataset *d = data(1);
    const struct model_kind *kinds[] = { &nonsense, &knowing, &knowing };
    struct ranking_options options;
    (void)state;

    ranking_options_init(&options);
    options.k = 20; /* a whole group */
    struct ranking *ranking = measured(d, kinds, 2, options);
    assert_true(ranking->n_users > 60 && ranking->n_users == ranking->n_eligible);
    assert_true(value(ranking, 0, METRIC_HIT) == 0); /* it lists nothing */
    assert_true(value(ranking, 0, METRIC_COVERAGE) == 0);
    assert_true(isnan(value(ranking, 0, METRIC_NOVELTY)));
    assert_true(value(ranking, 1, METRIC_HIT) > 0.99);
    assert_true(ranking->models[1].best[METRIC_NDCG] && !ranking->models[0].best[METRIC_NDCG]);
    const struct measured *ndcg = &ranking->models[1].metric[METRIC_NDCG];
    assert_true(ndcg->low < ndcg->value && ndcg->value < ndcg->high);
    assert_true(ndcg->high - ndcg->low < 0.2 && ndcg->high - ndcg->low > 0.01);
    assert_int_equal(ranking->n_comparisons, 1);
    assert_true(ranking->comparisons[0].p < 0.01 && ranking->comparisons[0].ndcg.low > 0);
    ranking_free(ranking);

    /* Two that are the same: neither is the best. */
    ranking = measured(d, kinds, 3, options);
    assert_true(!ranking->models[1].best[METRIC_NDCG] && !ranking->models[2].best[METRIC_NDCG]);
    assert_true(near(ranking->comparisons[2].p, 1) && ranking->comparisons[2].ndcg.value == 0);
    ranking_free(ranking);
    dataset_release(d);
}

/* How often two models without a difference are told apart: about as often as the test claims. */
static void chance_is_not_the_best(void **state)
{
    int called = 0;
    (void)state;

    for (uint64_t seed = 1; seed <= 40; seed++) {
        enum { N = 200 };
        struct ranking_options options;
        struct ranked_model models[2] = { 0 };
        struct ranking ranking = { .n_models = 2, .models = models };
        struct outcome outcomes[2];
        struct item_facts facts = { .n_items = 3 };
        struct grouping grouping = { 0 };
        struct rng rng;
        ranking_options_init(&options);
        options.resamples = 300;
        options.k = 1;
        struct candidate_run candidate_run = { .options = &options, .facts = &facts, .n = N };
        rng_init(&rng, seed);
        for (int m = 0; m < 2; m++) {
            outcomes[m].metric = calloc(N * SHOPPER_METRICS, sizeof(double));
            outcomes[m].list = calloc(N, sizeof(int32_t));
            for (int s = 0; s < N; s++)
                outcomes[m].metric[s * SHOPPER_METRICS + METRIC_NDCG] = rng_unit(&rng);
        }
        assert_true(ranking_judge(&ranking, &candidate_run, outcomes, &grouping, NULL));
        called += models[0].best[METRIC_NDCG] || models[1].best[METRIC_NDCG];
        for (int m = 0; m < 2; m++) {
            outcome_fini(&outcomes[m]);
            free(models[m].group_ndcg);
            free(models[m].group_hit);
        }
        free(ranking.groups);
        free(ranking.comparisons);
    }
    print_message("# %d of 40 told apart without a difference\n", called);
    assert_in_range(called, 0, 6);
}

static void explanations(void **state)
{
    const struct dataset *d = data(2);
    const struct model_kind *kinds[] = { &honest, &lying, &knowing };
    struct ranking_options options;
    (void)state;

    ranking_options_init(&options);
    struct ranking *ranking = measured(d, kinds, 3, options);
    print_message("# fidelity: honest %.2f, lying %.2f\n", value(ranking, 0, METRIC_FIDELITY),
                  value(ranking, 1, METRIC_FIDELITY));
    assert_true(value(ranking, 0, METRIC_FIDELITY) > 0.6);
    assert_true(value(ranking, 1, METRIC_FIDELITY) < 0.5);
    assert_true(isnan(value(ranking, 2, METRIC_FIDELITY))); /* names no purchases */
    assert_true(near(value(ranking, 0, METRIC_NDCG), value(ranking, 1, METRIC_NDCG)));
    ranking_free(ranking);
    dataset_release(d);
}

static void who_learns_from_what(void **state)
{
    const struct dataset *d = data(3);
    const struct model_kind *kinds[] = { &nonsense, &knowing };
    struct ranking_options options;
    (void)state;

    ranking_options_init(&options);
    ranking_free(measured(d, kinds, 1, options));
    assert_int_equal(events_given, d->n_events - 2 * USERS);
    ranking_free(measured(d, kinds + 1, 1, options)); /* holds the last one out itself */
    assert_int_equal(events_given, d->n_events - USERS);
    options.split.validation = true;
    ranking_free(measured(d, kinds + 1, 1, options));
    assert_int_equal(events_given, d->n_events - 2 * USERS);
    options.split.validation = false;
    options.split.refit = true;
    ranking_free(measured(d, kinds, 1, options));
    assert_int_equal(events_given, d->n_events - USERS);
    dataset_release(d);
}

static void groups(void **state)
{
    const struct dataset *d = data(4);
    const struct model_kind *kinds[] = { &knowing };
    struct ranking_options options;
    struct error error = { 0 };
    struct candidate candidate;
    (void)state;

    ranking_options_init(&options);
    options.by = "group";
    options.k = 20;
    struct ranking *ranking = measured(d, kinds, 1, options);
    int32_t history = 0, segments = 0;
    double sum = 0;
    for (int32_t g = 0; g < ranking->n_groups; g++) {
        const struct ranking_group *group = &ranking->groups[g];
        if (strcmp(group->by, "history") == 0) {
            history += group->n;
            sum += group->n * ranking->models[0].group_ndcg[g].value;
        }
        if (strcmp(group->by, "group") == 0) segments += group->n;
        assert_true(ranking->models[0].group_hit[g].value > 0.9);
    }
    assert_int_equal(history, ranking->n_users);
    assert_int_equal(segments, ranking->n_users);
    assert_true(fabs(sum / history - value(ranking, 0, METRIC_NDCG)) < 1e-12);
    ranking_free(ranking);

    options.by = "mood";
    candidate_init(&candidate, &knowing, NULL);
    assert_null(ranking_new(d, &candidate, 1, &options, NULL, &error));
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "they have group"));
    dataset_release(d);
}

static struct ranking *all_real(const struct dataset *d, int threads, int32_t sample)
{
    const char *const names[] = { "popular", "user-cf", "item-cf" };
    struct candidate candidates[5];
    struct ranking_options options;
    int32_t n = 0;

    for (; n < 3; n++)
        assert_true(candidate_parse(&candidates[n], names[n], NULL));
    n = candidates_with_popular(candidates, n, d, SPLIT_LAST_OUT);
    assert_int_equal(n, 4);
    assert_string_equal(candidates[1].label, "popular half_life=30");
    ranking_options_init(&options);
    options.threads = threads;
    options.sample = sample;
    options.fidelity = 30;
    return ranking_new(d, candidates, n, &options, NULL, NULL);
}

/* Every figure, interval and p-value to the last bit. */
static void check_equal(const struct ranking *a, const struct ranking *b)
{
    for (int32_t m = 0; m < a->n_models; m++) {
        const size_t n = (size_t)a->n_groups * sizeof(struct measured);
        assert_memory_equal(a->models[m].metric, b->models[m].metric, sizeof a->models[m].metric);
        assert_memory_equal(a->models[m].best, b->models[m].best, sizeof a->models[m].best);
        assert_memory_equal(a->models[m].group_ndcg, b->models[m].group_ndcg, n);
    }
    assert_memory_equal(a->comparisons, b->comparisons,
                        (size_t)a->n_comparisons * sizeof *a->comparisons);
}

static void threads_change_nothing(void **state)
{
    const struct dataset *d = data(5);
    struct ranking *one = all_real(d, 1, 0), *four = all_real(d, 4, 0);
    (void)state;

    check_equal(one, four);
    ranking_free(one);
    ranking_free(four);
    one = all_real(d, 1, 50);
    four = all_real(d, 3, 50);
    assert_int_equal(one->n_users, 50);
    assert_true(one->n_eligible > 60);
    check_equal(one, four);
    ranking_free(one);
    ranking_free(four);
    dataset_release(d);
}

static void it_can_be_cancelled(void **state)
{
    const struct dataset *d = data(6);
    struct candidate candidate;
    struct ranking_options options;
    struct progress progress = { 0 };
    struct error error = { 0 };
    (void)state;

    ranking_options_init(&options);
    assert_true(candidate_parse(&candidate, "item-cf:k=5", &error));
    assert_string_equal(candidate.label, "item-cf k=5");
    progress_cancel(&progress);
    assert_null(ranking_new(d, &candidate, 1, &options, &progress, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    assert_false(candidate_parse(&candidate, "item-cf:depth=5", &error));
    assert_int_equal(error.code, ERROR_USAGE);
    dataset_release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_by_hand),        cmocka_unit_test(ranks_by_hand),
        cmocka_unit_test(ranks_as_sorted),        cmocka_unit_test(who_is_best),
        cmocka_unit_test(chance_is_not_the_best), cmocka_unit_test(explanations),
        cmocka_unit_test(who_learns_from_what),   cmocka_unit_test(groups),
        cmocka_unit_test(threads_change_nothing), cmocka_unit_test(it_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
