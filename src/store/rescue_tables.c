/* rescue_tables.c - the rows of a damaged file, as far as they can be read.
 *
 * A table with a number as its key is read from front to back; where a page fails, the next key
 * from which reading goes on is looked for, in steps that double and then halve again. Others are
 * read from both ends. A column is believed by the letter that stands for it:
 *   k  a row number of a user or item    K  any number from 1
 *   u  a user that was saved             i  an item that was saved
 *   t  a text that is not empty          s  a text
 *   n  a whole number                    N  the same, or nothing
 *   m  a time, or nothing                e  a type of event
 *   r  a finite number                   R  the same, or nothing
 *   v  whatever stands there             b  bytes */
#include "checked.h"
#include "rescue_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct source {
    enum rescue_table table;
    const char *columns;  /* a letter each */
    const char *numbered; /* "SELECT key, columns … WHERE key > ?1 ORDER BY key"; or NULL */
    bool unique;          /* the key is */
    const char *ends[2];  /* else: "SELECT columns …" from the front and from the back */
    const char *insert;
    bool bare; /* rows of a second reading, from an index */
};

static const struct source sources[] = {
    { .table = RESCUE_USERS,
      .columns = "kts",
      .numbered = "SELECT row, row, id, name FROM users NOT INDEXED WHERE row > ?1 ORDER BY row",
      .unique = true,
      .insert = "INSERT OR IGNORE INTO users (row, id, name) VALUES (?1, ?2, ?3)" },
    { .table = RESCUE_USERS,
      .columns = "kt",
      .ends = { "SELECT row, id FROM users INDEXED BY sqlite_autoindex_users_1 ORDER BY id",
                "SELECT row, id FROM users INDEXED BY sqlite_autoindex_users_1 ORDER BY id DESC" },
      .insert = "INSERT OR IGNORE INTO users (row, id) VALUES (?1, ?2)",
      .bare = true },
    { .table = RESCUE_ITEMS,
      .columns = "kts",
      .numbered = "SELECT row, row, id, title FROM items NOT INDEXED WHERE row > ?1 ORDER BY row",
      .unique = true,
      .insert = "INSERT OR IGNORE INTO items (row, id, title) VALUES (?1, ?2, ?3)" },
    { .table = RESCUE_ITEMS,
      .columns = "kt",
      .ends = { "SELECT row, id FROM items INDEXED BY sqlite_autoindex_items_1 ORDER BY id",
                "SELECT row, id FROM items INDEXED BY sqlite_autoindex_items_1 ORDER BY id DESC" },
      .insert = "INSERT OR IGNORE INTO items (row, id) VALUES (?1, ?2)",
      .bare = true },
    { .table = RESCUE_EVENTS,
      .columns = "KuimeRRNN",
      .numbered = "SELECT id, id, user_id, item_id, time, type, quantity, value, line, import_id "
                  "FROM events NOT INDEXED WHERE id > ?1 ORDER BY id",
      .unique = true,
      .insert = "INSERT OR IGNORE INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)" },
    { .table = RESCUE_EVENTS, /* ratings and weights say nothing without their value */
      .columns = "Kuime",
      .numbered = "SELECT user_id, id, user_id, item_id, time, type FROM events INDEXED BY "
                  "events_by_user WHERE user_id > ?1 AND type NOT IN (2, 3) ORDER BY user_id",
      .insert = "INSERT OR IGNORE INTO events (id, user_id, item_id, time, type) VALUES (?1, ?2, "
                "?3, ?4, ?5)",
      .bare = true },
    { .table = RESCUE_ATTRIBUTES,
      .columns = "Knt",
      .numbered = "SELECT id, id, subject, name FROM attribute_names NOT INDEXED WHERE id > ?1 "
                  "ORDER BY id",
      .unique = true,
      .insert = "INSERT OR IGNORE INTO attribute_names (id, subject, name) VALUES (?1, ?2, ?3)" },
    { .table = RESCUE_ATTRIBUTES,
      .columns = "Kus",
      .ends = { "SELECT name_id, user_id, value FROM user_attributes ORDER BY name_id, user_id",
                "SELECT name_id, user_id, value FROM user_attributes ORDER BY name_id DESC, "
                "user_id DESC" },
      .insert = "INSERT OR IGNORE INTO user_attributes VALUES (?1, ?2, ?3)" },
    { .table = RESCUE_ATTRIBUTES,
      .columns = "Kis",
      .ends = { "SELECT name_id, item_id, value FROM item_attributes ORDER BY name_id, item_id",
                "SELECT name_id, item_id, value FROM item_attributes ORDER BY name_id DESC, "
                "item_id DESC" },
      .insert = "INSERT OR IGNORE INTO item_attributes VALUES (?1, ?2, ?3)" },
    { .table = RESCUE_FRIENDSHIPS,
      .columns = "uu",
      .numbered = "SELECT user_id, user_id, friend_id FROM friendships WHERE user_id > ?1 ORDER BY "
                  "user_id, friend_id",
      .insert = "INSERT OR IGNORE INTO friendships VALUES (?1, ?2)" },
    { .table = RESCUE_IMPORTS,
      .columns = "Kssnnnnnn",
      .numbered = "SELECT id, id, source, format, checksum, bytes, read, accepted, rejected, at "
                  "FROM imports NOT INDEXED WHERE id > ?1 ORDER BY id",
      .unique = true,
      .insert = "INSERT OR IGNORE INTO imports VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)" },
    { .table = RESCUE_RULES,
      .columns = "Kttsn",
      .numbered = "SELECT id, id, body, state, author, at FROM rules NOT INDEXED WHERE id > ?1 "
                  "ORDER BY id",
      .unique = true,
      .insert = "INSERT OR IGNORE INTO rules VALUES (?1, ?2, ?3, ?4, ?5)" },
    { .table = RESCUE_SCENARIOS,
      .columns = "ttsn",
      .ends = { "SELECT name, body, author, at FROM scenarios ORDER BY name",
                "SELECT name, body, author, at FROM scenarios ORDER BY name DESC" },
      .insert = "INSERT OR IGNORE INTO scenarios VALUES (?1, ?2, ?3, ?4)" },
    { .table = RESCUE_AUDIT,
      .columns = "Knsssssss",
      .numbered = "SELECT id, id, at, who, action, subject, detail, before, after, undone FROM "
                  "audit NOT INDEXED WHERE id > ?1 ORDER BY id",
      .unique = true,
      .insert = "INSERT OR IGNORE INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)" },
    { .table = RESCUE_NOTES, /* counters are counted anew */
      .columns = "tv",
      .ends = { "SELECT name, value FROM meta ORDER BY name",
                "SELECT name, value FROM meta ORDER BY name DESC" },
      .insert = "INSERT OR REPLACE INTO meta SELECT ?1, ?2 WHERE ?1 GLOB 'note:*' OR (?1 IN "
                "('rules', 'erasures', 'facts') AND typeof(?2) = 'integer' AND ?2 >= 0) OR (?1 = "
                "'profile' AND ?2 IN ('shop', 'news', 'video', 'music', 'social'))" },
    { .table = RESCUE_RUNS,
      .columns = "Kttnnrnnnnnnnnss",
      .numbered = "SELECT id, id, kind, parameters, seed, started, seconds, peak_bytes, "
                  "events_seen, n_users, n_items, fingerprint, bytes, active, replaced, metrics, "
                  "holds FROM runs NOT INDEXED WHERE id > ?1 ORDER BY id",
      .unique = true,
      .insert = "INSERT OR IGNORE INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
                "?12, ?13, ?14, ?15, ?16)" },
    { .table = RESCUE_RUNS,
      .columns = "Knb",
      .numbered = "SELECT rowid, run_id, part, bytes FROM run_chunks NOT INDEXED WHERE rowid > ?1 "
                  "ORDER BY rowid",
      .unique = true,
      .insert = "INSERT OR IGNORE INTO run_chunks VALUES (?1, ?2, ?3)" },
};

