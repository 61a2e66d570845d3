/* engine.c - the newest dataset and the models that are being served.
 *
 * Three locks: `publish` is held for the time of reading or swapping pointers, `shelf` for making
 * a pipeline; `load` is held by whoever loads, so that two threads do not load the same thing.
 * Screens only ever take `publish`.
 */
#include "aisle/engine.h"
#include "checkpoint.h"
#include "machine.h"
#include "profile.h"
#include "rulebook.h"
#include "stock_note.h"
#include "vectors.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SERVED = 32, DATASETS = 4 };

struct engine {
    struct workspace *workspace;
    pthread_mutex_t publish, load;
    /* The newest data, once for each way of counting strengths that is asked for; [0] was asked for
     * last. Each says itself by which options it was made. */
    struct newest {
        const struct dataset *dataset;
        int64_t content, facts; /* of the workspace when it was read */
    } newest[DATASETS];
    struct served {
        int64_t run;
        struct model *model;
        struct model *event_follower; /* that absorbed what came later; NULL = none */
    } served[SERVED];
    atomic_bool live; /* models follow what arrives */
    int n_served;
    pthread_mutex_t cache;
    struct pipeline_cache pipelines; /* under `shelf` */
    struct vector_shelf *vectors;    /* locks itself */
};

struct engine *engine_new(struct workspace *workspace, struct error *error)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine) {
        error_memory(error, "the engine");
        return NULL;
    }
    engine->vectors = vector_shelf_new(error);
    if (!engine->vectors) {
        free(engine);
        return NULL;
    }
    engine->workspace = workspace;
    pthread_mutex_init(&engine->publish, NULL);
    pthread_mutex_init(&engine->load, NULL);
    pthread_mutex_init(&engine->cache, NULL);
    return engine;
}

/* Freeing a model can take long: not under `publish`, which screens wait for. */
static void served_fini(struct served *served)
{
    model_release(served->model);
    model_release(served->event_follower);
}

void engine_free(struct engine *engine)
{
    if (!engine) return;
    for (int i = 0; i < engine->n_served; i++)
        served_fini(&engine->served[i]);
    pipeline_cache_fini(&engine->pipelines);
    for (int i = 0; i < DATASETS; i++)
        dataset_release(engine->newest[i].dataset);
    pthread_mutex_destroy(&engine->publish);
    pthread_mutex_destroy(&engine->load);
    vector_shelf_free(engine->vectors);
    pthread_mutex_destroy(&engine->cache);
    free(engine);
}

struct workspace *engine_workspace(struct engine *engine)
{
    return engine->workspace;
}

struct vector_shelf *engine_vectors(struct engine *engine)
{
    return engine->vectors;
}

const struct dataset *engine_loaded_dataset(struct engine *engine)
{
    pthread_mutex_lock(&engine->publish);
    const struct dataset *dataset = engine->newest[0].dataset;
    if (dataset) dataset_retain(dataset);
    pthread_mutex_unlock(&engine->publish);
    return dataset;
}

/* What is there by these options, retained and put first; NULL where there is none. */
static const struct dataset *find_dataset(struct engine *engine,
                                          const struct strength_options *options, int64_t *content,
                                          int64_t *facts)
{
    const struct dataset *found = NULL;
    pthread_mutex_lock(&engine->publish);
    for (int i = 0; i < DATASETS && engine->newest[i].dataset && !found; i++) {
        if (!strength_options_equal(&engine->newest[i].dataset->options, options)) continue;
        struct newest first = engine->newest[i];
        memmove(&engine->newest[1], &engine->newest[0], (size_t)i * sizeof first);
        engine->newest[0] = first;
        found = dataset_retain(first.dataset);
        *content = first.content;
        *facts = first.facts;
    }
    pthread_mutex_unlock(&engine->publish);
    return found;
}

/* Puts it first, in the place of the older one by the same options, else of the one that was not
 * asked for longest. */
