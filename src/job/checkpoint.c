/* checkpoint.c - see the header. */
#include "checkpoint.h"

#include <stdio.h>
#include <time.h>

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* What has to be the same for a training to go on. */
static void identify(const struct run *run, char *identity, size_t room)
{
    snprintf(identity, room, "%s %llu %016llx %lld", run->parameters, (unsigned long long)run->seed,
             (unsigned long long)run->fingerprint, (long long)run->events_seen);
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
    if (!checkpoint_save(writer, checkpoint->run->kind, identity, write_state, &body, error)) {
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
    const struct checkpoint *checkpoint = context;
    if (checkpoint->outer && checkpoint->outer->watch)
        checkpoint->outer->watch(checkpoint->outer->context, round, loss, quality);
}

void checkpoint_init(struct checkpoint *checkpoint, struct workspace *workspace,
                     struct reader *reader, const struct run *run,
                     const struct training_hooks *outer)
{
    *checkpoint = (struct checkpoint){ .workspace = workspace,
                                       .reader = reader,
                                       .run = run,
                                       .outer = outer,
                                       .hooks = { .watch = watch, .keep = keep, .resume = resume },
                                       .kept = seconds_now() };
    checkpoint->hooks.context = checkpoint;
}

bool checkpoint_end(const struct checkpoint *checkpoint, struct writer *writer, struct error *error)
{
    return !checkpoint->exists || checkpoint_drop(writer, checkpoint->run->kind, error);
}
