/* table_options.c - which rows and columns of a table a command is about. */
#include "table_options.h"

#include <stdlib.h>
#include <string.h>

/* The column called so, -1 after saying which there are. */
static int32_t find_column(const struct table_column *columns, int32_t n, struct slice name,
                           struct error *error)
{
    struct text names = { 0 }, seen = { 0 };
    for (int32_t i = 0; i < n; i++) {
        if (slice_equal_fold(name, columns[i].name)) return i;
    }
    for (int32_t i = 0; i < n; i++)
        text_format(&names, "%s%s", i > 0 ? ", " : "", columns[i].name);
    text_add_visible(&seen, name.bytes, name.length);
    error_set(error, ERROR_USAGE, "there is no column \"%.60s\": the columns are %.900s",
              seen.bytes ? seen.bytes : "", names.bytes ? names.bytes : "");
    text_fini(&names);
    text_fini(&seen);
    return -1;
}

/* --columns A,B,C; all where it was not given. */
static bool choose_columns(struct table_call *table, const char *wanted,
                           const struct table_column *columns, int32_t n, struct error *error)
{
    const size_t capacity = wanted ? strlen(wanted) + 1 : (size_t)n + 1;
    table->columns = calloc(capacity, sizeof *table->columns);
    table->place = calloc(capacity, sizeof *table->place);
    if (!table->columns || !table->place) return error_memory(error, "columns");
    for (int32_t i = 0; !wanted && i < n; i++)
        table->place[table->n++] = i;
    for (const char *at = wanted; at && *at;) {
        size_t length = strcspn(at, ",");
        struct slice name = slice_trim((struct slice){ at, length });
        int32_t found = find_column(columns, n, name, error);
        if (found < 0) return false;
        table->place[table->n++] = found;
        at += length + (at[length] == ',');
    }
    if (wanted && table->n == 0)
        return error_set(error, ERROR_USAGE, "--columns names no column: put commas between names");
    for (int32_t i = 0; i < table->n; i++)
        table->columns[i] = columns[table->place[i]];
    return true;
}

bool table_call_init(struct table_call *table, struct call *call, enum table_kind kind, int first,
                     int *status)
{
    int32_t n;
    struct error error = { 0 };
    struct text filter = { 0 };
    memset(table, 0, sizeof *table);
    if (!call_open(call, WORKSPACE_READ, status)) return false;
    if (call_option(call, "filter")) text_add_string(&filter, call_option(call, "filter"));
    for (int i = first; i < call->n_arguments; i++)
        text_format(&filter, " %s", call->argument[i]);
    text_add(&filter, "", 1);
    const struct row_query query = { kind, filter.bytes, call_option(call, "sort"),
                                     call_option(call, "descending") != NULL };
    const struct table_column *columns = rows_columns(call->reader, kind, &n, &error);
    if (filter.failed)
        error_memory(&error, "a filter");
    else if (columns && choose_columns(table, call_option(call, "columns"), columns, n, &error))
        table->selection = rows_select(call->reader, &query, &error);
    text_fini(&filter);
    if (!table->selection) *status = call_fail(&error);
    return table->selection != NULL;
}

void table_call_fini(struct table_call *table)
{
    selection_free(table->selection);
    free(table->columns);
    free(table->place);
}
