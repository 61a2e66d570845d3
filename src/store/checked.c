/* checked.c - see the header. */
#include "checked.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

bool checked_refuse(const char *path, struct error *error, const char *format, ...)
{
    char what[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return error_set(error, ERROR_DATABASE, "%s: the workspace is damaged: %s: " DATABASE_RESCUE,
                     path, what);
}

int64_t checked_row_bound(sqlite3 *db)
{
    int64_t pages = 0, size = 0;

    database_number(db, "PRAGMA page_count", &pages);
    database_number(db, "PRAGMA page_size", &size);
    const int64_t bound =
        pages * size + CHECKED_ROWS_GONE; /* 2^32 pages of 2^16 bytes at the most */
    return bound < INT32_MAX - 1 ? bound : INT32_MAX - 1;
}

bool checked_count(sqlite3 *db, const char *path, int64_t rows, struct error *error)
{
    int64_t pages = 0, size = 0;

    return !database_number(db, "PRAGMA page_count", &pages) ||
           !database_number(db, "PRAGMA page_size", &size) || rows <= pages * size ||
           checked_refuse(path, error, "it has more rows than fit into it");
}

static bool in_bounds(sqlite3 *db, const char *path, const char *sql, int64_t high,
                      const char *what, struct error *error)
{
    sqlite3_stmt *edge = database_prepare(db, path, sql, error);
    if (!edge) return false;
    const int code = sqlite3_step(edge);
    bool good = code == SQLITE_DONE || code == SQLITE_ROW;
    if (!good)
        database_error(db, code, path, "be read", error);
    else if (code == SQLITE_ROW) {
        const int64_t row = sqlite3_column_int64(edge, 0);
        good = (row >= 1 && row <= high) ||
               checked_refuse(path, error, "%s has the number %lld", what, (long long)row);
    }
    sqlite3_finalize(edge);
    return good;
}

bool checked_edges(sqlite3 *db, const char *path, struct error *error)
{
    const int64_t bound = checked_row_bound(db), last_event = INT64_C(1) << 53;

    return in_bounds(db, path, "SELECT row FROM users ORDER BY row LIMIT 1", bound,
                     "the first user", error) &&
           in_bounds(db, path, "SELECT row FROM users ORDER BY row DESC LIMIT 1", bound,
                     "the last user", error) &&
           in_bounds(db, path, "SELECT row FROM items ORDER BY row LIMIT 1", bound,
                     "the first item", error) &&
           in_bounds(db, path, "SELECT row FROM items ORDER BY row DESC LIMIT 1", bound,
                     "the last item", error) &&
           in_bounds(db, path, "SELECT id FROM events ORDER BY id LIMIT 1", last_event,
                     "the first event", error) &&
           in_bounds(db, path, "SELECT id FROM events ORDER BY id DESC LIMIT 1", last_event,
                     "the last event", error);
}

bool checked_integer(sqlite3_stmt *row, const char *path, int column, int64_t low, int64_t high,
                     const char *what, int64_t *number, struct error *error)
{
    *number = sqlite3_column_int64(row, column);
    if (sqlite3_column_type(row, column) == SQLITE_INTEGER && *number >= low && *number <= high)
        return true;
    return checked_refuse(path, error, "%s is no whole number from %lld to %lld", what,
                          (long long)low, (long long)high);
}

bool checked_number(sqlite3_stmt *row, const char *path, int column, double bound, const char *what,
                    double *number, struct error *error)
{
    const int type = sqlite3_column_type(row, column);

    *number = sqlite3_column_double(row, column);
    if ((type == SQLITE_FLOAT || type == SQLITE_INTEGER) && fabs(*number) <= bound) return true;
    return checked_refuse(path, error, "%s is no number up to %g", what, bound);
}

/* NULL is `absent`, and so is what no float holds: an import once took it. */
static bool number_of_event(sqlite3_stmt *row, int column, float absent, float *number)
{
    const int type = sqlite3_column_type(row, column);
    const double value = sqlite3_column_double(row, column);

    *number = absent;
    if (type == SQLITE_NULL) return true;
    if (fabs(value) <= (double)FLT_MAX) *number = (float)value;
    return (type == SQLITE_FLOAT || type == SQLITE_INTEGER) && isfinite(value);
}

bool checked_event(sqlite3_stmt *row, const char *path, int64_t id, int first, struct event *event,
                   struct error *error)
{
    const int timed = sqlite3_column_type(row, first);
    const int64_t time = sqlite3_column_int64(row, first);
    const int64_t type = sqlite3_column_int64(row, first + 1);
    const char *wrong = NULL;

    event->time = timed == SQLITE_NULL ? MOMENT_NONE : time;
    event->type = (enum event_type)type;
    if (timed != SQLITE_NULL &&
        (timed != SQLITE_INTEGER || time < -CHECKED_LATEST || time > CHECKED_LATEST))
        wrong = "a time that is none";
    else if (sqlite3_column_type(row, first + 1) != SQLITE_INTEGER || type < 0 ||
             type >= EVENT_TYPES)
        wrong = "an unknown type";
    else if (!number_of_event(row, first + 2, 1, &event->quantity))
        wrong = "a quantity that is no number";
    else if (!number_of_event(row, first + 3, NAN, &event->value))
        wrong = "a value that is no number";
    return !wrong || checked_refuse(path, error, "event %lld has %s", (long long)id, wrong);
}
