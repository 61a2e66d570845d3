/* tune.c - one parameter after the other, as long as lists get better and time is left. */
#include "aisle/tune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { VALUES_MAX = 8, TRIES_MAX = 400, ROUNDS = 4 };

/* What is tried, of whatever parameters a recommender has; in this order. */
static const struct grid {
    const char *name;
    bool needs_times;
    int n;
    double values[VALUES_MAX];
} grids[] = {
    { "lambda", false, 7, { 20, 50, 100, 200, 500, 1000, 2000 } },
    { "k", false, 7, { 5, 10, 20, 50, 100, 200, 500 } },
    { "recency", false, 7, { 0, 1, 2, 5, 10, 20, 50 } },
    { "weighting", false, 3, { 0, 1, 2 } },
    { "shrinkage", false, 5, { 0, 2, 10, 50, 200 } },
    { "values", false, 2, { 0, 1 } },
    { "alpha", false, 3, { 0.3, 0.5, 0.7 } },
    { "likeness", false, 4, { 0, 1, 5, 20 } },
    { "mutual", false, 4, { 0, 1, 5, 20 } },
    { "words", false, 3, { 0, 2000, 8000 } },
    { "half_life", true, 5, { 0, 7, 30, 90, 365 } },
    { "strength", false, 3, { 0, 1, 2 } },
};
enum { GRIDS = sizeof grids / sizeof *grids };

#define WORTH_IT 5e-4 /* of NDCG: less is no reason to leave the simpler setting */

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void tuning_options_init(struct tuning_options *options)
{
    *options = (struct tuning_options){ .seconds = 60 };
    ranking_options_init(&options->ranking);
    options->ranking.split.validation = true;
    options->ranking.split.unordered = true;
    options->ranking.sample = 2000;
    options->ranking.fidelity = 0;
    options->ranking.resamples = 10; /* intervals are not looked at */
}

static int find(const struct model_kind *kind, const char *name)
{
    for (int i = 0; kind->parameters[i].name; i++) {
        if (strcmp(kind->parameters[i].name, name) == 0) return i;
    }
    return -1;
}

bool tuning_has(const struct model_kind *kind)
{
    bool any = false;

    for (int g = 0; g < GRIDS; g++)
        any = any || find(kind, grids[g].name) >= 0;
    return any && !kind->validates;
}

int64_t tuning_memory(const struct dataset *dataset, const struct model_kind *kind,
                      const struct parameters *start, const struct tuning_options *options)
{
    struct candidate candidate;
    candidate_init(&candidate, kind, start);
    int64_t max = ranking_memory(dataset, &candidate, 1, &options->ranking);

    for (int g = 0; g < GRIDS; g++) {
        const int32_t at = find(kind, grids[g].name);
        for (int v = 0; at >= 0 && v < grids[g].n; v++) {
            candidate_init(&candidate, kind, start);
            candidate.parameters.value[at] = grids[g].values[v];
            const int64_t one = ranking_memory(dataset, &candidate, 1, &options->ranking);
            if (one > max) max = one;
        }
    }
    return max;
}

void tuning_free(struct tuning *tuning)
{
    if (!tuning) return;
    free(tuning->tries);
    free(tuning);
}

/* ------------------------------------------------------------------------------------ trying */

struct search {
    const struct dataset *dataset;
    const struct tuning_options *options;
    struct tuning *tuning;
    double begun;
    struct progress *progress;
    struct error *error;
};

static bool tried_before(const struct tuning *tuning, const struct parameters *parameters)
{
    for (int32_t t = 0; t < tuning->n; t++) {
        const struct parameters *before = &tuning->tries[t].candidate.parameters;
        bool same = true;
        for (int i = 0; parameters->info[i].name && same; i++)
            same = !(before->value[i] < parameters->value[i]) &&
                   !(before->value[i] > parameters->value[i]);
        if (same) return true;
    }
    return false;
}