static void swap_dataset(struct engine *engine, const struct dataset *dataset,
                         const struct workspace_counts *counts)
{
    int at = 0;
    pthread_mutex_lock(&engine->publish);
    while (at < DATASETS - 1 && engine->newest[at].dataset &&
           !strength_options_equal(&engine->newest[at].dataset->options, &dataset->options))
        at++;
    const struct dataset *old = engine->newest[at].dataset;
    memmove(&engine->newest[1], &engine->newest[0], (size_t)at * sizeof engine->newest[0]);
    engine->newest[0] = (struct newest){ dataset_retain(dataset), counts->content, counts->facts };
    pthread_mutex_unlock(&engine->publish);
    dataset_release(old);
}

/* The caller holds `load`. What was only appended to is not read again. */
static const struct dataset *newest(struct engine *engine, struct reader *reader,
                                    const struct strength_options *options,
                                    struct progress *progress, struct error *error)
{
    struct workspace_counts counts;
    const struct dataset *newer = NULL;
    int64_t content = 0, facts = 0;
    if (!workspace_counts(reader, &counts, error)) return NULL;
    const struct dataset *dataset = find_dataset(engine, options, &content, &facts);
    if (dataset && content == counts.content) return dataset;
    bool good =
        !dataset || facts != counts.facts || workspace_follow(reader, dataset, &newer, error);
    dataset_release(dataset);
    if (good && !newer) newer = workspace_dataset(reader, options, NULL, progress, error);
    if (newer) swap_dataset(engine, newer, &counts);
    return newer;
}

const struct dataset *engine_dataset_by(struct engine *engine, struct reader *reader,
                                        const struct strength_options *options,
                                        struct progress *progress, struct error *error)
{
    pthread_mutex_lock(&engine->load);
    const struct dataset *dataset = newest(engine, reader, options, progress, error);
    pthread_mutex_unlock(&engine->load);
    return dataset;
}

const struct dataset *engine_dataset(struct engine *engine, struct reader *reader,
                                     struct progress *progress, struct error *error)
{
    struct strength_options options;
    strength_options_init(&options);
    return engine_dataset_by(engine, reader, &options, progress, error);
}

/* The data of a model in memory that was trained on the same; NULL where there is none. */
static const struct dataset *dataset_in_memory(struct engine *engine, const struct run *run)
{
    const struct dataset *found = NULL;
    pthread_mutex_lock(&engine->publish);
    for (int i = 0; i < engine->n_served && !found; i++) {
        const struct dataset *dataset = model_base(engine->served[i].model)->dataset;
        if (dataset->events_seen == run->events_seen && dataset->fingerprint == run->fingerprint)
            found = dataset_retain(dataset);
    }
    pthread_mutex_unlock(&engine->publish);
    return found;
}

/* What a run was trained on: the newest data where it is the same, else the past, read again. */
static const struct dataset *dataset_of_run(struct engine *engine, struct reader *reader,
                                            const struct run *run, const struct dataset *now,
                                            struct progress *progress, struct error *error)
{
    if (now->events_seen == run->events_seen && dataset_identify(now) == run->fingerprint)
        return dataset_retain(now);
    const struct dataset *same = dataset_in_memory(engine, run);
    if (same) return same;
    /* People who were erased since are not in the past any more; the run holds them. */
    const struct workspace_past past = { run->events_seen, run->n_users - run->holds,
                                         run->n_items };
    const struct dataset *then = workspace_dataset(reader, &now->options, &past, progress, error);
    if (!then || run->holds > 0 || then->fingerprint == run->fingerprint) return then;
    dataset_release(then);
    error_set(
        error, ERROR_MISSING,
        "the data of run %lld has changed since it was trained: 'aisle train %s' makes a new one",
        (long long)run->id, run->kind);
    return NULL;
}

const struct model_kind *engine_run_settings(const struct run *run, struct parameters *parameters,
                                             struct error *error)
{
    const struct model_kind *kind = model_kind_find(run->kind, error);
    if (!kind) return NULL;
    parameters_init(parameters, kind->parameters);
    parameters->seed = run->seed;
    return parameters_from_json(parameters, run->parameters, error) ? kind : NULL;
}

