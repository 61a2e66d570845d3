/* temporary_file.c - input_to_temporary_file() of input.h. */
#include "exchange/input.h"

#include "aisle/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK = 128 * 1024,
    POLL_MS = 50,      /* how often a waiting read looks at the cancel flag */
    WRITER_MS = 10000, /* how long a pipe may stay without anybody writing to it */
};

int input_temporary_file(struct error *error)
{
    const char *folder = getenv("TMPDIR");
    struct text path = { 0 };
    int fd = -1;

    text_format(&path, "%s/aisle-XXXXXX", folder && *folder ? folder : "/tmp");
    if (path.failed) {
        error_memory(error, "a path");
    } else if ((fd = mkstemp(path.bytes)) < 0) {
        error_set(error, ERROR_IO,
                  "a temporary file in %.200s: %s; set TMPDIR to a folder with room",
                  folder && *folder ? folder : "/tmp", strerror(errno));
    } else {
        unlink(path.bytes);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    text_fini(&path);
    return fd;
}

/* Waits until there are bytes or the end, so that a cancel is heard. `patience` in ms, or -1. */
static bool wait_readable(int fd, const char *path, int patience, const struct progress *progress,
                          struct error *error)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

    for (int waited = 0;; waited += POLL_MS) {
        int ready = poll(&poll_fd, 1, POLL_MS);

        if (progress_cancelled(progress))
            return error_set(error, ERROR_CANCELLED, "stopped while reading %s", path);
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR)
            return error_set(error, ERROR_IO, "%s: %s", path, strerror(errno));
        if (patience >= 0 && waited >= patience)
            return error_set(error, ERROR_IO, "%s: a pipe that nobody writes to", path);
        if (waited > 1000000) waited = 0;
    }
}

static bool write_all(int fd, const char *bytes, size_t length, struct error *error)
{
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);

        if (n < 0 && errno == EINTR) continue;
        if (n < 0)
            return error_set(error, ERROR_IO,
                             "writing a temporary file: %s; set TMPDIR to a folder with room",
                             strerror(errno));
        bytes += n;
        length -= (size_t)n;
    }
    return true;
}

static bool copy(int from, int to, const char *path, bool named, const struct progress *progress,
                 struct error *error)
{
    char *block = malloc(BLOCK);
    bool first = true, done = false;

    if (!block) return error_memory(error, "a buffer for reading");
    for (;;) {
        ssize_t n;

        if (!wait_readable(from, path, named && first ? WRITER_MS : -1, progress, error)) break;
        n = read(from, block, BLOCK);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n < 0) {
            error_set(error, ERROR_IO, "%s: %s", path, strerror(errno));
            break;
        }
        done = n == 0;
        if (done || !write_all(to, block, (size_t)n, error)) break;
        first = false;
    }
    free(block);
    return done;
}

int input_to_temporary_file(const char *path, const struct progress *progress, struct error *error)
{
    bool named = strcmp(path, "-") != 0;
    /* Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever. */
    int from = named ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : STDIN_FILENO;
    int to = -1;

    if (from < 0) {
        error_set(error, errno == ENOENT ? ERROR_MISSING : ERROR_IO, "%s: %s", path,
                  strerror(errno));
        return -1;
    }
    to = input_temporary_file(error);
    if (to >= 0 && !copy(from, to, path, named, progress, error)) {
        close(to);
        to = -1;
    }
    if (named) close(from);
    return to;
}
