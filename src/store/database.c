/* database.c - SQLite's calls with our errors. */
#include "database.h"

#include <string.h>

bool database_no_memory(int code)
{
    return (code & 0xff) == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM;
}

bool database_error(sqlite3 *db, int code, const char *path, const char *doing, struct error *error)
{
    /* Some calls hand on the plain code only. */
    if (database_no_memory(code) || (db && database_no_memory(sqlite3_extended_errcode(db))))
        return error_memory(error, "a database page");
    switch (code & 0xff) {
    case SQLITE_INTERRUPT:
        return error_set(error, ERROR_CANCELLED, "cancelled");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(
            error, ERROR_BUSY,
            "%s: another program is writing to this workspace: try again when it is done", path);
    case SQLITE_FULL:
        return error_set(
            error, ERROR_DATABASE,
            "%s: the disk is full: nothing of this step was kept, make room and repeat it", path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return error_set(error, ERROR_DATABASE,
                         "%s: this file or its folder may not be written: check its permissions",
                         path);
    case SQLITE_CANTOPEN:
        return error_set(error, ERROR_IO,
                         "%s: cannot be opened: check the path and its permissions", path);
    case SQLITE_NOTADB:
        return error_set(error, ERROR_DATABASE,
                         "%s: is not an aisle workspace: name another file with -d", path);
    case SQLITE_CORRUPT:
        return error_set(error, ERROR_DATABASE,
                         "%s: the workspace is damaged: restore a copy, or " DATABASE_RESCUE, path);
    case SQLITE_IOERR:
        return error_set(error, ERROR_IO,
                         "%s: the disk did not read or write as asked (%s): nothing was changed",
                         path, sqlite3_errstr(sqlite3_extended_errcode(db)));
    default:
        return error_set(error, ERROR_DATABASE, "%s: cannot %s: %s", path, doing,
                         sqlite3_errmsg(db));
    }
}

bool database_open(const char *path, int flags, sqlite3 **db, struct error *error)
{
    int code =
        sqlite3_open_v2(path, db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
    if (code == SQLITE_OK) {
        sqlite3_extended_result_codes(*db, 1);
        sqlite3_busy_timeout(*db, 5000);
        sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        return true;
    }
    database_error(*db, code, path, "be opened", error);
    sqlite3_close(*db);
    *db = NULL;
    return false;
}

bool database_run(sqlite3 *db, const char *path, const char *sql, struct error *error)
{
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK || database_error(db, code, path, "be changed", error);
}

sqlite3_stmt *database_prepare(sqlite3 *db, const char *path, const char *sql, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (code != SQLITE_OK) {
        database_error(db, code, path, "be read", error);
        return NULL;
    }
    return statement;
}

bool database_number(sqlite3 *db, const char *sql, int64_t *number)
{
    sqlite3_stmt *statement = NULL;
    bool found = sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
                 sqlite3_step(statement) == SQLITE_ROW;
    if (found) *number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return found;
}

sqlite3_stmt *reader_prepare(struct reader *reader, const char *sql, struct error *error)
{
    return database_prepare(reader->db, reader->workspace->path, sql, error);
}

bool reader_done(struct reader *reader, int code, const char *doing, struct error *error)
{
    if (code == SQLITE_DONE || code == SQLITE_ROW) return true;
    return database_error(reader->db, code, reader->workspace->path, doing, error);
}

struct slice database_text(sqlite3_stmt *statement, int column)
{
    const char *bytes = (const char *)sqlite3_column_text(statement, column);
    int length = sqlite3_column_bytes(statement, column);
    return (struct slice){ bytes ? bytes : "", bytes ? (size_t)length : 0 };
}

int64_t database_moment(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? MOMENT_NONE
               : sqlite3_column_int64(statement, column);
}

void database_bind_text(sqlite3_stmt *statement, int at, struct slice text)
{
    sqlite3_bind_text64(statement, at, text.bytes ? text.bytes : "", text.length, SQLITE_STATIC,
                        SQLITE_UTF8);
}

void database_bind_moment(sqlite3_stmt *statement, int at, int64_t moment)
{
    if (moment == MOMENT_NONE)
        sqlite3_bind_null(statement, at);
    else
        sqlite3_bind_int64(statement, at, moment);
}
