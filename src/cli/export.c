/* export.c - export and text: out of the workspace. */
#include "command.h"

#include "aisle/export.h"

#include <string.h>

enum { PAGE = 1024 };

static bool export_table(struct call *call, enum table_kind kind, enum export_format format,
                         struct file_sink *sink, struct error *error)
{
    const struct row_query query = { .kind = kind };
    struct table_export out = { .format = format, .put = file_sink_put, .context = sink };
    out.columns = rows_columns(call->reader, kind, &out.n_columns, error);
    struct selection *selection = out.columns ? rows_select(call->reader, &query, error) : NULL;
    bool good = selection && table_export_begin(&out, error);
    for (int64_t first = 0; good && first < selection->n; first += PAGE) {
        struct page *page = rows_page(call->reader, selection, first, PAGE, error);
        good = page && table_export_page(&out, page, error);
        page_free(page);
    }
    good = good && table_export_end(&out, error);
    selection_free(selection);
    return good;
}

/* Writes what `name` says in `format` to a file or standard output. */
static int write_out(struct call *call, const char *name, const char *format, bool words,
                     const char *path)
{
    int status = STATUS_DONE, kind = 0;
    struct error error = { 0 };
    struct file_sink sink;
    enum export_format table_format;
    while (kind < TABLE_KINDS && strcmp(table_kind_name((enum table_kind)kind), name) != 0)
        kind++;
    if (kind == TABLE_KINDS) return call_usage(call, "there is no such table");
    /* `text` means events in words: its jsonl is another than the table's. */
    const bool table = !words && export_format_parse(slice_of(format), &table_format);
    if (!table && kind != TABLE_EVENTS)
        return call_usage(call, "there is no such format for this table");
    if (!call_open(call, WORKSPACE_READ, &status)) return status;
    if (!file_sink_open(&sink, path, &error)) return call_fail(&error);
    bool good = table ? export_table(call, (enum table_kind)kind, table_format, &sink, &error)
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
    const char *format = call_option(call, "format"), *path = call_option(call, "output");
    return write_out(call, call->argument[0], format ? format : "csv", false, path ? path : "-");
}

int command_text(struct call *call)
{
    const char *format = call_option(call, "format");
    const bool sentences = !format || strcmp(format, "seed") == 0;
    if (!sentences && strcmp(format, "jsonl") != 0)
        return call_usage(call, "the formats are seed and jsonl");
    return write_out(call, "events", sentences ? "text" : "jsonl", true, "-");
}
