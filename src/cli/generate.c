/* generate.c - generate FILE: a made-up shop in a workspace of its own. */
#include "generate.h"
#include "command.h"
#include "meter.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool write_one(void *writer, const struct record *record, struct error *error)
{
    return writer_record(writer, record, error);
}

bool generate_into(struct workspace *workspace, const struct shop_options *options,
                   struct progress *progress, struct error *error)
{
    struct writer *writer = writer_begin(workspace, error);
    if (!writer) return false;
    if (writer_bulk(writer, error) && writer_set_profile(writer, options->profile, error) &&
        shop_generate(options, write_one, writer, progress, error))
        return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

bool generate_profile(const struct call *call, struct shop_options *options, int *status)
{
    const char *profile = call_option(call, "profile");
    struct error error = { 0 };
    struct text names = { 0 };

    if (!profile) return true;
    options->profile = NULL;
    for (const char *const *name = shop_profiles(); *name; name++) {
        if (strcmp(*name, profile) == 0) options->profile = *name;
        text_format(&names, "%s%s", names.length ? ", " : "", *name);
    }
    if (!options->profile) {
        error_set(&error, ERROR_USAGE, "--profile %.100s: there are %s", profile,
                  names.bytes ? names.bytes : "none");
        *status = call_fail(&error);
    }
    text_fini(&names);
    return options->profile != NULL;
}

/* Sizes, profile and seed from the options; false after telling. */
static bool read_options(const struct call *call, struct shop_options *options, int *status)
{
    int64_t users, items, events, seed;
    shop_options_init(options);
    if (!call_number(call, "users", options->users, 1, 100000000, &users, status) ||
        !call_number(call, "items", options->items, 1, 100000000, &items, status) ||
        !call_number(call, "events", options->events, 0, 10000000000, &events, status) ||
        !call_number(call, "seed", (int64_t)options->seed, 0, INT64_MAX, &seed, status))
        return false;
    options->users = (int32_t)users;
    options->items = (int32_t)items;
    options->events = events;
    options->seed = (uint64_t)seed;
    return generate_profile(call, options, status);
}

/* An empty workspace only: a shop is never mixed into somebody's data. */
static bool is_empty(struct call *call, struct error *error)
{
    struct workspace_counts counts;
    if (!workspace_counts(call->reader, &counts, error)) return false;
    return (counts.users == 0 && counts.items == 0 && counts.events == 0) ||
           error_set(error, ERROR_USAGE, "%.300s holds data already: name a new file", call->data);
}

/* What was made for a shop that did not come about is taken away again. */
static int give_up(struct call *call, bool made, const struct error *error)
{
    struct workspace_counts counts;
    const bool empty = made && workspace_counts(call->reader, &counts, NULL) &&
                       counts.events == 0 && counts.users == 0 && counts.items == 0;
    const int status = call_fail(error);
    call_close(call);
    if (empty) unlink(call->data);
    return status;
}

int command_generate(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct shop_options options;
    struct workspace_counts counts;
    struct meter meter;
    if (!read_options(call, &options, &status)) return status;
    if (call->n_arguments == 1) call->data = call->argument[0];
    if (!call->data) return call_usage(call, "no file is named");
    const bool made = access(call->data, F_OK) != 0;
    if (!call_open(call, WORKSPACE_CREATE, &status)) return status;
    if (!is_empty(call, &error)) return call_fail(&error);
    meter_begin(&meter, "generate");
    bool good = generate_into(call->workspace, &options, &meter.progress, &error);
    meter_end(&meter);
    if (!good) return give_up(call, made, &error);
    if (!workspace_counts(call->reader, &counts, &error)) return call_fail(&error);
    if (call->json)
        return print_json(json_pack(
            "{s:o, s:s, s:I, s:I, s:I, s:I, s:I}", "file", json_text(slice_of(call->data)),
            "profile", options.profile, "seed", (json_int_t)options.seed, "users",
            (json_int_t)counts.users, "items", (json_int_t)counts.items, "events",
            (json_int_t)counts.events, "friendships", (json_int_t)counts.friendships));
    print_visible(slice_of(call->data));
    printf(": %s, %s, %s, %s (profile %s, seed %llu)\n", text_count(counts.users, "user").text,
           text_count(counts.items, "item").text, text_count(counts.events, "event").text,
           text_count(counts.friendships, "friendship").text, options.profile,
           (unsigned long long)options.seed);
    return STATUS_DONE;
}
