/* evaluation.c - measuring the recommenders of a workspace, and keeping what was measured. */
#include "aisle/evaluation.h"
#include "machine.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void evaluation_init(struct evaluation *evaluation)
{
    memset(evaluation, 0, sizeof *evaluation);
    ranking_options_init(&evaluation->options);
}

/* ------------------------------------------------------------------------------ who takes part */

static bool from_run(struct candidate *candidate, const struct run *run, struct error *error)
{
    struct parameters parameters;
    const struct model_kind *kind = model_kind_find(run->kind, error);

    if (!kind) return false;
    parameters_init(&parameters, kind->parameters);
    parameters.seed = run->seed;
    if (!parameters_from_json(&parameters, run->parameters, error)) return false;
    candidate_init(candidate, kind, &parameters);
    return true;
}

static struct candidate *next_place(struct evaluation *evaluation, struct error *error)
{
    if (evaluation->n < EVALUATION_MODELS) return &evaluation->candidates[evaluation->n++];
    error_set(error, ERROR_USAGE, "at most %d models can be compared at once", EVALUATION_MODELS);
    return NULL;
}

bool evaluation_add(struct evaluation *evaluation, struct reader *reader, const char *words,
                    struct error *error)
{
    struct candidate *candidate = next_place(evaluation, error);
    struct run run = { 0 };
    int64_t id;

    if (!candidate) return false;
    if (strncmp(words, "run:", 4) == 0) {
        if (!slice_to_int64(slice_of(words + 4), &id))
            return error_set(error, ERROR_USAGE, "%.40s: a run is run:N, with its number", words);
        return run_find(reader, id, &run, error) && from_run(candidate, &run, error);
    }
    if (strchr(words, ':')) return candidate_parse(candidate, words, error);
    if (!model_kind_find(words, error) || !run_active(reader, words, &run, error)) return false;
    return run.id != 0 ? from_run(candidate, &run, error)
                       : candidate_parse(candidate, words, error);
}

bool evaluation_add_all(struct evaluation *evaluation, struct reader *reader, bool served,
                        struct error *error)
{
    struct run run;

    evaluation->all = true;
    for (int i = 0; model_kinds[i]; i++) {
        if (served && !run_active(reader, model_kinds[i]->name, &run, error)) return false;
        if (served && run.id == 0) continue;
        if (!evaluation_add(evaluation, reader, model_kinds[i]->name, error)) return false;
    }
    return evaluation->n > 0 || evaluation_add_all(evaluation, reader, false, error);
}

/* One "name=value"; false after filling error. */
static bool take_option(struct evaluation *evaluation, struct slice word, struct error *error)
{
    struct ranking_options *options = &evaluation->options;
    const struct {
        const char *name;
        int32_t *value;
    } numbers[] = { { "k=", &options->k },
                    { "sample=", &options->sample },
                    { "core=", &evaluation->core },
                    { "fidelity=", &options->fidelity } };
    int64_t value;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const size_t length = strlen(numbers[i].name);
        if (word.length < length || memcmp(word.bytes, numbers[i].name, length) != 0) continue;
        if (!slice_to_int64((struct slice){ word.bytes + length, word.length - length }, &value) ||
            value < (i == 0) || value > (i == 0 ? 1000 : INT32_MAX))
            return error_set(error, ERROR_USAGE, "%.*s: that is no such number", (int)word.length,
                             word.bytes);
        *numbers[i].value = (int32_t)value;
        return true;
    }
    if (word.length > 9 && memcmp(word.bytes, "protocol=", 9) == 0 &&
        split_protocol_parse((struct slice){ word.bytes + 9, word.length - 9 },
                             &options->split.protocol))
        return true;
    if (word.length > 3 && memcmp(word.bytes, "by=", 3) == 0) {
        snprintf(evaluation->by, sizeof evaluation->by, "%.*s", (int)word.length - 3,
                 word.bytes + 3);
        return true;
    }
    return error_set(error, ERROR_USAGE,
                     "%.*s: the options are protocol=leave-last-out|time|users|items, k=, sample=, "
                     "core=, fidelity=, by=ATTRIBUTE, refit, validation, repeats",
                     (int)(word.length < 60 ? word.length : 60), word.bytes);
}

static bool take_word(struct evaluation *evaluation, struct reader *reader, struct slice word,
                      struct error *error)
{
    struct ranking_options *options = &evaluation->options;
    char name[256];

