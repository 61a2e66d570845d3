/* crashing_disk.h - what a disk holds after the current fails, below SQLite.
 *
 * Installed as the default VFS it hands everything on and remembers, for each file, what was synced
 * and every write since. A picture is what the disk might hold if the machine stopped at this
 * moment: of the writes since the last sync each arrived, did not, or in part, in any order. The
 * program goes on; so one run gives any number of crashes. Not remembered are the names of files:
 * one that was made is there, one that was deleted is gone. */
#ifndef TESTS_CRASHING_DISK_H
#define TESTS_CRASHING_DISK_H

#include <stdint.h>

/* Called before an operation that changes a file. May call crashing_disk_picture(). */
typedef void crashing_disk_moment(void *context, long operation);

void crashing_disk_install(crashing_disk_moment *moment, void *context);
/* Watches the files whose path begins so; forgets what it knew of others. NULL: none. */
void crashing_disk_watch(const char *path);
/* Writes the watched path and its -wal and -journal, as a crash would leave them, to `to`, `to`-wal
 * …
 */
void crashing_disk_picture(const char *to, uint64_t seed);

#endif
