/* select.c - which rows, in which order: a vector of keys, or nothing where they are 1..n. */
#include "checked.h"
#include "filter.h"
#include "select_number.h"

#include <stdlib.h>
#include <string.h>

void selection_free(struct selection *selection)
{
    if (!selection) return;
    free((void *)(uintptr_t)selection->query.filter);
    free((void *)(uintptr_t)selection->query.sort);
    free(selection->key);
    free(selection);
}

int64_t selection_find(const struct selection *selection, int64_t key)
{
    if (selection->dense) {
        if (key < 1 || key > selection->n) return -1;
        return selection->query.descending ? selection->n - key : key - 1;
    }
    for (int64_t i = 0; i < selection->n; i++)
        if (selection->key[i] == key) return i;
    return -1;
}

/* The keys are 1..n exactly when there are as many as the highest: both are known without a scan.
 */
static bool is_dense(struct reader *reader, enum table_kind kind, int64_t *n)
{
    static const char *const highest[] = { "SELECT ifnull(max(row), 0) FROM users",
                                           "SELECT ifnull(max(row), 0) FROM items",
                                           "SELECT ifnull(max(id), 0) FROM events" };
    static const char *const counted[] = { "SELECT value FROM meta WHERE name = 'users'",
                                           "SELECT value FROM meta WHERE name = 'items'",
                                           "SELECT value FROM meta WHERE name = 'events'" };
    int64_t last = 0;
    return kind <= TABLE_EVENTS && database_number(reader->db, highest[kind], &last) &&
           database_number(reader->db, counted[kind], n) && last == *n;
}

static bool collect(struct reader *reader, sqlite3_stmt *rows, struct selection *selection,
                    struct error *error)
{
    int64_t capacity = 0;
    int code;
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        if (selection->n == capacity) {
            if (!checked_count(reader->db, reader->workspace->path, capacity, error)) return false;
            capacity = capacity ? capacity * 2 : 1024;
            int64_t *key = realloc(selection->key, (size_t)capacity * sizeof *key);
            if (!key) return error_memory(error, "the list of rows");
            selection->key = key;
        }
        selection->key[selection->n++] = sqlite3_column_int64(rows, 0);
    }
    return reader_done(reader, code, "be read", error);
}

/* " ORDER BY …": absent values last either way; texts without case, those that are numbers before
 * the others and by their value; what is equal stays in order of arrival. */
static bool order_sql(struct text *sql, const struct row_query *query,
                      const struct columns *columns, struct error *error)
{
    const char *key = table_key(query->kind), *way = query->descending ? "DESC" : "ASC";
    struct text column = { 0 };
    if (!query->sort) {
        text_format(sql, " ORDER BY %s %s", key, way);
        return true;
    }
    int32_t at = column_find(columns, slice_of(query->sort));
    if (at < 0) return column_missing(columns, slice_of(query->sort), error);
    if (!columns->list[at].sortable)
        return error_set(error, ERROR_USAGE, "%s is a picture: sort by another column",
                         query->sort);
    column_sql(&column, query->kind, columns, at);
    const char *e = column.bytes;
    if (column.failed)
        sql->failed = true;
    else if (columns->list[at].type == CELL_TEXT)
        text_format(sql,
                    " ORDER BY ifnull(%s, '') = '', aisle_number(%s) IS NULL %s, "
                    "aisle_number(%s) %s, aisle_fold(%s) %s, %s %s, %s",
                    e, e, way, e, way, e, way, e, way, key);
    else
        text_format(sql, " ORDER BY %s IS NULL, %s %s, %s", e, e, way, key);
    text_fini(&column);
    return true;
}

/* The column to sort by where it holds numbers, else -1. */
static int32_t number_column(const struct row_query *query, const struct columns *columns)
{
    const int32_t at = query->sort ? column_find(columns, slice_of(query->sort)) : -1;
    if (at < 0 || !columns->list[at].sortable || columns->list[at].type == CELL_TEXT) return -1;
    return at;
}

/* SQL for the keys in order, or, where we put numbers in order, for keys and numbers. */
static bool query_sql(struct text *sql, const struct row_query *query,
                      const struct columns *columns, const struct filter *filter, int32_t number,
                      struct error *error)
{
    text_format(sql, "SELECT %s", table_key(query->kind));
    if (number >= 0) {
        text_add_string(sql, ", ");
        column_sql(sql, query->kind, columns, number);
    }
    text_format(sql, " %s WHERE %s", table_sql(query->kind), filter->sql.bytes);
    if (number < 0 && !order_sql(sql, query, columns, error)) return false;
    return !sql->failed || error_memory(error, "a query");
}

static bool select_keys(struct reader *reader, struct selection *selection, bool numbers,
                        struct error *error)
{
    const struct row_query *query = &selection->query;
    const struct columns *columns = columns_of(reader, query->kind, error);
    struct filter filter = { 0 };
    struct text sql = { 0 };
    sqlite3_stmt *rows = NULL;
    bool good = false, exact = true;
    if (!columns || !filter_parse(&filter, query->kind, columns, query->filter, error)) goto out;
    const int32_t number = numbers ? number_column(query, columns) : -1;
    if (!query_sql(&sql, query, columns, &filter, number, error)) goto out;
    rows = reader_prepare(reader, sql.bytes, error);
    if (!rows) goto out;
    filter_bind(&filter, rows);
    reader_sweep_begin(reader);
    good = number < 0 ? collect(reader, rows, selection, error)
                      : select_by_number(reader, rows, selection, &exact, error);
    reader_sweep_end(reader);
out:
    sqlite3_finalize(rows);
    text_fini(&sql);
    filter_fini(&filter);
    return good && !exact ? select_keys(reader, selection, false, error) : good;
}

struct selection *rows_select(struct reader *reader, const struct row_query *query,
                              struct error *error)
{
    struct selection *selection = calloc(1, sizeof *selection);
    if (!selection) goto memory;
    selection->query.kind = query->kind;
    selection->query.descending = query->descending;
    selection->query.filter = strdup(query->filter ? query->filter : "");
    if (!selection->query.filter) goto memory;
    if (query->sort && query->sort[0] && !(selection->query.sort = strdup(query->sort)))
        goto memory;
    if (!selection->query.sort &&
        selection->query.filter[strspn(selection->query.filter, " \t")] == 0 &&
        is_dense(reader, query->kind, &selection->n)) {
        selection->dense = true;
        return selection;
    }
    selection->n = 0;
    if (select_keys(reader, selection, true, error)) return selection;
    selection_free(selection);
    return NULL;
memory:
    selection_free(selection);
    error_memory(error, "a selection");
    return NULL;
}