struct copying {
    struct rescue *rescue;
    const struct source *source;
    struct rescue_count *count;
    sqlite3_stmt *rows, *insert, *user, *item;
    int64_t read;
    bool no_memory; /* which is no damage */
};

static bool is_saved(struct copying *copying, sqlite3_stmt *find, int64_t row)
{
    sqlite3_bind_int64(find, 1, row);
    const int code = sqlite3_step(find);
    copying->no_memory = copying->no_memory || database_no_memory(code);
    sqlite3_reset(find);
    return code == SQLITE_ROW;
}

static bool is_text(sqlite3_stmt *row, int at)
{
    const int type = sqlite3_column_type(row, at);
    return type == SQLITE_TEXT || type == SQLITE_BLOB;
}

static bool is_finite(sqlite3_stmt *row, int at)
{
    const int type = sqlite3_column_type(row, at);
    return (type == SQLITE_INTEGER || type == SQLITE_FLOAT) &&
           isfinite(sqlite3_column_double(row, at));
}

static bool makes_sense(struct copying *copying, char letter, int at)
{
    sqlite3_stmt *row = copying->rows;
    const bool whole = sqlite3_column_type(row, at) == SQLITE_INTEGER;
    const bool nothing = sqlite3_column_type(row, at) == SQLITE_NULL;
    const int64_t number = sqlite3_column_int64(row, at);

    switch (letter) {
    case 'k':
        return whole && number >= 1 && number <= copying->rescue->row_bound;
    case 'K':
        return whole && number >= 1 && number <= INT64_C(1) << 53;
    case 'u':
        return whole && is_saved(copying, copying->user, number);
    case 'i':
        return whole && is_saved(copying, copying->item, number);
    case 't':
        return is_text(row, at) && sqlite3_column_bytes(row, at) > 0;
    case 's':
        return is_text(row, at) || whole;
    case 'n':
        return whole;
    case 'N':
        return whole || nothing;
    case 'm':
        return nothing || (whole && number >= -CHECKED_LATEST && number <= CHECKED_LATEST);
    case 'e':
        return whole && number >= 0 && number < EVENT_TYPES;
    case 'r':
        return is_finite(row, at);
    case 'R':
        return nothing || is_finite(row, at);
    case 'b':
        return sqlite3_column_type(row, at) == SQLITE_BLOB;
    default:
        return true;
    }
}

