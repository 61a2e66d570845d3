/* tables.c - users, items, events: the tables of the workspace, filtered and sorted. */
#include "table_options.h"

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

static json_t *row_json(const struct table_call *table, const struct page *page, int32_t row)
{
    json_t *object = json_object();
    for (int32_t i = 0; i < table->n; i++)
        json_object_set_new(
            object, table->columns[i].name,
            cell_json(page_cell(page, row, table->place[i]), table->columns[i].type));
    return object;
}

static void print_row(const struct table_call *table, const struct page *page, int32_t row)
{
    struct text text = { 0 };
    for (int32_t i = 0; i < table->n; i++) {
        const struct table_column *column = &table->columns[i];
        if (column->type == CELL_SPARK) continue;
        text_clear(&text);
        cell_text(page_cell(page, row, table->place[i]), column->type, &text);
        print_padded((struct slice){ text.bytes, text.length }, column->width,
                     column->type != CELL_TEXT);
        fputs("  ", stdout);
    }
    putchar('\n');
    text_fini(&text);
}

static bool print_rows(struct call *call, const struct table_call *table, int64_t n, json_t *rows,
                       struct error *error)
{
    for (int32_t i = 0; !rows && i < table->n; i++) {
        const struct table_column *column = &table->columns[i];
        if (column->type == CELL_SPARK) continue;
        print_padded(slice_of(column->title), column->width, column->type != CELL_TEXT);
        fputs("  ", stdout);
    }
    if (!rows) putchar('\n');
    for (int64_t first = 0; first < n; first += PAGE) {
        struct page *page = rows_page(call->reader, table->selection, first,
                                      n - first < PAGE ? (int32_t)(n - first) : PAGE, error);
        if (!page) return false;
        for (int32_t row = 0; row < page->n_rows; row++) {
            if (rows)
                json_array_append_new(rows, row_json(table, page, row));
            else
                print_row(table, page, row);
        }
        page_free(page);
    }
    return true;
}

int table_list(struct call *call, enum table_kind kind)
{
    int status = STATUS_DONE;
    int64_t n;
    struct error error = { 0 };
    struct table_call table = { 0 };
    if (!call_number(call, "count", 20, 1, INT64_MAX, &n, &status) ||
        !table_call_init(&table, call, kind, 0, &status))
        goto out;
    const int64_t total = table.selection->n;
    json_t *rows = call->json ? json_array() : NULL;
    if (n > total) n = total;
    if (!print_rows(call, &table, n, rows, &error)) {
        status = call_fail(&error);
        json_decref(rows);
    } else if (rows) {
        status = print_json(
            json_pack("{s:I, s:o}", "total", (json_int_t)total, table_kind_name(kind), rows));
    } else if (n < total) {
        printf("%lld of %lld\n", (long long)n, (long long)total);
    }
out:
    table_call_fini(&table);
    return status;
}

int command_users(struct call *call)
{
    return table_list(call, TABLE_USERS);
}

int command_items(struct call *call)
{
    return table_list(call, TABLE_ITEMS);
}

int command_events(struct call *call)
{
    return table_list(call, TABLE_EVENTS);
}
