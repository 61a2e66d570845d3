/* writer.c - one transaction: records in, counters and search brought along at commit.
 *
 * While it is open, ids are found in memory (entities.h) and events go straight into their table.
 * What can be derived (orders, spend, buyers, search words, the counters of meta) is gathered and
 * written once, at commit. A bulk load drops the two indexes of events and builds them at commit,
 * in the same transaction: whatever happens in between, the file holds all of it or none. */
#include "checked.h"
#include "health.h"
#include "purchase_pairs.h"
#include "writer_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const statements[W_STATEMENTS] = {
    [W_FIND_USER] = "SELECT row, events <> 0 FROM users WHERE id = ?1",
    [W_FIND_ITEM] = "SELECT row, events <> 0 FROM items WHERE id = ?1",
    [W_ADD_USER] = "INSERT INTO users (row, id) VALUES (?1, ?2)",
    [W_ADD_ITEM] = "INSERT INTO items (row, id) VALUES (?1, ?2)",
    [W_NAME_USER] = "UPDATE users SET name = ?2 WHERE row = ?1",
    [W_NAME_ITEM] = "UPDATE items SET title = ?2 WHERE row = ?1",
    [W_USER_NAME] = "SELECT id, name FROM users WHERE row = ?1",
    [W_ITEM_NAME] = "SELECT id, title FROM items WHERE row = ?1",
    [W_ADD_FRIEND] = "INSERT OR IGNORE INTO friendships VALUES (?1, ?2)",
    [W_ADD_USER_ATTRIBUTE] = "INSERT OR IGNORE INTO user_attributes VALUES (?1, ?2, ?3)",
    [W_ADD_ITEM_ATTRIBUTE] = "INSERT OR IGNORE INTO item_attributes VALUES (?1, ?2, ?3)",
    [W_SET_USER_ATTRIBUTE] =
        "UPDATE user_attributes SET value = ?3 WHERE name_id = ?1 AND user_id = ?2",
    [W_SET_ITEM_ATTRIBUTE] =
        "UPDATE item_attributes SET value = ?3 WHERE name_id = ?1 AND item_id = ?2",
    [W_END_USER_ATTRIBUTE] = "DELETE FROM user_attributes WHERE name_id = ?1 AND user_id = ?2",
    [W_END_ITEM_ATTRIBUTE] = "DELETE FROM item_attributes WHERE name_id = ?1 AND item_id = ?2",
    [W_FIND_ATTRIBUTE] = "SELECT id FROM attribute_names WHERE subject = ?1 AND name = ?2",
    [W_ADD_ATTRIBUTE] = "INSERT INTO attribute_names (subject, name) VALUES (?1, ?2)",
    [W_USE_ATTRIBUTE] = "UPDATE attribute_names SET uses = uses + ?2 WHERE id = ?1",
    [W_COUNT_USER] = ("UPDATE users SET orders = orders + ?2, spend = spend + ?3, "
                      "first = ifnull(min(first, ?4), ifnull(first, ?4)), "
                      "last = ifnull(max(last, ?5), ifnull(last, ?5)), events = events + ?6, "
                      "friends = friends + ?7 WHERE row = ?1"),
    [W_COUNT_ITEM] = ("UPDATE items SET orders = orders + ?2, revenue = revenue + ?3, "
                      "first = ifnull(min(first, ?4), ifnull(first, ?4)), "
                      "last = ifnull(max(last, ?5), ifnull(last, ?5)), events = events + ?6, "
                      "buyers = ifnull(?7, buyers + ?8), months = ?9 WHERE row = ?1"),
    [W_BUYERS] = "SELECT user_id FROM events WHERE item_id = ?1 AND type IN (0, 2, 3)",
    [W_HISTORY] = "SELECT item_id FROM events WHERE user_id = ?1 AND type IN (0, 2, 3)",
    [W_ITEM_MONTHS] = "SELECT months FROM items WHERE row = ?1",
    [W_ADD_META] = "UPDATE meta SET value = value + ?2 WHERE name = ?1",
    [W_SET_META] = "UPDATE meta SET value = ?2 WHERE name = ?1",
    [W_INDEX_USER] = "INSERT INTO users_search (rowid, words) VALUES (?1, ?2)",
    [W_INDEX_ITEM] = "INSERT INTO items_search (rowid, words) VALUES (?1, ?2)",
    [W_UNINDEX_USER] =
        "INSERT INTO users_search (users_search, rowid, words) VALUES ('delete', ?1, ?2)",
    [W_UNINDEX_ITEM] =
        "INSERT INTO items_search (items_search, rowid, words) VALUES ('delete', ?1, ?2)",
    [W_AUDIT] = ("INSERT INTO audit (at, who, action, subject, detail, before, after) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
    [W_ADD_IMPORT] =
        "INSERT INTO imports (source, format, checksum, bytes, at) VALUES (?1, ?2, ?3, ?4, ?5)",
    [W_FINISH_IMPORT] = "UPDATE imports SET read = ?2, accepted = ?3, rejected = ?4 WHERE id = ?1",
};

