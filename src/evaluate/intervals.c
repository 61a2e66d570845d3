/* intervals.c - how sure the figures are: the bootstrap over shoppers (B. Efron 1979).
 *
 * A resample draws as many shoppers as there are, with replacement, and takes every figure again.
 * The same draws serve all models, so the spread of a difference is that of paired shoppers. An
 * interval is the 2.5 % and 97.5 % points of the resampled figures, moved so that their mean is the
 * figure itself: coverage is always smaller in a resample, which says nothing about its spread.
 * The test of a difference d asks how often resampled differences lie as far from their own mean
 * as d lies from 0.
 */
#include "ranking_private.h"

#include "aisle/parallel.h"
#include "aisle/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_RESAMPLES = 200, RESAMPLES_MIN = 200 };
static const double SURE = 0.05, WORK_MAX = 1e8;

struct bootstrap {
    const struct ranking *ranking;
    const struct candidate_run *candidate_run;
    const struct outcome *outcomes;
    int32_t n; /* shoppers */
    int32_t n_models, resamples;
    double *figures;              /* (resamples, n_models, METRICS) */
    int32_t *drawn[MAX_WORKERS];  /* (n) how often each shopper was drawn */
    int32_t *counts[MAX_WORKERS]; /* (n_items) */
    atomic_bool failed;
};

/* The metrics of one model where shopper s counts drawn[s] times (once where drawn is NULL). */
static void means(const struct bootstrap *boot, int32_t model, const int32_t *drawn, double *figure)
{
    const double *row = boot->outcomes[model].metric;
    double sum[SHOPPER_METRICS] = { 0 }, weight[SHOPPER_METRICS] = { 0 };

    for (int32_t s = 0; s < boot->n; s++, row += SHOPPER_METRICS) {
        const double times = drawn ? drawn[s] : 1;
        if (times == 0) continue;
        for (int j = 0; j < SHOPPER_METRICS; j++) {
            const bool says = row[j] == row[j];
            sum[j] += says ? times * row[j] : 0;
            weight[j] += says ? times : 0;
        }
    }
    for (int j = 0; j < SHOPPER_METRICS; j++)
        figure[j] = weight[j] > 0 ? sum[j] / weight[j] : NAN;
}

static void of_lists(const struct bootstrap *boot, int32_t model, const int32_t *drawn,
                     int32_t *counts, double *figure)
{
    const int32_t n_items = boot->candidate_run->facts->n_items,
                  k = boot->candidate_run->options->k;
    const int32_t *list = boot->outcomes[model].list;

    memset(counts, 0, (size_t)n_items * sizeof *counts);
    for (int32_t s = 0; s < boot->n; s++, list += k) {
        const int32_t times = drawn ? drawn[s] : 1;
        for (int32_t i = 0; times > 0 && i < k && list[i] >= 0; i++)
            counts[list[i]] += times;
    }
    figure[METRIC_COVERAGE] = lists_coverage(counts, n_items);
    figure[METRIC_GINI] = lists_gini(counts, n_items);
}

static void resample(void *context, size_t begin, size_t end, int worker)
{
    struct bootstrap *boot = context;
    const size_t n = (size_t)boot->n;
    struct rng rng;

    if (!boot->drawn[worker]) {
        boot->drawn[worker] = malloc((n + 1) * sizeof *boot->drawn[worker]);
        boot->counts[worker] = malloc(((size_t)boot->candidate_run->facts->n_items + 1) *
                                      sizeof *boot->counts[worker]);
    }
    int32_t *drawn = boot->drawn[worker], *counts = boot->counts[worker];
    if (!drawn || !counts) boot->failed = true;
    for (size_t b = begin; b < end && !boot->failed; b++) {
        rng_init_stream(&rng, boot->candidate_run->options->seed, b);
        memset(drawn, 0, n * sizeof *drawn);
        for (size_t s = 0; s < n; s++)
            drawn[rng_below(&rng, (uint32_t)n)]++;
        for (int32_t m = 0; m < boot->n_models; m++) {
            if (progress_cancelled(boot->candidate_run->progress)) return;
            double *figure = boot->figures + (b * (size_t)boot->n_models + (size_t)m) * METRICS;
            means(boot, m, drawn, figure);
            if (b < LIST_RESAMPLES) of_lists(boot, m, drawn, counts, figure);
        }
    }
}

/* ------------------------------------------------------------------------- from many figures */

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Figures of n resamples (sorted here) around a value that is never below `min`. */
static struct measured around(double value, double *figures, int32_t n, double min)
{
    struct measured measured = { value, NAN, NAN };
    double mean = 0;
    int32_t said = 0;

    for (int32_t b = 0; b < n; b++)
        if (!isnan(figures[b])) figures[said++] = figures[b];
    if (isnan(value) || said < 2) return measured;
    for (int32_t b = 0; b < said; b++)
        mean += figures[b] / said;
    qsort(figures, (size_t)said, sizeof *figures, ascending);
    measured.low = fmax(min, value + figures[(int32_t)(0.025 * (said - 1))] - mean);
    measured.high = value + figures[(int32_t)ceil(0.975 * (said - 1))] - mean;
    return measured;
}