/* `now`: the newest data by the run's options. */
static struct model *load_run(struct engine *engine, struct reader *reader, const struct run *run,
                              const struct parameters *parameters, const struct dataset *now,
                              struct progress *progress, struct error *error)
{
    struct byte_reader bytes;
    struct model *model = NULL;
    const struct model_kind *kind = model_kind_find(run->kind, error);
    const struct dataset *dataset = dataset_of_run(engine, reader, run, now, progress, error);
    struct run_stream *stream = dataset ? run_stream_open(reader, run->id, error) : NULL;
    if (stream) {
        bytes_read_open(&bytes, run_stream_get, stream, error);
        model = kind->load(dataset, parameters, &bytes, error);
        if (model && !bytes_read_close(&bytes)) {
            model_release(model);
            model = NULL;
        }
        if (!model) error_prefix(error, "run %lld", (long long)run->id);
    }
    run_stream_close(stream);
    dataset_release(dataset);
    return model;
}

static struct model *find_served(struct engine *engine, int64_t run)
{
    struct model *model = NULL;
    pthread_mutex_lock(&engine->publish);
    for (int i = 0; i < engine->n_served && !model; i++)
        if (engine->served[i].run == run) model = model_retain(engine->served[i].model);
    pthread_mutex_unlock(&engine->publish);
    return model;
}

static void swap_model(struct engine *engine, int64_t run, struct model *model)
{
    struct served oldest = { 0 };
    pthread_mutex_lock(&engine->publish);
    if (engine->n_served == SERVED) {
        oldest = engine->served[0];
        memmove(&engine->served[0], &engine->served[1], (SERVED - 1) * sizeof engine->served[0]);
        engine->n_served--;
    }
    engine->served[engine->n_served++] =
        (struct served){ .run = run, .model = model_retain(model) };
    pthread_mutex_unlock(&engine->publish);
    served_fini(&oldest);
}

/* Why no run of a kind is served: none was trained, or none of them is active. */
static bool refuse_kind(struct reader *reader, const char *kind, struct error *error)
{
    struct run *runs = NULL;
    int32_t n = 0;
    int64_t newest = 0;
    if (!runs_list(reader, &runs, &n, error)) return false;
    for (int32_t r = n; r-- > 0;)
        if (strcmp(runs[r].kind, kind) == 0 && runs[r].holds == 0) newest = runs[r].id;
    free(runs);
    if (newest > 0)
        return error_set(
            error, ERROR_MISSING,
            "run %lld of %s is not active: 'aisle -d FILE runs activate %lld' serves it",
            (long long)newest, kind, (long long)newest);
    return error_set(error, ERROR_MISSING,
                     "%s has not been trained yet: 'aisle -d FILE train %s' does it", kind, kind);
}

/* The run that is meant: by number, by kind, or the best that is active. */
static bool which_run(struct reader *reader, const char *kind, int64_t id, struct run *run,
                      struct error *error)
{
    static const char *const best[] = { "hybrid",  "attention", "slist",  "ease",
                                        "item-cf", "user-cf",   "popular" };
    if (id != 0) return run_find(reader, id, run, error);
    if (kind) {
        if (!model_kind_find(kind, error) || !run_active(reader, kind, run, error)) return false;
        return run->id != 0 || refuse_kind(reader, kind, error);
    }
    for (size_t i = 0; i < sizeof best / sizeof *best; i++) {
        if (!run_active(reader, best[i], run, error)) return false;
        if (run->id != 0) return true;
    }
    return error_set(error, ERROR_MISSING,
                     "no model has been trained yet: 'aisle -d FILE train' does it");
}

/* Gives the run's follower, or with `fresh` puts that in its place. */
static struct model *follower_of(struct engine *engine, int64_t run, struct model *fresh)
{
    struct model *event_follower = NULL, *old = NULL;
    pthread_mutex_lock(&engine->publish);
    for (int i = 0; i < engine->n_served; i++) {
        if (engine->served[i].run != run) continue;
        if (fresh) {
            old = engine->served[i].event_follower;
            engine->served[i].event_follower = model_retain(fresh);
        } else if (engine->served[i].event_follower) {
            event_follower = model_retain(engine->served[i].event_follower);
        }
    }
    pthread_mutex_unlock(&engine->publish);
    model_release(old);
    return event_follower;
}

