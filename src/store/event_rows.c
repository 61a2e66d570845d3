/* event_rows.c - see the header. */
#include "event_rows.h"

#include <math.h>

enum { COLUMNS = 9 };

static sqlite3_stmt *prepare(sqlite3 *db, int rows)
{
    struct text sql = { 0 };
    sqlite3_stmt *statement = NULL;

    text_add_string(&sql, "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?)");
    for (int i = 1; i < rows; i++)
        text_add_string(&sql, ",(?,?,?,?,?,?,?,?,?)");
    if (!sql.failed) sqlite3_prepare_v2(db, sql.bytes, (int)sql.length, &statement, NULL);
    text_fini(&sql);
    return statement;
}

static void bind(sqlite3_stmt *statement, int at, const struct event_entry *row)
{
    sqlite3_bind_int64(statement, at + 1, row->id);
    sqlite3_bind_int64(statement, at + 2, row->user);
    sqlite3_bind_int64(statement, at + 3, row->item);
    database_bind_moment(statement, at + 4, row->time);
    sqlite3_bind_int(statement, at + 5, row->type);
    if (row->quantity < 1 || row->quantity > 1)
        sqlite3_bind_double(statement, at + 6, row->quantity);
    else
        sqlite3_bind_null(statement, at + 6);
    if (isnan(row->value))
        sqlite3_bind_null(statement, at + 7);
    else
        sqlite3_bind_double(statement, at + 7, row->value);
    sqlite3_bind_int64(statement, at + 8, row->line);
    sqlite3_bind_int64(statement, at + 9, row->import_id);
}

/* A full set and a single row have statements that stay; what is left at the end has one for once.
 */
bool event_rows_flush(struct event_rows *rows, sqlite3 *db)
{
    const int n = rows->n;
    sqlite3_stmt *once = NULL;
    sqlite3_stmt **statement = n == EVENT_ROWS ? &rows->full : n == 1 ? &rows->one : &once;
    if (n == 0) return true;
    if (!*statement) *statement = prepare(db, n);
    if (!*statement) return false;
    for (int i = 0; i < n; i++)
        bind(*statement, i * COLUMNS, &rows->row[i]);
    const int code = sqlite3_step(*statement);
    sqlite3_reset(*statement);
    sqlite3_finalize(once);
    rows->n = 0;
    return code == SQLITE_DONE;
}

bool event_rows_add(struct event_rows *rows, sqlite3 *db, const struct event_entry *row)
{
    rows->row[rows->n++] = *row;
    return rows->n < EVENT_ROWS || event_rows_flush(rows, db);
}

void event_rows_fini(struct event_rows *rows)
{
    sqlite3_finalize(rows->full);
    sqlite3_finalize(rows->one);
    rows->full = rows->one = NULL;
    rows->n = 0;
}