const char *writer_path(const struct writer *writer)
{
    return writer->workspace->path;
}

bool writer_fail(struct writer *writer, struct error *error)
{
    writer->failed = true;
    return database_error(writer->db, sqlite3_extended_errcode(writer->db), writer->workspace->path,
                          "be written", error);
}

sqlite3_stmt *writer_statement(struct writer *writer, enum writer_statement which,
                               struct error *error)
{
    if (!writer->statement[which]) {
        writer->statement[which] =
            database_prepare(writer->db, writer->workspace->path, statements[which], error);
        writer->failed |= writer->statement[which] == NULL;
    }
    return writer->statement[which];
}

bool writer_step(struct writer *writer, sqlite3_stmt *statement, struct error *error)
{
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE || writer_fail(writer, error);
}

static bool begin(struct workspace *workspace, struct error *error)
{
    int code = sqlite3_exec(workspace->writing, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (code == SQLITE_OK) return true;
    long holder = (code & 0xff) == SQLITE_BUSY ? lock_holder(workspace->path) : 0;
    if (holder > 0)
        return error_set(error, ERROR_BUSY,
                         "%s: process %ld is writing to this workspace: try again when it is done",
                         workspace->path, holder);
    return database_error(workspace->writing, code, workspace->path, "be written", error);
}

/* Where the tables end; what is counted up from there would collide if one were not known. */
static bool read_ends(struct writer *writer)
{
    return database_number(writer->db, "SELECT ifnull(max(row), 0) FROM users",
                           &writer->last_user) &&
           database_number(writer->db, "SELECT ifnull(max(row), 0) FROM items",
                           &writer->last_item) &&
           database_number(
               writer->db,
               "SELECT max(ifnull((SELECT max(id) FROM events), 0), value) FROM meta WHERE "
               "name = 'last_event'", /* an erased event's number is not used again */
               &writer->last_event) &&
           database_number(writer->db, "SELECT value FROM meta WHERE name = 'events'",
                           &writer->events_before);
}

/* The file may have been changed since it was opened. */
static bool ends_are_sound(const struct writer *writer, struct error *error)
{
    const int64_t bound = checked_row_bound(writer->db), max = INT64_C(1) << 53;
    return (writer->last_user >= 0 && writer->last_user <= bound && writer->last_item >= 0 &&
            writer->last_item <= bound && writer->last_event >= 0 && writer->last_event <= max &&
            writer->events_before >= 0) ||
           checked_refuse(writer->workspace->path, error,
                          "the last rows are users %lld, items "
                          "%lld, events %lld",
                          (long long)writer->last_user, (long long)writer->last_item,
                          (long long)writer->last_event);
}

struct writer *writer_begin(struct workspace *workspace, struct error *error)
{
    struct writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        error_memory(error, "a writer");
        return NULL;
    }
    if (workspace->mode == WORKSPACE_READ) {
        error_set(error, ERROR_USAGE, "%s: was opened for reading only", workspace->path);
        free(writer);
        return NULL;
    }
    if (!health_good(workspace, error)) {
        free(writer);
        return NULL;
    }
    pthread_mutex_lock(&workspace->lock);
    if (!workspace_open_writing(workspace, error) || !begin(workspace, error)) {
        pthread_mutex_unlock(&workspace->lock);
        free(writer);
        return NULL;
    }
    writer->workspace = workspace;
    writer->db = workspace->writing;
    writer->first_time = writer->last_time = MOMENT_NONE;
    writer->items.with_months = true;
    purchase_pairs_check(workspace->bought, writer->db);
    if (read_ends(writer)) {
        if (ends_are_sound(writer, error)) return writer;
        writer_rollback(writer);
        return NULL;
    }
    database_error(writer->db, sqlite3_errcode(writer->db), workspace->path, "be read", error);
    writer_rollback(writer);
    return NULL;
}

