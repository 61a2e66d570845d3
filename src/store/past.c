/* past.c - what was served at a moment, as the audit log tells it. */
#include "database.h"

#include "aisle/rules.h"
#include "aisle/runs.h"

#include <stdio.h>

bool run_served_at(struct reader *reader, const char *kind, int64_t at, int64_t *id,
                   struct error *error)
{
    long long run = 0;
    *id = 0;
    sqlite3_stmt *find =
        reader_prepare(reader,
                       "SELECT after FROM audit WHERE detail = ?1 AND at <= ?2 AND action IN "
                       "('activate', 'roll back') ORDER BY id DESC LIMIT 1",
                       error);
    if (!find) return false;
    sqlite3_bind_text(find, 1, kind, -1, SQLITE_STATIC);
    sqlite3_bind_int64(find, 2, at);
    const int code = sqlite3_step(find);
    if (code == SQLITE_ROW) {
        const struct slice after = database_text(find, 0);
        if (sscanf(after.bytes ? after.bytes : "", "run %lld", &run) == 1) *id = run;
    }
    sqlite3_finalize(find);
    return code == SQLITE_ROW || reader_done(reader, code, "be read", error);
}

bool run_first_served(struct reader *reader, const char *kind, int64_t *at, struct error *error)
{
    *at = MOMENT_NONE;
    sqlite3_stmt *find = reader_prepare(
        reader, "SELECT min(at) FROM audit WHERE detail = ?1 AND action = 'activate'", error);
    if (!find) return false;
    sqlite3_bind_text(find, 1, kind, -1, SQLITE_STATIC);
    const int code = sqlite3_step(find);
    if (code == SQLITE_ROW && sqlite3_column_type(find, 0) != SQLITE_NULL)
        *at = sqlite3_column_int64(find, 0);
    sqlite3_finalize(find);
    return code == SQLITE_ROW || reader_done(reader, code, "be read", error);
}

bool rules_settings_since(struct reader *reader, int64_t at, bool *changed, struct error *error)
{
    *changed = false;
    sqlite3_stmt *find =
        reader_prepare(reader,
                       "SELECT 1 FROM audit WHERE at > ?1 AND action GLOB 'rules *' AND "
                       "detail GLOB '*\"setting\":\"feed\"*' LIMIT 1",
                       error);
    if (!find) return false;
    sqlite3_bind_int64(find, 1, at);
    const int code = sqlite3_step(find);
    *changed = code == SQLITE_ROW;
    sqlite3_finalize(find);
    return code == SQLITE_ROW || reader_done(reader, code, "be read", error);
}
