/* rescue.c - see the header.
 *
 * SQLite is told to read on where a schema or a size makes no sense (writable_schema), which may
 * write: so it works on a copy, which goes when the rescue is done. */
#include "checked.h"
#include "rescue_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *rescue_table_name(enum rescue_table table)
{
    static const char *const names[RESCUE_TABLES] = {
        [RESCUE_USERS] = "users",
        [RESCUE_ITEMS] = "items",
        [RESCUE_EVENTS] = "events",
        [RESCUE_ATTRIBUTES] = "attributes",
        [RESCUE_FRIENDSHIPS] = "friendships",
        [RESCUE_IMPORTS] = "imports",
        [RESCUE_RUNS] = "runs",
        [RESCUE_RULES] = "rules",
        [RESCUE_SCENARIOS] = "scenarios",
        [RESCUE_AUDIT] = "audit",
        [RESCUE_NOTES] = "notes",
    };
    return names[table];
}

/* Copies a file; one that is not there is no failure where `needed` is not set. */
static bool copy_file(const char *from, const char *to, bool needed, struct error *error)
{
    enum { PART = 1 << 20 };
    bool good = false;
    int out = -1;
    char *part = malloc(PART);
    int in = open(from, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;
    if (!part) {
        error_memory(error, "a part of the file");
        goto end;
    }
    if (in < 0 && !needed && errno == ENOENT) {
        good = true;
        goto end;
    }
    out = in >= 0 ? open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    if (out < 0) {
        error_set(error, ERROR_IO, "%s: cannot be copied to %s: %s", from, to, strerror(errno));
        goto end;
    }
    while ((n = read(in, part, PART)) > 0) {
        for (ssize_t done = 0, wrote; done < n; done += wrote) {
            wrote = write(out, part + done, (size_t)(n - done));
            if (wrote > 0 || (wrote < 0 && errno == EINTR)) {
                if (wrote < 0) wrote = 0;
                continue;
            }
            error_set(error, ERROR_IO, "%s: cannot be written: %s", to, strerror(errno));
            goto end;
        }
    }
    good = n == 0 || error_set(error, ERROR_IO, "%s: cannot be read: %s", from, strerror(errno));
end:
    if (in >= 0) close(in);
    if (out >= 0) close(out);
    free(part);
    return good;
}

/* Only what calls itself a workspace. */
static bool is_workspace(const char *path, struct error *error)
{
    unsigned char header[100] = { 0 };
    struct stat status;
    FILE *file = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? fopen(path, "rbe") : NULL;
    if (!file) return error_set(error, ERROR_MISSING, "%s: there is no such file", path);
    const size_t n = fread(header, 1, sizeof header, file);
    fclose(file);
    return (n == sizeof header && memcmp(header, "SQLite format 3", 16) == 0 &&
            memcmp(header + 68, "aisl", 4) == 0) ||
           error_set(error, ERROR_DATABASE,
                     "%s: its first page does not say that it is a workspace: nothing can be saved",
                     path);
}

static bool open_copy(const char *path, sqlite3 **db, struct error *error)
{
    if (!database_open(path, SQLITE_OPEN_READWRITE, db, error)) return false;
    sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    return database_run(*db, path, "PRAGMA writable_schema = ON", error);
}

static bool is_anything(const struct rescue *rescue, struct error *error)
{
    const struct rescue_count *table = rescue->report->table;
    return table[RESCUE_USERS].kept > 0 || table[RESCUE_ITEMS].kept > 0 || rescue->report->whole ||
           error_set(error, ERROR_DATABASE,
                     "%s: no user and no item can be read in it: nothing can be saved",
                     rescue->path);
}

/* Users, items and events of the copy into the new workspace, in one transaction. */
static bool fill(struct rescue *rescue, struct workspace *workspace, struct error *error)
{
    rescue->writer = writer_begin(workspace, error);
    if (!rescue->writer) return false;
    rescue->writer->changed = rescue->writer->facts = true;
    if (writer_bulk(rescue->writer, error) && rescue_tables(rescue, error) &&
        is_anything(rescue, error) &&
        database_run(rescue->writer->db, writer_path(rescue->writer),
                     WRITER_INDEXES "; PRAGMA cache_size = -65536", error)) {
        rescue->writer->bulk = false; /* the indexes are there: counting needs them */
        if (rescue_settle(rescue, error) &&
            audit_write(rescue->writer, "rescue", "workspace",
                        rescue->report->whole ? "nothing was missing" : "not all could be read",
                        error))
            return writer_commit(rescue->writer, error);
    }
    writer_rollback(rescue->writer);
    return false;
}

static void remove_all(const char *path)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct text name = { 0 };
        text_format(&name, "%s%s", path, ends[i]);
        if (!name.failed) unlink(name.bytes);
        text_fini(&name);
    }
}

