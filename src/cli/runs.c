/* runs.c - runs: list, show, activate, roll back, delete. */
#include "command.h"

#include "aisle/evaluation.h"
#include "job/labels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is stored as JSON; null where it is none, a number too large for one say. */
static json_t *json_object_of(const char *text)
{
    json_t *object = json_loads(text, 0, NULL);
    return object ? object : json_null();
}

static void print_run(const struct run *run)
{
    char moment[MOMENT_TEXT_SIZE], ndcg[16] = "-";
    const double value = run_metric(run, "ndcg");

    if (!isnan(value)) snprintf(ndcg, sizeof ndcg, "%.4f", value);
    printf("%5lld  %-11s %-6s  %-19s %9.2f %10lld %7s  ", (long long)run->id, run->kind,
           run->active ? "yes" : "", moment_text(run->started, moment), run->seconds,
           (long long)run->events_seen, ndcg);
    print_visible(slice_of(run->parameters));
    putchar('\n');
}

static int list_runs(struct call *call)
{
    struct error error = { 0 };
    struct run *runs = NULL;
    int32_t n = 0;
    char moment[MOMENT_TEXT_SIZE];
    if (!runs_list(call->reader, &runs, &n, &error)) return call_fail(&error);
    json_t *list = call->json ? json_array() : NULL;
    if (!list)
        printf("%5s  %-11s %-6s  %-19s %9s %10s %7s  %s\n", "RUN", "MODEL", "ACTIVE", "TRAINED",
               "SECONDS", "EVENTS", "NDCG", "PARAMETERS");
    for (int32_t i = 0; i < n; i++) {
        const struct run *run = &runs[i];
        if (list)
            json_array_append_new(
                list, json_pack("{s:I, s:s, s:b, s:s, s:f, s:I, s:I, s:I, s:o, s:o, s:o}", "run",
                                (json_int_t)run->id, "model", run->kind, "active", run->active,
                                "trained", moment_text(run->started, moment), "seconds",
                                run->seconds, "peak_bytes", (json_int_t)run->peak_bytes, "bytes",
                                (json_int_t)run->bytes, "events_seen", (json_int_t)run->events_seen,
                                "parameters", json_object_of(run->parameters), "metrics",
                                json_object_of(run->metrics), "facts", json_object_of(run->facts)));
        else
            print_run(run);
    }
    free(runs);
    return list ? print_json(json_pack("{s:o}", "runs", list)) : STATUS_DONE;
}

/* The checksum that ends the body of a run: the same for the same data, parameters and seed on one
 * kind of processor. */
static bool checksum_of(struct reader *reader, int64_t id, char out[17], struct error *error)
{
    unsigned char part[4096], tail[8] = { 0 };
    struct run_stream *stream = run_stream_open(reader, id, error);
    size_t n = 0;
    bool good = stream;

    while (good && (good = run_stream_get(stream, part, sizeof part, &n, error)) && n > 0) {
        const size_t kept = n < sizeof tail ? sizeof tail - n : 0;
        memmove(tail, tail + sizeof tail - kept, kept);
        memcpy(tail + kept, part + n - (sizeof tail - kept), sizeof tail - kept);
    }
    run_stream_close(stream);
    for (int i = 0; i < 8; i++)
        snprintf(out + (size_t)2 * (size_t)i, 3, "%02x", tail[7 - i]);
    return good;
}

/* What there is to know about one run, its blend's weights among it. */
static int show(struct call *call, const char *what)
{
    struct error error = { 0 };
    struct run run;
    struct text facts = { 0 };
    char moment[MOMENT_TEXT_SIZE], checksum[17];
    int64_t id;
    if (!slice_to_int64(slice_of(what), &id)) return call_usage(call, "a run is a number");
    if (!run_find(call->reader, id, &run, &error) ||
        !checksum_of(call->reader, id, checksum, &error))
        return call_fail(&error);
    if (call->json)
        return print_json(
            json_pack("{s:I, s:s, s:b, s:s, s:o, s:o, s:o}", "run", (json_int_t)run.id, "model",
                      run.kind, "active", run.active, "checksum", checksum, "parameters",
                      json_object_of(run.parameters), "metrics", json_object_of(run.metrics),
                      "facts", json_object_of(run.facts)));
    label_facts(run.facts, &facts);
    printf("run %lld: %s%s, %s, %.2f s, checksum %s\n", (long long)run.id, run.kind,
           run.active ? ", active" : "", moment_text(run.started, moment), run.seconds, checksum);
    print_visible(slice_of(run.parameters));
    putchar('\n');
    print_visible(slice_of(run.metrics));
    putchar('\n');
    print_visible_lines(slice_of(facts.bytes));
    text_fini(&facts);
    return STATUS_DONE;
}

static int change(struct call *call, const char *verb, const char *what)
{
    struct error error = { 0 };
    int64_t id = 0;
    const bool rollback = strcmp(verb, "rollback") == 0;
    if (!rollback && !slice_to_int64(slice_of(what), &id))
        return call_usage(call, "a run is a number");
    struct writer *writer = writer_begin(call->workspace, &error);
    if (!writer) return call_fail(&error);
    bool good = rollback                        ? run_rollback(writer, what, &error)
                : strcmp(verb, "activate") == 0 ? run_activate(writer, id, &error)
                                                : run_delete(writer, id, &error);
    if (good)
        good = writer_commit(writer, &error);
    else
        writer_rollback(writer);
    return good ? STATUS_DONE : call_fail(&error);
}

int command_runs(struct call *call)
{
    int status = STATUS_DONE;
    const char *verb = call->n_arguments > 0 ? call->argument[0] : "list";
    const bool listing = strcmp(verb, "list") == 0, showing = strcmp(verb, "show") == 0;
    if (!listing && !showing && strcmp(verb, "activate") != 0 && strcmp(verb, "rollback") != 0 &&
        strcmp(verb, "delete") != 0)
        return call_usage(call, "unknown word");
    if (!listing && call->n_arguments != 2)
        return call_usage(call, call->n_arguments > 1           ? "there is one word too many"
                                : strcmp(verb, "rollback") == 0 ? "something is missing: MODEL"
                                                                : "something is missing: ID");
    const bool reading = listing || showing;
    if (!call_open(call, reading ? WORKSPACE_READ : WORKSPACE_WRITE, &status)) return status;
    if (showing) return show(call, call->argument[1]);
    return listing ? list_runs(call) : change(call, verb, call->argument[1]);
}