/* Puts in the place of the run's model one that has absorbed the newest data, where it can. The
 * caller holds `load`. */
static bool follow(struct engine *engine, struct serving *serving, struct progress *progress,
                   struct error *error)
{
    const struct model_kind *kind = model_base(serving->model)->kind;
    if (!kind->update ||
        model_base(serving->model)->dataset->events_seen == serving->dataset->events_seen)
        return true;
    struct model *before = follower_of(engine, serving->run.id, NULL);
    if (!before || model_base(before)->dataset != serving->dataset) {
        struct model *fresh =
            kind->update(before ? before : serving->model, serving->dataset, 0, progress, error);
        model_release(before);
        if (!fresh) return false;
        follower_of(engine, serving->run.id, fresh);
        before = fresh;
    }
    model_release(serving->model);
    serving->model = before;
    serving->applied = serving->dataset->events_seen - serving->run.events_seen;
    return true;
}

void engine_set_live(struct engine *engine, bool live)
{
    engine->live = live;
}

static const struct pipeline *pipeline_for(struct engine *engine, struct reader *reader,
                                           const struct dataset *dataset, struct error *error)
{
    pthread_mutex_lock(&engine->cache);
    const struct pipeline *pipeline =
        pipeline_cache_get(&engine->pipelines, reader, dataset, error);
    pthread_mutex_unlock(&engine->cache);
    return pipeline;
}

/* What is in memory, and nearly new; false where something has to be loaded or followed. */
static bool serve_from_memory(struct engine *engine, struct reader *reader,
                              const struct strength_options *options, struct serving *serving)
{
    struct workspace_counts counts;
    int64_t content = 0, facts = 0;
    if (engine->live || !workspace_counts(reader, &counts, NULL)) return false;
    const struct dataset *dataset = find_dataset(engine, options, &content, &facts);
    const int64_t behind = dataset ? counts.last_event - dataset->events_seen : 0;
    if (dataset && facts == counts.facts && behind >= 0 && behind <= 1000 + dataset->n_events / 100)
        serving->model = find_served(engine, serving->run.id);
    if (serving->model) serving->pipeline = pipeline_for(engine, reader, dataset, NULL);
    serving->dataset = dataset;
    if (!serving->pipeline) {
        serving_fini(serving);
        return false;
    }
    serving->events_behind = behind;
    serving->events_since = counts.last_event - serving->run.events_seen;
    return true;
}

static bool serve(struct engine *engine, struct reader *reader, const char *kind, int64_t run,
                  bool now, struct serving *serving, struct progress *progress, struct error *error)
{
    struct parameters parameters;
    struct strength_options options;
    memset(serving, 0, sizeof *serving);
    if (!which_run(reader, kind, run, &serving->run, error) ||
        !engine_run_settings(&serving->run, &parameters, error))
        return false;
    parameters_strength(&parameters, &options);
    if (now && serve_from_memory(engine, reader, &options, serving)) return true;
    pthread_mutex_lock(&engine->load);
    serving->dataset = newest(engine, reader, &options, progress, error);
    if (serving->dataset) serving->model = find_served(engine, serving->run.id);
    if (serving->dataset && !serving->model) {
        serving->model =
            load_run(engine, reader, &serving->run, &parameters, serving->dataset, progress, error);
        if (serving->model) swap_model(engine, serving->run.id, serving->model);
    }
    /* A run that was named is meant as it was trained. */
    const bool follows =
        serving->model && (!engine->live || run != 0 || follow(engine, serving, progress, error));
    pthread_mutex_unlock(&engine->load);
    if (follows) serving->pipeline = pipeline_for(engine, reader, serving->dataset, error);
    if (!serving->pipeline) {
        serving_fini(serving);
        return false;
    }
    serving->events_since = serving->dataset->events_seen - serving->run.events_seen;
    return true;
}

bool engine_serve(struct engine *engine, struct reader *reader, const char *kind, int64_t run,
                  struct serving *serving, struct progress *progress, struct error *error)
{
    return serve(engine, reader, kind, run, false, serving, progress, error);
}

