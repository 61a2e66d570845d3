/* scenarios.c - named what-ifs, each change with its before and after in the log. */
#include "aisle/scenarios.h"
#include "aisle/rules.h"
#include "scenarios_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ------------------------------------------------------------------------------------- reading */

void scenarios_free(struct stored_scenario *scenarios, int32_t n)
{
    for (int32_t s = 0; s < n; s++) {
        free(scenarios[s].name);
        free(scenarios[s].body);
    }
    free(scenarios);
}

static char *copy_of(sqlite3_stmt *row, int column)
{
    const struct slice text = database_text(row, column);
    char *copy = malloc(text.length + 1);
    if (!copy) return NULL;
    if (text.length > 0) memcpy(copy, text.bytes, text.length);
    copy[text.length] = 0;
    return copy;
}

static bool take(struct stored_scenario *scenario, sqlite3_stmt *row)
{
    const char *author = (const char *)sqlite3_column_text(row, 2);
    *scenario = (struct stored_scenario){ .name = copy_of(row, 0),
                                          .body = copy_of(row, 1),
                                          .at = sqlite3_column_int64(row, 3) };
    snprintf(scenario->author, sizeof scenario->author, "%s", author ? author : "?");
    return scenario->name && scenario->body;
}

bool scenarios_list(struct reader *reader, struct stored_scenario **scenarios, int32_t *n,
                    struct error *error)
{
    int code = SQLITE_DONE;
    int32_t capacity = 0;
    bool good = true;
    *scenarios = NULL;
    *n = 0;
    sqlite3_stmt *all =
        reader_prepare(reader, "SELECT name, body, author, at FROM scenarios ORDER BY name", error);
    if (!all) return false;
    while (good && (code = sqlite3_step(all)) == SQLITE_ROW) {
        if (*n == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            void *more = realloc(*scenarios, (size_t)capacity * sizeof **scenarios);
            good = more != NULL;
            if (good) *scenarios = more;
        }
        if (good) good = take(&(*scenarios)[(*n)++], all); /* half a one is freed with the list */
    }
    sqlite3_finalize(all);
    if (good ? reader_done(reader, code, "be read", error) : error_memory(error, "the scenarios"))
        return true;
    scenarios_free(*scenarios, *n);
    *scenarios = NULL;
    *n = 0;
    return false;
}

static bool missing(struct slice name, struct error *error)
{
    return error_set(error, ERROR_MISSING,
                     "there is no scenario '%.*s': 'aisle -d FILE scenarios' lists them",
                     (int)(name.length < 200 ? name.length : 200), name.bytes);
}

bool scenario_find(struct reader *reader, struct slice name, struct text *body, struct error *error)
{
    sqlite3_stmt *find =
        reader_prepare(reader, "SELECT body FROM scenarios WHERE name = ?1", error);
    if (!find) return false;
    database_bind_text(find, 1, name);
    const int code = sqlite3_step(find);
    if (code == SQLITE_ROW) {
        const struct slice text = database_text(find, 0);
        text_add(body, text.bytes, text.length);
    }
    sqlite3_finalize(find);
    if (code == SQLITE_DONE) return missing(name, error);
    if (code != SQLITE_ROW) return reader_done(reader, code, "be read", error);
    return !body->failed || error_memory(error, "a scenario");
}

/* ------------------------------------------------------------------------------------- changing */

static bool check_name(struct slice name, struct error *error)
{
    const struct slice trimmed = slice_trim(name);
    bool good = name.length > 0 && name.length <= SCENARIO_NAME_MAX &&
                trimmed.length == name.length && text_is_utf8(name.bytes, name.length);
    for (size_t i = 0; good && i < name.length; i++)
        good = (unsigned char)name.bytes[i] >= ' ' && name.bytes[i] != 0x7f;
    return good || error_set(error, ERROR_USAGE,
                             "a scenario's name is of 1 to %d bytes of text, without blanks at its "
                             "ends",
                             SCENARIO_NAME_MAX);
}

/* Appends the body as it stands; *there says whether there is one. */
static bool read_body(struct writer *writer, struct slice name, struct text *body, bool *there,
                      struct error *error)
{
    sqlite3_stmt *find = database_prepare(writer->db, writer_path(writer),
                                          "SELECT body FROM scenarios WHERE name = ?1", error);
    if (!find) return false;
    database_bind_text(find, 1, name);
    const int code = sqlite3_step(find);
    *there = code == SQLITE_ROW;
    if (*there) {
        const struct slice text = database_text(find, 0);
        text_add(body, text.bytes, text.length);
    }
    sqlite3_finalize(find);
    if (body->failed) return error_memory(error, "a scenario");
    return code == SQLITE_ROW || code == SQLITE_DONE || writer_fail(writer, error);
}

