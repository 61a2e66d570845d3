/* recipes.c - the jobs there are: training, and loading what is served. */
#include "aisle/job.h"
#include "labels.h"
#include "rounds.h"
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct training {
    const struct model_kind *kind;
    struct parameters parameters;
};

/* What it will take beside the data; nothing where the data cannot be read. */
static void note_memory(struct job_context *context, const char *kind_name,
                        const struct parameters *parameters)
{
    struct strength_options options;
    const struct model_kind *kind = model_kind_find(kind_name, NULL);
    parameters_strength(parameters, &options);
    const struct dataset *dataset =
        engine_dataset_by(context->engine, context->reader, &options, context->progress, NULL);
    if (kind && dataset) job_forecast(context, kind->memory(dataset, parameters));
    dataset_release(dataset);
}

static bool train_by(struct job_context *context, const char *kind,
                     const struct parameters *settings, struct error *error)
{
    struct parameters parameters = *settings;
    struct rounds rounds;
    struct run run;
    rounds_init(&rounds, context);
    parameters.hooks = &rounds.hooks;
    job_log(context, "training %s", kind);
    note_memory(context, kind, settings);
    if (!engine_train(context->engine, kind, &parameters, 0, context->progress, &run, error)) {
        job_log(context, "%s", error->text);
        return false;
    }
    *context->run = run.id;
    snprintf(context->message, 512, "run %lld is active: %.2f s, %.1f MB of memory",
             (long long)run.id, run.seconds, (double)run.peak_bytes / 1048576.0);
    job_log(context, "%s", context->message);
    struct text note = { 0 };
    label_note(run.facts, &note);
    if (note.length > 0) job_log(context, "%s", note.bytes);
    text_fini(&note);
    return true;
}

static bool train(struct job_context *context, void *argument, struct error *error)
{
    const struct training *training = argument;
    return train_by(context, training->kind->name, &training->parameters, error);
}

static bool resume(struct job_context *context, void *argument, struct error *error)
{
    struct parameters parameters;
    const char *wanted = argument;
    const struct model_kind *kind = checkpoint_stopped(context->reader, wanted, &parameters, error);
    return kind && train_by(context, kind->name, &parameters, error);
}

int64_t job_resume(struct job_queue *queue, const char *kind, struct error *error)
{
    char title[96];
    char *wanted = kind ? strdup(kind) : NULL;
    if (kind && !wanted) {
        error_memory(error, "a job");
        return 0;
    }
    snprintf(title, sizeof title, "go on training %s", kind ? kind : "what was stopped");
    return job_submit(queue, title, 0, resume, wanted, free, error);
}

int64_t job_train(struct job_queue *queue, const char *kind_name,
                  const struct parameters *parameters, struct error *error)
{
    char title[96];
    const struct model_kind *kind = model_kind_find(kind_name, error);
    struct training *training = kind ? malloc(sizeof *training) : NULL;
    if (!training) {
        if (kind) error_memory(error, "a job");
        return 0;
    }
    training->kind = kind;
    if (parameters)
        training->parameters = *parameters;
    else
        parameters_init(&training->parameters, kind->parameters);
    snprintf(title, sizeof title, "train %s", kind->name);
    return job_submit(queue, title, 0, train, training, free, error);
}

/* Trains every kind whose active run has not seen the newest events, as it was trained before, and
 * those that have none. */
static bool train_stale(struct job_context *context, void *argument, struct error *error)
{
    struct workspace_counts counts;
    int trained = 0;
    (void)argument;
    if (!workspace_counts(context->reader, &counts, error)) return false;
    for (int i = 0; model_kinds[i]; i++) {
        struct run run;
        if (!run_active(context->reader, model_kinds[i]->name, &run, error)) return false;
        if (run.id != 0 && run.events_seen == counts.last_event && run.n_users == counts.users &&
            run.n_items == counts.items)
            continue;
        struct parameters parameters;
        struct rounds rounds;
        parameters_init(&parameters, model_kinds[i]->parameters);
        rounds_init(&rounds, context);
        if (run.id != 0 && !engine_run_settings(&run, &parameters, error)) return false;
        parameters.hooks = &rounds.hooks;
        job_log(context, "training %s", model_kinds[i]->name);
        if (!engine_train(context->engine, model_kinds[i]->name, &parameters, 0, context->progress,
                          &run, error))
            return false;
        *context->run = run.id;
        trained++;
    }
    int32_t items, encoders;
    if (!vectors_train(context->engine, context->progress, &items, &encoders, error)) return false;
    if (items > 0) job_log(context, "%s encoded", text_count(items, "text").text);
    if (trained > 0)
        snprintf(context->message, 512, "%s trained", text_count(trained, "model").text);
    else
        snprintf(context->message, 512, "all models are fresh");
    return true;
}

int64_t job_train_stale(struct job_queue *queue, struct error *error)
{
    return job_submit(queue, "train what is stale", 0, train_stale, NULL, NULL, error);
}

static bool load(struct job_context *context, void *argument, struct error *error)
{
    struct serving serving;
    int loaded = 0;
    (void)argument;
    const struct dataset *dataset =
        engine_dataset(context->engine, context->reader, context->progress, error);
    if (!dataset) return false;
    dataset_release(dataset);
    for (int i = 0; model_kinds[i]; i++) {
        struct run run;
        if (!run_active(context->reader, model_kinds[i]->name, &run, error)) return false;
        if (run.id == 0) continue;
        if (!engine_serve(context->engine, context->reader, NULL, run.id, &serving,
                          context->progress, error)) {
            if (error->code == ERROR_CANCELLED) return false;
            job_log(context, "%s", error->text);
            continue;
        }
        serving_fini(&serving);
        loaded++;
    }
    snprintf(context->message, 512, "in memory: data and %s", text_count(loaded, "model").text);
    return true;
}

int64_t job_load(struct job_queue *queue, struct error *error)
{
    return job_submit(queue, "load data and models", 0, load, NULL, NULL, error);
}
