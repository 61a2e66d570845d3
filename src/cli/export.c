/* export.c - export and text: out of the workspace. */
#include "everybody.h"
#include "export_feed.h"
#include "table_options.h"

#include "aisle/export.h"

#include <string.h>

enum { PAGE = 1024 };

/* With --json a file that was written is told as an object; on standard output stands the JSON
 * itself. */
static int describe_file(struct call *call, const char *path, int64_t rows, int status)
{
    if (status != STATUS_DONE || !call->json || strcmp(path, "-") == 0) return status;
    return print_json(json_pack("{s:s, s:o, s:o}", "export", call->argument[0], "file",
                                json_text(slice_of(path)), "rows",
                                rows < 0 ? json_null() : json_integer(rows)));
}

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
    for (int64_t first = 0; good && first < table->n_rows; first += PAGE) {
        const int64_t left = table->n_rows - first;
        struct page *page = rows_page(call->reader, table->selection, first,
                                      left < PAGE ? (int32_t)left : PAGE, error);
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

static bool has_terms(const struct call *call)
{
    return call->n_arguments > 1 || call_option(call, "filter") || call_option(call, "sort") ||
           call_option(call, "columns");
}

static int export_recommendations(struct call *call, const char *format, const char *path)
{
    if (has_terms(call))
        return call_usage(call, "everybody's lists take no filter, sort or columns");
    if (format && strcmp(format, "csv") != 0 && strcmp(format, "jsonl") != 0)
        return call_usage(call, "everybody's lists are written as csv or jsonl");
    const bool out = strcmp(path, "-") == 0;
    if (out && call->json && format && strcmp(format, "jsonl") != 0)
        return call_usage(call, "--json prints JSON: leave --format out, or name a file with -o");
    const bool lines = format ? strcmp(format, "jsonl") == 0 : out && call->json;
    return describe_file(call, path, -1, write_everybody(call, lines, path));
}

/* A table, in `format` where one is named. */
static int export_rows(struct call *call, enum table_kind kind, const char *format,
                       const char *path)
{
    int status = STATUS_DONE;
    int64_t n;
    enum export_format as = EXPORT_CSV;
    struct table_call table = { 0 };
    const bool out = strcmp(path, "-") == 0;
    if (format && !export_format_parse(slice_of(format), &as))
        return call_usage(call, "a table is written as csv, json, jsonl or markdown");
    if (out && call->json) {
        if (format && as != EXPORT_JSON && as != EXPORT_JSONL)
            return call_usage(call,
                              "--json prints JSON: leave --format out, or name a file with -o");
        if (!format) as = EXPORT_JSON;
    }
    if (call_number(call, "count", INT64_MAX, 1, INT64_MAX, &n, &status) &&
        table_call_init(&table, call, kind, 1, &status)) {
        table.n_rows = n < table.selection->n ? n : table.selection->n;
        status = describe_file(call, path, table.n_rows, write_out(call, &table, as, NULL, path));
    }
    table_call_fini(&table);
    return status;
}

int command_export(struct call *call)
{
    int status = STATUS_DONE, kind = 0;
    enum export_format format;
    const char *name = call_option(call, "format"), *path = call_option(call, "output");
    if (!path) path = "-";
    if (strcmp(call->argument[0], "feed") == 0) return export_feed(call);
    if (strcmp(call->argument[0], "recommendations") == 0)
        return export_recommendations(call, name, path);
    while (kind < TABLE_KINDS &&
           strcmp(table_kind_name((enum table_kind)kind), call->argument[0]) != 0)
        kind++;
    if (kind == TABLE_KINDS) return call_usage(call, "there is no such table");
    if (!name || export_format_parse(slice_of(name), &format) || kind != TABLE_EVENTS)
        return export_rows(call, (enum table_kind)kind, name, path);
    if (has_terms(call) || call_option(call, "count"))
        return call_usage(
            call, "this format holds all events: it takes no filter, sort, columns or number");
    if (call->json && strcmp(path, "-") == 0)
        return call_usage(call, "--json prints JSON: leave --format out, or name a file with -o");
    if (!call_open(call, WORKSPACE_READ, &status)) return status;
    return describe_file(call, path, -1, write_out(call, NULL, EXPORT_CSV, name, path));
}

/* ----------------------------------------------------------------------------------- sentences */

struct quoted_lines {
    struct file_sink *sink;
    struct text line; /* that has no end yet */
    bool any;
};

/* Lines of text become the strings of an array. */
static bool put_quoted(void *context, const void *bytes, size_t length, struct error *error)
{
    struct quoted_lines *lines = context;
    const char *at = bytes, *end = at + length;
    struct text out = { 0 };
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        text_add(&lines->line, at, (size_t)((stop ? stop : end) - at));
        at = stop ? stop + 1 : end;
        if (!stop) break;
        text_add_string(&out, lines->any ? ",\n" : "");
        text_add_json(&out, lines->line.bytes ? lines->line.bytes : "", lines->line.length);
        text_clear(&lines->line);
        lines->any = true;
    }
    const bool good = out.failed || lines->line.failed
                          ? error_memory(error, "a sentence")
                          : file_sink_put(lines->sink, out.bytes, out.length, error);
    text_fini(&out);
    return good;
}

static int print_sentences(struct call *call)
{
    struct error error = { 0 };
    struct file_sink sink;
    const struct file_target target = call_target(call, "-");
    struct quoted_lines lines = { .sink = &sink };
    const bool good = file_sink_open(&sink, &target, &error) &&
                      file_sink_put(&sink, "{\"sentences\":[", 14, &error) &&
                      export_events(call->reader, "text", put_quoted, &lines, NULL, &error) &&
                      file_sink_put(&sink, "]}\n", 3, &error);
    text_fini(&lines.line);
    return good ? STATUS_DONE : call_fail(&error);
}

int command_text(struct call *call)
{
    const char *format = call_option(call, "format");
    const bool sentences = !format || strcmp(format, "seed") == 0;
    if (!sentences && strcmp(format, "jsonl") != 0)
        return call_usage(call, "the formats are seed and jsonl");
    int status = STATUS_DONE;
    if (!call_open(call, WORKSPACE_READ, &status)) return status;
    if (sentences && call->json) return print_sentences(call);
    return write_out(call, NULL, EXPORT_CSV, sentences ? "text" : "jsonl", "-");
}
