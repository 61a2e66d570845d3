/* evaluation.h - measuring the recommenders of a workspace: the recipe behind `evaluate` and the
 * Evaluate screen.
 *
 * What is measured is a recipe (kind, parameters, seed), not a body: a run that serves has seen the
 * purchases that a test holds back, so each recipe is trained anew on the training part. The
 * figures are kept by every run of the newest data that was made by the same recipe, and the whole
 * report as the workspace's last evaluation.
 */
#ifndef AISLE_EVALUATION_H
#define AISLE_EVALUATION_H

#include "aisle/evaluate.h"
#include "aisle/job.h"

enum { EVALUATION_MODELS = 64 };

struct evaluation {
    struct ranking_options options;
    char by[64];  /* options.by, kept */
    int32_t core; /* without users and items of fewer events; 0 = all stay */
    bool all;     /* nobody named models: what cannot be measured here is left out */
    struct candidate candidates[EVALUATION_MODELS + 2]; /* room for the popular ones */
    int32_t n;
    /* Told once how many bytes it will take; NULL = nobody. */
    void (*report_memory)(void *context, int64_t bytes);
    void *context;
};

void evaluation_init(struct evaluation *evaluation);
/* Adds a model by name or "NAME:KEY=VALUE,…" or "run:N". Bare names get the parameters of the run
 * that serves, where there is one. */
bool evaluation_add(struct evaluation *evaluation, struct reader *reader, const char *words,
                    struct error *error);
/* All models (served: those that are being served, or all where none is). */
bool evaluation_add_all(struct evaluation *evaluation, struct reader *reader, bool served,
                        struct error *error);

/* Measures. The evaluation's contenders are completed by the popular ones, and those that cannot
 * be measured are taken out of it where `all` is set: ranking->remarks says which and why. */
struct ranking *evaluation_run(struct evaluation *evaluation, struct engine *engine,
                               struct reader *reader, struct progress *progress,
                               struct error *error);
/* Runs keep their metrics, the workspace the report. Only a whole test is kept by runs: a sample,
 * a validation or another catalogue stays in the report. */
bool evaluation_keep(const struct evaluation *evaluation, const struct ranking *ranking,
                     struct engine *engine, struct reader *reader, struct error *error);

/* Takes a line such as "item-cf ease:lambda=100 protocol=time k=20 by=segment": models, and of
 * the options protocol, k, sample, core, by, fidelity, refit, validation, repeats. Without models
 * it is about those that are being served. */
bool evaluation_words(struct evaluation *evaluation, struct reader *reader, const char *line,
                      struct error *error);

/* Measures what a line says (NULL = the models being served) and keeps it, as a job. */
int64_t job_evaluate(struct job_queue *queue, const char *line, struct error *error);
/* One figure of what a run keeps, by its name in metric_info; NAN where it was not measured. */
double run_metric(const struct run *run, const char *name);
/* The report of the last evaluation as JSON, appended to out; nothing where there is none. */
bool evaluation_last(struct reader *reader, struct text *out, struct error *error);

#endif
