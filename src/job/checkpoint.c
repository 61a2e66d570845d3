/* checkpoint.c - see the header. */
#include "checkpoint.h"

#include "aisle/engine.h"

#include <stdio.h>
#include <string.h>

/* What has to be the same for a training to go on. */
static void identify(const struct run *run, char *identity, size_t capacity)
{
    snprintf(identity, capacity, "%s %llu %016llx %lld", run->parameters,
             (unsigned long long)run->seed, (unsigned long long)run->fingerprint,
             (long long)run->events_seen);
}

/* The parameters and the seed of such an identity. */
static bool recall(const char *identity, const struct model_kind *kind,
                   struct parameters *parameters)
{
    struct run run = { 0 };
    unsigned long long seed;
    const char *end = strrchr(identity, '}'); /* what follows has none */
    const size_t length = end ? (size_t)(end - identity) + 1 : 0;
    if (length == 0 || length >= sizeof run.parameters || sscanf(end + 1, " %llu", &seed) != 1)
        return false;
    snprintf(run.kind, sizeof run.kind, "%s", kind->name);
    memcpy(run.parameters, identity, length);
    run.seed = seed;
    return engine_run_settings(&run, parameters, NULL) != NULL;
}

const struct model_kind *checkpoint_stopped(struct reader *reader, const char *kind,
                                            struct parameters *parameters, struct error *error)
{
    const struct model_kind *found = NULL;
    struct text identity = { 0 };
    bool good = true;
    for (int i = 0; model_kinds[i] && !found && good; i++) {
        if (kind && strcmp(kind, model_kinds[i]->name) != 0) continue;
        text_clear(&identity);
        good = checkpoint_identity(reader, model_kinds[i]->name, &identity, error);
        if (good && identity.length > 0 && recall(identity.bytes, model_kinds[i], parameters))
            found = model_kinds[i];
    }
    if (good && !found) error_set(error, ERROR_MISSING, "no training was stopped that could go on");
    text_fini(&identity);
    return found;
}

struct state {
    bool (*write)(const void *state, struct byte_writer *writer);
    const void *state;
};

static bool write_state(void *context, struct byte_writer *writer)
{
    const struct state *state = context;
    return state->write(state->state, writer);
}

static bool keep(void *context, bool (*write)(const void *state, struct byte_writer *writer),
                 const void *state, struct error *error)
{
    struct checkpoint *checkpoint = context;
    struct state body = { write, state };
    char identity[1200];
    const double now = seconds_now();
    if (now - checkpoint->kept < 1) return true;
    struct writer *writer = writer_begin(checkpoint->workspace, error);
    if (!writer) return false;
    identify(checkpoint->run, identity, sizeof identity);
    if (!checkpoint_save(writer, checkpoint->run->kind, identity, checkpoint->erasures, write_state,
                         &body, error)) {
        writer_rollback(writer);
        return false;
    }
    if (!writer_commit(writer, error)) return false;
    checkpoint->kept = now;
    checkpoint->exists = true;
    return true;
}

static bool resume(void *context, bool (*read)(void *state, struct byte_reader *reader),
                   void *state)
{
    struct checkpoint *checkpoint = context;
    struct byte_reader bytes;
    char identity[1200];
    identify(checkpoint->run, identity, sizeof identity);
    struct run_stream *stream =
        checkpoint_open(checkpoint->reader, checkpoint->run->kind, identity, NULL);
    if (!stream) return false;
    bytes_read_open(&bytes, run_stream_get, stream, NULL);
    const bool whole = read(state, &bytes) && bytes_read_close(&bytes);
    run_stream_close(stream);
    checkpoint->exists = whole;
    return whole;
}

static void watch(void *context, int32_t round, double loss, double quality)
{
    struct checkpoint *checkpoint = context;
    checkpoint->rate = pace_mean(&checkpoint->pace, checkpoint->progress);
    if (checkpoint->outer && checkpoint->outer->watch)
        checkpoint->outer->watch(checkpoint->outer->context, round, loss, quality);
}

static void begin(void *context, int32_t rounds)
{
    struct checkpoint *checkpoint = context;
    pace_begin(&checkpoint->pace, checkpoint->progress);
    if (checkpoint->outer && checkpoint->outer->begin)
        checkpoint->outer->begin(checkpoint->outer->context, rounds);
}

void checkpoint_init(struct checkpoint *checkpoint, struct workspace *workspace,
                     struct reader *reader, const struct run *run, int64_t erasures,
                     const struct progress *progress, const struct training_hooks *outer)
{
    *checkpoint = (struct checkpoint){
        .workspace = workspace,
        .reader = reader,
        .run = run,
        .progress = progress,
        .outer = outer,
        .hooks = { .watch = watch, .keep = keep, .resume = resume, .begin = begin },
        .kept = seconds_now()
    };
    checkpoint->hooks.context = checkpoint;
    checkpoint->erasures = erasures;
}

bool checkpoint_end(const struct checkpoint *checkpoint, struct writer *writer, struct error *error)
{
    return !checkpoint->exists || checkpoint_drop(writer, checkpoint->run->kind, error);
}