/* Takes the row that stands there, its columns from `first` on. */
static bool take(struct copying *copying, int first, struct error *error)
{
    const struct source *source = copying->source;
    struct rescue *rescue = copying->rescue;
    bool sound = true;

    for (int i = 0; source->columns[i] && sound; i++)
        sound = makes_sense(copying, source->columns[i], first + i);
    if ((++copying->read & 4095) == 0) {
        progress_add(rescue->progress, 4096);
        if (progress_cancelled(rescue->progress))
            return error_set(error, ERROR_CANCELLED, "cancelled");
    }
    if (copying->no_memory) return error_memory(error, "a row");
    if (!sound) {
        copying->count->refused += !source->bare; /* the first reading has counted it */
        return true;
    }
    for (int i = 0; source->columns[i]; i++)
        if (sqlite3_bind_value(copying->insert, i + 1,
                               sqlite3_column_value(copying->rows, first + i)) != SQLITE_OK)
            return writer_fail(rescue->writer, error);
    if (!writer_step(rescue->writer, copying->insert, error)) return false;
    const int added = sqlite3_changes(rescue->writer->db);
    copying->count->kept += added;
    if (source->bare) copying->count->bare += added;
    return true;
}

/* Does reading go on from a key above `key`? Leaves the statement at the row, or at the end. */
static bool goes_on(struct copying *copying, int64_t key, int *code)
{
    sqlite3_reset(copying->rows);
    sqlite3_bind_int64(copying->rows, 1, key);
    *code = sqlite3_step(copying->rows);
    copying->no_memory = copying->no_memory || database_no_memory(*code);
    return *code == SQLITE_ROW || *code == SQLITE_DONE || copying->no_memory;
}

