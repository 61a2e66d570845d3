/* rules.c - rules and the settings of lists, each change with its before and after in the log. */
#include "aisle/rules.h"
#include "writer_private.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char settings_note[] = "feed settings";

void rules_author(char author[64])
{
    const struct passwd *login = getpwuid(getuid());
    snprintf(author, 64, "%s", login ? login->pw_name : "?");
}

/* ------------------------------------------------------------------------------------- reading */

void rules_free(struct stored_rule *rules, int32_t n)
{
    for (int32_t r = 0; r < n; r++)
        free(rules[r].body);
    free(rules);
}

static bool take(struct stored_rule *rule, sqlite3_stmt *row)
{
    const struct slice body = database_text(row, 4);
    rule->id = sqlite3_column_int64(row, 0);
    rule->at = sqlite3_column_int64(row, 1);
    snprintf(rule->state, sizeof rule->state, "%s", (const char *)sqlite3_column_text(row, 2));
    snprintf(rule->author, sizeof rule->author, "%s", (const char *)sqlite3_column_text(row, 3));
    rule->body = malloc(body.length + 1);
    if (!rule->body) return false;
    memcpy(rule->body, body.length ? body.bytes : "", body.length);
    rule->body[body.length] = 0;
    return true;
}

/* What the log says last about each rule until then; texts with a NUL are never written. */
#define THEN                                                                                       \
    "SELECT rule, at, state, who, body FROM ("                                                     \
    "SELECT json_extract(change.value, '$.rule') AS rule, at, who, audit.id AS step,"              \
    " json_extract(change.value, '$.after.state') AS state,"                                       \
    " json_extract(change.value, '$.after.body') AS body"                                          \
    " FROM audit, json_each(detail, '$.changes') AS change"                                        \
    " WHERE action LIKE 'rules %' AND at <= ?1) AS log"                                            \
    " WHERE rule IS NOT NULL AND step = (SELECT max(audit.id) FROM audit, json_each(detail, "      \
    "'$.changes') AS other WHERE action LIKE 'rules %' AND at <= ?1 AND "                          \
    "json_extract(other.value, "                                                                   \
    "'$.rule') = log.rule) AND state <> 'deleted' ORDER BY rule"
#define NOW "SELECT id, at, state, author, body FROM rules WHERE state <> 'deleted' ORDER BY id"

bool rules_list(struct reader *reader, int64_t at, struct stored_rule **rules, int32_t *n,
                struct error *error)
{
    int code = SQLITE_DONE;
    int32_t capacity = 0;
    bool good = true;
    *rules = NULL;
    *n = 0;
    sqlite3_stmt *all = reader_prepare(reader, at == MOMENT_NONE ? NOW : THEN, error);
    if (!all) return false;
    if (at != MOMENT_NONE) sqlite3_bind_int64(all, 1, at);
    while (good && (code = sqlite3_step(all)) == SQLITE_ROW) {
        if (*n == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            void *more = realloc(*rules, (size_t)capacity * sizeof **rules);
            good = more != NULL;
            if (good) *rules = more;
        }
        good = good && take(&(*rules)[*n], all);
        *n += good;
    }
    sqlite3_finalize(all);
    if (good ? reader_done(reader, code, "be read", error) : error_memory(error, "the rules"))
        return true;
    rules_free(*rules, *n);
    *rules = NULL;
    *n = 0;
    return false;
}

bool rules_version(struct reader *reader, int64_t *version, struct error *error)
{
    sqlite3_stmt *find =
        reader_prepare(reader, "SELECT value FROM meta WHERE name = 'rules'", error);
    *version = 0;
    if (!find) return false;
    const int code = sqlite3_step(find);
    if (code == SQLITE_ROW) *version = sqlite3_column_int64(find, 0);
    sqlite3_finalize(find);
    return code == SQLITE_ROW || reader_done(reader, code, "be read", error);
}

bool rules_settings(struct reader *reader, struct text *json, struct error *error)
{
    return workspace_note(reader, settings_note, json, error);
}

