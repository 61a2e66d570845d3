/* forget.c - an erased person in the texts of the workspace: the log, rules, the journal of
 * imports.
 *
 * A rule for the person alone goes, and so do its steps in the log; in all other texts the place
 * where they are named becomes "(erased)". What was the only content of a step leaves a step
 * without changes: the log keeps its numbers. */
#include "forget.h"

#include <stdio.h>
#include <string.h>

/* A rule is for one user by these two spellings (rule_parse.c). ?1: the id. */
#define FOR_THEM(body)                                                                             \
    "(json_valid(" body ") AND ifnull(json_extract(" body                                          \
    ", '$.for') IN ('user=' || ?1, 'user=\"' || ?1 || '\"'), 0))"
#define KEPT                                                                                       \
    "NOT (" FOR_THEM("ifnull(json_extract(value, '$.before.body'), '')") " OR " FOR_THEM(          \
        "ifnull(json_extract(value, '$.after.body'), '')") ")"

static const char *const steps[] = {
    ("DELETE FROM rules WHERE " FOR_THEM("body")),
    "UPDATE rules SET body = unmention(body, 0) WHERE mentions(body, 0)",
    ("UPDATE audit SET detail = json_set(detail, '$.changes', json((SELECT "
     "json_group_array(json(value)) FROM json_each(detail, '$.changes') WHERE " KEPT "))) "
     "WHERE action GLOB 'rules *' AND json_valid(detail) AND EXISTS (SELECT 1 FROM "
     "json_each(detail, '$.changes') WHERE NOT (" KEPT "))"),
    "UPDATE audit SET subject = '(erased)' WHERE subject IN (?1, 'user ' || ?1)",
    ("UPDATE audit SET subject = unmention(subject, 0), before = unmention(before, 0), "
     "after = unmention(after, 0), detail = unmention(detail, 0) WHERE mentions(subject, 0) OR "
     "mentions(before, 0) OR mentions(after, 0) OR mentions(detail, 0)"),
    "UPDATE imports SET source = unmention(source, 0) WHERE mentions(source, 0)",
    (("UPDATE meta SET value = unmention(value, 0) WHERE typeof(value) = 'text' AND "
      "mentions(value, 0)")),
    "INSERT INTO meta VALUES ('erasures', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
};
enum { RULES_STEP = 0, STEPS = sizeof steps / sizeof *steps };

static bool forget_step(struct writer *writer, const char *sql, struct slice id, int64_t *changes,
                        struct error *error)
{
    sqlite3_stmt *statement = database_prepare(writer->db, writer_path(writer), sql, error);
    if (!statement) return false;
    if (sqlite3_bind_parameter_count(statement) > 0) database_bind_text(statement, 1, id);
    const bool done = writer_step(writer, statement, error);
    sqlite3_finalize(statement);
    *changes = sqlite3_changes(writer->db);
    return done;
}

bool forget_texts(struct writer *writer, const struct mention *person, struct erased *erased,
                  struct error *error)
{
    bool good = mention_register(writer->db, person) || error_memory(error, "a person's names");
    for (int s = 0; s < STEPS && good; s++) {
        int64_t changes = 0;
        good = forget_step(writer, steps[s], person->id, &changes, error);
        if (s == RULES_STEP) erased->rules += changes;
    }
    mention_register(writer->db, NULL);
    return good && forget_mark(writer, person->id, error);
}

/* ------------------------------------------------------------------------ who was erased before
 */

/* FNV-1a, folded to 16 bits: it tells a slip in an id from an id that was erased, and is shared by
 * too many ids to tell anybody's. */
static void mark_name(struct slice id, char name[16])
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < id.length; i++)
        hash = (hash ^ (unsigned char)id.bytes[i]) * UINT64_C(1099511628211);
    hash ^= hash >> 32;
    snprintf(name, 16, "erased:%04x", (unsigned)((hash ^ hash >> 16) & 0xffff));
}

bool forget_mark(struct writer *writer, struct slice id, struct error *error)
{
    char name[16];
    sqlite3_stmt *set = database_prepare(
        writer->db, writer_path(writer),
        "INSERT OR REPLACE INTO meta VALUES (?1, CAST(strftime('%s', 'now') AS INTEGER))", error);
    if (!set) return false;
    mark_name(id, name);
    sqlite3_bind_text(set, 1, name, -1, SQLITE_STATIC);
    const bool done = writer_step(writer, set, error);
    sqlite3_finalize(set);
    return done;
}

bool workspace_erased_before(struct reader *reader, struct slice id, bool *erased,
                             struct error *error)
{
    char name[16];
    sqlite3_stmt *find = reader_prepare(reader, "SELECT 1 FROM meta WHERE name = ?1", error);
    if (!find) return false;
    mark_name(id, name);
    sqlite3_bind_text(find, 1, name, -1, SQLITE_STATIC);
    const int code = sqlite3_step(find);
    *erased = code == SQLITE_ROW;
    sqlite3_finalize(find);
    return reader_done(reader, code, "be read", error);
}

bool workspace_rejects(struct reader *reader, bool (*visit)(void *context, const char *path),
                       void *context, struct error *error)
{
    int code = SQLITE_DONE;
    bool good = true;
    sqlite3_stmt *files = reader_prepare(
        reader,
        "SELECT DISTINCT json_extract(detail, '$.rejects') AS file FROM audit WHERE action IN "
        "('import', 'ingest') AND json_valid(detail) AND typeof(json_extract(detail, '$.rejects')) "
        "= 'text'",
        error);
    if (!files) return false;
    while (good && (code = sqlite3_step(files)) == SQLITE_ROW)
        good = visit(context, (const char *)sqlite3_column_text(files, 0));
    sqlite3_finalize(files);
    return good ? reader_done(reader, code, "be read", error) : false;
}