bool engine_serve_now(struct engine *engine, struct reader *reader, const char *kind, int64_t run,
                      struct serving *serving, struct progress *progress, struct error *error)
{
    return serve(engine, reader, kind, run, true, serving, progress, error);
}

void serving_fini(struct serving *serving)
{
    model_release(serving->model);
    pipeline_release(serving->pipeline);
    dataset_release(serving->dataset);
    serving->model = NULL;
    serving->pipeline = NULL;
    serving->dataset = NULL;
}

void engine_refresh(struct engine *engine)
{
    struct served forgotten[SERVED];
    pthread_mutex_lock(&engine->publish);
    const int n = engine->n_served;
    memcpy(forgotten, engine->served, (size_t)n * sizeof *forgotten);
    engine->n_served = 0;
    pthread_mutex_unlock(&engine->publish);
    for (int i = 0; i < n; i++)
        served_fini(&forgotten[i]);
}

static bool model_body(void *context, struct byte_writer *writer)
{
    struct model *model = context;
    return model_base(model)->kind->save(model, writer);
}

static bool fits(const char *kind, int64_t bytes, struct error *error)
{
    const int64_t there = machine_memory_available();
    const double mebi = 1024.0 * 1024.0;
    return bytes <= there || error_set(error, ERROR_MEMORY,
                                       "training %s would need about %.0f MB and %.0f MB are free: "
                                       "smaller settings ('aisle train --help') or a "
                                       "larger machine may do",
                                       kind, (double)bytes / mebi, (double)there / mebi);
}

/* What the model tells about itself; nothing where it is more than a run's row holds. */
static bool take_facts(struct run *run, const struct model *model, double rate, struct error *error)
{
    const struct model_kind *kind = model_base(model)->kind;
    struct text json = { 0 };
    if (kind->facts) kind->facts(model, &json);
    if (rate > 0 && json.length > 1) { /* an object: one more name before its end */
        json.length--;
        text_format(&json, ",\"tokens_per_second\":%.0f}", rate);
    }
    bool good = !json.failed;
    if (good && json.length > 0 && json.length < sizeof run->facts)
        snprintf(run->facts, sizeof run->facts, "%s", json.bytes);
    text_fini(&json);
    return good || error_memory(error, "a run");
}

