/* pages.c - the rows of a screen, by key. */
#include "columns.h"

#include <string.h>

enum { MONTHS = 12 };

static int month_of(int64_t moment)
{
    int year, month, day, weekday;
    moment_to_civil(moment, &year, &month, &day, &weekday);
    return year * 12 + month - 1;
}

/* Events per month of one user or item, over the workspace's last twelve months. */
static void sparkline(sqlite3_stmt *times, int64_t key, int64_t last_time, struct page *page,
                      int32_t column)
{
    float months[MONTHS] = { 0 };
    int last = month_of(last_time);
    sqlite3_bind_int64(times, 1, key);
    sqlite3_bind_int64(times, 2, last_time - (int64_t)366 * 86400);
    while (sqlite3_step(times) == SQLITE_ROW) {
        int at = MONTHS - 1 - (last - month_of(sqlite3_column_int64(times, 0)));
        if (at >= 0 && at < MONTHS) months[at] += 1;
    }
    sqlite3_reset(times);
    page_set_spark(page, column, months);
}

static void set_cell(struct page *page, int32_t column, enum cell_type type, sqlite3_stmt *row,
                     int at)
{
    if (sqlite3_column_type(row, at) == SQLITE_NULL) return;
    switch (type) {
    case CELL_TEXT:
        page_set_text(page, column, database_text(row, at));
        break;
    case CELL_INTEGER:
    case CELL_MOMENT:
        page_set_integer(page, column, sqlite3_column_int64(row, at));
        break;
    case CELL_SPARK:
        break;
    default:
        page_set_number(page, column, sqlite3_column_double(row, at));
        break;
    }
}

static sqlite3_stmt *row_statement(struct reader *reader, enum table_kind kind,
                                   const struct columns *columns, struct error *error)
{
    struct text sql = { 0 };
    text_add_string(&sql, "SELECT ");
    for (int32_t i = 0; i < columns->n; i++) {
        if (i) text_add_string(&sql, ", ");
        column_sql(&sql, kind, columns, i);
    }
    text_format(&sql, " %s WHERE %s = ?1", table_sql(kind), table_key(kind));
    text_add(&sql, "", 1);
    sqlite3_stmt *row = NULL;
    if (sql.failed)
        error_memory(error, "a query");
    else
        row = reader_prepare(reader, sql.bytes, error);
    text_fini(&sql);
    return row;
}

static sqlite3_stmt *times_statement(struct reader *reader, enum table_kind kind,
                                     struct error *error)
{
    return reader_prepare(reader,
                          kind == TABLE_USERS
                              ? "SELECT time FROM events WHERE user_id = ?1 AND time > ?2"
                              : "SELECT time FROM events WHERE item_id = ?1 AND time > ?2",
                          error);
}

struct page *rows_page(struct reader *reader, const struct selection *selection, int64_t first,
                       int32_t n, struct error *error)
{
    enum table_kind kind = selection->query.kind;
    const struct columns *columns = columns_of(reader, kind, error);
    if (!columns) return NULL;
    if (first < 0) first = 0;
    if (first + n > selection->n) n = selection->n > first ? (int32_t)(selection->n - first) : 0;

    struct page *page = page_new(first, n, columns->n, error);
    sqlite3_stmt *row = page ? row_statement(reader, kind, columns, error) : NULL;
    sqlite3_stmt *times = NULL;
    int64_t last_time = 0;
    bool good = row != NULL;
    if (good && (kind == TABLE_USERS || kind == TABLE_ITEMS) &&
        database_number(reader->db,
                        "SELECT value FROM meta WHERE name = 'last_time' AND value IS NOT NULL",
                        &last_time))
        good = (times = times_statement(reader, kind, error)) != NULL;
    for (int64_t at = first; good && at < first + n; at++) {
        int64_t key = !selection->dense             ? selection->key[at]
                      : selection->query.descending ? selection->n - at
                                                    : at + 1;
        good = page_add_row(page, key);
        sqlite3_bind_int64(row, 1, key);
        int code = good ? sqlite3_step(row) : SQLITE_DONE;
        for (int32_t i = 0; code == SQLITE_ROW && i < columns->n; i++) {
            if (columns->list[i].type == CELL_SPARK && times)
                sparkline(times, key, last_time, page, i);
            else
                set_cell(page, i, columns->list[i].type, row, i);
        }
        good = good && reader_done(reader, code, "be read", error);
        sqlite3_reset(row);
    }
    sqlite3_finalize(row);
    sqlite3_finalize(times);
    if (page && page_finish(page, error) && good) return page;
    page_free(page);
    return NULL;
}

static int64_t find(struct reader *reader, const char *sql, struct slice id)
{
    int64_t key = 0;
    sqlite3_stmt *statement = reader_prepare(reader, sql, NULL);
    if (!statement) return 0;
    database_bind_text(statement, 1, id);
    if (sqlite3_step(statement) == SQLITE_ROW) key = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return key;
}

int64_t rows_find_user(struct reader *reader, struct slice id)
{
    return find(reader, "SELECT row FROM users WHERE id = ?1", id);
}

int64_t rows_find_item(struct reader *reader, struct slice id)
{
    return find(reader, "SELECT row FROM items WHERE id = ?1", id);
}
