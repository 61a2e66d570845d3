/* key_value.c - texts that a workspace keeps by name. They share the table of the counters, under
 * names of their own. */
#include "writer_private.h"

#include <stdio.h>

static void note_name(const char *name, char out[64])
{
    snprintf(out, 64, "note:%s", name);
}

bool writer_set_note(struct writer *writer, const char *name, const char *text, struct error *error)
{
    char key[64];
    sqlite3_stmt *statement =
        database_prepare(writer->db, writer_path(writer),
                         "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)", error);
    if (!statement) return false;
    note_name(name, key);
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, text, -1, SQLITE_STATIC);
    bool done = writer_step(writer, statement, error);
    sqlite3_finalize(statement);
    return done;
}

bool workspace_note(struct reader *reader, const char *name, struct text *out, struct error *error)
{
    char key[64];
    sqlite3_stmt *statement =
        reader_prepare(reader, "SELECT value FROM meta WHERE name = ?1", error);
    if (!statement) return false;
    note_name(name, key);
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        struct slice text = database_text(statement, 0);
        text_add(out, text.bytes, text.length);
        code = sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    if (!reader_done(reader, code, "be read", error)) return false;
    return !out->failed || error_memory(error, "a note");
}
