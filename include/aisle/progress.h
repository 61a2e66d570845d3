/* progress.h - how far a piece of work is, and whether to stop it.
 *
 * The worker writes, any thread reads, nobody waits: all fields are atomics. Work that takes long
 * gets a `struct progress *` (NULL means nobody looks) and tests progress_cancelled() at least
 * every 10 ms.
 */
#ifndef AISLE_PROGRESS_H
#define AISLE_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct progress {
    atomic_bool cancel;
    _Atomic(const char *) phase;     /* a string literal: "counting", "similarities" */
    atomic_int_fast64_t done, total; /* units of the phase; total 0 when unknown */
};

/* All the following accept NULL. */
void progress_begin(struct progress *progress, const char *phase, int64_t total);
void progress_add(struct progress *progress, int64_t done);
void progress_cancel(struct progress *progress);
bool progress_cancelled(const struct progress *progress);

#endif
