/* evaluate_draws.c - --protocol items over several draws of the items that are held out.
 *
 * Which items are drawn moves the figures further than which users are asked about, so that the
 * bootstrap over users of one draw claims too much. The interval here is Student's over the draws.
 */
#include "evaluate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct draws_summary {
    double mean, low, high; /* 95 % interval; NAN for fewer than two values */
    double min, max;
    int32_t positive; /* how many values are above 0 */
};

/* The quantile 0.975 of Student's t. Beyond the table it is off by less than 0.01. */
static double student_quantile(int32_t degrees)
{
    static const double table[] = { 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                                    2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
                                    2.110,  2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
                                    2.060,  2.056, 2.052, 2.048, 2.045, 2.042 };
    const int32_t n = (int32_t)(sizeof table / sizeof *table);
    return degrees <= n ? table[degrees - 1] : 1.96 + 2.4 / degrees;
}

/* Of a[i] - b[i], or of a[i] where b is NULL; n > 0. */
static struct draws_summary summarize(const double *a, const double *b, int32_t n)
{
    struct draws_summary of = { .low = NAN, .high = NAN, .min = INFINITY, .max = -INFINITY };
    double squares = 0;

    for (int32_t i = 0; i < n; i++) {
        const double value = b ? a[i] - b[i] : a[i];
        of.mean += value / n;
        of.min = fmin(of.min, value);
        of.max = fmax(of.max, value);
        of.positive += value > 0;
    }
    for (int32_t i = 0; i < n; i++) {
        const double off = (b ? a[i] - b[i] : a[i]) - of.mean;
        squares += off * off;
    }
    if (n > 1) {
        const double half = student_quantile(n - 1) * sqrt(squares / (n - 1) / n);
        of.low = of.mean - half;
        of.high = of.mean + half;
    }
    return of;
}

static void draws_note(struct draws *draws, const struct ranking *ranking)
{
    for (int32_t m = 0; m < draws->n_models; m++)
        draws->ndcg[m * draws->capacity + draws->n] = ranking->models[m].metric[METRIC_NDCG].value;
    draws->n++;
}

/* A model that one of the draws leaves out cannot be compared over them. */
static bool same_models(const struct ranking *a, const struct ranking *b, struct error *error)
{
    bool same = a->n_models == b->n_models;
    for (int32_t m = 0; same && m < a->n_models; m++)
        same = strcmp(a->models[m].candidate.label, b->models[m].candidate.label) == 0;
    return same || error_set(error, ERROR_INPUT,
                             "not every draw of the items can be measured with the same models: "
                             "name them, or use --draws 1");
}

bool draws_run(struct draws *draws, const struct call *call, struct evaluation *evaluation,
               struct ranking *first, struct progress *progress, struct error *error)
{
    struct ranking_options *options = &evaluation->options;
    const struct ranking_options given = *options;
    bool good = true;

    draws->n_models = first->n_models;
    draws->ndcg =
        malloc(((size_t)draws->n_models * (size_t)draws->capacity + 1) * sizeof *draws->ndcg);
    if (!draws->ndcg) return error_memory(error, "an evaluation");
    draws_note(draws, first);
    draws->tried = 1;
    options->partial = false;
    options->fidelity = 0;
    while (good && draws->tried < draws->capacity && !first->incomplete) {
        struct error problem = { 0 };
        options->seed = options->split.seed = given.seed + (uint64_t)draws->tried;
        struct ranking *ranking =
            evaluation_run(evaluation, call->engine, call->reader, progress, &problem);
        if (ranking) {
            good = same_models(first, ranking, error);
            if (good) draws_note(draws, ranking);
        } else if (problem.code == ERROR_CANCELLED) {
            first->incomplete = true;
        } else if (problem.code == ERROR_INPUT) {
            text_format(&first->remarks, "the draw of seed %llu is not counted: %s\n",
                        (unsigned long long)options->seed, problem.text);
        } else {
            good = false;
            *error = problem;
        }
        ranking_free(ranking);
        draws->tried += !first->incomplete;
    }
    *options = given;
    return good;
}

void draws_fini(struct draws *draws)
{
    free(draws->ndcg);
}

static const double *draws_of(const struct draws *draws, int32_t model)
{
    return draws->ndcg + (size_t)model * (size_t)draws->capacity;
}

static int32_t draws_leader(const struct draws *draws)
{
    int32_t leader = 0;
    for (int32_t m = 1; m < draws->n_models; m++)
        if (summarize(draws_of(draws, m), NULL, draws->n).mean >
            summarize(draws_of(draws, leader), NULL, draws->n).mean)
            leader = m;
    return leader;
}

void draws_print(const struct draws *draws, const struct ranking *ranking)
{
    const struct ranked_model *models = ranking->models;
    const int32_t leader = draws_leader(draws);

    printf("\nNDCG over %d draws of the items, seeds %llu to %llu\n", draws->n,
           (unsigned long long)ranking->options.seed,
           (unsigned long long)ranking->options.seed + (unsigned long long)draws->tried - 1);
    printf("%-28s %9s  %15s %9s %9s\n", "MODEL", "MEAN", "95 %", "MIN", "MAX");
    for (int32_t m = 0; m < draws->n_models; m++) {
        const struct draws_summary of = summarize(draws_of(draws, m), NULL, draws->n);
        printf("%-28s %9.4f  %7.4f-%7.4f %9.4f %9.4f\n", models[m].candidate.label, of.mean, of.low,
               of.high, of.min, of.max);
    }
    for (int32_t m = 0; m < draws->n_models; m++) {
        if (m == leader) continue;
        const struct draws_summary of =
            summarize(draws_of(draws, leader), draws_of(draws, m), draws->n);
        printf("%s against %s: NDCG %+.4f (95 %%: %+.4f to %+.4f), ahead in %d of %d draws\n",
               models[leader].candidate.label, models[m].candidate.label, of.mean, of.low, of.high,
               of.positive, draws->n);
    }
}

static json_t *interval_json(const struct draws_summary *of)
{
    return json_pack("[f, f]", of->low, of->high);
}

char *draws_json(const struct draws *draws, const struct ranking *ranking)
{
    const int32_t leader = draws_leader(draws);
    json_t *models = json_array(), *comparisons = json_array();

    for (int32_t m = 0; m < draws->n_models; m++) {
        const char *label = ranking->models[m].candidate.label;
        const struct draws_summary of = summarize(draws_of(draws, m), NULL, draws->n);
        json_t *ndcg = json_array();
        for (int32_t i = 0; i < draws->n; i++)
            json_array_append_new(ndcg, json_real(draws_of(draws, m)[i]));
        json_array_append_new(models,
                              json_pack("{s:s, s:o, s:f, s:o}", "label", label, "ndcg", ndcg,
                                        "mean", of.mean, "interval", interval_json(&of)));
        if (m == leader) continue;
        const struct draws_summary off =
            summarize(draws_of(draws, leader), draws_of(draws, m), draws->n);
        json_array_append_new(comparisons, json_pack("{s:s, s:s, s:f, s:o, s:i}", "a", label, "b",
                                                     ranking->models[leader].candidate.label,
                                                     "difference", off.mean, "interval",
                                                     interval_json(&off), "ahead", off.positive));
    }
    json_t *whole = json_pack("{s:i, s:i, s:o, s:o}", "n", draws->n, "tried", draws->tried,
                              "models", models, "comparisons", comparisons);
    char *text = whole ? json_dumps(whole, JSON_COMPACT | JSON_REAL_PRECISION(10)) : NULL;
    json_decref(whole);
    return text;
}