/* body NULL: deletes it. */
static bool write_row(struct writer *writer, struct slice name, const char *body,
                      struct error *error)
{
    char author[64];
    sqlite3_stmt *set =
        database_prepare(writer->db, writer_path(writer),
                         body ? "INSERT OR REPLACE INTO scenarios VALUES (?1, ?2, ?3, ?4)"
                              : "DELETE FROM scenarios WHERE name = ?1",
                         error);
    if (!set) return false;
    rules_author(author);
    database_bind_text(set, 1, name);
    if (body) {
        sqlite3_bind_text(set, 2, body, -1, SQLITE_STATIC);
        sqlite3_bind_text(set, 3, author, -1, SQLITE_STATIC);
        sqlite3_bind_int64(set, 4, (int64_t)time(NULL));
    }
    const bool done = writer_step(writer, set, error);
    sqlite3_finalize(set);
    return done;
}

static bool log_change(struct writer *writer, const char *action, struct slice name,
                       const char *before, const char *after, struct error *error)
{
    char subject[SCENARIO_NAME_MAX + 16];
    snprintf(subject, sizeof subject, "scenario %.*s", (int)name.length, name.bytes);
    return audit_change(writer, action, subject, before, after, "", error);
}

bool scenario_save(struct writer *writer, struct slice name, const char *body, struct error *error)
{
    struct text before = { 0 };
    bool there = false;
    bool good = check_name(name, error) && read_body(writer, name, &before, &there, error);
    if (good && (!there || strcmp(before.bytes, body) != 0))
        good = write_row(writer, name, body, error) &&
               log_change(writer, there ? "scenario change" : "scenario save", name,
                          there ? before.bytes : "", body, error);
    text_fini(&before);
    return good;
}

bool scenario_delete(struct writer *writer, struct slice name, struct error *error)
{
    struct text before = { 0 };
    bool there = false;
    bool good = read_body(writer, name, &before, &there, error);
    if (good && !there) good = missing(name, error);
    good = good && write_row(writer, name, NULL, error) &&
           log_change(writer, "scenario delete", name, before.bytes, "", error);
    text_fini(&before);
    return good;
}

/* -------------------------------------------------------------------------------------- undoing
 */

bool scenario_restore(struct writer *writer, struct slice name, int64_t entry, struct error *error)
{
    struct text now = { 0 };
    bool there = false, good = false;
    sqlite3_stmt *find = database_prepare(writer->db, writer_path(writer),
                                          "SELECT before, after FROM audit WHERE id = ?1", error);
    if (!find) return false;
    sqlite3_bind_int64(find, 1, entry);
    if (sqlite3_step(find) == SQLITE_ROW && read_body(writer, name, &now, &there, error)) {
        const struct slice before = database_text(find, 0), after = database_text(find, 1);
        good = after.length == now.length &&
               (now.length == 0 || memcmp(after.bytes, now.bytes, now.length) == 0);
        if (!good)
            error_set(error, ERROR_USAGE,
                      "scenario '%.*s' was changed since: take the later change back first",
                      (int)name.length, name.bytes);
        else
            good = write_row(writer, name, before.length > 0 ? before.bytes : NULL, error);
    }
    text_fini(&now);
    sqlite3_finalize(find);
    return good;
}

/* -------------------------------------------------------------------------------------- erasing
 */

/* Whether a text names the person of the WITH below: it is their id, or has their id or name as
 * words in it. A short id is found in any numbering, so it counts only where it stands alone. */
#define NAMES(text)                                                                                \
    "(" text " IN (id, 'user ' || id) OR (length(id) >= 4 AND instr(' ' || " text                  \
    " || ' ', ' ' || id || ' ')) OR (length(name) >= 4 AND instr(' ' || " text                     \
    " || ' ', ' ' || name || ' ')))"
#define ASKS(body)                                                                                 \
    "EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid(" body ") THEN " body " ELSE '{}' END, " \
    "'$.changes') AS c WHERE " NAMES("json_extract(c.value, '$.words')") ")"
#define PERSON "WITH person (id, name) AS (SELECT ?2, name FROM users WHERE row = ?1) "

static bool run_person(struct writer *writer, const char *sql, int64_t row, struct slice id,
                       struct error *error)
{
    sqlite3_stmt *statement = database_prepare(writer->db, writer_path(writer), sql, error);
    if (!statement) return false;
    sqlite3_bind_int64(statement, 1, row);
    database_bind_text(statement, 2, id);
    const bool done = writer_step(writer, statement, error);
    sqlite3_finalize(statement);
    return done;
}

bool scenarios_forget(struct writer *writer, int64_t row, struct slice id, int64_t *n,
                      struct error *error)
{
    static const char remove[] =
        PERSON "DELETE FROM scenarios WHERE EXISTS (SELECT 1 FROM person WHERE " NAMES(
            "scenarios.name") " OR " ASKS("scenarios.body") ")";
    static const char unsay[] =
        PERSON "UPDATE audit SET subject = '(erased)', before = '', after = '' "
               "WHERE (action GLOB 'scenario *' OR detail GLOB 'scenario *') AND EXISTS (SELECT 1 "
               "FROM person WHERE " NAMES("substr(audit.subject, 10)") " OR " ASKS(
                   "audit.before") " OR " ASKS("audit.after") ")";
    if (!run_person(writer, remove, row, id, error)) return false;
    *n = sqlite3_changes(writer->db);
    return run_person(writer, unsay, row, id, error);
}
