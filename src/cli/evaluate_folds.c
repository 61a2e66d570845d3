/* evaluate_folds.c - evaluate --protocol folds: how well ratings are predicted, in k folds. */
#include "evaluate.h"
#include "meter.h"
#include "settings.h"

#include <math.h>
#include <stdio.h>

static json_t *report_json(const struct model_kind *kind, const struct rating_report *report)
{
    json_t *folds = json_array();
    for (int32_t i = 0; i < report->folds; i++)
        json_array_append_new(folds, json_pack("{s:f, s:f}", "rmse", report->rmse_of_folds[i],
                                               "mae", report->mae_of_folds[i]));
    return json_pack("{s:s, s:f, s:f, s:I, s:I, s:f, s:o}", "model", kind->name, "rmse",
                     report->rmse, "mae", report->mae, "ratings", (json_int_t)report->ratings,
                     "fallbacks", (json_int_t)report->fallbacks, "seconds", report->seconds,
                     "folds", folds);
}

/* Takes models that predict no ratings out, unless they were named; false after telling. */
static bool keep_predictors(const struct call *call, struct settings *settings, int *status)
{
    struct error error = { 0 };
    int n = 0;
    for (int i = 0; i < settings->n; i++) {
        if (!settings->kind[i]->predict && call->n_arguments > 0) {
            error_set(&error, ERROR_USAGE, "%s predicts no ratings: evaluate user-cf or item-cf",
                      settings->kind[i]->name);
            *status = call_fail(&error);
            return false;
        }
        if (!settings->kind[i]->predict) continue;
        settings->kind[n] = settings->kind[i];
        settings->parameters[n++] = settings->parameters[i];
    }
    settings->n = n;
    return true;
}

static int evaluate_all(const struct settings *settings, const struct dataset *dataset,
                        int32_t folds, json_t *models)
{
    struct error error = { 0 };
    for (int i = 0; i < settings->n; i++) {
        const struct model_kind *kind = settings->kind[i];
        struct rating_report report;
        struct meter meter;
        meter_begin(&meter, kind->name);
        bool good =
            evaluate_ratings(dataset, kind, &settings->parameters[i], folds,
                             settings->parameters[i].seed, 0, &meter.progress, &report, &error);
        meter_end(&meter);
        if (!good) return call_fail(&error);
        if (models)
            json_array_append_new(models, report_json(kind, &report));
        else
            printf("%-10s %8.4f %8.4f %10lld %10lld %8.2f\n", kind->name, report.rmse, report.mae,
                   (long long)report.ratings, (long long)report.fallbacks, report.seconds);
    }
    return STATUS_DONE;
}

int evaluate_folds(struct call *call)
{
    int status = STATUS_DONE;
    int64_t folds;
    struct error error = { 0 };
    struct settings settings;
    if (!call_number(call, "k", 5, 2, 16, &folds, &status) ||
        !settings_read(&settings, call, &status) || !keep_predictors(call, &settings, &status) ||
        !call_open(call, WORKSPACE_READ, &status))
        return status;
    const struct dataset *dataset = engine_dataset(call->engine, call->reader, NULL, &error);
    if (!dataset) return call_fail(&error);
    if (isnan(dataset->mean_rating)) {
        dataset_release(dataset);
        error_set(&error, ERROR_INPUT,
                  "there are no ratings to predict: the other protocols measure lists");
        return call_fail(&error);
    }
    json_t *models = call->json ? json_array() : NULL;
    if (!models)
        printf("%-10s %8s %8s %10s %10s %8s\n", "MODEL", "RMSE", "MAE", "RATINGS", "FALLBACKS",
               "SECONDS");
    status = evaluate_all(&settings, dataset, (int32_t)folds, models);
    if (models && status == STATUS_DONE)
        status = print_json(json_pack("{s:s, s:I, s:I, s:o}", "protocol", "folds", "k",
                                      (json_int_t)folds, "users", (json_int_t)dataset->n_users,
                                      "models", models));
    else
        json_decref(models);
    dataset_release(dataset);
    return status;
}
