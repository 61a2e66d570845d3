/* mapped.c - see mapped.h. */
#include "mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool mapped_open(struct mapped *mapped, const char *path, struct error *error)
{
    struct stat status;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *mapped = (struct mapped){ NULL, 0, false };
    if (fd < 0)
        return error_set(error, errno == ENOENT ? ERROR_MISSING : ERROR_IO,
                         "%s: cannot be opened: %s", path, strerror(errno));
    bool good = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    if (!good)
        error_set(error, ERROR_INPUT, "%s: is not a file", path);
    else if (status.st_size == 0)
        good = error_set(error, ERROR_INPUT, "%s: is empty", path);
    else {
        void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
        good = bytes != MAP_FAILED;
        if (good)
            *mapped = (struct mapped){ bytes, (size_t)status.st_size, false };
        else
            error_set(error, ERROR_IO, "%s: cannot be mapped: %s", path, strerror(errno));
    }
    close(fd);
    return good;
}

void mapped_close(struct mapped *mapped)
{
    if (mapped->bytes && !mapped->borrowed) munmap((void *)(uintptr_t)mapped->bytes, mapped->size);
    *mapped = (struct mapped){ NULL, 0, false };
}
