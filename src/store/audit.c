/* audit.c - who did what: the log, and taking back what can be taken back.
 *
 * An entry is never changed but for two things: the number of the entry that took it back, and the
 * name of a person who is erased. */
#include "scenarios_private.h"

#include "aisle/rules.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool audit_change(struct writer *writer, const char *action, const char *subject,
                  const char *before, const char *after, const char *detail, struct error *error)
{
    const struct passwd *login = getpwuid(getuid());
    sqlite3_stmt *statement = writer_statement(writer, W_AUDIT, error);
    if (!statement) return false;
    sqlite3_bind_int64(statement, 1, (int64_t)time(NULL));
    sqlite3_bind_text(statement, 2, login ? login->pw_name : "?", -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, action, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, subject, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 5, detail, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 6, before, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 7, after, -1, SQLITE_STATIC);
    return writer_step(writer, statement, error);
}

bool audit_write(struct writer *writer, const char *action, const char *subject, const char *detail,
                 struct error *error)
{
    return audit_change(writer, action, subject, "", "", detail, error);
}

/* ------------------------------------------------------------------------------------- undoing */

struct entry {
    int64_t id, undone;
    char action[64], subject[128], before[4096], after[4096];
};

static void copy(char *to, size_t size, sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    snprintf(to, size, "%s", text ? text : "");
}

static bool find_entry(struct writer *writer, int64_t id, struct entry *entry, struct error *error)
{
    sqlite3_stmt *find = database_prepare(
        writer->db, writer_path(writer),
        "SELECT id, undone, action, subject, before, after FROM audit WHERE id = ?1", error);
    if (!find) return false;
    *entry = (struct entry){ 0 };
    sqlite3_bind_int64(find, 1, id);
    int code = sqlite3_step(find);
    if (code == SQLITE_ROW) {
        entry->id = sqlite3_column_int64(find, 0);
        entry->undone = sqlite3_column_int64(find, 1);
        copy(entry->action, sizeof entry->action, find, 2);
        copy(entry->subject, sizeof entry->subject, find, 3);
        copy(entry->before, sizeof entry->before, find, 4);
        copy(entry->after, sizeof entry->after, find, 5);
    }
    sqlite3_finalize(find);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return database_error(writer->db, code, writer_path(writer), "be read", error);
    if (entry->id == 0)
        return error_set(error, ERROR_MISSING, "there is no entry %lld: 'aisle audit' lists them",
                         (long long)id);
    return entry->undone == 0 ||
           error_set(error, ERROR_USAGE, "entry %lld was taken back already, by entry %lld",
                     (long long)id, (long long)entry->undone);
}

static int64_t run_named(const char *text)
{
    long long id = 0;
    return sscanf(text, "run %lld", &id) == 1 ? id : 0;
}

/* Serves again the run that was served before, while the one that replaced it still is. */
static bool undo_run(struct writer *writer, const struct entry *entry, struct error *error)
{
    const int64_t before = run_named(entry->before), after = run_named(entry->after);
    int64_t active = 0;
    char sql[96];
    snprintf(sql, sizeof sql, "SELECT active FROM runs WHERE id = %lld", (long long)after);
    if (after == 0 || !database_number(writer->db, sql, &active) || !active)
        return error_set(error, ERROR_USAGE,
                         "%s is not what is served now: 'aisle runs activate' serves another",
                         entry->after[0] ? entry->after : entry->subject);
    if (before == 0)
        return error_set(error, ERROR_INPUT,
                         "entry %lld, %s, cannot be taken back: no run was served before run %lld, "
                         "'aisle runs activate' serves another",
                         (long long)entry->id, entry->action, (long long)after);
    return run_activate(writer, before, error);
}

/* The entry that set the same thing after this one and was not taken back; 0 = none. */
static bool find_later(struct writer *writer, const struct entry *entry, int64_t *later,
                       struct error *error)
{
    sqlite3_stmt *find = database_prepare(writer->db, writer_path(writer),
                                          "SELECT max(id) FROM audit WHERE action = ?1 AND "
                                          "subject = ?2 AND id > ?3 AND coalesce(undone, 0) = 0",
                                          error);
    if (!find) return false;
    sqlite3_bind_text(find, 1, entry->action, -1, SQLITE_STATIC);
    sqlite3_bind_text(find, 2, entry->subject, -1, SQLITE_STATIC);
    sqlite3_bind_int64(find, 3, entry->id);
    const int code = sqlite3_step(find);
    *later = code == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
    sqlite3_finalize(find);
    return code == SQLITE_ROW ||
           database_error(writer->db, code, writer_path(writer), "be read", error);
}

