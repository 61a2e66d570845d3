/* identity.c - what a file is, before SQLite may do anything to it.
 *
 * Opening a database can write: a journal left behind is played back, a log is set up beside it.
 * So the first hundred bytes are read here, and only what they call a workspace is opened. They are
 * read through SQLite's own layer: closing a file descriptor of ours would give up the locks that
 * other connections of this process hold on the file. */
#include "database.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER = 100 };

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Reads what there is of the header of `real`, which people call `path`; *size is the whole file's.
 */
static bool read_header(const char *path, const char *real, unsigned char header[HEADER],
                        int64_t *size, struct error *error)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    sqlite3_file *file = vfs ? calloc(1, (size_t)vfs->szOsFile) : NULL;
    const char *name = file ? sqlite3_create_filename(real, "", "", 0, NULL) : NULL;
    bool good = false;
    if (!name) {
        error_memory(error, "a file");
        goto out;
    }
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
    int code = vfs->xOpen(vfs, name, file, flags, &flags);
    if (code != SQLITE_OK) {
        if (database_no_memory(code))
            error_memory(error, "a file");
        else
            error_set(error, ERROR_IO, "%s: cannot be opened: check the path and its permissions",
                      path);
        goto out;
    }
    memset(header, 0, HEADER);
    code = file->pMethods->xFileSize(file, (sqlite3_int64 *)size);
    if (code == SQLITE_OK) code = file->pMethods->xRead(file, header, HEADER, 0);
    good = code == SQLITE_OK || code == SQLITE_IOERR_SHORT_READ;
    if (!good) error_set(error, ERROR_IO, "%s: cannot be read: check the disk it is on", path);
out:
    if (file && file->pMethods) file->pMethods->xClose(file);
    sqlite3_free_filename((char *)(uintptr_t)name);
    free(file);
    return good;
}

/* Shorter than its header says, and no log that could hold the rest? */
static bool is_cut(const char *path, const unsigned char *header, int64_t size)
{
    struct text log = { 0 };
    int there = 0;
    uint32_t page = (uint32_t)header[16] << 8 | header[17];
    int64_t pages = big_endian(header + 28);
    if (page == 1) page = 65536;
    if (big_endian(header + 24) != big_endian(header + 92) || size >= pages * page) return false;
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    text_format(&log, "%s-wal", path);
    if (!log.failed) vfs->xAccess(vfs, log.bytes, SQLITE_ACCESS_EXISTS, &there);
    text_fini(&log);
    return !there;
}

/* Where it cannot be said the path itself, and opening it fails with the reason. */
bool identity_real_name(const char *path, struct text *real, struct error *error)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    char *full = vfs ? malloc((size_t)vfs->mxPathname + 1) : NULL;
    if (full) {
        const int code = vfs->xFullPathname(vfs, path, vfs->mxPathname + 1, full);
        text_add_string(real, (code & 0xff) == SQLITE_OK ? full : path);
    }
    free(full);
    return (full && !real->failed) || error_memory(error, "a file name");
}

bool identity_check(const char *path, struct error *error)
{
    unsigned char header[HEADER];
    int64_t size = 0;
    struct text real = { 0 };
    if (!identity_real_name(path, &real, error) ||
        !read_header(path, real.bytes, header, &size, error)) {
        text_fini(&real);
        return false;
    }
    const bool cut = is_cut(real.bytes, header, size);
    text_fini(&real);
    if (size < HEADER || memcmp(header, "SQLite format 3", 16) != 0)
        return error_set(error, ERROR_DATABASE,
                         "%s: is not an aisle workspace: name another file with -d", path);
    if (big_endian(header + 68) != WORKSPACE_APPLICATION_ID)
        return error_set(error, ERROR_DATABASE,
                         "%s: is a database of another program, not an aisle workspace: name "
                         "another file with -d",
                         path);
    if (cut)
        return error_set(error, ERROR_DATABASE,
                         "%s: the workspace is damaged, its end is missing: restore a copy, "
                         "or " DATABASE_RESCUE,
                         path);
    return identity_check_version(path, big_endian(header + 60), error);
}

bool identity_check_version(const char *path, int64_t version, struct error *error)
{
    return version <= migrate_newest() ||
           error_set(error, ERROR_DATABASE,
                     "%s: was written by a newer aisle (workspace version %lld, this program knows "
                     "%d): use that one",
                     path, (long long)version, migrate_newest());
}
