/* tuning.c - the job that tries parameters, and trains with the best of them where it was asked to.
 */
#include "aisle/job.h"
#include "aisle/tune.h"
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>

struct request {
    const struct model_kind *kind;
    double seconds;
    bool train;
};

static void report(void *context, const struct tuning_try *tried)
{
    job_log(context, "NDCG@10 %.4f  HR@10 %.4f  %6.2f s  %s", tried->ndcg, tried->hit,
            tried->seconds, tried->candidate.label);
}

bool tuning_start(struct reader *reader, const struct model_kind *kind,
                  struct parameters *parameters, struct error *error)
{
    struct run run;

    parameters_init(parameters, kind->parameters);
    if (!run_active(reader, kind->name, &run, error)) return false;
    return run.id == 0 || engine_run_settings(&run, parameters, error) != NULL;
}

static bool work(struct job_context *context, void *argument, struct error *error)
{
    const struct request *request = argument;
    struct tuning_options options;
    struct parameters start;
    struct run run;

    tuning_options_init(&options);
    options.seconds = request->seconds;
    options.report = report;
    options.context = context;
    if (!tuning_start(context->reader, request->kind, &start, error)) return false;
    const struct dataset *dataset =
        engine_dataset(context->engine, context->reader, context->progress, error);
    const int64_t needs = dataset ? tuning_memory(dataset, request->kind, &start, &options) : 0;
    const int64_t there = machine_memory_available();
    job_forecast(context, needs);
    bool fits = needs <= there ||
                error_set(error, ERROR_MEMORY,
                          "tuning %s would need about %.0f MB and %.0f MB are "
                          "free",
                          request->kind->name, (double)needs / 1048576, (double)there / 1048576);
    struct tuning *tuning = dataset && fits ? tuning_new(dataset, request->kind, &start, &options,
                                                         context->progress, error)
                                            : NULL;
    dataset_release(dataset);
    if (!tuning) {
        job_log(context, "%s", error->text);
        return false;
    }
    const struct tuning_try best = tuning->tries[tuning->best];
    snprintf(context->message, 512, "%s: NDCG %.4f, the best of %d; %.4f before",
             best.candidate.label, best.ndcg, tuning->n, tuning->tries[0].ndcg);
    job_log(context, "the best: %s", context->message);
    tuning_free(tuning);
    if (!request->train) return true;
    if (!engine_train(context->engine, request->kind->name, &best.candidate.parameters, 0,
                      context->progress, &run, error))
        return false;
    *context->run = run.id;
    return true;
}

int64_t job_tune(struct job_queue *queue, const char *kind_name, double seconds, bool train,
                 struct error *error)
{
    char title[96];
    const struct model_kind *kind = model_kind_find(kind_name, error);
    struct request *request = NULL;

    if (!kind) return 0;
    if (!tuning_has(kind)) {
        error_set(error, ERROR_USAGE, "%s is not tuned: it trains too long for that", kind->name);
        return 0;
    }
    request = malloc(sizeof *request);
    if (!request) {
        error_memory(error, "a job");
        return 0;
    }
    *request = (struct request){ kind, seconds, train };
    snprintf(title, sizeof title, "tune %s", kind->name);
    return job_submit(queue, title, 0, work, request, free, error);
}