/* Resamples that have the metric. */
static int32_t resamples_of(const struct bootstrap *boot, enum metric metric)
{
    return (int)metric >= SHOPPER_METRICS && boot->resamples > LIST_RESAMPLES ? LIST_RESAMPLES
                                                                              : boot->resamples;
}

static double figure_of(const struct bootstrap *boot, int32_t b, int32_t model, enum metric metric)
{
    return boot->figures[((size_t)b * (size_t)boot->n_models + (size_t)model) * METRICS + metric];
}

/* b less a; scratch (resamples). */
static struct model_comparison compare(const struct bootstrap *boot, int32_t a, int32_t b,
                                       enum metric metric, double *scratch)
{
    const struct ranked_model *models = boot->ranking->models;
    const double d = models[b].metric[metric].value - models[a].metric[metric].value;
    const int32_t n = resamples_of(boot, metric);
    struct model_comparison comparison = { .a = a, .b = b, .p = 1 };
    double mean = 0;
    int32_t as_far = 0;

    for (int32_t i = 0; i < n; i++) {
        scratch[i] = figure_of(boot, i, b, metric) - figure_of(boot, i, a, metric);
        mean += scratch[i] / n;
    }
    for (int32_t i = 0; i < n; i++)
        as_far += !(fabs(scratch[i] - mean) < fabs(d));
    if (!isnan(d)) comparison.p = (1.0 + as_far) / (1.0 + n);
    comparison.ndcg = around(d, scratch, n, -INFINITY);
    return comparison;
}

/* The leader of each column, marked where its lead over every other one holds. */
static void mark_best(struct ranking *ranking, const struct bootstrap *boot, double *scratch)
{
    for (int j = 0; j < METRICS; j++) {
        int32_t leader = -1;
        bool holds = true;
        for (int32_t m = 0; m < ranking->n_models; m++) {
            const double value = metric_info[j].better * ranking->models[m].metric[j].value;
            if (isnan(value)) continue;
            if (leader < 0 ||
                value > metric_info[j].better * ranking->models[leader].metric[j].value)
                leader = m;
        }
        if (leader < 0 || metric_info[j].better == 0 || ranking->n_models < 2) continue;
        for (int32_t m = 0; m < ranking->n_models; m++) {
            if (m == leader || isnan(ranking->models[m].metric[j].value)) continue;
            holds = holds && compare(boot, m, leader, (enum metric)j, scratch).p < SURE;
        }
        ranking->models[leader].best[j] = holds;
    }
}

static bool fill_models(struct ranking *ranking, const struct bootstrap *boot, int32_t *counts,
                        double *scratch)
{
    for (int32_t m = 0; m < ranking->n_models; m++) {
        struct ranked_model *model = &ranking->models[m];
        double figure[METRICS];
        means(boot, m, NULL, figure);
        of_lists(boot, m, NULL, counts, figure);
        for (int j = 0; j < METRICS; j++) {
            const int32_t n = resamples_of(boot, (enum metric)j);
            for (int32_t b = 0; b < n; b++)
                scratch[b] = figure_of(boot, b, m, (enum metric)j);
            model->metric[j] = around(figure[j], scratch, n, 0);
        }
    }
    return true;
}

static bool fill_comparisons(struct ranking *ranking, const struct bootstrap *boot, double *scratch,
                             struct error *error)
{
    const int32_t n = ranking->n_models;

    ranking->comparisons =
        calloc((size_t)n * (size_t)(n - 1) / 2 + 1, sizeof *ranking->comparisons);
    if (!ranking->comparisons) return error_memory(error, "an evaluation");
    for (int32_t a = 0; a < n; a++)
        for (int32_t b = a + 1; b < n; b++)
            ranking->comparisons[ranking->n_comparisons++] =
                compare(boot, a, b, METRIC_NDCG, scratch);
    return true;
}

/* ------------------------------------------------------------------------------------- groups */

