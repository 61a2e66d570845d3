/* pages.c - the rows of a screen, by key.
 *
 * Each row costs one look-up in its table, one per attribute column and, for a user, one in the
 * index of events: nothing here grows with the workspace. */
#include "columns.h"
#include "months.h"

#include <math.h>

/* The statements of one page. */
struct lookup {
    struct reader *reader;
    enum table_kind kind;
    const struct columns *columns;
    sqlite3_stmt *row, *attribute, *times;
    int64_t last_time; /* of the workspace; MOMENT_NONE: nothing to draw */
};

static void lookup_close(struct lookup *lookup)
{
    sqlite3_finalize(lookup->row);
    sqlite3_finalize(lookup->attribute);
    sqlite3_finalize(lookup->times);
}

static bool lookup_open(struct lookup *lookup, struct reader *reader, enum table_kind kind,
                        struct error *error)
{
    struct text sql = { 0 };
    *lookup = (struct lookup){ .reader = reader, .kind = kind, .last_time = MOMENT_NONE };
    lookup->columns = columns_of(reader, kind, error);
    if (!lookup->columns) return false;
    for (int32_t i = 0; i < lookup->columns->n_built_in; i++) {
        text_add_string(&sql, i ? ", " : "SELECT ");
        column_sql(&sql, kind, lookup->columns, i);
    }
    text_format(&sql, " %s WHERE %s = ?1", table_sql(kind), table_key(kind));
    if (sql.failed)
        error_memory(error, "a query");
    else
        lookup->row = reader_prepare(reader, sql.bytes, error);
    text_fini(&sql);
    if (!lookup->row || kind > TABLE_ITEMS) return lookup->row != NULL;
    database_number(reader->db,
                    "SELECT value FROM meta WHERE name = 'last_time' AND value IS NOT NULL",
                    &lookup->last_time);
    lookup->attribute = reader_prepare(reader, attribute_sql(kind), error);
    if (kind == TABLE_USERS)
        lookup->times = reader_prepare(reader,
                                       "SELECT time FROM events WHERE user_id = ?1 AND time > ?2 "
                                       "AND type IN (0, 2, 3)",
                                       error);
    return lookup->attribute && (lookup->times || kind == TABLE_ITEMS);
}

/* Orders per month over the workspace's last twelve months: an item has them in its row, a user's
 * history is short enough to be counted. */
static void set_months(const struct lookup *lookup, int64_t key, struct page *page, int32_t column)
{
    struct months months = { 0 };
    float shown[MONTHS];
    if (lookup->last_time == MOMENT_NONE) return;
    if (lookup->kind == TABLE_ITEMS) {
        months_unpack(&months, sqlite3_column_blob(lookup->row, column),
                      (size_t)sqlite3_column_bytes(lookup->row, column));
    } else {
        sqlite3_bind_int64(lookup->times, 1, key);
        sqlite3_bind_int64(lookup->times, 2, lookup->last_time - (int64_t)366 * 86400);
        while (sqlite3_step(lookup->times) == SQLITE_ROW)
            months_add(&months, month_of(sqlite3_column_int64(lookup->times, 0)), 1);
        sqlite3_reset(lookup->times);
    }
    months_show(&months, month_of(lookup->last_time), shown);
    page_set_spark(page, column, shown);
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
    default: /* an infinity is no figure, here as in JSON */
        if (isfinite(sqlite3_column_double(row, at)))
            page_set_number(page, column, sqlite3_column_double(row, at));
        break;
    }
}

/* Sets the cells of the page's newest row; those of a row that is gone stay absent. */
static bool set_row(const struct lookup *lookup, int64_t key, struct page *page,
                    struct error *error)
{
    const struct columns *columns = lookup->columns;
    sqlite3_bind_int64(lookup->row, 1, key);
    int code = sqlite3_step(lookup->row);
    for (int32_t i = 0; code == SQLITE_ROW && i < columns->n_built_in; i++) {
        if (columns->list[i].type == CELL_SPARK)
            set_months(lookup, key, page, i);
        else
            set_cell(page, i, columns->list[i].type, lookup->row, i);
    }
    sqlite3_reset(lookup->row);
    for (int32_t i = columns->n_built_in; code == SQLITE_ROW && i < columns->n; i++) {
        sqlite3_bind_int64(lookup->attribute, 1, columns->name_id[i]);
        sqlite3_bind_int64(lookup->attribute, 2, key);
        int found = sqlite3_step(lookup->attribute);
        if (found == SQLITE_ROW) set_cell(page, i, columns->list[i].type, lookup->attribute, 0);
        sqlite3_reset(lookup->attribute);
        if (!reader_done(lookup->reader, found, "be read", error)) return false;
    }
    return reader_done(lookup->reader, code, "be read", error);
}

struct page *rows_page(struct reader *reader, const struct selection *selection, int64_t first,
                       int32_t n, struct error *error)
{
    struct lookup lookup;
    struct page *page = NULL;
    bool good = lookup_open(&lookup, reader, selection->query.kind, error);
    if (first < 0) first = 0;
    int64_t left = selection->n > first ? selection->n - first : 0;
    if (n > left) n = (int32_t)left;
    if (n < 0) n = 0;
    if (good) page = page_new(first, n, lookup.columns->n, error);
    good = page != NULL;
    for (int64_t at = first; good && at < first + n; at++) {
        int64_t key = !selection->dense             ? selection->key[at]
                      : selection->query.descending ? selection->n - at
                                                    : at + 1;
        good = page_add_row(page, key) && set_row(&lookup, key, page, error);
    }
    lookup_close(&lookup);
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
