/* erasure.c - erase, scrub, train again, prove. */
#include "aisle/erasure.h"

#include <stdio.h>
#include <stdlib.h>

/* Minutes of work: never begun as a by-product. */
static const char slow_kind[] = "attention";

static void train_again(struct engine *engine, const struct erased *erased,
                        struct progress *progress, struct erasure *erasure)
{
    for (int32_t i = erased->n_again; i-- > 0;) { /* in the order they were trained in */
        struct error error = { 0 };
        struct parameters parameters;
        struct run run;
        const struct model_kind *kind = engine_run_settings(&erased->again[i], &parameters, &error);
        if (kind && engine_train(engine, kind->name, &parameters, 0, progress, &run, &error)) {
            erasure->trained++;
            continue;
        }
        if (erasure->not_trained++ == 0)
            snprintf(erasure->failure, sizeof erasure->failure, "%s: %.200s", erased->again[i].kind,
                     error.text);
    }
}

static bool erase(struct engine *engine, struct slice user, struct erased *erased,
                  struct error *error)
{
    struct writer *writer = writer_begin(engine_workspace(engine), error);
    if (!writer) return false;
    if (writer_erase(writer, user, slow_kind, erased, error)) return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

bool engine_erase(struct engine *engine, struct slice user, struct progress *progress,
                  struct erasure *erasure, struct error *error)
{
    struct erased erased = { 0 };
    bool done = false;
    *erasure = (struct erasure){ 0 };
    progress_begin(progress, "erasing", 0);
    if (!erase(engine, user, &erased, error)) goto out;
    engine_refresh(engine);
    erasure->events = erased.events;
    erasure->friendships = erased.friendships;
    erasure->attributes = erased.attributes;
    erasure->rules = erased.rules;
    erasure->scenarios = erased.scenarios;
    erasure->runs = erased.runs;
    erasure->holding = erased.holding;
    train_again(engine, &erased, progress, erasure);
    progress_begin(progress, "scrubbing the file", 0);
    if (!workspace_scrub(engine_workspace(engine), error)) goto out;
    struct reader *reader = reader_open(engine_workspace(engine), error);
    done = reader && workspace_prove_erased(reader, user, &erasure->proof, error);
    reader_close(reader);
out:
    free(erased.again);
    return done;
}
