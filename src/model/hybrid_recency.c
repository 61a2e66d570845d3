/* hybrid_recency.c - how much the newest purchases count in each part of a blend.
 *
 * What a shopper bought last tells more than what they bought first: how much more differs from
 * shop to shop. It changes what a model says, not what it has learned, so each part that has the
 * parameter is asked with a few values of it about some of the cases, and keeps the best (NDCG over
 * the whole catalogue, alone). Only parts that nobody else holds are changed.
 */
#include "hybrid.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CASES = 300 };

static const double values[] = { 0, 1, 2, 5, 10, 25 };

struct recency_search {
    const struct split *split;
    const struct model *model;
    int32_t n; /* cases */
    double *gain;
    struct progress *progress;
    atomic_bool failed;
};

/* The place of the target among what the shopper does not have. */
static double gain_of(const float *score, int32_t n_items, const struct shopper *shopper,
                      int32_t target)
{
    int32_t before = 0, s = 0;

    if (!(score[target] > -INFINITY)) return 0;
    for (int32_t i = 0; i < n_items; i++) {
        while (s < shopper->n && shopper->item[s] < i)
            s++;
        const bool owned = s < shopper->n && shopper->item[s] == i;
        before +=
            !owned && (score[i] > score[target] || (i < target && !(score[i] < score[target])));
    }
    return before < BEST ? 1 / log2(2 + before) : 0;
}

static void ask_some(void *context, size_t begin, size_t end, int worker)
{
    struct recency_search *recency_search = context;
    const struct model_base *base = model_base(recency_search->model);
    const int32_t n_items = base->dataset->n_items;
    float *score = malloc(((size_t)n_items + 1) * sizeof *score);

    (void)worker;
    for (size_t i = begin; i < end && !progress_cancelled(recency_search->progress); i++) {
        const size_t at = i * (size_t)recency_search->split->n_cases / (size_t)recency_search->n;
        const struct split_case *asked = &recency_search->split->cases[at];
        struct shopper *shopper =
            shopper_new(recency_search->split->history, asked->user, MOMENT_NONE, NULL, NULL);
        if (score && shopper && base->kind->score(recency_search->model, shopper, score, NULL))
            recency_search->gain[i] = gain_of(score, n_items, shopper, asked->targets[0]);
        else
            atomic_store(&recency_search->failed, true);
        shopper_free(shopper);
    }
    free(score);
}

/* The value under which the part does best. */
static double best_value(struct recency_search *recency_search, double *parameter, int threads)
{
    double best = *parameter, max = -1;

    for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
        double sum = 0;
        *parameter = values[v];
        parallel_for(threads, (size_t)recency_search->n, 8, ask_some, recency_search, NULL);
        for (int32_t i = 0; i < recency_search->n; i++)
            sum += recency_search->gain[i];
        if (sum > max) best = values[v];
        max = fmax(max, sum);
    }
    return best;
}

int32_t hybrid_recency_of(const struct parameters *parameters)
{
    for (int32_t i = 0; parameters->info[i].name; i++) {
        if (strcmp(parameters->info[i].name, "recency") == 0) return i;
    }
    return -1;
}

bool hybrid_choose_recency(struct hybrid *hybrid, const struct split *split, int threads,
                           struct progress *progress, struct error *error)
{
    struct recency_search recency_search = { .split = split,
                                             .n = split->n_cases < CASES ? split->n_cases : CASES,
                                             .progress = progress };
    bool done = true;

    recency_search.gain = calloc((size_t)recency_search.n + 1, sizeof *recency_search.gain);
    if (!recency_search.gain) return error_memory(error, "a blend");
    progress_begin(progress, "weighing purchases", hybrid->n_parts);
    for (int32_t p = 0; p < hybrid->n_parts && done; p++) {
        struct model_base *base = (struct model_base *)hybrid->parts[p].model;
        const int32_t at = hybrid_recency_of(&base->parameters);
        recency_search.model = hybrid->parts[p].model;
        if (at >= 0 && !base->kind->validates && recency_search.n > 0)
            base->parameters.value[at] =
                best_value(&recency_search, &base->parameters.value[at], threads);
        progress_add(progress, 1);
        if (recency_search.failed)
            done = error_memory(error, "a blend");
        else if (progress_cancelled(progress))
            done = error_set(error, ERROR_CANCELLED, "cancelled while weighing purchases");
    }
    free(recency_search.gain);
    return done;
}
