/* erasure.c - erase, train again, scrub, prove.
 *
 * The transaction that takes the person out leaves a note of what comes after it: the runs to train
 * again. Where the program is ended in between, the next one goes on from there. The note names
 * nobody. */
#include "aisle/erasure.h"

#include "aisle/export.h"
#include "aisle/job.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Minutes of work: never begun as a by-product. */
static const char slow_kind[] = "attention";
static const char note_name[] = "erasing";

/* ------------------------------------------------------------------------------------ the note */

/* The note as it is, an empty one where there is none. */
static json_t *note_read(struct reader *reader, struct error *error)
{
    struct text text = { 0 };
    json_t *note = NULL;
    if (workspace_note(reader, note_name, &text, error)) {
        note = text.length > 0 ? json_loadb(text.bytes, text.length, 0, NULL) : NULL;
        if (!note) note = json_pack("{s:[]}", "again");
        if (!note) error_memory(error, "what is left to do");
    }
    text_fini(&text);
    return note;
}

static bool is_pending(const json_t *note)
{
    return json_object_get(note, "process") != NULL;
}

static bool note_write(struct writer *writer, const json_t *note, struct error *error)
{
    char *text = note ? json_dumps(note, JSON_COMPACT) : NULL;
    bool good = !note || text || error_memory(error, "what is left to do");
    good = good && writer_set_note(writer, note_name, text ? text : "", error);
    free(text);
    return good;
}

/* Adds the runs of this erasure to those that an earlier one left. */
static void note_add(json_t *note, const struct erased *erased)
{
    json_t *again = json_object_get(note, "again");
    json_object_set_new(note, "process", json_integer((json_int_t)getpid()));
    for (int32_t i = erased->n_again; i-- > 0;) { /* in the order they were trained in */
        const struct run *run = &erased->again[i];
        char seed[24];
        snprintf(seed, sizeof seed, "%llu", (unsigned long long)run->seed);
        json_array_append_new(again, json_pack("{s:s, s:s, s:s}", "kind", run->kind, "parameters",
                                               run->parameters, "seed", seed));
    }
}

static bool note_run(const json_t *entry, struct run *run)
{
    const char *kind = json_string_value(json_object_get(entry, "kind"));
    const char *parameters = json_string_value(json_object_get(entry, "parameters"));
    const char *seed = json_string_value(json_object_get(entry, "seed"));
    *run = (struct run){ 0 };
    if (!kind || !parameters || !seed) return false;
    snprintf(run->kind, sizeof run->kind, "%s", kind);
    snprintf(run->parameters, sizeof run->parameters, "%s", parameters);
    run->seed = strtoull(seed, NULL, 10);
    return true;
}

/* Whether another process that can be the one of the note is still there. */
static bool is_at_it(const json_t *note)
{
    const json_int_t process = json_integer_value(json_object_get(note, "process"));
    return process > 0 && process != (json_int_t)getpid() &&
           (kill((pid_t)process, 0) == 0 || errno == EPERM);
}

static bool is_served(struct reader *reader, const char *kind)
{
    struct run run;
    return run_active(reader, kind, &run, NULL) && run.id != 0;
}

bool erasure_pending(struct reader *reader, struct text *kinds, struct error *error)
{
    size_t i;
    json_t *entry, *note = note_read(reader, error);
    if (!note) return false;
    if (is_pending(note) && !is_at_it(note)) {
        json_array_foreach(json_object_get(note, "again"), i, entry)
        {
            const char *kind = json_string_value(json_object_get(entry, "kind"));
            if (kind && !is_served(reader, kind))
                text_format(kinds, "%s%.24s", kinds->length ? ", " : "", kind);
        }
        if (kinds->length == 0) text_add_string(kinds, "none");
    }
    json_decref(note);
    return !kinds->failed || error_memory(error, "what is left to do");
}

/* ------------------------------------------------------------------------------------ the steps */

static bool erase(struct engine *engine, struct slice user, struct erased *erased,
                  struct error *error)
{
    struct reader *reader = reader_open(engine_workspace(engine), error);
    json_t *note = reader ? note_read(reader, error) : NULL;
    struct writer *writer = note ? writer_begin(engine_workspace(engine), error) : NULL;
    bool good = writer && writer_erase(writer, user, slow_kind, erased, error);
    if (good) {
        note_add(note, erased);
        good = note_write(writer, note, error);
    }
    if (good)
        good = writer_commit(writer, error);
    else
        writer_rollback(writer);
    json_decref(note);
    reader_close(reader);
    return good;
}

