/* export.c - export and text: out of the workspace. */
#include "everybody.h"
#include "export_feed.h"
#include "table_options.h"

#include "aisle/export.h"

#include <string.h>

enum { PAGE = 1024 };

static bool export_table(struct call *call, const struct table_call *table,
                         enum export_format format, struct file_sink *sink, struct error *error)
{
    struct table_export out = { .format = format,
                                .columns = table->columns,
                                .n_columns = table->n,
                                .place = table->place,
                                .put = file_sink_put,
                                .context = sink };
    bool good = table_export_begin(&out, error);
    for (int64_t first = 0; good && first < table->selection->n; first += PAGE) {
        struct page *page = rows_page(call->reader, table->selection, first, PAGE, error);
        good = page && table_export_page(&out, page, error);
        page_free(page);
    }
    return good && table_export_end(&out, error);
}

/* Writes all events in `format`, or with a table what it selects. */
static int write_out(struct call *call, const struct table_call *table,
                     enum export_format table_format, const char *format, const char *path)
{
    struct error error = { 0 };
    struct file_sink sink;
    const struct file_target target = call_target(call, path);
    if (!file_sink_open(&sink, &target, &error)) return call_fail(&error);
    bool good = table ? export_table(call, table, table_format, &sink, &error)
                      : export_events(call->reader, format, file_sink_put, &sink, NULL, &error);
    struct error closing = { 0 };
    if (!file_sink_close(&sink, good, &closing) && good) {
        good = false;
        error = closing;
    }
    return good ? STATUS_DONE : call_fail(&error);
}

int command_export(struct call *call)
{
    int status = STATUS_DONE, kind = 0;
    enum export_format format = EXPORT_CSV;
    struct table_call table = { 0 };
    const char *name = call_option(call, "format"), *path = call_option(call, "output");
    if (strcmp(call->argument[0], "feed") == 0) return export_feed(call);
    if (strcmp(call->argument[0], "recommendations") == 0) {
        if (call->n_arguments > 1 || call_option(call, "filter") || call_option(call, "sort") ||
            call_option(call, "columns"))
            return call_usage(call, "everybody's lists take no filter, sort or columns");
        if (name && strcmp(name, "csv") != 0 && strcmp(name, "jsonl") != 0)
            return call_usage(call, "everybody's lists are written as csv or jsonl");
        return write_everybody(call, name && strcmp(name, "jsonl") == 0, path ? path : "-");
    }
    while (kind < TABLE_KINDS &&
           strcmp(table_kind_name((enum table_kind)kind), call->argument[0]) != 0)
        kind++;
    if (kind == TABLE_KINDS) return call_usage(call, "there is no such table");
    if (!path) path = "-";
    if (!name || export_format_parse(slice_of(name), &format)) {
        if (table_call_init(&table, call, (enum table_kind)kind, 1, &status))
            status = write_out(call, &table, format, NULL, path);
        table_call_fini(&table);
        return status;
    }
    if (kind != TABLE_EVENTS)
        return call_usage(call, "a table is written as csv, json, jsonl or markdown");
    if (call->n_arguments > 1 || call_option(call, "filter") || call_option(call, "sort") ||
        call_option(call, "columns"))
        return call_usage(call,
                          "this format holds all events: it takes no filter, sort or columns");
    if (!call_open(call, WORKSPACE_READ, &status)) return status;
    return write_out(call, NULL, format, name, path);
}

int command_text(struct call *call)
{
    const char *format = call_option(call, "format");
    const bool sentences = !format || strcmp(format, "seed") == 0;
    if (!sentences && strcmp(format, "jsonl") != 0)
        return call_usage(call, "the formats are seed and jsonl");
    int status = STATUS_DONE;
    if (!call_open(call, WORKSPACE_READ, &status)) return status;
    return write_out(call, NULL, EXPORT_CSV, sentences ? "text" : "jsonl", "-");
}
