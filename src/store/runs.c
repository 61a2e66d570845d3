/* runs.c - runs: a row, a body in chunks, and which is served. */
#include "aisle/runs.h"
#include "checked.h"
#include "chunks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUN_COLUMNS                                                                                \
    "id, kind, parameters, seed, started, seconds, peak_bytes, events_seen, n_users, n_items, "    \
    "fingerprint, bytes, active, replaced, "                                                       \
    "CASE WHEN json_valid(metrics) THEN json_remove(metrics, '$.model') ELSE metrics END, "        \
    "CASE WHEN json_valid(metrics) THEN json_extract(metrics, '$.model') END, holds, "             \
    "json_valid(parameters)"

static bool run_statement(struct writer *writer, const char *sql, int64_t a, const char *b,
                          struct error *error)
{
    sqlite3_stmt *statement = database_prepare(writer->db, writer_path(writer), sql, error);
    if (!statement) return false;
    sqlite3_bind_int64(statement, 1, a);
    if (b) sqlite3_bind_text(statement, 2, b, -1, SQLITE_STATIC);
    bool done = writer_step(writer, statement, error);
    sqlite3_finalize(statement);
    return done;
}

static bool insert_row(struct writer *writer, struct run *run, struct error *error)
{
    sqlite3_stmt *add = database_prepare(
        writer->db, writer_path(writer),
        "INSERT INTO runs (kind, parameters, seed, started, seconds, peak_bytes, events_seen, "
        "n_users, n_items, fingerprint, metrics, holds) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
        "?9, ?10, CASE WHEN length(?11) > 2 THEN json_object('model', json(?11)) ELSE '{}' END, "
        "?12)",
        error);
    if (!add) return false;
    sqlite3_bind_text(add, 1, run->kind, -1, SQLITE_STATIC);
    sqlite3_bind_text(add, 2, run->parameters, -1, SQLITE_STATIC);
    sqlite3_bind_int64(add, 3, (int64_t)run->seed);
    sqlite3_bind_int64(add, 4, run->started);
    sqlite3_bind_double(add, 5, run->seconds);
    sqlite3_bind_int64(add, 6, run->peak_bytes);
    sqlite3_bind_int64(add, 7, run->events_seen);
    sqlite3_bind_int(add, 8, run->n_users);
    sqlite3_bind_int(add, 9, run->n_items);
    sqlite3_bind_int64(add, 10, (int64_t)run->fingerprint);
    sqlite3_bind_text(add, 11, run->facts, -1, SQLITE_STATIC);
    sqlite3_bind_int(add, 12, run->holds);
    bool done = writer_step(writer, add, error);
    sqlite3_finalize(add);
    run->id = sqlite3_last_insert_rowid(writer->db);
    return done;
}

bool run_save(struct writer *writer, struct run *run, run_body *body, void *context,
              struct error *error)
{
    if (!insert_row(writer, run, error) ||
        !chunks_save(writer, "INSERT INTO run_chunks VALUES (?1, ?2, ?3)", run->id, body, context,
                     &run->bytes, error))
        return false;
    sqlite3_stmt *set = database_prepare(writer->db, writer_path(writer),
                                         "UPDATE runs SET bytes = ?2 WHERE id = ?1", error);
    if (!set) return false;
    sqlite3_bind_int64(set, 1, run->id);
    sqlite3_bind_int64(set, 2, run->bytes);
    const bool saved = writer_step(writer, set, error);
    sqlite3_finalize(set);
    return saved;
}

struct run_stream *run_stream_open(struct reader *reader, int64_t id, struct error *error)
{
    return chunks_open(reader, "SELECT bytes FROM run_chunks WHERE run_id = ?1 ORDER BY part", id,
                       error);
}

static void copy_text(char *out, size_t size, sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    snprintf(out, size, "%s", text ? text : "");
}

/* Names of models are words of small letters. */
static bool is_kind(struct slice kind)
{
    for (size_t i = 0; i < kind.length; i++)
        if (!(kind.bytes[i] >= 'a' && kind.bytes[i] <= 'z') && kind.bytes[i] != '-') return false;
    return kind.length > 0 && kind.length < sizeof((struct run *)NULL)->kind;
}

