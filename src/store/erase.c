/* erase.c - a person's rows, what was counted of them, and what mentions them.
 *
 * Counters are taken back, or counted anew for the items that the person touched. SQLite overwrites
 * what it deletes meanwhile (secure_delete); search words are deleted term by term. */
#include "forget.h"
#include "purchase_pairs.h"
#include "scenarios_private.h"

#include "aisle/erase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct person {
    struct writer *writer;
    struct slice id;
    int64_t row, events;
    struct erased *erased;
};

/* Runs a statement with ?1 = the row and ?2 = the id; *changes = rows that it changed. */
static bool run_sql(const struct person *person, const char *sql, int64_t *changes,
                    struct error *error)
{
    struct writer *writer = person->writer;
    sqlite3_stmt *statement = database_prepare(writer->db, writer_path(writer), sql, error);
    if (!statement) return false;
    if (sqlite3_bind_parameter_count(statement) >= 1) sqlite3_bind_int64(statement, 1, person->row);
    if (sqlite3_bind_parameter_count(statement) >= 2) database_bind_text(statement, 2, person->id);
    bool done = writer_step(writer, statement, error);
    sqlite3_finalize(statement);
    if (changes) *changes = sqlite3_changes(writer->db);
    return done;
}

static bool find_person(struct person *person, struct text *name, struct error *error)
{
    struct writer *writer = person->writer;
    sqlite3_stmt *find =
        database_prepare(writer->db, writer_path(writer),
                         "SELECT row, events, name FROM users WHERE id = ?1", error);
    if (!find) return false;
    database_bind_text(find, 1, person->id);
    int code = sqlite3_step(find);
    if (code == SQLITE_ROW) {
        person->row = sqlite3_column_int64(find, 0);
        person->events = sqlite3_column_int64(find, 1);
        const struct slice called = database_text(find, 2);
        text_add(name, called.bytes, called.length);
        search_words(&writer->words, person->id, called);
    }
    sqlite3_finalize(find);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return database_error(writer->db, code, writer_path(writer), "be read", error);
    if (writer->words.failed || name->failed) return error_memory(error, "search words");
    struct text seen = { 0 };
    if (person->row == 0) {
        text_add_visible(&seen, person->id.bytes, person->id.length);
        error_set(error, ERROR_MISSING,
                  "there is no user '%.200s': 'aisle -d FILE users' lists them",
                  seen.bytes ? seen.bytes : "");
        text_fini(&seen);
    }
    return person->row != 0;
}

static bool unindex(const struct person *person, struct error *error)
{
    struct writer *writer = person->writer;
    sqlite3_stmt *remove = writer_statement(writer, W_UNINDEX_USER, error);
    if (!remove) return false;
    sqlite3_bind_int64(remove, 1, person->row);
    database_bind_text(remove, 2, (struct slice){ writer->words.bytes, writer->words.length });
    return writer_step(writer, remove, error);
}

/* ------------------------------------------------------------------------------------- counters */

/* The orders of an item by month, from its events. */
static bool recount_months(const struct person *person, int64_t item, struct error *error)
{
    struct writer *writer = person->writer;
    struct months months = { 0 };
    unsigned char packed[MONTHS_BYTES];
    int code;
    sqlite3_stmt *times = database_prepare(
        writer->db, writer_path(writer),
        "SELECT time FROM events WHERE item_id = ?1 AND type IN (0, 2, 3) AND time IS NOT NULL "
        "ORDER BY time",
        error);
    if (!times) return false;
    sqlite3_bind_int64(times, 1, item);
    while ((code = sqlite3_step(times)) == SQLITE_ROW)
        months_add(&months, month_of(sqlite3_column_int64(times, 0)), 1);
    sqlite3_finalize(times);
    if (code != SQLITE_DONE) return writer_fail(writer, error);
    sqlite3_stmt *set = database_prepare(writer->db, writer_path(writer),
                                         "UPDATE items SET months = ?2 WHERE row = ?1", error);
    if (!set) return false;
    months_pack(&months, packed);
    sqlite3_bind_int64(set, 1, item);
    if (months.last) sqlite3_bind_blob(set, 2, packed, sizeof packed, SQLITE_STATIC);
    bool done = writer_step(writer, set, error);
    sqlite3_finalize(set);
    return done;
}

