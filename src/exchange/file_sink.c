/* file_sink.c - a file that is there whole or not at all: written beside its name, made safe with
 * fsync, then renamed. "-" is standard output, and what is no regular file (a pipe, /dev/stdout) is
 * written as it is. What must stay (file_guard.c) is refused before anything is made. */
#include "aisle/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* mkstemp makes files that only their owner reads; an export gets what the umask allows. */
static void usual_mode(int fd, const char *path)
{
    struct stat status;
    mode_t pseudonymiser = umask(0);

    umask(pseudonymiser);
    if (stat(path, &status) == 0)
        (void)!fchmod(fd, status.st_mode & 0777);
    else
        (void)!fchmod(fd, 0666 & ~pseudonymiser);
}

static bool open_temporary(struct file_sink *sink)
{
    snprintf(sink->temporary, sizeof sink->temporary, "%s.XXXXXX", sink->path);
    sink->fd = mkstemp(sink->temporary);
    if (sink->fd < 0) {
        sink->temporary[0] = '\0';
        return false;
    }
    fcntl(sink->fd, F_SETFD, FD_CLOEXEC);
    usual_mode(sink->fd, sink->path);
    return true;
}

static bool is_there(const char *path, struct error *error)
{
    return error_set(error, ERROR_IO, "%s: is there already: add --force to replace it", path);
}

bool file_sink_open(struct file_sink *sink, const struct file_target *target, struct error *error)
{
    struct stat status;
    const char *path = target->path;
    const size_t length = strlen(path);

    *sink = (struct file_sink){ .fd = STDOUT_FILENO, .replace = target->replace };
    if (strcmp(path, "-") == 0) {
        sink->shown = isatty(STDOUT_FILENO);
        return file_descriptor_is_free(STDOUT_FILENO, target->workspace, error);
    }
    sink->fd = -1;
    if (length >= sizeof sink->path)
        return error_set(error, ERROR_IO, "%.60s…: a path of more than 1023 bytes", path);
    memcpy(sink->path, path, length + 1);
    if (!file_is_free(target, error)) return false;
    const bool there = stat(path, &status) == 0;
    if (there && S_ISDIR(status.st_mode))
        return error_set(error, ERROR_IO, "%s: a folder, not a file", path);
    if (there && !S_ISREG(status.st_mode)) {
        sink->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        sink->shown = isatty(sink->fd);
        return sink->fd >= 0 ||
               error_set(error, ERROR_IO, "%s: cannot be written: %s", path, strerror(errno));
    }
    if (there && !target->replace) return is_there(path, error);
    return open_temporary(sink) ||
           error_set(error, ERROR_IO, "%s: cannot be written: %s", path, strerror(errno));
}

static bool write_all(struct file_sink *sink, const char *at, size_t length, struct error *error)
{

    while (length > 0) {
        ssize_t n = write(sink->fd, at, length);

        if (n < 0 && errno == EINTR) continue;
        if (n < 0)
            return error_set(error, ERROR_IO, "%s: %s",
                             sink->path[0] ? sink->path : "standard output", strerror(errno));
        at += n;
        length -= (size_t)n;
    }
    return true;
}

/* The lines that have ended, or all of it. */
static bool show(struct file_sink *sink, bool all, struct error *error)
{
    struct text *lines = &sink->unshown, out = { 0 };
    size_t from = 0;

    for (size_t at = 0; at <= lines->length && lines->length > 0; at++) {
        const bool ends = at < lines->length && lines->bytes[at] == '\n';
        if (!ends && !(all && at == lines->length)) continue;
        text_add_visible(&out, lines->bytes + from, at - from);
        if (ends) text_add(&out, "\n", 1);
        from = at + 1;
    }
    if (from > lines->length) from = lines->length;
    if (from > 0) memmove(lines->bytes, lines->bytes + from, lines->length - from);
    lines->length -= from;
    const bool good = out.failed || lines->failed
                          ? error_memory(error, "a line")
                          : write_all(sink, out.bytes ? out.bytes : "", out.length, error);
    text_fini(&out);
    return good;
}

bool file_sink_put(void *context, const void *bytes, size_t length, struct error *error)
{
    struct file_sink *sink = context;

    if (!sink->shown) return write_all(sink, bytes, length, error);
    text_add(&sink->unshown, bytes, length);
    return show(sink, false, error);
}

/* Gives the temporary its name. A file that came there meanwhile stays, where it must not be
 * replaced; some file systems have no links, there the look before is all there is. */
static bool give_name(const struct file_sink *sink, struct error *error)
{
    struct stat status;

    if (!sink->replace && link(sink->temporary, sink->path) == 0) {
        unlink(sink->temporary);
        return true;
    }
    if (!sink->replace && lstat(sink->path, &status) == 0) return is_there(sink->path, error);
    return rename(sink->temporary, sink->path) == 0 ||
           error_set(error, ERROR_IO, "%s: %s", sink->path, strerror(errno));
}

bool file_sink_close(struct file_sink *sink, bool keep, struct error *error)
{
    bool good = !sink->shown || show(sink, true, error);

    text_fini(&sink->unshown);
    if (!sink->path[0] || sink->fd < 0) return good;
    if (keep && sink->temporary[0] && fsync(sink->fd) != 0)
        good = error_set(error, ERROR_IO, "%s: %s", sink->path, strerror(errno));
    if (close(sink->fd) != 0 && good)
        good = error_set(error, ERROR_IO, "%s: %s", sink->path, strerror(errno));
    if (keep && good && sink->temporary[0]) good = give_name(sink, error);
    if (sink->temporary[0] && (!keep || !good)) unlink(sink->temporary);
    *sink = (struct file_sink){ .fd = -1 };
    return good;
}
