/* schema.c - see the header.
 *
 * What is expected is made by the migrations themselves, in memory. Definitions are compared as
 * texts, without comments and with single blanks: a generated column, a default or a check that is
 * not ours shows, whatever SQLite would make of it. */
#include "schema.h"

#include "checked.h"

#include <ctype.h>
#include <string.h>

struct object {
    struct slice type, name, table, sql;
};

static struct object object_of(sqlite3_stmt *row)
{
    return (struct object){ database_text(row, 0), database_text(row, 1), database_text(row, 2),
                            database_text(row, 3) };
}

#define OBJECTS "SELECT type, name, tbl_name, sql FROM sqlite_schema"

static size_t skip_comment(const char *at, const char *end)
{
    const char *begin = at;
    if (end - at < 2) return 0;
    if (at[0] == '-' && at[1] == '-') {
        while (at < end && *at != '\n')
            at++;
        return (size_t)(at - begin);
    }
    if (at[0] != '/' || at[1] != '*') return 0;
    for (at += 2; end - at >= 2 && (at[0] != '*' || at[1] != '/');)
        at++;
    return (size_t)((end - at >= 2 ? at + 2 : end) - begin);
}

static size_t quoted(const char *at, const char *end)
{
    const char *begin = at;
    const char quote = *at++;
    while (at < end && *at != quote)
        at++;
    return (size_t)((at < end ? at + 1 : end) - begin);
}

/* Without comments, and with a blank only between two words. */
static void add_plain_sql(struct text *out, struct slice sql)
{
    const char *at = sql.bytes, *end = sql.bytes + sql.length;
    bool blank = false;
    text_clear(out);
    text_add(out, "", 0);
    while (at < end) {
        size_t length = skip_comment(at, end);
        if (length > 0 || isspace((unsigned char)*at)) {
            at += length > 0 ? length : 1;
            blank = true;
            continue;
        }
        length = *at == '\'' || *at == '"' ? quoted(at, end) : 1;
        const bool joins =
            out->length > 0 && (isalnum((unsigned char)out->bytes[out->length - 1]) ||
                                out->bytes[out->length - 1] == '_');
        if (blank && joins && (isalnum((unsigned char)*at) || *at == '_')) text_add(out, " ", 1);
        text_add(out, at, length);
        at += length;
        blank = false;
    }
}

static bool slices_equal(struct slice a, struct slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

/* SQLite's own: statistics, the numbers given out, indexes of keys. */
static bool is_internal(const struct object *object)
{
    return object->name.length > 7 && sqlite3_strnicmp(object->name.bytes, "sqlite_", 7) == 0 &&
           (slice_equal(object->type, "table") || object->sql.length == 0);
}

static bool refuse(const char *path, const char *what, struct slice name, struct error *error)
{
    struct text seen = { 0 };
    text_add_visible(&seen, name.bytes, name.length);
    checked_refuse(path, error, "%s '%.60s'", what, seen.bytes ? seen.bytes : "");
    text_fini(&seen);
    return false;
}

struct comparison {
    sqlite3 *wanted;
    sqlite3_stmt *find; /* in what is wanted, by name */
    const char *path;
    struct text *others, plain[2];
    int64_t matched;
};

static bool compare(struct comparison *all, const struct object *object, struct error *error)
{
    if (slice_equal(object->type, "trigger"))
        return refuse(all->path, "a workspace has no triggers, and here is", object->name, error);
    if (slice_equal(object->type, "view"))
        return refuse(all->path, "a workspace has no views, and here is", object->name, error);
    sqlite3_reset(all->find);
    database_bind_text(all->find, 1, object->name);
    int code = sqlite3_step(all->find);
    if (code == SQLITE_ROW) {
        const struct object wanted = object_of(all->find);
        add_plain_sql(&all->plain[0], wanted.sql);
        add_plain_sql(&all->plain[1], object->sql);
        if (all->plain[0].failed || all->plain[1].failed) return error_memory(error, "a schema");
        all->matched++;
        return (slices_equal(wanted.type, object->type) &&
                slices_equal(wanted.name, object->name) &&
                strcmp(all->plain[0].bytes, all->plain[1].bytes) == 0) ||
               refuse(all->path, "its definition is not ours:", object->name, error);
    }
    if (code != SQLITE_DONE) return database_error(all->wanted, code, all->path, "be read", error);
    if (is_internal(object)) return true;
    sqlite3_reset(all->find);
    database_bind_text(all->find, 1, object->table);
    if (sqlite3_step(all->find) == SQLITE_ROW)
        return refuse(all->path, "a table of ours has a strange index", object->name, error);
    if (!slice_equal(object->type, "table")) return true; /* an index of a table of theirs */
    if (all->others->length > 0) text_add_string(all->others, ", ");
    text_add(all->others, object->name.bytes, object->name.length);
    return !all->others->failed || error_memory(error, "a schema");
}

/* Something is wanted that was not met: which? */
static bool find_missing(struct comparison *all, sqlite3 *db, struct error *error)
{
    sqlite3_stmt *wanted = database_prepare(all->wanted, all->path, OBJECTS, error);
    sqlite3_stmt *find =
        wanted ? database_prepare(db, all->path, OBJECTS " WHERE name = ?1", error) : NULL;
    bool good = find != NULL;
    while (good && sqlite3_step(wanted) == SQLITE_ROW) {
        const struct object object = object_of(wanted);
        sqlite3_reset(find);
        database_bind_text(find, 1, object.name);
        if (sqlite3_step(find) != SQLITE_ROW)
            good = refuse(all->path, "it lacks", object.name, error);
    }
    sqlite3_finalize(wanted);
    sqlite3_finalize(find);
    return good;
}

bool schema_check(sqlite3 *db, const char *path, int64_t version, struct text *others,
                  struct error *error)
{
    struct comparison all = { .path = path, .others = others };
    sqlite3_stmt *objects = NULL;
    int64_t n = 0;
    int code = SQLITE_DONE;
    bool good = database_open(":memory:", SQLITE_OPEN_READWRITE, &all.wanted, error) &&
                migrate(all.wanted, path, (int)version, error);
    if (!good) goto out;
    all.find = database_prepare(all.wanted, path, OBJECTS " WHERE name = ?1 COLLATE NOCASE", error);
    objects = all.find ? database_prepare(db, path, OBJECTS, error) : NULL;
    good = objects != NULL;
    while (good && (code = sqlite3_step(objects)) == SQLITE_ROW) {
        const struct object object = object_of(objects);
        good = compare(&all, &object, error);
    }
    if (good && code != SQLITE_DONE) good = database_error(db, code, path, "be read", error);
    if (good && database_number(all.wanted, "SELECT count(*) FROM sqlite_schema", &n) &&
        n != all.matched)
        good = find_missing(&all, db, error);
    if (good &&
        database_number(db,
                        "SELECT count(*) - count(DISTINCT rootpage) FROM sqlite_schema WHERE "
                        "rootpage > 0",
                        &n) &&
        n > 0)
        good = checked_refuse(path, error, "two tables begin on one page");
out:
    sqlite3_finalize(objects);
    sqlite3_finalize(all.find);
    sqlite3_close(all.wanted);
    text_fini(&all.plain[0]);
    text_fini(&all.plain[1]);
    return good;
}
