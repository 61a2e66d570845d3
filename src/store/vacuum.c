/* vacuum.c - the file rewritten from what is alive, and the proof that nothing else is in it. */
#include "database.h"
#include "mention.h"

#include "aisle/erase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool workspace_vacuum(struct workspace *workspace, struct error *error)
{
    int left = 0, done = 0;
    pthread_mutex_lock(&workspace->lock);
    bool good = workspace_open_writing(workspace, error);
    if (workspace->writing) sqlite3_limit(workspace->writing, SQLITE_LIMIT_ATTACHED, 1);
    good = good && /* VACUUM writes into a database beside. */
                   /* Deleted words stand beside their deletion until segments are merged. */
           database_run(workspace->writing, workspace->path,
                        "PRAGMA secure_delete = 1; "
                        "INSERT INTO users_search (users_search) VALUES ('optimize'); "
                        "DROP TABLE IF EXISTS temp.erased_items; "
                        "DROP TABLE IF EXISTS temp.erased_counts; VACUUM",
                        error);
    if (good) {
        int code = sqlite3_wal_checkpoint_v2(workspace->writing, NULL, SQLITE_CHECKPOINT_TRUNCATE,
                                             &left, &done);
        if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY && (code & 0xff) != SQLITE_LOCKED) {
            good = database_error(workspace->writing, code, workspace->path, "be written", error);
            error_prefix(error, "the person is erased, their bytes may still be in the log");
        } else if (code != SQLITE_OK || left > 0)
            good = error_set(error, ERROR_BUSY,
                             "%s: the person is erased, but another program still reads the log in "
                             "which they stand: close it and run 'aisle erase' with --verify",
                             workspace->path);
    }
    if (workspace->writing) sqlite3_limit(workspace->writing, SQLITE_LIMIT_ATTACHED, 0);
    if (workspace->writing)
        sqlite3_exec(workspace->writing, "PRAGMA secure_delete = 0", NULL, NULL, NULL);
    pthread_mutex_unlock(&workspace->lock);
    return good;
}

/* ------------------------------------------------------------------------------------ the proof */

/* How often the bytes stand in an open file; parts overlap so that none is missed between them. */
static bool search_open(sqlite3_file *file, struct slice bytes, char *part, size_t capacity,
                        int64_t *n)
{
    sqlite3_int64 size = 0;
    if (file->pMethods->xFileSize(file, &size) != SQLITE_OK) return false;
    for (int64_t from = 0; from < size; from += (int64_t)(capacity - bytes.length + 1)) {
        const size_t length = size - from < (int64_t)capacity ? (size_t)(size - from) : capacity;
        if (length < bytes.length) break;
        if (file->pMethods->xRead(file, part, (int)length, from) != SQLITE_OK) return false;
        for (const char *at = part, *end = part + length - bytes.length; at <= end; at++) {
            at = memchr(at, bytes.bytes[0], (size_t)(end - at) + 1);
            if (!at) break;
            *n += memcmp(at, bytes.bytes, bytes.length) == 0;
        }
    }
    return true;
}

/* Through SQLite's own layer: closing a file of ours would give up its locks (identity.c). */
static bool search_file(const char *path, int flags, struct slice bytes, int64_t *n,
                        struct error *error)
{
    const size_t capacity = (1 << 20) + bytes.length;
    int there = 0;
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    if (!vfs || vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &there) != SQLITE_OK || !there)
        return true; /* no log */
    sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
    const char *name = file ? sqlite3_create_filename(path, "", "", 0, NULL) : NULL;
    char *part = name ? malloc(capacity) : NULL;
    bool good =
        part && vfs->xOpen(vfs, name, file, flags | SQLITE_OPEN_READONLY, &flags) == SQLITE_OK;
    good = good && search_open(file, bytes, part, capacity, n);
    if (file && file->pMethods) file->pMethods->xClose(file);
    if (!part)
        error_memory(error, "a part of the file");
    else if (!good)
        error_set(error, ERROR_IO, "%s: cannot be read: check the disk it is on", path);
    sqlite3_free_filename((char *)(uintptr_t)name);
    free(part);
    free(file);
    return good;
}

static bool count(struct reader *reader, const char *sql, struct slice id, int64_t *n,
                  struct error *error)
{
    sqlite3_stmt *statement = reader_prepare(reader, sql, error);
    if (!statement) return false;
    if (sqlite3_bind_parameter_count(statement) > 0) database_bind_text(statement, 1, id);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) *n += sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return reader_done(reader, code, "be read", error);
}

/* Rows that name the user, or that belong to nobody. */
static bool count_rows(struct reader *reader, struct slice id, int64_t *n, struct error *error)
{
    static const char *const all[] = {
        "SELECT count(*) FROM users WHERE id = ?1",
        "SELECT count(*) FROM events WHERE user_id NOT IN (SELECT row FROM users)",
        "SELECT count(*) FROM friendships WHERE user_id NOT IN (SELECT row FROM users) OR "
        "friend_id NOT IN (SELECT row FROM users)",
        "SELECT count(*) FROM user_attributes WHERE user_id NOT IN (SELECT row FROM users)",
        "SELECT count(*) FROM rules WHERE json_valid(body) AND json_extract(body, '$.for') IN "
        "('user=' || ?1, 'user=\"' || ?1 || '\"')",
        "SELECT count(*) FROM audit WHERE subject IN (?1, 'user ' || ?1)",
        "SELECT count(*) FROM scenarios WHERE name IN (?1, 'user ' || ?1)",
        "SELECT count(*) FROM users_search_docsize WHERE id NOT IN (SELECT row FROM users)",
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!count(reader, all[i], id, n, error)) return false;
    return true;
}

