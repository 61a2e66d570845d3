/* checkpoints.c - where trainings stand: one for each kind of model, replaced whole. */
#include "chunks.h"

#include <string.h>

static bool step_with(struct writer *writer, const char *sql, const char *kind,
                      const char *identity, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(writer->db, writer_path(writer), sql, error);
    if (!statement) return false;
    sqlite3_bind_text(statement, 1, kind, -1, SQLITE_STATIC);
    if (identity) sqlite3_bind_text(statement, 2, identity, -1, SQLITE_STATIC);
    const bool done = writer_step(writer, statement, error);
    sqlite3_finalize(statement);
    return done;
}

bool checkpoint_drop(struct writer *writer, const char *kind, struct error *error)
{
    return step_with(writer,
                     "DELETE FROM checkpoint_chunks WHERE checkpoint_id IN "
                     "(SELECT id FROM checkpoints WHERE kind = ?1)",
                     kind, NULL, error) &&
           step_with(writer, "DELETE FROM checkpoints WHERE kind = ?1", kind, NULL, error);
}

/* What is kept as the identity ends in the number of erasures: what an erased person was part of is
 * nobody's checkpoint any more. */
#define ERASURES "ifnull((SELECT value FROM meta WHERE name = 'erasures'), 0)"

int64_t workspace_erasures(struct reader *reader, struct error *error)
{
    int64_t n = -1;
    if (database_number(reader->db, "SELECT " ERASURES, &n)) return n;
    reader_done(reader, sqlite3_errcode(reader->db), "be read", error);
    return -1;
}

bool writer_holds_nobody(struct writer *writer, int64_t erasures, struct error *error)
{
    int64_t now = -1;
    if (!database_number(writer->db, "SELECT " ERASURES, &now)) return writer_fail(writer, error);
    return now == erasures ||
           error_set(
               error, ERROR_INPUT,
               "somebody was erased while it was trained, and it would hold them: train again");
}

bool checkpoint_save(struct writer *writer, const char *kind, const char *identity,
                     int64_t erasures, run_body *body, void *context, struct error *error)
{
    return writer_holds_nobody(writer, erasures, error) && checkpoint_drop(writer, kind, error) &&
           step_with(writer,
                     "INSERT INTO checkpoints (kind, identity) VALUES (?1, ?2 || ' ' || " ERASURES
                     ")",
                     kind, identity, error) &&
           chunks_save(writer, "INSERT INTO checkpoint_chunks VALUES (?1, ?2, ?3)",
                       sqlite3_last_insert_rowid(writer->db), body, context, NULL, error);
}

bool checkpoint_identity(struct reader *reader, const char *kind, struct text *identity,
                         struct error *error)
{
    sqlite3_stmt *find =
        reader_prepare(reader, "SELECT identity FROM checkpoints WHERE kind = ?1", error);
    if (!find) return false;
    sqlite3_bind_text(find, 1, kind, -1, SQLITE_STATIC);
    const int code = sqlite3_step(find);
    if (code == SQLITE_ROW) {
        const struct slice text = database_text(find, 0);
        text_add(identity, text.bytes, text.length);
    }
    sqlite3_finalize(find);
    return reader_done(reader, code, "be read", error);
}

struct run_stream *checkpoint_open(struct reader *reader, const char *kind, const char *identity,
                                   struct error *error)
{
    sqlite3_stmt *find = reader_prepare(
        reader, "SELECT id FROM checkpoints WHERE kind = ?1 AND identity = ?2 || ' ' || " ERASURES,
        error);
    if (!find) return NULL;
    sqlite3_bind_text(find, 1, kind, -1, SQLITE_STATIC);
    sqlite3_bind_text(find, 2, identity, -1, SQLITE_STATIC);
    const int code = sqlite3_step(find);
    const int64_t id = code == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
    sqlite3_finalize(find);
    if (id == 0) {
        if (code == SQLITE_DONE) error_set(error, ERROR_MISSING, "there is no such checkpoint");
        return NULL;
    }
    return chunks_open(reader,
                       "SELECT bytes FROM checkpoint_chunks WHERE checkpoint_id = ?1 ORDER BY part",
                       id, error);
}