/* ------------------------------------------------------------------------------------- changing */

/* One row as the log has it: null where there is none. */
static bool describe(struct writer *writer, int64_t id, struct text *out, struct error *error)
{
    sqlite3_stmt *find = database_prepare(writer->db, writer_path(writer),
                                          "SELECT state, body FROM rules WHERE id = ?1", error);
    if (!find) return false;
    sqlite3_bind_int64(find, 1, id);
    const int code = sqlite3_step(find);
    if (code == SQLITE_ROW) {
        const struct slice state = database_text(find, 0), body = database_text(find, 1);
        text_add_string(out, "{\"state\":");
        text_add_json(out, state.bytes, state.length);
        text_add_string(out, ",\"body\":");
        text_add_json(out, body.bytes, body.length);
        text_add_string(out, "}");
    } else
        text_add_string(out, "null");
    sqlite3_finalize(find);
    if (out->failed) return error_memory(error, "a rule");
    return code == SQLITE_ROW || code == SQLITE_DONE || writer_fail(writer, error);
}

static bool write_row(struct writer *writer, int64_t id, const char *state, const char *body,
                      struct error *error)
{
    char author[64];
    sqlite3_stmt *set = database_prepare(
        writer->db, writer_path(writer),
        "INSERT INTO rules (id, body, state, author, at) VALUES (?1, ifnull(?2, ''), "
        "ifnull(?3, 'draft'), ?4, ?5) ON CONFLICT (id) DO UPDATE SET body = ifnull(?2, body), "
        "state = ifnull(?3, state), author = ?4, at = ?5",
        error);
    if (!set) return false;
    rules_author(author);
    sqlite3_bind_int64(set, 1, id);
    sqlite3_bind_text(set, 2, body, -1, SQLITE_STATIC); /* NULL binds NULL */
    sqlite3_bind_text(set, 3, state, -1, SQLITE_STATIC);
    sqlite3_bind_text(set, 4, author, -1, SQLITE_STATIC);
    sqlite3_bind_int64(set, 5, (int64_t)time(NULL));
    const bool done = writer_step(writer, set, error);
    sqlite3_finalize(set);
    return done;
}

static bool count_change(struct writer *writer, struct error *error)
{
    return database_run(writer->db, writer_path(writer),
                        "INSERT INTO meta VALUES ('rules', 1) ON CONFLICT (name) DO UPDATE SET "
                        "value = value + 1",
                        error);
}

static bool change_one(struct writer *writer, struct rule_change *change, struct text *log,
                       struct error *error)
{
    const bool fresh = change->id == 0;
    if (fresh &&
        !database_number(writer->db, "SELECT ifnull(max(id), 0) + 1 FROM rules", &change->id))
        return writer_fail(writer, error);
    const size_t at = log->length;
    text_format(log, "{\"rule\":%lld,\"before\":", (long long)change->id);
    const size_t before = log->length;
    if (!describe(writer, change->id, log, error)) return false;
    if (!fresh && (strcmp(log->bytes + before, "null") == 0 ||
                   strstr(log->bytes + at, "{\"state\":\"deleted\"")))
        return error_set(error, ERROR_MISSING, "there is no rule %lld: 'aisle rules' lists them",
                         (long long)change->id);
    text_add_string(log, ",\"after\":");
    if (!write_row(writer, change->id, change->state, change->body, error) ||
        !describe(writer, change->id, log, error))
        return false;
    text_add_string(log, "}");
    return true;
}

bool rules_change(struct writer *writer, const char *action, struct rule_change *changes, int32_t n,
                  struct error *error)
{
    struct text log = { 0 };
    char subject[64], word[64];
    bool good = true;
    text_add_string(&log, "{\"changes\":[");
    for (int32_t c = 0; good && c < n; c++) {
        text_add_string(&log, c ? "," : "");
        good = change_one(writer, &changes[c], &log, error);
    }
    text_add_string(&log, "]}");
    if (good && log.failed) good = error_memory(error, "a rule");
    snprintf(word, sizeof word, "rules %s", action);
    snprintf(subject, sizeof subject, "rule %lld", n > 0 ? (long long)changes[0].id : 0);
    good =
        good && audit_write(writer, word, subject, log.bytes, error) && count_change(writer, error);
    text_fini(&log);
    return good;
}