static bool read_numbers(struct run *run, sqlite3_stmt *row, const char *path, struct error *error)
{
    const int64_t max = INT64_C(1) << 53;
    int64_t users = 0, items = 0, holds = 0;
    bool good =
        checked_number(row, path, 5, 1e12, "the seconds of a run", &run->seconds, error) &&
        checked_integer(row, path, 4, -CHECKED_LATEST, CHECKED_LATEST, "the time of a run",
                        &run->started, error) &&
        checked_integer(row, path, 6, 0, max, "the memory of a run", &run->peak_bytes, error) &&
        checked_integer(row, path, 7, 0, max, "the last event of a run", &run->events_seen,
                        error) &&
        checked_integer(row, path, 8, 0, INT32_MAX - 1, "the users of a run", &users, error) &&
        checked_integer(row, path, 9, 0, INT32_MAX - 1, "the items of a run", &items, error) &&
        checked_integer(row, path, 11, 0, max, "the size of a run", &run->bytes, error) &&
        checked_integer(row, path, 13, 0, max, "the run before a run", &run->replaced, error) &&
        checked_integer(row, path, 16, 0, INT32_MAX, "the erased people of a run", &holds, error);
    run->n_users = (int32_t)users;
    run->n_items = (int32_t)items;
    run->holds = (int32_t)holds;
    return good;
}

static bool run_read(struct run *run, sqlite3_stmt *row, const char *path, struct error *error)
{
    memset(run, 0, sizeof *run);
    run->id = sqlite3_column_int64(row, 0);
    if (run->id < 1 || !is_kind(database_text(row, 1)) || !sqlite3_column_int(row, 17))
        return checked_refuse(path, error, "run %lld has a name or parameters that are none",
                              (long long)run->id);
    if (!read_numbers(run, row, path, error)) return false;
    copy_text(run->kind, sizeof run->kind, row, 1);
    copy_text(run->parameters, sizeof run->parameters, row, 2);
    run->seed = (uint64_t)sqlite3_column_int64(row, 3);
    run->fingerprint = (uint64_t)sqlite3_column_int64(row, 10);
    run->active = sqlite3_column_int(row, 12) != 0;
    copy_text(run->metrics, sizeof run->metrics, row, 14);
    copy_text(run->facts, sizeof run->facts, row, 15);
    if (run->facts[0] == '\0') snprintf(run->facts, sizeof run->facts, "{}");
    return true;
}

static bool list_runs(sqlite3 *db, const char *path, struct run **runs, int32_t *n,
                      struct error *error)
{
    int32_t capacity = 0;
    int code;
    *runs = NULL;
    *n = 0;
    sqlite3_stmt *all =
        database_prepare(db, path, "SELECT " RUN_COLUMNS " FROM runs ORDER BY id DESC", error);
    if (!all) return false;
    bool good = true;
    while (good && (code = sqlite3_step(all)) == SQLITE_ROW) {
        if (*n == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            struct run *more = realloc(*runs, (size_t)capacity * sizeof *more);
            if (!more) {
                sqlite3_finalize(all);
                free(*runs);
                *runs = NULL;
                return error_memory(error, "the list of runs");
            }
            *runs = more;
        }
        good = run_read(&(*runs)[(*n)++], all, path, error);
    }
    sqlite3_finalize(all);
    if (good && code == SQLITE_DONE) return true;
    if (good) database_error(db, code, path, "be read", error);
    free(*runs);
    *runs = NULL;
    return false;
}

bool runs_list(struct reader *reader, struct run **runs, int32_t *n, struct error *error)
{
    return list_runs(reader->db, reader->workspace->path, runs, n, error);
}

bool runs_of_writer(struct writer *writer, struct run **runs, int32_t *n, struct error *error)
{
    return list_runs(writer->db, writer_path(writer), runs, n, error);
}

/* The one run that a condition with one value gives; run->id = 0 when there is none. */
static bool one_run(sqlite3 *db, const char *path, const char *sql, int64_t id, const char *kind,
                    struct run *run, struct error *error)
{
    memset(run, 0, sizeof *run);
    sqlite3_stmt *find = database_prepare(db, path, sql, error);
    if (!find) return false;
    if (kind)
        sqlite3_bind_text(find, 1, kind, -1, SQLITE_STATIC);
    else
        sqlite3_bind_int64(find, 1, id);
    int code = sqlite3_step(find);
    struct error problem = { 0 };
    const bool sound = code != SQLITE_ROW || run_read(run, find, path, &problem);
    /* A text that could not be made reads as an empty one. */
    if (code == SQLITE_ROW && database_no_memory(sqlite3_errcode(db))) code = SQLITE_NOMEM;
    sqlite3_finalize(find);
    if (code == SQLITE_ROW && !sound) {
        if (error) *error = problem;
        return false;
    }
    return code == SQLITE_ROW || code == SQLITE_DONE ||
           database_error(db, code, path, "be read", error);
}

#define BY_ID   "SELECT " RUN_COLUMNS " FROM runs WHERE id = ?1"
#define BY_KIND "SELECT " RUN_COLUMNS " FROM runs WHERE kind = ?1 AND active ORDER BY id DESC"

