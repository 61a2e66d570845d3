/* evaluation_run.c - one model is asked about every shopper.
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

struct evaluation_scratch { /* of one worker */
    float *scores;          /* (n_items) */
    int32_t *ranks;         /* (most targets) */
    double *buyers;         /* (n_users) zero between lists */
};

struct evaluation_run {
    const struct candidate_run *candidate_run;
    const struct model *model;
    struct outcome *outcome;
    int32_t max_targets, every; /* each `every`-th list is looked at for diversity */
    struct evaluation_scratch evaluation_scratches[MAX_WORKERS];
    atomic_bool failed;
};

void outcome_fini(struct outcome *outcome)
{
    free(outcome->metric);
    free(outcome->list);
}

static bool outcome_init(struct outcome *outcome, const struct candidate_run *candidate_run,
                         struct error *error)
{
    const size_t n = (size_t)candidate_run->n, k = (size_t)candidate_run->options->k;

    outcome->metric = malloc((n * SHOPPER_METRICS + 1) * sizeof *outcome->metric);
    outcome->list = malloc((n * k + 1) * sizeof *outcome->list);
    if (!outcome->metric || !outcome->list) return error_memory(error, "an evaluation");
    for (size_t i = 0; i < n * SHOPPER_METRICS; i++)
        outcome->metric[i] = NAN;
    for (size_t i = 0; i < n * k; i++)
        outcome->list[i] = -1;
    return true;
}

static bool desk_ready(struct evaluation_scratch *evaluation_scratch,
                       const struct evaluation_run *evaluation_run)
{
    const struct item_facts *facts = evaluation_run->candidate_run->facts;

    if (evaluation_scratch->scores) return evaluation_scratch->ranks && evaluation_scratch->buyers;
    evaluation_scratch->scores =
        malloc(((size_t)facts->n_items + 1) * sizeof *evaluation_scratch->scores);
    evaluation_scratch->ranks =
        malloc(((size_t)evaluation_run->max_targets + 1) * sizeof *evaluation_scratch->ranks);
    evaluation_scratch->buyers =
        calloc((size_t)facts->n_users + 1, sizeof *evaluation_scratch->buyers);
    return evaluation_scratch->scores && evaluation_scratch->ranks && evaluation_scratch->buyers;
}

void candidate_remove(const struct candidate_run *candidate_run, const struct shopper *shopper,
                      float *scores)
{
    const int32_t n_items = candidate_run->facts->n_items;
    const uint8_t *cold = candidate_run->split->cold;

    for (int32_t i = 0; cold && i < n_items; i++)
        if (!cold[i]) scores[i] = NAN;
    if (candidate_run->options->keep_seen) return;
    for (int32_t e = 0; e < shopper->n_events; e++)
        scores[shopper->events[e].item] = NAN;
}

/* Equal scores are in item order (protocol L). What a model has nothing to say about is in no list:
 * a miss, wherever item order would put it. */
static int32_t place(const float *scores, int32_t n_items, int32_t item)
{
    return scores[item] > -INFINITY ? scores_rank(scores, n_items, item) : n_items + 1;
}

static bool ask(struct evaluation_run *evaluation_run, int32_t at,
                struct evaluation_scratch *evaluation_scratch)
{
    const struct candidate_run *candidate_run = evaluation_run->candidate_run;
    const struct split_case *asked = &candidate_run->split->cases[candidate_run->cases[at]];
    const int32_t n_items = candidate_run->facts->n_items, k = candidate_run->options->k;
    double *metric = evaluation_run->outcome->metric + (size_t)at * SHOPPER_METRICS;
    int32_t *list = evaluation_run->outcome->list + (size_t)at * (size_t)k;
    struct shopper *shopper =
        shopper_new(candidate_run->split->history, asked->user, MOMENT_NONE, NULL, NULL);
    bool good = shopper &&
                model_base(evaluation_run->model)
                    ->kind->score(evaluation_run->model, shopper, evaluation_scratch->scores, NULL);

    if (good) {
        scores_settle(evaluation_scratch->scores, n_items);
        candidate_remove(candidate_run, shopper, evaluation_scratch->scores);
        for (int32_t t = 0; t < asked->n_targets; t++)
            evaluation_scratch->ranks[t] =
                place(evaluation_scratch->scores, n_items, asked->targets[t]);
        metrics_of_ranks(evaluation_scratch->ranks, asked->n_targets, k, metric);
        int32_t n = top_k(evaluation_scratch->scores, n_items, k, list);
        metrics_of_list(candidate_run->facts, list, n, metric);
        if (at % evaluation_run->every == 0)
            metric[METRIC_DIVERSITY] =
                list_diversity(candidate_run->facts, list, n, evaluation_scratch->buyers);
    }
    shopper_free(shopper);
    return good;
}

static void ask_block(void *context, size_t begin, size_t end, int worker)
{
    struct evaluation_run *evaluation_run = context;
    struct evaluation_scratch *evaluation_scratch = &evaluation_run->evaluation_scratches[worker];

    for (size_t at = begin; at < end && !evaluation_run->failed; at++)
        if (!desk_ready(evaluation_scratch, evaluation_run) ||
            !ask(evaluation_run, (int32_t)at, evaluation_scratch))
            evaluation_run->failed = true;
}

bool candidate_ask(const struct candidate_run *candidate_run, const struct model *model,
                   struct outcome *outcome, struct error *error)
{
    struct evaluation_run evaluation_run = { .candidate_run = candidate_run,
                                             .model = model,
                                             .outcome = outcome };
    bool done = false;

    if (!outcome_init(outcome, candidate_run, error)) return false;
    for (int32_t i = 0; i < candidate_run->n; i++) {
        int32_t n = candidate_run->split->cases[candidate_run->cases[i]].n_targets;
        if (n > evaluation_run.max_targets) evaluation_run.max_targets = n;
    }
    evaluation_run.every = (candidate_run->n + DIVERSITY_SHOPPERS - 1) / DIVERSITY_SHOPPERS;
    progress_begin(candidate_run->progress, "asking shoppers", candidate_run->n);
    if (!parallel_for(candidate_run->options->threads, (size_t)candidate_run->n, 4, ask_block,
                      &evaluation_run, candidate_run->progress))
        error_set(error, ERROR_CANCELLED, "cancelled while asking about shoppers");
    else if (evaluation_run.failed)
        error_memory(error, "an evaluation");
    else
        done = true;
    for (int i = 0; i < MAX_WORKERS; i++) {
        free(evaluation_run.evaluation_scratches[i].scores);
        free(evaluation_run.evaluation_scratches[i].ranks);
        free(evaluation_run.evaluation_scratches[i].buyers);
    }
    return done;
}