static void finish(struct writer *writer)
{
    for (int i = 0; i < W_STATEMENTS; i++)
        sqlite3_finalize(writer->statement[i]);
    event_rows_fini(&writer->events);
    entities_fini(&writer->users);
    entities_fini(&writer->items);
    text_fini(&writer->words);
    free(writer->seen);
    if (writer->bulk) sqlite3_exec(writer->db, "PRAGMA cache_size = -65536", NULL, NULL, NULL);
    free(writer->names);
    text_fini(&writer->name_bytes);
    pthread_mutex_unlock(&writer->workspace->lock);
    free(writer);
}

void writer_rollback(struct writer *writer)
{
    if (!writer) return;
    for (int i = 0; i < W_STATEMENTS; i++)
        sqlite3_reset(writer->statement[i]);
    sqlite3_exec(writer->db, "ROLLBACK", NULL, NULL, NULL);
    purchase_pairs_clear(writer->workspace->bought);
    finish(writer);
}

bool writer_commit(struct writer *writer, struct error *error)
{
    if (!writer) return true;
    bool large = writer->events_added > 50000;
    /* After some failures SQLite has rolled back by itself: what came later stands alone. */
    if (writer->failed || sqlite3_get_autocommit(writer->db)) {
        error_set(error, ERROR_DATABASE,
                  "%s: an earlier step of this change failed: nothing was kept",
                  writer->workspace->path);
        writer_rollback(writer);
        return false;
    }
    if (!writer_finalise(writer, error)) {
        writer_rollback(writer);
        return false;
    }
    int code = sqlite3_exec(writer->db, "COMMIT", NULL, NULL, NULL);
    if (code != SQLITE_OK) {
        database_error(writer->db, code, writer->workspace->path, "be written", error);
        writer_rollback(writer);
        return false;
    }
    /* What a reader still needs of the log stays; the next commit tries again. */
    if (large) sqlite3_wal_checkpoint_v2(writer->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    finish(writer);
    return true;
}

void writer_added(const struct writer *writer, int64_t *users, int64_t *items, int64_t *events)
{
    *users += writer->users_added;
    *items += writer->items_added;
    *events += writer->events_added;
}

bool writer_bulk(struct writer *writer, struct error *error)
{
    if (writer->bulk) return true;
    writer->bulk = writer->recount = true;
    /* A small cache on purpose: the sorter that builds indexes works in runs of its size, and runs
     * that fit a core's own cache cost a third less than large ones.
     */
    return database_run(
        writer->db, writer->workspace->path,
        "PRAGMA cache_size = -1024; DROP INDEX events_by_user; DROP INDEX events_by_item", error);
}

bool writer_set_profile(struct writer *writer, const char *profile, struct error *error)
{
    sqlite3_stmt *statement = writer_statement(writer, W_SET_META, error);
    if (!statement) return false;
    sqlite3_bind_text(statement, 1, "profile", -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, profile, -1, SQLITE_STATIC);
    return writer_step(writer, statement, error);
}