/* Items that the person had events with are counted anew, from the events that are left. */
static bool recount_items(const struct person *person, struct error *error)
{
    struct writer *writer = person->writer;
    int code = SQLITE_DONE;
    bool good = run_sql(
        person,
        "UPDATE items SET (events, orders, buyers, revenue, first, last) = ("
        "SELECT count(*), ifnull(sum(type IN (0, 2, 3)), 0), "
        "count(DISTINCT CASE WHEN type IN (0, 2, 3) THEN user_id END), "
        "ifnull(sum(CASE WHEN value IS NULL THEN 0 WHEN type = 0 THEN abs(ifnull(quantity, 1)) * "
        "value WHEN type = 1 THEN -abs(ifnull(quantity, 1)) * value ELSE 0 END), 0), "
        "min(time), max(time) FROM events WHERE item_id = items.row) "
        "WHERE row IN (SELECT item FROM erased_items)",
        NULL, error);
    sqlite3_stmt *items = good ? database_prepare(writer->db, writer_path(writer),
                                                  "SELECT item FROM erased_items", error)
                               : NULL;
    while (items && good && (code = sqlite3_step(items)) == SQLITE_ROW)
        good = recount_months(person, sqlite3_column_int64(items, 0), error);
    sqlite3_finalize(items);
    return items && good && (code == SQLITE_DONE || writer_fail(writer, error));
}

