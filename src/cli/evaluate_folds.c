/* evaluate_folds.c - evaluate --protocol folds: how well ratings are predicted, in k folds. */
#include "evaluate.h"
#include "meter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *parameters_value(const struct parameters *parameters)
{
    struct text text = { 0 };
    parameters_json(parameters, &text);
    json_t *value = text.failed ? NULL : json_loads(text.bytes, 0, NULL);
    text_fini(&text);
    return value;
}

static json_t *report_json(const struct candidate *candidate, const struct rating_report *report)
{
    json_t *folds = json_array();
    for (int32_t i = 0; i < report->folds; i++)
        json_array_append_new(folds, json_pack("{s:f, s:f}", "rmse", report->rmse_of_folds[i],
                                               "mae", report->mae_of_folds[i]));
    return json_pack("{s:s, s:s, s:o, s:f, s:f, s:I, s:I, s:f, s:o}", "model",
                     candidate->kind->name, "label", candidate->label, "parameters",
                     parameters_value(&candidate->parameters), "rmse", report->rmse, "mae",
                     report->mae, "ratings", (json_int_t)report->ratings, "fallbacks",
                     (json_int_t)report->fallbacks, "seconds", report->seconds, "folds", folds);
}

/* MODEL or MODEL:KEY=VALUE,... ; without names all models that predict ratings. */
static bool folds_contenders(const struct call *call, struct evaluation *evaluation,
                             struct error *error)
{
    for (int i = 0; i < call->n_arguments; i++) {
        if (evaluation->n == EVALUATION_MODELS)
            return error_set(error, ERROR_USAGE, "at most %d models at a time", EVALUATION_MODELS);
        struct candidate *candidate = &evaluation->candidates[evaluation->n];
        if (!candidate_parse(candidate, call->argument[i], error)) return false;
        if (!candidate->kind->predict)
            return error_set(error, ERROR_USAGE,
                             "%s predicts no ratings: evaluate user-cf or item-cf",
                             candidate->kind->name);
        evaluation->n++;
    }
    for (int i = 0; call->n_arguments == 0 && model_kinds[i]; i++)
        if (model_kinds[i]->predict && evaluation->n < EVALUATION_MODELS)
            candidate_init(&evaluation->candidates[evaluation->n++], model_kinds[i], NULL);
    if (!evaluate_settings(call, evaluation, error)) return false;
    for (int32_t i = 0; i < evaluation->n; i++)
        evaluation->candidates[i].parameters.seed = evaluation->options.seed;
    return true;
}

static int label_width(const struct evaluation *evaluation)
{
    size_t width = 10;
    for (int32_t i = 0; i < evaluation->n; i++) {
        const size_t length = strlen(evaluation->candidates[i].label);
        if (length > width) width = length;
    }
    return (int)width;
}

/* Each contender in turn: a row of the table, or an element of `models` where that is wanted. */
static int folds_evaluate(const struct evaluation *evaluation, const struct dataset *dataset,
                          int32_t folds, json_t *models)
{
    const int width = label_width(evaluation);
    struct error error = { 0 };

    if (!models)
        printf("%-*s %8s %8s %10s %10s %8s\n", width, "MODEL", "RMSE", "MAE", "RATINGS",
               "FALLBACKS", "SECONDS");
    for (int32_t i = 0; i < evaluation->n; i++) {
        const struct candidate *candidate = &evaluation->candidates[i];
        struct rating_report report;
        struct meter meter;
        meter_begin(&meter, candidate->kind->name);
        bool good =
            evaluate_ratings(dataset, candidate->kind, &candidate->parameters, folds,
                             candidate->parameters.seed, 0, &meter.progress, &report, &error);
        meter_end(&meter);
        if (!good) return call_fail(&error);
        if (models)
            json_array_append_new(models, report_json(candidate, &report));
        else
            printf("%-*s %8.4f %8.4f %10lld %10lld %8.2f\n", width, candidate->label, report.rmse,
                   report.mae, (long long)report.ratings, (long long)report.fallbacks,
                   report.seconds);
    }
    return STATUS_DONE;
}

static int folds_report(struct call *call, const struct evaluation *evaluation, int32_t folds)
{
    struct error error = { 0 };
    const struct dataset *dataset = engine_dataset(call->engine, call->reader, NULL, &error);
    if (!dataset) return call_fail(&error);
    if (isnan(dataset->mean_rating)) {
        dataset_release(dataset);
        error_set(&error, ERROR_INPUT,
                  "there are no ratings to predict: the other protocols measure lists");
        return call_fail(&error);
    }
    json_t *models = call->json ? json_array() : NULL;
    int status = folds_evaluate(evaluation, dataset, folds, models);
    if (models && status == STATUS_DONE)
        status = print_json(json_pack("{s:s, s:I, s:I, s:o}", "protocol", "folds", "k",
                                      (json_int_t)folds, "users", (json_int_t)dataset->n_users,
                                      "models", models));
    else
        json_decref(models);
    dataset_release(dataset);
    return status;
}

int evaluate_folds(struct call *call)
{
    int status = STATUS_DONE;
    int64_t folds, seed;
    struct error error = { 0 };
    struct evaluation *evaluation = malloc(sizeof *evaluation);

    if (!evaluation) {
        error_memory(&error, "an evaluation");
        return call_fail(&error);
    }
    evaluation_init(evaluation);
    if (call_number(call, "k", 5, 2, 16, &folds, &status) &&
        call_number(call, "seed", 1, 0, INT64_MAX, &seed, &status)) {
        evaluation->options.seed = (uint64_t)seed;
        if (!folds_contenders(call, evaluation, &error))
            status = call_fail(&error);
        else if (call_open(call, WORKSPACE_READ, &status))
            status = folds_report(call, evaluation, (int32_t)folds);
    }
    free(evaluation);
    return status;
}
