/* ingest.c - ingest [FILE|-]: live events, and how far behind it is. */
#include "learner.h"
#include "meter.h"

#include "aisle/ingest.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct watcher {
    bool terminal, json;
    double last; /* when something was printed */
    struct learner learner;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void print_state(const struct ingest_state *state, bool last)
{
    json_t *reasons = json_object();
    for (int i = 0; i < INGEST_REASONS && state->reasons[i].rows > 0; i++)
        json_object_set_new(reasons, state->reasons[i].text,
                            json_integer((json_int_t)state->reasons[i].rows));
    json_t *object = json_pack(
        "{s:I, s:I, s:I, s:f, s:f, s:o, s:b, s:o}", "events", (json_int_t)state->events, "rejected",
        (json_int_t)state->rejected, "batches", (json_int_t)state->batches, "rate", state->rate,
        "lag", state->lag, "behind", state->behind < 0 ? json_null() : json_integer(state->behind),
        "done", last, "reasons", reasons);
    print_json(object);
    fflush(stdout);
}

/* Five times a second at most: a line on the terminal, or with --json a line a second. */
static void report(void *context, const struct ingest_state *state)
{
    struct watcher *watcher = context;
    const double time = now();
    learner_look(&watcher->learner, state->events);
    if (time - watcher->last < (watcher->json ? 1.0 : 0.2)) return;
    watcher->last = time;
    if (watcher->json) {
        print_state(state, false);
        return;
    }
    if (!watcher->terminal) return;
    fprintf(stderr, "\r\033[K%s · %.0f/s · lag %.2f s", text_count(state->events, "event").text,
            state->rate, state->lag);
    if (state->behind > 0) fprintf(stderr, " · %lld KB behind", (long long)state->behind / 1024);
    if (state->rejected > 0) fprintf(stderr, " · %lld rejected", (long long)state->rejected);
    fflush(stderr);
}

int command_ingest(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct ingest_state state;
    const char *path = call->n_arguments > 0 ? call->argument[0] : "-";
    const struct ingest_options options = { .map = call_option(call, "map"),
                                            .stop_at_end = call_option(call, "stop-at-end") != NULL,
                                            .rejects = call_option(call, "rejects"),
                                            .replace = call_option(call, "force") != NULL };
    struct watcher watcher = { .terminal = isatty(STDERR_FILENO), .json = call->json };
    struct meter meter;
    if (!call_open(call, WORKSPACE_CREATE, &status)) return status;
    if (!learner_init(&watcher.learner, call, &error)) return call_fail(&error);
    meter_begin(&meter, NULL); /* for Ctrl-C; it draws nothing without a title */
    bool good = ingest_follow(call->workspace, path, &options, &meter.progress, report, &watcher,
                              &state, &error);
    if (watcher.terminal && !call->json) fputs("\r\033[K", stderr);
    learner_fini(&watcher.learner, good && !progress_cancelled(&meter.progress));
    meter_end(&meter);
    if (!good) return call_fail(&error);
    if (call->json) {
        print_state(&state, true);
    } else {
        printf("%s in %s, %s rejected", text_count(state.events, "event").text,
               text_count(state.batches, "batch").text, text_count(state.rejected, "row").text);
        if (state.rejected > 0)
            printf(", first at line %lld: %s", (long long)state.first_line, state.first_reason);
        putchar('\n');
        for (int i = 0; i < INGEST_REASONS && state.reasons[i].rows > 0; i++)
            printf("  %s: %s\n", text_count(state.reasons[i].rows, "row").text,
                   state.reasons[i].text);
    }
    return state.rejected > 0 ? STATUS_REJECTED : STATUS_DONE;
}
