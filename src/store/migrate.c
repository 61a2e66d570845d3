/* migrate.c - from any earlier version of the schema to the newest.
 *
 * share/sql/NNN-*.sql are applied in order of their numbers, each in a transaction that also moves
 * user_version, so that a killed migration is none. */
#include "aisle/embedded.h"
#include "database.h"

#include <stdio.h>
#include <stdlib.h>

int migrate_newest(void)
{
    int newest = 0;
    for (const struct embedded_file *file = schema_sql; file->name; file++)
        newest = atoi(file->name);
    return newest;
}

bool migrate(sqlite3 *db, const char *path, int last, struct error *error)
{
    int64_t version = 0;
    if (!database_number(db, "PRAGMA user_version", &version))
        return database_error(db, sqlite3_errcode(db), path, "be read", error);
    for (const struct embedded_file *file = schema_sql; file->name; file++) {
        int number = atoi(file->name);
        if (number <= version || number > last) continue;
        char stamp[96];
        snprintf(stamp, sizeof stamp, "PRAGMA application_id=%d; PRAGMA user_version=%d",
                 WORKSPACE_APPLICATION_ID, number);
        if (!database_run(db, path, "BEGIN IMMEDIATE", error)) return false;
        if (!database_run(db, path, (const char *)file->bytes, error) ||
            !database_run(db, path, stamp, error) || !database_run(db, path, "COMMIT", error)) {
            sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
            return false;
        }
    }
    return true;
}