/* Saves and activates in one transaction. */
static bool keep(struct engine *engine, struct run *run, struct model *model,
                 const struct checkpoint *checkpoint, struct error *error)
{
    struct writer *writer = writer_begin(engine->workspace, error);
    if (!writer) return false;
    if (writer_holds_nobody(writer, checkpoint->erasures, error) &&
        run_save(writer, run, model_body, model, error) && run_activate(writer, run->id, error) &&
        checkpoint_end(checkpoint, writer, error) &&
        stock_note_write(writer, run->id, model_base(model)->dataset, error))
        return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

/* The run's row but for its number and size. */
static bool describe(struct run *run, const struct model_kind *kind, const struct dataset *dataset,
                     const struct parameters *parameters, struct error *error)
{
    struct text json = { 0 };
    memset(run, 0, sizeof *run);
    snprintf(run->kind, sizeof run->kind, "%s", kind->name);
    parameters_json(parameters, &json);
    bool good = !json.failed && json.length < sizeof run->parameters;
    if (good) snprintf(run->parameters, sizeof run->parameters, "%s", json.bytes);
    text_fini(&json);
    run->seed = parameters->seed;
    run->started = (int64_t)time(NULL);
    run->events_seen = dataset->events_seen;
    run->n_users = dataset->n_users;
    run->n_items = dataset->n_items;
    run->fingerprint = dataset_identify(dataset);
    snprintf(run->metrics, sizeof run->metrics, "{}");
    snprintf(run->facts, sizeof run->facts, "{}");
    return good || error_memory(error, "a run");
}

/* The active runs of all other kinds, with the models of those that saw the same data. */
struct gathered {
    int32_t n;
    struct model_part part[SERVED];
};

static void gathered_fini(struct gathered *gathered)
{
    for (int32_t i = 0; i < gathered->n; i++)
        model_release(gathered->part[i].model);
    gathered->n = 0;
}

static bool gather(struct engine *engine, struct reader *reader, const struct model_kind *blend,
                   const struct dataset *dataset, struct progress *progress,
                   struct gathered *gathered, struct error *error)
{
    for (int k = 0; model_kinds[k] && gathered->n < SERVED; k++) {
        struct run run;
        struct serving serving;
        struct error problem = { 0 };
        struct model_part *part = &gathered->part[gathered->n];
        if (model_kinds[k] == blend) continue;
        if (!run_active(reader, model_kinds[k]->name, &run, error)) return false;
        if (run.id == 0 || !engine_run_settings(&run, &part->parameters, &problem)) continue;
        part->kind = model_kinds[k];
        part->model = NULL;
        gathered->n++;
        if (run.fingerprint != dataset->fingerprint) continue;
        if (engine_serve(engine, reader, NULL, run.id, &serving, progress, &problem)) {
            part->model = model_retain(serving.model);
            serving_fini(&serving);
        } else if (problem.code == ERROR_CANCELLED) {
            *error = problem;
            return false;
        }
    }
    return true;
}

static struct model *make_model(struct engine *engine, struct reader *reader,
                                const struct model_kind *kind, const struct dataset *dataset,
                                const struct parameters *parameters, int threads,
                                struct progress *progress, struct error *error)
{
    struct gathered gathered = { 0 };
    struct model *model = NULL;
    if (!kind->blend) return kind->train(dataset, parameters, threads, progress, error);
    if (gather(engine, reader, kind, dataset, progress, &gathered, error))
        model =
            kind->blend(dataset, parameters, gathered.part, gathered.n, threads, progress, error);
    gathered_fini(&gathered);
    return model;
}

bool engine_train(struct engine *engine, const char *kind_name, const struct parameters *parameters,
                  int threads, struct progress *progress, struct run *run, struct error *error)
{
    struct parameters used;
    struct strength_options options;
    struct checkpoint checkpoint = { 0 };
    struct timespec start;
    struct model *model = NULL;
    const struct dataset *dataset = NULL;
    bool done = false;
    const struct model_kind *kind = model_kind_find(kind_name, error);
    struct reader *reader = kind ? reader_open(engine->workspace, error) : NULL;
    if (!reader) return false;
    reader_watch(reader, progress);
    if (parameters) {
        used = *parameters;
    } else {
        struct workspace_counts counts = { 0 };
        if (!workspace_counts(reader, &counts, error)) goto out;
        profile_parameters(counts.profile, kind, &used);
    }
    parameters_strength(&used, &options);
    const int64_t erasures = workspace_erasures(reader, error); /* before the data is read */
    if (erasures >= 0) dataset = engine_dataset_by(engine, reader, &options, progress, error);
    if (!dataset || !fits(kind->name, kind->memory(dataset, &used), error) ||
        !describe(run, kind, dataset, &used, error))
        goto out;
    checkpoint_init(&checkpoint, engine->workspace, reader, run, erasures, progress, used.hooks);
    used.hooks = &checkpoint.hooks;
    const int64_t before = machine_memory_mark();
    clock_gettime(CLOCK_MONOTONIC, &start);
    model = make_model(engine, reader, kind, dataset, &used, threads, progress, error);
    if (!model) goto out;
    run->seconds = seconds_since(&start);
    run->peak_bytes = machine_memory_peak() - before;
    if (run->peak_bytes < 0) run->peak_bytes = 0;
    if (progress_cancelled(progress)) {
        error_set(error, ERROR_CANCELLED, "cancelled");
        goto out;
    }
    if (!take_facts(run, model, checkpoint.rate, error) ||
        !keep(engine, run, model, &checkpoint, error))
        goto out;
    swap_model(engine, run->id, model);
    done = true;
out:
    if (!done && checkpoint.exists && error && error->code == ERROR_CANCELLED)
        error_set(error, ERROR_CANCELLED,
                  "cancelled; trained again it goes on from its last checkpoint");
    model_release(model);
    dataset_release(dataset);
    reader_close(reader);
    return done;
}