/* Behind the damage that follows `key`: the lowest key from which reading goes on. */
static bool skip_damage(struct copying *copying, int64_t key, int *code)
{
    int64_t step = 1, bad = key;

    while (!goes_on(copying, key + step, code)) {
        bad = key + step;
        if (step > INT64_C(1) << 60 || key + step > INT64_C(1) << 60) return false;
        step *= 2;
    }
    int64_t good = key + step;
    while (good - bad > 1) {
        const int64_t middle = bad + (good - bad) / 2;
        if (goes_on(copying, middle, code))
            good = middle;
        else
            bad = middle;
    }
    return goes_on(copying, good, code);
}

static bool copy_numbered(struct copying *copying, struct error *error)
{
    const bool unique = copying->source->unique;
    int64_t last = INT64_MIN / 2;
    int code;

    goes_on(copying, last, &code);
    for (;;) {
        if (code == SQLITE_DONE) return true;
        const int64_t key = code == SQLITE_ROW ? sqlite3_column_int64(copying->rows, 0) : last;
        const bool ahead = code == SQLITE_ROW && (unique ? key > last : key >= last) &&
                           copying->read <= copying->rescue->rows_bound;
        if (copying->no_memory || database_no_memory(code)) return error_memory(error, "a row");
        if (ahead) {
            last = key;
            if (!take(copying, 1, error)) return false;
            code = sqlite3_step(copying->rows);
            continue;
        }
        copying->count->cut = true;
        if (code == SQLITE_ROW && copying->read > copying->rescue->rows_bound) return true;
        if (last < 0) last = 0; /* nobody has a lower number */
        if (!skip_damage(copying, last, &code)) return true;
        if (code == SQLITE_ROW && sqlite3_column_int64(copying->rows, 0) <= last) return true;
    }
}

/* One end of a table, up to the damage. */
static bool copy_end(struct copying *copying, bool *whole, struct error *error)
{
    int code;

    *whole = false;
    while ((code = sqlite3_step(copying->rows)) == SQLITE_ROW) {
        if (copying->read > 2 * copying->rescue->rows_bound) return true;
        if (!take(copying, 0, error)) return false;
    }
    *whole = code == SQLITE_DONE;
    return !database_no_memory(code) || error_memory(error, "a row");
}

static bool copy_source(struct rescue *rescue, const struct source *source, struct error *error)
{
    struct copying copying = { .rescue = rescue,
                               .source = source,
                               .count = &rescue->report->table[source->table] };
    sqlite3 *to = rescue->writer->db;
    const char *path = writer_path(rescue->writer);
    bool whole = false, good = true;

    copying.insert = database_prepare(to, path, source->insert, error);
    copying.user = database_prepare(to, path, "SELECT 1 FROM users WHERE row = ?1", error);
    copying.item = database_prepare(to, path, "SELECT 1 FROM items WHERE row = ?1", error);
    good = copying.insert && copying.user && copying.item;
    for (int end = 0; good && !whole && end < (source->numbered ? 1 : 2); end++) {
        sqlite3_finalize(copying.rows);
        const char *sql = source->numbered ? source->numbered : source->ends[end];
        struct error problem = { 0 };
        copying.rows = database_prepare(rescue->from, rescue->path, sql, &problem);
        if (!copying.rows && problem.code == ERROR_MEMORY) {
            good = error_memory(error, "a row");
            break;
        }
        if (!copying.rows) { /* the table is not there, or is no table of ours */
            copying.count->cut = copying.count->cut || !source->bare;
            break;
        }
        if (source->numbered)
            good = copy_numbered(&copying, error);
        else
            good = copy_end(&copying, &whole, error);
        if (good && !source->numbered && !whole && !source->bare) copying.count->cut = true;
    }
    sqlite3_finalize(copying.rows);
    sqlite3_finalize(copying.insert);
    sqlite3_finalize(copying.user);
    sqlite3_finalize(copying.item);
    return good;
}

/* What a counter of the file says were there, where it can be read. */
static bool counted(const struct rescue *rescue, const char *sql, int64_t *n)
{
    if (!database_number(rescue->from, sql, n) && database_no_memory(sqlite3_errcode(rescue->from)))
        return false;
    if (*n < 0 || *n > rescue->rows_bound) *n = 0;
    return true;
}

