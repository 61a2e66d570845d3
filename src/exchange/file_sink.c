/* file_sink.c - a file that is there whole or not at all: written beside its name, made safe with
 * fsync, then renamed. "-" is standard output, and what is no regular file (a pipe, /dev/stdout) is
 * written as it is. */
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
    mode_t mask = umask(0);

    umask(mask);
    if (stat(path, &status) == 0)
        (void)!fchmod(fd, status.st_mode & 0777);
    else
        (void)!fchmod(fd, 0666 & ~mask);
}

bool file_sink_open(struct file_sink *sink, const char *path, struct error *error)
{
    struct stat status;

    *sink = (struct file_sink){ .fd = STDOUT_FILENO };
    if (strcmp(path, "-") == 0) return true;
    sink->fd = -1;
    const size_t length = strlen(path);
    if (length >= sizeof sink->path)
        return error_set(error, ERROR_IO, "%.60s…: a path of more than 1023 bytes", path);
    memcpy(sink->path, path, length + 1);
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return error_set(error, ERROR_IO, "%s: a folder, not a file", path);
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        sink->fd = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        snprintf(sink->temporary, sizeof sink->temporary, "%s.XXXXXX", path);
        sink->fd = mkstemp(sink->temporary);
    }
    if (sink->fd < 0) {
        int why = errno;

        sink->temporary[0] = '\0';
        return error_set(error, ERROR_IO, "%s: cannot be written: %s", path, strerror(why));
    }
    fcntl(sink->fd, F_SETFD, FD_CLOEXEC);
    if (sink->temporary[0]) usual_mode(sink->fd, path);
    return true;
}

bool file_sink_put(void *context, const void *bytes, size_t length, struct error *error)
{
    struct file_sink *sink = context;
    const char *at = bytes;

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

bool file_sink_close(struct file_sink *sink, bool keep, struct error *error)
{
    bool good = true;

    if (!sink->path[0] || sink->fd < 0) return true;
    if (keep && sink->temporary[0] && fsync(sink->fd) != 0)
        good = error_set(error, ERROR_IO, "%s: %s", sink->path, strerror(errno));
    if (close(sink->fd) != 0 && good)
        good = error_set(error, ERROR_IO, "%s: %s", sink->path, strerror(errno));
    if (keep && good && sink->temporary[0] && rename(sink->temporary, sink->path) != 0)
        good = error_set(error, ERROR_IO, "%s: %s", sink->path, strerror(errno));
    if (sink->temporary[0] && (!keep || !good)) unlink(sink->temporary);
    *sink = (struct file_sink){ .fd = -1 };
    return good;
}
