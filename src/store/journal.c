/* journal.c - which files are in. */
#include "writer_private.h"

#include <stdio.h>
#include <string.h>

bool journal_find(struct reader *reader, uint64_t checksum, int64_t bytes, const char *format,
                  struct import_entry *entry, struct error *error)
{
    memset(entry, 0, sizeof *entry);
    sqlite3_stmt *find =
        reader_prepare(reader,
                       "SELECT id, source, format, read, accepted, rejected, at FROM imports "
                       "WHERE checksum = ?1 AND bytes = ?2 AND format = ?3",
                       error);
    if (!find) return false;
    sqlite3_bind_int64(find, 1, (int64_t)checksum);
    sqlite3_bind_int64(find, 2, bytes);
    sqlite3_bind_text(find, 3, format, -1, SQLITE_STATIC);
    int code = sqlite3_step(find);
    if (code == SQLITE_ROW) {
        entry->id = sqlite3_column_int64(find, 0);
        snprintf(entry->source, sizeof entry->source, "%s",
                 (const char *)sqlite3_column_text(find, 1));
        snprintf(entry->format, sizeof entry->format, "%s",
                 (const char *)sqlite3_column_text(find, 2));
        entry->checksum = checksum;
        entry->bytes = bytes;
        entry->read = sqlite3_column_int64(find, 3);
        entry->accepted = sqlite3_column_int64(find, 4);
        entry->rejected = sqlite3_column_int64(find, 5);
        entry->at = sqlite3_column_int64(find, 6);
    }
    sqlite3_finalize(find);
    return reader_done(reader, code, "be read", error);
}

bool journal_begin(struct writer *writer, const struct import_entry *entry, struct error *error)
{
    sqlite3_stmt *add = writer_statement(writer, W_ADD_IMPORT, error);
    if (!add) return false;
    sqlite3_bind_text(add, 1, entry->source, -1, SQLITE_STATIC);
    sqlite3_bind_text(add, 2, entry->format, -1, SQLITE_STATIC);
    sqlite3_bind_int64(add, 3, (int64_t)entry->checksum);
    sqlite3_bind_int64(add, 4, entry->bytes);
    sqlite3_bind_int64(add, 5, entry->at);
    if (!writer_step(writer, add, error)) return false;
    writer->import_id = sqlite3_last_insert_rowid(writer->db);
    return true;
}

bool journal_finish(struct writer *writer, const struct import_entry *entry, struct error *error)
{
    sqlite3_stmt *set = writer_statement(writer, W_FINISH_IMPORT, error);
    if (!set) return false;
    sqlite3_bind_int64(set, 1, writer->import_id);
    sqlite3_bind_int64(set, 2, entry->read);
    sqlite3_bind_int64(set, 3, entry->accepted);
    sqlite3_bind_int64(set, 4, entry->rejected);
    writer->import_id = 0;
    return writer_step(writer, set, error);
}
