/* database.c - SQLite's calls with our errors. */
#include "checked.h"
#include "health.h"

#include <string.h>

bool database_no_memory(int code)
{
    return (code & 0xff) == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM;
}

/* SQLite quotes names of the file. Our statements break no rule of a table, and what they look for
 * is there: where they do not find it, the rows are not ours. */
static bool other_error(sqlite3 *db, int code, const char *path, const char *doing,
                        struct error *error)
{
    struct text seen = { 0 };
    const char *says = sqlite3_errmsg(db);
    text_add_visible(&seen, says, strlen(says));
    const char *words = seen.bytes ? seen.bytes : "out of memory";
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
        checked_refuse(path, error, "a row that every workspace has is missing");
    else if ((code & 0xff) == SQLITE_CONSTRAINT)
        checked_refuse(path, error, "%.120s", words);
    else
        error_set(error, ERROR_DATABASE, "%s: cannot %s: %s", path, doing, words);
    text_fini(&seen);
    return false;
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
        if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
            return error_set(error, ERROR_IO,
                             "%s: the disk did not confirm what was written: it may have been kept "
                             "or not: look before you repeat it",
                             path);
        return error_set(error, ERROR_IO,
                         "%s: the disk did not read or write as asked (%s): nothing was changed",
                         path, sqlite3_errstr(sqlite3_extended_errcode(db)));
    default:
        return other_error(db, code, path, doing, error);
    }
}

/* As SQLite advises for files that may come from anybody. */
static void distrust(sqlite3 *db)
{
    static const struct {
        int what, to;
    } switches[] = {
        { SQLITE_DBCONFIG_DEFENSIVE, 1 },      { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
        { SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 }, { SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
        { SQLITE_DBCONFIG_DQS_DDL, 0 },        { SQLITE_DBCONFIG_DQS_DML, 0 },
        { SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
    }, limits[] = {
        { SQLITE_LIMIT_LENGTH, 1 << 26 },         { SQLITE_LIMIT_SQL_LENGTH, 1 << 20 },
        { SQLITE_LIMIT_COLUMN, 100 },             { SQLITE_LIMIT_EXPR_DEPTH, 1000 },
        { SQLITE_LIMIT_COMPOUND_SELECT, 50 },     { SQLITE_LIMIT_VARIABLE_NUMBER, 32766 },
        { SQLITE_LIMIT_ATTACHED, 0 },             { SQLITE_LIMIT_TRIGGER_DEPTH, 1 },
        { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000 },
    };
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        sqlite3_db_config(db, switches[i].what, switches[i].to, NULL);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        sqlite3_limit(db, limits[i].what, limits[i].to);
    /* A page that is not there is an error of a read, and the end of the process in a map. */
    sqlite3_exec(db, "PRAGMA cell_size_check = 1; PRAGMA mmap_size = 0", NULL, NULL, NULL);
}

bool database_open(const char *path, int flags, sqlite3 **db, struct error *error)
{
    int code =
        sqlite3_open_v2(path, db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
    if (code == SQLITE_OK) {
        sqlite3_extended_result_codes(*db, 1);
        sqlite3_busy_timeout(*db, 5000);
        distrust(*db);
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

void reader_sweep_begin(struct reader *reader)
{
    reader->sweeps++;
}

void reader_sweep_end(struct reader *reader)
{
    reader->sweeps--;
}

sqlite3_stmt *reader_prepare(struct reader *reader, const char *sql, struct error *error)
{
    reader->ticks_left = READER_TICKS;
    reader->endless = false;
    if (!health_good(reader->workspace, error)) return NULL;
    return database_prepare(reader->db, reader->workspace->path, sql, error);
}

bool reader_done(struct reader *reader, int code, const char *doing, struct error *error)
{
    if (code == SQLITE_DONE || code == SQLITE_ROW) return true;
    if ((code & 0xff) == SQLITE_INTERRUPT && reader->endless)
        return checked_refuse(reader->workspace->path, error, "a look at one page does not end");
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