/* NDCG and HIT of one model in one group, by resamples of its own. */
static void judge_group(const struct bootstrap *boot, const struct grouping *grouping, int32_t g,
                        int32_t model, double *scratch, struct ranked_model *out)
{
    const int32_t *members = grouping->members + grouping->start[g];
    const int32_t n = grouping->groups[g].n;
    const double *rows = boot->outcomes[model].metric;
    double value[2] = { 0 }, *figures[2] = { scratch, scratch + RESAMPLES_MIN };

    for (int32_t i = 0; i < n; i++)
        for (int j = 0; j < 2; j++)
            value[j] += rows[(size_t)members[i] * SHOPPER_METRICS + METRIC_NDCG + (size_t)j] / n;
    for (int32_t b = 0; b < RESAMPLES_MIN; b++) {
        struct rng rng;
        if (progress_cancelled(boot->candidate_run->progress)) return;
        rng_init_stream(&rng, boot->candidate_run->options->seed + (uint64_t)g + 1, (uint64_t)b);
        figures[0][b] = figures[1][b] = 0;
        for (int32_t i = 0; i < n; i++) {
            const double *row =
                rows + (size_t)members[rng_below(&rng, (uint32_t)n)] * SHOPPER_METRICS;
            figures[0][b] += row[METRIC_NDCG] / n;
            figures[1][b] += row[METRIC_HIT] / n;
        }
    }
    out->group_ndcg[g] = around(value[0], figures[0], RESAMPLES_MIN, 0);
    out->group_hit[g] = around(value[1], figures[1], RESAMPLES_MIN, 0);
}

struct group_work {
    struct ranking *ranking;
    const struct bootstrap *boot;
    const struct grouping *grouping;
};

static void judge_groups(void *context, size_t begin, size_t end, int worker)
{
    const struct group_work *work = context;
    double scratch[2 * RESAMPLES_MIN];

    (void)worker;
    for (size_t at = begin; at < end; at++) {
        const int32_t m = (int32_t)at / work->grouping->n, g = (int32_t)at % work->grouping->n;
        judge_group(work->boot, work->grouping, g, m, scratch, &work->ranking->models[m]);
    }
}

static bool fill_groups(struct ranking *ranking, const struct bootstrap *boot,
                        const struct grouping *grouping, struct error *error)
{
    const size_t n = (size_t)grouping->n;
    struct group_work work = { ranking, boot, grouping };

    ranking->groups = calloc(n + 1, sizeof *ranking->groups);
    if (!ranking->groups) return error_memory(error, "an evaluation");
    if (n > 0) memcpy(ranking->groups, grouping->groups, n * sizeof *ranking->groups);
    ranking->n_groups = grouping->n;
    for (int32_t m = 0; m < ranking->n_models; m++) {
        ranking->models[m].group_ndcg = calloc(n + 1, sizeof(struct measured));
        ranking->models[m].group_hit = calloc(n + 1, sizeof(struct measured));
        if (!ranking->models[m].group_ndcg || !ranking->models[m].group_hit)
            return error_memory(error, "an evaluation");
    }
    if (n == 0) return true;
    return parallel_for(boot->candidate_run->options->threads, n * (size_t)ranking->n_models, 1,
                        judge_groups, &work, boot->candidate_run->progress) ||
           error_set(error, ERROR_CANCELLED, "cancelled while taking intervals");
}

/* ---------------------------------------------------------------------------------------- all */

static int32_t how_many(const struct candidate_run *candidate_run, int32_t n_models)
{
    double fit = WORK_MAX / ((double)candidate_run->n * n_models + 1);
    int32_t wanted = candidate_run->options->resamples > 2 ? candidate_run->options->resamples : 2;
    if (fit < RESAMPLES_MIN) fit = RESAMPLES_MIN;
    return fit < wanted ? (int32_t)fit : wanted;
}

bool ranking_judge(struct ranking *ranking, const struct candidate_run *candidate_run,
                   const struct outcome *outcomes, const struct grouping *grouping,
                   struct error *error)
{
    struct bootstrap boot = { .ranking = ranking,
                              .candidate_run = candidate_run,
                              .outcomes = outcomes,
                              .n = candidate_run->n,
                              .n_models = ranking->n_models,
                              .resamples = how_many(candidate_run, ranking->n_models) };
    const size_t n = (size_t)boot.resamples;
    double *scratch = malloc(n * sizeof *scratch);
    int32_t *counts = malloc(((size_t)candidate_run->facts->n_items + 1) * sizeof *counts);
    bool done = false;

    boot.figures = malloc(n * ((size_t)ranking->n_models * METRICS + 1) * sizeof *boot.figures);
    if (!scratch || !counts || !boot.figures) {
        error_memory(error, "an evaluation");
        goto out;
    }
    progress_begin(candidate_run->progress, "intervals", boot.resamples);
    if (!parallel_for(candidate_run->options->threads, n, 1, resample, &boot,
                      candidate_run->progress) ||
        progress_cancelled(candidate_run->progress)) {
        error_set(error, ERROR_CANCELLED, "cancelled while taking intervals");
        goto out;
    }
    if (boot.failed) {
        error_memory(error, "an evaluation");
        goto out;
    }
    done = fill_models(ranking, &boot, counts, scratch) &&
           fill_comparisons(ranking, &boot, scratch, error) &&
           fill_groups(ranking, &boot, grouping, error);
    if (done) mark_best(ranking, &boot, scratch);
out:
    for (int w = 0; w < MAX_WORKERS; w++) {
        free(boot.drawn[w]);
        free(boot.counts[w]);
    }
    free(boot.figures);
    free(counts);
    free(scratch);
    return done;
}