/* Trains what the note names and nobody trained meanwhile. */
static bool train_again(struct engine *engine, struct progress *progress, struct erasure *erasure,
                        struct error *error)
{
    size_t i;
    json_t *entry;
    struct reader *reader = reader_open(engine_workspace(engine), error);
    json_t *note = reader ? note_read(reader, error) : NULL;
    json_array_foreach(json_object_get(note, "again"), i, entry)
    {
        struct error failure = { 0 };
        struct parameters parameters;
        struct run run;
        if (!note_run(entry, &run) || is_served(reader, run.kind)) continue;
        const struct model_kind *kind = engine_run_settings(&run, &parameters, &failure);
        char name[sizeof run.kind];
        memcpy(name, run.kind, sizeof name);
        if (kind && engine_train(engine, kind->name, &parameters, 0, progress, &run, &failure)) {
            erasure->trained++;
            continue;
        }
        if (erasure->not_trained++ == 0)
            snprintf(erasure->failure, sizeof erasure->failure, "%s: %.200s", name, failure.text);
    }
    const bool good = note != NULL;
    json_decref(note);
    reader_close(reader);
    return good;
}

static bool end_note(struct engine *engine, struct error *error)
{
    struct writer *writer = writer_begin(engine_workspace(engine), error);
    if (!writer) return false;
    if (note_write(writer, NULL, error)) return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

struct rejects {
    const struct mention *person;
    int64_t rows;
    struct error *error;
};

static bool forget_rejects(void *context, const char *path)
{
    struct rejects *rejects = context;
    int64_t n = 0;
    const bool good = rejects_forget(path, rejects->person, &n, rejects->error);
    rejects->rows += n;
    return good;
}

static bool prove(struct engine *engine, const struct mention *person, bool rejects,
                  struct erasure *erasure, struct error *error)
{
    struct rejects visit = { person, 0, error };
    struct reader *reader = reader_open(engine_workspace(engine), error);
    const bool done =
        reader && (!rejects || workspace_rejects(reader, forget_rejects, &visit, error)) &&
        workspace_prove_erased(reader, person->id, person->name, &erasure->proof, error);
    erasure->rejects = visit.rows;
    reader_close(reader);
    return done;
}

static bool was_erased(struct engine *engine, struct slice user)
{
    bool erased = false;
    struct reader *reader = reader_open(engine_workspace(engine), NULL);
    if (reader) workspace_erased_before(reader, user, &erased, NULL);
    reader_close(reader);
    return erased;
}

bool engine_erase_finish(struct engine *engine, struct progress *progress, struct erasure *erasure,
                         struct error *error)
{
    if (!train_again(engine, progress, erasure, error)) return false;
    progress_begin(progress, "scrubbing the file", 0);
    /* Once more at the end: the note itself was written where the pages of the person were. */
    return workspace_vacuum(engine_workspace(engine), error) && end_note(engine, error);
}

bool engine_erase(struct engine *engine, struct slice user, struct progress *progress,
                  struct erasure *erasure, struct error *error)
{
    struct erased erased = { 0 };
    bool done = false;
    *erasure = (struct erasure){ 0 };
    progress_begin(progress, "erasing", 0);
    if (!erase(engine, user, &erased, error)) {
        if (!error || error->code != ERROR_MISSING || !was_erased(engine, user)) goto out;
        *error = (struct error){ 0 };
        erasure->already = true;
    }
    engine_refresh(engine);
    erasure->events = erased.events;
    erasure->friendships = erased.friendships;
    erasure->attributes = erased.attributes;
    erasure->rules = erased.rules;
    erasure->scenarios = erased.scenarios;
    erasure->runs = erased.runs;
    erasure->holding = erased.holding;
    const struct mention person = { user, slice_of(erased.name) };
    done = engine_erase_finish(engine, progress, erasure, error) &&
           prove(engine, &person, true, erasure, error);
out:
    free(erased.again);
    return done;
}

/* ------------------------------------------------------------------------------ in the background
 */

static bool finish_work(struct job_context *job, void *argument, struct error *error)
{
    struct erasure erasure = { 0 };
    (void)argument;
    if (!engine_erase_finish(job->engine, job->progress, &erasure, error)) return false;
    snprintf(job->message, 512, "the erasure that was cut is complete: %d trained again",
             (int)erasure.trained);
    return true;
}

int64_t job_erase_finish(struct job_queue *queue, struct error *error)
{
    return job_submit(queue, "finish erasing", 0, finish_work, NULL, NULL, error);
}
