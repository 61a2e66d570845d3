/* file_guard.c - whether a file that is about to be written is the workspace itself.
 *
 * Two ways to be it: the same inode (links of both kinds, other spellings of the path), or the same
 * place (a log that is not there yet, but will be). SQLite keeps its log, the index of the log and
 * a journal beside the file that a link leads to. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "aisle/export.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const parts[] = { "", "-wal", "-shm", "-journal" };
enum { PARTS = sizeof parts / sizeof *parts };

bool file_real_place(const char *path, struct text *out)
{
    char folder[PATH_MAX], found[PATH_MAX];
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const size_t length = slash ? (size_t)(slash - path) + 1 : 0;

    if (realpath(path, found)) {
        text_add_string(out, found);
        return !out->failed;
    }
    if (length >= sizeof folder) return false;
    memcpy(folder, path, length);
    folder[length] = '\0';
    if (!realpath(length ? folder : ".", found)) return false;
    text_format(out, "%s/%s", strcmp(found, "/") == 0 ? "" : found, name);
    return !out->failed;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool same_place(const char *path, const char *part)
{
    struct text place = { 0 };
    const bool same = file_real_place(path, &place) && strcmp(place.bytes, part) == 0;

    text_fini(&place);
    return same;
}

/* `status` is of the file where it is there, `path` its name where it has one. */
static bool is_part(const struct stat *status, const char *path, const char *workspace)
{
    struct text real = { 0 };
    bool found = false;

    for (int i = 0; i < PARTS && !found; i++) {
        struct stat part;
        text_fini(&real);
        if (!file_real_place(workspace, &real)) break;
        text_add_string(&real, parts[i]);
        if (real.failed) break;
        found = (status && stat(real.bytes, &part) == 0 && same_file(status, &part)) ||
                (path && same_place(path, real.bytes));
    }
    text_fini(&real);
    return found;
}

static bool refuse(const char *path, struct error *error)
{
    return error_set(error, ERROR_USAGE,
                     "%s: is the workspace itself: name another file to write to", path);
}

bool file_is_free(const struct file_target *target, struct error *error)
{
    struct stat status;
    const bool there = stat(target->path, &status) == 0;

    if (!target->workspace || !is_part(there ? &status : NULL, target->path, target->workspace))
        return true;
    return refuse(target->path, error);
}

bool file_descriptor_is_free(int fd, const char *workspace, struct error *error)
{
    struct stat status;

    if (!workspace || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
        !is_part(&status, NULL, workspace))
        return true;
    return refuse("standard output", error);
}
