/* workspace.c - opening, making and closing the file, and the readers on it.
 *
 * A new workspace is made whole under another name and linked into place, so a file of that name
 * either does not exist or is a workspace. A file that is something else is never opened for
 * writing. */
#include "checked.h"
#include "filter.h"
#include "health.h"
#include "purchase_pairs.h"
#include "schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* On the disk before it has its name. Nothing holds a lock on it yet. */
static bool make_safe(const char *path)
{
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    const bool safe = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return safe;
}

/* Makes PATH.new-PID with the schema and links it to PATH; another program that did the same a
 * moment earlier wins. An empty file gives way. */
static bool create(const char *path, bool empty, struct error *error)
{
    bool made = false;
    sqlite3 *db = NULL;
    struct text name = { 0 };
    text_format(&name, "%s.new-%ld", path, (long)getpid());
    if (name.failed) return error_memory(error, "a file name");
    unlink(name.bytes);
    int fd = open(name.bytes, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
        error_set(error, ERROR_IO, "%s: cannot be made: %s", path, strerror(errno));
        goto out;
    }
    close(fd);
    if (!database_open(name.bytes, SQLITE_OPEN_READWRITE, &db, error) ||
        !database_run(db, path, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF", error) ||
        !migrate(db, path, migrate_newest(), error) ||
        !database_run(db, path, "PRAGMA journal_mode = WAL", error))
        goto out;
    sqlite3_close(db);
    db = NULL;
    if (!make_safe(name.bytes)) {
        error_set(error, ERROR_IO, "%s: cannot be made: %s", path, strerror(errno));
        goto out;
    }
    int code = empty ? rename(name.bytes, path) : link(name.bytes, path);
    if (code != 0 && errno != EEXIST && !empty) /* some file systems have no links */
        code = rename(name.bytes, path);
    if (code != 0 && errno != EEXIST) {
        error_set(error, ERROR_IO, "%s: cannot be made: %s", path, strerror(errno));
        goto out;
    }
    made = true;
out:
    sqlite3_close(db);
    unlink(name.bytes);
    text_fini(&name);
    return made;
}

/* A file that cannot be written and has no log is read as it is, without locks. */
static bool open_immutable(const char *path, sqlite3 **db, struct error *error)
{
    struct text uri = { 0 };
    text_add_string(&uri, "file:");
    for (const char *c = path; *c; c++) {
        if (strchr("?#%", *c))
            text_format(&uri, "%%%02X", (unsigned)*c);
        else
            text_add(&uri, c, 1);
    }
    text_add_string(&uri, "?immutable=1");
    bool opened = uri.failed
                      ? error_memory(error, "a file name")
                      : database_open(uri.bytes, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, db, error);
    text_fini(&uri);
    return opened;
}

bool workspace_open_reading(struct workspace *workspace, sqlite3 **db, struct error *error)
{
    const char *path = workspace->path;
    int64_t tables = 0;
    if (!database_open(path, SQLITE_OPEN_READWRITE, db, NULL) &&
        !database_open(path, SQLITE_OPEN_READONLY, db, error))
        return false;
    sqlite3_db_config(*db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (sqlite3_exec(*db, "PRAGMA query_only = 1", NULL, NULL, NULL) == SQLITE_OK &&
        database_number(*db, "SELECT count(*) FROM sqlite_schema", &tables))
        return true;
    int code = sqlite3_errcode(*db);
    if ((code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_READONLY) {
        sqlite3_close(*db);
        return open_immutable(path, db, error);
    }
    database_error(*db, code, path, "be read", error);
    sqlite3_close(*db);
    *db = NULL;
    return false;
}

bool workspace_open_writing(struct workspace *workspace, struct error *error)
{
    if (workspace->writing) return true;
    if (!database_open(workspace->path, SQLITE_OPEN_READWRITE, &workspace->writing, error))
        return false;
    if (!workspace->bought && !(workspace->bought = calloc(1, sizeof *workspace->bought)))
        return error_memory(error, "a workspace");
    return database_run(workspace->writing, workspace->path,
                        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
                        "PRAGMA cache_size = -65536; "
                        "PRAGMA journal_size_limit = 16777216",
                        error) &&
           migrate(workspace->writing, workspace->path, migrate_newest(), error);
}

/* Opens it once, which finds what the header does not tell, and brings an older one up to date. */
static bool check_content(struct workspace *workspace, struct error *error)
{
    sqlite3 *db = NULL;
    int64_t version = 0;
    if (!workspace_open_reading(workspace, &db, error)) return false;
    bool good = database_number(db, "PRAGMA user_version", &version) ||
                database_error(db, sqlite3_errcode(db), workspace->path, "be read", error);
    good = good && identity_check_version(workspace->path, version, error) &&
           schema_check(db, workspace->path, version, &workspace->others, error) &&
           health_open(workspace, db, error) && checked_edges(db, workspace->path, error);
    sqlite3_close(db);
    if (!good) return false;
    return version == migrate_newest() || workspace_open_writing(workspace, error);
}

struct workspace *workspace_open(const char *path, enum workspace_mode mode, struct error *error)
{
    struct stat status;
    struct workspace *workspace = calloc(1, sizeof *workspace);
    /* SQLite would take "file:x" and ":memory:" for something else. */
    bool special = path[0] == ':' || strncmp(path, "file:", 5) == 0;
    if (workspace) workspace->path = sqlite3_mprintf("%s%s", special ? "./" : "", path);
    if (!workspace || !workspace->path) {
        free(workspace);
        error_memory(error, "a workspace");
        return NULL;
    }
    workspace->mode = mode;
    pthread_mutex_init(&workspace->lock, NULL);
    bool there = stat(path, &status) == 0;
    bool empty =
        there && S_ISREG(status.st_mode) && status.st_size == 0 && mode == WORKSPACE_CREATE;
    if (!there && mode != WORKSPACE_CREATE) {
        error_set(error, ERROR_MISSING,
                  "%s: there is no such workspace: 'aisle -d %s import FILE' makes one", path,
                  path);
        goto fail;
    }
    if (there && !S_ISREG(status.st_mode)) {
        error_set(error, ERROR_INPUT, "%s: is not a file: a workspace is one file", path);
        goto fail;
    }
    if ((!there || empty) && !create(workspace->path, empty, error)) goto fail;
    if (!identity_check(workspace->path, error) || !check_content(workspace, error)) goto fail;
    workspace->checked = true;
    return workspace;
fail:
    workspace_close(workspace);
    return NULL;
}

/* Readers leave the log behind. The last program that closes the file takes what is in it over and
 * removes it; who only read has to open the file once more for that. */
static void tidy(struct workspace *workspace)
{
    sqlite3 *db = NULL;
    int64_t version;
    if (access(workspace->path, W_OK) == 0 &&
        database_open(workspace->path, SQLITE_OPEN_READWRITE, &db, NULL))
        database_number(db, "PRAGMA schema_version", &version);
    sqlite3_close(db);
}

void workspace_close(struct workspace *workspace)
{
    if (!workspace) return;
    health_close(workspace);
    if (workspace->checked && !workspace->writing) tidy(workspace);
    sqlite3_close(workspace->writing);
    if (workspace->bought) purchase_pairs_clear(workspace->bought);
    free(workspace->bought);
    text_fini(&workspace->others);
    pthread_mutex_destroy(&workspace->lock);
    sqlite3_free(workspace->path);
    free(workspace);
}

const char *workspace_path(const struct workspace *workspace)
{
    return workspace->path;
}

const char *workspace_others(const struct workspace *workspace)
{
    return workspace->others.bytes ? workspace->others.bytes : "";
}

/* Called every READER_STEPS steps of a statement: has it been cancelled, or does it take what no
 * statement takes that reads a page? */
static int reader_tick(void *context)
{
    struct reader *reader = context;
    if (progress_cancelled(reader->watch)) return 1;
    if (reader->sweeps == 0 && --reader->ticks_left < 0) reader->endless = true;
    return reader->endless;
}

struct reader *reader_open(struct workspace *workspace, struct error *error)
{
    struct reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        error_memory(error, "a reader");
        return NULL;
    }
    reader->workspace = workspace;
    reader->ticks_left = READER_TICKS;
    if (!workspace_open_reading(workspace, &reader->db, error)) {
        free(reader);
        return NULL;
    }
    if (!functions_register(reader->db)) {
        reader_close(reader);
        error_memory(error, "a reader");
        return NULL;
    }
    sqlite3_progress_handler(reader->db, READER_STEPS, reader_tick, reader);
    return reader;
}

void reader_close(struct reader *reader)
{
    if (!reader) return;
    for (int kind = 0; kind < TABLE_KINDS; kind++)
        columns_free(reader->columns[kind]);
    sqlite3_close(reader->db);
    free(reader);
}

void reader_watch(struct reader *reader, const struct progress *progress)
{
    reader->watch = progress;
}

/* A counter, or one of the two times, which may be absent. */
static bool read_count(struct reader *reader, sqlite3_stmt *row, const char *name, int64_t *number,
                       struct error *error)
{
    const char *path = reader->workspace->path;
    const bool is_time = strcmp(name, "first_time") == 0 || strcmp(name, "last_time") == 0;
    if (is_time && sqlite3_column_type(row, 1) == SQLITE_NULL) return true;
    return is_time
               ? checked_integer(row, path, 1, -CHECKED_LATEST, CHECKED_LATEST, name, number, error)
               : checked_integer(row, path, 1, 0, INT64_C(1) << 53, name, number, error);
}

static bool is_profile(struct slice profile)
{
    for (size_t i = 0; i < profile.length; i++)
        if (profile.bytes[i] < 'a' || profile.bytes[i] > 'z') return false;
    return profile.length > 0 && profile.length < sizeof((struct workspace_counts *)NULL)->profile;
}

bool workspace_counts(struct reader *reader, struct workspace_counts *counts, struct error *error)
{
    const struct {
        const char *name;
        int64_t *field;
    } numbers[] = {
        { "users", &counts->users },
        { "items", &counts->items },
        { "events", &counts->events },
        { "friendships", &counts->friendships },
        { "last_event", &counts->last_event },
        { "content", &counts->content },
        { "facts", &counts->facts },
        { "first_time", &counts->first_time },
        { "last_time", &counts->last_time },
        { "users_without_events", &counts->users_without_events },
        { "items_without_events", &counts->items_without_events },
        { "type_0", &counts->of_type[0] },
        { "type_1", &counts->of_type[1] },
        { "type_2", &counts->of_type[2] },
        { "type_3", &counts->of_type[3] },
        { "type_4", &counts->of_type[4] },
        { "type_5", &counts->of_type[5] },
    };
    memset(counts, 0, sizeof *counts);
    counts->first_time = counts->last_time = MOMENT_NONE;
    sqlite3_stmt *statement = reader_prepare(reader, "SELECT name, value FROM meta", error);
    if (!statement) return false;
    int code;
    bool good = true;
    while (good && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct slice name = database_text(statement, 0);
        for (size_t i = 0; good && i < sizeof numbers / sizeof *numbers; i++)
            if (slice_equal(name, numbers[i].name))
                good = read_count(reader, statement, numbers[i].name, numbers[i].field, error);
        if (slice_equal(name, "profile")) {
            const struct slice profile = database_text(statement, 1);
            good = good && is_profile(profile);
            if (good)
                snprintf(counts->profile, sizeof counts->profile, "%.*s", (int)profile.length,
                         profile.bytes);
            else
                checked_refuse(reader->workspace->path, error, "its profile is none");
        }
    }
    sqlite3_finalize(statement);
    if (!good || !reader_done(reader, code, "be read", error)) return false;
    return database_number(reader->db, "SELECT count(*) FROM runs", &counts->runs) ||
           database_error(reader->db, sqlite3_errcode(reader->db), reader->workspace->path,
                          "be read", error);
}

bool workspace_version(struct reader *reader, int64_t *version, struct error *error)
{
    if (database_number(reader->db, "SELECT value FROM meta WHERE name = 'version'", version))
        return true;
    return database_error(reader->db, sqlite3_errcode(reader->db), reader->workspace->path,
                          "be read", error);
}