static bool undo_setting(struct writer *writer, const struct entry *entry, struct error *error)
{
    int64_t later = 0;
    if (!find_later(writer, entry, &later, error)) return false;
    if (later > 0)
        return error_set(error, ERROR_USAGE, "entry %lld set %s again: take it back first",
                         (long long)later, entry->subject);
    return writer_set_note(writer, entry->subject, entry->before, error);
}

/* Rules are taken back in the order they were changed in. */
static bool undo_rules(struct writer *writer, const struct entry *entry, struct error *error)
{
    struct text what = { 0 };
    char step[64] = "", wanted[64];
    bool good = rules_undo(writer, &what, error);
    text_fini(&what);
    if (!good) return false;
    sqlite3_stmt *last = database_prepare(
        writer->db, writer_path(writer),
        "SELECT subject FROM audit WHERE action = 'rules undo' ORDER BY id DESC LIMIT 1", error);
    if (!last) return false;
    if (sqlite3_step(last) == SQLITE_ROW) copy(step, sizeof step, last, 0);
    sqlite3_finalize(last);
    snprintf(wanted, sizeof wanted, "step %lld", (long long)entry->id);
    return strcmp(step, wanted) == 0 ||
           error_set(error, ERROR_USAGE,
                     "later changes of rules stand on entry %lld: take back %s first",
                     (long long)entry->id, step);
}

static bool undo_scenario(struct writer *writer, const struct entry *entry, struct error *error)
{
    static const char prefix[] = "scenario ";
    const bool named = strncmp(entry->subject, prefix, strlen(prefix)) == 0;
    return named ? scenario_restore(writer, slice_of(entry->subject + strlen(prefix)), entry->id,
                                    error)
                 : error_set(error, ERROR_USAGE, "entry %lld: the scenario was erased",
                             (long long)entry->id);
}

/* Why the others are for good. */
static bool refuse(const struct entry *entry, struct error *error)
{
    static const struct {
        const char *action, *why;
    } reasons[] = {
        { "import",
          "the names and attributes it replaced are not kept: import the others into a new file" },
        { "ingest",
          "the names and attributes it replaced are not kept: import the others into a new file" },
        { "delete", "the run is gone: train it again" },
        { "erase", "what is erased is gone, as was asked" },
        { "reveal", "what was seen was seen" },
        { "finetune rejected", "it changed nothing" },
        { "finetune", "'aisle runs rollback' serves the run before it" },
        { "rules undo", "'aisle rules redo' does it" },
        { "rules redo", "'aisle rules undo' does it" },
        { "undo", "do again what it took back" },
    };
    const char *why = "nothing says how";
    for (size_t r = 0; r < sizeof reasons / sizeof *reasons; r++)
        if (strcmp(entry->action, reasons[r].action) == 0) why = reasons[r].why;
    return error_set(error, ERROR_INPUT, "entry %lld, %s, cannot be taken back: %s",
                     (long long)entry->id, entry->action, why);
}

static bool undo_entry(struct writer *writer, const struct entry *entry, struct error *error)
{
    const char *action = entry->action;
    if (strcmp(action, "activate") == 0 || strcmp(action, "roll back") == 0)
        return undo_run(writer, entry, error);
    if (strcmp(action, "setting") == 0) return undo_setting(writer, entry, error);
    if (strncmp(action, "rules ", 6) == 0 && strcmp(action, "rules undo") != 0 &&
        strcmp(action, "rules redo") != 0)
        return undo_rules(writer, entry, error);
    if (strncmp(action, "scenario ", 9) == 0) return undo_scenario(writer, entry, error);
    return refuse(entry, error);
}

bool audit_undo(struct writer *writer, int64_t id, struct error *error)
{
    struct entry entry;
    char subject[64], set[96];
    if (!find_entry(writer, id, &entry, error) || !undo_entry(writer, &entry, error)) return false;
    snprintf(subject, sizeof subject, "entry %lld", (long long)id);
    if (!audit_change(writer, "undo", subject, entry.after, entry.before, entry.action, error))
        return false;
    snprintf(set, sizeof set, "UPDATE audit SET undone = %lld WHERE id = %lld",
             (long long)sqlite3_last_insert_rowid(writer->db), (long long)id);
    return database_run(writer->db, writer_path(writer), set, error);
}