/* From the copy to a new file of another name, which then gets the name that was asked for. */
static bool rescue_copy(const char *from, const char *copy, const char *made, const char *to,
                        struct rescue_report *report, struct progress *progress,
                        struct error *error)
{
    struct rescue rescue = { .path = from, .report = report, .progress = progress };
    struct stat status;
    struct workspace *workspace = NULL;
    bool good = open_copy(copy, &rescue.from, error) &&
                (workspace = workspace_open(made, WORKSPACE_CREATE, error));
    if (good) {
        rescue.rows_bound = stat(copy, &status) == 0 ? (int64_t)status.st_size : 0;
        struct text log = { 0 };
        text_format(&log, "%s-wal", copy);
        if (!log.failed && stat(log.bytes, &status) == 0) rescue.rows_bound += status.st_size;
        text_fini(&log);
        rescue.row_bound = CHECKED_ROWS_GONE + rescue.rows_bound;
        if (rescue.row_bound > INT32_MAX - 1) rescue.row_bound = INT32_MAX - 1;
        good = fill(&rescue, workspace, error);
    }
    workspace_close(workspace);
    sqlite3_close(rescue.from);
    workspace = good ? workspace_open(made, WORKSPACE_READ, error) : NULL;
    good = workspace != NULL; /* it is what others will be able to open */
    workspace_close(workspace);
    if (good && link(made, to) != 0 && (errno == EEXIST || rename(made, to) != 0))
        good = error_set(error, ERROR_IO, "%s: cannot be made: %s", to, strerror(errno));
    return good;
}

bool workspace_rescue(const char *from, const char *to, struct rescue_report *report,
                      struct progress *progress, struct error *error)
{
    struct text copy = { 0 }, log = { 0 }, copy_log = { 0 }, made = { 0 };
    struct stat status;
    bool good = false;
    *report = (struct rescue_report){ 0 };
    if (!is_workspace(from, error)) return false;
    if (lstat(to, &status) == 0)
        return error_set(error, ERROR_INPUT, "%s: is there already: name a new file", to);
    text_format(&copy, "%s.damaged-%ld", to, (long)getpid());
    text_format(&made, "%s.new-%ld", to, (long)getpid());
    text_format(&log, "%s-wal", from);
    text_format(&copy_log, "%s-wal", copy.bytes ? copy.bytes : "");
    if (copy.failed || made.failed || log.failed || copy_log.failed) {
        error_memory(error, "a file name");
    } else {
        progress_begin(progress, "saving what can be read", 0);
        good = copy_file(from, copy.bytes, true, error) &&
               copy_file(log.bytes, copy_log.bytes, false, error) &&
               rescue_copy(from, copy.bytes, made.bytes, to, report, progress, error);
        remove_all(copy.bytes);
        remove_all(made.bytes);
    }
    text_fini(&copy);
    text_fini(&made);
    text_fini(&log);
    text_fini(&copy_log);
    return good;
}