/* How many more tries like the last ones the time allows; at least one. */
static int32_t time_for(const struct search *search)
{
    const struct tuning *tuning = search->tuning;
    const double spent = seconds_now() - search->begun;

    if (!(search->options->seconds > 0) || tuning->n == 0) return TRIES_MAX;
    const double each = spent / tuning->n, left = search->options->seconds - spent;
    return left <= 0 ? 0 : left < each ? 1 : (int32_t)fmin(left / fmax(each, 1e-3), TRIES_MAX);
}

/* Measures contenders and writes them down; false without memory or when cancelled. */
static bool measure(struct search *search, const struct candidate *candidates, int32_t n)
{
    struct tuning *tuning = search->tuning;
    struct ranking *ranking = ranking_new(search->dataset, candidates, n, &search->options->ranking,
                                          search->progress, search->error);

    if (!ranking) return false;
    tuning->n_users = ranking->n_users;
    for (int32_t m = 0; m < ranking->n_models && tuning->n < TRIES_MAX; m++) {
        const struct ranked_model *model = &ranking->models[m];
        struct tuning_try *tried = &tuning->tries[tuning->n];
        *tried = (struct tuning_try){ .candidate = model->candidate,
                                      .ndcg = model->metric[METRIC_NDCG].value,
                                      .hit = model->metric[METRIC_HIT].value,
                                      .seconds = model->train_seconds + model->score_seconds };
        if (tuning->n > 0 && tried->ndcg > tuning->tries[tuning->best].ndcg + WORTH_IT)
            tuning->best = tuning->n;
        tuning->n++;
        if (search->options->report) search->options->report(search->options->context, tried);
    }
    ranking_free(ranking);
    return true;
}

/* The best so far with every other value of one parameter. */
static bool try_values(struct search *search, const struct grid *grid)
{
    struct tuning *tuning = search->tuning;
    const struct candidate *best = &tuning->tries[tuning->best].candidate;
    const struct model_kind *kind = best->kind;
    const int at = find(kind, grid->name);
    struct candidate candidates[VALUES_MAX];
    int32_t n = 0, capacity = TRIES_MAX - tuning->n;

    if (at < 0 || (grid->needs_times && !search->dataset->event_time)) return true;
    for (int v = 0; v < grid->n; v++) {
        struct parameters parameters = best->parameters;
        parameters.value[at] = grid->values[v];
        if (grid->values[v] < kind->parameters[at].min ||
            grid->values[v] > kind->parameters[at].max || tried_before(tuning, &parameters))
            continue;
        candidate_init(&candidates[n++], kind, &parameters);
    }
    const int32_t allowed = time_for(search);
    if (allowed < n) {
        tuning->out_of_time = true;
        n = allowed;
    }
    if (n > capacity) n = capacity;
    return n == 0 || measure(search, candidates, n);
}

static bool search_all(struct search *search)
{
    struct tuning *tuning = search->tuning;

    for (int round = 0; round < ROUNDS; round++) {
        const int32_t before = tuning->best;
        for (int g = 0; g < GRIDS && !tuning->out_of_time; g++)
            if (!try_values(search, &grids[g])) return false;
        if (tuning->best == before || tuning->out_of_time) break;
    }
    return true;
}

struct tuning *tuning_new(const struct dataset *dataset, const struct model_kind *kind,
                          const struct parameters *start, const struct tuning_options *options,
                          struct progress *progress, struct error *error)
{
    struct tuning *tuning = NULL;
    struct candidate first;

    if (!tuning_has(kind)) {
        error_set(error, ERROR_USAGE,
                  "%s is not tuned: its parameters are its own to find, or it trains too long",
                  kind->name);
        return NULL;
    }
    tuning = calloc(1, sizeof *tuning);
    if (tuning) tuning->tries = calloc(TRIES_MAX, sizeof *tuning->tries);
    if (!tuning || !tuning->tries) {
        tuning_free(tuning);
        error_memory(error, "tuning");
        return NULL;
    }
    struct search search = { dataset, options, tuning, seconds_now(), progress, error };
    candidate_init(&first, kind, start);
    if (!measure(&search, &first, 1) || !search_all(&search)) {
        tuning_free(tuning);
        return NULL;
    }
    tuning->seconds = seconds_now() - search.begun;
    return tuning;
}
