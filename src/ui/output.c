#define _GNU_SOURCE /* dup3, memfd_create */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

bool output_open(struct output *output)
{
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    output->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!output->file) {
        if (fd >= 0) close(fd);
        return false;
    }
    output->frame = memfd_create("frame", MFD_CLOEXEC);
    return true;
}

void output_close(struct output *output)
{
    if (output->frame >= 0) close(output->frame);
    fclose(output->file);
}

void output_send(const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes, length);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        bytes += n;
        length -= (size_t)n;
    }
}

void output_begin(const struct output *output)
{
    if (output->frame >= 0) dup3(output->frame, fileno(output->file), O_CLOEXEC);
}

void output_end(const struct output *output)
{
    char bytes[8192];
    ssize_t n;
    if (output->frame < 0) return;
    dup3(STDOUT_FILENO, fileno(output->file), O_CLOEXEC);
    off_t end = lseek(output->frame, 0, SEEK_CUR);
    for (off_t at = 0; at < end; at += n) {
        size_t max = (size_t)(end - at) < sizeof bytes ? (size_t)(end - at) : sizeof bytes;
        n = pread(output->frame, bytes, max, at);
        if (n <= 0) break;
        output_send(bytes, (size_t)n);
    }
    lseek(output->frame, 0, SEEK_SET);
}
