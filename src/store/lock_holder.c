/* lock_holder.c - which process keeps us from writing.
 *
 * SQLite keeps the write lock of the log as a lock on byte 120 of the -shm file. The kernel's list
 * of locks is read instead of asking with fcntl(): that needs the file open, and closing it again
 * would give up every lock that this process's own connections have on it. */
#include "database.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { WRITE_LOCK_BYTE = 120 };

long lock_holder(const char *path)
{
    struct text name = { 0 };
    struct stat status;
    long holder = 0;
    char line[256];

    text_format(&name, "%s-shm", path);
    bool there = !name.failed && stat(name.bytes, &status) == 0;
    text_fini(&name);
    FILE *locks = there ? fopen("/proc/locks", "re") : NULL;
    if (!locks) return 0;
    while (holder == 0 && fgets(line, sizeof line, locks)) {
        /* 1: POSIX  ADVISORY  WRITE 708 08:01:12345 120 120 */
        long process;
        unsigned device_major, device_minor;
        unsigned long inode;
        long long from, to;
        if (sscanf(line, "%*d: POSIX %*s WRITE %ld %x:%x:%lu %lld %lld", &process, &device_major,
                   &device_minor, &inode, &from, &to) == 6 &&
            inode == status.st_ino && device_major == major(status.st_dev) &&
            device_minor == minor(status.st_dev) && from <= WRITE_LOCK_BYTE &&
            to >= WRITE_LOCK_BYTE)
            holder = process;
    }
    fclose(locks);
    return holder;
}