static void add_note(struct text *log, const char *note)
{
    if (note)
        text_add_json(log, note, strlen(note));
    else
        text_add_string(log, "null");
}

static bool read_note(struct writer *writer, struct text *out, struct error *error)
{
    sqlite3_stmt *find =
        database_prepare(writer->db, writer_path(writer),
                         "SELECT value FROM meta WHERE name = 'note:' || ?1", error);
    if (!find) return false;
    sqlite3_bind_text(find, 1, settings_note, -1, SQLITE_STATIC);
    const int code = sqlite3_step(find);
    if (code == SQLITE_ROW) {
        const struct slice text = database_text(find, 0);
        text_add(out, text.bytes, text.length);
    }
    sqlite3_finalize(find);
    return code == SQLITE_ROW || code == SQLITE_DONE || writer_fail(writer, error);
}

bool rules_set_settings(struct writer *writer, const char *json, struct error *error)
{
    struct text before = { 0 }, log = { 0 };
    bool good = read_note(writer, &before, error);
    text_add_string(&log, "{\"changes\":[{\"setting\":\"feed\",\"before\":");
    add_note(&log, before.bytes);
    text_add_string(&log, ",\"after\":");
    add_note(&log, json);
    text_add_string(&log, "}]}");
    if (good && (log.failed || before.failed)) good = error_memory(error, "the settings");
    good = good && writer_set_note(writer, settings_note, json, error) &&
           audit_write(writer, "rules settings", "settings of lists", log.bytes, error) &&
           count_change(writer, error);
    text_fini(&before);
    text_fini(&log);
    return good;
}

/* ---------------------------------------------------------------------------------- undo, redo */

/* Steps that can be taken back, and steps that were and can be done again. An erasure ends both:
 * what the log says of the time before is no longer what it was. */
struct steps {
    int64_t *done, *undone;
    int32_t n_done, n_undone, capacity;
};

static bool read_steps(struct writer *writer, struct steps *steps, struct error *error)
{
    int64_t rows = 0;
    int code;
    database_number(writer->db, "SELECT count(*) FROM audit WHERE action LIKE 'rules %'", &rows);
    steps->done = malloc(((size_t)rows + 1) * sizeof *steps->done);
    steps->undone = malloc(((size_t)rows + 1) * sizeof *steps->undone);
    if (!steps->done || !steps->undone) return error_memory(error, "the log");
    sqlite3_stmt *log =
        database_prepare(writer->db, writer_path(writer),
                         "SELECT id, action = 'rules undo', action = 'rules redo' FROM audit "
                         "WHERE action LIKE 'rules %' AND id > ifnull((SELECT max(id) FROM audit "
                         "WHERE action = 'erase'), 0) ORDER BY id",
                         error);
    if (!log) return false;
    while ((code = sqlite3_step(log)) == SQLITE_ROW) {
        if (sqlite3_column_int(log, 1)) {
            if (steps->n_done > 0) steps->undone[steps->n_undone++] = steps->done[--steps->n_done];
        } else if (sqlite3_column_int(log, 2)) {
            if (steps->n_undone > 0)
                steps->done[steps->n_done++] = steps->undone[--steps->n_undone];
        } else {
            steps->done[steps->n_done++] = sqlite3_column_int64(log, 0);
            steps->n_undone = 0;
        }
    }
    sqlite3_finalize(log);
    return code == SQLITE_DONE || writer_fail(writer, error);
}

/* A rule that was not there before is deleted by going back, so that its number is never given to
 * another one. */
