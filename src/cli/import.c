/* import.c - import PATH...: files into the workspace, and what became of every row. */
#include "command.h"
#include "meter.h"

#include "aisle/import.h"

#include <stdio.h>
#include <string.h>

static json_t *result_json(const struct import_result *result)
{
    json_t *files = json_array(), *reasons = json_object(), *first = json_object();
    for (int32_t i = 0; i < result->n_files; i++) {
        const struct import_file *file = &result->files[i];
        json_array_append_new(files, json_pack("{s:o, s:s, s:I, s:I, s:I, s:b, s:b, s:o}", "path",
                                               json_text(slice_of(file->path)), "format",
                                               file->format, "read", (json_int_t)file->read,
                                               "accepted", (json_int_t)file->accepted, "rejected",
                                               (json_int_t)file->rejected, "passed_over",
                                               file->passed_over, "unchanged", file->unchanged,
                                               "note", json_text(slice_of(file->note))));
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

static void print_result(const struct import_result *result)
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
    }
    for (int32_t i = 0; i < result->n_reasons; i++) {
        const struct import_reason *reason = &result->reasons[i];
        printf("%s rejected: %s, first at ", text_count(reason->rows, "row").text, reason->text);
        print_visible(slice_of(reason->first_file));
        printf(":%lld\n", (long long)reason->first_line);
    }
    printf("%s, %s, %s added in %.2f s\n", text_count(result->users, "user").text,
           text_count(result->items, "item").text, text_count(result->events, "event").text,
           result->seconds);
}

int command_import(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct import_result result;
    const struct import_options options = {
        .format = call_option(call, "format"),
        .map = call_option(call, "map"),
        .dry_run = call_option(call, "dry-run") != NULL,
        .strict = call_option(call, "strict") != NULL,
        .rejects = call_option(call, "rejects"),
        .replace = call_option(call, "force") != NULL,
        .spared = call->data,
    };
    if (!options.dry_run && !call_open(call, WORKSPACE_CREATE, &status)) return status;
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
        print_result(&result);
    if (good && status == STATUS_DONE && result.rejected > 0) status = STATUS_REJECTED;
    import_result_fini(&result);
    return status;
}
