/* tables.c - users, items, events: the tables of the workspace, filtered and sorted. */
#include "command.h"

#include "aisle/rows.h"

#include <stdio.h>

enum { PAGE = 256 };

static json_t *cell_json(const struct cell *cell, enum cell_type type)
{
    char moment[MOMENT_TEXT_SIZE];
    if (cell->absent) return json_null();
    switch (type) {
    case CELL_TEXT:
        return json_text(cell->text);
    case CELL_INTEGER:
        return json_integer(cell->integer);
    case CELL_MOMENT:
        return cell->integer == MOMENT_NONE ? json_null()
                                            : json_string(moment_text(cell->integer, moment));
    case CELL_SPARK: {
        json_t *months = json_array();
        for (int i = 0; i < 12; i++)
            json_array_append_new(months, json_real((double)cell->spark[i]));
        return months;
    }
    default:
        return json_real(cell->number);
    }
}

static json_t *row_json(const struct page *page, int32_t row, const struct table_column *columns)
{
    json_t *object = json_object();
    for (int32_t i = 0; i < page->n_columns; i++)
        json_object_set_new(object, columns[i].name,
                            cell_json(page_cell(page, row, i), columns[i].type));
    return object;
}

static void print_row(const struct page *page, int32_t row, const struct table_column *columns)
{
    struct text text = { 0 };
    for (int32_t i = 0; i < page->n_columns; i++) {
        if (columns[i].type == CELL_SPARK) continue;
        text_clear(&text);
        cell_text(page_cell(page, row, i), columns[i].type, &text);
        print_padded((struct slice){ text.bytes, text.length }, columns[i].width,
                     columns[i].type != CELL_TEXT);
        fputs("  ", stdout);
    }
    putchar('\n');
    text_fini(&text);
}

static bool print_rows(struct call *call, const struct selection *selection, int64_t n,
                       const struct table_column *columns, int32_t n_columns, json_t *rows,
                       struct error *error)
{
    for (int32_t i = 0; !rows && i < n_columns; i++) {
        if (columns[i].type == CELL_SPARK) continue;
        print_padded(slice_of(columns[i].title), columns[i].width, columns[i].type != CELL_TEXT);
        fputs("  ", stdout);
    }
    if (!rows) putchar('\n');
    for (int64_t first = 0; first < n; first += PAGE) {
        struct page *page = rows_page(call->reader, selection, first,
                                      n - first < PAGE ? (int32_t)(n - first) : PAGE, error);
        if (!page) return false;
        for (int32_t row = 0; row < page->n_rows; row++) {
            if (rows)
                json_array_append_new(rows, row_json(page, row, columns));
            else
                print_row(page, row, columns);
        }
        page_free(page);
    }
    return true;
}

static int list(struct call *call, enum table_kind kind)
{
    int status = STATUS_DONE;
    int64_t n;
    int32_t n_columns;
    struct error error = { 0 };
    struct text filter = { 0 };
    if (!call_number(call, "count", 20, 1, INT64_MAX, &n, &status) ||
        !call_open(call, WORKSPACE_READ, &status))
        return status;
    if (call_option(call, "filter")) text_add_string(&filter, call_option(call, "filter"));
    for (int i = 0; i < call->n_arguments; i++)
        text_format(&filter, " %s", call->argument[i]);
    text_add(&filter, "", 1);
    const struct row_query query = { kind, filter.bytes, call_option(call, "sort"),
                                     call_option(call, "descending") != NULL };
    const struct table_column *columns = rows_columns(call->reader, kind, &n_columns, &error);
    struct selection *selection = columns ? rows_select(call->reader, &query, &error) : NULL;
    json_t *rows = call->json ? json_array() : NULL;
    if (selection && n > selection->n) n = selection->n;
    if (!selection || !print_rows(call, selection, n, columns, n_columns, rows, &error)) {
        status = call_fail(&error);
        json_decref(rows);
    } else if (rows) {
        status = print_json(json_pack("{s:I, s:o}", "total", (json_int_t)selection->n,
                                      table_kind_name(kind), rows));
    } else if (n < selection->n) {
        printf("%lld of %lld\n", (long long)n, (long long)selection->n);
    }
    selection_free(selection);
    text_fini(&filter);
    return status;
}

int command_users(struct call *call)
{
    return list(call, TABLE_USERS);
}

int command_items(struct call *call)
{
    return list(call, TABLE_ITEMS);
}

int command_events(struct call *call)
{
    return list(call, TABLE_EVENTS);
}