#define APPLY                                                                                      \
    "SELECT json_extract(value, '$.rule'), json_extract(value, '$.%s.state'),"                     \
    " json_extract(value, '$.%s.body'), json_extract(value, '$.%s'), json_extract(value, "         \
    "'$.setting') FROM json_each((SELECT detail FROM audit WHERE id = ?1), '$.changes')"

static bool apply_change(struct writer *writer, sqlite3_stmt *change, struct text *log,
                         struct error *error)
{
    text_add_string(log, log->length > 12 ? "," : "");
    if (sqlite3_column_type(change, 4) != SQLITE_NULL) {
        const char *note = (const char *)sqlite3_column_text(change, 3);
        text_add_string(log, "{\"setting\":\"feed\"}");
        return writer_set_note(writer, settings_note, note ? note : "{}", error);
    }
    const char *state = (const char *)sqlite3_column_text(change, 1);
    struct rule_change back = { .id = sqlite3_column_int64(change, 0),
                                .body = (const char *)sqlite3_column_text(change, 2),
                                .state = state ? state : "deleted" };
    text_format(log, "{\"rule\":%lld,\"after\":", (long long)back.id);
    if (!write_row(writer, back.id, back.state, back.body, error) ||
        !describe(writer, back.id, log, error))
        return false;
    text_add_string(log, "}");
    return true;
}

static bool apply(struct writer *writer, int64_t step, bool redo, struct text *log,
                  struct error *error)
{
    char sql[512];
    const char *list_request = redo ? "after" : "before";
    int code = SQLITE_DONE;
    bool good = true;
    snprintf(sql, sizeof sql, APPLY, list_request, list_request, list_request);
    sqlite3_stmt *changes = database_prepare(writer->db, writer_path(writer), sql, error);
    if (!changes) return false;
    sqlite3_bind_int64(changes, 1, step);
    while (good && (code = sqlite3_step(changes)) == SQLITE_ROW)
        good = apply_change(writer, changes, log, error);
    sqlite3_finalize(changes);
    return good && (code == SQLITE_DONE || writer_fail(writer, error));
}

static bool say_what(struct writer *writer, int64_t step, struct text *what, struct error *error)
{
    sqlite3_stmt *find =
        database_prepare(writer->db, writer_path(writer),
                         "SELECT substr(action, 7), subject FROM audit WHERE id = ?1", error);
    if (!find) return false;
    sqlite3_bind_int64(find, 1, step);
    if (sqlite3_step(find) == SQLITE_ROW)
        text_format(what, "%s %s", (const char *)sqlite3_column_text(find, 0),
                    (const char *)sqlite3_column_text(find, 1));
    sqlite3_finalize(find);
    return !what->failed || error_memory(error, "the log");
}

static bool step_back(struct writer *writer, bool redo, struct text *what, struct error *error)
{
    struct steps steps = { 0 };
    struct text log = { 0 };
    char subject[64];
    bool good = read_steps(writer, &steps, error);
    const int32_t n = redo ? steps.n_undone : steps.n_done;
    if (good && n == 0)
        good = error_set(error, ERROR_MISSING,
                         "there is nothing to %s; what was before somebody was erased stays",
                         redo ? "redo" : "undo");
    if (good) {
        const int64_t step = (redo ? steps.undone : steps.done)[n - 1];
        text_add_string(&log, "{\"changes\":[");
        snprintf(subject, sizeof subject, "step %lld", (long long)step);
        good = say_what(writer, step, what, error) && apply(writer, step, redo, &log, error);
        text_format(&log, "],\"of\":%lld}", (long long)step);
        if (good && log.failed) good = error_memory(error, "the log");
        good = good &&
               audit_write(writer, redo ? "rules redo" : "rules undo", subject, log.bytes, error) &&
               count_change(writer, error);
    }
    free(steps.done);
    free(steps.undone);
    text_fini(&log);
    return good;
}

bool rules_undo(struct writer *writer, struct text *what, struct error *error)
{
    return step_back(writer, false, what, error);
}

bool rules_redo(struct writer *writer, struct text *what, struct error *error)
{
    return step_back(writer, true, what, error);
}
