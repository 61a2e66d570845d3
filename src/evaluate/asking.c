/* asking.c - one model is asked about every shopper.
 *
 * Shoppers are independent: they are asked in parallel, each writes its own row, and what is made
 * of the rows does not depend on who wrote them when. Each worker owns one block of memory.
 */
#include "ranking_private.h"

#include "aisle/parallel.h"
#include "aisle/similarity.h"

#include <math.h>
#include <stdlib.h>

enum { DIVERSITY_SHOPPERS = 2000 };

struct desk {       /* of one worker */
    float *scores;  /* (n_items) */
    int32_t *ranks; /* (most targets) */
    double *buyers; /* (n_users) zero between lists */
};

struct asking {
    const struct trial *trial;
    const struct model *model;
    struct outcome *outcome;
    int32_t most_targets, every; /* each `every`-th list is looked at for diversity */
    struct desk desks[MAX_WORKERS];
    atomic_bool failed;
};

void outcome_fini(struct outcome *outcome)
{
    free(outcome->metric);
    free(outcome->list);
}

static bool outcome_init(struct outcome *outcome, const struct trial *trial, struct error *error)
{
    const size_t n = (size_t)trial->n, k = (size_t)trial->options->k;

    outcome->metric = malloc((n * SHOPPER_METRICS + 1) * sizeof *outcome->metric);
    outcome->list = malloc((n * k + 1) * sizeof *outcome->list);
    if (!outcome->metric || !outcome->list) return error_memory(error, "an evaluation");
    for (size_t i = 0; i < n * SHOPPER_METRICS; i++)
        outcome->metric[i] = NAN;
    for (size_t i = 0; i < n * k; i++)
        outcome->list[i] = -1;
    return true;
}

static bool desk_ready(struct desk *desk, const struct asking *asking)
{
    const struct item_facts *facts = asking->trial->facts;

    if (desk->scores) return desk->ranks && desk->buyers;
    desk->scores = malloc(((size_t)facts->n_items + 1) * sizeof *desk->scores);
    desk->ranks = malloc(((size_t)asking->most_targets + 1) * sizeof *desk->ranks);
    desk->buyers = calloc((size_t)facts->n_users + 1, sizeof *desk->buyers);
    return desk->scores && desk->ranks && desk->buyers;
}

void trial_remove(const struct trial *trial, const struct shopper *shopper, float *scores)
{
    const int32_t n_items = trial->facts->n_items;
    const uint8_t *cold = trial->split->cold;

    for (int32_t i = 0; cold && i < n_items; i++)
        if (!cold[i]) scores[i] = NAN;
    if (trial->options->keep_seen) return;
    for (int32_t e = 0; e < shopper->n_events; e++)
        scores[shopper->events[e].item] = NAN;
}

/* Equal scores are in item order (protocol L). What a model has nothing to say about is in no list:
 * a miss, wherever item order would put it. */
static int32_t place(const float *scores, int32_t n_items, int32_t item)
{
    return scores[item] > -INFINITY ? scores_rank(scores, n_items, item) : n_items + 1;
}

static bool ask(struct asking *asking, int32_t at, struct desk *desk)
{
    const struct trial *trial = asking->trial;
    const struct split_case *asked = &trial->split->cases[trial->cases[at]];
    const int32_t n_items = trial->facts->n_items, k = trial->options->k;
    double *metric = asking->outcome->metric + (size_t)at * SHOPPER_METRICS;
    int32_t *list = asking->outcome->list + (size_t)at * (size_t)k;
    struct shopper *shopper =
        shopper_new(trial->split->history, asked->user, MOMENT_NONE, NULL, NULL);
    bool good = shopper &&
                model_base(asking->model)->kind->score(asking->model, shopper, desk->scores, NULL);

    if (good) {
        scores_settle(desk->scores, n_items);
        trial_remove(trial, shopper, desk->scores);
        for (int32_t t = 0; t < asked->n_targets; t++)
            desk->ranks[t] = place(desk->scores, n_items, asked->targets[t]);
        metrics_of_ranks(desk->ranks, asked->n_targets, k, metric);
        int32_t n = top_k(desk->scores, n_items, k, list);
        metrics_of_list(trial->facts, list, n, metric);
        if (at % asking->every == 0)
            metric[METRIC_DIVERSITY] = list_diversity(trial->facts, list, n, desk->buyers);
    }
    shopper_free(shopper);
    return good;
}

static void ask_block(void *context, size_t begin, size_t end, int worker)
{
    struct asking *asking = context;
    struct desk *desk = &asking->desks[worker];

    for (size_t at = begin; at < end && !asking->failed; at++)
        if (!desk_ready(desk, asking) || !ask(asking, (int32_t)at, desk)) asking->failed = true;
}

bool trial_ask(const struct trial *trial, const struct model *model, struct outcome *outcome,
               struct error *error)
{
    struct asking asking = { .trial = trial, .model = model, .outcome = outcome };
    bool done = false;

    if (!outcome_init(outcome, trial, error)) return false;
    for (int32_t i = 0; i < trial->n; i++) {
        int32_t n = trial->split->cases[trial->cases[i]].n_targets;
        if (n > asking.most_targets) asking.most_targets = n;
    }
    asking.every = (trial->n + DIVERSITY_SHOPPERS - 1) / DIVERSITY_SHOPPERS;
    progress_begin(trial->progress, "asking shoppers", trial->n);
    if (!parallel_for(trial->options->threads, (size_t)trial->n, 4, ask_block, &asking,
                      trial->progress))
        error_set(error, ERROR_CANCELLED, "cancelled while asking about shoppers");
    else if (asking.failed)
        error_memory(error, "an evaluation");
    else
        done = true;
    for (int i = 0; i < MAX_WORKERS; i++) {
        free(asking.desks[i].scores);
        free(asking.desks[i].ranks);
        free(asking.desks[i].buyers);
    }
    return done;
}
