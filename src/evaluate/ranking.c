/* ranking.c - an evaluation from beginning to end: split, train, ask, judge. */
#include "ranking_private.h"

#include "aisle/rng.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

void ranking_options_init(struct ranking_options *options)
{
    *options = (struct ranking_options){ .k = 10, .fidelity = 100, .resamples = 1000, .seed = 1 };
    split_options_init(&options->split);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* All shoppers, or a sample: each case is taken with the chance that makes the sample full (the
 * classical sequential draw), so the order stays. */
static bool draw_cases(struct candidate_run *candidate_run, struct error *error)
{
    const int32_t all = candidate_run->split->n_cases, wanted = candidate_run->options->sample;
    const int32_t n = wanted > 0 && wanted < all ? wanted : all;
    struct rng rng;

    candidate_run->cases = malloc(((size_t)n + 1) * sizeof *candidate_run->cases);
    if (!candidate_run->cases) return error_memory(error, "an evaluation");
    rng_init(&rng, candidate_run->options->seed);
    for (int32_t i = 0; i < all && candidate_run->n < n; i++)
        if ((int32_t)rng_below(&rng, (uint32_t)(all - i)) < n - candidate_run->n)
            candidate_run->cases[candidate_run->n++] = i;
    return true;
}

/* A blend that has found its weights may let its parts learn from what was held out, too: not
 * where the others may not. */
static struct parameters fair_parameters(const struct parameters *given, bool refit)
{
    struct parameters fair = *given;

    for (int i = 0; !refit && fair.info[i].name; i++) {
        if (strcmp(fair.info[i].name, "refit") == 0)
            parameters_set(&fair, slice_of("refit=no"), NULL);
    }
    return fair;
}

/* The split with strengths as the model counts them: the trial's own, or `other`, which is made
 * anew where it counts otherwise. The cases are the same in all. */
static const struct split *split_for(const struct candidate_run *candidate_run,
                                     const struct parameters *parameters, struct split **other,
                                     struct error *error)
{
    struct strength_options strengths;
    struct split_options options = candidate_run->options->split;

    parameters_strength(parameters, &strengths);
    if (strength_options_equal(&strengths, &candidate_run->split->train->options))
        return candidate_run->split;
    if (*other && strength_options_equal(&strengths, &(*other)->train->options)) return *other;
    split_free(*other);
    options.repeats = candidate_run->options->keep_seen;
    options.strengths = &strengths;
    return *other = split_new(candidate_run->all, &options, candidate_run->progress, error);
}

static bool try_model(struct ranked_model *tried, const struct candidate_run *base,
                      struct split **other, struct parts *parts, struct outcome *outcome,
                      struct error *error)
{
    struct candidate_run own = *base, *candidate_run = &own;
    own.split = split_for(base, &tried->candidate.parameters, other, error);
    if (!own.split) return false;
    const struct model_kind *kind = tried->candidate.kind;
    const struct dataset *data =
        kind->validates ? candidate_run->split->held_out : candidate_run->split->train;
    const int64_t before =
        candidate_run->options->memory_mark ? candidate_run->options->memory_mark() : 0;
    const double begun = seconds_now();
    const struct parameters parameters =
        fair_parameters(&tried->candidate.parameters, base->options->split.refit);
    struct model *model =
        parts_train(parts, kind, &parameters, data, candidate_run->options->threads,
                    candidate_run->progress, error);

    tried->train_seconds = seconds_now() - begun;
    bool done = model && candidate_ask(candidate_run, model, outcome, error);
    tried->score_seconds = seconds_now() - begun - tried->train_seconds;
    if (candidate_run->options->memory_peak) {
        int64_t peak = candidate_run->options->memory_peak() - before;
        tried->peak_bytes = peak > 0 ? peak : 0;
    }
    done = done && candidate_fidelity(candidate_run, model, outcome, error);
    if (done) parts_offer(parts, model);
    model_release(model);
    if (!done) error_prefix(error, "%s", tried->candidate.label);
    return done;
}

/* A model that could not be trained for a reason that lies in the data is taken out. */
static bool leave_out(struct ranking *ranking, int32_t m, struct error *error)
{
    if (!ranking->options.lenient || error->code == ERROR_CANCELLED) return false;
    text_format(&ranking->remarks, "%s\n", error->text);
    ranking->n_models--;
    memmove(&ranking->models[m], &ranking->models[m + 1],
            (size_t)(ranking->n_models - m) * sizeof *ranking->models);
    *error = (struct error){ 0 };
    return true;
}

/* Cancelled after m models: those are judged, where the caller wants them. */
static bool stop_at(struct ranking *ranking, int32_t m, struct candidate_run *candidate_run,
                    const struct error *error)
{
    if (!ranking->options.partial || error->code != ERROR_CANCELLED || m == 0) return false;
    text_format(&ranking->remarks, "cancelled: %d of %d models were measured\n", m,
                ranking->n_models);
    ranking->incomplete = true;
    ranking->n_models = m;
    candidate_run->progress = NULL;
    return true;
}

static struct ranking *ranking_capacity(const struct candidate *candidates, int32_t n,
                                        const struct ranking_options *options, struct error *error)
{
    struct ranking *ranking = calloc(1, sizeof *ranking);

    if (ranking) ranking->models = calloc((size_t)n + 1, sizeof *ranking->models);
    if (!ranking || !ranking->models) {
        ranking_free(ranking);
        error_memory(error, "an evaluation");
        return NULL;
    }
    ranking->options = *options;
    ranking->n_models = n;
    for (int32_t m = 0; m < n; m++)
        ranking->models[m].candidate = candidates[m];
    return ranking;
}

struct ranking *ranking_new(const struct dataset *dataset, const struct candidate *candidates,
                            int32_t n_candidates, const struct ranking_options *options,
                            struct progress *progress, struct error *error)
{
    const double begun = seconds_now();
    struct ranking *ranking = ranking_capacity(candidates, n_candidates, options, error);
    struct outcome *outcomes = calloc((size_t)n_candidates + 1, sizeof *outcomes);
    struct split_options split_options = options->split;
    struct item_facts facts = { 0 };
    struct grouping grouping = { 0 };
    struct parts parts = { 0 };
    struct candidate_run candidate_run = {
        .all = dataset, .options = options, .facts = &facts, .progress = progress
    };
    struct split *split = NULL, *other = NULL;
    struct error problem = { 0 };
    bool done = false;

    if (!outcomes) error_memory(error, "an evaluation");
    if (!ranking || !outcomes) goto out;
    split_options.repeats = options->keep_seen;
    parts_init(&parts, options);
    candidate_run.split = split = split_new(dataset, &split_options, progress, error);
    if (!split || !item_facts_init(&facts, split->train, error) ||
        !draw_cases(&candidate_run, error) || !grouping_init(&grouping, &candidate_run, error))
        goto out;
    ranking->n_users = candidate_run.n;
    ranking->n_eligible = split->n_cases;
    ranking->left_out = split->left_out;
    ranking->without_history = split->without_history;
    ranking->n_items = dataset->n_items;
    for (int32_t m = 0; m < ranking->n_models;) {
        if (try_model(&ranking->models[m], &candidate_run, &other, &parts, &outcomes[m],
                      &problem)) {
            m++;
            continue;
        }
        outcome_fini(&outcomes[m]);
        outcomes[m] = (struct outcome){ 0 };
        if (leave_out(ranking, m, &problem)) continue;
        if (stop_at(ranking, m, &candidate_run, &problem)) break;
        if (error) *error = problem;
        goto out;
    }
    done = ranking_judge(ranking, &candidate_run, outcomes, &grouping, error);
    ranking->seconds = seconds_now() - begun;
    ranking->options.by = NULL; /* the caller's, and not needed any more */
    ranking->options.parts = NULL;
out:
    for (int32_t m = 0; outcomes && m < n_candidates; m++)
        outcome_fini(&outcomes[m]);
    free(outcomes);
    free(candidate_run.cases);
    parts_fini(&parts);
    grouping_fini(&grouping);
    item_facts_fini(&facts);
    split_free(split);
    split_free(other);
    if (done) return ranking;
    ranking_free(ranking);
    return NULL;
}

void ranking_free(struct ranking *ranking)
{
    if (!ranking) return;
    for (int32_t m = 0; ranking->models && m < ranking->n_models; m++) {
        free(ranking->models[m].group_ndcg);
        free(ranking->models[m].group_hit);
    }
    free(ranking->models);
    free(ranking->groups);
    free(ranking->comparisons);
    text_fini(&ranking->remarks);
    free(ranking);
}