    if (slice_equal(word, "refit")) return options->split.refit = true;
    if (slice_equal(word, "validation")) return options->split.validation = true;
    if (slice_equal(word, "repeats")) return options->keep_seen = true;
    snprintf(name, sizeof name, "%.*s", (int)word.length, word.bytes);
    if (strchr(name, '=') && !strchr(name, ':')) return take_option(evaluation, word, error);
    return evaluation_add(evaluation, reader, name, error);
}

bool evaluation_words(struct evaluation *evaluation, struct reader *reader, const char *line,
                      struct error *error)
{
    for (const char *at = line + strspn(line, " "); *at; at += strspn(at, " ")) {
        const size_t length = strcspn(at, " ");
        if (!take_word(evaluation, reader, (struct slice){ at, length }, error)) return false;
        at += length;
    }
    return evaluation->n > 0 || evaluation_add_all(evaluation, reader, true, error);
}

/* ---------------------------------------------------------------------------------- measuring */

/* Whether one model fits into the memory there is, beside the parts of the split. */
static bool fits(const struct evaluation *evaluation, const struct candidate *candidate,
                 const struct dataset *dataset, struct error *error)
{
    const int64_t needs = ranking_memory(dataset, candidate, 1, &evaluation->options);
    const int64_t there = machine_memory_available();

    return needs <= there ||
           error_set(error, ERROR_MEMORY, "%s would need about %.0f MB and %.0f MB are free",
                     candidate->label, (double)needs / 1048576, (double)there / 1048576);
}

static bool keep_fitting(struct evaluation *evaluation, const struct dataset *dataset,
                         struct text *remarks, struct error *error)
{
    struct error problem = { 0 };
    int32_t kept = 0;

    for (int32_t i = 0; i < evaluation->n; i++) {
        if (fits(evaluation, &evaluation->candidates[i], dataset, &problem)) {
            evaluation->candidates[kept++] = evaluation->candidates[i];
        } else if (evaluation->all) {
            text_format(remarks, "%s\n", problem.text);
        } else {
            if (error) *error = problem;
            return false;
        }
    }
    evaluation->n = kept;
    if (evaluation->report_memory)
        evaluation->report_memory(
            evaluation->context,
            ranking_memory(dataset, evaluation->candidates, kept, &evaluation->options));
    return true;
}

/* The settings of the runs that serve; a run that cannot be read is passed over. */
static int32_t served_parts(struct reader *reader, struct model_part *parts)
{
    int32_t n = 0;

    for (int i = 0; model_kinds[i] && n < EVALUATION_MODELS; i++) {
        struct candidate candidate;
        struct run run;
        if (!run_active(reader, model_kinds[i]->name, &run, NULL) || run.id == 0 ||
            !from_run(&candidate, &run, NULL))
            continue;
        parts[n++] =
            (struct model_part){ .kind = candidate.kind, .parameters = candidate.parameters };
    }
    return n;
}

struct ranking *evaluation_run(struct evaluation *evaluation, struct engine *engine,
                               struct reader *reader, struct progress *progress,
                               struct error *error)
{
    struct model_part parts[EVALUATION_MODELS];
    struct text remarks = { 0 };
    struct ranking *ranking = NULL;
    const struct dataset *dataset = engine_dataset(engine, reader, progress, error);

    evaluation->options.by = evaluation->by[0] ? evaluation->by : NULL;
    if (dataset && evaluation->core > 0) {
        const struct dataset *core = dataset_core(dataset, evaluation->core, progress, error);
        dataset_release(dataset);
        dataset = core;
    }
    if (dataset && keep_fitting(evaluation, dataset, &remarks, error)) {
        evaluation->options.memory_mark = machine_memory_mark;
        evaluation->options.memory_peak = machine_memory_peak;
        evaluation->options.lenient = evaluation->all;
        evaluation->n = candidates_with_popular(evaluation->candidates, evaluation->n, dataset,
                                                evaluation->options.split.protocol);
        evaluation->options.parts = parts;
        evaluation->options.n_parts = served_parts(reader, parts);
        ranking = ranking_new(dataset, evaluation->candidates, evaluation->n, &evaluation->options,
                              progress, error);
    }
    if (ranking && remarks.length > 0) text_add(&ranking->remarks, remarks.bytes, remarks.length);
    text_fini(&remarks);
    dataset_release(dataset);
    return ranking;
}

/* ------------------------------------------------------------------------------------ keeping */

static bool same_recipe(const struct run *run, const struct candidate *candidate)
{
    struct candidate made;
    const struct parameters *a = &candidate->parameters, *b = &made.parameters;

    if (strcmp(run->kind, candidate->kind->name) != 0 || !from_run(&made, run, NULL)) return false;
    for (int i = 0; a->info[i].name; i++)
        if (a->value[i] < b->value[i] || a->value[i] > b->value[i]) return false;
    return a->seed == b->seed;
}

