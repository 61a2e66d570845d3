/* faulty_disk.h - a disk that fails when it is told to, under SQLite.
 *
 * Installed as the default VFS, it hands everything to the one before and counts what changes
 * files: writes, truncations, syncs, growing the -shm file, deletions. */
#ifndef TESTS_FAULTY_DISK_H
#define TESTS_FAULTY_DISK_H

#include <stdbool.h>

enum fault {
    FAULT_WRITE, /* SQLITE_IOERR_WRITE, nothing of the bytes arrives */
    FAULT_TORN,  /* the same, half of the bytes arrive */
    FAULT_FULL,  /* SQLITE_FULL */
    FAULT_SYNC,  /* SQLITE_IOERR_FSYNC: of syncs alone */
    FAULT_SLOW,  /* no fault: a write arrives, and returns a while later */
};

void faulty_disk_install(void);
/* The n-th operation from now (0 = the next) fails, and with `lasting` all that follow. */
void faulty_disk_arm(enum fault fault, long n, bool lasting);
/* Works again; tells whether anything failed since it was armed. */
bool faulty_disk_mend(void);

#endif
