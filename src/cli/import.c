/* import.c - import PATH...: files into the workspace, and what became of every row. */
#include "command.h"
#include "meter.h"

#include "aisle/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was understood of a file: only what there is. */
static void add_understood(json_t *object, const struct import_file *file)
{
    json_t *columns, *samples;

    if (file->encoding[0])
        json_object_set_new(object, "encoding", json_text(slice_of(file->encoding)));
    if (file->separator[0])
        json_object_set_new(object, "separator", json_text(slice_of(file->separator)));
    if (file->n_columns > 0) {
        columns = json_array();
        for (int32_t i = 0; i < file->n_columns; i++)
            json_array_append_new(columns, json_pack("{s:o, s:s}", "name",
                                                     json_text(slice_of(file->columns[i].name)),
                                                     "taken_for", file->columns[i].taken_for));
        json_object_set_new(object, "columns", columns);
        json_object_set_new(object, "without_time", json_boolean(file->without_time));
    }
    if (file->repeated > 0)
        json_object_set_new(object, "repeated", json_integer((json_int_t)file->repeated));
    if (file->n_samples == 0) return;
    samples = json_array();
    for (int32_t i = 0; i < file->n_samples; i++)
        json_array_append_new(samples, json_text(slice_of(file->samples[i])));
    json_object_set_new(object, "samples", samples);
}

static json_t *result_json(const struct import_result *result)
{
    json_t *files = json_array(), *reasons = json_object(), *first = json_object();
    for (int32_t i = 0; i < result->n_files; i++) {
        const struct import_file *file = &result->files[i];
        json_t *object =
            json_pack("{s:o, s:s, s:I, s:I, s:I, s:b, s:b, s:o}", "path",
                      json_text(slice_of(file->path)), "format", file->format, "read",
                      (json_int_t)file->read, "accepted", (json_int_t)file->accepted, "rejected",
                      (json_int_t)file->rejected, "passed_over", file->passed_over, "unchanged",
                      file->unchanged, "note", json_text(slice_of(file->note)));
        add_understood(object, file);
        json_array_append_new(files, object);
    }
    for (int32_t i = 0; i < result->n_reasons; i++) {
        const struct import_reason *reason = &result->reasons[i];
        json_object_set_new(reasons, reason->text, json_integer(reason->rows));
        json_object_set_new(first, reason->text,
                            json_pack("{s:o, s:I}", "file", json_text(slice_of(reason->first_file)),
                                      "line", (json_int_t)reason->first_line));
    }
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "files", files, "read",
                     (json_int_t)result->read, "accepted", (json_int_t)result->accepted, "rejected",
                     (json_int_t)result->rejected, "users", (json_int_t)result->users, "items",
                     (json_int_t)result->items, "events", (json_int_t)result->events, "reasons",
                     reasons, "first", first);
}

/* "household_id = user · x not used" */
static void print_columns(const struct import_file *file, bool all)
{
    bool any = false;

    for (int32_t i = 0; i < file->n_columns; i++) {
        const struct import_column *column = &file->columns[i];
        const bool unused = strcmp(column->taken_for, "not used") == 0;

        if (!all && !unused) continue;
        fputs(any ? " · " : "    ", stdout);
        any = true;
        print_visible(slice_of(column->name));
        printf(unused ? " %s" : " = %s", column->taken_for);
    }
    if (any) putchar('\n');
}

/* What was understood: the whole of it in a dry run, else what was left out. */
static void print_understood(const struct import_file *file, bool all)
{
    if (all && file->separator[0])
        printf("    separator %s, %s\n", file->separator, file->encoding);
    print_columns(file, all);
    if (!all) return;
    if (file->without_time) puts("    no time: the order of the file counts");
    for (int32_t i = 0; i < file->n_samples; i++) {
        fputs("    > ", stdout);
        print_visible(slice_of(file->samples[i]));
        putchar('\n');
    }
}

static void print_result(const struct import_result *result, bool dry_run)
{
    printf("%-16s %10s %10s %10s  %s\n", "FORMAT", "READ", "ACCEPTED", "REJECTED", "FILE");
    for (int32_t i = 0; i < result->n_files; i++) {
        const struct import_file *file = &result->files[i];
        printf("%-16s %10lld %10lld %10lld  ", file->passed_over ? "-" : file->format,
               (long long)file->read, (long long)file->accepted, (long long)file->rejected);
        print_visible(slice_of(file->path));
        if (file->note[0]) {
            fputs(" · ", stdout);
            print_visible(slice_of(file->note));
        }
        putchar('\n');
        print_understood(file, dry_run);
    }
    for (int32_t i = 0; i < result->n_reasons; i++) {
        const struct import_reason *reason = &result->reasons[i];
        printf("%s rejected: %s, first at ", text_count(reason->rows, "row").text, reason->text);
        print_visible(slice_of(reason->first_file));
        printf(":%lld\n", (long long)reason->first_line);
    }
    printf(dry_run ? "would add %s, %s, %s; read in %.2f s\n" : "%s, %s, %s added in %.2f s\n",
           text_count(result->users, "user").text, text_count(result->items, "item").text,
           text_count(result->events, "event").text, result->seconds);
}

/* The user's own names of columns: $XDG_CONFIG_HOME/aisle/columns, else ~/.config/aisle/columns. */
static void read_own_columns(struct text *own)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    struct text path = { 0 };
    char block[4096];
    size_t n;

    if (config && *config)
        text_format(&path, "%s/aisle/columns", config);
    else if (home && *home)
        text_format(&path, "%s/.config/aisle/columns", home);
    FILE *file = path.bytes && !path.failed ? fopen(path.bytes, "re") : NULL;
    text_fini(&path);
    if (!file) return;
    while ((n = fread(block, 1, sizeof block, file)) > 0 && own->length < 1024 * 1024)
        text_add(own, block, n);
    fclose(file);
}

int command_import(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct import_result result;
    struct text own = { 0 };

    read_own_columns(&own);
    const struct import_options options = {
        .format = call_option(call, "format"),
        .map = call_option(call, "map"),
        .dry_run = call_option(call, "dry-run") != NULL,
        .strict = call_option(call, "strict") != NULL,
        .rejects = call_option(call, "rejects"),
        .replace = call_option(call, "force") != NULL,
        .spared = call->data,
        .dates = call_option(call, "dates"),
        .encoding = call_option(call, "encoding"),
        .columns = own.bytes,
        .recursive = call_option(call, "recursive") != NULL,
        .once = call_option(call, "once") != NULL,
    };
    if (!options.dry_run && !call_open(call, WORKSPACE_CREATE, &status)) {
        text_fini(&own);
        return status;
    }
    struct meter meter;
    meter_begin(&meter, "import");
    bool good = import_paths(call->workspace, call->argument, call->n_arguments, &options,
                             &meter.progress, &result, &error);
    meter_end(&meter);
    if (!good)
        status = call_fail(&error);
    else if (call->json)
        status = print_json(result_json(&result));
    else
        print_result(&result, options.dry_run);
    if (good && status == STATUS_DONE && result.rejected > 0) status = STATUS_REJECTED;
    import_result_fini(&result);
    text_fini(&own);
    return status;
}