static bool keep_metrics(struct writer *writer, const struct ranking *ranking,
                         const struct run *runs, int32_t n, uint64_t fingerprint,
                         struct error *error)
{
    bool good = true;

    for (int32_t r = 0; good && r < n; r++) {
        for (int32_t m = 0; good && m < ranking->n_models; m++) {
            struct text json = { 0 };
            if (runs[r].fingerprint != fingerprint ||
                !same_recipe(&runs[r], &ranking->models[m].candidate))
                continue;
            ranking_metrics_json(ranking, m, &json);
            good = json.failed ? error_memory(error, "an evaluation")
                               : run_set_metrics(writer, runs[r].id, json.bytes, error);
            text_fini(&json);
        }
    }
    return good;
}

/* The figures say something about the runs of this workspace as they are. */
static bool is_whole_test(const struct evaluation *evaluation)
{
    const struct ranking_options *options = &evaluation->options;
    return evaluation->core == 0 && options->sample == 0 && !options->split.validation;
}

bool evaluation_keep(const struct evaluation *evaluation, const struct ranking *ranking,
                     struct engine *engine, struct reader *reader, struct error *error)
{
    struct run *runs = NULL;
    int32_t n = 0;
    struct text report = { 0 };
    struct writer *writer = NULL;
    const struct dataset *dataset = engine_loaded_dataset(engine);
    bool good = runs_list(reader, &runs, &n, error);

    ranking_json(ranking, &report);
    if (good && report.failed) good = error_memory(error, "an evaluation");
    if (good) writer = writer_begin(engine_workspace(engine), error);
    good = writer && writer_set_note(writer, "evaluation", report.bytes, error) &&
           (!is_whole_test(evaluation) || !dataset ||
            keep_metrics(writer, ranking, runs, n, dataset_identify(dataset), error));
    if (good)
        good = writer_commit(writer, error);
    else
        writer_rollback(writer);
    text_fini(&report);
    dataset_release(dataset);
    free(runs);
    return good;
}

/* ------------------------------------------------------------------------------------ the job */

static void describe(struct job_context *context, const struct ranking *ranking)
{
    if (ranking->remarks.length > 0) job_log(context, "%s", ranking->remarks.bytes);
    for (int32_t m = 0; m < ranking->n_models; m++) {
        const struct ranked_model *model = &ranking->models[m];
        job_log(context, "%s: NDCG@%d %.4f, HR@%d %.4f%s", model->candidate.label,
                ranking->options.k, model->metric[METRIC_NDCG].value, ranking->options.k,
                model->metric[METRIC_HIT].value, model->best[METRIC_NDCG] ? ", the best" : "");
    }
    snprintf(context->message, 512, "%s, %s, %.1f s", text_count(ranking->n_models, "model").text,
             text_count(ranking->n_users, "user").text, ranking->seconds);
}

static void note_memory(void *context, int64_t bytes)
{
    job_forecast(context, bytes);
}

static bool work(struct job_context *context, void *argument, struct error *error)
{
    struct evaluation *evaluation = malloc(sizeof *evaluation);
    struct ranking *ranking = NULL;
    bool kept = false;

    if (!evaluation) return error_memory(error, "an evaluation");
    evaluation_init(evaluation);
    evaluation->report_memory = note_memory;
    evaluation->context = context;
    if (evaluation_words(evaluation, context->reader, argument ? argument : "", error))
        ranking =
            evaluation_run(evaluation, context->engine, context->reader, context->progress, error);
    if (ranking) {
        describe(context, ranking);
        kept = evaluation_keep(evaluation, ranking, context->engine, context->reader, error);
    }
    if (!kept) job_log(context, "%s", error->text);
    ranking_free(ranking);
    free(evaluation);
    return kept;
}

int64_t job_evaluate(struct job_queue *queue, const char *line, struct error *error)
{
    const size_t size = line ? strlen(line) + 1 : 1;
    char *copy = calloc(1, size);

    if (!copy) {
        error_memory(error, "a job");
        return 0;
    }
    if (line) memcpy(copy, line, size);
    return job_submit(queue, "evaluate", 0, work, copy, free, error);
}

bool evaluation_last(struct reader *reader, struct text *out, struct error *error)
{
    return workspace_note(reader, "evaluation", out, error);
}

double run_metric(const struct run *run, const char *name)
{
    json_t *metrics = json_loads(run->metrics, 0, NULL);
    const json_t *value = json_object_get(metrics, name);
    const double figure = json_is_number(value) ? json_number_value(value) : NAN;

    json_decref(metrics);
    return figure;
}