static bool count_losses(const struct rescue *rescue, struct error *error)
{
    static const struct {
        enum rescue_table table;
        const char *sql;
    } counters[] = {
        { RESCUE_USERS, "SELECT value FROM meta WHERE name = 'users'" },
        { RESCUE_ITEMS, "SELECT value FROM meta WHERE name = 'items'" },
        { RESCUE_EVENTS, "SELECT value FROM meta WHERE name = 'events'" },
        { RESCUE_FRIENDSHIPS, "SELECT value FROM meta WHERE name = 'friendships'" },
    };
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
        struct rescue_count *count = &rescue->report->table[counters[i].table];
        int64_t there = 0;
        if (!counted(rescue, counters[i].sql, &there)) return error_memory(error, "a counter");
        count->lost = there > count->kept ? there - count->kept : count->refused;
    }
    for (int table = RESCUE_ATTRIBUTES; table < RESCUE_TABLES; table++)
        if (table != RESCUE_FRIENDSHIPS)
            rescue->report->table[table].lost = rescue->report->table[table].refused;
    return true;
}

static bool is_whole(const struct rescue_count *count)
{
    return !count->cut && count->lost == 0 && count->refused == 0 && count->bare == 0;
}

/* Runs speak of users and items by their places, and of data by its fingerprint. One whose body is
 * not all there is none. */
static bool drop_runs(struct rescue *rescue, bool all, struct error *error)
{
    struct rescue_count *runs = &rescue->report->table[RESCUE_RUNS];
    sqlite3 *db = rescue->writer->db;
    const char *path = writer_path(rescue->writer);
    int64_t before = 0, after = 0;

    if (!database_number(db, "SELECT count(*) FROM runs", &before))
        return writer_fail(rescue->writer, error);
    if (!database_run(db, path,
                      all ? "DELETE FROM runs"
                          : "DELETE FROM runs WHERE bytes <> (SELECT ifnull(sum(length(bytes)), "
                            "-1) FROM run_chunks WHERE run_id = runs.id)",
                      error) ||
        !runs_drop_unsound(rescue->writer, error) ||
        !database_run(db, path,
                      "DELETE FROM run_chunks WHERE run_id NOT IN (SELECT id FROM runs); "
                      "UPDATE runs SET replaced = 0 WHERE replaced NOT IN (SELECT id FROM runs)",
                      error))
        return false;
    if (!database_number(db, "SELECT count(*) FROM runs", &after))
        return writer_fail(rescue->writer, error);
    runs->kept = after;
    runs->lost += before - after;
    return true;
}

bool rescue_tables(struct rescue *rescue, struct error *error)
{
    struct rescue_report *report = rescue->report;
    bool good = true;

    for (size_t i = 0; good && i < sizeof sources / sizeof *sources; i++)
        if (!sources[i].bare || report->table[sources[i].table].cut)
            good = copy_source(rescue, &sources[i], error);
    if (!good) return false;
    /* Each friendship stands there twice, names of attributes beside them. */
    report->table[RESCUE_FRIENDSHIPS].kept /= 2;
    if (!database_number(rescue->writer->db, "SELECT count(*) FROM meta WHERE name GLOB 'note:*'",
                         &report->table[RESCUE_NOTES].kept) ||
        !database_number(rescue->writer->db,
                         "SELECT (SELECT count(*) FROM user_attributes) + (SELECT count(*) FROM "
                         "item_attributes)",
                         &report->table[RESCUE_ATTRIBUTES].kept))
        return writer_fail(rescue->writer, error);
    if (!count_losses(rescue, error)) return false;
    const bool all = !is_whole(&report->table[RESCUE_USERS]) ||
                     !is_whole(&report->table[RESCUE_ITEMS]) ||
                     !is_whole(&report->table[RESCUE_EVENTS]);
    if (!drop_runs(rescue, all, error)) return false;
    report->whole = true;
    for (int table = 0; table < RESCUE_TABLES; table++)
        report->whole = report->whole && is_whole(&report->table[table]);
    return true;
}