static bool count_texts(struct reader *reader, struct slice id, int64_t *n, struct error *error)
{
    static const char *const all[] = {
        "SELECT count(*) FROM users WHERE instr(id, ?1) OR instr(name, ?1)",
        "SELECT count(*) FROM items WHERE instr(id, ?1) OR instr(title, ?1)",
        "SELECT count(*) FROM user_attributes WHERE instr(value, ?1)",
        "SELECT count(*) FROM item_attributes WHERE instr(value, ?1)",
        "SELECT count(*) FROM meta WHERE instr(value, ?1)",
        "SELECT count(*) FROM imports WHERE instr(source, ?1)",
        "SELECT count(*) FROM rules WHERE instr(body, ?1)",
        "SELECT count(*) FROM scenarios WHERE instr(name, ?1) OR instr(body, ?1)",
        ("SELECT count(*) FROM audit WHERE instr(subject, ?1) OR instr(detail, ?1) "
         "OR instr(before, ?1) OR instr(after, ?1)"),
        "SELECT count(*) FROM runs WHERE instr(parameters, ?1) OR instr(metrics, ?1)",
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!count(reader, all[i], id, n, error)) return false;
    return true;
}

/* Texts that name the person, with where they stand. ?1: the name, for who is called the same. */
static const char *const naming[] = {
    "SELECT 'rule ' || id FROM rules WHERE mentions(body, 0)",
    "SELECT 'entry ' || id || ' of the log' FROM audit WHERE mentions(subject, 0) OR "
    "mentions(before, 0) OR mentions(after, 0) OR mentions(detail, 0)",
    "SELECT 'scenario ' || name FROM scenarios WHERE mentions(name, 1) OR mentions(body, 0)",
    "SELECT 'import ' || id FROM imports WHERE mentions(source, 0)",
    "SELECT 'setting ' || name FROM meta WHERE typeof(value) = 'text' AND mentions(value, 0)",
    "SELECT 'the name of user ' || id FROM users WHERE mentions(name, 0) AND name <> ?1",
    "SELECT 'the title of item ' || id FROM items WHERE mentions(title, 0)",
    "SELECT 'an attribute of user ' || users.id FROM user_attributes JOIN users ON row = user_id "
    "WHERE mentions(value, 0)",
    "SELECT 'an attribute of item ' || items.id FROM item_attributes JOIN items ON row = item_id "
    "WHERE mentions(value, 0)",
};

static bool list_places(struct reader *reader, const char *sql, struct slice name,
                        struct erase_proof *proof, struct error *error)
{
    int code;
    sqlite3_stmt *statement = reader_prepare(reader, sql, error);
    if (!statement) return false;
    if (sqlite3_bind_parameter_count(statement) > 0) database_bind_text(statement, 1, name);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (proof->texts < ERASE_PLACES)
            snprintf(proof->places[proof->texts], sizeof proof->places[0], "%s",
                     database_text(statement, 0).bytes);
        proof->texts++;
    }
    sqlite3_finalize(statement);
    return reader_done(reader, code, "be read", error);
}

static bool find_texts(struct reader *reader, struct slice id, struct slice name,
                       struct erase_proof *proof, struct error *error)
{
    const struct mention person = { id, name };
    bool good = mention_register(reader->db, &person) || error_memory(error, "a person's names");
    for (size_t i = 0; good && i < sizeof naming / sizeof *naming; i++)
        good = list_places(reader, naming[i], name, proof, error);
    mention_register(reader->db, NULL);
    return good;
}

bool workspace_prove_erased(struct reader *reader, struct slice id, struct slice name,
                            struct erase_proof *proof, struct error *error)
{
    static const char served[] = "SELECT count(*) FROM runs WHERE holds > 0 AND active";
    struct text file = { 0 }, log = { 0 };
    int64_t holding = 0, serving = 0, stopped = 0;
    *proof = (struct erase_proof){ .searched = id.length >= 4 };
    bool good = identity_real_name(reader->workspace->path, &file, error);
    if (good) text_format(&log, "%s-wal", file.bytes);
    reader_sweep_begin(reader);
    good = good && !log.failed && count_rows(reader, id, &proof->rows, error) &&
           find_texts(reader, id, name, proof, error) &&
           count(reader, "SELECT count(*) FROM runs WHERE holds > 0", id, &holding, error) &&
           count(reader, served, id, &serving, error) &&
           count(reader,
                 "SELECT count(*) FROM checkpoints WHERE identity NOT LIKE '% ' || "
                 "ifnull((SELECT value FROM meta WHERE name = 'erasures'), 0)",
                 id, &stopped, error);
    if (good && proof->searched)
        good = count_texts(reader, id, &proof->elsewhere, error) &&
               search_file(file.bytes, SQLITE_OPEN_MAIN_DB, id, &proof->bytes, error) &&
               search_file(log.bytes, SQLITE_OPEN_WAL, id, &proof->bytes, error);
    reader_sweep_end(reader);
    text_fini(&file);
    text_fini(&log);
    proof->holding = (int32_t)holding;
    proof->serving = (int32_t)serving;
    proof->stopped = (int32_t)stopped;
    proof->proven = proof->rows == 0 && proof->texts == 0 && stopped == 0 &&
                    (proof->bytes == 0 || proof->elsewhere > 0);
    return good;
}