static bool count_down(const struct person *person, struct error *error)
{
    static const char *const steps[] = {
        "UPDATE meta SET value = (SELECT count(*) FROM users) WHERE name = 'users'",
        "UPDATE meta SET value = (SELECT count(*) FROM users WHERE events = 0) "
        "WHERE name = 'users_without_events'",
        "UPDATE meta SET value = (SELECT count(*) FROM items WHERE events = 0) "
        "WHERE name = 'items_without_events'",
        "UPDATE meta SET value = (SELECT min(first) FROM items) WHERE name = 'first_time'",
        "UPDATE meta SET value = (SELECT max(last) FROM items) WHERE name = 'last_time'",
        "UPDATE meta SET value = value - (SELECT n FROM erased_counts WHERE name = 'events') "
        "WHERE name = 'events'",
        "UPDATE meta SET value = value - (SELECT n FROM erased_counts WHERE name = 'friends') "
        "WHERE name = 'friendships'",
        "UPDATE meta SET value = value - (SELECT n FROM erased_counts e WHERE e.name = meta.name) "
        "WHERE name GLOB 'type_[0-5]' AND name IN (SELECT name FROM erased_counts)",
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (!run_sql(person, steps[i], NULL, error)) return false;
    return true;
}

/* -------------------------------------------------------------------------------- what is theirs
 */

static bool delete_rows(const struct person *person, struct error *error)
{
    struct erased *erased = person->erased;
    return run_sql(person,
                   "CREATE TEMP TABLE erased_items AS SELECT DISTINCT item_id AS item FROM events "
                   "WHERE user_id = ?1",
                   NULL, error) &&
           run_sql(
               person,
               "CREATE TEMP TABLE erased_counts AS "
               "SELECT 'events' AS name, count(*) AS n FROM events WHERE user_id = ?1 UNION ALL "
               "SELECT 'friends', count(*) FROM friendships WHERE user_id = ?1 UNION ALL "
               "SELECT 'type_' || type, count(*) FROM events WHERE user_id = ?1 GROUP BY type",
               NULL, error) &&
           run_sql(person, "DELETE FROM events WHERE user_id = ?1", &erased->events, error) &&
           run_sql(person,
                   "UPDATE users SET friends = friends - 1 WHERE row IN (SELECT friend_id FROM "
                   "friendships WHERE user_id = ?1)",
                   NULL, error) &&
           run_sql(person, "DELETE FROM friendships WHERE user_id = ?1", &erased->friendships,
                   error) &&
           run_sql(person,
                   "DELETE FROM friendships WHERE (user_id, friend_id) IN (SELECT user_id, "
                   "friend_id FROM friendships WHERE friend_id = ?1)",
                   NULL, error) &&
           run_sql(person,
                   "UPDATE attribute_names SET uses = uses - 1 WHERE id IN (SELECT name_id FROM "
                   "user_attributes WHERE user_id = ?1)",
                   NULL, error) &&
           run_sql(person, "DELETE FROM user_attributes WHERE user_id = ?1", &erased->attributes,
                   error) &&
           unindex(person, error) &&
           run_sql(person, "DELETE FROM users WHERE row = ?1 AND id = ?2", NULL, error);
}

/* ----------------------------------------------------------------------------------------- runs */

static bool collect_runs(struct person *person, const char *keep, struct error *error)
{
    struct writer *writer = person->writer;
    struct run *runs = NULL;
    int32_t n = 0;
    struct erased *erased = person->erased;
    if (!runs_of_writer(writer, &runs, &n, error)) return false;
    erased->again = calloc((size_t)n + 1, sizeof *erased->again);
    if (!erased->again) {
        free(runs);
        return error_memory(error, "runs");
    }
    for (int32_t i = 0; i < n; i++) {
        if (strcmp(runs[i].kind, keep) == 0) {
            erased->holding++;
            continue;
        }
        erased->runs++;
        if (runs[i].active) erased->again[erased->n_again++] = runs[i];
    }
    free(runs);
    return true;
}

static bool drop_runs(struct person *person, const char *keep, struct error *error)
{
    const struct person named = {
        .writer = person->writer, .id = slice_of(keep), .row = 1, .erased = person->erased
    };
    return collect_runs(person, keep, error) &&
           run_sql(&named,
                   "DELETE FROM run_chunks WHERE ?1 AND run_id IN (SELECT id FROM runs WHERE kind "
                   "<> ?2)",
                   NULL, error) &&
           run_sql(&named, "DELETE FROM runs WHERE ?1 AND kind <> ?2", NULL, error) &&
           run_sql(&named, "UPDATE runs SET holds = holds + 1 WHERE ?1 AND kind = ?2", NULL,
                   error) &&
           run_sql(person, "DELETE FROM checkpoint_chunks", NULL, error) &&
           run_sql(person, "DELETE FROM checkpoints", NULL, error);
}

static bool leave_word(const struct person *person, struct error *error)
{
    char detail[200];
    const struct erased *erased = person->erased;
    snprintf(detail, sizeof detail,
             "{\"events\":%lld,\"attributes\":%lld,\"friendships\":%lld,\"rules\":%lld,"
             "\"scenarios\":%lld,\"runs\":%d,\"holding\":%d}",
             (long long)erased->events, (long long)erased->attributes,
             (long long)erased->friendships, (long long)erased->rules, (long long)erased->scenarios,
             (int)erased->runs, (int)erased->holding);
    return audit_write(person->writer, "erase", "(erased)", detail, error);
}

bool writer_erase(struct writer *writer, struct slice id, const char *keep, struct erased *erased,
                  struct error *error)
{
    struct person person = { .writer = writer, .id = id, .erased = erased };
    const char *path = writer_path(writer);
    struct text name = { 0 };
    *erased = (struct erased){ 0 };
    if (!find_person(&person, &name, error)) {
        text_fini(&name);
        return false;
    }
    bool done =
        database_run(writer->db, path,
                     "PRAGMA secure_delete = 1; DROP TABLE IF EXISTS temp.erased_items; "
                     "DROP TABLE IF EXISTS temp.erased_counts",
                     error) &&
        scenarios_forget(writer, person.row, id, &erased->scenarios, error) &&
        delete_rows(&person, error) && recount_items(&person, error) &&
        count_down(&person, error) &&
        forget_texts(writer, &(struct mention){ id, { name.bytes, name.length } }, erased, error) &&
        drop_runs(&person, keep, error) && leave_word(&person, error);
    writer->facts = writer->changed = true;
    purchase_pairs_clear(writer->workspace->bought);
    snprintf(erased->name, sizeof erased->name, "%s", name.bytes ? name.bytes : "");
    text_fini(&name);
    if (done) return true;
    writer->failed = true;
    free(erased->again);
    *erased = (struct erased){ 0 };
    return false;
}