bool run_find(struct reader *reader, int64_t id, struct run *run, struct error *error)
{
    if (!one_run(reader->db, reader->workspace->path, BY_ID, id, NULL, run, error)) return false;
    return run->id != 0 ||
           error_set(error, ERROR_MISSING, "there is no run %lld: 'aisle runs' lists them",
                     (long long)id);
}

bool run_active(struct reader *reader, const char *kind, struct run *run, struct error *error)
{
    return one_run(reader->db, reader->workspace->path, BY_KIND, 0, kind, run, error);
}

bool runs_drop_unsound(struct writer *writer, struct error *error)
{
    struct run run;
    int64_t last = INT64_MIN;
    for (;;) {
        struct error problem = { 0 };
        char sql[96];
        int64_t id = 0;
        snprintf(sql, sizeof sql, "SELECT id FROM runs WHERE id > %lld ORDER BY id LIMIT 1",
                 (long long)last);
        if (!database_number(writer->db, sql, &id)) return true;
        last = id;
        if (one_run(writer->db, writer_path(writer), BY_ID, id, NULL, &run, &problem)) continue;
        if (problem.code == ERROR_MEMORY) return error_memory(error, "a run");
        if (!run_statement(writer, "DELETE FROM runs WHERE id = ?1", id, NULL, error)) return false;
    }
}

bool run_activate(struct writer *writer, int64_t id, struct error *error)
{
    struct run run, before;
    const char *path = writer_path(writer);
    if (!one_run(writer->db, path, BY_ID, id, NULL, &run, error)) return false;
    if (run.id == 0)
        return error_set(error, ERROR_MISSING, "there is no run %lld: 'aisle runs' lists them",
                         (long long)id);
    if (!one_run(writer->db, path, BY_KIND, 0, run.kind, &before, error)) return false;
    if (before.id == id) return true;
    char subject[64], earlier[64] = "", set[128];
    snprintf(subject, sizeof subject, "run %lld", (long long)id);
    if (before.id != 0) snprintf(earlier, sizeof earlier, "run %lld", (long long)before.id);
    snprintf(set, sizeof set, "UPDATE runs SET active = 1, replaced = %lld WHERE id = ?1",
             (long long)before.id);
    return run_statement(writer, "UPDATE runs SET active = 0 WHERE id <> ?1 AND kind = ?2", id,
                         run.kind, error) &&
           run_statement(writer, set, id, NULL, error) &&
           audit_change(writer, "activate", subject, earlier, subject, run.kind, error);
}

bool run_rollback(struct writer *writer, const char *kind, struct error *error)
{
    struct run run, before;
    const char *path = writer_path(writer);
    if (!one_run(writer->db, path, BY_KIND, 0, kind, &run, error)) return false;
    if (run.id == 0 || run.replaced == 0 ||
        !one_run(writer->db, path, BY_ID, run.replaced, NULL, &before, error) || before.id == 0)
        return error_set(error, ERROR_MISSING, "%s has no earlier run to go back to", kind);
    char subject[64], later[64];
    snprintf(subject, sizeof subject, "run %lld", (long long)before.id);
    snprintf(later, sizeof later, "run %lld", (long long)run.id);
    return run_statement(writer, "UPDATE runs SET active = 0 WHERE id = ?1", run.id, NULL, error) &&
           run_statement(writer, "UPDATE runs SET active = 1 WHERE id = ?1", before.id, NULL,
                         error) &&
           audit_change(writer, "roll back", subject, later, subject, kind, error);
}

bool run_delete(struct writer *writer, int64_t id, struct error *error)
{
    struct run run;
    if (!one_run(writer->db, writer_path(writer), BY_ID, id, NULL, &run, error)) return false;
    if (run.id == 0)
        return error_set(error, ERROR_MISSING, "there is no run %lld: 'aisle runs' lists them",
                         (long long)id);
    if (run.active)
        return error_set(error, ERROR_USAGE,
                         "run %lld is being served: activate another %s run first", (long long)id,
                         run.kind);
    char subject[64];
    snprintf(subject, sizeof subject, "run %lld", (long long)id);
    return run_statement(writer, "DELETE FROM run_chunks WHERE run_id = ?1", id, NULL, error) &&
           run_statement(writer, "DELETE FROM runs WHERE id = ?1", id, NULL, error) &&
           audit_change(writer, "delete", subject, run.parameters, "", run.kind, error);
}

bool run_set_metrics(struct writer *writer, int64_t id, const char *json, struct error *error)
{
    return run_statement(
        writer,
        "UPDATE runs SET metrics = CASE WHEN json_valid(metrics) AND "
        "json_extract(metrics, '$.model') IS NOT NULL THEN json_set(?2, '$.model', "
        "json(json_extract(metrics, '$.model'))) ELSE ?2 END WHERE id = ?1",
        id, json, error);
}
